package check

import (
	"iter"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// The checks of this file are about originals: what exists at its place
// before a move while the application data folder has a copy. Their rules are
// in appdataRules.

func checkOriginals(p *Pass, m *cluster.Member) {
	if m.Scheme != appdata.Folder {
		p.NotApplicable()
		return
	}
	if m.Tree == nil || m.Local == nil {
		p.Blocked(m, m.AppData)
		return
	}
	var copied, alone []Related
	for t, it := range p.originals(m) {
		r := Related{Node: m.Node.Name, Path: serverpath.Join(t.Root, it.Path)}
		if strings.HasPrefix(it.Path, "conf/server/log4j") && t == m.Local {
			r.Message = "is found before the shared one, whose settings have no effect on this member"
		}
		if n, ok := m.Tree.Node(it.Path); ok && n.Actual() != appdata.Missing {
			copied = append(copied, r)
		} else {
			r.Message = it.Path + ", of which the application data folder has no copy"
			alone = append(alone, r)
		}
	}
	if len(copied) > 0 {
		p.Report(Finding{
			Path: m.Node.Install, Message: "originals still exist beside their copies (not yet renamed aside): " + words.List(relatedPaths(m, copied)),
			Fix:     "compare the copies with the originals, rename the originals aside, and delete them after one full business day without errors and one verified backup; conf/installed.version stays",
			Related: copied,
		})
	}
	if len(alone) > 0 {
		p.Report(Finding{
			Path: m.Node.Install, Message: "entries were left behind without a copy in " + words.Quote(m.AppData) + ": " + words.List(relatedPaths(m, alone)),
			Fix:     "find out whether they are still needed, and copy them before they are deleted",
			Related: alone,
		})
	}
}

// originals yields the items of a layout that exist in a former place and would
// move, with the tree of that place. A link to the copy is not an original. Where it
// could not be seen what is there, or what the copy is, the rule is blocked.
func (p *Pass) originals(m *cluster.Member) iter.Seq2[*appdata.Tree, appdata.Item] {
	return func(yield func(*appdata.Tree, appdata.Item) bool) {
		for _, t := range []*appdata.Tree{m.Local, m.Default} {
			if t == nil || m.Tree == nil {
				continue
			}
			for _, it := range m.Layout {
				n, ok := t.Node(it.Path)
				path := serverpath.Join(t.Root, it.Path)
				switch {
				case !ok || it.Transfer != appdata.Move || n.Actual() == appdata.Missing:
				case n.Kind == appdata.Link && m.Links[path].Place.In(m.AppDataReal.Place):
				case n.Actual() == "":
					p.Blocked(m, path)
				case unseen(m.Tree, it.Path):
					p.Blocked(m, serverpath.Join(m.AppData, it.Path))
				case !yield(t, it):
					return
				}
			}
		}
	}
}

func relatedPaths(m *cluster.Member, related []Related) []string {
	out := make([]string, len(related))
	for i, r := range related {
		out[i] = r.Path
		if rel, in := serverpath.Within(m.Node.Install, r.Path); in {
			out[i] = rel
		}
	}
	return out
}

func checkTwins(p *Pass, m *cluster.Member) {
	if m.Scheme != appdata.Folder || !readsOriginals(m) {
		p.NotApplicable() // nothing was copied, or the copies are in use and may have grown
		return
	}
	for _, o := range m.Originals {
		copied := serverpath.Join(m.AppData, o.Item.Path)
		switch {
		case o.Err != nil:
			p.Unknown(copied, "could not be compared with "+o.Path+": "+reason(o.Err), "read access to both files")
		case !o.Same && leadsOutside(m, strings.TrimPrefix(o.Item.Path, "conf/")): // the server reads another file
		case !o.Same:
			f := Finding{
				Path:    copied,
				Fix:     "find out which one is meant, and make both equal before the remaining paths are redirected",
				Related: []Related{{Node: m.Node.Name, Path: o.Path, Message: "the original"}},
			}
			p.Report(f.predicate("differs from its original " + words.Quote(o.Path) + ", while the server still reads some of the originals"))
		}
	}
	var folders []string
	for _, it := range p.originals(m) {
		if _, ok := m.Tree.Node(it.Path); ok && it.Kind == appdata.Dir {
			folders = append(folders, it.Path)
		}
	}
	if len(folders) > 0 {
		p.Unknown(m.AppData, "whether these folders are equal to their originals is not known, since they were not read: "+words.List(folders), "a survey of them, as a plan makes it")
	}
}

// readsOriginals reports whether a keystore path still leads to an original:
// the move was begun and not finished.
func readsOriginals(m *cluster.Member) bool {
	return leadsOutside(m, cluster.KeyEncryptionStore) || leadsOutside(m, cluster.KeyServerStore)
}
