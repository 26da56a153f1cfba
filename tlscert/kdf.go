package tlscert

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// A digest is a hash that Java knows for PKCS12: its output and block size,
// and how to make one.
type digest struct {
	make       func() hash.Hash
	size, wide int
}

// cost is what one computation counts in a budget. SHA-512 and its kin take
// about twice as long as the others.
func (d digest) cost() int64 {
	if d.wide == 128 {
		return 2
	}
	return 1
}

var (
	digestSHA1   = digest{sha1.New, 20, 64}
	digestSHA224 = digest{sha256.New224, 28, 64}
	digestSHA256 = digest{sha256.New, 32, 64}
	digestSHA384 = digest{sha512.New384, 48, 128}
	digestSHA512 = digest{sha512.New, 64, 128}
	digest512224 = digest{sha512.New512_224, 28, 128}
	digest512256 = digest{sha512.New512_256, 32, 128}
)

// Purposes of a derived value in the PKCS12 key derivation.
const (
	forKey = 1
	forIV  = 2
	forMAC = 3
)

// pkcs12Key derives n bytes from a password as RFC 7292, appendix B.2 says.
// password is the BMPString with its closing zero character, or nothing at
// all. It takes blocks(n, d.size) times iterations hash operations.
func pkcs12Key(d digest, password, salt []byte, purpose byte, iterations, n int) []byte {
	h := d.make()
	v := d.wide
	diversifier := make([]byte, v)
	for i := range diversifier {
		diversifier[i] = purpose
	}
	in := append(repeat(salt, v), repeat(password, v)...)
	out := make([]byte, 0, blocks(n, d.size)*d.size)
	a := make([]byte, 0, d.size)
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(in)
		a = h.Sum(a[:0])
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		out = append(out, a...)
		if len(out) >= n {
			return out[:n:n]
		}
		// Add the output, repeated to v bytes, plus one to each v bytes of in.
		b := repeat(a, v)[:v]
		for j := 0; j < len(in); j += v {
			carry := uint(1)
			for k := v - 1; k >= 0; k-- {
				carry += uint(in[j+k]) + uint(b[k])
				in[j+k] = byte(carry)
				carry >>= 8
			}
		}
	}
}

// repeat gives b as often as needed to fill a multiple of v bytes, the last
// time cut short; nothing for an empty b.
func repeat(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	n := blocks(len(b), v) * v
	out := make([]byte, 0, n)
	for len(out) < n {
		out = append(out, b[:min(len(b), n-len(out))]...)
	}
	return out
}

// pbkdf1MD5 derives the 16 bytes of PBES1 with MD5 (RFC 8018, section 5.1).
func pbkdf1MD5(password, salt []byte, iterations int) []byte {
	a := md5.Sum(append(append([]byte(nil), password...), salt...))
	for range iterations - 1 {
		a = md5.Sum(a[:])
	}
	return a[:]
}

// pbkdf2Key derives n bytes with PBKDF2 (RFC 8018, section 5.2).
func pbkdf2Key(d digest, password string, salt []byte, iterations, n int) ([]byte, error) {
	return pbkdf2.Key(d.make, password, salt, iterations, n)
}
