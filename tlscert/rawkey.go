package tlscert

import (
	"bytes"
	"math/bits"
)

// Object identifiers of public keys, as their content bytes.
const (
	oidRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	oidX500RSA = "\x55\x08\x01\x01"                     // 2.5.8.1.1
	oidPSS     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" // 1.2.840.113549.1.1.10
	oidMGF1    = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" // 1.2.840.113549.1.1.8
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	oidDSA     = "\x2a\x86\x48\xce\x38\x04\x01"         // 1.2.840.10040.4.1
	oidOldDSA  = "\x2b\x0e\x03\x02\x0c"                 // 1.3.14.3.2.12
	edwards    = "\x2b\x65"                             // 1.3.101, X25519 and its kin
	oidEd25519 = edwards + "\x70"
	oidEd448   = edwards + "\x71"
)

// An algorithm is an AlgorithmIdentifier. params is nil where there are none
// or a NULL, which is the same to Java.
type algorithm struct {
	oid    string
	params []byte
	at     element // of params
}

// readAlgorithm reads an AlgorithmIdentifier and, where Java does so, its
// parameters: those of EC, RSASSA-PSS and DSA.
func readAlgorithm(r *berReader, e element) (a algorithm) {
	in := r.sequence(e, "algorithm")
	a.oid = in.oid("algorithm")
	if !in.more() {
		return a
	}
	a.at = in.next()
	if in.more() {
		in.fail(in.pos, "more than parameters after an algorithm")
	}
	if a.at.tag == tagNull {
		if len(a.at.content) > 0 {
			in.fail(a.at.off(), "a NULL that is not empty")
		}
		return a
	}
	a.params = in.full(a.at)
	switch a.oid {
	case oidEC:
		if curveBits(in.oidOf(a.at, "named curve")) == 0 {
			in.fail(a.at.off(), "an elliptic curve that Java 17 does not know")
		}
	case oidPSS:
		readPSS(in.sequence(a.at, "PSS parameters"))
	case oidDSA, oidOldDSA:
		readDSA(in.sequence(a.at, "DSA parameters"))
	}
	return a
}

// readDSA reads the parameters of DSA and gives the first, the modulus.
func readDSA(r berReader) (modulus []byte) {
	modulus = r.number("DSA parameter")
	for range 2 {
		r.number("DSA parameter")
	}
	r.end("DSA parameters")
	return modulus
}

// A pssHashes is the hash of a signature and that of its mask generation, as
// identifiers.
type pssHashes struct{ hash, mask string }

// readPSS reads the content of RSASSA-PSS parameters (RFC 8017, appendix
// A.2.3) as Java does.
func readPSS(r berReader) (h pssHashes) {
	h = pssHashes{oidSHA1, oidSHA1}
	for r.more() {
		e := r.next()
		in := r.within(e)
		switch {
		case isContext(e.tag, 0): // the hash
			h.hash = readAlgorithm(&in, in.next()).oid
		case isContext(e.tag, 1): // the mask generation, and its hash
			h.mask = readMGF(&in)
		case isContext(e.tag, 2):
			if n := in.integer("length of the salt"); n < 0 {
				in.fail(0, "a salt of %d bytes", n)
			}
		case isContext(e.tag, 3):
			if in.integer("trailer") != 1 {
				in.fail(0, "a trailer other than 1")
			}
		default:
			r.fail(e.off(), "PSS parameters that Java does not know")
		}
	}
	return h
}

func readMGF(r *berReader) (hash string) {
	mgf := readAlgorithm(r, r.next())
	if mgf.oid != oidMGF1 || mgf.params == nil {
		r.fail(0, "a mask generation other than MGF1 with a hash")
	}
	in := r.sub(0, mgf.params)
	a := readAlgorithm(&in, in.next())
	if name := digestName(a.oid); name == "" || name == "MD5" {
		r.fail(0, "a hash for MGF1 that Java does not know")
	}
	return a.oid
}

