package check

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Members whose application data is one folder may still be led to different
// places by what is in it: a link whose text means another folder on each
// machine, or a mount on an entry that only one of them has.

// entries compares, entry by entry, where members with one application data
// folder are led.
func (p *Pass) entries(c *cluster.Cluster) {
	for _, g := range groups(p.comparable(c), func(m *cluster.Member) string { return m.Home.Place.String() }) {
		if g.members[0].Home.Place.Storage == "" {
			continue
		}
		var paths []string
		at := map[string][]*cluster.Member{}
		for _, m := range g.members {
			for _, it := range m.Items {
				if !mayShare(m, it) {
					continue
				}
				if len(at[it.Item.Path]) == 0 {
					paths = append(paths, it.Item.Path)
				}
				at[it.Item.Path] = append(at[it.Item.Path], m)
			}
		}
		for _, rel := range paths {
			p.entry(rel, at[rel])
		}
	}
}

// mayShare reports whether an entry is one that members should have in common.
// A link that leads nowhere is none, nor is what a linked server keeps for itself.
func mayShare(m *cluster.Member, it cluster.ItemPlace) bool {
	switch {
	case it.Item.Transfer != appdata.Move, errors.Is(it.Err, fs.ErrNotExist):
		return false
	case it.Item.Path == "var/repository" && inS3(m):
		return false // the server does not look there
	case m.Scheme != appdata.Folder:
		return it.Err != nil || !it.Real.Place.In(m.Real.Place)
	}
	return true
}

func (p *Pass) entry(rel string, members []*cluster.Member) {
	var seen []*cluster.Member
	for _, m := range members {
		switch it, _ := itemAt(m, rel); {
		case it.Err != nil:
			p.hiddenEntry(m, it)
		case it.Real.Place.Storage != "":
			seen = append(seen, m)
		}
	}
	place := func(m *cluster.Member) string {
		it, _ := itemAt(m, rel)
		return it.Real.Place.String()
	}
	for odd, main := range oddOnes(groups(seen, place)) {
		m, ref := odd.members[0], main.members[0]
		mine, _ := itemAt(m, rel)
		f := Finding{
			Node: m.Node.Name, Path: mine.Path, Severity: Warning, Source: inferredFrom + srcRelocate,
			Fix: "stop the members, bring together what each has stored, and give all of them the same storage there",
		}
		f = f.predicate(fmt.Sprintf("is not the folder or file that %s sees: it leads to %s, and that of %s to %s",
			words.Plain(ref.Node.Name), words.Plain(odd.value), words.Plain(ref.Node.Name), words.Plain(main.value)))
		f.Related = odd.beside(main, func(o *cluster.Member) Related {
			it, _ := itemAt(o, rel)
			return Related{Node: o.Node.Name, Path: it.Path, Message: "leads to " + words.Plain(place(o))}
		})
		p.Report(f)
	}
}

// hiddenEntry says that it could not be seen where an entry leads.
func (p *Pass) hiddenEntry(m *cluster.Member, it cluster.ItemPlace) {
	if n, ok := m.Tree.Node(it.Item.Path); ok && n.Kind == appdata.Link {
		p.unknownAt(m, it.Path, "where the link leads could not be seen: "+reason(it.Err), "a mount in the topology that holds "+n.LinkTarget)
		return
	}
	p.Blocked(m, it.Path)
}

// itemAt returns one entry of the layout that is in the application data.
func itemAt(m *cluster.Member, rel string) (cluster.ItemPlace, bool) {
	for _, it := range m.Items {
		if it.Item.Path == rel {
			return it, true
		}
	}
	return cluster.ItemPlace{}, false
}

// placeOf is where a path of the application data really is, as far as the
// links and mounts at its entries tell.
func placeOf(m *cluster.Member, rel string) cluster.Place {
	for _, it := range m.Items {
		if rest, in := serverpath.Within(it.Item.Path, rel); in && it.Err == nil && it.Real.Place.Storage != "" {
			return cluster.Place{Storage: it.Real.Place.Storage, Path: serverpath.JoinStorage(it.Real.Place.Path, rest)}
		}
	}
	return cluster.Place{Storage: m.AppDataReal.Place.Storage, Path: serverpath.JoinStorage(m.AppDataReal.Place.Path, rel)}
}
