package tlscert

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A hostileCase is a file made to exhaust a careless reader. want is part of
// the error; "" where the file is odd and good.
type hostileCase struct {
	name string
	data []byte
	want string
}

// TestHostileStores reads every hostile and damaged file, with and without a
// password: no panic, everything allocated on the way under 64 MiB, no more
// hashes than the budget, done in seconds.
func TestHostileStores(t *testing.T) {
	cases := hostileFiles(t)
	for name, s := range javaStores(t) {
		if !s.want.OK {
			cases = append(cases, hostileCase{name, s.data, "keystore"})
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			password := ""
			for _, pw := range []*string{nil, &password} {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				b := newBudget(ReadOptions{})
				s, err := readWithBudget(c.data, pw, b)
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n >= 64<<20 {
					t.Errorf("%d MiB allocated for %d KiB", n>>20, len(c.data)>>10)
				}
				if b.used > b.limit {
					t.Errorf("%d hashes", b.used)
				}
				if took > 20*time.Second {
					t.Errorf("took %v", took)
				}
				checkRead(t, c.data, pw, s, err)
				if pw == nil {
					continue // Java's load without a password forgives more
				}
				switch {
				case c.want == "" && err != nil:
					t.Errorf("%v; the file is good", err)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("error %v, want %q", err, c.want)
				}
			}
		})
	}
}

// readWithBudget is read, with the budget in sight.
func readWithBudget(data []byte, password *string, b *budget) (*Store, error) {
	if f, err := detect(data); err == nil && f == PKCS12 {
		return readPKCS12(data, password, b)
	}
	return read(data, password, ReadOptions{})
}

func hostileFiles(t *testing.T) []hostileCase {
	leaf := leafDER(t, "hostile.example.com")
	var cases []hostileCase
	add := func(name string, data []byte, want string) {
		cases = append(cases, hostileCase{name, data, want})
	}
	add("text", []byte("keystore"), "no keystore format")
	add("zip", []byte("PK\x03\x04 and more"), "no keystore format")
	add("magic only", []byte("\xFE\xED\xFE\xED"), "the file ends")
	add("der under a JKS magic", append([]byte("\xFE\xED\xFE\xED"), pfxOf()...), "version")
	add("zeros under a JCEKS magic", append([]byte("\xCE\xCE\xCE\xCE"), make([]byte, 1<<20)...), "version 0")

	for _, f := range []Format{JKS, JCEKS} {
		file := func(count int, make func(w *javaFile)) []byte {
			w := newJavaFile(f, 2, count)
			make(w)
			return w.signed("")
		}
		name := func(s string) string { return f.String() + ": " + s }
		add(name("count"), file(math.MaxInt32, func(*javaFile) {}), "unknown tag")
		add(name("negative count"), file(-5, func(*javaFile) {}), "")
		add(name("key length"), file(1, func(w *javaFile) { w.entry(tagKey, "a", 0); w.i32(math.MaxInt32) }), "ends inside the private key")
		add(name("negative key length"), file(1, func(w *javaFile) { w.entry(tagKey, "a", 0); w.i32(-1) }), "negative length")
		add(name("chain length"), file(1, func(w *javaFile) {
			w.entry(tagKey, "a", 0)
			w.i32(0)
			w.i32(math.MaxInt32)
			w.cert(leaf)
			w.cert(leaf)
			w.utf("OpenPGP")
		}), "type other than X.509")
		add(name("certificate length"), file(1, func(w *javaFile) {
			w.entry(tagCert, "a", 0)
			w.utf("X.509")
			w.i32(math.MaxInt32)
		}), "ends inside the certificate")
		add(name("certificate of zeros"), file(1, func(w *javaFile) { w.trusted("a", 0, make([]byte, 1<<20)) }), "no complete DER")
		add(name("dates"), file(2, func(w *javaFile) {
			w.trusted("a", math.MaxInt64, leaf)
			w.trusted("b", math.MinInt64, leaf)
		}), "")
		add(name("40,000 entries without content"), file(40_000, func(w *javaFile) {
			for i := range 40_000 {
				w.entry(tagKey, fmt.Sprintf("%05d", i), 0)
				w.i32(0)
				w.i32(0)
			}
		}), "")
		add(name("one alias again and again"), file(50_000, func(w *javaFile) {
			for range 50_000 {
				w.entry(tagKey, "a", 0)
				w.i32(0)
				w.i32(0)
			}
		}), "")
		garbage := newJavaFile(f, 1, 1)
		garbage.entry(tagKey, "a", 0)
		garbage.i32(0)
		garbage.i32(100_000)
		for i := range 100_000 {
			garbage.i32(6)
			garbage.Write(seq(binary.BigEndian.AppendUint32(nil, uint32(i))))
		}
		add(name("certificates of six bytes"), garbage.signed(""), "does not accept")
		large := certSpec{subject: "large", key: 1, signer: 1, template: x509.Certificate{DNSNames: manyNames(20_000)}}.der(t)
		add(name("a large certificate"), file(1, func(w *javaFile) { w.trusted("a", 0, large) }), "")
	}
	cases = append(cases, hostileSerials()...)
	return append(cases, hostilePKCS12(t, leaf)...)
}

func manyNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("n%d.example.com", i)
	}
	return names
}

// hostileSerials are secret keys that are no sealed objects.
func hostileSerials() []hostileCase {
	file := func(object ...[]byte) []byte {
		w := newJavaFile(JCEKS, 2, 1)
		w.entry(tagSecret, "a", 0)
		w.Write([]byte{0xAC, 0xED, 0, 5})
		w.Write(bytes.Join(object, nil))
		return w.signed("")
	}
	utf := func(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }
	uid := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	class := func(name string, id uint64, fields ...byte) []byte { // up to the end of its fields
		return bytes.Join([][]byte{{tcClassDesc}, utf(name), uid(id), {scSerializable, 0, byte(len(fields))}, fields}, nil)
	}
	protector := class(sealedClasses[0].name, sealedClasses[0].uid)
	sealed := class(sealedClasses[1].name, sealedClasses[1].uid)
	end := []byte{tcEndBlockData}
	object := []byte{tcObject}
	array := bytes.Join([][]byte{{tcArray}, class("[B", 0), end, {tcNull}}, nil)
	deep := bytes.Repeat([]byte{tcClassDesc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, tcEndBlockData}, 20_000)
	return []hostileCase{
		{"serial: null", file([]byte{tcNull}), ""},
		{"serial: resets", file(bytes.Repeat([]byte{tcReset}, 1<<20), []byte{tcNull}), ""},
		{"serial: no object", file([]byte{tcString, 0, 1, 'a'}), "type code 0x74"},
		{"serial: wrong head", func() []byte {
			w := newJavaFile(JCEKS, 2, 1)
			w.entry(tagSecret, "a", 0)
			w.i32(0)
			return w.signed("")
		}(), "not a serialized object"},
		{"serial: no class", file(object, []byte{tcNull}), "no class"},
		{"serial: other class", file(object, class("java.util.HashMap", 1), end, []byte{tcNull}), "not a com.sun.crypto.provider"},
		{"serial: other version", file(object, class(sealedClasses[0].name, 1), end, sealed, end, []byte{tcNull}), "another version"},
		{"serial: no superclass", file(object, protector, end, []byte{tcNull}), "does not extend"},
		{"serial: its own superclass", file(object, protector, end, []byte{tcReference, 0, 0x7E, 0, 0}), "not a com.sun.crypto.provider"},
		{"serial: classes nested", file(object, deep), "nested too deeply"},
		{"serial: bad reference", file(object, []byte{tcReference, 0x7F, 0, 0, 0}), "leads nowhere"},
		{"serial: negative reference", file(object, []byte{tcReference, 0x80, 0, 0, 0}), "leads nowhere"},
		{"serial: field of no type", file(object, class(sealedClasses[0].name, sealedClasses[0].uid, 'Q', 0, 0)), "unknown type"},
		{"serial: annotation without end", file(object, protector, bytes.Repeat([]byte{tcBlockData, 0}, 1<<19)), "type code"},
		{"serial: long annotation", file(object, protector, []byte{tcBlockDataLong, 0x7F, 0xFF, 0xFF, 0xFF}), "ends inside"},
		{"serial: array length", file(object, protector, array, []byte{0x7F, 0xFF, 0xFF, 0xFF}), "ends inside the byte array"},
		{"serial: array length negative", file(object, protector, array, []byte{0x80, 0, 0, 0}), "negative length"},
		{"serial: string length", file(object, protector, []byte{tcLongString}, uid(math.MaxUint64)), "negative length"},
		{"serial: string length beyond", file(object, protector, []byte{tcLongString}, uid(math.MaxInt64)), "ends inside the string"},
		{"serial: 200,000 handles", file(object, protector, bytes.Repeat([]byte{tcString, 0, 1, 'a'}, 200_000), end, sealed, end, []byte{tcNull}), ""},
	}
}

