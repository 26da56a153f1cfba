package tlscert

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// TestEmptyCertificate: of a certificate that is not there nothing is known.
func TestEmptyCertificate(t *testing.T) {
	var none Certificate
	if w, known := none.WeakKey(); w != "" || known {
		t.Errorf("weak key %q, known %v", w, known)
	}
	if w, known := none.WeakSignature(); w != "" || known {
		t.Errorf("weak signature %q, known %v", w, known)
	}
	if none.SelfSigned() || none.IssuedBy(none) == nil || Covers(nil, "a.example.com") == nil {
		t.Error("nothing is self-signed or covers a host")
	}
}

// TestWeaknesses: "none" and "not known" differ, also for certificates that
// Go's parser refuses.
func TestWeaknesses(t *testing.T) {
	const none, unknown = "none", "unknown"
	for _, c := range []struct{ folder, file, alias, key, signature string }{
		{"made", "odd.jks", "rsa1024-sha1", "RSA key of 1024 bits", "signed with SHA-1"},
		{"made", "odd.jks", "rsa2048-md5", none, "signed with MD5"},
		{"made", "odd.jks", "p224", "EC key of 224 bits", none},
		{"made", "odd.jks", "dsa", "DSA key of 2048 bits", none},
		{"made", "odd.jks", "ed25519", none, none},
		{"made", "odd.jks", "negative-serial", none, none},
		{"keystores2", "ec-secp256k1.p12", "server", none, none},
		{"keystores2", "small-rsa512.p12", "server", "RSA key of 512 bits", none},
		{"keystores2", "rsapss-sha1.p12", "server", none, "signed with SHA-1"},
		{"keystores2", "rsapss-signature.p12", "server", none, none},
		{"keystores2", "rsapss-key.p12", "server", none, none},
	} {
		data, err := os.ReadFile("testdata/" + c.folder + "/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(data, "changeit")
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.Find(c.alias)
		if err != nil {
			t.Fatal(err)
		}
		weaknesses(t, c.alias+" in "+c.file, e.Chain[0], c.key, c.signature)
		if !e.Chain[0].SelfSigned() && e.Chain[0].IssuedBy(e.Chain[len(e.Chain)-1]) == nil {
			t.Errorf("%s: issued by itself and not self-signed", c.file)
		}
	}
	// Other algorithms take the place of Ed25519 in a certificate of the tests.
	leaf := leafDER(t, "a.example.com")
	ed := seq(oid(oidEd25519))
	key := seq(ed, tlv(tagBitString, append([]byte{0}, testKey(1).Public().(ed25519.PublicKey)...)))
	for name, c := range map[string]struct {
		signature, key         []byte
		weakSignature, weakKey string
	}{
		"MD2":            {seq(oid(pkcs1+"\x02"), null()), nil, "signed with MD2", none},
		"MD4":            {seq(oid(pkcs1+"\x03"), null()), nil, "signed with MD4", none},
		"MD4, OIW":       {seq(oid(oiw+"\x02"), null()), nil, "signed with MD4", none},
		"SHA-0":          {seq(oid(oiw+"\x0f"), null()), nil, "signed with SHA-0", none},
		"SHA-1, OIW":     {seq(oid(oiw+"\x1d"), null()), nil, "signed with SHA-1", none},
		"RIPEMD-160":     {seq(oid(teletrust+"\x02"), null()), nil, "signed with RIPEMD-160", none},
		"RIPEMD-128":     {seq(oid(teletrust + "\x03")), nil, "signed with RIPEMD-128", none},
		"RIPEMD and EC":  {seq(oid(ecRIPEMD)), nil, "signed with RIPEMD-160", none},
		"SHA-1 and EC":   {seq(oid(x962 + "\x01")), nil, "signed with SHA-1", none},
		"SHA-1 and DSA":  {seq(oid(oldDSA + "\x03")), nil, "signed with SHA-1", none},
		"PSS by default": {seq(oid(oidPSS), seq()), nil, "signed with SHA-1", none},
		"PSS, SHA3":      {seq(oid(oidPSS), seq(ctx0(seq(oid(oidSHA2+"\x08"))))), nil, none, none},
		"SHA3":           {seq(oid(nistSigs + "\x0e")), nil, none, none},
		"SM2":            {seq(oid("\x2a\x81\x1c\xcf\x55\x01\x83\x75")), nil, unknown, none},
		"a lone number":  {seq(oid("\x2a")), nil, unknown, none},
		"B-163":          {nil, seq(seq(oid(oidEC), oid(certicom+"\x0f")), tlv(tagBitString, []byte{0, 4}, make([]byte, 42))), none, "EC key of 163 bits"},
		"brainpool 320":  {nil, seq(seq(oid(oidEC), oid(brainpool+"\x09")), tlv(tagBitString, []byte{0, 4}, make([]byte, 80))), none, none},
		"Ed448":          {nil, seq(seq(oid(oidEd448)), tlv(tagBitString, make([]byte, 58))), none, none},
		"DSA, inherited": {nil, seq(seq(oid(oidDSA)), tlv(tagBitString, []byte{0}, number(5))), none, "DSA key"},
		"GOST":           {nil, seq(seq(oid("\x2a\x85\x03\x07\x01\x01\x01\x01")), tlv(tagBitString, []byte{0, 1})), none, unknown},
	} {
		der := leaf
		if c.signature != nil {
			der = replaced(t, der, ed, c.signature, 0, 1) // in front of the names, and beside the signature
			der = replaced(t, der, ed, c.signature, 1, 0)
		}
		if c.key != nil {
			der = replaced(t, der, key, c.key, 0, 0)
		}
		weaknesses(t, name, Certificate{Raw: der}, c.weakKey, c.weakSignature)
	}
}

func weaknesses(t *testing.T, name string, c Certificate, wantKey, wantSignature string) {
	t.Helper()
	say := func(weakness string, known bool) string {
		switch {
		case !known && weakness == "":
			return "unknown"
		case weakness == "":
			return "none"
		}
		return weakness
	}
	if got := say(c.WeakKey()); got != wantKey {
		t.Errorf("%s: key: %s, want %s", name, got, wantKey)
	}
	if got := say(c.WeakSignature()); got != wantSignature {
		t.Errorf("%s: signature: %s, want %s", name, got, wantSignature)
	}
}

func TestInstallerDefault(t *testing.T) {
	e, err := fixture(t, "tomcat.jks").Find("server")
	if err != nil {
		t.Fatal(err)
	}
	if !e.InstallerDefault() {
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
		if o.InstallerDefault() {
			t.Errorf("changed %s and still taken for the installer's", name)
		}
	}
}

func TestIssuedBy(t *testing.T) {
	chain, err := fixture(t, "chain-jks.keystore").Find("server")
	if err != nil {
		t.Fatal(err)
	}
	odd, err := fixture(t, "odd.jks").Find("negative-serial")
	if err != nil {
		t.Fatal(err)
	}
	leaf, inter, root, unparsed := chain.Chain[0], chain.Chain[1], chain.Chain[2], odd.Chain[0]
	made := func(s certSpec) Certificate { return Certificate{Raw: s.der(t)} }
	noCA := made(certSpec{subject: "I", key: 2, signer: 2, template: x509.Certificate{BasicConstraintsValid: true}})
	spelled := made(certSpec{subject: "i ", key: 2, signer: 2})
	under := made(certSpec{subject: "L", issuer: "I", key: 1, signer: 2})
	forged := made(certSpec{subject: "L", issuer: "I", key: 1, signer: 3})
	pss := func(file string) Certificate {
		e, err := javaFixtureStore(t, file).Find("server")
		if err != nil {
			t.Fatal(err)
		}
		return e.Chain[0]
	}
	broken := pss("rsapss-key.p12")
	broken.Raw = bytes.Clone(broken.Raw)
	broken.Raw[len(broken.Raw)-1] ^= 1
	for name, c := range map[string]struct {
		cert, issuer Certificate
		want         error
	}{
		"leaf by intermediate":               {leaf, inter, nil},
		"intermediate by root":               {inter, root, nil},
		"root by itself":                     {root, root, nil},
		"leaf by root":                       {leaf, root, errOtherIssuer},
		"leaf by itself":                     {leaf, leaf, errOtherIssuer},
		"another key":                        {forged, noCA, errOtherSignature},
		"no authority":                       {under, noCA, errNotAuthority},
		"no authority by itself":             {noCA, noCA, nil},
		"a name in other case, with a blank": {under, spelled, nil},
		"unparsed by Go":                     {unparsed, unparsed, nil},
		"PSS key":                            {pss("rsapss-key.p12"), pss("rsapss-key.p12"), nil},
		"PSS signature":                      {pss("rsapss-signature.p12"), pss("rsapss-signature.p12"), nil},
		"PSS with SHA-1":                     {pss("rsapss-sha1.p12"), pss("rsapss-sha1.p12"), nil},
		"PSS, damaged":                       {broken, broken, errOtherSignature},
		"RSA of 512 bits":                    {pss("small-rsa512.p12"), pss("small-rsa512.p12"), nil},
		"a curve that Go does not have":      {pss("ec-secp256k1.p12"), pss("ec-secp256k1.p12"), nil},
		"not a certificate":                  {Certificate{Raw: []byte{1}}, root, errOtherIssuer},
	} {
		if got := c.cert.IssuedBy(c.issuer); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := c.cert.SelfSigned(); bytes.Equal(c.cert.Raw, c.issuer.Raw) && got != (c.want == nil) {
			t.Errorf("%s: self-signed %v, issued by itself: %v", name, got, c.want)
		}
	}
	small := pss("small-rsa512.p12")
	small.Raw = bytes.Clone(small.Raw)
	small.Raw[len(small.Raw)-1] ^= 1
	if small.SelfSigned() {
		t.Error("a damaged signature by an RSA key of 512 bits passes")
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
	if !a.Chain[0].Same(b.Chain[0]) || !a.Chain[0].SamePublicKey(b.Chain[0]) {
		t.Error("one certificate in two formats: the same")
	}
	if a.Chain[0].Same(a.Chain[1]) || a.Chain[0].SamePublicKey(a.Chain[1]) {
		t.Error("leaf and intermediate: not the same")
	}
	renewed := Certificate{X509: mustParse(t, certSpec{subject: "A", key: 4, signer: 4}.der(t))}
	before := Certificate{X509: mustParse(t, certSpec{subject: "A", key: 4, signer: 5}.der(t))}
	renewed.Raw, before.Raw = renewed.X509.Raw, before.X509.Raw
	if renewed.Same(before) || !renewed.SamePublicKey(before) {
		t.Error("a renewed certificate: another certificate, the same key")
	}
	var none Certificate
	if none.Same(none) || none.SamePublicKey(none) {
		t.Error("nothing is not the same as nothing")
	}
}

// TestEnumsHaveText: every value of every enumeration reads back as itself,
// and zero is invalid.
func TestEnumsHaveText(t *testing.T) {
	var (
		format Format
		kind   Kind
		reason AliasReason
	)
	for _, values := range []struct {
		known []encoding.TextMarshaler
		into  encoding.TextUnmarshaler
		zero  encoding.TextMarshaler
	}{
		{[]encoding.TextMarshaler{JKS, JCEKS, PKCS12}, &format, Format("")},
		{[]encoding.TextMarshaler{PrivateKey, TrustedCert, SecretKey}, &kind, Kind("")},
		{[]encoding.TextMarshaler{AliasMissing, AliasNotKey, AliasNoCertificate, NoKey, SeveralKeys, BadChain, OtherType, UnknownType}, &reason, AliasReason("")},
	} {
		for _, v := range values.known {
			text, err := v.MarshalText()
			if err != nil || string(text) != fmt.Sprint(v) {
				t.Errorf("%T %v: %q, %v", v, v, text, err)
			}
			if err := values.into.UnmarshalText(text); err != nil || fmt.Sprint(reflect.ValueOf(values.into).Elem()) != string(text) {
				t.Errorf("%T: %q: %v", v, text, err)
			}
		}
		if text, err := values.zero.MarshalText(); err == nil || fmt.Sprint(values.zero) != "unset" {
			t.Errorf("%T: the zero value is %v and %q", values.zero, values.zero, text)
		}
		if values.into.UnmarshalText([]byte("unset")) == nil {
			t.Errorf("%T reads \"unset\"", values.zero)
		}
	}
}

// replaced exchanges elements of DER that have the bytes old and writes the
// lengths around them anew: the first is left alone skip times, and then at
// most limit are exchanged, all for a limit of zero.
func replaced(t *testing.T, der, old, with []byte, skip, limit int) []byte {
	t.Helper()
	n := 0
	out := eachElement(der, func(e element) []byte {
		if !bytes.Equal(tlv(e.tag, e.content), old) {
			return nil
		}
		if n++; n <= skip || limit > 0 && n > skip+limit {
			return nil
		}
		return with
	})
	if n <= skip {
		t.Fatal("nothing to replace")
	}
	return out
}

// TestExtensionsAsLooseAsJava: two forms that the standard forbids and Java
// reads, found by TestMutantsAgreeWithJava.
func TestExtensionsAsLooseAsJava(t *testing.T) {
	policy := oid("\x2a\x03\x04")
	name := tlv(0x86, []byte("http://a.example.com"))
	mapping := func(der []byte) error { return checkExtension(extension{oid: oidCE + "\x21", value: seq(der)}) }
	access := func(der []byte) error { return checkExtension(extension{oid: oidPE + "\x01", value: seq(der)}) }
	if err := mapping(seq(policy, policy, null())); err != nil {
		t.Errorf("a policy mapping of three parts: %v", err)
	}
	if err := mapping(seq(policy)); err == nil {
		t.Error("a policy mapping of one part is read")
	}
	if err := access(set(policy, name)); err != nil {
		t.Errorf("an access description that is a set: %v", err)
	}
	if err := access(seq(policy)); err == nil {
		t.Error("an access description without a place is read")
	}
}

// TestFoldName: what is done byte by byte for ASCII is what is done for all.
func TestFoldName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune(" \t\n\v\f\rAZazé0\x00\x1f\x7f\x85"))).Draw(t, "name")
		lower := strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
		if got, want := string(foldName([]byte(s))), strings.Join(strings.Fields(lower), " "); got != want {
			t.Fatalf("%q folds to %q, want %q", s, got, want)
		}
	})
}
