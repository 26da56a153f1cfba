package tlscert

// The contents of the extensions that Java reads, each as Java reads it: what is
// in their SEQUENCE.

func readAccess(r berReader) {
	for r.more() {
		in := r.within(r.next()) // Java does not look at the tag
		in.oid("access method")
		readGeneralName(&in, false)
	}
}

func readPolicies(r berReader) {
	for r.more() {
		in := r.sequence(r.next(), "policy")
		in.oid("policy")
		if !in.more() {
			continue
		}
		qualifiers := in.sequence(in.next(), "policy qualifiers")
		if len(qualifiers.buf) == 0 {
			in.fail(0, "a list of policy qualifiers that is empty")
		}
		for qualifiers.more() {
			at := qualifiers.sequence(qualifiers.next(), "policy qualifier")
			at.oid("policy qualifier")
		}
	}
}

// readMappings reads pairs of policies; Java does not look at what follows them.
func readMappings(r berReader) {
	for r.more() {
		in := r.sequence(r.next(), "policy mapping")
		for range 2 {
			in.oid("policy")
		}
	}
}

func readPolicyConstraints(r berReader) {
	for once := parts(0); r.more(); {
		if e := once.next(&r); e.tag != 0x80 && e.tag != 0x81 {
			r.fail(e.off(), "a policy constraint that is not a number")
		} else {
			r.small(e, "policy constraint")
		}
	}
}

// readKeyPeriod reads the private key usage period: two dates, each of which
// may be left out. Java passes over what follows.
func readKeyPeriod(r berReader) {
	for once := parts(0); r.more(); {
		d := once.next(&r)
		at := d
		if at.tag = tagGeneralTime; d.tag != 0x80 && d.tag != 0x81 || !isTime(at) {
			r.fail(d.off(), "a period without a date")
		}
	}
}

// parts are the numbers of the tags that were seen in a list where each may
// come once.
type parts uint32

// next reads the next of them.
func (p *parts) next(r *berReader) element {
	e := r.next()
	bit := parts(1) << (e.tag & 0x1F)
	if *p&bit != 0 {
		r.fail(e.off(), "a part that comes twice")
	}
	*p |= bit
	return e
}

// readAuthorityKey reads the authority key identifier: an identifier, names
// and a serial number, each of which may be left out.
func readAuthorityKey(r berReader) {
	for once := parts(0); r.more(); {
		switch e := once.next(&r); e.tag {
		case 0x80:
		case 0xA1:
			readNames(r.within(e))
		case 0x82:
			if len(e.content) == 0 {
				r.fail(e.off(), "a serial number without digits")
			}
		default:
			r.fail(e.off(), "tag %#x in the authority key identifier", e.tag)
		}
	}
}

func readNameConstraints(r berReader) {
	for once := parts(0); r.more(); {
		e := once.next(&r)
		if e.tag != 0xA0 && e.tag != 0xA1 {
			r.fail(e.off(), "tag %#x in the name constraints", e.tag)
		}
		for in := r.within(e); in.more(); {
			at := in.sequence(in.next(), "subtree")
			readGeneralName(&at, true)
			for at.more() {
				n := at.next()
				if n.tag != 0x80 && n.tag != 0x81 {
					at.fail(n.off(), "a bound of a subtree that is not a number")
				}
				at.small(n, "bound of a subtree")
			}
		}
	}
}

func readDistributionPoints(r berReader) {
	for r.more() {
		e := r.next()
		once := parts(0)
		for in := r.sequence(e, "distribution point"); in.more(); {
			switch p := once.next(&in); p.tag {
			case 0xA0: // its name
				readPointName(in.within(p))
			case 0x81: // the reasons
				in.reasons(p)
			case 0xA2: // the issuer of the list
				readNames(in.within(p))
			default:
				in.fail(p.off(), "tag %#x in a distribution point", p.tag)
			}
		}
		if once&(1|1<<2) == 0 {
			r.fail(e.off(), "a distribution point without a name")
		}
	}
}

func (r *berReader) reasons(e element) {
	if !bitsInside(e.content) {
		r.fail(e.off(), "reasons that are not a bit string")
	}
}

func readPointName(r berReader) {
	switch e := r.next(); e.tag {
	case 0xA0:
		readNames(r.within(e))
	case 0xA1:
		checkRDN(r.within(e))
	default:
		r.fail(e.off(), "tag %#x in the name of a distribution point", e.tag)
	}
}

// readIssuingPoint reads the issuing distribution point of a revocation list:
// a name, reasons and flags, of which none must be there.
func readIssuingPoint(r berReader) {
	for r.more() {
		switch e := r.next(); e.tag {
		case 0xA0:
			readPointName(r.within(e))
		case 0x83:
			r.reasons(e)
		case 0x81, 0x82, 0x84, 0x85:
			r.boolean(e)
		default:
			r.fail(e.off(), "tag %#x in the issuing distribution point", e.tag)
		}
	}
}
