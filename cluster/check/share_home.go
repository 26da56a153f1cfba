package check

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// home is a member's application data compared with that of one of the members
// that most agree with.
type home struct {
	// with is the other member, the member itself for the first one.
	with *cluster.Member
	// other: it is another folder; related are what shows that, one a file, and
	// reason all of them.
	other   bool
	reason  string
	related []Related
	// equal is how many of the two keystores are in both folders with equal bytes,
	// where the folders are not one place.
	equal int
	// unread is the first file that could not be compared, of the member hider.
	unread string
	hider  *cluster.Member
}

// homesOf compares all members that can be compared. oddly are those that an odd
// version file makes look like servers of old.
func homesOf(members []*cluster.Member) (homes map[*cluster.Member]home, oddly map[*cluster.Member]bool) {
	homes, oddly = map[*cluster.Member]home{}, map[*cluster.Member]bool{}
	main := commonest(members, func(m *cluster.Member) string { return m.Version }, func(*cluster.Member) int { return 0 })
	var shared []*cluster.Member
	for _, m := range members {
		switch {
		case m.Scheme == appdata.Linked && m.Version != main.Version && m.Value(cluster.KeyAppData) != "":
			// The property came with 6.1.1.5: a server that has it is none from
			// before, whatever an odd version file says.
			oddly[m] = true
		case m.Home.Shared && m.Tree != nil:
			shared = append(shared, m)
		}
	}
	ref := commonest(shared, func(m *cluster.Member) string { return m.Home.Place.String() }, func(m *cluster.Member) int {
		weight := 2 * lostStores(m)
		if same, known := sameDevice(m.Real, m.AppDataReal); m.Scheme == appdata.Folder && same && known {
			weight++ // a folder on the machine's own disk is the less likely one
		}
		return weight
	})
	for _, m := range shared {
		homes[m] = compareHome(m, ref)
	}
	return homes, oddly
}

// commonest returns the first member of the largest group with one value; among
// equal groups the one whose first member has the lower weight, and then the one
// that comes first. It is nil for no members.
func commonest(members []*cluster.Member, value func(*cluster.Member) string, weight func(*cluster.Member) int) *cluster.Member {
	all := groups(members, value)
	if len(all) == 0 {
		return nil
	}
	return slices.MinFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), cmp.Compare(weight(a.members[0]), weight(b.members[0])))
	}).members[0]
}

// lostStores is how many of the two keystores are missing from the member's
// application data.
func lostStores(m *cluster.Member) (n int) {
	for _, k := range m.Standard {
		if errors.Is(k.Err, fs.ErrNotExist) {
			n++
		}
	}
	return n
}

// compareHome compares two members by their mounts where these lead to one place,
// else by what is in the folder: the version file and the two keystores, which no
// two clusters have alike, and which entries there are. Equal keystores alone show
// nothing: a copy has them, too.
func compareHome(m, ref *cluster.Member) home {
	h := home{with: ref}
	if m == ref || onePlace(m, ref) {
		return h
	}
	note := func(path, what string) {
		h.related = append(h.related, Related{Node: m.Node.Name, Path: path, Message: what})
	}
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		a, _ := m.StandardStore(key)
		b, _ := ref.StandardStore(key)
		noA, noB := errors.Is(a.Err, fs.ErrNotExist), errors.Is(b.Err, fs.ErrNotExist)
		switch {
		case noA && noB: // shows nothing
		case noA:
			note(a.Path, "conf/"+key+" is missing here")
		case noB:
			note(a.Path, "conf/"+key+" is missing on "+words.Plain(ref.Node.Name))
		case a.Err != nil:
			h.hider, h.unread = m, a.Path
		case b.Err != nil:
			h.hider, h.unread = ref, b.Path
		case a.Data != b.Data:
			note(a.Path, "conf/"+key+" has other bytes")
		default:
			h.equal++
		}
	}
	if m.Scheme == appdata.Folder && ref.Scheme == appdata.Folder { // else the version file is the server's own
		path := serverpath.Join(m.AppData, "conf/installed.version")
		switch {
		case m.SharedVersion != "" && ref.SharedVersion != "" && m.SharedVersion != ref.SharedVersion:
			note(path, "conf/installed.version says "+words.Quote(m.SharedVersion)+", not "+words.Quote(ref.SharedVersion))
		case m.SharedVersion != "" && ref.SharedVersionMissing:
			note(path, "conf/installed.version is missing on "+words.Plain(ref.Node.Name))
		case m.SharedVersionMissing && ref.SharedVersion != "":
			note(path, "conf/installed.version is missing here")
		}
	}
	if m.Scheme == ref.Scheme {
		for _, rel := range otherEntries(m, ref) {
			note(serverpath.Join(m.AppData, rel), rel+" is missing here")
		}
		for _, rel := range otherEntries(ref, m) {
			note(serverpath.Join(m.AppData, rel), rel+" is missing on "+words.Plain(ref.Node.Name))
		}
	}
	var texts []string
	for _, r := range h.related {
		texts = append(texts, r.Message)
	}
	h.other, h.reason = len(texts) > 0, strings.Join(texts, ", ")
	return h
}

// otherEntries are the entries of the layout that are in the application data of
// ref and not in that of m, keystores and version apart.
func otherEntries(m, ref *cluster.Member) (out []string) {
	for _, it := range ref.Layout {
		if it.Presence == appdata.Required || it.Transfer != appdata.Move {
			continue
		}
		n, there := ref.Tree.Node(it.Path)
		_, here := m.Tree.Node(it.Path)
		if there && n.Actual() != "" && n.Actual() != appdata.Missing && !here && !unlisted(m.Tree, it.Path) {
			out = append(out, it.Path)
		}
	}
	return out
}

// onePlace reports whether the mounts lead two members to one folder.
func onePlace(m, ref *cluster.Member) bool {
	return m.Home.Place == ref.Home.Place && m.Home.Place.Storage != ""
}
