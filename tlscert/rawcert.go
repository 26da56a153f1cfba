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
func readRawCert(der []byte) (c rawCert, err error) {
	outer := readerOf(der)
	in := outer.sequence(outer.next(), "certificate")
	signed, algorithm, signature := in.next(), in.next(), in.next()
	in.end("certificate")
	if !isBits(signature) {
		in.fail(signature.off(), "the signature is not a bit string")
	}
	if in.failed() {
		return c, in.err()
	}
	c.algorithm = readAlgorithm(&in, algorithm)
	c.signed, c.signature = in.full(signed), signature.content[1:]
	c.readSigned(in.sequence(signed, "signed part"), in.full(algorithm))
	return c, in.err()
}

// readSigned reads the signed part. algorithm is that of the signature.
func (c *rawCert) readSigned(r berReader, algorithm []byte) {
	version := readVersion(&r)
	serial := r.expect(tagInteger, "serial number")
	if len(serial.content) == 0 {
		r.fail(serial.off(), "the serial number has no digits")
	}
	e := r.next()
	if !bytes.Equal(r.full(e), algorithm) { // NULL or nothing is the same
		if a := readAlgorithm(&r, e); a.oid != c.algorithm.oid || string(a.params) != string(c.algorithm.params) {
			r.fail(e.off(), "the two signature algorithms differ")
		}
	}
	noSubject := c.readNames(&r, version)
	keyAt := r.pos
	c.key = readPublicKey(&r)
	c.publicKey = r.buf[keyAt:r.pos:r.pos]
	c.readRest(&r, version, noSubject)
}

// readVersion gives the version as it stands in the file, 0 for the first. Any
// number passes: only the third may have extensions, and Java asks no more.
func readVersion(r *berReader) int {
	if !r.more() || !isContext0(r.buf[r.pos]) {
		return 0
	}
	e := r.next()
	if e.tag&constructed == 0 {
		return 0
	}
	in := r.within(e)
	return in.integer("version")
}

// readNames reads issuer, validity and subject, and says whether the subject
// is empty.
func (c *rawCert) readNames(r *berReader, version int) (noSubject bool) {
	issuer := r.expect(tagSequence, "issuer")
	c.issuer = issuer.content
	if checkName(r.within(issuer)) {
		r.fail(issuer.off(), "an empty issuer")
	}
	readValidity(r)
	subject := r.expect(tagSequence, "subject")
	c.subject = subject.content
	noSubject = checkName(r.within(subject))
	if noSubject && version == 0 {
		r.fail(subject.off(), "an empty subject in a certificate of version 1")
	}
	return noSubject
}

// readRest reads what follows the public key: the unique identifiers and the
// extensions. Java passes over what stands in their place and after them.
func (c *rawCert) readRest(r *berReader, version int, noSubject bool) {
	if !r.more() {
		return
	}
	start := r.pos
	if version == 0 {
		r.fail(start, "more fields than version 1 has")
	}
	e := r.next()
	for _, number := range []byte{1, 2} { // the unique identifiers of issuer and subject
		if !isContext(e.tag, number) {
			continue
		}
		if !bitsInside(e.content) {
			r.fail(e.off(), "a unique identifier that is not a bit string")
		}
		if !r.more() {
			return
		}
		e = r.next()
	}
	if version != 2 {
		r.fail(e.off(), "extensions in a certificate of version %d", version+1)
	}
	names := noAlternativeNames
	if e.tag == 0xA3 {
		names = c.readExtensions(r.within(e))
	}
	if noSubject && names != criticalNames {
		r.fail(start, "an empty subject, and %s", names)
	}
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

func readValidity(r *berReader) {
	in := r.sequence(r.next(), "validity")
	for range 2 {
		if date := in.next(); !isTime(date) {
			in.fail(date.off(), "a date that cannot be read")
		}
	}
	in.end("validity")
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
	r := readerOf(c.constraints)
	ca := readConstraints(r.sequence(r.next(), "basic constraints"))
	return !ca && !r.failed() && !r.more()
}

// authorityKeyID gives the key identifier of the extension as the OCTET
// STRING that a subject key identifier is, "" if there is none or the
// extension cannot be read, which Java ignores as well.
func authorityKeyID(value []byte) string {
	r := readerOf(value)
	for in := r.sequence(r.next(), "authority key identifier"); in.more(); {
		if f := in.next(); f.tag == 0x80 {
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
