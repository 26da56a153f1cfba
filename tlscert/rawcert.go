package tlscert

import "strings"

// A rawCert is what chains are built from. It is read from the DER itself, so
// that certificates Go's parser refuses take part as they do in Java.
type rawCert struct {
	issuer, subject string // canonical, see canonicalName
	publicKey       []byte // SubjectPublicKeyInfo, encoded
	subjectKey      string // value of the subject key identifier extension, "" if absent
	authorityKey    string // key identifier of the authority key identifier, encoded alike
}

// Object identifiers as their content bytes.
const (
	oidSubjectKey   = "\x55\x1d\x0e" // 2.5.29.14
	oidAuthorityKey = "\x55\x1d\x23" // 2.5.29.35
	oidConstraints  = "\x55\x1d\x13" // 2.5.29.19

	oidRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
)

// readRawCert walks the fields of a certificate in the order RFC 5280 gives
// them. It fails where Java's parser would: on a field that is not there, of
// the wrong kind, or left over.
func readRawCert(der []byte) (rawCert, error) {
	var c rawCert
	outer := &berReader{buf: der}
	var parts [3]element
	_, in, err := outer.list(tagSequence, parts[:], 3, "certificate")
	if err != nil {
		return c, err
	}
	if parts[0].tag != tagSequence {
		return c, in.at(parts[0].off, "tag %#x in place of the signed part", parts[0].tag)
	}
	if parts[1].tag != tagSequence {
		return c, in.at(parts[1].off, "tag %#x in place of the signature algorithm", parts[1].tag)
	}
	if !isBits(parts[2]) {
		return c, in.at(parts[2].off, "the signature is not a bit string")
	}
	sig := in.within(parts[1])
	if _, err := sig.oid("signature algorithm"); err != nil {
		return c, err
	}
	r := in.within(parts[0])
	version := 0
	if r.more() && r.buf[r.pos] == 0xA0 {
		e, err := r.next()
		if err != nil {
			return c, err
		}
		in := r.within(e)
		if version, err = in.integer("version"); err != nil {
			return c, err
		}
	}
	if version < 0 || version > 2 {
		return c, r.at(0, "version %d", version+1)
	}
	if _, err := r.expect(tagInteger, "serial number"); err != nil {
		return c, err
	}
	alg, err := r.expect(tagSequence, "signature algorithm")
	if err != nil {
		return c, err
	}
	if string(alg.content) != string(parts[1].content) {
		return c, r.at(alg.off, "the two signature algorithms differ")
	}
	issuer, err := r.expect(tagSequence, "issuer")
	if err != nil {
		return c, err
	}
	if len(issuer.content) == 0 {
		return c, r.at(issuer.off, "an empty issuer")
	}
	if c.issuer, err = canonicalName(issuer.content); err != nil {
		return c, err
	}
	if err := readValidity(&r); err != nil {
		return c, err
	}
	subject, err := r.expect(tagSequence, "subject")
	if err != nil {
		return c, err
	}
	if c.subject, err = canonicalName(subject.content); err != nil {
		return c, err
	}
	keyAt := r.pos
	var key [2]element
	_, keyIn, err := r.list(tagSequence, key[:], 2, "public key")
	if err != nil {
		return c, err
	}
	if key[0].tag != tagSequence || !isBits(key[1]) {
		return c, keyIn.at(0, "the public key is not an algorithm and a bit string")
	}
	algIn := keyIn.within(key[0])
	keyAlg, err := algIn.oid("algorithm of the public key")
	if err != nil {
		return c, err
	}
	if keyAlg == oidRSA {
		if err := checkRSA(&berReader{buf: key[1].content[1:]}); err != nil {
			return c, err
		}
	}
	c.publicKey = r.buf[keyAt:r.pos:r.pos]
	for r.more() {
		e, err := r.next()
		if err != nil {
			return c, err
		}
		switch e.tag {
		case 0x81, 0xA1, 0x82, 0xA2: // unique identifiers of issuer and subject
		case 0xA3:
			if version != 2 {
				return c, r.at(e.off, "extensions in a certificate of version %d", version+1)
			}
			in := r.within(e)
			if err := c.readExtensions(&in); err != nil {
				return c, err
			}
		default:
			return c, r.at(e.off, "tag %#x after the public key", e.tag)
		}
	}
	return c, nil
}

