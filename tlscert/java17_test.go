package tlscert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// javaStore is what Java 17 said about a file of testdata/java17.
type javaStore struct {
	OK        bool
	Type      string
	StorePass string
	Error     string
	Entries   []javaEntry

	// Finds: by store type and alias asked for, the SHA-256 of the first
	// certificate, "" without one, nil for no entry.
	Finds      map[string]map[string]*string
	NoPassword struct {
		OK      bool
		Entries []javaEntry
	}
	Declared map[string]struct {
		OK      bool
		Aliases []string
	}
}

type javaEntry struct {
	Alias   string
	Kind    string
	Created *int64
	KeyPass string
	Chain   []javaCertificate
}

type javaCertificate struct {
	SHA256              string
	Subject, Issuer     string
	NotBefore, NotAfter time.Time
	KeyAlg, SigAlg      string
	SANs                [][2]any
}

// A javaFixture is a keystore and what Java says of it.
type javaFixture = struct {
	data []byte
	want javaStore
}

// javaStores gives the first corpus: file name, bytes and Java's answer.
func javaStores(t testing.TB) map[string]javaFixture { return storesOf(t, "testdata/java17") }

func storesOf(t testing.TB, folder string) map[string]javaFixture {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]javaFixture{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(name, ".json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := out[filepath.Base(file)]
		s.data = data
		if err := json.Unmarshal(text, &s.want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[filepath.Base(file)] = s
	}
	return out
}

var javaKinds = map[string]Kind{"key": PrivateKey, "trusted": TrustedCert, "secret": SecretKey}

func TestAgreesWithJava(t *testing.T) {
	stores := javaStores(t)
	if len(stores) != 70 {
		t.Errorf("%d stores, want 70", len(stores))
	}
	accepted, entries := 0, 0
	for name, s := range stores {
		t.Run(name, func(t *testing.T) {
			password := s.want.StorePass
			if password == "" {
				password = "changeit"
			}
			got, err := Read(s.data, password)
			if !s.want.OK {
				if err == nil {
					t.Fatalf("read; Java refuses it: %s", s.want.Error)
				}
				// Java tells a failed digest or MAC by this cause.
				wrong := strings.Contains(s.want.Error, "UnrecoverableKeyException")
				if errors.Is(err, ErrPassword) != wrong || errors.Is(err, ErrFormat) == wrong {
					t.Errorf("error %v; Java says %s", err, s.want.Error)
				}
				return
			}
			accepted++
			if err != nil {
				t.Fatalf("%v; Java reads it", err)
			}
			entries += len(got.Entries)
			if want := strings.TrimPrefix(s.want.Type, "CaseExact"); got.Format.String() != want {
				t.Errorf("format %v, want %v", got.Format, want)
			}
			if want := !strings.HasPrefix(name, "p12-passwordless"); got.Verified != want {
				t.Errorf("Verified = %v, want %v", got.Verified, want)
			}
			sameEntries(t, got.Entries, s.want.Entries)
		})
	}
	if accepted != 38 || entries != 84 {
		t.Errorf("%d stores with %d entries accepted, want 38 with 84", accepted, entries)
	}
}

// sameEntries compares entries with Java's, which stand in the order of their
// aliases.
func sameEntries(t *testing.T, got []Entry, want []javaEntry) {
	t.Helper()
	got = slices.SortedFunc(slices.Values(got), func(a, b Entry) int { return strings.Compare(a.Alias, b.Alias) })
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Alias != w.Alias || g.Kind != javaKinds[w.Kind] {
			t.Errorf("entry %d is %q %v, want %q %s", i, g.Alias, g.Kind, w.Alias, w.Kind)
			continue
		}
		switch {
		case w.Created == nil && !g.Created.IsZero():
			t.Errorf("%s: created %v, Java keeps no date", w.Alias, g.Created)
		case w.Created != nil && g.Created.UnixMilli() != *w.Created:
			t.Errorf("%s: created %v, want %v", w.Alias, g.Created, time.UnixMilli(*w.Created))
		}
		if len(g.Chain) != len(w.Chain) {
			t.Errorf("%s: chain of %d, want %d", w.Alias, len(g.Chain), len(w.Chain))
			continue
		}
		for j, c := range w.Chain {
			sameCertificate(t, w.Alias, g.Chain[j], c)
		}
	}
}

func sameCertificate(t *testing.T, alias string, got Certificate, want javaCertificate) {
	t.Helper()
	sum := sha256.Sum256(got.Raw)
	if hex.EncodeToString(sum[:]) != want.SHA256 {
		t.Errorf("%s: certificate %x, want %s", alias, sum, want.SHA256)
		return
	}
	if keytool := strings.ReplaceAll(Fingerprint(got.Raw), ":", ""); !strings.EqualFold(keytool, want.SHA256) {
		t.Errorf("%s: fingerprint %s, want %s", alias, keytool, want.SHA256)
	}
	if got.Err != nil {
		if want.Subject != "CN=k1.example.com" { // over a curve that Go does not know
			t.Errorf("%s: certificate not parsed: %v", alias, got.Err)
		}
		return
	}
	c := got.X509
	if !c.NotBefore.Equal(want.NotBefore) || !c.NotAfter.Equal(want.NotAfter) {
		t.Errorf("%s: valid %v to %v, want %v to %v", alias, c.NotBefore, c.NotAfter, want.NotBefore, want.NotAfter)
	}
	if s := c.Subject.String(); s != want.Subject {
		t.Errorf("%s: subject %s, want %s", alias, s, want.Subject)
	}
	if s := c.Issuer.String(); s != want.Issuer {
		t.Errorf("%s: issuer %s, want %s", alias, s, want.Issuer)
	}
	type names struct{ DNS, IP, Mail, URI []string }
	var g, w names
	g.DNS, g.Mail = c.DNSNames, c.EmailAddresses
	for _, ip := range c.IPAddresses {
		g.IP = append(g.IP, ip.String())
	}
	for _, u := range c.URIs {
		g.URI = append(g.URI, u.String())
	}
	for _, san := range want.SANs {
		v := san[1].(string)
		switch san[0].(float64) {
		case 1:
			w.Mail = append(w.Mail, v)
		case 2:
			w.DNS = append(w.DNS, v)
		case 6:
			w.URI = append(w.URI, v)
		case 7:
			w.IP = append(w.IP, net.ParseIP(v).String())
		default:
			t.Errorf("%s: unknown kind of name %v", alias, san)
		}
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("%s: alternative names (-Java +ours):\n%s", alias, d)
	}
}
