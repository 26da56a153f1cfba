package tlscert

import "strings"

// Object identifiers of extensions, as their content bytes.
const (
	oidCE           = "\x55\x1d" // 2.5.29
	oidSubjectKey   = oidCE + "\x0e"
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

func readExtension(r *berReader) (x extension, err error) {
	x.off = r.pos
	in, err := r.group("extension")
	if err != nil {
		return x, err
	}
	if x.oid, err = in.oid("name of an extension"); err != nil {
		return x, err
	}
	v, err := in.next()
	if err == nil && v.tag == tagBoolean {
		if len(v.content) != 1 {
			return x, in.at(v.off(), "a boolean of %d bytes", len(v.content))
		}
		x.critical = v.content[0] != 0
		v, err = in.next()
	}
	if err != nil {
		return x, err
	}
	x.value, _, err = in.octets(v, "value of an extension")
	return x, err
}

// readExtensions reads the extensions as Java does: none may come twice, and
// the content of those that Java knows must be right where they are critical.
// One that is wrong and not critical is passed over. [OpenJDK 17
// CertificateExtensions]
func (c *rawCert) readExtensions(r *berReader) (alternativeNames, error) {
	names := noAlternativeNames
	all, err := r.expect(tagSequence, "extensions")
	if err != nil {
		return names, err
	}
	var seen seenExtensions
	for in := r.within(all); in.more(); {
		x, err := readExtension(&in)
		if err != nil {
			return names, err
		}
		if x.critical || x.oid == oidAltNames {
			if err := checkExtension(x); err != nil {
				if x.critical {
					return names, in.at(x.off, "a critical extension that cannot be read: %s", reasonOf(err))
				}
				continue
			}
		}
		if seen.twice(x) {
			return names, in.at(x.off, "an extension that comes twice")
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
	return names, nil
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

// checkExtension reads the content of an extension that Java has a class for;
// nil for any other.
func checkExtension(x extension) error {
	id, ce := strings.CutPrefix(x.oid, oidCE)
	pe, access := strings.CutPrefix(x.oid, oidPE)
	switch {
	case x.oid == oidNetscapeType || ce && id == "\x0f": // key usage
		return wholeBits(x.value)
	case access && (pe == "\x01" || pe == "\x0b"): // authority and subject information access
		return eachOf(x.value, "access descriptions", readAccess)
	case !ce:
		return nil
	}
	switch id {
	case "\x10":
		return readKeyPeriod(x.value)
	case "\x0e": // subject key identifier
		r, e, err := whole(x.value)
		if err == nil {
			_, _, err = r.octets(e, "key identifier")
		}
		return err
	case "\x11", "\x12", "\x1d": // alternative names, issuer of a certificate
		return readGeneralNames(x.value)
	case "\x13":
		_, err := readConstraints(x.value)
		return err
	case "\x14", "\x1b": // numbers of revocation lists
		return wholeNumber(x.value)
	case "\x15": // reason of a revocation
		return wholeReason(x.value)
	case "\x1c":
		return readIssuingPoint(x.value)
	case "\x1e":
		return readNameConstraints(x.value)
	case "\x20":
		return eachOf(x.value, "policies", readPolicy)
	case "\x21":
		return eachOf(x.value, "policy mappings", readMapping)
	case "\x23":
		return readAuthorityKey(x.value)
	case "\x24":
		return readPolicyConstraints(x.value)
	case "\x25":
		return eachOf(x.value, "extended key usage", func(r *berReader) error { _, err := r.oid("key usage"); return err })
	case "\x1f", "\x2e":
		return eachOf(x.value, "distribution points", readDistributionPoint)
	case "\x36":
		return readInhibitAnyPolicy(x)
	}
	return nil
}

// whole reads bytes that are one element and nothing after it.
func whole(b []byte) (berReader, element, error) {
	r := berReader{buf: b}
	e, err := r.next()
	if err == nil && r.more() {
		err = r.at(r.pos, "bytes after the value")
	}
	return r, e, err
}

func wholeBits(b []byte) error {
	r, e, err := whole(b)
	if err == nil && !isBits(e) {
		err = r.at(0, "tag %#x in place of a bit string", e.tag)
	}
	return err
}

// eachOf reads a SEQUENCE, element by element.
func eachOf(b []byte, what string, read func(*berReader) error) error {
	r, e, err := whole(b)
	if err != nil {
		return err
	}
	if e.tag != tagSequence {
		return r.at(0, "tag %#x in place of the %s", e.tag, what)
	}
	for in := r.within(e); in.more(); {
		if err := read(&in); err != nil {
			return err
		}
	}
	return nil
}

// readConstraints reads the basic constraints as Java does: a flag, and a
// number only after one.
func readConstraints(b []byte) (ca bool, err error) {
	r, e, err := whole(b)
	if err != nil {
		return false, err
	}
	if e.tag != tagSequence {
		return false, r.at(0, "tag %#x in place of the basic constraints", e.tag)
	}
	in := r.within(e)
	if !in.more() {
		return false, nil
	}
	flag, err := in.next()
	if err != nil || flag.tag != tagBoolean {
		return false, err
	}
	if len(flag.content) != 1 {
		return false, in.at(flag.off(), "a boolean of %d bytes", len(flag.content))
	}
	if in.more() {
		_, err = in.integer("length of the path")
	}
	return flag.content[0] != 0, err
}
