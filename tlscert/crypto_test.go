package tlscert

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRC2 checks the vectors of RFC 2268, section 5.
func TestRC2(t *testing.T) {
	seen := [256]bool{}
	for _, c := range []byte(rc2Pi) {
		seen[c] = true
	}
	for i, ok := range seen {
		if !ok || len(rc2Pi) != 256 {
			t.Fatalf("the table is no permutation: %d is missing of %d", i, len(rc2Pi))
		}
	}
	for _, v := range []struct {
		key           string
		bits          int
		plain, cipher string
	}{
		{"0000000000000000", 63, "0000000000000000", "ebb773f993278eff"},
		{"ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"},
		{"3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"},
		{"88", 64, "0000000000000000", "61a8a244adacccf0"},
		{"88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"},
		{"88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"},
		{"88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"},
		{"88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", 129, "0000000000000000", "5b78d3a43dfff1f1"},
	} {
		got := newRC2(unhex(t, v.key), v.bits).decryptCBC(make([]byte, 8), unhex(t, v.cipher))
		if hex.EncodeToString(got) != v.plain {
			t.Errorf("key %s, %d bits: %x, want %s", v.key, v.bits, got, v.plain)
		}
	}
}

// TestPKCS12Key checks known answers of the PKCS12 key derivation with SHA-1,
// the values that implementations exchange for it.
func TestPKCS12Key(t *testing.T) {
	for _, v := range []struct {
		password, salt string
		purpose        byte
		iterations, n  int
		want           string
	}{
		{"smeg", "0a58cf64530d823f", forKey, 1, 24, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"},
		{"smeg", "0a58cf64530d823f", forIV, 1, 8, "79993dfe048d3b76"},
		{"smeg", "3d83c0e4546ac140", forMAC, 1, 20, "8d967d88f6caa9d714800ab3d48051d63f73a312"},
		{"queeg", "05dec959acff72f7", forKey, 1000, 24, "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"},
		{"queeg", "05dec959acff72f7", forIV, 1000, 8, "11dedad7758d4860"},
	} {
		got := pkcs12Key(crypto.SHA1, pkcs12Passwords(v.password)[0].bmp, unhex(t, v.salt), v.purpose, v.iterations, v.n)
		if !bytes.Equal(got, unhex(t, v.want)) {
			t.Errorf("%s, %d iterations, purpose %d: %x, want %s", v.password, v.iterations, v.purpose, got, v.want)
		}
	}
}

func TestUnpad(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"0102030405060701", "01020304050607", true},
		{"0808080808080808", "", true},
		{"0102030405060700", "", false},
		{"0102030405060709", "", false},
		{"0102030405060302", "", false},
	} {
		got, ok := unpad(unhex(t, c.in), 8)
		if ok != c.ok || hex.EncodeToString(got) != c.want {
			t.Errorf("unpad(%s) = %x, %v", c.in, got, ok)
		}
	}
}

func TestModifiedUTF8(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"plain", "plain", true},
		{"\xc0\x80", "\x00", true},
		{"\xc3\xa4\xe4\xb8\xad", "ä中", true},
		{"\xed\xa0\xbd\xed\xb8\x80", "😀", true},
		{"\xed\xa0\xbd", "\uFFFD", true},
		{"\xc1\x81", "A", true}, // overlong, as Java takes it
		{"\xf0\x9f\x98\x80", "", false},
		{"\xc3", "", false},
		{"\xc3\x28", "", false},
		{"\xe4\xb8", "", false},
		{"\xe4\x28\xad", "", false},
		{"\x80", "", false},
	} {
		if got, ok := decodeModifiedUTF8([]byte(c.in)); ok != c.ok || got != c.want {
			t.Errorf("%q decodes to %q, %v; want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
	if got := decodeBMP([]byte{0, 'a', 0xD8}); got != "a\uFFFD" {
		t.Errorf("an odd BMPString: %q", got)
	}
}
