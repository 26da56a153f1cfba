package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

// storageError says which storage or mount of the topology cannot be used.
type storageError struct {
	what, why string
}

func (e *storageError) Error() string { return e.what + ": " + e.why }

// open gives every storage of the topology its file system: the folder that
// it names, with that folder as root. A relative folder is one beside the
// topology file, in base. A folder that cannot be opened is no error: whatever
// is asked of it fails with the reason, so that the report says which member
// could not be judged.
func open(fsys afero.Fs, base string, t cluster.Topology) (map[string]afero.Fs, error) {
	out := map[string]afero.Fs{}
	for _, s := range t.Storages {
		dir := filepath.FromSlash(s.Dir)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(base, dir)
		}
		info, err := fsys.Stat(dir)
		switch {
		case err != nil:
			out[s.Name] = newUnreachable(s.Name, reason(err))
		case !info.IsDir():
			out[s.Name] = newUnreachable(s.Name, "it is not a folder")
		default:
			out[s.Name] = afero.NewBasePathFs(fsys, dir)
		}
	}
	for i, n := range t.Nodes {
		for j, m := range n.Mounts {
			at := fmt.Sprintf("nodes[%d].mounts[%d]", i, j)
			storage := out[m.Storage]
			if storage == nil {
				return nil, &storageError{at, fmt.Sprintf("the topology does not say under storages where %q is", m.Storage)}
			}
			if err := plainRoot(storage, m.Root); err != nil {
				return nil, &storageError{at + ".root", err.Error()}
			}
		}
	}
	return out, nil
}

// plainRoot refuses the root of a mount that leads out of its storage. The
// library follows the links of a server's paths itself, as the server would; a
// link in front of them would be followed by this machine, to a place of this
// machine.
func plainRoot(storage afero.Fs, root string) error {
	links, ok := storage.(afero.Lstater)
	if !ok {
		return nil
	}
	at := "/"
	for part := range strings.SplitSeq(filepath.ToSlash(root), "/") {
		if part == ".." {
			return &storageError{root, "two dots are not allowed"}
		}
		at = path.Join(at, part)
		info, _, err := links.LstatIfPossible(at)
		if err != nil {
			return nil // the report will say so
		}
		if info.Mode()&fs.ModeSymlink != 0 && at != "/" {
			return &storageError{at, "is a symbolic link; name the folder that it leads to"}
		}
	}
	return nil
}

// reason is an error without the path, which stands beside it.
func reason(err error) string {
	switch {
	case os.IsNotExist(err):
		return "its folder does not exist"
	case os.IsPermission(err):
		return "permission denied"
	}
	return err.Error()
}

// unreachable is a storage that is not there. Nothing in it is missing: it is
// not known what it holds.
type unreachable struct {
	afero.Fs // refuses every change
	why      error
}

func newUnreachable(storage, why string) unreachable {
	return unreachable{afero.NewReadOnlyFs(afero.NewMemMapFs()), &storageError{"storage " + storage + " cannot be reached", why}}
}

func (u unreachable) fail(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: u.why}
}

func (u unreachable) Name() string                          { return "unreachable" }
func (u unreachable) Open(name string) (afero.File, error)  { return nil, u.fail("open", name) }
func (u unreachable) Stat(name string) (os.FileInfo, error) { return nil, u.fail("stat", name) }

func (u unreachable) OpenFile(name string, _ int, _ os.FileMode) (afero.File, error) {
	return nil, u.fail("open", name)
}

func (u unreachable) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	return nil, true, u.fail("lstat", name)
}

func (u unreachable) ReadlinkIfPossible(name string) (string, error) {
	return "", u.fail("readlink", name)
}
