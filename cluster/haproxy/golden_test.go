package haproxy_test

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
	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

var update = flag.Bool("update", false, "write the wanted texts anew")

// members are the servers that the configurations in testdata are about.
func members() []haproxy.Member {
	member := func(name string, hosts ...string) haproxy.Member {
		return haproxy.Member{Name: name, Hosts: hosts, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919}
	}
	return []haproxy.Member{
		member("node1", "node1.example.com", "10.0.0.11", "2001:db8:0::11"),
		member("node2", "Node2.example.com", "10.0.0.12"),
	}
}

func options(conditions bool) haproxy.Options {
	return haproxy.Options{Host: "ucd.example.com", Members: members(), Conditions: conditions}
}

// told renders what a configuration says, a question mark for what is not
// clear.
func told(c *haproxy.Config, conditions bool) string {
	lb, open := c.Facts(options(conditions))
	var b strings.Builder
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
	ports := strings.Trim(strings.ReplaceAll(fmt.Sprint(lb.Ports), " ", ", "), "[]")
	tls := "?"
	if lb.TLSEnds != 0 {
		tls = "at the " + lb.TLSEnds.String()
	}
	fmt.Fprintf(&b, "sessions: %s\n", flag(lb.Affinity, "kept", "not kept"))
	fmt.Fprintf(&b, "members' ports: %s; JMS %s, agents' %s\n", list(ports, lb.Ports != nil), flag(lb.JMS, "among them", "not"), flag(lb.WebSocket, "among them", "not"))
	fmt.Fprintf(&b, "TLS ends: %s\n", tls)
	fmt.Fprintf(&b, "users open: %s\n", list(strings.Join(lb.URLs, " "), lb.URLs != nil))
	for _, u := range open {
		fmt.Fprintln(&b, u)
	}
	return b.String()
}

// fixture is a configuration in one of the files in testdata. Its text is what a
// person expects of it.
type fixture struct {
	file, name, config, want string
}

func fixtures(t testing.TB) (list []fixture) {
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
			list = append(list, fixture{file, name, string(sections[i].Data), string(sections[i+1].Data)})
		}
	}
	if len(list) < 230 {
		t.Fatalf("%d configurations", len(list))
	}
	return list
}

// TestConfigurations compares what each configuration in testdata says with the
// text that follows it; -update writes the texts.
func TestConfigurations(t *testing.T) {
	written := map[string]*txtar.Archive{}
	for _, f := range fixtures(t) {
		t.Run(f.name, func(t *testing.T) {
			c, err := haproxy.Parse("haproxy.cfg", []byte(f.config))
			if err != nil {
				t.Fatal(err)
			}
			got := told(c, false)
			if met := told(c, true); met != got {
				got += "with every condition taken as met:\n" + met
			}
			if *update {
				a := written[f.file]
				if a == nil {
					a = &txtar.Archive{}
					written[f.file] = a
				}
				a.Files = append(a.Files, txtar.File{Name: f.name + ".cfg", Data: []byte(f.config)}, txtar.File{Name: f.name + ".want", Data: []byte(got)})
				return
			}
			if d := cmp.Diff(f.want, got); d != "" {
				t.Errorf("%s\n%s", f.file, d)
			}
			for _, conditions := range []bool{false, true} {
				lb, open := c.Facts(options(conditions))
				declaredOrSaid(t, lb, open)
			}
		})
	}
	for file, a := range written {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// declaredOrSaid holds that each fact is either declared or said to be unclear.
func declaredOrSaid(t *testing.T, lb cluster.LoadBalancer, open []haproxy.Unclear) {
	t.Helper()
	for fact, declared := range map[string]bool{"ports": lb.Ports != nil, "affinity": lb.Affinity != nil, "tlsEnds": lb.TLSEnds != 0, "jms": lb.JMS != nil, "webSocket": lb.WebSocket != nil, "urls": lb.URLs != nil} {
		said := slices.ContainsFunc(open, func(u haproxy.Unclear) bool { return slices.Contains(u.Facts, fact) })
		if declared == said {
			t.Errorf("%s: declared %v, called unclear %v", fact, declared, said)
		}
	}
}
