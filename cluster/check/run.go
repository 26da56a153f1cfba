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
	rules := Rules()
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
	}
	var errs []error
	bad := func(option, id, reason string) {
		errs = append(errs, &OptionsError{Option: option, ID: id, Reason: reason})
	}
	for _, r := range o.Extra {
		switch {
		case r.ID == "":
			bad("Extra", r.ID, "has no id")
		case !idForm(r.ID):
			bad("Extra", r.ID, "the id is not three capital letters and three digits")
		case known[r.ID]:
			bad("Extra", r.ID, "the id is taken")
		case r.Severity < Info || r.Severity > Error:
			bad("Extra", r.ID, "has no severity")
		case (r.Member == nil) == (r.Cluster == nil):
			bad("Extra", r.ID, "needs exactly one of Member and Cluster")
		}
		known[r.ID] = true
	}
	if cycle := premiseCycle(append(rules, o.Extra...)); cycle != nil {
		bad("Extra", cycle[0], "its premises lead in a circle through "+strings.Join(cycle, ", "))
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

// idForm reports three capital letters and three digits.
func idForm(id string) bool {
	if len(id) != 6 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; i < 3 && (c < 'A' || c > 'Z') || i >= 3 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
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
	if o.Horizon == 0 {
		o.Horizon = defaultHorizon
	}
	named := byName(c)
	base := Pass{Now: c.World().Now, Horizon: o.Horizon, suppress: o.Suppress}
	base.homes, base.oddly = homesOf(named.Members)
	rules := slices.DeleteFunc(append(Rules(), o.Extra...), func(r Rule) bool { return !o.runs(r.ID) })
	all := make([]*verdicts, len(rules))
	for i, rule := range rules {
		p := base
		p.rule, p.out = rule, new(verdicts)
		if err := p.run(ctx, named); err != nil {
			return nil, err
		}
		all[i] = p.out
	}
	resolve(all)
	r := newReport(c, named, rules, all)
	for i, f := range r.Findings {
		if s, ok := o.Severities[f.Rule]; ok {
			r.Findings[i].Severity = s
		}
	}
	r.sort(c)
	r.mark()
	r.suppress(o.Suppress, r.Date)
	return r, nil
}

// newReport puts together what the rules have said of a cluster; named is the same
// one as they saw it.
func newReport(c, named *cluster.Cluster, rules []Rule, all []*verdicts) *Report {
	r := &Report{
		Schema: 1, Name: c.Topology.Name, Date: c.World().Now,
		Members: []MemberSummary{}, Findings: []Finding{}, Unknown: []Unknown{}, Unread: []Unread{}, Suppressed: []Suppressed{},
		Passed: []string{}, NotApplicable: []string{}, NotJudged: []string{}, Explained: []string{},
	}
	for _, m := range c.Members {
		r.Members = append(r.Members, summarize(m))
	}
	var waiting []blocked
	for i, rule := range rules {
		r.add(named, rule, all[i])
		waiting = append(waiting, bare(all[i].blocked)...)
	}
	r.Unknown = mergeUnknown(r.Unknown)
	r.addGaps(named, waiting)
	if len(rules) == 0 { // an empty report would read as a clean one
		r.Unknown = append(r.Unknown, Unknown{Reason: "the options choose no rule, so nothing was judged", Needs: "options that leave at least one rule"})
	}
	return r
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

// run applies one rule to every member in its window, or to the cluster. The
// error is that of a done context.
func (p *Pass) run(ctx context.Context, c *cluster.Cluster) error {
	rule := p.rule
	if rule.Cluster != nil {
		p.call("", func(q *Pass) { rule.Cluster(q, c) })
		return ctx.Err()
	}
	bounded := rule.Since != "" || rule.Until != ""
	for _, m := range c.Members {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case bounded && !versionKnown(m):
			p.call(m.Node.Name, func(q *Pass) { q.Blocked(m, m.VersionPath()) })
		case !bounded || rule.InWindow(m.Version):
			p.call(m.Node.Name, func(q *Pass) { rule.Member(q, m) })
		}
	}
	return ctx.Err()
}

// call runs one of the rule's functions. One that panics has not judged; what it
// panics with is not shown, since it may hold anything.
func (p *Pass) call(node string, f func(*Pass)) {
	q := *p
	q.node, q.skipped = node, new(bool)
	defer func() {
		if x := recover(); x != nil {
			*q.skipped = false
			q.premises = nil
			q.Unknown("", "rule %s itself failed, with a panic of type %T", "a rule without that mistake", q.rule.ID, x)
		}
		p.out.applicable = p.out.applicable || !*q.skipped
	}()
	f(&q)
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

// add files the rule under one of: findings, not judged, explained, not
// applicable, passed. A rule with findings on one member may be not judged on
// another.
func (r *Report) add(c *cluster.Cluster, rule Rule, v *verdicts) {
	v.more()
	findings := mergeShared(c, bare(v.findings))
	r.Findings = append(r.Findings, findings...)
	r.Unknown = append(r.Unknown, bare(v.unknown)...)
	switch {
	case len(v.unknown)+len(v.blocked) > 0:
		r.NotJudged = append(r.NotJudged, rule.ID)
	case len(findings) > 0:
	case v.explained > 0:
		r.Explained = append(r.Explained, rule.ID)
	case !v.applicable:
		r.NotApplicable = append(r.NotApplicable, rule.ID)
	default:
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
	slices.Sort(r.Explained)
	slices.Sort(r.NotJudged)
}