func hostilePKCS12(t *testing.T, leaf []byte) []hostileCase {
	var cases []hostileCase
	add := func(name string, data []byte, want string) {
		cases = append(cases, hostileCase{"PKCS12: " + name, data, want})
	}
	sum, salt := make([]byte, 32), []byte("saltsalt")
	withMAC := func(mac []byte) []byte {
		return seq(number(3), seq(oid(oidData), ctx0(octets(seq()))), mac)
	}
	add("first length too long", []byte{tagSequence, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0}, "where 1 are left")
	add("length of five bytes", []byte{tagSequence, 0x85, 1, 1, 1, 1, 1, 1}, "takes 5 bytes")
	add("first length not shortest", append([]byte{tagSequence, 0x82, 0}, pfxOf()[1:]...), "shortest")
	add("tag above 30", append([]byte{tagSequence, 8, 0x1F, 0x81, 0x80}, make([]byte, 5)...), "tag above 30")
	add("indefinite lengths nested", bytes.Repeat([]byte{tagSequence, 0x80}, 1<<19), "nested more than")
	add("indefinite length without end", append([]byte{tagSequence, 0x80}, bytes.Repeat(number(3), 300_000)...), "without end")
	add("string pieces nested", seq(number(3), seq(oid(oidData), ctx0(nestedPieces(maxBERDepth+1)))), "nested more than")
	add("version 4", seq(number(4), seq()), "version 4")
	add("version of nine bytes", seq(tlv(tagInteger, bytes.Repeat([]byte{0x55}, 9))), "32 bits")
	add("signed data", seq(number(3), seq(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), ctx0(octets(nil)))), "public keys")
	add("enveloped safe", pfxOf(seq(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"), ctx0(octets(nil)))), "public keys")

	add("MAC iterations", withMAC(macOf(sum, salt, math.MaxInt32)), "Java takes 5000000 at most")
	add("MAC iterations zero", withMAC(macOf(sum, salt, 0)), "0 iterations")
	add("MAC iterations negative", withMAC(macOf(sum, salt, -1)), "-1 iterations")
	add("MAC salt short", withMAC(macOf(sum, []byte("salt"), 1)), "salt of 4 bytes")
	add("MAC salt long", withMAC(macOf(sum, make([]byte, 1<<20), 3)), "the MAC does not agree")
	add("MAC of MD5", withMAC(seq(seq(seq(oid("\x2a\x86\x48\x86\xf7\x0d\x02\x05")), octets(sum)), octets(salt))), "does not read")
	iv := make([]byte, 16)
	sealed := func(iterations int) []byte { return sealedBytes(pbes2(salt, iterations, iv), make([]byte, 64)) }
	add("safe iterations", pfxOf(sealed(math.MaxInt32)), "Java takes 5000000 at most")
	add("safe iterations beyond Java's int", pfxOf(sealed(math.MaxInt32+1)), "32 bits")
	add("safes and MAC together", seq(number(3), seq(oid(oidData), ctx0(octets(seq(sealed(1_400_000), sealed(1_400_000))))), macOf(sum, salt, 400_001)), "hash computations in all")
	many := bytes.Repeat(sealed(300_000), 11)
	add("eleven safes", seq(number(3), seq(oid(oidData), ctx0(octets(seq(many))))), "hash computations in all")
	add("empty password twice", pfxOf(sealedBytes(seq(oid(pkcs12PBE+"\x03"), seq(octets(salt), number(1_100_000))), make([]byte, 64))), "hash computations in all")
	add("cipher text of no block", pfxOf(sealedBytes(pbes2(salt, 1, iv), make([]byte, 17))), "wrong password")
	add("no cipher text", pfxOf(sealedBytes(pbes2(salt, 1, iv), nil)), "wrong password")
	add("AES-192", pfxOf(sealedBytes(bytes.Replace(pbes2(salt, 1, iv), []byte(oidAES256), []byte("\x60\x86\x48\x01\x65\x03\x04\x01\x16"), 1), make([]byte, 16))), "AES-128 and AES-256")

	add("PBKDF2 with SHA-512/256", pfxOf(sealedBytes(bytes.Replace(pbes2(salt, 1, iv), []byte(oidHMAC+"\x09"), []byte(oidHMAC+"\x0d"), 1), make([]byte, 16))), "PBKDF2 function")
	add("1 MiB of secret bags", pfxOf(clearSafe(bytes.Repeat(secretBagOf(), 14_000))), "")
	add("1 MiB of empty safes", pfxOf(bytes.Repeat(clearSafe(), 60_000)), "")
	add("1 MiB of values in one attribute", pfxOf(clearSafe(keyBagOf(attribute(oidLocalKeyID, bytes.Repeat(octets(nil), 1<<19))))), "")
	add("1 MiB of attributes", pfxOf(clearSafe(keyBagOf(bytes.Repeat(localKey("1"), 50_000)))), "")
	add("attribute without value", pfxOf(clearSafe(keyBagOf(attribute(oidFriendlyName)))), "the data ends")
	add("alias of 1 MiB", pfxOf(clearSafe(keyBagOf(friendly(strings.Repeat("Ä", 1<<19)), localKey("1")))), "")
	add("chains of chains", chainBomb(t), "certificates in all")
	add("names of one authority", selfIssuedBomb(t), "share their name")
	add("a key that takes minutes to check", hugeKey(t, leaf), "more than 16384 bits")
	return cases
}

func nestedPieces(depth int) []byte {
	b := octets([]byte("x"))
	for range depth {
		b = tlv(tagOctets|constructed, b)
	}
	return b
}

// chainBomb names a chain of 600 certificates from each of 600 keys.
func chainBomb(t *testing.T) []byte {
	const n = 600
	var bags [][]byte
	for i := range n {
		der := certSpec{subject: fmt.Sprint(i), issuer: fmt.Sprint((i + 1) % n), key: 1, signer: 1}.der(t)
		id := localKey(fmt.Sprint(i))
		bags = append(bags, keyBagOf(friendly(fmt.Sprint(i)), id), certBagOf(der, id))
	}
	return pfxOf(clearSafe(bags...))
}

// selfIssuedBomb has 400 certificates, each of which could have been issued
// by the next.
func selfIssuedBomb(t *testing.T) []byte {
	bags := [][]byte{keyBagOf(localKey("1"))}
	for i := range 400 {
		der := certSpec{subject: "A", key: 1, signer: 2, subjectID: fmt.Sprint(i), issuerID: fmt.Sprint(i + 1),
			template: x509.Certificate{SerialNumber: big.NewInt(int64(i + 1))}}.der(t)
		if i == 0 {
			bags = append(bags, certBagOf(der, localKey("1")))
			continue
		}
		bags = append(bags, certBagOf(der))
	}
	return pfxOf(clearSafe(bags...))
}

// hugeKey has a self-issued certificate over an RSA key of half a million
// bits and another certificate of the same name.
func hugeKey(t *testing.T, leaf []byte) []byte {
	n := new(big.Int).Lsh(big.NewInt(1), 1<<19)
	n.Add(n, big.NewInt(1))
	huge := &rsa.PublicKey{N: n, E: math.MaxInt32}
	spec := certSpec{subject: "A", key: 1, signer: 1, issuerID: "other"}
	spec.publicKey = publicOnly{huge}
	other := certSpec{subject: "A", key: 2, signer: 2, subjectID: "other"}.der(t)
	return pfxOf(clearSafe(keyBagOf(localKey("1")), certBagOf(spec.der(t), localKey("1")), certBagOf(other), certBagOf(leaf)))
}
