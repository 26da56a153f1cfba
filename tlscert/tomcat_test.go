package tlscert

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestServesAsTomcat asks ServerEntryAs what was asked of Tomcat 9 and 10 over
// the stores of testdata/tomcat. Passwords of keys are none of this package's
// business; where there are several keys and no alias in JKS or JCEKS, Tomcat
// takes one and this package says that the choice is not stable.
func TestServesAsTomcat(t *testing.T) {
	f, err := os.Open("testdata/tomcat/tomcat.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	served, refused, keyPassword, unstable := 0, 0, 0, 0
	for _, r := range rows[1:] {
		file, typ, alias, password, want, problem := r[0], r[1], r[2], r[3], r[5], r[7]
		if want != r[8] || problem != r[10] {
			t.Errorf("%s: Tomcat 9 and 10 differ", file)
		}
		data, err := os.ReadFile("testdata/tomcat/" + file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(data, password)
		var e Entry
		if err == nil {
			e, err = s.ServerEntryAs(alias, typ)
		}
		var a *AliasError
		switch {
		case strings.Contains(problem, "UnrecoverableKeyException"):
			keyPassword++
		case errors.As(err, &a) && a.Reason == SeveralKeys && alias == "" && s.Format != PKCS12:
			unstable++
		case want == "":
			refused++
			if err == nil {
				t.Errorf("%s as %s, alias %q: entry %q; Tomcat: %s", file, typ, alias, e.Alias, problem)
			}
		default:
			served++
			if err != nil || !strings.EqualFold(strings.ReplaceAll(Fingerprint(e.Chain[0].Raw), ":", ""), want) {
				t.Errorf("%s as %s, alias %q: entry %q, error %v; Tomcat serves %s", file, typ, alias, e.Alias, err, want)
			}
		}
	}
	if len(rows)-1 != 139 || served != 74 || refused != 51 || keyPassword != 11 || unstable != 3 {
		t.Errorf("%d questions: %d served, %d refused, %d about key passwords, %d not stable", len(rows)-1, served, refused, keyPassword, unstable)
	}
}

// TestServerEntryAs asks what the table of Tomcat's answers leaves out.
func TestServerEntryAs(t *testing.T) {
	chained := javaFixtureStore(t, "chain-duplicated.jks")
	c := slices.CompactFunc(slices.Clone(chained.Entries[0].Chain), Certificate.Same)
	unordered := *chained
	unordered.Entries = []Entry{chained.Entries[0]}
	unordered.Entries[0].Chain = []Certificate{c[0], c[2], c[1]}
	whole := *chained
	whole.Entries = []Entry{chained.Entries[0]}
	whole.Entries[0].Chain = c[:3:3]
	inFile := storeOf(entryOf("b", PrivateKey), entryOf("a", PrivateKey))
	inFile.Format = PKCS12
	secretFirst := storeOf(entryOf("ca", TrustedCert), entryOf("aes", SecretKey), entryOf("server", PrivateKey))
	secretFirst.Format = PKCS12
	empty := storeOf(entryOf("", PrivateKey))
	for _, c := range []struct {
		name       string
		store      *Store
		alias, typ string
		found      string
		reason     AliasReason
	}{
		{"a chain with a certificate twice, in JKS", chained, "server", "JKS", "server", ""},
		{"the same as PKCS12", chained, "server", "pkcs12", "", BadChain},
		{"a chain out of order as PKCS12", &unordered, "server", "PKCS12", "", BadChain},
		{"a chain in order as PKCS12", &whole, "server", "PKCS12", "server", ""},
		{"no alias, PKCS12: the first of the file", inFile, "", "PKCS12", "b", ""},
		{"no alias, PKCS12 as JKS", inFile, "", "JKS", "b", ""},
		{"no alias, PKCS12, no type known", inFile, "", "", "b", ""},
		{"no alias, PKCS12 with a secret key first", secretFirst, "", "PKCS12", "", AliasNotKey},
		{"PKCS12 as JCEKS", inFile, "a", "JCEKS", "", OtherType},
		{"PKCS12 as CaseExactJKS", inFile, "a", "CaseExactJKS", "", OtherType},
		{"JKS as JCEKS", chained, "SERVER", "JCEKS", "server", ""},
		{"a type of another provider", inFile, "a", "BCFKS", "", UnknownType},
		{"the only key has the empty alias", empty, "", "JKS", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := c.store.ServerEntryAs(c.alias, c.typ)
			var a *AliasError
			if errors.As(err, &a); (a != nil) != (c.reason != "") || a != nil && a.Reason != c.reason || e.Alias != c.found {
				t.Errorf("%q, %v; want %q, %v", e.Alias, err, c.found, c.reason)
			}
			if err == nil && len(e.Chain) == 0 {
				t.Error("no chain")
			}
		})
	}
}

// javaFixtureStore reads a store of testdata/keystores2.
func javaFixtureStore(t testing.TB, name string) *Store {
	t.Helper()
	f, ok := storesOf(t, "testdata/keystores2")[name]
	if !ok {
		t.Fatalf("no %s", name)
	}
	s, err := Read(f.data, f.want.StorePass)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