func readValidity(r *berReader) error {
	var parts [2]element
	_, in, err := r.list(tagSequence, parts[:], 2, "validity")
	if err != nil {
		return err
	}
	for _, p := range parts {
		if !isTime(p) {
			return in.at(p.off, "a date that cannot be read")
		}
	}
	return nil
}

// isBits: a BIT STRING with its count of unused bits, which is below 8.
func isBits(e element) bool {
	return e.tag == tagBitString && len(e.content) > 0 && e.content[0] < 8
}

// isTime: digits down to the minute at least, then a zone, "Z" or an offset.
func isTime(e element) bool {
	digits := 10
	switch e.tag {
	case tagUTCTime:
	case tagGeneralTime:
		digits = 12
	default:
		return false
	}
	b := e.content
	if len(b) <= digits {
		return false
	}
	for _, c := range b[:digits] {
		if c < '0' || c > '9' {
			return false
		}
	}
	rest := strings.TrimLeft(string(b[digits:]), "0123456789.,")
	return rest == "Z" || len(rest) == 5 && (rest[0] == '+' || rest[0] == '-')
}

// checkRSA reads an RSA public key: two numbers, the modulus of at least the
// 512 bits that Java asks for.
func checkRSA(r *berReader) error {
	var parts [2]element
	_, in, err := r.list(tagSequence, parts[:], 2, "RSA key")
	if err != nil {
		return err
	}
	for i, p := range parts {
		if p.tag != tagInteger || len(p.content) == 0 || i == 0 && len(p.content) < 512/8 {
			return in.at(p.off, "a number of the RSA key that Java does not take")
		}
	}
	return nil
}

func (c *rawCert) readExtensions(r *berReader) error {
	all, err := r.expect(tagSequence, "extensions")
	if err != nil {
		return err
	}
	in := r.within(all)
	for in.more() {
		ext, err := in.group("extension")
		if err != nil {
			return err
		}
		id, err := ext.oid("name of an extension")
		if err != nil {
			return err
		}
		v, err := ext.next()
		if err == nil && v.tag == tagBoolean { // critical
			v, err = ext.next()
		}
		if err != nil {
			return err
		}
		if v.tag != tagOctets {
			return ext.at(v.off, "tag %#x in place of the value of an extension", v.tag)
		}
		switch id {
		case oidSubjectKey:
			c.subjectKey = string(v.content)
		case oidAuthorityKey:
			c.authorityKey = authorityKeyID(v.content)
		case oidConstraints:
			in := ext.within(v)
			if err := checkConstraints(&in); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkConstraints reads the basic constraints: a flag and a number, both of
// which may be left out.
func checkConstraints(r *berReader) error {
	e, err := r.expect(tagSequence, "basic constraints")
	if err != nil {
		return err
	}
	in := r.within(e)
	for in.more() {
		p, err := in.next()
		if err != nil {
			return err
		}
		if p.tag != tagBoolean && p.tag != tagInteger || len(p.content) == 0 {
			return in.at(p.off, "basic constraints that cannot be read")
		}
	}
	return nil
}

// authorityKeyID gives the key identifier of the extension as the OCTET
// STRING that a subject key identifier is, "" if there is none or the
// extension cannot be read, which Java ignores as well.
func authorityKeyID(value []byte) string {
	r := berReader{buf: value}
	e, err := r.expect(tagSequence, "authority key identifier")
	if err != nil {
		return ""
	}
	in := r.within(e)
	for in.more() {
		f, err := in.next()
		if err != nil {
			return ""
		}
		if f.tag == 0x80 {
			return encodeOctets(f.content)
		}
	}
	return ""
}

// encodeOctets gives the DER of an OCTET STRING.
func encodeOctets(b []byte) string {
	return string(append(appendLength([]byte{tagOctets}, len(b)), b...))
}

func appendLength(b []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 0x100:
		return append(b, 0x81, byte(n))
	case n < 0x10000:
		return append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
}

// javaRefuses says why Java's X.509 parser would not take a certificate that
// Go's parser refused; "" if as far as its fields tell it would. Java is the
// more patient one: negative serial numbers, unknown curves it keeps as
// bytes, doubled extensions of little weight and the like pass.
func javaRefuses(der []byte) string {
	if _, err := readRawCert(der); err != nil {
		return err.(*FormatError).Reason
	}
	return ""
}
