package tlscert

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestListsWithoutKeyPasswords: stores whose keys have other passwords than
// the store, and JKS and JCEKS without any password, list everything.
func TestListsWithoutKeyPasswords(t *testing.T) {
	for _, name := range []string{"jks-diffkeypw.jks", "two-keypasswords.jks", "diffkeypw.p12", "jks-3key-trusted.jks",
		"encryption-2.jceks", "encryption-mixed.jceks", "unicodepw.jks", "mixedcase.caseexactjks"} {
		s := javaStores(t)[name]
		other := false
		for _, e := range s.want.Entries {
			other = other || e.KeyPass != "" && e.KeyPass != s.want.StorePass
		}
		read, err := Read(s.data, s.want.StorePass)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sameEntries(t, read.Entries, s.want.Entries)
		if read.Format == PKCS12 {
			continue
		}
		list, err := List(s.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if list.Verified || list.Sealed != 0 {
			t.Errorf("%s: listed as verified, or sealed", name)
		}
		ignore := cmp.Options{cmpopts.IgnoreFields(Store{}, "Verified"), cmpopts.IgnoreFields(Certificate{}, "X509", "Err")}
		if d := cmp.Diff(read, list, ignore); d != "" {
			t.Errorf("%s: read and listed differ:\n%s", name, d)
		}
		if _, err := Read(s.data, s.want.StorePass+"x"); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: wrong password: %v", name, err)
		}
		if _, err := Read(s.data, ""); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: empty password: %v", name, err)
		}
	}
}

// TestListPKCS12 shows what a PKCS12 store gives without its password.
func TestListPKCS12(t *testing.T) {
	for _, c := range []struct {
		name   string
		sealed int
		want   []string
	}{
		{"p12-modern-3.p12", 1, []string{`"eckey" PrivateKey`, `"third" PrivateKey`, `"tomcat" PrivateKey`}},
		{"secret-and-key.p12", 1, []string{`"aes" SecretKey`, `"rsa" PrivateKey`}},
		{"p12-truststore.p12", 1, nil},
		{"p12-passwordless.p12", 0, []string{`"root" TrustedCert 1ca7383daf9a`}},
		{"empty.pkcs12", 0, nil},
	} {
		s, err := List(javaStores(t)[c.name].data)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s.Sealed != c.sealed || s.Verified || !slices.Equal(lines(s), c.want) {
			t.Errorf("%s: sealed %d, verified %v, %q; want sealed %d, %q", c.name, s.Sealed, s.Verified, lines(s), c.sealed, c.want)
		}
	}
}

// TestWrongPassword: the MAC is checked where there is one, the padding where
// there is none, and nothing where nothing is encrypted.
func TestWrongPassword(t *testing.T) {
	leaf := leafDER(t, "a.example.com")
	for name, c := range map[string]struct {
		data     []byte
		password string
		ok       bool
	}{
		"MAC":                           {pfxWithMAC("right", 1, clearSafe()), "wrong", false},
		"MAC and safe":                  {pfxWithMAC("right", 1, sealedSafe("right", 1)), "wrong", false},
		"safe alone":                    {pfxOf(sealedSafe("right", 1, certBagOf(leaf))), "wrong", false},
		"safe under another":            {pfxWithMAC("right", 1, sealedSafe("other", 1)), "right", false},
		"nothing encrypted":             {pfxOf(clearSafe(certBagOf(leaf))), "any", true},
		"nothing encrypted, not ASCII":  {pfxOf(clearSafe(certBagOf(leaf))), "pässwörd", true},
		"MAC, not ASCII":                {pfxWithMAC("pässwörd", 1), "pässwörd", false},
		"control character, as in Java": {pfxWithMAC("a\tb", 1), "a\tb", false},
		"empty":                         {pfxWithMAC("", 1, sealedSafe("", 1)), "", true},
		"empty for a store with one":    {pfxWithMAC("right", 1), "", false},
	} {
		_, err := Read(c.data, c.password)
		var p *PasswordError
		if (err == nil) != c.ok || !c.ok && (!errors.As(err, &p) || !errors.Is(err, ErrPassword)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLaterEntryReplaces: as in Java's tables, in the place of the earlier
// one.
func TestLaterEntryReplaces(t *testing.T) {
	leaf, other := leafDER(t, "a.example.com"), leafDER(t, "b.example.com")
	w := newJavaFile(JKS, 2, 4)
	w.trusted("x", 1, leaf)
	w.trusted("X", 2, leaf)
	w.key("y", 3, leaf, leaf)
	w.trusted("x", 4, other)
	jks, err := Read(w.signed(""), "")
	if err != nil {
		t.Fatal(err)
	}
	p12, err := Read(pfxOf(clearSafe(
		certBagOf(leaf, friendly("x"), trustedUsage()),
		keyBagOf(friendly("y"), localKey("1")),
		keyBagOf(friendly("X"), localKey("2")),
	)), "")
	if err != nil {
		t.Fatal(err)
	}
	render := func(s *Store) string {
		var b strings.Builder
		for _, e := range s.Entries {
			fmt.Fprintf(&b, "%s %v %d %d; ", e.Alias, e.Kind, e.Created.Unix(), len(e.Chain))
		}
		return b.String()
	}
	zero := jks.Entries[0].Created.Unix()
	if got, want := render(jks), "x TrustedCert 0 1; X TrustedCert 0 1; y PrivateKey 0 2; "; got != want || zero != 0 {
		t.Errorf("JKS: %s", got)
	}
	if jks.Entries[0].Created.UnixMilli() != 4 || !jks.Entries[0].Chain[0].Same(Certificate{Raw: other}) {
		t.Error("JKS: the earlier entry was kept")
	}
	if got := render(p12); !strings.HasPrefix(got, "x PrivateKey") || !strings.Contains(got, "; y PrivateKey") || len(p12.Entries) != 2 {
		t.Errorf("PKCS12: %s", got)
	}
}

// TestCreated: dates that no calendar holds are left out.
func TestCreated(t *testing.T) {
	for ms, want := range map[int64]string{
		0:               "1970-01-01T00:00:00Z",
		1795337849047:   "2026-11-22T08:57:29.047Z",
		-1:              "1969-12-31T23:59:59.999Z",
		253402300799999: "9999-12-31T23:59:59.999Z",
		253402300800000: "",
		-62135596800000: "0001-01-01T00:00:00Z",
		-62135596800001: "",
		math.MaxInt64:   "",
		math.MinInt64:   "",
	} {
		got := unixMilli(ms)
		text, err := got.MarshalText()
		if err != nil {
			t.Errorf("%d: %v", ms, err)
		}
		if want == "" && !got.IsZero() || want != "" && string(text) != want {
			t.Errorf("%d: %s, want %q", ms, text, want)
		}
	}
	for id, want := range map[string]int64{"Time 1700000000000": 1700000000000, "Time -5": -5, "Time x": 0, "time 5": 0, "Time  5": 0} {
		if got := timeOf(bagAttributes{id: id, hasID: true}); want != 0 && got.UnixMilli() != want || want == 0 && !got.IsZero() {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// TestInputIsCopied: a store keeps nothing of the bytes it was read from.
func TestInputIsCopied(t *testing.T) {
	for _, name := range []string{"jks-chain.jks", "p12-passwordless.p12", "encryption-mixed.jceks"} {
		data := slices.Clone(javaStores(t)[name].data)
		s, err := Read(data, "changeit")
		if err != nil {
			t.Fatal(err)
		}
		before := lines(s)
		clear(data)
		if !slices.Equal(before, lines(s)) {
			t.Errorf("%s: the store changed with the input", name)
		}
	}
}
