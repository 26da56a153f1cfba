package tlscert

// Object identifiers of extensions, as their content bytes.
const (
	oidCE           = "\x55\x1d" // 2.5.29
	oidSubjectKey   = oidCE + "\x0e"
	oidKeyPeriod    = oidCE + "\x10"
	oidAltNames     = oidCE + "\x11"
	oidConstraints  = oidCE + "\x13"
	oidAuthorityKey = oidCE + "\x23"
	oidPE           = "\x2b\x06\x01\x05\x05\x07\x01" // 1.3.6.1.5.5.7.1
	oidNetscapeType = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
)

// An extension is one of a certificate. value is the content of its OCTET
// STRING.
type extension struct {
	oid      string
	critical bool
	value    []byte
	off      int
}

func readExtension(r *berReader) (x extension) {
	x.off = r.pos
	in := r.group(r.next(), "extension")
	x.oid = in.oid("name of an extension")
	v := in.next()
	if v.tag == tagBoolean {
		x.critical = in.boolean(v)
		v = in.next()
	}
	x.value, _ = in.octets(v, "value of an extension")
	return x
}

// readExtensions reads the extensions as Java does: none may come twice, and
// the content of those that Java knows must be right where they are critical.
// One that is wrong and not critical is passed over. [OpenJDK 17
// CertificateExtensions]
func (c *rawCert) readExtensions(r berReader) alternativeNames {
	names := noAlternativeNames
	var seen seenExtensions
	for in := r.sequence(r.next(), "extensions"); in.more(); {
		x := readExtension(&in)
		if x.critical || x.oid == oidAltNames {
			if err := checkExtension(x); err != nil {
				if x.critical {
					in.fail(x.off, "a critical extension that cannot be read: %s", reasonOf(err))
				}
				continue
			}
		}
		if seen.twice(x) {
			in.fail(x.off, "an extension that comes twice")
		}
		switch x.oid {
		case oidAltNames:
			if names = plainNames; x.critical {
				names = criticalNames
			}
		case oidConstraints:
			c.constraints = x.value
		case oidSubjectKey:
			c.subjectKey = x.value
		case oidAuthorityKey:
			c.authorityKey = x.value
		}
	}
	return names
}

// seenExtensions are those that were read so far: a few, which is what
// certificates have, and an index for files that hold very many.
type seenExtensions struct {
	few  [12]extension
	n    int // of few
	many map[string]*extension
}

// twice reports whether an extension like x was there before, and keeps x.
func (s *seenExtensions) twice(x extension) bool {
	for i := range s.n {
		if s.few[i].oid == x.oid {
			return s.few[i].both(x)
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = x
		s.n++
		return false
	}
	if old, ok := s.many[x.oid]; ok {
		return old.both(x)
	}
	if s.many == nil {
		s.many = map[string]*extension{}
	}
	kept := x
	s.many[x.oid] = &kept
	return false
}

// both reports whether Java can read x and the one before it: only then are
// two of a kind one too many, for it puts aside what it cannot read.
func (old *extension) both(x extension) bool {
	if checkExtension(x) != nil {
		return false
	}
	if checkExtension(*old) == nil {
		return true
	}
	*old = x
	return false
}

func reasonOf(err error) string { return err.(*FormatError).Reason }

// checkExtension reads the content of an extension that Java has a class for:
// one element, and but for the period of a key nothing after it. It is nil for
// any other.
func checkExtension(x extension) error {
	r := readerOf(x.value)
	e := r.next()
	if x.oid != oidKeyPeriod && r.more() {
		r.fail(r.pos, "bytes after the value")
	}
	switch x.oid {
	case oidNetscapeType, oidCE + "\x0f": // key usage
		if !isBits(e) {
			r.not(e, "bit string")
		}
	case oidPE + "\x01", oidPE + "\x0b": // authority and subject information access
		readAccess(r.sequence(e, "access descriptions"))
	case oidKeyPeriod:
		readKeyPeriod(r.sequence(e, "private key usage period"))
	case oidSubjectKey:
		r.octets(e, "key identifier")
	case oidAltNames, oidCE + "\x12", oidCE + "\x1d": // and the issuer of a certificate
		readNames(r.sequence(e, "names"))
	case oidConstraints:
		readConstraints(r.sequence(e, "basic constraints"))
	case oidCE + "\x14", oidCE + "\x1b": // numbers of revocation lists
		if !isNumber(e) {
			r.not(e, "number")
		}
	case oidCE + "\x15": // reason of a revocation
		if e.tag != tagEnumerated {
			r.not(e, "reason")
		}
		r.small(e, "reason")
	case oidCE + "\x1c":
		readIssuingPoint(r.sequence(e, "issuing distribution point"))
	case oidCE + "\x1e":
		readNameConstraints(r.sequence(e, "name constraints"))
	case oidCE + "\x20":
		readPolicies(r.sequence(e, "policies"))
	case oidCE + "\x21":
		readMappings(r.sequence(e, "policy mappings"))
	case oidAuthorityKey:
		readAuthorityKey(r.sequence(e, "authority key identifier"))
	case oidCE + "\x24":
		readPolicyConstraints(r.sequence(e, "policy constraints"))
	case oidCE + "\x25":
		for in := r.sequence(e, "extended key usage"); in.more(); {
			in.oid("key usage")
		}
	case oidCE + "\x1f", oidCE + "\x2e":
		readDistributionPoints(r.sequence(e, "distribution points"))
	case oidCE + "\x36": // inhibitAnyPolicy, which Java reads only where it is critical, as it has to be
		if e.tag != tagInteger {
			r.not(e, "number of certificates")
		}
		if n := r.small(e, "number of certificates"); n < -1 || !x.critical {
			r.fail(0, "inhibitAnyPolicy of %d certificates that is not critical, or below zero", n)
		}
	default:
		return nil
	}
	return r.err()
}

// readConstraints reads the basic constraints as Java does: a flag, and a
// number only after one.
func readConstraints(r berReader) (ca bool) {
	if !r.more() {
		return false
	}
	flag := r.next()
	if flag.tag != tagBoolean {
		return false
	}
	if r.more() {
		r.integer("length of the path")
	}
	return r.boolean(flag)
}
