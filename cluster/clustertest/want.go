package clustertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// Want is what one rule should say about a cluster. The zero Want is a pass:
// the rule was judged, on every member that it is about, and found nothing.
type Want struct {
	// Findings are all findings of the rule in the order of the report, each
	// as "severity node: part of the message"; the node is empty for a
	// finding about the cluster, as in "info : declared as".
	Findings []string
	// Unknown is part of the reason why the rule was not judged on some member,
	// or why a file that it needs was not read. The rule may have findings about
	// other members.
	Unknown string
	// Skipped says that the rule is not about such servers at all.
	Skipped bool
	// Edit is the fix as data of the first finding, "node key=value"; unset, it
	// is not looked at.
	Edit string
}

// WantError lists how a report differs from a Want.
type WantError struct {
	// Rule is the id of the rule that was tried.
	Rule string
	// Differences are sentences about one difference each.
	Differences []string
}

func (e *WantError) Error() string {
	return "clustertest: " + e.Rule + ": " + strings.Join(e.Differences, "\n\t")
}

// Try judges the site by one rule, of the catalogue or the caller's own, and
// compares what it says with w. A difference is a *WantError; any other error
// means that the rule did not run.
func (s *Site) Try(rule check.Rule, w Want) error {
	o := check.Options{Only: []string{rule.ID}}
	if !slices.ContainsFunc(check.Rules(), func(r check.Rule) bool { return r.ID == rule.ID }) {
		o.Extra = []check.Rule{rule}
	}
	r, err := s.Check(o)
	if err != nil {
		return err
	}
	return w.Compare(rule.ID, r)
}

// Compare holds what a report says about one rule against w, and every finding
// of that rule against what a reader needs of one: what is required, what is
// wrong, where, who says so, and what to do. The error is a *WantError or nil.
func (w Want) Compare(rule string, r *check.Report) error {
	e := &WantError{Rule: rule}
	bad := func(format string, args ...any) { e.Differences = append(e.Differences, fmt.Sprintf(format, args...)) }
	var found []check.Finding
	for _, f := range r.Findings {
		if f.Rule == rule {
			found = append(found, f)
			for _, what := range lacks(f) {
				bad("finding on %q has no %s: %s", f.Node, what, f.Message)
			}
		}
	}
	w.compareFindings(found, bad)
	listed := func(list []string) bool { return slices.Contains(list, rule) }
	if open := listed(r.NotJudged); open != (w.Unknown != "") {
		bad("not judged on some member: %v; unknown: %v", open, reasons(rule, r))
	}
	if w.Unknown != "" && !slices.ContainsFunc(open(r), func(u check.Unknown) bool {
		return slices.Contains(u.Rules, rule) && strings.Contains(u.Reason, w.Unknown) && u.Needs != ""
	}) {
		bad("no unknown says %q and what it needs: %v", w.Unknown, reasons(rule, r))
	}
	if got := listed(r.NotApplicable); got != w.Skipped {
		bad("not applicable: %v", got)
	}
	pass := len(w.Findings) == 0 && w.Unknown == "" && !w.Skipped
	if got := listed(r.Passed); got != pass {
		bad("passed: %v", got)
	}
	if len(e.Differences) == 0 {
		return nil
	}
	return e
}

func (w Want) compareFindings(found []check.Finding, bad func(string, ...any)) {
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s: %s", f.Severity, f.Node, f.Message))
	}
	if len(got) != len(w.Findings) {
		bad("%d findings, want %d: %s", len(got), len(w.Findings), strings.Join(got, "; "))
		return
	}
	for i, want := range w.Findings {
		head, part, _ := strings.Cut(want, ": ")
		if !strings.HasPrefix(got[i], head+": ") || !strings.Contains(got[i], part) {
			bad("finding %d: got %s; want %s", i, got[i], want)
		}
	}
	if w.Edit != "" && len(found) > 0 {
		got := "none"
		if len(found[0].Edits) > 0 {
			d := found[0].Edits[0]
			got = d.Node + " " + d.Key + "=" + d.Value
		}
		if got != w.Edit {
			bad("edit %s, want %s", got, w.Edit)
		}
	}
}

// lacks names what a finding leaves open. A finding about the cluster need not
// have a file.
func lacks(f check.Finding) (out []string) {
	for _, part := range []struct {
		what   string
		absent bool
	}{
		{"severity", f.Severity == 0},
		{"title", f.Title == ""},
		{"message", f.Message == ""},
		{"fix", f.Fix == ""},
		{"source", f.Source == ""},
		{"path", f.Path == "" && f.Node != ""},
	} {
		if part.absent {
			out = append(out, part.what)
		}
	}
	for _, rel := range f.Related {
		if rel.Path == "" || rel.Node == "" {
			out = append(out, "place in what is related ("+rel.Message+")")
		}
	}
	return out
}

// open is all that the report leaves open: what was not judged, and what was
// not read.
func open(r *check.Report) []check.Unknown {
	out := slices.Clone(r.Unknown)
	for _, u := range r.Unread {
		out = append(out, check.Unknown{Rules: u.Rules, Node: u.Node, Path: u.Path, Reason: u.Reason, Needs: u.Needs})
	}
	return out
}

func reasons(rule string, r *check.Report) (out []string) {
	for _, u := range open(r) {
		if slices.Contains(u.Rules, rule) {
			out = append(out, u.Node+": "+u.Reason)
		}
	}
	return out
}
