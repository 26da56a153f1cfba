package tlscert

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/sha512"
)

// costOf is what one computation of a hash counts in a budget. SHA-512 and its
// kin take about twice as long as the others.
func costOf(h crypto.Hash) int64 {
	if h.New().BlockSize() == sha512.BlockSize {
		return 2
	}
	return 1
}

// Purposes of a derived value in the PKCS12 key derivation.
const (
	forKey = 1
	forIV  = 2
	forMAC = 3
)

// pkcs12Key derives n bytes from a password as RFC 7292, appendix B.2 says.
// password is the BMPString with its closing zero character, or nothing at
// all. It takes blocks(n, hash.Size()) times iterations hash operations.
func pkcs12Key(hash crypto.Hash, password, salt []byte, purpose byte, iterations, n int) []byte {
	h := hash.New()
	v := h.BlockSize()
	diversifier := bytes.Repeat([]byte{purpose}, v)
	in := append(repeat(salt, v), repeat(password, v)...)
	var out, a []byte
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
	return bytes.Repeat(b, blocks(n, len(b)))[:n]
}

// pbkdf1MD5 derives the 16 bytes of PBES1 with MD5 (RFC 8018, section 5.1).
func pbkdf1MD5(password, salt []byte, iterations int) []byte {
	a := md5.Sum(append(append([]byte(nil), password...), salt...))
	for range iterations - 1 {
		a = md5.Sum(a[:])
	}
	return a[:]
}
