package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// Options choose what Run does.
type Options struct {
	// Only, when not empty, names the rules to run: ids, or globs such as "KEY*"
	// (path.Match).
	Only []string
	// Except names rules to leave out, in the same way.
	Except []string
	// Extra are the caller's own rules.
	Extra []Rule
	// Horizon is how far ahead an expiry counts as a finding; zero means 30
	// days.
	Horizon time.Duration
	// Suppress takes findings out of the report; see Suppression.
	Suppress []Suppression
	// Severities replace the severity of all findings of a rule, by its id. They
	// are for a site that decides differently from the catalogue.
	Severities map[string]Severity
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
			if reason := matchesNone(id, known); reason != "" {
				errs = append(errs, &OptionsError{Option: l.option, ID: id, Reason: reason})
			}
		}
	}
	for i, s := range o.Suppress {
		reason := s.problem()
		if reason == "" {
			reason = matchesNone(s.Rule, known)
		}
		if reason != "" {
			errs = append(errs, &OptionsError{Option: fmt.Sprintf("Suppress[%d]", i), ID: s.Rule, Reason: reason})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(o.Severities)) {
		switch s := o.Severities[id]; {
		case !known[id]:
			errs = append(errs, &OptionsError{Option: "Severities", ID: id, Reason: "is not known"})
		case s < Info || s > Error:
			errs = append(errs, &OptionsError{Option: "Severities", ID: id, Reason: "is given no severity"})
		}
	}
	return errors.Join(errs...)
}

// matchesNone says why an id or glob means no known rule, "" if it means one.
func matchesNone(glob string, known map[string]bool) string {
	if _, err := path.Match(glob, ""); err != nil {
		return "is a malformed pattern"
	}
	for id := range known {
		if matchID(glob, id) {
			return ""
		}
	}
	if strings.ContainsAny(glob, "*?[") {
		return "matches no rule"
	}
	return "is not known"
}

// runs reports whether the options choose a rule.
func (o Options) runs(id string) bool {
	means := func(glob string) bool { return matchID(glob, id) }
	return (len(o.Only) == 0 || slices.ContainsFunc(o.Only, means)) && !slices.ContainsFunc(o.Except, means)
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
		Members: []MemberSummary{}, Findings: []Finding{}, Unknown: []Unknown{}, Unread: []Unread{}, Suppressed: []Suppressed{},
		Passed: []string{}, NotApplicable: []string{}, NotJudged: []string{}, Explained: []string{},
	}
	for _, m := range c.Members {
		r.Members = append(r.Members, summarize(m))
	}
	if o.Horizon == 0 {
		o.Horizon = defaultHorizon
	}
	report := c
	c = byName(c)
	base := Pass{Now: c.World().Now, Horizon: o.Horizon, suppress: o.Suppress, runs: o.runs}
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
	r.Unknown = mergeUnknown(r.Unknown)
	r.addGaps(c, waiting)
	if !ran { // an empty report would read as a clean one
		r.Unknown = append(r.Unknown, Unknown{Reason: "the options choose no rule, so nothing was judged", Needs: "options that leave at least one rule"})
	}
	for i, f := range r.Findings {
		if s, ok := o.Severities[f.Rule]; ok {
			r.Findings[i].Severity = s
		}
	}
	r.sort(report)
	r.mark()
	r.suppress(o.Suppress, r.Date)
	return r, nil
}

// byName is the cluster with its members in the order of their names. Rules see
// it so, because which of two members a finding is about must not depend on the
// order in which a topology lists them.
func byName(c *cluster.Cluster) *cluster.Cluster {
	out := *c
	out.Members = slices.Clone(c.Members)
	slices.SortStableFunc(out.Members, func(a, b *cluster.Member) int { return cmp.Compare(a.Node.Name, b.Node.Name) })
	out.Topology.Nodes = slices.Clone(c.Topology.Nodes)
	slices.SortStableFunc(out.Topology.Nodes, func(a, b cluster.Node) int { return cmp.Compare(a.Name, b.Name) })
	return &out
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
