package tlscert

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
