package tlscert

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
)

// Makers of keystores for tests. They write what the tests ask for, right or
// wrong; nothing here checks anything.

// tlv is a DER element.
func tlv(tag byte, content ...[]byte) []byte {
	b := []byte(encodeOctets(bytes.Join(content, nil)))
	b[0] = tag
	return b
}

func seq(parts ...[]byte) []byte  { return tlv(tagSequence, parts...) }
func set(parts ...[]byte) []byte  { return tlv(tagSet, parts...) }
func ctx0(parts ...[]byte) []byte { return tlv(0xA0, parts...) }
func octets(b []byte) []byte      { return tlv(tagOctets, b) }
func oid(o string) []byte         { return tlv(tagOID, []byte(o)) }
func null() []byte                { return tlv(tagNull) }

func number(n int) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(n))
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xFF && b[1] >= 0x80) {
		b = b[1:]
	}
	return tlv(tagInteger, b)
}

func bmp(s string) []byte { return tlv(tagBMP, encodeUTF16BE(s)) }

// indefinite is an element of indefinite length.
func indefinite(tag byte, content ...[]byte) []byte {
	return append(append([]byte{tag, 0x80}, bytes.Join(content, nil)...), 0, 0)
}

// Attributes of bags.
func attribute(o string, values ...[]byte) []byte { return seq(oid(o), set(values...)) }
func friendly(name string) []byte                 { return attribute(oidFriendlyName, bmp(name)) }
func localKey(id string) []byte                   { return attribute(oidLocalKeyID, octets([]byte(id))) }
func trustedUsage() []byte                        { return attribute(oidTrusted, oid("\x55\x1d\x25\x00")) }

func bagOf(kind string, content []byte, attributes ...[]byte) []byte {
	b := [][]byte{oid(kind), ctx0(content)}
	if len(attributes) > 0 {
		b = append(b, set(attributes...))
	}
	return seq(b...)
}

// keyBagOf holds marker bytes in place of an encrypted key: no reader looks.
func keyBagOf(attributes ...[]byte) []byte {
	return bagOf(oidKeyBag, seq(seq(oid(oidPBES2)), octets([]byte(markerKey))), attributes...)
}

func certBagOf(der []byte, attributes ...[]byte) []byte {
	const x509Certificate = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01"
	return bagOf(oidCertBag, seq(oid(x509Certificate), ctx0(octets(der))), attributes...)
}

func secretBagOf(attributes ...[]byte) []byte {
	return bagOf(oidSecretBag, seq(oid(oidKeyBag), ctx0(octets([]byte(markerKey)))), attributes...)
}

// clearSafe and sealedSafe are the two kinds of safe.
func clearSafe(bags ...[]byte) []byte { return clearSafeOf(seq(bags...)) }

func clearSafeOf(content []byte) []byte { return seq(oid(oidData), ctx0(octets(content))) }

func sealedSafe(password string, iterations int, bags ...[]byte) []byte {
	return sealedSafeOf(password, iterations, seq(bags...))
}

func sealedSafeOf(password string, iterations int, content []byte) []byte {
	salt, iv := []byte("saltsaltsaltsalt"), bytes.Repeat([]byte{7}, 16)
	key, err := pbkdf2.Key(sha256.New, password, salt, iterations, 32)
	if err != nil {
		return nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	pad := 16 - len(content)%16
	plain := append(bytes.Clone(content), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	return sealedBytes(pbes2(salt, iterations, iv), plain)
}

func pbes2(salt []byte, iterations int, iv []byte) []byte {
	kdf := seq(oid(oidPBKDF2), seq(octets(salt), number(iterations), number(32), seq(oid(oidHMAC+"\x09"), null())))
	return seq(oid(oidPBES2), seq(kdf, seq(oid(oidAES256), octets(iv))))
}

func sealedBytes(algorithm, encrypted []byte) []byte {
	return seq(oid(oidEncryptedData), ctx0(seq(number(0), seq(oid(oidData), algorithm, tlv(0x80, encrypted)))))
}

// pfxOf is a PKCS12 file without MAC; pfxWithMAC has one.
func pfxOf(safes ...[]byte) []byte {
	return seq(number(3), seq(oid(oidData), ctx0(octets(seq(safes...)))))
}

func pfxWithMAC(password string, iterations int, safes ...[]byte) []byte {
	return pfxWithMACOf(password, iterations, seq(safes...))
}

func pfxWithMACOf(password string, iterations int, auth []byte) []byte {
	salt := []byte("salt and more")
	h := hmac.New(sha256.New, pkcs12Key(crypto.SHA256, pkcs12Passwords(password)[0].bmp, salt, forMAC, iterations, 32))
	h.Write(auth)
	return seq(number(3), seq(oid(oidData), ctx0(octets(auth))), macOf(h.Sum(nil), salt, iterations))
}

func macOf(sum, salt []byte, iterations int) []byte {
	return seq(seq(seq(oid(oidSHA2+"\x01"), null()), octets(sum)), octets(salt), number(iterations))
}

// A javaFile collects the big-endian fields of JKS and JCEKS.
type javaFile struct{ bytes.Buffer }

func newJavaFile(f Format, version, count int) *javaFile {
	w := new(javaFile)
	magic := map[Format]uint32{JKS: 0xFEEDFEED, JCEKS: 0xCECECECE}[f]
	w.i32(int(int32(magic)))
	w.i32(version)
	w.i32(count)
	return w
}

func (w *javaFile) i32(n int) { w.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }

func (w *javaFile) utf(s string) {
	w.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s))))
	w.WriteString(s)
}

func (w *javaFile) entry(tag int, alias string, created int64) {
	w.i32(tag)
	w.utf(alias)
	w.Write(binary.BigEndian.AppendUint64(nil, uint64(created)))
}

func (w *javaFile) cert(der []byte) {
	w.utf("X.509")
	w.i32(len(der))
	w.Write(der)
}

// key writes a private key entry with its chain.
func (w *javaFile) key(alias string, created int64, chain ...[]byte) {
	w.entry(tagKey, alias, created)
	w.i32(len(markerKey))
	w.WriteString(markerKey)
	w.i32(len(chain))
	for _, der := range chain {
		w.cert(der)
	}
}

func (w *javaFile) trusted(alias string, created int64, der []byte) {
	w.entry(tagCert, alias, created)
	w.cert(der)
}

// signed gives the file with its digest.
func (w *javaFile) signed(password string) []byte {
	h := sha1.New()
	h.Write(encodeUTF16BE(password))
	h.Write([]byte(digestSalt))
	h.Write(w.Bytes())
	return h.Sum(bytes.Clone(w.Bytes()))
}

// markerKey stands where a store keeps an encrypted key. No output of this
// package may show it.
const markerKey = "MARKER-OF-KEY-BYTES"
