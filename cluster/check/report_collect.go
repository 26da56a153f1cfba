package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

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

// membersByName are the members of a cluster under their names.
func membersByName(c *cluster.Cluster) map[string]*cluster.Member {
	members := map[string]*cluster.Member{}
	for _, m := range c.Members {
		members[m.Node.Name] = m
	}
	return members
}

// mergeShared reports what is wrong in a shared folder once, however many
// members see it; the others become related.
func mergeShared(c *cluster.Cluster, list []Finding) []Finding {
	if len(c.Members) < 2 || len(list) < 2 {
		return list
	}
	members := membersByName(c)
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
			rel, in = serverpath.Within(m.AppData, f.Path)
		}
		if !in || m.Scheme != appdata.Folder {
			out = append(out, f)
			continue
		}
		// Each member has its own path to the folder, which its message may begin with.
		said := strings.TrimPrefix(f.Message, words.Plain(f.Path))
		key := sight{m.AppDataReal.Place.String() + "\x00" + rel + "\x00" + placeOf(m, rel).String(), said, f.Pos.Line, f.Severity}
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
	var out []Unknown
	for _, alike := range gather(list, func(u Unknown) [4]string { return [4]string{u.Node, u.Path, u.Reason, u.Needs} }) {
		one := alike[0]
		for _, u := range alike {
			if u.Rule != "" && !slices.Contains(one.Rules, u.Rule) {
				one.Rules = append(one.Rules, u.Rule)
			}
		}
		if len(one.Rules) > 1 {
			one.Rule = ""
		}
		slices.Sort(one.Rules)
		out = append(out, one)
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
	slices.Sort(r.LeftOut)
}
