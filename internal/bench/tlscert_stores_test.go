package bench

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"math/big"
	"testing"
	"time"
	"unicode/utf16"
)

// An entryDER is one entry of the stores under measurement: a private key
// with its chain if key, else one trusted certificate.
type entryDER struct {
	alias string
	key   bool
	chain [][]byte
}

// bulkEntries makes n entries over RSA keys of 2048 bits, as the product's
// installer makes them: half private keys with a chain of two, half trusted
// certificates. All certificates but the authority's differ; the public key
// is one, which no reader knows.
func bulkEntries(t testing.TB, n int) []entryDER {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	make := func(serial int, name string, ca bool, parent *x509.Certificate) []byte {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(int64(serial)),
			Subject:      pkix.Name{CommonName: name, Organization: []string{"Example"}},
			NotBefore:    time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
			NotAfter:     time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
			KeyUsage:     x509.KeyUsageDigitalSignature,
			ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			IsCA:         ca, BasicConstraintsValid: true,
			DNSNames: []string{name},
		}
		if parent == nil {
			parent = c
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	caDER := make(1, "ca.example.com", true, nil)
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	var out []entryDER
	for i := range n {
		e := entryDER{alias: fmt.Sprintf("entry%05d", i), key: i%2 == 0}
		e.chain = [][]byte{make(i+2, fmt.Sprintf("host%05d.example.com", i), false, ca)}
		if e.key {
			e.chain = append(e.chain, caDER)
		}
		out = append(out, e)
	}
	return out
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}

// fakeKey has the size of an encrypted RSA key; no load decrypts it.
func fakeKey() []byte { return der(0x30, bytes.Repeat([]byte{5, 0}, 640)) }

func writeJKS(entries []entryDER, password string) []byte {
	var w bytes.Buffer
	u32 := func(n int) { w.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	utf := func(s string) { w.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s)))); w.WriteString(s) }
	cert := func(d []byte) { utf("X.509"); u32(len(d)); w.Write(d) }
	u32(0xFEEDFEED)
	u32(2)
	u32(len(entries))
	for _, e := range entries {
		if e.key {
			u32(1)
		} else {
			u32(2)
		}
		utf(e.alias)
		w.Write(binary.BigEndian.AppendUint64(nil, 1_700_000_000_000))
		if e.key {
			u32(len(fakeKey()))
			w.Write(fakeKey())
			u32(len(e.chain))
		}
		for _, c := range e.chain {
			cert(c)
		}
	}
	h := sha1.New()
	h.Write(utf16Bytes(password))
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(w.Bytes())
	return h.Sum(w.Bytes())
}

func der(tag byte, parts ...[]byte) []byte {
	b := bytes.Join(parts, nil)
	head := []byte{tag}
	switch n := len(b); {
	case n < 0x80:
		head = append(head, byte(n))
	default:
		l := binary.BigEndian.AppendUint32(nil, uint32(n))
		for l[0] == 0 {
			l = l[1:]
		}
		head = append(append(head, 0x80|byte(len(l))), l...)
	}
	return append(head, b...)
}

func derOID(hex ...byte) []byte { return der(6, hex) }
func derInt(n int) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0}, uint32(n))
	for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
		b = b[1:]
	}
	return der(2, b)
}
func pkcs7(n byte) []byte { return derOID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, n) }
func bagID(n byte) []byte { return derOID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, n) }
func attrID(n ...byte) []byte {
	return derOID(append([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9}, n...)...)
}

// writePKCS12 writes what keytool of Java 17 writes: the keys in a clear safe,
// the certificates in one under PBES2 (HMAC-SHA256, AES-256, 10,000
// iterations), a MAC with SHA-256 and 10,000 iterations.
func writePKCS12(t testing.TB, entries []entryDER, password string) []byte {
	t.Helper()
	var keys, certs [][]byte
	seen := map[string]bool{}
	for i, e := range entries {
		name := der(0x30, attrID(20), der(0x31, der(0x1e, utf16Bytes(e.alias))))
		id := der(0x30, attrID(21), der(0x31, der(4, fmt.Appendf(nil, "Time %d", 1_700_000_000_000+i))))
		attrs := [][]byte{name, id}
		if e.key {
			keys = append(keys, der(0x30, bagID(2), der(0xa0, fakeKey()), der(0x31, name, id)))
		} else {
			usage := derOID(0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1)
			attrs = [][]byte{name, der(0x30, usage, der(0x31, derOID(0x55, 0x1d, 0x25, 0)))}
		}
		for j, c := range e.chain {
			if j > 0 && seen[string(c)] {
				continue
			}
			seen[string(c)] = true
			bag := [][]byte{bagID(3), der(0xa0, der(0x30, attrID(22, 1), der(0xa0, der(4, c))))}
			if j == 0 {
				bag = append(bag, der(0x31, attrs...))
			}
			certs = append(certs, der(0x30, bag...))
		}
	}
	const iterations = 10_000
	salt, iv := []byte("salt of the safe"), bytes.Repeat([]byte{9}, 16)
	key, err := pbkdf2.Key(sha256.New, password, salt, iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	plain := der(0x30, certs...)
	pad := 16 - len(plain)%16
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	pkcs5 := func(n byte) []byte { return derOID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, n) }
	hmacSHA256 := derOID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9)
	kdf := der(0x30, pkcs5(12), der(0x30, der(4, salt), derInt(iterations), derInt(32), der(0x30, hmacSHA256, der(5))))
	aes256 := der(0x30, derOID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42), der(4, iv))
	alg := der(0x30, pkcs5(13), der(0x30, kdf, aes256))
	sealed := der(0x30, derInt(0), der(0x30, pkcs7(1), alg, der(0x80, plain)))
	auth := der(0x30,
		der(0x30, pkcs7(1), der(0xa0, der(4, der(0x30, keys...)))),
		der(0x30, pkcs7(6), der(0xa0, sealed)))
	macSalt := []byte("salt of the MAC.")
	h := hmac.New(sha256.New, pkcs12MACKey(password, macSalt, iterations))
	h.Write(auth)
	alg256 := der(0x30, derOID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1), der(5))
	mac := der(0x30, der(0x30, alg256, der(4, h.Sum(nil))), der(4, macSalt), derInt(iterations))
	return der(0x30, derInt(3), der(0x30, pkcs7(1), der(0xa0, der(4, auth))), mac)
}

// pkcs12MACKey is the one-block case of RFC 7292, appendix B.2 with SHA-256.
func pkcs12MACKey(password string, salt []byte, iterations int) []byte {
	fill := func(b []byte) []byte {
		n := (len(b) + 63) / 64 * 64
		return bytes.Repeat(b, n/len(b)+1)[:n]
	}
	in := bytes.Repeat([]byte{3}, 64)
	in = append(in, fill(salt)...)
	in = append(in, fill(append(utf16Bytes(password), 0, 0))...)
	sum := sha256.Sum256(in)
	for range iterations - 1 {
		sum = sha256.Sum256(sum[:])
	}
	return sum[:]
}
