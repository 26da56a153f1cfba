package tlscert

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func storeOf(entries ...Entry) *Store { return &Store{Format: JKS, Entries: entries} }

func entryOf(alias string, kind Kind) Entry {
	e := Entry{Alias: alias, Kind: kind}
	if kind != SecretKey {
		e.Chain = []Certificate{{Raw: []byte{1}}}
	}
	return e
}

func TestFind(t *testing.T) {
	plain := storeOf(entryOf("server", PrivateKey), entryOf("agent-17", TrustedCert), entryOf("i\u0307stanbul", TrustedCert))
	exact := storeOf(entryOf("Server", PrivateKey), entryOf("SERVER", TrustedCert), entryOf("web", PrivateKey))
	for _, c := range []struct {
		store *Store
		ask   string
		found string // "" for none
		near  []string
		only  bool
	}{
		{plain, "server", "server", nil, false},
		{plain, "SERVER", "server", nil, false},
		{plain, "İSTANBUL", "i\u0307stanbul", nil, false},
		{plain, "sevrer", "", []string{"server"}, false},
		{plain, "server ", "", []string{"server"}, false},
		{plain, "serv", "", []string{"server"}, false},
		{plain, "tomcat", "", nil, false},
		{plain, "agent-71", "", []string{"agent-17"}, false},
		{plain, "", "", nil, false},
		{exact, "Server", "Server", nil, false},
		{exact, "SERVER", "SERVER", nil, false},
		{exact, "server", "", []string{"Server", "SERVER"}, true}, // Java finds neither
		{exact, "WEB", "web", nil, false},
	} {
		e, err := c.store.Find(c.ask)
		if e.Alias != c.found || (err == nil) != (c.found != "") {
			t.Errorf("Find(%q) = %q, %v; want %q", c.ask, e.Alias, err, c.found)
		}
		if err == nil {
			continue
		}
		var a *AliasError
		if !errors.As(err, &a) {
			t.Fatalf("Find(%q): error of type %T", c.ask, err)
		}
		if d := cmp.Diff(c.near, a.Near); d != "" || a.CaseOnly != c.only || a.Reason != AliasMissing || a.Alias != c.ask {
			t.Errorf("Find(%q): %#v; near (-want +got):\n%s", c.ask, a, d)
		}
	}
	if plain.CaseExact() || !exact.CaseExact() {
		t.Error("CaseExact is wrong")
	}
}

// TestFindInCaseExactStore: Java's JKS looks up the folded alias, so in a
// case-exact store each alias is found by itself alone.
func TestFindInCaseExactStore(t *testing.T) {
	data := javaStores(t)["mixedcase.caseexactjks"].data
	s, err := Read(data, "changeit")
	if err != nil {
		t.Fatal(err)
	}
	for _, alias := range []string{"MYSERVER-KEY", "MyServer-Key", "RootCA_Main", "Äé中"} {
		if e, err := s.Find(alias); err != nil || e.Alias != alias {
			t.Errorf("Find(%q) = %q, %v", alias, e.Alias, err)
		}
	}
	var a *AliasError
	if _, err := s.Find("myserver-key"); !errors.As(err, &a) || !a.CaseOnly || len(a.Near) < 2 {
		t.Errorf("Find of the folded alias: %v", err)
	}
}

