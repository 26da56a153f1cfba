package check_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestVerdicts holds every verdict on every cluster of the tests against the
// stored lists of testdata/verdicts. A change of a rule shows there as a change of
// lines; -update writes them again.
func TestVerdicts(t *testing.T) {
	for _, g := range verdictGroups() {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			path := "testdata/verdicts/" + g.name + ".txt"
			got := make([]string, len(g.sites))
			for i, c := range g.sites {
				got[i] = verdictLines(t, c.name, c.build(t))
			}
			text := strings.Join(got, "\n")
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

type verdictSite struct {
	name  string
	build func(t testing.TB) *site
}

type verdictGroup struct {
	name  string
	sites []verdictSite
}

// verdictGroups are the corpus and the cases of single rules, by topic.
func verdictGroups() []verdictGroup {
	groups := map[string][]verdictSite{}
	add := func(group, name string, build func(t testing.TB) *site) {
		groups[group] = append(groups[group], verdictSite{name, build})
	}
	for _, d := range defects() {
		add("defects", d.rule+"/"+d.name, func(t testing.TB) *site {
			s := d.site(t)
			d.seed(s)
			return s
		})
	}
	for _, c := range soundClusters() {
		add("sound", c.name, c.build)
		add("sound", c.name+", undeclared", func(t testing.TB) *site {
			s := c.build(t)
			s.topo.Facts, s.world.Password, s.world.Now = cluster.Facts{}, nil, time.Time{}
			for i := range s.topo.Nodes {
				n := &s.topo.Nodes[i]
				n.Host, n.Running, n.Autostart = "", nil, nil
			}
			return s
		})
	}
	for _, c := range allCases() {
		add("cases-"+strings.ToLower(c.rule[:3]), c.rule+"/"+c.name, func(t testing.TB) *site { return c.run(t) })
	}
	var out []verdictGroup
	for name, sites := range groups {
		out = append(out, verdictGroup{name, sites})
	}
	slices.SortFunc(out, func(a, b verdictGroup) int { return strings.Compare(a.name, b.name) })
	return out
}

// verdictLines are all verdicts on one cluster.
func verdictLines(t *testing.T, name string, s *site) string {
	t.Helper()
	c := s.load()
	var b strings.Builder
	fmt.Fprintf(&b, "== %s\n", name)
	r := judge(t, c, check.Options{})
	sentences(t, r)
	stages(t, r)
	if again := repeated(t, r); len(again) > 0 {
		t.Errorf("repeated: %q", again)
	}
	whole := reportLines(r)
	var passed, skipped, caused []string
	for _, l := range whole {
		switch {
		case strings.HasPrefix(l, "passed "):
			passed = append(passed, ruleOfLine(l))
		case strings.HasPrefix(l, "skipped "):
			skipped = append(skipped, ruleOfLine(l))
		case strings.HasPrefix(l, "caused "):
			caused = append(caused, ruleOfLine(l))
		default:
			b.WriteString(l + "\n")
		}
	}
	fmt.Fprintf(&b, "passed  %s\nskipped %s\n", strings.Join(passed, " "), strings.Join(skipped, " "))
	if len(caused) > 0 {
		fmt.Fprintf(&b, "caused  %s\n", strings.Join(caused, " "))
	}
	return b.String()
}

func judge(t *testing.T, c *cluster.Cluster, o check.Options) *check.Report {
	t.Helper()
	r, err := check.Run(context.Background(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reportLines are a report in short, one line a finding, an Unknown of a rule,
// or a rule without either.
func reportLines(r *check.Report) []string {
	var out []string
	add := func(what, rule, rest string) {
		out = append(out, strings.TrimRight(fmt.Sprintf("%-7s %s %s", what, rule, rest), " "))
	}
	for _, f := range r.Findings {
		add(f.Severity.String(), f.Rule, f.Node)
	}
	open := slices.Clone(r.Unknown)
	for _, u := range r.Unread {
		open = append(open, check.Unknown{Rules: u.Rules, Node: u.Node, Path: u.Path})
	}
	for _, u := range open {
		rules := u.Rules
		if len(rules) == 0 {
			rules = []string{u.Rule}
		}
		for _, id := range rules {
			add("unknown", id, strings.TrimSpace(u.Node+" "+u.Path))
		}
	}
	for _, id := range r.Passed {
		add("passed", id, "")
	}
	for _, id := range r.NotApplicable {
		add("skipped", id, "")
	}
	for _, id := range r.Explained {
		add("caused", id, "")
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(ruleOfLine(a)+a, ruleOfLine(b)+b) })
	return out
}

func ruleOfLine(l string) string { return strings.TrimSpace(l[8:min(len(l), 14)]) }
