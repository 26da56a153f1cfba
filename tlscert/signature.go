package tlscert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/md5" // the hashes of signatures, old ones too
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"math/big"
	"strings"
)

// Families of signature algorithms, as the beginning of their identifiers.
const (
	pkcs1     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"     // 1.2.840.113549.1.1
	oiw       = "\x2b\x0e\x03\x02"                     // 1.3.14.3.2
	teletrust = "\x2b\x24\x03\x03\x01"                 // 1.3.36.3.3.1
	x962      = "\x2a\x86\x48\xce\x3d\x04"             // 1.2.840.10045.4
	oldDSA    = "\x2a\x86\x48\xce\x38\x04"             // 1.2.840.10040.4
	nistSigs  = "\x60\x86\x48\x01\x65\x03\x04\x03"     // 2.16.840.1.101.3.4.3
	ecRIPEMD  = "\x2b\x24\x03\x03\x02\x02"             // 1.3.36.3.3.2.2
	bsiECDSA  = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01" // 0.4.0.127.0.7.1.1.4.1
)

// hashName gives the hash of a signature; "" where there is none apart from
// the scheme (Ed25519), ok false for an algorithm that is not known here.
func (a algorithm) hashName() (name string, ok bool) {
	if a.oid == oidPSS {
		h, err := a.pss()
		return digestName(h.hash), err == nil && digestName(h.hash) != ""
	}
	if a.oid == oidEd25519 || a.oid == oidEd448 {
		return "", true
	}
	if a.oid == ecRIPEMD {
		return "RIPEMD-160", true
	}
	family, number := lastNumber(a.oid)
	name = pick(signatureHashes(family), number)
	return name, name != ""
}

// signatureHashes lists the hashes of a family by their last number.
func signatureHashes(family string) []string {
	switch family {
	case pkcs1:
		return []string{2: "MD2", 3: "MD4", 4: "MD5", 5: "SHA-1", 11: "SHA-256", 12: "SHA-384", 13: "SHA-512",
			14: "SHA-224", 15: "SHA-512/224", 16: "SHA-512/256"}
	case oiw:
		return []string{2: "MD4", 3: "MD5", 4: "MD4", 13: "SHA-0", 15: "SHA-0", 27: "SHA-1", 28: "SHA-1", 29: "SHA-1"}
	case teletrust:
		return []string{2: "RIPEMD-160", 3: "RIPEMD-128", 4: "RIPEMD-256"}
	case x962:
		return []string{1: "SHA-1"}
	case x962 + "\x03":
		return []string{1: "SHA-224", 2: "SHA-256", 3: "SHA-384", 4: "SHA-512"}
	case oldDSA:
		return []string{3: "SHA-1"}
	case nistSigs:
		return []string{1: "SHA-224", 2: "SHA-256", 3: "SHA-384", 4: "SHA-512", 5: "SHA3-224", 6: "SHA3-256", 7: "SHA3-384", 8: "SHA3-512",
			9: "SHA3-224", 10: "SHA3-256", 11: "SHA3-384", 12: "SHA3-512", 13: "SHA3-224", 14: "SHA3-256", 15: "SHA3-384", 16: "SHA3-512"}
	case bsiECDSA:
		return []string{1: "SHA-1", 2: "SHA-224", 3: "SHA-256", 4: "SHA-384", 5: "SHA-512", 6: "RIPEMD-160"}
	}
	return nil
}

// lastNumber splits an identifier before its last byte.
func lastNumber(oid string) (family string, number int) {
	if oid == "" {
		return "", 0
	}
	return oid[:len(oid)-1], int(oid[len(oid)-1])
}

// pick gives an element of a list, the zero value behind its end.
func pick[T any](list []T, i int) (v T) {
	if i < len(list) {
		v = list[i]
	}
	return v
}

// digestName gives the name of a hash by its own identifier.
func digestName(oid string) string {
	switch oid {
	case oidSHA1:
		return "SHA-1"
	case "\x2a\x86\x48\x86\xf7\x0d\x02\x05":
		return "MD5"
	}
	if family, number := lastNumber(oid); family == oidSHA2 {
		return pick([]string{1: "SHA-256", 2: "SHA-384", 3: "SHA-512", 4: "SHA-224", 5: "SHA-512/224", 6: "SHA-512/256",
			7: "SHA3-224", 8: "SHA3-256", 9: "SHA3-384", 10: "SHA3-512"}, number)
	}
	return ""
}

// pss gives the hashes of an RSASSA-PSS signature.
func (a algorithm) pss() (pssHashes, error) {
	r := readerOf(a.params)
	h := readPSS(r.sequence(r.next(), "PSS parameters"))
	return h, r.err()
}

