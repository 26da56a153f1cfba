package tlscert

import (
	"crypto/cipher"
	"crypto/rc4"
	"slices"
)

// The ciphers of the schemes. Each decrypts data with a derived key and says
// whether the result can be right; only a wrong password or damaged bytes
// make it wrong.

func openBlocks(newCipher func(key []byte) (cipher.Block, error)) func(key, iv, data []byte) ([]byte, bool) {
	return func(key, iv, data []byte) ([]byte, bool) {
		b, err := newCipher(key)
		if err != nil || len(data) == 0 || len(data)%b.BlockSize() != 0 {
			return nil, false
		}
		out := make([]byte, len(data))
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
		return unpad(out, b.BlockSize())
	}
}

func openRC2(key, iv, data []byte) ([]byte, bool) {
	if len(data) == 0 || len(data)%8 != 0 {
		return nil, false
	}
	return unpad(newRC2(key, 8*len(key)).decryptCBC(iv, data), 8)
}

func openRC4(key, _, data []byte) ([]byte, bool) {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, false
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out, true
}

// unpad takes off the padding of RFC 5652, section 6.3.
func unpad(b []byte, size int) ([]byte, bool) {
	n := int(b[len(b)-1])
	if n == 0 || n > size {
		return nil, false
	}
	cut := len(b) - n
	if slices.ContainsFunc(b[cut:], func(c byte) bool { return int(c) != n }) {
		return nil, false
	}
	return b[:cut], true
}
