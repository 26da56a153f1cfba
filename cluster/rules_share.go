package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// Whether two members use one folder is told by the mounts where the topology
// declares them, else by what stands in the folder: the version file and the
// two keystores, which no two clusters have alike. PRP002 speaks of members
// whose properties differ, STO002 of those whose properties agree and whose
// storage does not.

// home is where a member's application data really is, as far as it can be
// compared with others: the folder, or for linked servers that of the keystore.
func (m *Member) home() Place {
	if m.Scheme == appdata.Folder {
		return m.AppDataReal.Place
	}
	k, _ := m.standard(KeyEncryptionStore)
	return k.Real.Place
}

// sharers returns the members whose application data can be compared, the
// one to compare with first. The rule waits for the others.
func (p *Pass) sharers(c *Cluster) []*Member {
	if len(c.Members) < 2 {
		p.NotApplicable()
		return nil
	}
	for _, m := range c.Members {
		if p.scheme(m) && m.Tree == nil && m.outside() {
			p.Blocked(m, m.AppData)
		}
	}
	return sharers(c.Members)
}

// outside reports whether the application data is meant to be elsewhere than
// in the installation folder; of servers where it is not, PRP001 or PRP003
// speaks.
func (m *Member) outside() bool {
	if m.Scheme == appdata.InInstall {
		_, linked := linkedAway(m)
		return linked
	}
	return m.Scheme != 0
}

// sharers are the members that can be compared. The first belongs to the
// largest group with one place; among equals to the one that has its keystores,
// and then to the one that the topology names first.
func sharers(members []*Member) []*Member {
	var out []*Member
	for _, m := range members {
		if m.outside() && m.Tree != nil && m.stray != "VER001" {
			out = append(out, m)
		}
	}
	all := groups(out, func(m *Member) string { return m.home().String() })
	slices.SortStableFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), cmp.Compare(a.members[0].lost(), b.members[0].lost()))
	})
	rank := map[string]int{}
	for i, g := range all {
		rank[g.value] = i
	}
	slices.SortStableFunc(out, func(a, b *Member) int {
		return cmp.Compare(rank[a.home().String()], rank[b.home().String()])
	})
	return out
}

// lost is how many of the two keystores are missing from the member's
// application data.
func (m *Member) lost() (n int) {
	for _, k := range m.Standard {
		if errors.Is(k.Err, fs.ErrNotExist) {
			n++
		}
	}
	return n
}

// markStrays notes the members whose application data is not the cluster's,
// and the rule that says so.
func markStrays(members []*Member) {
	main := ""
	if all := groups(members, func(m *Member) string { return m.Version }); len(all) > 0 {
		main = all[0].value
	}
	for _, m := range members {
		// The property came with 6.1.1.5: a server that has it is none from
		// before, whatever an odd version file says.
		if m.Scheme == appdata.Linked && m.Version != main && m.Value(KeyAppData) != "" {
			m.stray = "VER001"
		}
	}
	list := sharers(members)
	for _, m := range list[min(1, len(list)):] {
		ref := list[0]
		switch {
		case len(compareHome(m, ref).differ) == 0:
		case byText(m, ref):
			m.stray = "PRP002"
		default:
			m.stray = "STO002"
		}
	}
}

// astray reports that another rule of this run says that the member looks into
// another folder than the cluster's. What that folder lacks is no cause of its
// own then.
func (p *Pass) astray(m *Member) bool { return m.stray != "" && p.runs(m.stray) }

// homeless reports that another rule of this run says that the application
// data folder is not there or not the right one. What the server's other files
// say of the right one is no mistake of theirs then.
func (p *Pass) homeless(m *Member) bool {
	if g, ok := m.Gap(m.AppData); ok && g.noFolder() && p.runs("APP001") {
		return true
	}
	switch {
	case p.astray(m), p.misread(m):
		return true
	case m.Scheme != appdata.InInstall || m.outside():
		return false
	case m.Value(KeyAppData) == "":
		return p.runs("PRP001")
	}
	return p.runs("PRP003")
}

// misread reports that PRP009 says that Java reads another path than the one
// that is meant.
func (p *Pass) misread(m *Member) bool {
	for _, f := range m.files() {
		if e, ok := f.Lookup(KeyAppData); ok {
			return m.lostBackslash(f.Bytes(), e) && p.runs("PRP009")
		}
	}
	return false
}

// localHint says of a folder that belongs to this machine alone what that
// may come from.
func localHint(m *Member) string {
	if same, known := sameDevice(m.Real, m.AppDataReal); m.Scheme == appdata.Folder && same && known {
		return "; it is on the device of the installation folder, as a mount point without its storage is"
	}
	return ""
}

// byText reports whether two members' properties, not only their storages,
// differ in where the application data is.
func byText(a, b *Member) bool {
	return a.Scheme == appdata.Folder && b.Scheme == appdata.Folder && !appdata.Equal(a.AppData, b.AppData)
}

