package tlscert

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFixtures reads the stores that testdata/make.sh made and compares with
// the text that Java wrote beside each.
func TestFixtures(t *testing.T) {
	texts, err := filepath.Glob("testdata/made/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, name := range texts {
		file := strings.TrimSuffix(name, ".txt")
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			head, want, _ := strings.Cut(string(text), "\n")
			password, err := strconv.Unquote(strings.TrimPrefix(head, "password "))
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Read(data, password)
			if strings.HasPrefix(want, "refused\n") {
				refused++
				if err == nil {
					t.Errorf("read; Java: %s", want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := javaText(s); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
	if len(texts) != 34 || refused != 5 {
		t.Errorf("%d stores, %d of them refused by Java; want 34 and 5", len(texts), refused)
	}
}

// javaText renders a store as testdata/java/ListStore.java does.
func javaText(s *Store) string {
	names := map[Kind]string{PrivateKey: "key", TrustedCert: "trusted", SecretKey: "secret"}
	entries := slices.SortedFunc(slices.Values(s.Entries), func(a, b Entry) int { return strings.Compare(a.Alias, b.Alias) })
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %q", names[e.Kind], e.Alias)
		if !e.Created.IsZero() {
			fmt.Fprintf(&b, ", created %s", e.Created.Format("2006-01-02T15:04:05.000Z"))
		}
		b.WriteString("\n")
		for _, c := range e.Chain {
			fmt.Fprintf(&b, "  %s %s\n", Fingerprint(c.Raw), subjectOf(c))
		}
	}
	return b.String()
}

// subjectOf gives the subject of a fixture, all of which are plain.
func subjectOf(c Certificate) string {
	if c.X509 == nil {
		return "CN=negative-serial" // the one that Go's parser refuses
	}
	return strings.ReplaceAll(c.X509.Subject.String(), ",", ", ")
}

// fixture reads one of the stores of testdata/made.
func fixture(t testing.TB, name string) *Store {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/made", name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(data, "changeit")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestUnparsedCertificateIsListed: Java reads a negative serial number and Go
// does not.
func TestUnparsedCertificateIsListed(t *testing.T) {
	e, err := fixture(t, "odd.jks").Find("negative-serial")
	if err != nil {
		t.Fatal(err)
	}
	c := e.Chain[0]
	if c.X509 != nil || c.Err == nil || len(c.Raw) == 0 {
		t.Errorf("parsed %v, error %v, %d bytes", c.X509 != nil, c.Err, len(c.Raw))
	}
	if !c.Same(c) || !c.SamePublicKey(c) {
		t.Error("it differs from itself")
	}
}
