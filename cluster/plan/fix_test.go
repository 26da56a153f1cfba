package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// defects are one for each rule whose findings carry their fix as edits.
func defects() map[string]func(s *clustertest.Site) {
	later := func(key, value string) func(s *clustertest.Site) {
		return func(s *clustertest.Site) { s.Set("node2", key, value) }
	}
	return map[string]func(s *clustertest.Site){
		"PRP005": func(s *clustertest.Site) { s.Unset("node2", cluster.KeyMultiserver) },
		"NET001": later(cluster.KeyAgentURI, "wss://localhost:7919"),
		"NET002": later(cluster.KeyAgentURI, "wss://node1.example.com:7919"),
		"LBR004": later(cluster.KeyWebHost, "node2.example.com"),
		"PRP013": later(cluster.KeyServerStore, "../conf/server.keystore"),
		"PRP018": func(s *clustertest.Site) {
			s.Edit("node2", s.Installed("node2"), "cloud.logLevel=FATAL", "cloud.logLevel=FATAL ")
		},
		"PRP008": func(s *clustertest.Site) {
			s.Edit("node2", s.Installed("node2"), "agentcomm.uri=", "agent.comm.uri=")
			s.Set("node3", "cloud.loglevel", "FATAL") // beside the key itself
		},
		"APP009": func(s *clustertest.Site) {
			const conf = clustertest.Install + "/bin/classpath.conf"
			s.Edit("node2", conf, "dir "+clustertest.Share+"/appdata/conf\n", "dir "+clustertest.Install+"/appdata/conf\n")
			s.Edit("node3", conf, clustertest.Share+"/appdata/patches", "/var/old/patches")
			s.Edit("node3", conf, "dir "+clustertest.Share+"/appdata/conf/server\n", "")
		},
		"KEY012": func(s *clustertest.Site) {
			s.Edit("node2", clustertest.Install+"/opt/tomcat/conf/server.xml", `keystoreFile=`, `keyAlias="old" keystoreFile=`)
		},
		"PRP017": func(s *clustertest.Site) {
			s.SetIn("node2", s.Secured("node2"), "hibernate.connection.password", "pbe{MARKER}")
			s.Set("node2", "hibernate.connection.password", "")
		},
		"PRP019": later("experimental.comm2017.server.agentcomm.port", "7919"),
		"KEY001": later(cluster.KeyTomcatAlias, "servre"),
		"KEY003": later(cluster.KeyTomcatAlias, "Server"),
		"OPS008": func(s *clustertest.Site) { s.Topology.Nodes[2].Role = cluster.RoleFrontEnd },
	}
}

// told is what a finding is about, for comparing two reports.
func told(f check.Finding) string {
	return strings.Join([]string{f.Rule, f.Node, f.Path, f.Subject}, " ")
}

func TestFixEveryRuleThatCarriesEdits(t *testing.T) {
	for _, rule := range check.Rules() {
		seed := defects()[rule.ID]
		if (seed == nil) != (rule.Edits == "") {
			t.Errorf("%s: Rule.Edits is %q, and there is a case: %v", rule.ID, rule.Edits, seed != nil)
		}
		if seed == nil {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			ctx := context.Background()
			s := site(t, 3, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"})
			seed(s)
			must(t, s.Err())
			before, err := s.Check(check.Options{})
			must(t, err)
			var mine []check.Finding
			for _, f := range before.Findings {
				if f.Rule == rule.ID && len(f.Edits) > 0 {
					mine = append(mine, f)
				}
			}
			if len(mine) == 0 {
				t.Fatalf("the defect draws no finding with edits: %v", before.Findings)
			}
			p, err := plan.Fix(ctx, loaded(t, s), mine)
			must(t, err)
			accepted(t, p)
			pre, err := p.Preview(ctx, s.World, check.Options{})
			must(t, err)
			if len(pre.Delta.New) > 0 || len(pre.Delta.Fixed) < len(mine) || slices.ContainsFunc(pre.Delta.Kept, func(f check.Finding) bool {
				return slices.ContainsFunc(mine, func(m check.Finding) bool { return m.Fingerprint == f.Fingerprint })
			}) {
				t.Errorf("the preview has %d new, %d fixed, %d kept findings", len(pre.Delta.New), len(pre.Delta.Fixed), len(pre.Delta.Kept))
			}
			sim, err := p.Simulate(ctx, s.World)
			must(t, err)
			_, err = p.Apply(ctx, s.World, plan.ApplyOptions{})
			must(t, err)
			if d := cmp.Diff(walk(t, sim.FS["disk"], "/"), walk(t, s.FS, "/")); d != "" {
				t.Errorf("-simulated +real:\n%s", d)
			}
			after, err := s.Check(check.Options{})
			must(t, err)
			if d := cmp.Diff(pre.After, after); d != "" {
				t.Errorf("the report is another than previewed (-previewed +real):\n%s", d)
			}
			had := map[string]bool{}
			for _, f := range before.Findings {
				had[told(f)] = true
			}
			for _, f := range after.Findings {
				if slices.ContainsFunc(mine, func(m check.Finding) bool { return told(m) == told(f) }) {
					t.Errorf("still there: %s", f.Message)
				}
				if !had[told(f)] {
					t.Errorf("new: %s %s", told(f), f.Message)
				}
			}
		})
	}
}

