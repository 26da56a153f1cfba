package tlscert

import (
	"bytes"
	"encoding/asn1"
	"strings"
)

// A rawCert is what this package asks of a certificate. It is read from the
// DER itself, so that certificates Go's parser refuses take part as they do in
// Java. It points into the DER.
type rawCert struct {
	issuer, subject []byte // contents of the names
	publicKey       []byte // SubjectPublicKeyInfo, encoded

	// Values of extensions, nil where there is none.
	constraints, subjectKey, authorityKey []byte

	key       rawKey
	signed    []byte // what the signature is over
	algorithm algorithm
	signature []byte
}

// readRawCert reads a certificate as Java 17's parser does and fails where it
// fails: a server does not open a store that holds such a certificate. Java is
// stricter than Go about curves, the size of RSA keys and names, and more
// patient about serial numbers, versions and extensions that are not critical.
// [OpenJDK 17 X509CertImpl, X509CertInfo]
func readRawCert(der []byte) (rawCert, error) {
	var c rawCert
	outer := &berReader{buf: der}
	var parts [3]element
	in, err := outer.list(tagSequence, parts[:], 3, "certificate")
	if err != nil {
		return c, err
	}
	if parts[0].tag != tagSequence {
		return c, in.at(parts[0].off(), "tag %#x in place of the signed part", parts[0].tag)
	}
	if !isBits(parts[2]) {
		return c, in.at(parts[2].off(), "the signature is not a bit string")
	}
	if c.algorithm, err = readAlgorithm(&in, parts[1]); err != nil {
		return c, err
	}
	c.signed, c.signature = in.full(parts[0]), parts[2].content[1:]
	r := in.within(parts[0])
	version, err := readVersion(&r)
	if err != nil {
		return c, err
	}
	serial, err := r.expect(tagInteger, "serial number")
	if err != nil {
		return c, err
	}
	if len(serial.content) == 0 {
		return c, r.at(serial.off(), "the serial number has no digits")
	}
	e, err := r.next()
	if err != nil {
		return c, err
	}
	if !bytes.Equal(r.full(e), in.full(parts[1])) { // NULL or nothing is the same
		alg, err := readAlgorithm(&r, e)
		if err != nil {
			return c, err
		}
		if alg.oid != c.algorithm.oid || string(alg.params) != string(c.algorithm.params) {
			return c, r.at(e.off(), "the two signature algorithms differ")
		}
	}
	noSubject, err := c.readNames(&r, version)
	if err != nil {
		return c, err
	}
	keyAt := r.pos
	if c.key, err = readPublicKey(&r); err != nil {
		return c, err
	}
	c.publicKey = r.buf[keyAt:r.pos:r.pos]
	return c, c.readRest(&r, version, noSubject)
}

// readVersion gives the version as it stands in the file, 0 for the first. Any
// number passes: only the third may have extensions, and Java asks no more.
func readVersion(r *berReader) (int, error) {
	if !r.more() || !isContext0(r.buf[r.pos]) {
		return 0, nil
	}
	e, err := r.next()
	if err != nil || e.tag&constructed == 0 {
		return 0, err
	}
	in := r.within(e)
	return in.integer("version")
}

// readNames reads issuer, validity and subject, and says whether the subject
// is empty.
func (c *rawCert) readNames(r *berReader, version int) (noSubject bool, err error) {
	issuer, err := r.expect(tagSequence, "issuer")
	if err != nil {
		return false, err
	}
	c.issuer = issuer.content
	empty, err := checkName(c.issuer)
	if err != nil {
		return false, err
	}
	if empty {
		return false, r.at(issuer.off(), "an empty issuer")
	}
	if err := readValidity(r); err != nil {
		return false, err
	}
	subject, err := r.expect(tagSequence, "subject")
	if err != nil {
		return false, err
	}
	c.subject = subject.content
	if noSubject, err = checkName(c.subject); err != nil {
		return false, err
	}
	if noSubject && version == 0 {
		return true, r.at(subject.off(), "an empty subject in a certificate of version 1")
	}
	return noSubject, nil
}

