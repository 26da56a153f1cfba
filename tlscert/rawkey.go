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
func readAlgorithm(r *berReader, e element) (a algorithm, err error) {
	if e.tag != tagSequence {
		return a, r.at(e.off(), "tag %#x in place of an algorithm", e.tag)
	}
	in := r.within(e)
	if a.oid, err = in.oid("algorithm"); err != nil || !in.more() {
		return a, err
	}
	if a.at, err = in.next(); err != nil {
		return a, err
	}
	if in.more() {
		return a, in.at(in.pos, "more than parameters after an algorithm")
	}
	if a.at.tag == tagNull {
		if len(a.at.content) > 0 {
			return a, in.at(a.at.off(), "a NULL that is not empty")
		}
		return a, nil
	}
	a.params = in.full(a.at)
	switch a.oid {
	case oidEC:
		oid, err := in.oidOf(a.at, "named curve")
		if err != nil {
			return a, err
		}
		if curveBits(oid) == 0 {
			return a, in.at(a.at.off(), "an elliptic curve that Java 17 does not know")
		}
	case oidPSS:
		at := in.within(a.at)
		_, err = readPSS(&at, a.at.tag)
	case oidDSA, oidOldDSA:
		var numbers [3]element
		at := in
		at.pos = a.at.off()
		if at, err = at.list(tagSequence, numbers[:], 3, "DSA parameters"); err == nil {
			for _, n := range numbers {
				if n.tag != tagInteger || len(n.content) == 0 {
					err = at.at(n.off(), "a DSA parameter that is not a number")
				}
			}
		}
	}
	return a, err
}

// A pssHashes is the hash of a signature and that of its mask generation, as
// identifiers.
type pssHashes struct{ hash, mask string }

// readPSS reads the content of RSASSA-PSS parameters (RFC 8017, appendix
// A.2.3) as Java does.
func readPSS(r *berReader, tag byte) (h pssHashes, err error) {
	h = pssHashes{oidSHA1, oidSHA1}
	if tag != tagSequence {
		return h, r.at(0, "PSS parameters that are not a SEQUENCE")
	}
	for r.more() {
		e, err := r.next()
		if err != nil {
			return h, err
		}
		in := r.within(e)
		switch {
		case isContext(e.tag, 0): // the hash
			var a algorithm
			a, err = nextAlgorithm(&in)
			h.hash = a.oid
		case isContext(e.tag, 1): // the mask generation, and its hash
			h.mask, err = readMGF(&in)
		case isContext(e.tag, 2): // the length of the salt
			var n int
			if n, err = in.integer("length of the salt"); err == nil && n < 0 {
				err = in.at(0, "a salt of %d bytes", n)
			}
		case isContext(e.tag, 3):
			var n int
			if n, err = in.integer("trailer"); err == nil && n != 1 {
				err = in.at(0, "a trailer other than 1")
			}
		default:
			err = r.at(e.off(), "PSS parameters that Java does not know")
		}
		if err != nil {
			return h, err
		}
	}
	return h, nil
}

func nextAlgorithm(r *berReader) (algorithm, error) {
	e, err := r.next()
	if err != nil {
		return algorithm{}, err
	}
	return readAlgorithm(r, e)
}

func readMGF(r *berReader) (hash string, err error) {
	mgf, err := nextAlgorithm(r)
	if err != nil {
		return "", err
	}
	if mgf.oid != oidMGF1 || mgf.params == nil {
		return "", r.at(0, "a mask generation other than MGF1 with a hash")
	}
	a, err := nextAlgorithm(&berReader{buf: mgf.params, base: r.base})
	if err != nil {
		return "", err
	}
	if name := digestName(a.oid); name == "" || name == "MD5" {
		return "", r.at(0, "a hash for MGF1 that Java does not know")
	}
	return a.oid, nil
}

// A rawKey is a public key: its algorithm, and the content of its BIT STRING.
type rawKey struct {
	algorithm algorithm
	bits      []byte
}