func TestFixSaysWhatIsLeftForPeople(t *testing.T) {
	s := site(t, 2, clustertest.Spec{})
	s.Unset("node2", cluster.KeyMultiserver)
	byHand := check.Finding{Rule: "DBS001", Node: "node1", Path: "x", Message: "the server uses Derby", Fix: "migrate", Source: "y"}
	r, err := s.Check(check.Options{Only: []string{"PRP005"}})
	must(t, err)
	p, err := plan.Fix(context.Background(), loaded(t, s), append(r.Findings, byHand))
	must(t, err)
	accepted(t, p)
	if len(p.Warnings) != 1 || p.Warnings[0].Rule != "DBS001" || p.Warnings[0].Fix != "migrate" {
		t.Errorf("warnings: %v", p.Warnings)
	}
	var b strings.Builder
	must(t, p.WriteText(&b))
	if !strings.Contains(b.String(), "PRP005: ") || !strings.Contains(b.String(), "+ "+cluster.KeyMultiserver+"=true") {
		t.Error(b.String())
	}
}

// Nobody knows what an unknown key holds, so neither the stored plan nor its
// listing says it, and the fact that it was set is all that is compared.
func TestFixKeepsNoValueOfAnUnknownKey(t *testing.T) {
	const value = "hunter2-of-someone"
	for _, beside := range []bool{true, false} { // the wrong key is removed, or renamed
		s := site(t, 2, clustertest.Spec{})
		if !beside {
			s.Unset("node2", cluster.KeyAgentURI)
		}
		s.Set("node2", "agent.comm.uri", value)
		r, err := s.Check(check.Options{Only: []string{"PRP008"}})
		must(t, err)
		p, err := plan.Fix(context.Background(), loaded(t, s), r.Findings)
		must(t, err)
		accepted(t, p)
		stored, err := json.Marshal([]any{p, r.Findings})
		must(t, err)
		var b strings.Builder
		must(t, p.WriteText(&b))
		if text := b.String() + fmt.Sprintf("%+v", r.Findings); !strings.Contains(text, "agent.comm.uri") || strings.Contains(string(stored)+text, value) {
			t.Errorf("%s\n%s", text, stored)
		}
		_, err = p.Apply(context.Background(), s.World, plan.ApplyOptions{})
		must(t, err)
		if text := s.Read("node2", s.Installed("node2")); strings.Contains(text, "agent.comm.uri") || strings.Contains(text, "\nagentcomm.uri="+value) == beside {
			t.Errorf("beside the right key: %v\n%s", beside, text)
		}
	}
}

// A finding whose edits cannot be made does not stop the others.
func TestFixLeavesWhatCannotBeEdited(t *testing.T) {
	s := site(t, 3, clustertest.Spec{})
	const folder = clustertest.Share + "/server"
	conf := clustertest.Install + "/conf/server"
	s.Write("node1", folder+"/installed.properties", s.Read("node1", s.Installed("node1")))
	for _, node := range []string{"node1", "node2"} { // one file of two members
		s.Remove(node, conf)
		s.Link(node, folder, conf)
	}
	edit := func(node string) check.Finding {
		return check.Finding{Rule: "PRP005", Node: node, Message: "of " + node, Fix: "set it", Edits: []cluster.Edit{set(node, "cloud.logLevel", "DEBUG")}}
	}
	must(t, s.Err())
	p, err := plan.Fix(context.Background(), loaded(t, s), []check.Finding{edit("node2"), edit("node3")})
	must(t, err)
	accepted(t, p)
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Message, "not by the program: is one file of node2 and node1") || p.Empty() {
		t.Errorf("warnings %v, steps %v", p.Warnings, p.Steps)
	}
}

func TestFixClasspathOfAWindowsServer(t *testing.T) {
	ctx := context.Background()
	s := clustertest.NewSite()
	for range 2 {
		s.Join(`\\nas\ucd`, clustertest.Spec{Version: "7.2.3.4.1148450", Windows: true, CRLF: true})
	}
	s.Declare()
	// Neither a line nor a line end gets lost: patches stand there twice, under two keywords.
	const file = `C:\Program Files\ibm-ucd\server\bin\classpath.conf`
	sound := s.Read("node2", file)
	s.Write("node2", file, strings.ReplaceAll(strings.ReplaceAll(sound, `\\nas\ucd\appdata`, `C:\Program Files\ibm-ucd\server\appdata`), `\\nas\ucd/appdata`, `C:\Program Files\ibm-ucd\server\appdata`))
	must(t, s.Err())
	r, err := s.Check(check.Options{Only: []string{"APP009"}})
	must(t, err)
	if len(r.Findings) != 1 || len(r.Findings[0].Edits) < 3 {
		t.Fatalf("%+v", r.Findings)
	}
	p, err := plan.Fix(ctx, loaded(t, s), r.Findings)
	must(t, err)
	_, err = accepted(t, p).Apply(ctx, s.World, plan.ApplyOptions{})
	must(t, err)
	if r, err = s.Check(check.Options{Only: []string{"APP009"}}); err != nil || len(r.Findings) > 0 {
		t.Errorf("%v %+v", err, r.Findings)
	}
	if got := s.Read("node2", file); strings.Count(got, "\r\n") != strings.Count(sound, "\r\n") || strings.Count(got, "\n") != strings.Count(sound, "\n") {
		t.Errorf("line ends were changed:\n%q\n%q", sound, got)
	}
}
