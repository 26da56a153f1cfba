// Package balancertest is what the tests of the readers of load balancers share:
// configurations in txtar files with what a person expects of them, and a stage
// on loopback where a balancer can be asked.
package balancertest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/deploycluster/deploycluster/cluster"
)

var update = flag.Bool("update", false, "write the wanted texts anew")

// Fixture is a configuration in one of the files in testdata. Want is what a
// person expects of it.
type Fixture struct {
	File, Name, Config, Want string
}

// Fixtures reads testdata/*.txtar, in which NAME.want follows NAME.cfg.
func Fixtures(t testing.TB, least int) (list []Fixture) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sections := txtar.Parse(data).Files
		for i := 0; i+1 < len(sections); i += 2 {
			name := strings.TrimSuffix(sections[i].Name, ".cfg")
			if sections[i+1].Name != name+".want" {
				t.Fatalf("%s: %s is not followed by %s.want", file, sections[i].Name, name)
			}
			list = append(list, Fixture{file, name, string(sections[i].Data), string(sections[i+1].Data)})
		}
	}
	if len(list) < least {
		t.Fatalf("%d configurations", len(list))
	}
	return list
}

// Compare holds what each configuration says against what a person expects;
// with -update it writes the texts instead.
func Compare(t *testing.T, list []Fixture, say func(t *testing.T, f Fixture) string) {
	written := map[string]*txtar.Archive{}
	for _, f := range list {
		t.Run(f.Name, func(t *testing.T) {
			got := say(t, f)
			if !*update {
				if d := cmp.Diff(f.Want, got); d != "" {
					t.Errorf("%s\n%s", f.File, d)
				}
				return
			}
			a := written[f.File]
			if a == nil {
				a = &txtar.Archive{}
				written[f.File] = a
			}
			a.Files = append(a.Files, txtar.File{Name: f.Name + ".cfg", Data: []byte(f.Config)}, txtar.File{Name: f.Name + ".want", Data: []byte(got)})
		})
	}
	for file, a := range written {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Told renders declared facts, a question mark for what is not clear. open are
// the facts that are called unclear: each fact has to be one or the other.
func Told(t testing.TB, lb cluster.LoadBalancer, open []string) string {
	t.Helper()
	flag := func(set *bool, yes, no string) string {
		switch {
		case set == nil:
			return "?"
		case *set:
			return yes
		}
		return no
	}
	list := func(text string, declared bool) string {
		if !declared {
			return "?"
		}
		return text
	}
	for fact, declared := range map[string]bool{"ports": lb.Ports != nil, "affinity": lb.Affinity != nil, "tlsEnds": lb.TLSEnds != "", "jms": lb.JMS != nil, "webSocket": lb.WebSocket != nil, "urls": lb.URLs != nil} {
		if said := slices.Contains(open, fact); declared == said {
			t.Errorf("%s: declared %v, called unclear %v", fact, declared, said)
		}
	}
	tls := "?"
	if lb.TLSEnds != "" {
		tls = "at the " + lb.TLSEnds.String()
	}
	var b strings.Builder
	ports := strings.Trim(strings.ReplaceAll(fmt.Sprint(lb.Ports), " ", ", "), "[]")
	fmt.Fprintf(&b, "sessions: %s\n", flag(lb.Affinity, "kept", "not kept"))
	fmt.Fprintf(&b, "members' ports: %s; JMS %s, agents' %s\n", list(ports, lb.Ports != nil), flag(lb.JMS, "among them", "not"), flag(lb.WebSocket, "among them", "not"))
	fmt.Fprintf(&b, "TLS ends: %s\n", tls)
	fmt.Fprintf(&b, "users open: %s\n", list(strings.Join(lb.URLs, " "), lb.URLs != nil))
	return b.String()
}
