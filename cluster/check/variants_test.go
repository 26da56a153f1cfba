package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/long"
)

// TestVariants runs every rule alone, and all but every one, on every cluster of
// the tests. A rule alone has the findings of the full run and those that premises
// explain away there; leaving a rule out changes only what rests on premises that
// it denies. Without -long it is a sample of clusters and rules.
func TestVariants(t *testing.T) {
	at, rules := 0, check.Rules()
	for _, g := range verdictGroups() {
		for _, site := range g.sites {
			at++
			turn, chosen := at, rules
			if !long.Tests() {
				if at%7 != 0 {
					continue
				}
				i := at * 5 % len(rules)
				chosen = slices.Concat(rules[i:], rules[:i])[:3]
				chosen = append(chosen, rulesFound(t, site)...)
			}
			t.Run(g.name+"/"+site.name, func(t *testing.T) {
				t.Parallel()
				v := newVariants(t, site.build(t).load())
				v.compare("all rules", v.full, nil)
				for i, r := range chosen {
					v.alone(r)
					if len(v.told[r.ID]) > 0 || (i+turn)%8 == 0 { // a rule that says nothing leaves nothing behind
						v.without(r)
					}
				}
			})
		}
	}
}

// rulesFound are the rules whose findings other rules may rest on, where one of
// them has any.
func rulesFound(t *testing.T, site verdictSite) (out []check.Rule) {
	t.Helper()
	told, err := check.TellAll(site.build(t).load())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range check.Rules() {
		if len(r.Denies) > 0 && len(told[r.ID]) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// variants are the runs on one cluster.
type variants struct {
	t    *testing.T
	c    *cluster.Cluster
	told map[string][]check.Told
	full *check.Report
}

func newVariants(t *testing.T, c *cluster.Cluster) *variants {
	t.Helper()
	told, err := check.TellAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return &variants{t, c, told, judge(t, c, check.Options{})}
}

// want are the findings when these rules run: what they say by themselves but for
// what rests on a premise that another of them denies.
func (v *variants) want(runs func(id string) bool) (out []string) {
	deniers := map[check.Premise][]string{}
	for id, list := range v.told {
		for _, f := range list {
			for _, p := range f.Denies {
				if runs(id) && !slices.Contains(deniers[p], id) {
					deniers[p] = append(deniers[p], id)
				}
			}
		}
	}
	for id, list := range v.told {
		if !runs(id) {
			continue
		}
		var left []check.Finding
		for _, f := range list {
			gone := slices.ContainsFunc(f.On, func(p check.Premise) bool {
				return slices.ContainsFunc(deniers[p], func(by string) bool { return by != id })
			})
			if !gone {
				left = append(left, f.Finding)
			}
		}
		out = append(out, variantLines(check.MergeShared(v.c, left))...)
	}
	slices.Sort(out)
	return out
}

func variantLines(list []check.Finding) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %d: %s", f.Rule, f.Severity, f.Node, f.Path, f.Subject, len(f.Related), f.Message))
	}
	slices.Sort(out)
	return out
}

func (v *variants) compare(what string, r *check.Report, runs func(id string) bool) {
	v.t.Helper()
	if runs == nil {
		runs = func(string) bool { return true }
	}
	if diff := cmp.Diff(v.want(runs), variantLines(r.Findings), cmp.Transformer("lines", func(s []string) string { return strings.Join(s, "\n") })); diff != "" {
		v.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// alone runs one rule.
func (v *variants) alone(rule check.Rule) {
	v.t.Helper()
	r := judge(v.t, v.c, check.Options{Only: []string{rule.ID}})
	v.compare(rule.ID+" alone", r, func(id string) bool { return id == rule.ID })
	for _, f := range variantLines(v.full.Findings) {
		if strings.HasPrefix(f, rule.ID) && !slices.Contains(variantLines(r.Findings), f) {
			v.t.Errorf("%s alone lacks %s", rule.ID, f)
		}
	}
	if len(r.Explained) > 0 {
		v.t.Errorf("%s alone is explained", rule.ID)
	}
	for what, lists := range map[string][2][]string{
		"passed": {v.full.Passed, r.Passed}, "not applicable": {v.full.NotApplicable, r.NotApplicable},
	} {
		if slices.Contains(lists[0], rule.ID) && !slices.Contains(lists[1], rule.ID) {
			v.t.Errorf("%s is %s among all rules and not alone", rule.ID, what)
		}
	}
}

// without leaves one rule out.
func (v *variants) without(rule check.Rule) {
	v.t.Helper()
	r := judge(v.t, v.c, check.Options{Except: []string{rule.ID}})
	v.compare("all but "+rule.ID, r, func(id string) bool { return id != rule.ID })
	before, after := variantLines(v.full.Findings), variantLines(r.Findings)
	for _, f := range before {
		if !strings.HasPrefix(f, rule.ID) && !slices.Contains(after, f) {
			v.t.Errorf("without %s this is gone: %s", rule.ID, f)
		}
	}
	for _, f := range after {
		if slices.Contains(before, f) {
			continue
		}
		if other := ruleByID(f[:6]); !slices.ContainsFunc(rule.Denies, func(k check.PremiseKind) bool { return slices.Contains(other.Assumes, k) }) {
			v.t.Errorf("without %s, of which it assumes nothing, there is %s", rule.ID, f)
		}
	}
}

func ruleByID(id string) check.Rule {
	for _, r := range check.Rules() {
		if r.ID == id {
			return r
		}
	}
	return check.Rule{}
}
