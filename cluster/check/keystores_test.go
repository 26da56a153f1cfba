package check_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

const (
	tomcatFile = install + "/opt/tomcat/conf/tomcat.keystore"
	xmlFile    = install + "/opt/tomcat/conf/server.xml"
	encFile    = shared + "/conf/encryption.keystore"
	srvFile    = shared + "/conf/server.keystore"
)

// storeEntry is one entry of a JKS store: a private key with its chain, or a
// trusted certificate. The key's bytes are not a key but the marker of secrets;
// no reader opens them.
type storeEntry struct {
	alias   string
	trusted bool
	chain   [][]byte
}

func key(alias string, chain ...[]byte) storeEntry { return storeEntry{alias: alias, chain: chain} }

// jks writes a JKS store with the password "changeit".
func jks(entries ...storeEntry) string {
	utf := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	blob := func(b, data []byte) []byte {
		return append(binary.BigEndian.AppendUint32(b, uint32(len(data))), data...)
	}
	b := []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02")
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries)))
	for _, e := range entries {
		tag := uint32(1)
		if e.trusted {
			tag = 2
		}
		b = utf(binary.BigEndian.AppendUint32(b, tag), e.alias)
		b = binary.BigEndian.AppendUint64(b, uint64(clock().UnixMilli()))
		if !e.trusted {
			b = blob(b, []byte("key "+marker))
			b = binary.BigEndian.AppendUint32(b, uint32(len(e.chain)))
		}
		for _, der := range e.chain {
			b = blob(utf(b, "X.509"), der)
		}
	}
	return seal(string(b), "changeit")
}

// seal appends the digest of JKS and JCEKS.
func seal(body, password string) string {
	h := sha1.New()
	for _, u := range utf16.Encode([]rune(password)) {
		h.Write([]byte{byte(u >> 8), byte(u)})
	}
	h.Write([]byte("Mighty Aphrodite" + body))
	return body + string(h.Sum(nil))
}

// reseal gives a JKS or JCEKS store another password.
func reseal(store, password string) string { return seal(store[:len(store)-sha1.Size], password) }

// p12 is a PKCS12 store, password "changeit", with the private key "tomcat".
func p12(t testing.TB) string { return storeFile(t, "p12-modern-1.p12") }

// severalKeys is a PKCS12 store, password "changeit", with two private keys,
// "zeta" first in the file and "alpha" second.
func severalKeys(t testing.TB) string { return storeFile(t, "several.p12") }

func storeFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/keystores/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// certificates are made once: a root, an intermediate and leaves, valid from
// 2025-01-01 to 2028-01-01 unless their name says otherwise.
type certificates struct {
	root, middle, leaf, renewed, other, cn, weak, expired, ending, future []byte
	innerStar, underscore                                                 []byte
}

var pki = sync.OnceValue(func() certificates {
	var c certificates
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	type signer struct {
		cert *x509.Certificate
		key  *ecdsa.PrivateKey
	}
	newKey := func(curve elliptic.Curve) *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		return k
	}
	serial := int64(0)
	template := func(name string, hosts ...string) *x509.Certificate {
		serial++
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: year(2025), NotAfter: year(2028), DNSNames: hosts, BasicConstraintsValid: true,
		}
	}
	issue := func(tpl *x509.Certificate, by *signer, k *ecdsa.PrivateKey) []byte {
		parent, parentKey := tpl, k
		if by != nil {
			parent, parentKey = by.cert, by.key
		}
		der, err := x509.CreateCertificate(rand.Reader, tpl, parent, &k.PublicKey, parentKey)
		if err != nil {
			panic(err)
		}
		return der
	}
	authority := func(name string, by *signer) *signer {
		k, tpl := newKey(elliptic.P256()), template(name)
		tpl.IsCA = true
		cert, err := x509.ParseCertificate(issue(tpl, by, k))
		if err != nil {
			panic(err)
		}
		return &signer{cert, k}
	}
	root := authority("Test Root", nil)
	middle := authority("Test Intermediate", root)
	c.root, c.middle = root.cert.Raw, middle.cert.Raw
	k := newKey(elliptic.P256())
	web := func() *x509.Certificate { return template("ucd", "ucd.example.com") }
	c.leaf = issue(web(), middle, k)
	renewed := web()
	renewed.NotAfter = year(2029)
	c.renewed = issue(renewed, middle, k)
	c.other = issue(template("node2", "node2.example.com"), middle, newKey(elliptic.P256()))
	c.cn = issue(template("ucd.example.com"), middle, k)
	c.innerStar = issue(template("ucd", "u*.example.com"), middle, k)
	c.underscore = issue(template("ucd", "ucd_1.example.com"), middle, k)
	c.weak = issue(web(), middle, newKey(elliptic.P224()))
	for der, span := range map[*[]byte][2]time.Time{
		&c.expired: {year(2024), year(2026)},
		&c.ending:  {year(2025), clock().Add(20 * 24 * time.Hour)},
		&c.future:  {year(2027), year(2028)},
	} {
		tpl := web()
		tpl.NotBefore, tpl.NotAfter, tpl.IPAddresses = span[0], span[1], []net.IP{net.IPv4(192, 0, 2, 1)}
		*der = issue(tpl, middle, k)
	}
	return c
})

// sign gives a chain behind one leaf.
func signed(leaf []byte) [][]byte { return [][]byte{leaf, pki().middle} }

// good is a store whose key "server" has a certificate of an authority.
func good() string { return jks(key("server", signed(pki().leaf)...)) }

// storeType sets the attribute in server.xml.
func (s *site) storeType(node, name string) {
	s.t.Helper()
	s.edit(node, xmlFile, `keystoreFile=`, `keystoreType="`+name+`" keystoreFile=`)
}

// serve gives members a tomcat.keystore.
func (s *site) serve(store string, nodes ...string) {
	s.t.Helper()
	for _, n := range nodes {
		s.write(n, tomcatFile, store)
	}
}

// edit changes a file by replacing a text that must be there.
func (s *site) edit(node, path, old, with string) {
	s.t.Helper()
	text := s.read(node, path)
	if !strings.Contains(text, old) {
		s.t.Fatalf("%s has no %q", path, old)
	}
	s.write(node, path, strings.ReplaceAll(text, old, with))
}

// keyAlias sets the attribute in server.xml.
func (s *site) keyAlias(node, alias string) {
	s.t.Helper()
	s.edit(node, xmlFile, `keystoreFile=`, `keyAlias="`+alias+`" keystoreFile=`)
}

// negative gives a certificate a negative serial number, which Java reads and
// Go's parser refuses.
func negative(der []byte) []byte {
	const version = "\xa0\x03\x02\x01\x02\x02\x01"
	i := strings.Index(string(der), version) + len(version)
	out := []byte(string(der))
	out[i] |= 0x80
	return out
}

// unknownKind makes the key of a certificate one of a kind that nobody knows:
// the last arc of id-ecPublicKey becomes another.
func unknownKind(der []byte) []byte {
	const ec = "\x2a\x86\x48\xce\x3d\x02\x01"
	return []byte(strings.Replace(string(der), ec, ec[:6]+"\x63", 1))
}