func TestServerEntry(t *testing.T) {
	noCert := entryOf("bare", PrivateKey)
	noCert.Chain = nil
	sealed := storeOf(noCert)
	sealed.Sealed = 1
	one := storeOf(entryOf("ca", TrustedCert), entryOf("server", PrivateKey))
	two := storeOf(entryOf("b", PrivateKey), entryOf("a", PrivateKey), entryOf("ca", TrustedCert))
	mixed := storeOf(entryOf("server", PrivateKey), entryOf("aes128key", SecretKey))
	for _, c := range []struct {
		name   string
		store  *Store
		ask    string
		found  string
		reason AliasReason
		have   []string
	}{
		{"given", one, "Server", "server", "", nil},
		{"given and missing", one, "tomcat", "", AliasMissing, []string{"server"}},
		{"given, a trusted certificate", one, "ca", "", AliasNotKey, []string{"server"}},
		{"given, a secret key", mixed, "aes128key", "", AliasNotKey, []string{"server"}},
		{"given, no certificate", storeOf(noCert), "bare", "", AliasNoCertificate, []string{"bare"}},
		{"given, certificate sealed", sealed, "bare", "bare", "", nil},
		{"none, one key", one, "", "server", "", nil},
		{"none, two keys", two, "", "", SeveralKeys, []string{"b", "a"}},
		{"none, a key and a secret key", mixed, "", "", SeveralKeys, []string{"server", "aes128key"}},
		{"none, no key", storeOf(entryOf("ca", TrustedCert)), "", "", NoKey, []string{"ca"}},
		{"none, empty", storeOf(), "", "", NoKey, nil},
		{"none, one key without certificate", storeOf(noCert), "", "", AliasNoCertificate, []string{"bare"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := c.store.ServerEntry(c.ask)
			if e.Alias != c.found {
				t.Errorf("%q, want %q", e.Alias, c.found)
			}
			var a *AliasError
			if errors.As(err, &a) {
				if a.Reason != c.reason || !slices.Equal(a.Have, c.have) {
					t.Errorf("%v with %q, want %v with %q", a.Reason, a.Have, c.reason, c.have)
				}
				return
			}
			if err != nil || c.reason != "" {
				t.Errorf("error %v, want %v", err, c.reason)
			}
		})
	}
}

func TestAliasErrorText(t *testing.T) {
	many := storeOf()
	for i := range 12 {
		many.Entries = append(many.Entries, entryOf(strings.Repeat("k", i+1), PrivateKey))
	}
	for _, c := range []struct {
		store *Store
		ask   string
		want  string
	}{
		{storeOf(entryOf("Web", PrivateKey)), "web", `alias "web" is not in the keystore; "Web" differs only in case (it has "Web")`},
		{storeOf(entryOf("server", PrivateKey)), "sever", `alias "sever" is not in the keystore; did you mean "server"? (it has "server")`},
		{storeOf(entryOf("ca", TrustedCert)), "ca", `alias "ca" is a TrustedCert entry, not a private key (it has "ca")`},
		{storeOf(), "x", `alias "x" is not in the keystore`},
		{many, "", `no alias is given and the keystore has several keys: which one is served is not stable (it has "k", "kk", "kkk", "kkkk", "kkkkk", "kkkkkk", "kkkkkkk", "kkkkkkkk", "kkkkkkkkk", "kkkkkkkkkk" and 2 more)`},
	} {
		_, err := c.store.ServerEntry(c.ask)
		if err == nil || err.Error() != c.want {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
	s := storeOf()
	s.Sealed = 2
	if _, err := s.Find("x"); !strings.Contains(err.Error(), "could not be read without its password") {
		t.Error(err)
	}
}

// TestFoldAlias: the answers are those of Java's toLowerCase(Locale.ENGLISH).
func TestFoldAlias(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "server": "server", "SerVer-1": "server-1", "Äé中": "äé中",
		"İI": "i\u0307i", "ΑΣ": "ας", "ΑΣΑ": "ασα", "Σ": "σ", "ΑΣ.": "ας.", "Α'Σ": "α'ς", "ΑΣ Σ": "ας σ",
	} {
		if got := FoldAlias(in); got != want {
			t.Errorf("FoldAlias(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"server", "sevrer", 1}, {"server", "severr", 2},
		{"abc", "axc", 1}, {"abc", "abcd", 1}, {"kitten", "sitting", 3}, {"a", "abcd", 3},
	} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance([]rune(c.b), []rune(c.a)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
