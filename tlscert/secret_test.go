package tlscert

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestNoSecretInAnyOutput puts a marker where the encrypted keys stand and
// uses another as the password, then looks for both in every form that stores
// and errors can be shown in.
func TestNoSecretInAnyOutput(t *testing.T) {
	const password = "MARKER-OF-PASSWORD"
	leaf := leafDER(t, "a.example.com")
	w := newJavaFile(JKS, 2, 2)
	w.key("k", 1, leaf)
	w.trusted("c", 2, leaf)
	jks := w.signed(password)
	p12 := pfxWithMAC(password, 2, clearSafe(keyBagOf(friendly("k"), localKey("1")), secretBagOf(friendly("s"))),
		sealedSafe(password, 2, certBagOf(leaf, localKey("1"))))
	files := [][]byte{jks, p12}
	for i := 1; i < len(jks); i += 7 {
		files = append(files, jks[:i])
	}
	for i := 1; i < len(p12); i += 7 {
		files = append(files, p12[:i])
	}
	var markers []string
	for _, m := range []string{markerKey, password} {
		numbers := strings.Trim(fmt.Sprint([]byte(m)), "[]")
		markers = append(markers, m, hex.EncodeToString([]byte(m)), base64.StdEncoding.EncodeToString([]byte(m))[:12], numbers,
			strings.ToUpper(hex.EncodeToString([]byte(m))), fmt.Sprintf("%q", m))
	}
	shown := 0
	look := func(v any) {
		texts := []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%q", v), fmt.Sprintf("%x", v)}
		if j, err := json.Marshal(v); err == nil {
			texts = append(texts, string(j))
		}
		for _, text := range texts {
			shown++
			for _, m := range markers {
				if strings.Contains(text, m) {
					t.Fatalf("%T shows a secret: %.300s", v, text)
				}
			}
		}
	}
	for _, data := range files {
		for _, pw := range []string{password, password + " and wrong", ""} {
			s, err := Read(data, pw)
			look(err)
			if s == nil {
				continue
			}
			look(s)
			look(*s)
			for _, e := range s.Entries {
				look(e)
				for _, c := range e.Chain {
					look(c)
					look(c.Raw[:cap(c.Raw)]) // and nothing behind the certificate
				}
			}
			_, err = s.ServerEntry("nobody")
			look(err)
		}
		if s, err := List(data); err == nil {
			look(s)
		} else {
			look(err)
		}
	}
	if shown < 1000 {
		t.Errorf("%d texts only", shown)
	}
}

// TestErrorsAsJSON: every error and every certificate of this package can be
// written as JSON and read back, also where fields are not set.
func TestErrorsAsJSON(t *testing.T) {
	parsed, unparsed := Certificate{Raw: leafDER(t, "a.example.com")}, Certificate{Raw: []byte{0x30, 0}}
	parsed.parse()
	unparsed.parse()
	dsa, err := fixture(t, "odd.jks").Find("dsa")
	if err != nil {
		t.Fatal(err)
	}
	all := []any{
		&FormatError{Reason: "r"}, &FormatError{Format: PKCS12, Offset: 3, Entry: "server", Reason: "r", Limit: true},
		&PasswordError{Format: JKS, Reason: "r"}, &AliasError{Alias: "a", Reason: AliasMissing, Near: []string{"b"}, CaseOnly: true},
		&AliasError{Reason: AliasNotKey, Kind: SecretKey}, &AliasError{Reason: OtherType, Type: "JCEKS", Format: PKCS12},
		&CoverError{Host: "h", Names: []string{"n"}, Reason: "r", Browsers: true}, &Coverage{DNSName: "n", Browsers: "r"},
		&parsed, &unparsed, &dsa.Chain[0], &dsa, fixture(t, "odd.jks"),
	}
	for _, v := range all {
		text, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%T: %v", v, err)
			continue
		}
		back := reflect.New(reflect.TypeOf(v).Elem())
		if err := json.Unmarshal(text, back.Interface()); err != nil {
			t.Errorf("%T: %v", v, err)
			continue
		}
		again, err := json.Marshal(back.Interface())
		if err != nil || string(again) != string(text) {
			t.Errorf("%T: %v\n%.300s\n%.300s", v, err, text, again)
		}
		if e, ok := v.(error); ok {
			if got := back.Interface().(error); got.Error() != e.Error() || errors.Is(got, ErrLimit) != errors.Is(e, ErrLimit) {
				t.Errorf("%T reads back as %v, was %v", v, got, e)
			}
		}
	}
	for _, name := range []string{"JKS", "PKCS12"} { // what the functions give
		_, err := storeOf(entryOf("a", TrustedCert)).ServerEntryAs("a", name)
		if _, err := json.Marshal(err); err != nil {
			t.Error(err)
		}
	}
}
