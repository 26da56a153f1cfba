package check

import (
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
)

// place is a path of a member.
type place struct{ node, path string }

// addGaps says once for each file that was not read why, and which rules need
// it. Where a finding is about that very file, the rules merely need it
// put right, which is Unknown; otherwise the file is Unread.
func (r *Report) addGaps(c *cluster.Cluster, waiting []blocked) {
	rules := map[place]map[string]bool{}
	var order []place
	for _, w := range waiting {
		at := place{w.node, w.path}
		if m := c.Member(w.node); m != nil {
			at.path = outerGap(m, w.path)
		}
		if rules[at] == nil {
			rules[at] = map[string]bool{}
			order = append(order, at)
		}
		rules[at][w.rule] = true
	}
	found := map[place]bool{}
	for _, f := range r.Findings {
		found[place{f.Node, f.Path}] = true
		for _, rel := range f.Related {
			found[place{rel.Node, rel.Path}] = true
		}
	}
	for _, m := range c.Members {
		for _, g := range m.Gaps {
			at := place{m.Node.Name, g.Path}
			ids, waited := rules[at]
			if outerGap(m, g.Path) != g.Path || g.Kind == cluster.GapMissing && !waited && g.Path != m.Node.Install {
				continue // a missing file that no rule needs leaves nothing open
			}
			r.addOpen(at, g.Reason(), needsFor(m, g), ids, found[at] && !unreachable(g.Kind) && g.Path != m.Node.Install)
			delete(rules, at)
		}
	}
	for _, at := range order {
		ids, left := rules[at]
		if !left {
			continue
		}
		reason, needs := "was not read", "read access to it"
		m := c.Member(at.node)
		bad := m != nil && at.path == m.VersionPath() && m.Version != ""
		if bad {
			reason, needs = "says "+show("", m.Version)+", which is not a version", "a version such as 7.0.0.0.984935"
		}
		r.addOpen(at, reason, needs, ids, bad || found[at])
	}
}

// addOpen adds one file that was not read, to Unknown if a finding says so
// already.
func (r *Report) addOpen(at place, reason, needs string, rules map[string]bool, told bool) {
	var ids []string
	for id := range rules {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if !told {
		r.Unread = append(r.Unread, Unread{Node: at.node, Path: at.path, Reason: reason, Needs: needs, Rules: ids})
		return
	}
	u := Unknown{Node: at.node, Path: at.path, Reason: reason, Needs: needs, Rules: ids}
	if len(ids) == 1 {
		u.Rule = ids[0]
	}
	r.Unknown = append(r.Unknown, u)
}

// unreachable reports whether a gap says nothing about the file itself, only
// that it could not be reached.
func unreachable(k cluster.GapKind) bool {
	return k == cluster.GapDenied || k == cluster.GapNotLocated || k == cluster.GapUnreadable
}
