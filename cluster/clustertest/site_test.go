package clustertest_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// ruleOf returns a rule of the catalogue.
func ruleOf(t *testing.T, id string) check.Rule {
	t.Helper()
	for _, r := range check.Rules() {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no rule %s", id)
	return check.Rule{}
}

// TestNewClusterIsSound: what NewCluster promises, for servers of all ages,
// on both systems.
func TestNewClusterIsSound(t *testing.T) {
	for name, spec := range map[string]clustertest.Spec{
		"default": {},
		"6.2":     {Version: "6.2.1.1.788401", Alias: clustertest.ServerAlias},
		"7.3":     {Version: "7.3.2.8.1400000", Alias: clustertest.ServerAlias},
		"CRLF":    {CRLF: true, Database: clustertest.Database{Type: "oracle"}},
	} {
		for _, n := range []int{1, 2, 3, 5} {
			r, err := clustertest.NewCluster(n, spec).Check(check.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings {
				if f.Severity > check.Info {
					t.Errorf("%s, %d members: %s %s: %s", name, n, f.Rule, f.Node, f.Message)
				}
			}
			for _, u := range r.Unknown {
				if u.Rule != "KEY011" && u.Rule != "KEY016" {
					t.Errorf("%s, %d members: not judged: %v", name, n, u)
				}
			}
			if len(r.Members) != n {
				t.Errorf("%d members, want %d", len(r.Members), n)
			}
		}
	}
}

func TestSiteJoinsWindows(t *testing.T) {
	s := clustertest.NewSite()
	s.Join(`\\nas\ucd`, clustertest.Spec{Windows: true, CRLF: true})
	s.Join(`S:`, clustertest.Spec{Windows: true, Spelling: `D:\ucd\server`})
	s.Declare()
	if err := s.Try(ruleOf(t, "PRP002"), clustertest.Want{Findings: []string{"info node2: the same folder of one storage"}}); err != nil {
		t.Error(err)
	}
	if got, want := s.Real("node2", `d:\UCD\server\bin`), "/node2/ucd/server/bin"; !strings.EqualFold(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}

// TestSiteDefects: every way to change a member shows in what a rule says.
func TestSiteDefects(t *testing.T) {
	installed := clustertest.Install + "/conf/server/installed.properties"
	for _, c := range []struct {
		rule string
		seed func(s *clustertest.Site)
		want clustertest.Want
	}{
		{"PRP005", func(*clustertest.Site) {}, clustertest.Want{}},
		{"PRP005", func(s *clustertest.Site) { s.Unset("node2", cluster.KeyMultiserver) },
			clustertest.Want{Findings: []string{"error node2: is not set"}, Edit: "node2 " + cluster.KeyMultiserver + "=true"}},
		{"PRP005", func(s *clustertest.Site) { s.Remove("node3", installed) }, clustertest.Want{Unknown: "does not exist"}},
		{"OPS006", func(*clustertest.Site) {}, clustertest.Want{Skipped: true}},
		{"PRP010", func(s *clustertest.Site) { s.SetIn("node2", s.Secured("node2"), "hibernate.connection.password", "x") },
			clustertest.Want{Findings: []string{"info node2: hibernate.connection.password"}}},
		{"VER001", func(s *clustertest.Site) {
			s.Edit("node3", clustertest.Install+"/conf/installed.version", clustertest.DefaultVersion, "7.0.5.1.1")
		}, clustertest.Want{Findings: []string{"error node3: 7.0.5.1.1"}}},
		{"APP006", func(s *clustertest.Site) { s.Write("node1", clustertest.Share+"/appdata/incomplete.tmp", "") },
			clustertest.Want{Findings: []string{"error node1: a first installation"}}},
		{"APP010", func(s *clustertest.Site) {
			s.Remove("node1", clustertest.Share+"/appdata/patches")
			s.Link("node1", "/nowhere", clustertest.Share+"/appdata/patches")
		}, clustertest.Want{Findings: []string{"warning node1: leads nowhere"}}},
	} {
		s := clustertest.NewCluster(3, clustertest.Spec{})
		c.seed(s)
		if err := s.Try(ruleOf(t, c.rule), c.want); err != nil {
			t.Error(err)
		}
	}
}

// TestWantTellsDifferences: each kind of difference is one, and is said.
func TestWantTellsDifferences(t *testing.T) {
	unset := func(s *clustertest.Site) { s.Unset("node2", cluster.KeyMultiserver) }
	finding := "error node2: is not set"
	bare := check.Rule{
		ID: "OUR001", Title: "T", Source: "S", Severity: check.Info,
		Member: func(p *check.Pass, m *cluster.Member) {
			p.Report(check.Finding{Message: "m", Related: []check.Related{{Message: "r"}}})
		},
	}
	for name, c := range map[string]struct {
		rule check.Rule
		seed func(*clustertest.Site)
		want clustertest.Want
		says []string
	}{
		"too many":   {ruleOf(t, "PRP005"), unset, clustertest.Want{}, []string{"1 findings, want 0", "passed: false"}},
		"too few":    {ruleOf(t, "PRP005"), nil, clustertest.Want{Findings: []string{finding}}, []string{"0 findings, want 1", "passed: true"}},
		"other text": {ruleOf(t, "PRP005"), unset, clustertest.Want{Findings: []string{"error node2: is blue"}}, []string{"is blue"}},
		"other node": {ruleOf(t, "PRP005"), unset, clustertest.Want{Findings: []string{"error node1: is not set"}}, []string{"want error node1"}},
		"severity":   {ruleOf(t, "PRP005"), unset, clustertest.Want{Findings: []string{"info node2: is not set"}}, []string{"want info node2"}},
		"edit":       {ruleOf(t, "PRP005"), unset, clustertest.Want{Findings: []string{finding}, Edit: "node2 a=b"}, []string{"want node2 a=b"}},
		"no edit": {ruleOf(t, "PRP020"), func(s *clustertest.Site) { s.Write("node2", s.Installed("node2"), `a=\u0`) },
			clustertest.Want{Findings: []string{"error node2: "}, Edit: "node2 a=b"}, []string{"edit none"}},
		"not judged": {ruleOf(t, "KEY011"), nil, clustertest.Want{}, []string{"not judged on some member: true"}},
		"judged":     {ruleOf(t, "PRP005"), nil, clustertest.Want{Unknown: "x"}, []string{"not judged on some member: false", `no unknown says "x"`}},
		"skipped":    {ruleOf(t, "OPS006"), nil, clustertest.Want{}, []string{"not applicable: true"}},
		"bare": {bare, nil, clustertest.Want{Findings: []string{"info node1: m", "info node2: m", "info node3: m"}},
			[]string{"no fix", "no path", "no place in what is related (r)"}},
	} {
		s := clustertest.NewCluster(3, clustertest.Spec{})
		if c.seed != nil {
			c.seed(s)
		}
		err := s.Try(c.rule, c.want)
		var we *clustertest.WantError
		if !errors.As(err, &we) || we.Rule != c.rule.ID {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, text := range c.says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q is not in: %v", name, text, err)
			}
		}
	}
	// Of a report that was stored, titles and sources may be missing as well.
	stored := &check.Report{Findings: []check.Finding{{Rule: "OUR001", Severity: check.Info, Message: "m"}}}
	err := clustertest.Want{Findings: []string{"info cluster: m"}}.Compare("OUR001", stored)
	for _, text := range []string{"no title", "no source"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q is not in: %v", text, err)
		}
	}
}

// TestSiteKeepsItsFirstError: nothing is done after it, and nothing is judged.
func TestSiteKeepsItsFirstError(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*clustertest.Site)
		says string
	}{
		"unknown member": {func(s *clustertest.Site) { s.Set("node9", "a", "b") }, `no member "node9"`},
		"no mount":       {func(s *clustertest.Site) { s.Read("node1", `C:\x`) }, "no mount of node1 holds it"},
		"no text":        {func(s *clustertest.Site) { s.Edit("node1", s.Installed("node1"), "nonsense", "") }, `has no "nonsense"`},
		"no key":         {func(s *clustertest.Site) { s.Unset("node1", "nonsense") }, `has no property "nonsense"`},
		"no file":        {func(s *clustertest.Site) { s.Remove("node1", "/nonsense") }, "no such file"},
		"no properties":  {func(s *clustertest.Site) { s.Write("node1", "/x", `\u`); s.SetIn("node1", "/x", "a", "b") }, "x:1:1"},
		"bad spec":       {func(s *clustertest.Site) { s.Add(clustertest.Spec{Version: "seven"}) }, "Spec.Version"},
		"bad drive":      {func(s *clustertest.Site) { s.Add(clustertest.Spec{Windows: true, Spelling: `\\nas\x`}) }, "Spec.Spelling"},
	} {
		s := clustertest.NewCluster(2, clustertest.Spec{})
		c.do(s)
		first := s.Err()
		if first == nil || !strings.Contains(first.Error(), c.says) {
			t.Errorf("%s: %v", name, first)
			continue
		}
		before := s.FS.(*strictfs.FS).Clone()
		s.Add(clustertest.Spec{})
		s.Set("node1", "a", "b")
		s.Remove("node1", clustertest.Install)
		s.Link("node1", "a", "/b")
		if _, err := s.Check(check.Options{}); err != first || s.Err() != first {
			t.Errorf("%s: %v after %v", name, s.Err(), first)
		}
		a, errA := clustertest.Walk(before, "/")
		b, errB := clustertest.Walk(s.FS, "/")
		if errA != nil || errB != nil || len(a) != len(b) {
			t.Errorf("%s: work went on: %d and %d entries, %v %v", name, len(a), len(b), errA, errB)
		}
	}
	s := clustertest.NewCluster(1, clustertest.Spec{})
	s.Read("node1", "/none")
	if !errors.Is(s.Err(), fs.ErrNotExist) {
		t.Error(s.Err())
	}
	s = clustertest.NewCluster(1, clustertest.Spec{})
	s.Topology.Nodes = nil
	var te *cluster.TopologyError
	if _, err := s.Check(check.Options{}); !errors.As(err, &te) {
		t.Error(err)
	}
	s = clustertest.NewCluster(1, clustertest.Spec{})
	var oe *check.OptionsError
	if err := s.Try(check.Rule{ID: "OUR001"}, clustertest.Want{}); !errors.As(err, &oe) {
		t.Error(err)
	}
}
