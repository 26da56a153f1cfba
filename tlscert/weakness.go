package tlscert

import (
	"bytes"
	"fmt"
)

// The least sizes in bits that are not called weak: those of the CA/Browser
// Forum's Baseline Requirements, section 6.1.5, which browsers enforce. Java 17
// itself refuses less (RSA below 1024 bits, EC below 224, MD5).
const (
	leastRSA = 2048
	leastEC  = 256
)

// WeakKey says what is weak about the public key, such as "RSA key of 1024
// bits"; "" for nothing. RSA keys of fewer than 2048 bits are weak, curves of
// fewer than 256, and DSA of any size, which TLS 1.3 has no use for. known is
// false for a key of another kind, of which nothing is known.
func (c Certificate) WeakKey() (weakness string, known bool) {
	raw, ok := c.raw()
	if !ok {
		return "", false
	}
	name, bits, least := "", 0, 0
	switch k := raw.key; k.algorithm.oid {
	case oidRSA, oidX500RSA, oidPSS:
		modulus, _ := readRSA(readerOf(k.bits)) // raw has read it
		name, bits, least = "RSA", bitLen(modulus), leastRSA
	case oidEC:
		name, bits, least = "EC", curveBits(string(k.algorithm.at.content)), leastEC
	case oidDSA, oidOldDSA:
		if name, bits = "DSA", k.algorithm.dsaBits(); bits == 0 {
			return "DSA key", true // its size is in the certificate of the issuer
		}
		least = bits + 1
	case oidEd25519, oidEd448:
		return "", true
	default:
		return "", false
	}
	if bits < least {
		return fmt.Sprintf("%s key of %d bits", name, bits), true
	}
	return "", true
}

// WeakSignature says what is weak about the signature, such as "signed with
// SHA-1"; "" for nothing. Weak are MD2, MD4, MD5, SHA-0, SHA-1 and the RIPEMD
// family, also as the hash of RSASSA-PSS, whose default is SHA-1. known is false
// for an algorithm of which nothing is known. Nobody checks the signature of a
// certificate that is trusted as a root, so for SelfSigned certificates a weak
// one matters less. [NIST SP 800-131A revision 2, section 9; RFC 9155]
func (c Certificate) WeakSignature() (weakness string, known bool) {
	raw, ok := c.raw()
	if !ok {
		return "", false
	}
	name, known := raw.algorithm.hashName()
	switch name {
	case "MD2", "MD4", "MD5", "SHA-0", "SHA-1", "RIPEMD-128", "RIPEMD-160", "RIPEMD-256":
		return "signed with " + name, known
	}
	return "", known
}

// dsaBits is the size of a DSA key by its parameters, 0 without them.
func (a algorithm) dsaBits() int {
	r := readerOf(a.params)
	return bitLen(bytes.TrimLeft(readDSA(r.sequence(r.next(), "DSA parameters")), "\x00"))
}