// readPublicKey reads a SubjectPublicKeyInfo. Keys of kinds that Java has no
// use for pass unread.
func readPublicKey(r *berReader) (rawKey, error) {
	var parts [2]element
	in, err := r.list(tagSequence, parts[:], 2, "public key")
	if err != nil {
		return rawKey{}, err
	}
	alg, err := readAlgorithm(&in, parts[0])
	if err != nil {
		return rawKey{}, err
	}
	if !isBits(parts[1]) {
		return rawKey{}, in.at(parts[1].off(), "the public key is not a bit string")
	}
	at := in.within(parts[1])
	at.pos = 1 // after the number of unused bits
	return rawKey{alg, parts[1].content[1:]}, checkKey(&at, alg)
}

func checkKey(key *berReader, alg algorithm) error {
	switch alg.oid {
	case oidRSA, oidX500RSA, oidPSS:
		_, _, err := readRSA(key)
		return err
	case oidEC:
		if alg.params == nil {
			return key.at(0, "an EC key without a curve")
		}
		return checkPoint(key, curveBits(string(alg.at.content)))
	case oidDSA, oidOldDSA:
		y, err := key.next()
		if err == nil && (y.tag != tagInteger || len(y.content) == 0) {
			err = key.at(y.off(), "a DSA key that is not a number")
		}
		return err
	case edwards + "\x6e", oidEd25519: // X25519
		return checkLength(key, 32)
	case edwards + "\x6f": // X448
		return checkLength(key, 56)
	case oidEd448:
		return checkLength(key, 57)
	}
	return nil
}

// checkLength wants a bit string of whole bytes.
func checkLength(r *berReader, n int) error {
	if unused := r.buf[0]; len(r.buf)-1 != n || unused != 0 {
		return r.at(0, "a key of %d bytes without %d bits, not of %d bytes", len(r.buf)-1, unused, n)
	}
	return nil
}

// checkPoint wants an uncompressed point; Java has no other.
func checkPoint(r *berReader, bits int) error {
	b := r.buf[1:]
	if len(b) == 0 || b[0] != 4 {
		return r.at(0, "an EC key that is not an uncompressed point")
	}
	if (len(b)-1)/2 != blocks(bits, 8) {
		return r.at(0, "an EC key of %d bytes for a curve of %d bits", len(b), bits)
	}
	return nil
}

// Bounds of Java on RSA keys, in bits.
const (
	minRSABits      = 512
	maxRSABits      = 16384 // larger ones take minutes
	freeExponent    = 3072  // up to here any exponent goes
	maxExponentBits = 64    // above
)

// readRSA reads an RSA public key: modulus and exponent, taken as positive.
func readRSA(r *berReader) (modulus, exponent []byte, err error) {
	var parts [2]element
	in, err := r.list(tagSequence, parts[:], 2, "RSA key")
	if err != nil {
		return nil, nil, err
	}
	for _, p := range parts {
		if p.tag != tagInteger || len(p.content) == 0 {
			return nil, nil, in.at(p.off(), "an RSA key that is not two numbers")
		}
	}
	if r.more() {
		return nil, nil, r.at(r.pos, "bytes after an RSA key")
	}
	modulus, exponent = bytes.TrimLeft(parts[0].content, "\x00"), bytes.TrimLeft(parts[1].content, "\x00")
	bits := 8 * len(modulus) // Java rounds up to whole bytes
	switch {
	case bits < minRSABits:
		return nil, nil, in.at(0, "an RSA key of fewer than %d bits", minRSABits)
	case bits > maxRSABits:
		return nil, nil, in.at(0, "an RSA key of more than %d bits", maxRSABits)
	}
	switch {
	case bits > freeExponent && bitLen(exponent) > maxExponentBits:
		err = in.at(0, "an RSA exponent of %d bits", bitLen(exponent))
	case len(exponent) > len(modulus) || len(exponent) == len(modulus) && bytes.Compare(exponent, modulus) >= 0:
		err = in.at(0, "an RSA exponent above the modulus")
	case len(exponent) == 0 || len(exponent) == 1 && exponent[0] < 3:
		err = in.at(0, "an RSA exponent below 3")
	}
	return modulus, exponent, err
}

// bitLen is the number of bits of a number without leading zeros.
func bitLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return 8*len(b) - bits.LeadingZeros8(b[0])
}
