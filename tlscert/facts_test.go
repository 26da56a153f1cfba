package tlscert

import (
	"crypto/x509"
	"encoding"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestValidAt(t *testing.T) {
	c := mustParse(t, leafDER(t, "a.example.com")) // 2024-01-01 to 2034-01-01
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, k := range []struct {
		now  string
		want Validity
		left time.Duration
	}{
		{"2023-12-31T23:59:59Z", NotYetValid, 87672*time.Hour + time.Second},
		{"2024-01-01T00:00:00Z", Valid, 87672 * time.Hour},
		{"2034-01-01T00:00:00Z", Valid, 0},
		{"2034-01-01T00:00:01Z", Expired, -time.Second},
		{"2034-01-01T01:00:00+01:00", Valid, 0},
	} {
		if got, left := ValidAt(c, at(k.now)); got != k.want || left != k.left {
			t.Errorf("ValidAt(%s) = %v, %v; want %v, %v", k.now, got, left, k.want, k.left)
		}
	}
}

// TestNilCertificate: a certificate that Go could not parse is nil.
func TestNilCertificate(t *testing.T) {
	if v, left := ValidAt(nil, time.Unix(0, 0)); v != 0 || left != 0 {
		t.Errorf("ValidAt(nil) = %v, %v", v, left)
	}
	if w := Weaknesses(nil); w != nil {
		t.Errorf("Weaknesses(nil) = %v", w)
	}
	if SelfSigned(nil) || Covers(nil, "a.example.com") == nil {
		t.Error("nil is self-signed or covers a host")
	}
}

func TestWeaknesses(t *testing.T) {
	s := fixture(t, "odd.jks")
	want := map[string][]Weakness{
		"rsa1024-sha1": {{WeakRSAKey, "RSA key of 1024 bits"}, {WeakSignature, "signed with SHA1-RSA"}},
		"rsa2048-md5":  {{WeakSignature, "signed with MD5-RSA"}},
		"p224":         {{WeakECKey, "EC key of 224 bits"}},
		"dsa":          {{WeakDSAKey, "DSA key of 2048 bits"}},
		"ed25519":      nil,
	}
	for alias, w := range want {
		e, err := s.Find(alias)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w, Weaknesses(e.Chain[0].X509)); d != "" {
			t.Errorf("%s (-want +got):\n%s", alias, d)
		}
	}
}

func TestSelfSigned(t *testing.T) {
	s := fixture(t, "odd.jks")
	for _, alias := range []string{"rsa1024-sha1", "rsa2048-md5", "p224", "ed25519"} {
		e, err := s.Find(alias)
		if err != nil {
			t.Fatal(err)
		}
		if !SelfSigned(e.Chain[0].X509) {
			t.Errorf("%s is self-signed", alias)
		}
	}
	other := mustParse(t, certSpec{subject: "A", key: 1, signer: 2}.der(t))
	if SelfSigned(other) {
		t.Error("issued under its own name by another key: not self-signed")
	}
	if SelfSigned(mustParse(t, certSpec{subject: "A", issuer: "B", key: 1, signer: 1}.der(t))) {
		t.Error("issued under another name: not self-signed")
	}
	if SelfSigned(nil) {
		t.Error("nil is not self-signed")
	}
}

func TestInstallerDefault(t *testing.T) {
	e, err := fixture(t, "tomcat.jks").Find("server")
	if err != nil {
		t.Fatal(err)
	}
	if !InstallerDefault(e) {
		t.Error("the installer's entry is not recognised")
	}
	for name, change := range map[string]func(e *Entry){
		"alias":  func(e *Entry) { e.Alias = "tomcat" },
		"kind":   func(e *Entry) { e.Kind = TrustedCert },
		"chain":  func(e *Entry) { e.Chain = append(e.Chain, e.Chain[0]) },
		"days":   func(e *Entry) { e.Chain[0].X509.NotAfter = e.Chain[0].X509.NotAfter.Add(time.Second) },
		"none":   func(e *Entry) { e.Chain = nil },
		"no key": func(e *Entry) { e.Chain[0].X509 = nil },
	} {
		o := e
		c := *e.Chain[0].X509
		o.Chain = []Certificate{{Raw: e.Chain[0].Raw, X509: &c}}
		change(&o)
		if InstallerDefault(o) {
			t.Errorf("changed %s and still taken for the installer's", name)
		}
	}
}

