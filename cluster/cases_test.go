package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
)

// ruleCase is one case of one rule. It begins with a sound pair, or with what
// site builds; given changes it. A case with neither want, unknown nor skip
// is a pass: the rule has no finding and was judged.
type ruleCase struct {
	rule, name string
	site       func(testing.TB) *site
	given      func(s *site)
	want       []string // "severity node: part of the message", one a finding, in order
	unknown    string   // part of the reason why the rule was not judged
	skip       bool     // the rule does not apply
	edit       string   // the fix as data of the first finding, "node key=value"
}

func (c ruleCase) pass() bool { return len(c.want) == 0 && c.unknown == "" && !c.skip }

func allCases() []ruleCase {
	return slices.Concat(versionCases(), appdataCases(), appdataPlaceCases(), propertyCases(),
		propertyTextCases(), storageCases(), databaseCases(), networkCases(), operationCases(), keyCases())
}

func TestRules(t *testing.T) {
	for _, c := range allCases() {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			s := c.run(t)
			r := s.check(cluster.Options{Only: []string{c.rule}})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			c.compare(t, r)
		})
	}
}

func (c ruleCase) run(t testing.TB) *site {
	build := c.site
	if build == nil {
		build = pair
	}
	s := build(t)
	if c.given != nil {
		c.given(s)
	}
	return s
}

func (c ruleCase) compare(t *testing.T, r *cluster.Report) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s: %s", f.Severity, f.Node, f.Message))
		if most, ok := cluster.Ceiling(f.Source); !ok || f.Severity > most {
			t.Errorf("severity %s from source %q", f.Severity, f.Source)
		}
		if f.Title == "" || f.Fix == "" || f.Path == "" && f.Node != "" {
			t.Errorf("finding lacks its title, fix or path: %+v", f)
		}
		for _, rel := range f.Related {
			if rel.Path == "" || rel.Node == "" {
				t.Errorf("related lacks a place: %+v", rel)
			}
		}
	}
	if len(got) != len(c.want) {
		t.Fatalf("%d findings, want %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
	}
	for i, w := range c.want {
		head, part, _ := strings.Cut(w, ": ")
		if !strings.HasPrefix(got[i], head+": ") || !strings.Contains(got[i], part) {
			t.Errorf("finding %d:\n got %s\nwant %s", i, got[i], w)
		}
	}
	judged := !slices.Contains(r.NotJudged, c.rule)
	if judged != (c.unknown == "") {
		t.Errorf("judged: %v; unknown: %+v", judged, r.Unknown)
	}
	if c.unknown != "" && !slices.ContainsFunc(r.Unknown, func(u cluster.Unknown) bool {
		return slices.Contains(u.Rules, c.rule) && strings.Contains(u.Reason, c.unknown) && u.Needs != ""
	}) {
		t.Errorf("no unknown with %q: %+v", c.unknown, r.Unknown)
	}
	if skipped := slices.Contains(r.NotApplicable, c.rule); skipped != c.skip {
		t.Errorf("not applicable: %v", skipped)
	}
	if passed := slices.Contains(r.Passed, c.rule); passed != c.pass() {
		t.Errorf("passed: %v", passed)
	}
	if c.edit != "" {
		e := r.Findings[0].Edit
		if e == nil || e.Node+" "+e.Key+"="+e.Value != c.edit {
			t.Errorf("edit %+v, want %s", e, c.edit)
		}
	}
}

// TestEveryRuleHasPassAndFail also guards against a rule that only ever
// passes because it is not judged.
func TestEveryRuleHasPassAndFail(t *testing.T) {
	pass, fail := map[string]int{}, map[string]int{}
	for _, c := range allCases() {
		if c.pass() {
			pass[c.rule]++
		}
		if len(c.want) > 0 {
			fail[c.rule]++
		}
	}
	for _, r := range cluster.Rules() {
		if pass[r.ID] == 0 || fail[r.ID] == 0 {
			t.Errorf("%s has %d pass and %d fail cases", r.ID, pass[r.ID], fail[r.ID])
		}
		delete(pass, r.ID)
		delete(fail, r.ID)
	}
	for id := range pass {
		t.Errorf("cases for %s, which is no rule", id)
	}
}

func declare(v bool) *bool { return &v }
