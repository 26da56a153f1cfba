package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// maxAlike is how many entries of one folder are listed one by one that were not
// read for one reason.
const maxAlike = 8

// place is a path of a member.
type place struct{ node, path string }

// addGaps says once for each file that was not read why, and which rules need
// it. Where a finding is about that very file, the rules merely need it
// put right, which is Unknown; otherwise the file is Unread.
func (r *Report) addGaps(c *cluster.Cluster, waiting []blocked) {
	members := membersByName(c)
	rules := map[place]map[string]bool{}
	var order []place
	for _, w := range waiting {
		at := place{w.node, w.path}
		if m := members[w.node]; m != nil {
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
		alike := map[[3]string]int{} // by folder, reason and the rules that need them
		for _, g := range m.Gaps {
			at := place{m.Node.Name, g.Path}
			needed, waited := rules[at]
			ids := slices.Sorted(maps.Keys(needed))
			if outerGap(m, g.Path) != g.Path || g.Kind == cluster.GapMissing && !waited && g.Path != m.Node.Install {
				continue // a missing file that no rule needs leaves nothing open
			}
			if !found[at] {
				key := [3]string{serverpath.Parent(g.Path), g.Reason(), strings.Join(ids, " ")}
				if alike[key]++; alike[key] > maxAlike {
					delete(rules, at)
					continue
				}
			}
			r.addOpen(at, g.Reason(), needsFor(m, g), ids, found[at] && !unreachable(g.Kind) && g.Path != m.Node.Install)
			delete(rules, at)
		}
		for _, key := range slices.SortedFunc(maps.Keys(alike), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
			if n := alike[key] - maxAlike; n > 0 {
				r.addOpen(place{m.Node.Name, key[0]}, fmt.Sprintf("holds %d more entries that were not read: %s", n, key[1]), needsFor(m, cluster.Gap{Path: key[0], Kind: cluster.GapUnreadable}), slices.Collect(strings.FieldsSeq(key[2])), false)
			}
		}
	}
	for _, at := range order {
		ids, left := rules[at]
		if !left {
			continue
		}
		reason, needs := "was not read", "read access to it"
		m := members[at.node]
		bad := m != nil && at.path == m.VersionPath() && m.Version != ""
		if bad {
			reason, needs = "says "+show("", m.Version)+", which is not a version", "a version such as 7.0.0.0.984935"
		}
		r.addOpen(at, reason, needs, slices.Sorted(maps.Keys(ids)), bad || found[at])
	}
}

// addOpen adds one file that was not read, to Unknown if a finding says so
// already.
func (r *Report) addOpen(at place, reason, needs string, ids []string, told bool) {
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