// readRest reads what follows the public key: the unique identifiers and the
// extensions. Java passes over what stands in their place and after them.
func (c *rawCert) readRest(r *berReader, version int, noSubject bool) error {
	if !r.more() {
		return nil
	}
	start := r.pos
	if version == 0 {
		return r.at(start, "more fields than version 1 has")
	}
	e, err := r.next()
	for _, number := range []byte{1, 2} { // the unique identifiers of issuer and subject
		if err != nil {
			return err
		}
		if !isContext(e.tag, number) {
			continue
		}
		if !bitsInside(e.content) {
			return r.at(e.off(), "a unique identifier that is not a bit string")
		}
		if !r.more() {
			return nil
		}
		e, err = r.next()
	}
	if err != nil {
		return err
	}
	if version != 2 {
		return r.at(e.off(), "extensions in a certificate of version %d", version+1)
	}
	names := noAlternativeNames
	if e.tag == 0xA3 {
		in := r.within(e)
		if names, err = c.readExtensions(&in); err != nil {
			return err
		}
	}
	if noSubject && names != criticalNames {
		return r.at(start, "an empty subject, and %s", names)
	}
	return nil
}

// alternativeNames is what a certificate without a subject has in its place.
type alternativeNames string

const (
	noAlternativeNames alternativeNames = "no subject alternative names"
	plainNames         alternativeNames = "subject alternative names that are not marked critical"
	criticalNames      alternativeNames = "critical subject alternative names"
)

// isContext: a context-specific tag of this number, with elements inside or
// not.
func isContext(tag, number byte) bool { return tag&^constructed == 0x80|number }

func readValidity(r *berReader) error {
	var parts [2]element
	in, err := r.list(tagSequence, parts[:], 2, "validity")
	if err != nil {
		return err
	}
	for _, p := range parts {
		if !isTime(p) {
			return in.at(p.off(), "a date that cannot be read")
		}
	}
	return nil
}

// isBits: a BIT STRING with its count of unused bits, which is below 8 and
// zero where there are no bits.
func isBits(e element) bool { return e.tag == tagBitString && bitsInside(e.content) }

func bitsInside(b []byte) bool { return len(b) > 1 && b[0] < 8 || len(b) == 1 && b[0] == 0 }

// isTime: a date as Java reads it. Seconds may be left out before "Z" alone;
// a GeneralizedTime may have a fraction of a second; the zone is "Z" or an
// offset of four digits. The day may be one that the month does not have.
func isTime(e element) bool {
	b := string(e.content)
	switch e.tag {
	case tagUTCTime:
		if len(b) > 17 {
			return false
		}
	case tagGeneralTime:
		if len(b) < 13 || !digits(b[:2]) {
			return false
		}
		b = b[2:]
	default:
		return false
	}
	if len(b) < 11 || !digits(b[:10]) || b[2:4] < "01" || b[2:4] > "12" || b[4:6] < "01" || b[4:6] > "31" || b[6:8] > "23" || b[8:10] > "59" {
		return false
	}
	b = b[10:]
	if len(b) > 2 {
		if !digits(b[:2]) || b[:2] > "59" {
			return false
		}
		b = b[2:]
		if e.tag == tagGeneralTime && (b[0] == '.' || b[0] == ',') {
			fraction := strings.TrimLeft(b[1:], "0123456789")
			if fraction == b[1:] {
				return false
			}
			b = fraction
		}
	}
	if b == "Z" {
		return true
	}
	return len(b) == 5 && (b[0] == '+' || b[0] == '-') && digits(b[1:]) && b[1:3] < "24" && b[3:] < "60"
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// javaRefuses says why Java's X.509 parser does not take a certificate; "" if
// it does.
func javaRefuses(der []byte) string {
	if _, err := readRawCert(der); err != nil {
		return reasonOf(err)
	}
	return ""
}

// notCA: basic constraints say that it is no authority.
func (c *rawCert) notCA() bool {
	ca, err := readConstraints(c.constraints)
	return err == nil && !ca
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
	der, _ := asn1.Marshal(b) // fails for types it does not know alone
	return string(der)
}
