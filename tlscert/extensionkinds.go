package tlscert

// The contents of the extensions that Java reads, each as Java reads it.

func readAccess(r *berReader) error {
	e, err := r.next() // Java does not look at the tag
	if err != nil {
		return err
	}
	in := r.within(e)
	if _, err := in.oid("access method"); err != nil {
		return err
	}
	return readGeneralName(&in, false)
}

func readPolicy(r *berReader) error {
	e, err := r.expect(tagSequence, "policy")
	if err != nil {
		return err
	}
	in := r.within(e)
	if _, err := in.oid("policy"); err != nil || !in.more() {
		return err
	}
	q, err := in.expect(tagSequence, "policy qualifiers")
	if err != nil {
		return err
	}
	if len(q.content) == 0 {
		return in.at(q.off(), "a list of policy qualifiers that is empty")
	}
	for each := in.within(q); each.more(); {
		e, err := each.expect(tagSequence, "policy qualifier")
		if err != nil {
			return err
		}
		at := each.within(e)
		if _, err := at.oid("policy qualifier"); err != nil {
			return err
		}
	}
	return nil
}

// readMapping reads two policies; Java does not look at what follows them.
func readMapping(r *berReader) error {
	e, err := r.expect(tagSequence, "policy mapping")
	if err != nil {
		return err
	}
	in := r.within(e)
	for range 2 {
		if _, err := in.oid("policy"); err != nil {
			return err
		}
	}
	return nil
}

func readPolicyConstraints(b []byte) error {
	var once parts
	return eachOf(b, "policy constraints", func(r *berReader) error {
		e, err := r.next()
		if err == nil && e.tag != 0x80 && e.tag != 0x81 {
			err = r.at(e.off(), "a policy constraint that is not a number")
		}
		if err == nil {
			_, err = r.small(e, "policy constraint")
		}
		if err == nil {
			err = once.add(r, e)
		}
		return err
	})
}

// readKeyPeriod reads the private key usage period: two dates, each of which
// may be left out. Java passes over what follows.
func readKeyPeriod(b []byte) error {
	r := &berReader{buf: b}
	e, err := r.expect(tagSequence, "private key usage period")
	if err != nil {
		return err
	}
	var once parts
	for in := r.within(e); in.more(); {
		d, err := in.next()
		if err != nil {
			return err
		}
		if err := once.add(&in, d); err != nil {
			return err
		}
		at := d
		if at.tag = tagGeneralTime; d.tag != 0x80 && d.tag != 0x81 || !isTime(at) {
			return in.at(d.off(), "a period without a date")
		}
	}
	return nil
}

// parts are the numbers of the tags that were seen in a list where each may
// come once.
type parts uint32

func (p *parts) add(r *berReader, e element) error {
	bit := parts(1) << (e.tag & 0x1F)
	if *p&bit != 0 {
		return r.at(e.off(), "a part that comes twice")
	}
	*p |= bit
	return nil
}

// readAuthorityKey reads the authority key identifier: an identifier, names
// and a serial number, each of which may be left out.
func readAuthorityKey(b []byte) error {
	var once parts
	return eachOf(b, "authority key identifier", func(r *berReader) error {
		e, err := r.next()
		if err != nil {
			return err
		}
		if err := once.add(r, e); err != nil {
			return err
		}
		switch e.tag {
		case 0x80:
		case 0xA1:
			in := r.within(e)
			return readNames(&in)
		case 0x82:
			if len(e.content) == 0 {
				return r.at(e.off(), "a serial number without digits")
			}
		default:
			return r.at(e.off(), "tag %#x in the authority key identifier", e.tag)
		}
		return nil
	})
}

