package tlscert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"maps"
	"math/big"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestMutantsAgreeWithJava damages stores of each format, byte by byte and
// element by element, also behind digest, MAC and encryption, and asks the
// installed Java about each. What is left are the differences that the package
// comment states, listed by class.
func TestMutantsAgreeWithJava(t *testing.T) {
	needJava(t)
	const n = 20_000
	for _, f := range []Format{JKS, JCEKS, PKCS12} {
		t.Run(f.String(), func(t *testing.T) {
			m := newMutator(t, f)
			known, accepted := map[string]int{}, 0
			for left := n; left > 0; left -= 2000 { // one Java for each
				var cases []javaCase
				for range min(left, 2000) {
					cases = append(cases, m.next(t))
				}
				for i, a := range askJava(t, cases) {
					if a.OK {
						accepted++
					}
					d := compare(cases[i], a)
					if d == "" {
						continue
					}
					class := differenceClass(d)
					if known[class]++; class == "" && known[class] <= 20 {
						t.Errorf("%s\n%x", d, cases[i].data)
					}
				}
			}
			t.Logf("%d mutants, %d accepted by Java", n, accepted)
			for _, class := range slices.Sorted(maps.Keys(known)) {
				t.Logf("%d differ: %s", known[class], class)
			}
			if accepted < n/10 {
				t.Errorf("Java accepted %d of %d only: the test does not test much", accepted, n)
			}
		})
	}
}

// differenceClass names the stated difference that d is an example of, "" for
// none.
func differenceClass(d string) string {
	switch {
	case strings.HasPrefix(d, "refused:") && strings.Contains(d, "com.sun.crypto.provider.SealedObjectForKeyProtector"):
		return "a secret key whose class has a superclass that does not exist"
	case strings.HasPrefix(d, "read; Java refuses: java.lang.ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0"):
		return "a JCEKS key without certificates: Java lists it and fails when its certificate is asked for"
	case strings.Contains(d, "\" unset"):
		return "a JCEKS alias with capitals: Java lists it and cannot say what it is"
	}
	return ""
}

// A mutator makes damaged stores of one format.
type mutator struct {
	format Format
	rng    *rand.Rand
	files  [][]byte // whole stores
	safes  [][]byte // contents of the safes of PKCS12
	certs  [][]byte
}

func newMutator(t *testing.T, f Format) *mutator {
	m := &mutator{format: f, rng: rand.New(rand.NewPCG(7, uint64(len(f))))}
	for _, folder := range []string{"testdata/java17", "testdata/keystores2"} {
		for name, s := range storesOf(t, folder) {
			if got, err := detect(s.data); strings.HasPrefix(name, "hostile-") || strings.Contains(name, "600000") ||
				strings.HasPrefix(name, "nss-") || strings.HasPrefix(name, "certtool") || err != nil || got != f {
				continue
			}
			m.files = append(m.files, s.data)
			m.safes = append(m.safes, decryptedSafes(s.data, s.want.StorePass)...)
			if store, err := List(s.data); err == nil {
				for _, e := range store.Entries {
					for _, c := range e.Chain {
						m.certs = append(m.certs, c.Raw)
					}
				}
			}
		}
	}
	m.certs = append(m.certs, hostCertificates(t)...)
	m.certs = append(m.certs, richCertificates(t)...)
	for _, all := range [][][]byte{m.files, m.safes, m.certs} {
		slices.SortFunc(all, bytes.Compare)
	}
	return m
}

// next makes a store. One time in four the bytes of a file are damaged as they
// are; else the damage is behind digest, MAC and encryption.
func (m *mutator) next(t *testing.T) javaCase {
	password := "changeit"
	pick := func(all [][]byte) []byte { return all[m.rng.IntN(len(all))] }
	if m.rng.IntN(4) == 0 {
		c := javaCase{data: mutate(m.rng, pick(m.files))}
		if m.rng.IntN(3) == 0 {
			c.password = &password
		}
		return c
	}
	damage := func(der []byte) []byte {
		if m.rng.IntN(4) == 0 {
			return mutate(m.rng, der)
		}
		return mutateDER(m.rng, der)
	}
	if m.format == PKCS12 {
		var safe []byte
		if m.rng.IntN(2) == 0 {
			safe = damage(pick(m.safes))
		} else {
			safe = seq(keyBagOf(friendly("server"), localKey("1")), certBagOf(damage(pick(m.certs)), localKey("1")))
		}
		c := javaCase{data: pfxOf(clearSafeOf(safe)), password: &password}
		switch m.rng.IntN(4) {
		case 0:
			c.data = pfxWithMACOf(password, 1, seq(sealedSafeOf(password, 1, safe)))
		case 1:
			c.data = mutateDER(m.rng, c.data)
		}
		return c
	}
	w := newJavaFile(m.format, 2, 2)
	w.key("server", 1, damage(pick(m.certs)), pick(m.certs))
	w.trusted("ca", 2, pick(m.certs))
	if m.rng.IntN(4) == 0 {
		body := mutate(m.rng, w.Bytes())
		w.Reset()
		w.Write(body)
	}
	return javaCase{data: w.signed(password), password: &password}
}

