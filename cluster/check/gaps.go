package check

import (
	"cmp"
	"iter"
	"path"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// gapPath returns the path whose gap explains why another path was not read:
// its own, or that of the innermost folder around it.
func gapPath(m *cluster.Member, path string) string {
	for at := range upwards(path) {
		if g, ok := m.Gap(at); ok {
			return g.Path
		}
	}
	return path
}

// outerGap returns the outermost folder that could not be read for the same
// reason as a path, and thus hides it; the path itself where there is none.
func outerGap(m *cluster.Member, path string) string {
	inner, ok := m.Gap(path)
	if !ok {
		return path
	}
	reason, out := inner.Reason(), inner.Path
	for at := range upwards(inner.Path) {
		if g, ok := m.Gap(at); ok && len(g.Path) < len(out) && g.Kind != cluster.GapMissing && g.Reason() == reason {
			out = g.Path
		}
	}
	return out
}

// upwards yields a path and the folders around it, the innermost first.
func upwards(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := serverpath.Clean(path); yield(at); {
			up := serverpath.Parent(at)
			if up == at {
				return
			}
			at = up
		}
	}
}

// unseen reports whether something is, or may be, at an item's path of a
// tree, and what it is could not be seen.
func unseen(t *appdata.Tree, rel string) bool {
	n, ok := t.Node(rel)
	return ok && n.Actual() == ""
}

// unlisted reports whether it could not be seen what is at a path of a
// tree that is not an item: Scan looks up items one by one, and everything else by
// the names in its folder.
func unlisted(t *appdata.Tree, rel string) bool {
	if n, ok := t.Node(rel); ok {
		return n.Actual() == ""
	}
	for dir := path.Dir(rel); ; dir = path.Dir(dir) {
		if dir == "." {
			return t.Self.Err != nil
		}
		if n, ok := t.Node(dir); ok {
			return n.Err != nil
		}
	}
}

// noFolder reports that nothing, or a file, is where a folder belongs.
func noFolder(g cluster.Gap) bool {
	return g.Kind == cluster.GapMissing || g.Kind == cluster.GapNotFolder
}

// whyNoFolder says which of the two it is.
func whyNoFolder(g cluster.Gap) string {
	if g.Kind == cluster.GapMissing {
		return "does not exist"
	}
	return "is not a folder"
}

// needsFor says what would help with a gap of a member.
func needsFor(m *cluster.Member, g cluster.Gap) string {
	if folder := folderOf(m, g.Path); folder != "" && noFolder(g) {
		need := "the " + folder
		if at, ok := m.Node.Locate(g.Path); ok {
			need += " (the storage " + words.Plain(at.Storage) + " has no folder " + words.Plain(at.Path) + ": is it mounted here, and the right one?)"
		}
		return need
	}
	return cmp.Or(map[cluster.GapKind]string{
		cluster.GapNotLocated: "a mount in the topology that holds it",
		cluster.GapMissing:    "the file",
		cluster.GapNotFolder:  "the folder",
		cluster.GapMalformed:  "a file without that mistake",
		cluster.GapTooLarge:   "a file of usual size",
		cluster.GapDenied:     "permission to read it",
		cluster.GapNoVersion:  "a version such as 7.0.0.0.984935",
	}[g.Kind], "read access to it")
}

// folderOf names the folder that a member's path is, "" for any other path.
func folderOf(m *cluster.Member, path string) string {
	switch path {
	case m.Node.Install:
		return "installation folder"
	case m.AppData:
		return "application data folder"
	}
	return ""
}

// lacksSecured reports that the version keeps its passwords in
// secured-installed.properties and that this file was not read.
func lacksSecured(m *cluster.Member) bool {
	_, gap := m.Gap(m.SecuredPath())
	return m.Secured == nil && gap
}

// reason renders why something could not be read, without its path.
func reason(err error) string { return cluster.Gap{Err: err}.Reason() }

// needsPassword is what helps with encrypted parts of a keystore.
const needsPassword = "its password"
