package check

import (
	"fmt"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Whether two members use one folder is told by the mounts where the topology
// declares them, else by what is in the folder. Members whose properties differ
// are one rule's, those whose properties agree and whose storage does not
// another's.

// sharers returns the members whose application data can be compared, the
// one to compare with first. The others block the rule.
func (p *Pass) sharers(c *cluster.Cluster) []*cluster.Member {
	if !p.several(c) {
		return nil
	}
	for _, m := range c.Members {
		if p.scheme(m) && m.Tree == nil && m.Home.Shared {
			p.Blocked(m, m.AppData)
		}
	}
	return p.comparable(c)
}

// comparable are the members that can be compared.
func (p *Pass) comparable(c *cluster.Cluster) []*cluster.Member {
	var out []*cluster.Member
	for _, m := range c.Members {
		if p.homes[m].with != nil {
			out = append(out, m)
		}
	}
	return out
}

// localHint says of a folder that belongs to this machine alone what that
// may come from.
func localHint(m *cluster.Member) string {
	if same, known := sameDevice(m.Real, m.AppDataReal); m.Scheme == appdata.Folder && same && known {
		return "; it is on the same device as the installation folder, as if the storage were not mounted"
	}
	return ""
}

// byText reports whether two members' properties, not only their storages,
// differ in where the application data is.
func byText(a, b *cluster.Member) bool {
	return a.Scheme == appdata.Folder && b.Scheme == appdata.Folder && !serverpath.Equal(a.AppData, b.AppData)
}

func checkOneAppData(p *Pass, c *cluster.Cluster) {
	compareHomes(p, c, true, func(m *cluster.Member, h home, all []*cluster.Member) {
		ref := h.with
		f := atProperty(m, cluster.KeyAppData)
		f.Related = []Related{relatedKey(ref, cluster.KeyAppData)}
		where := fmt.Sprintf(cluster.KeyAppData+" leads to %s, and that of %s to %s", words.Quote(m.AppData), words.Plain(ref.Node.Name), words.Quote(ref.AppData))
		switch {
		case h.other:
			f.Message = where + ": they are different folders; " + h.reason + localHint(m)
			f.Fix = "stop this member, keep what it has stored, and set " + cluster.KeyAppData + " of all members to the one shared folder before it starts again"
			f.Related = append(f.Related, h.related...)
			f.Denies = PremiseAppData.ofAll(all)
		case !onePlace(m, ref) && h.equal == 0:
			p.unknownAt(m, m.AppData, where+"; neither holds a keystore, so nothing shows whether they are one folder", "the two keystores")
			return
		case onePlace(m, ref):
			f.Severity, f.Source = Info, srcField
			f.Message = where + ": it is the same folder of one storage"
			f.Fix = "mount the storage at the same path on every member, as the installer asks"
		default:
			f.Severity, f.Source = Info, srcField
			f.Message = where + "; " + h.equalText() + ", so it is one storage, or a copy"
			f.Fix = "make sure that it is one storage, and mount it at the same path on every member"
		}
		p.Report(f)
	})
}

func checkSameContent(p *Pass, c *cluster.Cluster) {
	compareHomes(p, c, false, func(m *cluster.Member, h home, all []*cluster.Member) {
		ref := h.with
		switch {
		case onePlace(m, ref):
		case h.other:
			f := Finding{
				Node: m.Node.Name, Path: m.AppData,
				Fix:     "stop this member, mount the cluster's storage, and compare again before it starts",
				Related: h.related,
				Denies:  PremiseAppData.ofAll(all),
			}
			p.Report(f.predicate(fmt.Sprintf("is not what %s sees at the same path: %s", words.Plain(ref.Node.Name), h.reason) + localHint(m)))
		case h.equal == 0:
			p.unknownAt(m, m.AppData, "the topology gives this member another storage than "+words.Plain(ref.Node.Name)+", and neither holds a keystore, so nothing shows whether they are one", "the two keystores, or the same storage name and root for both")
		default:
			p.unknownAt(m, m.AppData, "the topology gives this member another storage than "+words.Plain(ref.Node.Name)+", and "+h.equalText()+": one storage, or a copy", "the same storage name and root for both, if it is one")
		}
	})
	p.entries(c)
}

// equalText says what of two folders is equal.
func (h home) equalText() string {
	if h.equal < 2 {
		return "the one keystore and the version in both are equal"
	}
	return "the keystores and the version in both are equal"
}

// compareHomes goes through the members that were compared with another. tell is
// called once for each pair of place and text that differs from it, with all the
// members that have it.
func compareHomes(p *Pass, c *cluster.Cluster, texts bool, tell func(m *cluster.Member, h home, all []*cluster.Member)) {
	alike := groups(p.sharers(c), func(m *cluster.Member) string { return m.Home.Place.String() + "\x00" + m.AppData })
	for _, g := range alike {
		m := g.members[0]
		h := p.homes[m]
		switch {
		case m == h.with || byText(m, h.with) != texts:
		case !h.other && h.unread != "":
			p.Blocked(h.hider, h.unread)
		default:
			tell(m, h, g.members)
		}
	}
}
