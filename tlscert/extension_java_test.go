package tlscert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"testing"
	"time"
)

// extended is a certificate with extensions beside its own, in DER.
func extended(t *testing.T, extra ...pkix.Extension) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "extended"},
		NotBefore: time.Unix(1.7e9, 0), NotAfter: time.Unix(2e9, 0), ExtraExtensions: extra,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestExtensionsAgreeWithJava: each extension of the arc 2.5.29 and some others
// with contents of many shapes, critical and not, alone and beside another one
// of its kind, right or not, is read or refused as the installed Java does.
func TestExtensionsAgreeWithJava(t *testing.T) {
	needJava(t)
	arcs := []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 1, 1}, {1, 3, 6, 1, 5, 5, 7, 1, 11}, {1, 3, 6, 1, 5, 5, 7, 1, 3}, {1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, {2, 16, 840, 1, 113730, 1, 1}, {1, 2, 3}}
	for i := 1; i <= 60; i++ {
		arcs = append(arcs, asn1.ObjectIdentifier{2, 5, 29, i})
	}
	name := tlv(0x86, []byte("http://a.example.com"))
	shapes := map[string][]byte{
		"null": null(), "nothing": {}, "number": number(7), "large number": tlv(tagInteger, make([]byte, 9)), "no digits": tlv(tagInteger), "minus one": tlv(tagInteger, []byte{0xFF}), "minus two": tlv(tagInteger, []byte{0xFE}),
		"reason": tlv(tagEnumerated, []byte{1}), "large reason": tlv(tagEnumerated, []byte{1, 2, 3, 4, 5}), "octets": octets([]byte{1}),
		"empty list": seq(), "bits": tlv(tagBitString, []byte{1, 6}), "bad bits": tlv(tagBitString, []byte{9, 6}), "flag": seq(tlv(tagBoolean, []byte{0xFF})),
		"names": seq(name), "point": seq(ctx0(ctx0(name))), "points": seq(seq(ctx0(ctx0(name)))), "flags": seq(tlv(0x81, []byte{0xFF}), tlv(0x84, []byte{0})),
		"long flag": seq(tlv(0x82, []byte{1, 2})), "reasons": seq(tlv(0x83, []byte{1, 6})), "bad reasons": seq(tlv(0x83, []byte{8, 6})), "tag 6": seq(tlv(0x86, []byte{0})),
		"made reasons": seq(tlv(0xA3, []byte{1, 6})), "bare point": seq(tlv(0x80, name)), "purposes": seq(oid("\x2a\x03")), "and more": append(number(7), null()...),
		"bound": seq(ctx0(seq(tlv(0x82, []byte("a.example.com")), tlv(0x81, []byte{5})))), "large bound": seq(ctx0(seq(tlv(0x82, []byte("a.example.com")), tlv(0x81, []byte{1, 2, 3, 4, 5})))),
		"relative": seq(ctx0(tlv(0xA1, seq(oid("\x55\x04\x03"), tlv(0x0C, []byte("a")))))), "dates": seq(tlv(0x80, []byte("20300101000000Z"))),
	}
	one := shapes["number"]
	var cases []javaCase
	var labels []string
	add := func(label string, extra ...pkix.Extension) {
		w := newJavaFile(JKS, 2, 1)
		w.trusted("a", 1, extended(t, extra...))
		password := "changeit"
		cases = append(cases, javaCase{data: w.signed(password), password: &password})
		labels = append(labels, label)
	}
	for _, id := range arcs {
		for shape, value := range shapes {
			add(fmt.Sprintf("%v critical, %s", id, shape), pkix.Extension{Id: id, Critical: true, Value: value})
			add(fmt.Sprintf("%v, %s and a number", id, shape), pkix.Extension{Id: id, Value: value}, pkix.Extension{Id: id, Value: one})
			add(fmt.Sprintf("%v, %s twice", id, shape), pkix.Extension{Id: id, Value: value}, pkix.Extension{Id: id, Value: value})
		}
	}
	accepted := 0
	for i, a := range askJava(t, cases) {
		if a.OK {
			accepted++
		}
		if d := compare(cases[i], a); d != "" {
			t.Errorf("%s: %s", labels[i], d)
		}
	}
	t.Logf("%d certificates, %d accepted by Java", len(cases), accepted)
}

// TestKeysAgreeWithJava: Edwards and Montgomery keys have their length to the bit.
func TestKeysAgreeWithJava(t *testing.T) {
	needJava(t)
	var cases []javaCase
	for _, curve := range []struct {
		oid   string
		bytes int
	}{{edwards + "\x6e", 32}, {edwards + "\x6f", 56}, {oidEd25519, 32}, {oidEd448, 57}} {
		for _, more := range []int{-1, 0, 1} {
			for unused := range byte(9) {
				bits := append([]byte{unused}, make([]byte, curve.bytes+more)...)
				der := replacedKey(t, extended(t), seq(seq(oid(curve.oid)), tlv(tagBitString, bits)))
				w := newJavaFile(JKS, 2, 1)
				w.trusted("a", 1, der)
				password := "changeit"
				cases = append(cases, javaCase{data: w.signed(password), password: &password})
			}
		}
	}
	for i, a := range askJava(t, cases) {
		if d := compare(cases[i], a); d != "" {
			t.Errorf("case %d: %s", i, d)
		}
	}
}

// replacedKey exchanges the public key of a certificate.
func replacedKey(t *testing.T, der, key []byte) []byte {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return replaced(t, der, c.RawSubjectPublicKeyInfo, key, 0, 0)
}
