package cluster

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// View is the file system as one server sees it: paths are the server's own,
// mounts lead to the storages, and links are followed across storages, an
// absolute link text being a path of the server. A View reads only; every
// changing call answers EROFS.
type View struct {
	node   Node
	mounts mountTable
	fs     map[string]afero.Fs
	// seen holds what was looked at, while a member is loaded; nil otherwise,
	// because a view may outlive a change of the files.
	seen map[string]*looked
	// folders are the folders that were resolved, by the text that led there.
	folders map[string]Resolved
}

// looked is the outcome of one step.
type looked struct {
	r   Resolved
	err error
}

// View returns the file system as a node sees it.
func (w World) View(n Node) *View {
	return &View{node: n, mounts: newMountTable(n), fs: w.FS}
}

// remembering returns a view that looks at each path once. It is for one
// load: a short time, one goroutine, and one picture of the files.
func (v *View) remembering() *View {
	c := *v
	c.seen, c.folders = make(map[string]*looked, 64), make(map[string]Resolved, 32)
	return &c
}

// Resolved is where a path of the server really is.
type Resolved struct {
	// Path is the server's path with all links followed.
	Path string
	// Place is the same in a storage. Its zero value belongs to a folder above
	// the mounts, which the server has and no storage shows.
	Place Place
	// Info is nil when the last component does not exist, or when no storage
	// shows it.
	Info fs.FileInfo
}

// Resolve follows every link in path. When only the last component is
// missing, the error wraps fs.ErrNotExist and Resolved says where it would
// be; so it is a place to create something. Other errors wrap ErrNotLocated where
// no mount holds the path or its storage is not given, fs.ErrInvalid for a path
// that is not absolute, syscall.ELOOP for links that lead in a circle,
// syscall.ENOTDIR for a file on the way, or are the storage's own.
func (v *View) Resolve(path string) (Resolved, error) { return v.resolve("resolve", path, true) }

func (v *View) resolve(op, path string, followLast bool) (Resolved, error) {
	fail := func(err error) (Resolved, error) {
		return Resolved{}, &fs.PathError{Op: op, Path: path, Err: err}
	}
	if !serverpath.Abs(path) {
		return fail(fs.ErrInvalid)
	}
	from, parts := v.start(path)
	cur, err := fsx.Walk(walker{v}, from, parts, followLast)
	switch {
	case err != nil && cur.Path != "": // where it would be
		return cur, &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist}
	case err != nil:
		return fail(fsx.Cause(err))
	}
	cur, err = v.finish(cur, fail)
	if v.folders != nil && err == nil && cur.Info != nil && cur.Info.IsDir() {
		v.folders[path] = cur
	}
	return cur, err
}

// walker is a view as fsx.Walk goes through it.
type walker struct{ *View }

func (w walker) IsDir(r Resolved) bool  { return r.Info == nil || r.Info.IsDir() }
func (w walker) IsLink(r Resolved) bool { return r.Info != nil && r.Info.Mode()&fs.ModeSymlink != 0 }

func (w walker) Parent(r Resolved) Resolved { return w.at(serverpath.Parent(r.Path)) }

func (w walker) Child(dir Resolved, name string) (Resolved, error) {
	return w.step(serverpath.Child(dir.Path, name))
}

func (w walker) Readlink(r Resolved) (string, error) {
	return fsx.Readlink(w.fs[r.Place.Storage], r.Place.Path)
}

