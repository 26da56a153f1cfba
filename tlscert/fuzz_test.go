package tlscert

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// checkRead is what must hold for any bytes: one of the two error types, with
// an offset inside the file, or a store whose entries are whole; and the same
// again for the same bytes.
func checkRead(t *testing.T, data []byte, password *string, s *Store, err error) {
	t.Helper()
	if err != nil {
		if s != nil {
			t.Errorf("a store beside the error %v", err)
		}
		var f *FormatError
		var p *PasswordError
		switch {
		case errors.As(err, &f):
			if !errors.Is(err, ErrFormat) || f.Offset < 0 || f.Offset > len(data) || f.Reason == "" {
				t.Errorf("%#v for %d bytes", f, len(data))
			}
		case errors.As(err, &p):
			if !errors.Is(err, ErrPassword) || password == nil {
				t.Errorf("%#v, password given: %v", p, password != nil)
			}
		default:
			t.Errorf("error of type %T: %v", err, err)
		}
		return
	}
	seen := map[string]bool{}
	for i, e := range s.Entries {
		if seen[e.Alias] {
			t.Errorf("alias %q twice", e.Alias)
		}
		seen[e.Alias] = true
		switch {
		case e.Kind == TrustedCert && len(e.Chain) != 1,
			e.Kind == SecretKey && len(e.Chain) != 0,
			e.Kind != PrivateKey && e.Kind != TrustedCert && e.Kind != SecretKey:
			t.Errorf("%v entry with a chain of %d", e.Kind, len(e.Chain))
		}
		for _, c := range e.Chain {
			if len(c.Raw) == 0 || (c.X509 == nil) == (c.Err == nil) {
				t.Errorf("certificate of %d bytes, parsed %v, error %v", len(c.Raw), c.X509 != nil, c.Err)
			}
		}
		if i >= 100 {
			continue // finding looks at every entry
		}
		if found, err := s.Find(e.Alias); err != nil || found.Alias != e.Alias {
			t.Errorf("alias %q is listed and not found: %v", e.Alias, err)
		}
	}
	if password == nil && s.Verified || password != nil && s.Sealed > 0 {
		t.Errorf("Verified %v, Sealed %d, password given: %v", s.Verified, s.Sealed, password != nil)
	}
}

// addCorpus seeds a target with the stores of one format, good and damaged.
func addCorpus(f *testing.F, format Format) {
	for name, s := range javaStores(f) {
		if got, err := detect(s.data); err != nil || got != format || strings.Contains(name, "flipmid") {
			continue
		}
		f.Add(s.data)
	}
}

// FuzzJKS lists and verifies JKS bytes. What a password verifies must be what
// is listed without one.
func FuzzJKS(f *testing.F) {
	addCorpus(f, JKS)
	f.Fuzz(func(t *testing.T, data []byte) { fuzzJava(t, JKS, "\xFE\xED\xFE\xED", data) })
}

// FuzzJCEKS does the same for JCEKS and its serialized objects.
func FuzzJCEKS(f *testing.F) {
	addCorpus(f, JCEKS)
	f.Fuzz(func(t *testing.T, data []byte) { fuzzJava(t, JCEKS, "\xCE\xCE\xCE\xCE", data) })
}

func fuzzJava(t *testing.T, format Format, magic string, data []byte) {
	data = append([]byte(magic), bytes.TrimPrefix(data, []byte(magic))...)
	s, err := List(data)
	checkRead(t, data, nil, s, err)
	password := "changeit"
	v, verr := Read(data, password)
	checkRead(t, data, &password, v, verr)
	if verr == nil && (err != nil || !slices.Equal(lines(s), lines(v))) {
		t.Errorf("listed %v, read %v", err, v)
	}
	if err == nil && s.Format != format {
		t.Errorf("format %v", s.Format)
	}
}

// FuzzPKCS12 reads PKCS12 bytes with a small budget, so that time goes into
// structures and not into hashing.
func FuzzPKCS12(f *testing.F) {
	addCorpus(f, PKCS12)
	leaf := leafDER(f, "seed.example.com")
	keyed, trusted := keyBagOf(friendly("k"), localKey("1")), certBagOf(leaf, trustedUsage())
	f.Add(pfxWithMAC("changeit", 2, clearSafe(keyed, secretBagOf()), sealedSafe("changeit", 2, certBagOf(leaf, localKey("1")), trusted)))
	f.Add(toBER(fuzzRand(), pfxOf(clearSafe(keyed, trusted))))
	f.Fuzz(func(t *testing.T, data []byte) {
		password := "changeit"
		for _, pw := range []*string{nil, &password} {
			b := newBudget(ReadOptions{Hashes: 100})
			s, err := readPKCS12(data, pw, b)
			if b.used > b.limit {
				t.Errorf("%d iterations", b.used)
			}
			checkRead(t, data, pw, s, err)
		}
	})
}

// FuzzSafeBags walks bags as they are behind the MAC and the encryption,
// where no mutation of a whole file gets to.
func FuzzSafeBags(f *testing.F) {
	for _, s := range javaStores(f) {
		for _, safe := range decryptedSafes(s.data, s.want.StorePass) {
			f.Add(safe)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bags := newBagReader()
		in := sealedReader(data, 0, "the fuzzed safe")
		err := bags.walk(&in)
		s := &Store{Format: PKCS12}
		if err == nil {
			s.Entries, err = bags.finish()
		}
		if err != nil {
			s = nil
		}
		checkRead(t, data, nil, s, err)
	})
}

// FuzzCertificate reads certificates as Java does, and asks for the facts of
// those that it takes.
func FuzzCertificate(f *testing.F) {
	hosts := []string{"a.example.com", "[::1]", "bücher.example.com", "10.1.515", "fe80::1%eth0", "x_y.example.com."}
	for i, der := range append(hostCertificates(f), richCertificates(f)...) {
		f.Add(der, hosts[i%len(hosts)])
	}
	f.Fuzz(func(t *testing.T, der []byte, host string) {
		raw, err := readRawCert(der)
		if (javaRefuses(der) == "") != (err == nil) {
			t.Errorf("refused: %q, read: %v", javaRefuses(der), err)
		}
		if err != nil {
			return
		}
		if len(raw.issuer) == 0 || len(raw.publicKey) == 0 {
			t.Errorf("issuer %q, %d bytes of key", raw.issuer, len(raw.publicKey))
		}
		c := Certificate{Raw: der}
		c.parse()
		if issued := c.IssuedBy(c) == nil; issued != c.SelfSigned() {
			t.Errorf("issued by itself: %v, self-signed: %v", issued, c.SelfSigned())
		}
		c.WeakKey()
		c.WeakSignature()
		by, err := CoveredBy(c.X509, host)
		named := by.DNSName + by.IPAddress + by.CommonName
		if (err == nil) != (named != "") {
			t.Errorf("covered by %q, %v", named, err)
		}
	})
}

// decryptedSafes gives the contents of the safes of a good store.
func decryptedSafes(data []byte, password string) [][]byte {
	p, err := readPFX(data, true)
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, s := range p.safes {
		in := s.clear
		if in == nil {
			if in, err = s.open(pkcs12Passwords(password), newBudget(ReadOptions{})); err != nil {
				return nil
			}
		}
		out = append(out, in.buf)
	}
	return out
}
