package check

import (
	"fmt"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Whether two members use one folder is told by the mounts where the topology
// declares them, else by what stands in the folder: the version file and the
// two keystores, which no two clusters have alike. PRP002 speaks of members
// whose properties differ, STO002 of those whose properties agree and whose
// storage does not.

// sharers returns the members whose application data can be compared, the
// one to compare with first. The rule waits for the others.
func (p *Pass) sharers(c *cluster.Cluster) []*cluster.Member {
	if len(c.Members) < 2 {
		p.NotApplicable()
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

// stray is the rule that says that the member's application data is not the
// cluster's, empty where none does.
func (p *Pass) stray(m *cluster.Member) string {
	h := p.homes[m]
	switch {
	case p.oddly[m]:
		return "VER001"
	case !h.other:
		return ""
	case byText(m, h.with):
		return "PRP002"
	}
	return "STO002"
}

// astray reports that another rule of this run says that the member looks into
// another folder than the cluster's. What that folder lacks is no cause of its
// own then.
func (p *Pass) astray(m *cluster.Member) bool {
	rule := p.stray(m)
	return rule != "" && p.runs(rule)
}

// homeless reports that another rule of this run says that the application
// data folder is not there or not the right one. What the server's other files
// say of the right one is no mistake of theirs then.
func (p *Pass) homeless(m *cluster.Member) bool {
	if g, ok := m.Gap(m.AppData); ok && noFolder(g) && p.runs("APP001") {
		return true
	}
	switch {
	case p.astray(m), p.misread(m):
		return true
	case m.Scheme != appdata.InInstall || m.Home.Shared:
		return false
	case m.Value(cluster.KeyAppData) == "":
		return p.runs("PRP001")
	}
	return p.runs("PRP003")
}

// misread reports that PRP009 says that Java reads another path than the one
// that is meant.
func (p *Pass) misread(m *cluster.Member) bool {
	for _, f := range filesOf(m) {
		if e, ok := f.Lookup(cluster.KeyAppData); ok {
			return lostBackslash(m, f.Bytes(), e) && p.runs("PRP009")
		}
	}
	return false
}

// localHint says of a folder that belongs to this machine alone what that
// may come from.
func localHint(m *cluster.Member) string {
	if same, known := sameDevice(m.Real, m.AppDataReal); m.Scheme == appdata.Folder && same && known {
		return "; it is on the device of the installation folder, as a mount point without its storage is"
	}
	return ""
}

// byText reports whether two members' properties, not only their storages,
// differ in where the application data is.
func byText(a, b *cluster.Member) bool {
	return a.Scheme == appdata.Folder && b.Scheme == appdata.Folder && !appdata.Equal(a.AppData, b.AppData)
}

func checkOneAppData(p *Pass, c *cluster.Cluster) {
	compareHomes(p, c, true, func(m *cluster.Member, h home) {
		ref := h.with
		f := atProperty(m, cluster.KeyAppData)
		f.Node = m.Node.Name
		f.Related = []Related{relatedKey(ref, cluster.KeyAppData)}
		where := fmt.Sprintf("leads to %s, that of %s to %s", words.Quote(m.AppData), words.Plain(ref.Node.Name), words.Quote(ref.AppData))
		switch {
		case h.other:
			f.Message = where + "; they are different folders: " + h.reason + localHint(m)
			f.Fix = "set " + cluster.KeyAppData + " of all members to the one shared folder; do not start the odd member before"
			f.Related = append(f.Related, h.related...)
		case !onePlace(m, ref) && h.equal == 0:
			p.unknownAt(m, m.AppData, where+"; neither holds a keystore, so nothing shows whether they are one folder", "the two keystores, which APP001 asks for")
			return
		case onePlace(m, ref):
			f.Severity, f.Source = Info, srcField
			f.Message = where + ", the same folder of one storage"
			f.Fix = "mount the storage at the same path everywhere, as the installer asks"
		default:
			f.Severity, f.Source = Info, srcField
			f.Message = where + "; " + h.equalText() + ", so it is one storage, or a copy"
			f.Fix = "make sure that it is one storage, and mount it at the same path everywhere"
		}
		p.Report(f)
	})
}

func checkSameContent(p *Pass, c *cluster.Cluster) {
	compareHomes(p, c, false, func(m *cluster.Member, h home) {
		ref := h.with
		switch {
		case onePlace(m, ref):
		case h.other:
			p.Report(Finding{
				Node: m.Node.Name, Path: m.AppData,
				Message: fmt.Sprintf("is not what %s sees at the same path: %s", words.Plain(ref.Node.Name), h.reason) + localHint(m),
				Fix:     "stop this member, mount the cluster's storage, and compare again before it starts",
				Related: h.related,
			})
		case h.equal == 0:
			p.unknownAt(m, m.AppData, "the topology gives this member another storage than "+words.Plain(ref.Node.Name)+", and neither holds a keystore, so nothing shows whether they are one", "the two keystores, which APP001 asks for, or the same storage name and root for both")
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
// called once for each pair of place and text that differs from it.
func compareHomes(p *Pass, c *cluster.Cluster, texts bool, tell func(m *cluster.Member, h home)) {
	seen := map[string]bool{}
	for _, m := range p.sharers(c) {
		h := p.homes[m]
		key := m.Home.Place.String() + "\x00" + m.AppData
		if m == h.with || byText(m, h.with) != texts || seen[key] {
			continue
		}
		seen[key] = true
		if !h.other && h.unread != "" {
			p.Blocked(h.hider, h.unread)
			continue
		}
		tell(m, h)
	}
}

func relatedKey(m *cluster.Member, key string) Related {
	at := atProperty(m, key)
	return Related{Node: m.Node.Name, Path: at.Path, Pos: at.Pos, Message: "has " + show(key, m.Value(key))}
}
