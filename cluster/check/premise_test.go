package check_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

const (
	own   check.PremiseKind = "the handbook's first page"
	other check.PremiseKind = "the handbook's second page"
)

// told is a rule that denies and assumes, and says so of every member.
func told(id string, denies, assumes check.PremiseKind) check.Rule {
	r := check.Rule{ID: id, Title: "A rule of a handbook", Severity: check.Info, Source: "our handbook"}
	if denies != "" {
		r.Denies = []check.PremiseKind{denies}
	}
	if assumes != "" {
		r.Assumes = []check.PremiseKind{assumes}
	}
	r.Member = func(p *check.Pass, m *cluster.Member) {
		f := check.Finding{Path: m.Node.Install, Message: "is so", Fix: "change it"}
		if denies != "" {
			f.Denies = []check.Premise{denies.Of(m)}
		}
		if assumes != "" {
			p = p.Assume(assumes.Of(m))
			p.Unknown(m.Node.Install, "is not known", "a word")
			p.Blocked(m, m.InstalledPath())
		}
		p.Report(f)
	}
	return r
}

// TestPremisesOfACaller: a finding that is dropped still denies, and a rule that is
// left with nothing is explained; alone, each says everything.
func TestPremisesOfACaller(t *testing.T) {
	c := pair(t).load()
	chain := []check.Rule{told("OUR001", own, ""), told("OUR002", other, own), told("OUR003", "", other)}
	for _, tt := range []struct {
		only      []string
		findings  []string
		explained []string
	}{
		{[]string{"OUR*"}, []string{"OUR001 info node1", "OUR001 info node2"}, []string{"OUR002", "OUR003"}},
		{[]string{"OUR002", "OUR003"}, []string{"OUR002 info node1", "OUR002 info node2"}, []string{"OUR003"}},
		{[]string{"OUR003"}, []string{"OUR003 info node1", "OUR003 info node2"}, []string{}},
	} {
		r, err := check.Run(context.Background(), c, check.Options{Only: tt.only, Extra: chain})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt.findings, verdicts(r)); d != "" {
			t.Errorf("%v: %s", tt.only, d)
		}
		if d := cmp.Diff(tt.explained, r.Explained); d != "" {
			t.Errorf("%v: explained: %s", tt.only, d)
		}
		if len(r.Passed) > 0 {
			t.Errorf("%v: %v passed", tt.only, r.Passed)
		}
	}
}

// TestPremisesHaveNoCycle, of the catalogue and of a caller's rules: two findings
// that explain each other would both be gone.
func TestPremisesHaveNoCycle(t *testing.T) {
	if err := (check.Options{}).Validate(); err != nil {
		t.Error(err)
	}
	circle := []check.Rule{told("OUR001", own, other), told("OUR002", other, own)}
	var oe *check.OptionsError
	if err := (check.Options{Extra: circle}).Validate(); !errors.As(err, &oe) || !strings.Contains(err.Error(), "OUR001, OUR002") {
		t.Errorf("a circle of a caller's rules: %v", err)
	}
	// A caller's rule may close a circle with the catalogue's.
	back := told("OUR001", check.PremisePath, check.PremiseEncryptionStore)
	if err := (check.Options{Extra: []check.Rule{back}}).Validate(); err == nil {
		t.Error("a circle through the catalogue is not found")
	}
	own := told("OUR001", own, own)
	if err := (check.Options{Extra: []check.Rule{own}}).Validate(); err != nil {
		t.Errorf("a rule cannot explain itself: %v", err)
	}
}

// TestRuleThatFails is an Unknown of that rule; the others are judged.
func TestRuleThatFails(t *testing.T) {
	c := pair(t).load()
	undeclared := told("OUR002", own, "")
	undeclared.Denies = nil
	bad := check.Rule{ID: "OUR001", Title: "Fails", Severity: check.Error, Source: "our handbook", Member: func(p *check.Pass, m *cluster.Member) {
		if m.Node.Name == "node2" {
			panic("password " + marker)
		}
		p.NotApplicable()
	}}
	r, err := check.Run(context.Background(), c, check.Options{Only: []string{"OUR*", "VER001"}, Extra: []check.Rule{bad, undeclared}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"OUR001", "OUR002"}, r.NotJudged); d != "" {
		t.Error(d)
	}
	if !slices.Equal(r.Passed, []string{"VER001"}) || len(r.Findings) > 0 {
		t.Errorf("passed %v, findings %v", r.Passed, verdicts(r))
	}
	for _, u := range r.Unknown {
		if strings.Contains(u.String(), marker) || u.Needs == "" {
			t.Errorf("%+v", u)
		}
	}
	if len(r.Unknown) != 3 || r.Unknown[0].Node != "node2" {
		t.Errorf("%+v", r.Unknown)
	}
}

// TestContextEndsRun within a second, while a rule of the caller's works.
func TestContextEndsRun(t *testing.T) {
	topology, world := many(t, 200)
	c, err := cluster.Load(context.Background(), topology, world)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Time{}
	slow := check.Rule{ID: "AAA001", Title: "Slow", Severity: check.Info, Source: "our handbook", Member: func(*check.Pass, *cluster.Member) {
		if began.IsZero() {
			began = time.Now()
			cancel()
		}
		time.Sleep(10 * time.Millisecond)
	}}
	r, err := check.Run(ctx, c, check.Options{Only: []string{"AAA001"}, Extra: []check.Rule{slow}})
	if r != nil || !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
		t.Errorf("%v, %v after %v", r, err, time.Since(began))
	}
}
