package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/props"
)

// Gap is a file or folder that could not be read.
type Gap struct {
	// Path is the file as the server writes it.
	Path string
	// Missing reports that it does not exist, as opposed to unreadable.
	Missing bool
	// Err is the reason.
	Err error
}

// Gap returns the gap of a path, if there is one.
func (m *Member) Gap(path string) (Gap, bool) {
	for _, g := range m.Gaps {
		if appdata.Equal(g.Path, path) {
			return g, true
		}
	}
	return Gap{}, false
}

// gapPath returns the path whose gap explains why another path was not read:
// its own, or that of the folder around it.
func (m *Member) gapPath(path string) string {
	if g, ok := m.Gap(path); ok {
		return g.Path
	}
	best := path
	length := -1
	for _, g := range m.Gaps {
		if _, in := appdata.Within(g.Path, path); in && len(g.Path) > length {
			best, length = g.Path, len(g.Path)
		}
	}
	return best
}

// outerGap returns the outermost folder that could not be read for the same
// reason as a path, and thus hides it; the path itself where there is none.
func (m *Member) outerGap(path string) string {
	inner, ok := m.Gap(path)
	if !ok {
		return path
	}
	reason, _ := inner.reason()
	out := inner.Path
	for _, g := range m.Gaps {
		if _, in := appdata.Within(g.Path, inner.Path); in && len(g.Path) < len(out) && !g.Missing {
			if r, _ := g.reason(); r == reason {
				out = g.Path
			}
		}
	}
	return out
}

// unseen reports whether something stands, or may stand, at an item's path of a
// tree, and what it is could not be seen.
func unseen(t *appdata.Tree, rel string) bool {
	n, ok := t.Node(rel)
	return ok && n.Actual() == 0
}

// unlisted reports whether it could not be seen what stands at a path of a
// tree that is no item: Scan looks up items one by one, and everything else by
// the names in its folder.
func unlisted(t *appdata.Tree, rel string) bool {
	if n, ok := t.Node(rel); ok {
		return n.Actual() == 0
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

// noFolder reports that nothing, or a file, stands where a folder belongs.
func (g Gap) noFolder() bool { return g.Missing || errors.Is(g.Err, syscall.ENOTDIR) }

// whyNoFolder says which of the two it is.
func (g Gap) whyNoFolder() string {
	if g.Missing {
		return "does not exist"
	}
	return "is not a folder"
}

// reason says why the file was not read and what would help. It holds nothing
// of the file's content.
func (g Gap) reason() (why, needs string) {
	why = errorText(g.Err)
	var syntax *props.SyntaxError
	var markup *XMLError
	var size *SizeError
	switch {
	case errors.Is(g.Err, ErrNotLocated):
		return why, "a mount in the topology that holds it"
	case g.Missing:
		return why, "the file"
	case errors.As(g.Err, &syntax), errors.As(g.Err, &markup):
		return why, "a file without that mistake"
	case errors.As(g.Err, &size):
		return why, "a file of usual size"
	case errors.Is(g.Err, fs.ErrPermission):
		return why, "permission to read it"
	}
	return why, "read access to it"
}

// errorText renders the reason of a read error without the storage's spelling
// of the path, which stands beside it in the server's own.
func errorText(err error) string {
	var version *appdata.InstalledVersionError
	var syntax *props.SyntaxError
	var scan *appdata.ScanError
	switch {
	case err == nil:
		return "was not read"
	case errors.Is(err, ErrNotLocated):
		return ErrNotLocated.Error()
	case errors.As(err, &syntax):
		return fmt.Sprintf("is malformed in line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Reason)
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &version):
		return versionText(version)
	case errors.As(err, &scan):
		return unwrapPath(scan.Err).Error()
	}
	return unwrapPath(err).Error()
}

func versionText(e *appdata.InstalledVersionError) string {
	switch e.Problem {
	case appdata.VersionKeyAbsent:
		return "has no key installed.version"
	case appdata.VersionEmpty:
		return "has an empty installed.version"
	}
	return "holds no version: " + e.Problem.String()
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
