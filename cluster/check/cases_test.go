package check_test

import (
	"slices"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
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
		propertyTextCases(), storageCases(), databaseCases(), networkCases(), operationCases(), balancerCases(), keyCases(), serverCases())
}

func TestRules(t *testing.T) {
	for _, c := range allCases() {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			s := c.run(t)
			r := s.check(check.Options{Only: []string{c.rule}})
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

// compare holds the report against the case by the public kit, and every
// severity against its source.
func (c ruleCase) compare(t *testing.T, r *check.Report) {
	t.Helper()
	want := clustertest.Want{Findings: c.want, Unknown: c.unknown, Skipped: c.skip, Edit: c.edit}
	if err := want.Compare(c.rule, r); err != nil {
		t.Error(err)
	}
	for _, f := range r.Findings {
		if most, ok := check.Ceiling(f.Source); !ok || f.Severity > most {
			t.Errorf("severity %s from source %q", f.Severity, f.Source)
		}
	}
}

// aboutOptions is the one rule that looks at the options and not at servers; it
// has TestSuppress.
const aboutOptions = "SUP001"

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
	for _, r := range check.Rules() {
		if r.ID == aboutOptions {
			continue
		}
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
