package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// Options choose what Run does.
type Options struct {
	// Only, when not empty, names the rules to run.
	Only []string
	// Except names rules to leave out.
	Except []string
	// Extra are the caller's own rules.
	Extra []Rule
	// Horizon is how far ahead an expiry counts as a finding; zero means 30
	// days.
	Horizon time.Duration
}

// defaultHorizon is a month's notice, the time that an order for a
// certificate takes in many companies.
const defaultHorizon = 30 * 24 * time.Hour

// OptionsError names an option that cannot be followed.
type OptionsError struct {
	// Option is the field, such as "Only".
	Option string
	// ID is the rule id at fault.
	ID string
	// Reason says what is wrong.
	Reason string
}

func (e *OptionsError) Error() string {
	return fmt.Sprintf("check: option %s: rule %q: %s", e.Option, e.ID, e.Reason)
}

// Validate reports every option that cannot be followed, joined, or nil.
func (o Options) Validate() error {
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.ID] = true
	}
	var errs []error
	for _, r := range o.Extra {
		bad := func(reason string) { errs = append(errs, &OptionsError{Option: "Extra", ID: r.ID, Reason: reason}) }
		switch {
		case r.ID == "":
			bad("has no id")
		case known[r.ID]:
			bad("the id is taken")
		case r.Severity < Info || r.Severity > Error:
			bad("has no severity")
		case (r.Member == nil) == (r.Cluster == nil):
			bad("needs exactly one of Member and Cluster")
		}
		known[r.ID] = true
	}
	for _, l := range []struct {
		option string
		ids    []string
	}{{"Only", o.Only}, {"Except", o.Except}} {
		for _, id := range l.ids {
			if !known[id] {
				errs = append(errs, &OptionsError{Option: l.option, ID: id, Reason: "is not known"})
			}
		}
	}
	return errors.Join(errs...)
}

// runs reports whether the options choose a rule.
func (o Options) runs(id string) bool {
	return (len(o.Only) == 0 || slices.Contains(o.Only, id)) && !slices.Contains(o.Except, id)
}

// Run judges the cluster by every rule that the options choose. The error is
// that of a done context, or the *OptionsError values, joined, of options that
// cannot be followed; the report is nil then.
func Run(ctx context.Context, c *cluster.Cluster, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	r := &Report{
		Schema: 1, Name: c.Topology.Name, Date: c.World().Now,
		Members: []MemberSummary{}, Findings: []Finding{}, Unknown: []Unknown{},
		Passed: []string{}, NotApplicable: []string{}, NotJudged: []string{},
	}
	for _, m := range c.Members {
		r.Members = append(r.Members, summarize(m))
	}
	if o.Horizon == 0 {
		o.Horizon = defaultHorizon
	}
	base := Pass{Now: c.World().Now, Horizon: o.Horizon, runs: o.runs}
	base.homes, base.oddly = homesOf(c.Members)
	var waiting []blocked
	ran := false
	for _, rule := range append(Rules(), o.Extra...) {
		if !o.runs(rule.ID) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ran = true
		p := base
		p.rule = rule
		p.run(c)
		r.add(rule, &p)
		waiting = append(waiting, p.blocked...)
	}
	r.Unknown = append(mergeUnknown(r.Unknown), gapUnknowns(c, waiting)...)
	if !ran { // an empty report would read as a clean one
		r.Unknown = append(r.Unknown, Unknown{Reason: "the options choose no rule, so nothing was judged", Needs: "options that leave at least one rule"})
	}
	r.sort(c)
	return r, nil
}

// run applies one rule to every member in its window, or to the cluster. One
// Pass collects all of it, so a Member function can conclude nothing from what
// is already in it.
func (p *Pass) run(c *cluster.Cluster) {
	rule := p.rule
	one := func(node string, f func()) {
		p.node, p.skipped = node, false
		f()
		p.applicable = p.applicable || !p.skipped
	}
	if rule.Cluster != nil {
		one("", func() { rule.Cluster(p, c) })
		return
	}
	bounded := rule.Since != "" || rule.Until != ""
	for _, m := range c.Members {
		switch {
		case bounded && !versionKnown(m):
			one(m.Node.Name, func() { p.Blocked(m, m.VersionPath()) })
		case !bounded || rule.InWindow(m.Version):
			one(m.Node.Name, func() { rule.Member(p, m) })
		}
	}
	p.findings = mergeShared(c, p.findings)
}

