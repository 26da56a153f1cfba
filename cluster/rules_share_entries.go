package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
)

// Members whose application data is one folder may still be led to different
// places by what stands in it: a link whose text means another folder on each
// machine, or a mount on an entry that only one of them has.

// entries compares, entry by entry, where members with one application data
// folder are led.
func (p *Pass) entries(c *Cluster) {
	for _, g := range groups(sharers(c.Members), func(m *Member) string { return m.home().String() }) {
		if g.members[0].home().Storage == "" {
			continue
		}
		var paths []string
		at := map[string][]*Member{}
		for _, m := range g.members {
			for _, it := range m.Items {
				if !m.mayShare(it) {
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
// A link that leads nowhere is none, since APP001 or APP010 speaks of it, nor is
// what a linked server keeps for itself, since STO001 does.
func (m *Member) mayShare(it ItemPlace) bool {
	switch {
	case it.Item.Transfer != appdata.Move, errors.Is(it.Err, fs.ErrNotExist):
		return false
	case m.Scheme != appdata.Folder:
		return it.Err != nil || !placeIn(m.Real.Place, it.Real.Place)
	}
	return true
}

func (p *Pass) entry(rel string, members []*Member) {
	var seen []*Member
	for _, m := range members {
		switch it, _ := m.item(rel); {
		case it.Err != nil:
			p.hiddenEntry(m, it)
		case it.Real.Place.Storage != "":
			seen = append(seen, m)
		}
	}
	all := groups(seen, func(m *Member) string {
		it, _ := m.item(rel)
		return it.Real.Place.String()
	})
	for _, odd := range all[min(1, len(all)):] {
		m, ref := odd.members[0], all[0].members[0]
		mine, _ := m.item(rel)
		other, _ := ref.item(rel)
		f := Finding{
			Node: m.Node.Name, Path: mine.Path, Severity: Warning, Source: inferredFrom + srcRelocate,
			Message: fmt.Sprintf("is another folder or file than the one that %s sees: it leads to %s, that of %s to %s",
				plain(ref.Node.Name), plain(mine.Real.Place.String()), plain(ref.Node.Name), plain(other.Real.Place.String())),
			Fix: "stop the members, bring together what each has stored, and give all of them the same storage there",
		}
		for _, o := range append(slices.Clone(odd.members[1:]), ref) {
			it, _ := o.item(rel)
			f.Related = append(f.Related, Related{Node: o.Node.Name, Path: it.Path, Message: "leads to " + plain(it.Real.Place.String())})
		}
		p.Report(f)
	}
}

// hiddenEntry says that it could not be seen where an entry leads.
func (p *Pass) hiddenEntry(m *Member, it ItemPlace) {
	if n, ok := m.Tree.Node(it.Item.Path); ok && n.Kind == appdata.Link {
		p.unknownAt(m, it.Path, "where the link leads could not be seen: "+errorText(it.Err), "a mount in the topology that holds "+n.LinkTarget)
		return
	}
	p.Blocked(m, it.Path)
}

// item returns one entry of the layout that stands in the application data.
func (m *Member) item(rel string) (ItemPlace, bool) {
	for _, it := range m.Items {
		if it.Item.Path == rel {
			return it, true
		}
	}
	return ItemPlace{}, false
}

// placeOf is where a path of the application data really is, as far as the
// links and mounts at its entries tell.
func (m *Member) placeOf(rel string) Place {
	for _, it := range m.Items {
		if rest, in := appdata.Within(it.Item.Path, rel); in && it.Err == nil && it.Real.Place.Storage != "" {
			return Place{Storage: it.Real.Place.Storage, Path: storageJoin(it.Real.Place.Path, rest)}
		}
	}
	return Place{Storage: m.AppDataReal.Place.Storage, Path: storageJoin(m.AppDataReal.Place.Path, rel)}
}