// Begin follows an absolute text from the root that it names, on Windows also
// from the root of the link's own drive.
func (w walker) Begin(dir Resolved, text string) (Resolved, []string) {
	if serverpath.Abs(text) && serverpath.Windows(text) == w.node.Windows() {
		root, parts := serverpath.Root(text)
		return w.at(root), parts
	}
	if w.node.Windows() {
		text = strings.ReplaceAll(text, `\`, "/")
	}
	if strings.HasPrefix(text, "/") {
		root, _ := serverpath.Root(dir.Path)
		dir = w.at(root)
	}
	return dir, splitPath(text, false)
}

// start is where the walk along a path begins: at its root, or in the innermost
// folder on its way that was resolved before, by the same text.
func (v *View) start(path string) (Resolved, []string) {
	for i := len(path) - 1; i > 0 && v.folders != nil; i-- {
		if !serverpath.IsSeparator(path[i], v.node.Windows()) {
			continue
		}
		if cur, ok := v.folders[path[:i]]; ok {
			return cur, splitPath(path[i+1:], v.node.Windows())
		}
	}
	root, parts := serverpath.Root(path)
	return v.at(root), parts
}

// splitPath cuts a relative path at its separators.
func splitPath(rel string, windows bool) []string {
	return strings.FieldsFunc(rel, func(r rune) bool { return r == '/' || windows && r == '\\' })
}

// finish looks at a folder that was reached without a look: a root, or what
// ".." led back to.
func (v *View) finish(cur Resolved, fail func(error) (Resolved, error)) (Resolved, error) {
	if cur.Info != nil {
		return cur, nil
	}
	fsys := v.fs[cur.Place.Storage]
	if fsys == nil {
		if !v.mounts.above(cur.Path) {
			return fail(ErrNotLocated)
		}
		return cur, nil
	}
	info, err := fsys.Stat(cur.Place.Path)
	if err != nil && !(errors.Is(err, fs.ErrNotExist) && v.mounts.above(cur.Path)) {
		return fail(fsx.Cause(err))
	}
	if err == nil {
		cur.Info = info
	}
	return cur, nil
}

// at is a folder that is taken as it stands: a root, or a parent that was
// passed on the way down and is no link.
func (v *View) at(path string) Resolved {
	place, _ := v.mounts.locate(path)
	return Resolved{Path: path, Place: place}
}

// step looks at one path whose parents hold no link.
func (v *View) step(path string) (Resolved, error) {
	if v.seen == nil {
		return v.look(path)
	}
	l := v.seen[path]
	if l == nil {
		l = new(looked)
		l.r, l.err = v.look(path)
		v.seen[path] = l
	}
	return l.r, l.err
}

func (v *View) look(path string) (Resolved, error) {
	r := v.at(path)
	if r.Place.Storage == "" {
		if v.mounts.above(path) {
			return r, nil
		}
		return r, ErrNotLocated
	}
	fsys := v.fs[r.Place.Storage]
	if fsys == nil {
		return r, ErrNotLocated
	}
	var err error
	if v.mounts.point(path) {
		r.Info, err = fsys.Stat(r.Place.Path)
	} else {
		r.Info, err = fsx.Lstat(fsys, r.Place.Path)
	}
	if errors.Is(err, fs.ErrNotExist) && v.node.Windows() {
		if name, ok := v.sameButCase(path); ok {
			return v.step(name)
		}
	}
	if errors.Is(err, fs.ErrNotExist) && v.mounts.above(path) {
		return r, nil // the server sees the mount's parents, even where this storage does not hold them
	}
	return r, err
}

// sameButCase finds the name that a Windows server would have opened. A copy
// of its files on a case-sensitive storage still is that server's.
func (v *View) sameButCase(path string) (string, bool) {
	dir := serverpath.Parent(path)
	place, ok := v.mounts.locate(dir)
	if !ok || v.fs[place.Storage] == nil {
		return "", false
	}
	for n, err := range fsx.Names(v.fs[place.Storage], place.Path) {
		if err != nil {
			return "", false
		}
		got := serverpath.Child(dir, n)
		if got != path && strings.EqualFold(got, path) {
			return got, true
		}
	}
	return "", false
}

func (v *View) open(op, path string) (afero.Fs, Resolved, error) {
	r, err := v.resolve(op, path, true)
	if err != nil {
		return nil, r, err
	}
	fsys := v.fs[r.Place.Storage]
	if fsys == nil {
		return nil, r, &fs.PathError{Op: op, Path: path, Err: ErrNotLocated}
	}
	return fsys, r, nil
}