// mergeShared reports what is wrong in a shared folder once, however many
// members see it; the others become related.
func mergeShared(c *cluster.Cluster, list []Finding) []Finding {
	if len(c.Members) < 2 || len(list) < 2 {
		return list
	}
	members := map[string]*cluster.Member{}
	for _, m := range c.Members {
		members[m.Node.Name] = m
	}
	type sight struct {
		place, message string
		line           int
		severity       Severity
	}
	first := map[sight]int{}
	var out []Finding
	for _, f := range list {
		m := members[f.Node]
		rel, in := "", false
		if m != nil && m.AppDataReal.Place.Storage != "" {
			rel, in = appdata.Within(m.AppData, f.Path)
		}
		if !in || m.Scheme != appdata.Folder {
			out = append(out, f)
			continue
		}
		key := sight{m.AppDataReal.Place.String() + "\x00" + rel + "\x00" + placeOf(m, rel).String(), f.Message, f.Pos.Line, f.Severity}
		if i, seen := first[key]; seen {
			out[i].Related = append(out[i].Related, Related{Node: f.Node, Path: f.Path, Message: "sees the same"})
			continue
		}
		first[key] = len(out)
		out = append(out, f)
	}
	return out
}

// add files the rule under one of: findings, not judged, not applicable,
// passed. A rule with findings on one member may be not judged on another.
func (r *Report) add(rule Rule, p *Pass) {
	r.Findings = append(r.Findings, p.findings...)
	r.Unknown = append(r.Unknown, p.unknown...)
	open := len(p.unknown)+len(p.blocked) > 0
	switch {
	case open:
		r.NotJudged = append(r.NotJudged, rule.ID)
	case !p.applicable:
		r.NotApplicable = append(r.NotApplicable, rule.ID)
	case len(p.findings) == 0:
		r.Passed = append(r.Passed, rule.ID)
	}
}

// mergeUnknown joins what differs only in the rule.
func mergeUnknown(list []Unknown) []Unknown {
	at := map[[4]string]int{}
	var out []Unknown
	for _, u := range list {
		key := [4]string{u.Node, u.Path, u.Reason, u.Needs}
		i, seen := at[key]
		if !seen {
			i = len(out)
			at[key] = i
			out = append(out, u)
		}
		if u.Rule != "" && !slices.Contains(out[i].Rules, u.Rule) {
			out[i].Rules = append(out[i].Rules, u.Rule)
		}
	}
	for i := range out {
		if len(out[i].Rules) > 1 {
			out[i].Rule = ""
		}
		slices.Sort(out[i].Rules)
	}
	return out
}

// gapUnknowns says once for each unread file why it was not read, and which
// rules wait for it.
func gapUnknowns(c *cluster.Cluster, waiting []blocked) []Unknown {
	for i, w := range waiting {
		if m := c.Member(w.node); m != nil {
			waiting[i].path = outerGap(m, w.path)
		}
	}
	rules := map[[2]string][]string{}
	var order [][2]string
	for _, w := range waiting {
		key := [2]string{w.node, w.path}
		if _, seen := rules[key]; !seen {
			order = append(order, key)
		}
		if !slices.Contains(rules[key], w.rule) {
			rules[key] = append(rules[key], w.rule)
		}
	}
	var out []Unknown
	one := func(node, path, reason, needs string) {
		key := [2]string{node, path}
		ids := slices.Sorted(slices.Values(rules[key]))
		u := Unknown{Node: node, Path: path, Reason: reason, Needs: needs, Rules: ids}
		if len(ids) == 1 {
			u.Rule = ids[0]
		}
		out = append(out, u)
		delete(rules, key)
	}
	for _, m := range c.Members {
		seen := map[string]bool{}
		for _, g := range m.Gaps {
			if seen[g.Path] || outerGap(m, g.Path) != g.Path || g.Kind == cluster.GapMissing && len(rules[[2]string{m.Node.Name, g.Path}]) == 0 {
				continue // a missing file that no rule waits for is no gap in the judgement
			}
			seen[g.Path] = true
			one(m.Node.Name, g.Path, g.Reason(), needsFor(g.Kind))
		}
	}
	for _, key := range order {
		if _, left := rules[key]; left {
			reason, needs := "was not read", "read access to it"
			if m := c.Member(key[0]); m != nil && key[1] == m.VersionPath() && m.Version != "" {
				reason, needs = "says "+show("", m.Version)+", which is not a version", "a version such as 7.0.0.0.984935"
			}
			one(key[0], key[1], reason, needs)
		}
	}
	return out
}

// sort puts findings by severity, then rule, member and place.
func (r *Report) sort(c *cluster.Cluster) {
	at := map[string]int{"": -1}
	for i, n := range c.Topology.Nodes {
		at[n.Name] = i
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(at[a.Node], at[b.Node]),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Pos.Offset, b.Pos.Offset),
			cmp.Compare(a.Subject, b.Subject),
			cmp.Compare(a.Message, b.Message),
		)
	})
	slices.SortStableFunc(r.Unknown, func(a, b Unknown) int {
		return cmp.Or(
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(at[a.Node], at[b.Node]),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Reason, b.Reason),
		)
	})
	slices.Sort(r.Passed)
	slices.Sort(r.NotApplicable)
	slices.Sort(r.NotJudged)
}