func checkOneAppData(p *Pass, c *Cluster) {
	compareHomes(p, c, true, func(m, ref *Member, v homeVerdict) {
		f := m.at(KeyAppData)
		f.Node = m.Node.Name
		f.Related = []Related{relatedKey(ref, KeyAppData)}
		where := fmt.Sprintf("leads to %s, that of %s to %s", quote(m.AppData), plain(ref.Node.Name), quote(ref.AppData))
		switch {
		case len(v.differ) > 0:
			f.Message = where + "; they are different folders: " + strings.Join(v.differ, ", ") + localHint(m)
			f.Fix = "set " + KeyAppData + " of all members to the one shared folder; do not start the odd member before"
			f.Related = append(f.Related, v.related...)
		case !v.same && v.alike == 0:
			p.unknownAt(m, m.AppData, where+"; neither holds a keystore, so nothing shows whether they are one folder", "the two keystores, which APP001 asks for")
			return
		case v.same:
			f.Severity, f.Source = Info, srcField
			f.Message = where + ", the same folder of one storage"
			f.Fix = "mount the storage at the same path everywhere, as the installer asks"
		default:
			f.Severity, f.Source = Info, srcField
			f.Message = where + "; " + v.equal() + ", so it is one storage, or a copy"
			f.Fix = "make sure that it is one storage, and mount it at the same path everywhere"
		}
		p.Report(f)
	})
}

func checkSameContent(p *Pass, c *Cluster) {
	compareHomes(p, c, false, func(m, ref *Member, v homeVerdict) {
		switch {
		case v.same:
		case len(v.differ) > 0:
			p.Report(Finding{
				Node: m.Node.Name, Path: m.AppData,
				Message: fmt.Sprintf("is not what %s sees at the same path: %s", plain(ref.Node.Name), strings.Join(v.differ, ", ")) + localHint(m),
				Fix:     "stop this member, mount the cluster's storage, and compare again before it starts",
				Related: v.related,
			})
		case v.alike == 0:
			p.unknownAt(m, m.AppData, "the topology gives this member another storage than "+plain(ref.Node.Name)+", and neither holds a keystore, so nothing shows whether they are one", "the two keystores, which APP001 asks for, or the same storage name and root for both")
		default:
			p.unknownAt(m, m.AppData, "the topology gives this member another storage than "+plain(ref.Node.Name)+", and "+v.equal()+": one storage, or a copy", "the same storage name and root for both, if it is one")
		}
	})
	p.entries(c)
}

// homeVerdict is what the comparison of two members' application data gave.
type homeVerdict struct {
	same    bool     // one place
	differ  []string // what shows that they are different
	alike   int      // how many of the two keystores stand in both, with equal bytes
	related []Related
	// unread is the member whose file, unreadPath, could not be compared.
	unread     *Member
	unreadPath string
}

// equal says what of two folders is equal.
func (v homeVerdict) equal() string {
	if v.alike < 2 {
		return "the one keystore and the version in both are equal"
	}
	return "the keystores and the version in both are equal"
}

// compareHomes compares members with the first of the largest group. tell is
// called once for each pair of place and text that differs from it.
func compareHomes(p *Pass, c *Cluster, texts bool, tell func(m, ref *Member, v homeVerdict)) {
	members := p.sharers(c)
	seen := map[string]bool{}
	for _, m := range members[min(1, len(members)):] {
		ref := members[0]
		key := m.home().String() + "\x00" + m.AppData
		if byText(m, ref) != texts || seen[key] {
			continue
		}
		seen[key] = true
		v := compareHome(m, ref)
		if len(v.differ) == 0 && v.unread != nil {
			p.Blocked(v.unread, v.unreadPath)
			continue
		}
		tell(m, ref, v)
	}
}

func compareHome(m, ref *Member) homeVerdict {
	v := homeVerdict{same: m.home() == ref.home() && m.home().Storage != ""}
	if v.same {
		return v
	}
	note := func(what, path string) {
		v.differ = append(v.differ, what)
		v.related = append(v.related, Related{Node: m.Node.Name, Path: path, Message: what})
	}
	for _, key := range []string{KeyEncryptionStore, KeyServerStore} {
		a, _ := m.standard(key)
		b, _ := ref.standard(key)
		noA, noB := errors.Is(a.Err, fs.ErrNotExist), errors.Is(b.Err, fs.ErrNotExist)
		switch {
		case noA && noB: // shows nothing
		case noA:
			note("conf/"+key+" is missing here", a.Path)
		case noB:
			note("conf/"+key+" is missing on "+plain(ref.Node.Name), a.Path)
		case a.Err != nil:
			v.unread, v.unreadPath = m, a.Path
		case b.Err != nil:
			v.unread, v.unreadPath = ref, b.Path
		case a.Data != b.Data:
			note("conf/"+key+" has other bytes", a.Path)
		default:
			v.alike++
		}
	}
	if m.Scheme != appdata.Folder || ref.Scheme != appdata.Folder {
		return v // their version file is the server's own
	}
	path := appdata.Join(m.AppData, "conf/installed.version")
	switch {
	case m.SharedVersion != "" && ref.SharedVersion != "" && m.SharedVersion != ref.SharedVersion:
		note("conf/installed.version says "+quote(m.SharedVersion)+", not "+quote(ref.SharedVersion), path)
	case m.SharedVersion != "" && ref.SharedVersionMissing:
		note("conf/installed.version is missing on "+plain(ref.Node.Name), path)
	case m.SharedVersionMissing && ref.SharedVersion != "":
		note("conf/installed.version is missing here", path)
	}
	return v
}

func relatedKey(m *Member, key string) Related {
	at := m.at(key)
	return Related{Node: m.Node.Name, Path: at.Path, Pos: at.Pos, Message: "has " + show(key, m.Value(key))}
}