func readNameConstraints(b []byte) error {
	var once parts
	return eachOf(b, "name constraints", func(r *berReader) error {
		e, err := r.next()
		if err != nil {
			return err
		}
		if e.tag != 0xA0 && e.tag != 0xA1 {
			return r.at(e.off(), "tag %#x in the name constraints", e.tag)
		}
		if err := once.add(r, e); err != nil {
			return err
		}
		for in := r.within(e); in.more(); {
			tree, err := in.expect(tagSequence, "subtree")
			if err != nil {
				return err
			}
			at := in.within(tree)
			if err := readGeneralName(&at, true); err != nil {
				return err
			}
			for at.more() {
				n, err := at.next()
				if err != nil {
					return err
				}
				if n.tag != 0x80 && n.tag != 0x81 {
					return at.at(n.off(), "a bound of a subtree that is not a number")
				}
				if _, err := at.small(n, "bound of a subtree"); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func readDistributionPoint(r *berReader) error {
	e, err := r.expect(tagSequence, "distribution point")
	if err != nil {
		return err
	}
	var once parts
	for in := r.within(e); in.more(); {
		p, err := in.next()
		if err != nil {
			return err
		}
		if err := once.add(&in, p); err != nil {
			return err
		}
		at := in.within(p)
		switch p.tag {
		case 0xA0: // its name
			err = readPointName(&at)
		case 0x81: // the reasons
			if !bitsInside(p.content) {
				err = in.at(p.off(), "reasons that are not a bit string")
			}
		case 0xA2: // the issuer of the list
			err = readNames(&at)
		default:
			err = in.at(p.off(), "tag %#x in a distribution point", p.tag)
		}
		if err != nil {
			return err
		}
	}
	if once&(1|1<<2) == 0 {
		return r.at(e.off(), "a distribution point without a name")
	}
	return nil
}

func readPointName(r *berReader) error {
	e, err := r.next()
	if err != nil {
		return err
	}
	in := r.within(e)
	switch e.tag {
	case 0xA0:
		return readNames(&in)
	case 0xA1:
		return checkRDN(&in)
	}
	return r.at(e.off(), "tag %#x in the name of a distribution point", e.tag)
}

// readIssuingPoint reads the issuing distribution point of a revocation list:
// a name, reasons and flags, of which none must be there.
func readIssuingPoint(b []byte) error {
	return eachOf(b, "issuing distribution point", func(r *berReader) error {
		e, err := r.next()
		if err != nil {
			return err
		}
		switch e.tag {
		case 0xA0:
			in := r.within(e)
			return readPointName(&in)
		case 0x83:
			if !bitsInside(e.content) {
				return r.at(e.off(), "reasons that are not a bit string")
			}
		case 0x81, 0x82, 0x84, 0x85:
			if len(e.content) != 1 {
				return r.at(e.off(), "a boolean of %d bytes", len(e.content))
			}
		default:
			return r.at(e.off(), "tag %#x in the issuing distribution point", e.tag)
		}
		return nil
	})
}

// readInhibitAnyPolicy reads a number of certificates. Java reads it only where
// it is critical, as the standard says it has to be.
func readInhibitAnyPolicy(x extension) error {
	r, _, err := whole(x.value)
	if err != nil {
		return err
	}
	r.pos = 0
	n, err := r.integer("number of certificates")
	if err == nil && (n < -1 || !x.critical) {
		err = r.at(0, "inhibitAnyPolicy of %d certificates that is not critical, or below zero", n)
	}
	return err
}

// wholeNumber reads an INTEGER of any size.
func wholeNumber(b []byte) error {
	r, e, err := whole(b)
	if err == nil && (e.tag != tagInteger || len(e.content) == 0) {
		err = r.at(0, "tag %#x in place of a number", e.tag)
	}
	return err
}

// wholeReason reads an ENUMERATED of 32 bits.
func wholeReason(b []byte) error {
	r, e, err := whole(b)
	if err != nil {
		return err
	}
	if e.tag != tagEnumerated {
		return r.at(0, "tag %#x in place of a reason", e.tag)
	}
	_, err = r.small(e, "reason")
	return err
}