func mutate(rng *rand.Rand, data []byte) []byte {
	d := bytes.Clone(data)
	for range 1 + rng.IntN(2) {
		at := rng.IntN(len(d))
		if rng.IntN(3) == 0 {
			at = rng.IntN(min(len(d), 100)) // the head, where the structure is
		}
		switch rng.IntN(6) {
		case 0, 1:
			d[at] ^= 1 << rng.IntN(8)
		case 2:
			d[at] = byte(rng.IntN(256))
		case 3:
			d = slices.Delete(d, at, at+1)
		case 4:
			d = slices.Insert(d, at, byte(rng.IntN(256)))
		case 5:
			d = d[:at+1]
		}
		if len(d) == 0 {
			return []byte{0}
		}
	}
	return d
}

// mutateDER damages one element somewhere in DER and writes the lengths around
// it anew.
func mutateDER(rng *rand.Rand, der []byte) []byte {
	count := 0
	eachElement(der, func(element) []byte { count++; return nil })
	if count == 0 {
		return der
	}
	target := rng.IntN(count)
	return eachElement(der, func(e element) []byte {
		if target--; target != -1 {
			return nil
		}
		return damageElement(rng, e)
	})
}

// eachElement rebuilds DER; change gives new bytes for an element, or nil to
// go into it. OCTET STRINGs that hold an element are gone into as well.
func eachElement(der []byte, change func(element) []byte) []byte {
	var out []byte
	for r := readerOf(der); r.more(); {
		e := r.next()
		if r.failed() {
			return append(out, der[r.pos:]...)
		}
		b := change(e)
		inside := e.tag&constructed != 0
		if e.tag == tagOctets {
			in := readerOf(e.content)
			in.next()
			inside = !in.failed() && !in.more()
		}
		switch {
		case b == nil && inside:
			b = tlv(e.tag, eachElement(e.content, change))
		case b == nil:
			b = tlv(e.tag, e.content)
		}
		out = append(out, b...)
	}
	return out
}

func damageElement(rng *rand.Rand, e element) []byte {
	content := bytes.Clone(e.content)
	switch rng.IntN(10) {
	case 0:
		return []byte{} // left out
	case 1:
		return append(bytes.Clone(tlv(e.tag, e.content)), tlv(e.tag, e.content)...)
	case 2:
		return tlv(e.tag)
	case 3:
		tags := []byte{tagBoolean, tagInteger, tagBitString, tagOctets, tagNull, tagOID, tagUTF8, tagSequence, tagSet, 0x80, 0x81, 0x82, 0xA0, 0xA1, 0xA3}
		return tlv(tags[rng.IntN(len(tags))], content)
	case 4:
		return tlv(e.tag^1<<rng.IntN(8), content)
	case 5:
		return tlv(e.tag, content, []byte{byte(rng.IntN(256))})
	case 6:
		return append(bytes.Clone(tlv(e.tag, e.content)), tlv(tagBoolean, []byte{0xFF})...)
	case 7:
		return append(bytes.Clone(tlv(e.tag, e.content)), null()...)
	}
	if len(content) > 0 {
		if rng.IntN(4) == 0 {
			return tlv(e.tag, content[:rng.IntN(len(content))])
		}
		content[rng.IntN(len(content))] ^= 1 << rng.IntN(8)
	}
	return tlv(e.tag, content)
}

// hostCertificates are those of testdata/hostnames.
func hostCertificates(t testing.TB) [][]byte {
	data, err := os.ReadFile("testdata/hostnames/hostnames.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ DER []byte }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, c := range all {
		out = append(out, c.DER)
	}
	return out
}