// A rawKey is a public key: its algorithm, and the content of its BIT STRING.
type rawKey struct {
	algorithm algorithm
	bits      []byte
}

// readPublicKey reads a SubjectPublicKeyInfo. Keys of kinds that Java has no
// use for pass unread.
func readPublicKey(r *berReader) rawKey {
	in := r.sequence(r.next(), "public key")
	alg := readAlgorithm(&in, in.next())
	bits := in.next()
	in.end("public key")
	if !isBits(bits) {
		in.fail(bits.off(), "the public key is not a bit string")
	}
	if in.failed() {
		return rawKey{}
	}
	at := in.within(bits)
	at.pos = 1 // after the number of unused bits
	checkKey(at, alg)
	return rawKey{alg, bits.content[1:]}
}

func checkKey(key berReader, alg algorithm) {
	switch alg.oid {
	case oidRSA, oidX500RSA, oidPSS:
		readRSA(key)
	case oidEC:
		if alg.params == nil {
			key.fail(0, "an EC key without a curve")
		}
		checkPoint(key, curveBits(string(alg.at.content)))
	case oidDSA, oidOldDSA:
		key.number("DSA key")
	case edwards + "\x6e", oidEd25519: // X25519
		checkLength(key, 32)
	case edwards + "\x6f": // X448
		checkLength(key, 56)
	case oidEd448:
		checkLength(key, 57)
	}
}

// checkLength wants a bit string of whole bytes.
func checkLength(r berReader, n int) {
	if unused := r.buf[0]; len(r.buf)-1 != n || unused != 0 {
		r.fail(0, "a key of %d bytes without %d bits, not of %d bytes", len(r.buf)-1, unused, n)
	}
}

// checkPoint wants an uncompressed point; Java has no other.
func checkPoint(r berReader, bits int) {
	b := r.buf[1:]
	if len(b) == 0 || b[0] != 4 {
		r.fail(0, "an EC key that is not an uncompressed point")
	}
	if (len(b)-1)/2 != blocks(bits, 8) {
		r.fail(0, "an EC key of %d bytes for a curve of %d bits", len(b), bits)
	}
}

// Bounds of Java on RSA keys, in bits.
const (
	minRSABits      = 512
	maxRSABits      = 16384 // larger ones take minutes
	freeExponent    = 3072  // up to here any exponent goes
	maxExponentBits = 64    // above
)

// readRSA reads an RSA public key: modulus and exponent, taken as positive.
func readRSA(r berReader) (modulus, exponent []byte) {
	in := r.sequence(r.next(), "RSA key")
	if r.more() {
		r.fail(r.pos, "bytes after an RSA key")
	}
	modulus = bytes.TrimLeft(in.number("modulus of an RSA key"), "\x00")
	exponent = bytes.TrimLeft(in.number("exponent of an RSA key"), "\x00")
	in.end("RSA key")
	bits := 8 * len(modulus) // Java rounds up to whole bytes
	switch {
	case bits < minRSABits:
		r.fail(0, "an RSA key of fewer than %d bits", minRSABits)
	case bits > maxRSABits:
		r.fail(0, "an RSA key of more than %d bits", maxRSABits)
	case bits > freeExponent && bitLen(exponent) > maxExponentBits:
		r.fail(0, "an RSA exponent of %d bits", bitLen(exponent))
	case len(exponent) > len(modulus) || len(exponent) == len(modulus) && bytes.Compare(exponent, modulus) >= 0:
		r.fail(0, "an RSA exponent above the modulus")
	case len(exponent) == 0 || len(exponent) == 1 && exponent[0] < 3:
		r.fail(0, "an RSA exponent below 3")
	}
	return modulus, exponent
}

// bitLen is the number of bits of a number without leading zeros.
func bitLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return 8*len(b) - bits.LeadingZeros8(b[0])
}