func TestCheckChain(t *testing.T) {
	chain, err := fixture(t, "chain-jks.keystore").Find("server")
	if err != nil {
		t.Fatal(err)
	}
	leaf, inter, root := chain.Chain[0], chain.Chain[1], chain.Chain[2]
	noCA := Certificate{X509: mustParse(t, certSpec{subject: "I", key: 2, signer: 2, template: x509.Certificate{BasicConstraintsValid: true}}.der(t))}
	noCA.Raw = noCA.X509.Raw
	under := Certificate{X509: mustParse(t, certSpec{subject: "L", issuer: "I", key: 1, signer: 2}.der(t))}
	under.Raw = under.X509.Raw
	forged := Certificate{X509: mustParse(t, certSpec{subject: "L", issuer: "I", key: 1, signer: 3}.der(t))}
	forged.Raw = forged.X509.Raw
	odd, err := fixture(t, "odd.jks").Find("negative-serial")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		chain []Certificate
		want  ChainFacts
	}{
		"whole":              {[]Certificate{leaf, inter, root}, ChainFacts{Rooted: true}},
		"without the root":   {[]Certificate{leaf, inter}, ChainFacts{Missing: "CN=root,O=Example"}},
		"leaf alone":         {[]Certificate{leaf}, ChainFacts{Missing: "CN=inter,O=Example"}},
		"out of order":       {[]Certificate{leaf, root, inter}, ChainFacts{Breaks: []ChainBreak{{0, OtherIssuer}, {1, OtherIssuer}}, Missing: "CN=root,O=Example"}},
		"a gap":              {[]Certificate{leaf, root}, ChainFacts{Breaks: []ChainBreak{{0, OtherIssuer}}, Rooted: true}},
		"leaf twice":         {[]Certificate{leaf, leaf}, ChainFacts{Breaks: []ChainBreak{{0, OtherIssuer}}, Missing: "CN=inter,O=Example"}},
		"other key":          {[]Certificate{forged, noCA}, ChainFacts{Breaks: []ChainBreak{{0, OtherSignature}}, Rooted: true}},
		"issuer no CA":       {[]Certificate{under, noCA}, ChainFacts{Breaks: []ChainBreak{{0, NotAuthority}}, Rooted: true}},
		"unparsed":           {odd.Chain, ChainFacts{Rooted: true}},
		"unparsed in chain":  {[]Certificate{leaf, odd.Chain[0]}, ChainFacts{Breaks: []ChainBreak{{0, OtherIssuer}}, Rooted: true}},
		"empty":              {nil, ChainFacts{}},
		"not a certificate":  {[]Certificate{{Raw: []byte{1}}}, ChainFacts{}},
		"two of them":        {[]Certificate{{Raw: []byte{1}}, {Raw: []byte{1}}}, ChainFacts{Breaks: []ChainBreak{{0, OtherIssuer}}}},
		"self-signed alone":  {[]Certificate{root}, ChainFacts{Rooted: true}},
		"intermediate alone": {[]Certificate{inter}, ChainFacts{Missing: "CN=root,O=Example"}},
	} {
		if d := cmp.Diff(c.want, CheckChain(c.chain)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestSameCertificate(t *testing.T) {
	jks, p12 := fixture(t, "chain-jks.keystore"), fixture(t, "chain-pkcs12.keystore")
	a, err := jks.Find("server")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p12.Find("server")
	if err != nil {
		t.Fatal(err)
	}
	if !SameCertificate(a.Chain[0], b.Chain[0]) || !SamePublicKey(a.Chain[0], b.Chain[0]) {
		t.Error("one certificate in two formats: the same")
	}
	if SameCertificate(a.Chain[0], a.Chain[1]) || SamePublicKey(a.Chain[0], a.Chain[1]) {
		t.Error("leaf and intermediate: not the same")
	}
	renewed := Certificate{X509: mustParse(t, certSpec{subject: "A", key: 4, signer: 4}.der(t))}
	before := Certificate{X509: mustParse(t, certSpec{subject: "A", key: 4, signer: 5}.der(t))}
	renewed.Raw, before.Raw = renewed.X509.Raw, before.X509.Raw
	if SameCertificate(renewed, before) || !SamePublicKey(renewed, before) {
		t.Error("a renewed certificate: another certificate, the same key")
	}
	var none Certificate
	if SameCertificate(none, none) || SamePublicKey(none, none) {
		t.Error("nothing is not the same as nothing")
	}
}

// TestEnumsHaveText: every value of every enumeration reads back as itself,
// and zero is invalid.
func TestEnumsHaveText(t *testing.T) {
	check := func(last int, value func(int) encoding.TextMarshaler, back func([]byte) (any, error)) {
		t.Helper()
		for i := range last + 2 {
			v := value(i)
			text, err := v.MarshalText()
			if i == 0 || i > last {
				if err == nil {
					t.Errorf("%T %d has the text %q", v, i, text)
				}
				continue
			}
			if err != nil || string(text) != fmt.Sprint(v) {
				t.Errorf("%T %d: %q, %v", v, i, text, err)
			}
			if got, err := back(text); err != nil || got != any(v) {
				t.Errorf("%T: %q reads as %v, %v", v, text, got, err)
			}
		}
		if s := fmt.Sprint(value(0)); s != "unset" {
			t.Errorf("%T: zero prints as %q", value(0), s)
		}
		if _, err := back([]byte("unset")); err == nil {
			t.Errorf("%T reads \"unset\"", value(0))
		}
	}
	check(3, func(i int) encoding.TextMarshaler { return Format(i) }, func(b []byte) (any, error) { var v Format; err := v.UnmarshalText(b); return v, err })
	check(3, func(i int) encoding.TextMarshaler { return Kind(i) }, func(b []byte) (any, error) { var v Kind; err := v.UnmarshalText(b); return v, err })
	check(3, func(i int) encoding.TextMarshaler { return Validity(i) }, func(b []byte) (any, error) { var v Validity; err := v.UnmarshalText(b); return v, err })
	check(4, func(i int) encoding.TextMarshaler { return WeaknessKind(i) }, func(b []byte) (any, error) { var v WeaknessKind; err := v.UnmarshalText(b); return v, err })
	check(3, func(i int) encoding.TextMarshaler { return ChainReason(i) }, func(b []byte) (any, error) { var v ChainReason; err := v.UnmarshalText(b); return v, err })
	check(8, func(i int) encoding.TextMarshaler { return AliasReason(i) }, func(b []byte) (any, error) { var v AliasReason; err := v.UnmarshalText(b); return v, err })
}