// richCertificates have every extension that Java reads, as a rule marked
// critical, and keys of every kind.
func richCertificates(t testing.TB) [][]byte {
	ext := func(id []int, value ...[]byte) pkix.Extension {
		return pkix.Extension{Id: id, Critical: true, Value: bytes.Join(value, nil)}
	}
	ia5 := func(tag byte, s string) []byte { return tlv(tag, []byte(s)) }
	policy := oid("\x2a\x03\x04")
	names := seq(ia5(0x82, "a.example.com"), ia5(0x81, "x@example.com"), ia5(0x86, "https://a.example.com/x"), tlv(0x87, []byte{192, 0, 2, 1}),
		tlv(0x88, []byte("\x2a\x03")), tlv(0xA0, oid("\x2a\x03"), ctx0(number(1))), tlv(0xA4, seq(set(seq(oid("\x55\x04\x03"), ia5(tagUTF8, "n"))))))
	extensions := []pkix.Extension{
		ext([]int{2, 5, 29, 17}, names),
		ext([]int{2, 5, 29, 18}, names),
		ext([]int{2, 5, 29, 19}, seq(tlv(tagBoolean, []byte{0xFF}), number(3))),
		ext([]int{2, 5, 29, 15}, tlv(tagBitString, []byte{5, 0xA0})),
		ext([]int{2, 5, 29, 37}, seq(oid("\x2b\x06\x01\x05\x05\x07\x03\x01"), oid("\x55\x1d\x25\x00"))),
		ext([]int{2, 5, 29, 30}, seq(tlv(0xA0, seq(ia5(0x82, "example.com")), seq(ia5(0x81, "example.com"), tlv(0x80, []byte{0}))), tlv(0xA1, seq(tlv(0x87, make([]byte, 8)))))),
		ext([]int{2, 5, 29, 32}, seq(seq(policy), seq(policy, seq(seq(oid("\x2b\x06\x01\x05\x05\x07\x02\x01"), ia5(0x16, "http://cps")))))),
		ext([]int{2, 5, 29, 33}, seq(seq(policy, policy))),
		ext([]int{2, 5, 29, 36}, seq(tlv(0x80, []byte{1}), tlv(0x81, []byte{0}))),
		ext([]int{2, 5, 29, 54}, number(2)),
		ext([]int{2, 5, 29, 31}, seq(seq(ctx0(ctx0(ia5(0x86, "http://a.example.com/c.crl"))), tlv(0x81, []byte{1, 6}), tlv(0xA2, ia5(0x82, "a"))))),
		ext([]int{2, 5, 29, 46}, seq(seq(ctx0(tlv(0xA1, seq(oid("\x55\x04\x03"), ia5(tagUTF8, "n"))))))),
		ext([]int{2, 5, 29, 35}, seq(tlv(0x80, []byte("id")), tlv(0xA1, ia5(0x82, "a")), tlv(0x82, []byte{5}))),
		ext([]int{2, 5, 29, 14}, octets([]byte("id"))),
		ext([]int{2, 5, 29, 16}, seq(tlv(0x80, []byte("20240101000000Z")), tlv(0x81, []byte("20250101000000Z")))),
		ext([]int{1, 3, 6, 1, 5, 5, 7, 1, 1}, seq(seq(oid("\x2b\x06\x01\x05\x05\x07\x30\x01"), ia5(0x86, "http://a.example.com")))),
		ext([]int{2, 16, 840, 1, 113730, 1, 1}, tlv(tagBitString, []byte{0, 0xFF})),
		ext([]int{1, 2, 3}, []byte("unknown")),
	}
	var out [][]byte
	for i, e := range extensions {
		out = append(out, certSpec{subject: "rich", key: i, signer: i, template: x509.Certificate{ExtraExtensions: []pkix.Extension{e}}}.der(t))
	}
	uri := &url.URL{Scheme: "https", Host: "a.example.com"}
	all := x509.Certificate{ExtraExtensions: extensions, URIs: []*url.URL{uri}, IPAddresses: []net.IP{net.IPv6loopback}}
	out = append(out, certSpec{subject: "all", key: 1, signer: 1, template: all}.der(t))
	for _, e := range extensions[:2] { // no subject
		der := certSpec{subject: "n", key: 1, signer: 1, template: x509.Certificate{ExtraExtensions: []pkix.Extension{e}}}.der(t)
		out = append(out, withoutSubject(t, der))
	}
	keys := []any{&rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 3}}
	for _, c := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		keys = append(keys, &ecdsa.PublicKey{Curve: c, X: c.Params().Gx, Y: c.Params().Gy})
	}
	for i, k := range keys {
		out = append(out, certSpec{subject: "key", key: i, signer: 1, publicKey: publicOnly{k}}.der(t))
	}
	return out
}

// withoutSubject empties the subject of a certificate, its sixth field.
func withoutSubject(t testing.TB, der []byte) []byte {
	file := readerOf(der)
	in := file.within(file.next())
	outer := []element{in.next(), in.next(), in.next()}
	var signed [][]byte
	for r := in.within(outer[0]); r.more(); {
		e := r.next()
		if signed = append(signed, tlv(e.tag, e.content)); len(signed) == 6 {
			signed[5] = seq()
		}
	}
	if file.failed() {
		t.Fatal(file.err())
	}
	return seq(seq(signed...), tlv(outer[1].tag, outer[1].content), tlv(outer[2].tag, outer[2].content))
}