// signedBy checks the signature of c with the key of issuer, whatever the age
// of the algorithm and whether or not the issuer is marked as an authority.
// known is false where this package cannot check the algorithm.
func (c *rawCert) signedBy(issuer *rawCert) (ok, known bool) {
	name, known := c.algorithm.hashName()
	if !known {
		return false, false
	}
	key := issuer.key
	if c.algorithm.oid == oidEd25519 {
		return key.algorithm.oid == oidEd25519 && ed25519.Verify(key.bits, c.signed, c.signature), true
	}
	hash := goHash(name)
	if hash == 0 {
		return false, false
	}
	h := hash.New()
	h.Write(c.signed)
	sum := h.Sum(nil)
	switch {
	case c.algorithm.oid == oidPSS:
		hashes, err := c.algorithm.pss()
		public, ok := key.rsa()
		if err != nil || hashes.mask != hashes.hash || ok && public.N.BitLen() < minGoRSABits {
			return false, false
		}
		return ok && rsa.VerifyPSS(public, hash, sum, c.signature, nil) == nil, true
	case strings.HasPrefix(c.algorithm.oid, pkcs1) || c.algorithm.oid == oiw+"\x03" || c.algorithm.oid == oiw+"\x1d":
		public, ok := key.rsa()
		if ok && public.N.BitLen() < minGoRSABits {
			return verifySmallRSA(public, hash, sum, c.signature), true
		}
		return ok && rsa.VerifyPKCS1v15(public, hash, sum, c.signature) == nil, true
	case strings.HasPrefix(c.algorithm.oid, x962):
		public, known := key.ecdsa()
		return public != nil && ecdsa.VerifyASN1(public, sum, c.signature), known
	}
	return false, false
}

// goHash gives a hash that signatures are checked with, 0 for others.
func goHash(name string) crypto.Hash {
	for _, h := range []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA512_224, crypto.SHA512_256} {
		if h.String() == name {
			return h
		}
	}
	return 0
}

func (k rawKey) rsa() (*rsa.PublicKey, bool) {
	switch k.algorithm.oid {
	case oidRSA, oidX500RSA, oidPSS:
	default:
		return nil, false
	}
	r := readerOf(k.bits)
	n, e := readRSA(r)
	exponent := new(big.Int).SetBytes(e)
	if r.failed() || !exponent.IsInt64() || exponent.Int64() >= 1<<31 {
		return nil, false
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, true
}

// ecdsa gives a key over a curve that Go has; known is false for one over
// another. A key of another kind, or a point off its curve, is nil.
func (k rawKey) ecdsa() (key *ecdsa.PublicKey, known bool) {
	if k.algorithm.oid != oidEC {
		return nil, true
	}
	var curve elliptic.Curve
	switch string(k.algorithm.at.content) {
	case certicom + "\x21":
		curve = elliptic.P224()
	case ansiPrime + "\x07":
		curve = elliptic.P256()
	case certicom + "\x22":
		curve = elliptic.P384()
	case certicom + "\x23":
		curve = elliptic.P521()
	default:
		return nil, false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, k.bits)
	if err != nil {
		return nil, true
	}
	return key, true
}

// minGoRSABits is the smallest RSA key that crypto/rsa uses.
const minGoRSABits = 1024

// verifySmallRSA checks a PKCS #1 v1.5 signature by a key that crypto/rsa
// refuses for its size: such a certificate is self-signed all the same.
func verifySmallRSA(key *rsa.PublicKey, hash crypto.Hash, sum, signature []byte) bool {
	size := key.Size()
	if len(signature) != size || new(big.Int).SetBytes(signature).Cmp(key.N) >= 0 {
		return false
	}
	m := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N)
	got := m.FillBytes(make([]byte, size))
	if got[0] != 0 || got[1] != 1 {
		return false
	}
	rest := bytes.TrimLeft(got[2:], "\xff")
	return len(got)-2-len(rest) >= 8 && len(rest) > 0 && rest[0] == 0 && isDigestInfo(rest[1:], hash, sum)
}

// isDigestInfo: the DER of a hash's identifier, NULL or nothing, and the sum.
func isDigestInfo(b []byte, hash crypto.Hash, sum []byte) bool {
	r := readerOf(b)
	in := r.sequence(r.next(), "digest")
	a, digest := readAlgorithm(&in, in.next()), in.next()
	in.end("digest")
	return !r.failed() && !r.more() && goHash(digestName(a.oid)) == hash && a.params == nil && digest.tag == tagOctets && bytes.Equal(digest.content, sum)
}
