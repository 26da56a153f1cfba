// Package overlay shows storages as they will be once planned steps have been
// done. Nothing is written and no folder is listed: a step costs the Lstat and
// Readlink calls that resolve its paths, however many files lie below them.
//
//   - Every path is resolved here, component by component, through the links
//     of the future: planned ones, those of the storage, and those that came
//     along in a planned copy. The storage is only asked about paths that have
//     no link above their last component. An absolute link text is a path of
//     the same storage. 40 links may be passed, as on Linux.
//   - What lies at a place is a value that never changes (node). A step replaces
//     the values from the place up to the root and shares all others, so a copy
//     is the source's value at a second place, and no later step at the source
//     can reach it. Rename moves a value with all that was planned inside it.
//     Readers see one moment and need no lock.
//   - A storage that cannot tell links apart is taken to hold none.
//   - Paths are absolute. Those that begin with a drive or two backslashes are
//     Windows paths: either separator, any case. A path without a leading slash
//     counts from "/", as in afero.BasePathFs.
//
// A step that fails changes nothing. Its error is an *fs.PathError with the path
// as it was given.
package overlay

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

// World is the storages of a world as they will be after the steps that were
// added.
type World struct {
	mu       sync.Mutex // held by one step at a time; readers take none
	storages map[string]*future
	made     uint64 // how many folders are new
}

// New starts with the storages as they are.
func New(base map[string]afero.Fs) *World {
	o := &World{storages: make(map[string]*future, len(base))}
	for name, fsys := range base {
		if fsys == nil {
			continue
		}
		f := &future{name: fsys.Name()}
		f.now.Store(&tree{base: fsys})
		o.storages[name] = f
	}
	return o
}

// FS is the named storage of the future, read only, or nil. It keeps showing
// the steps that are added later.
func (o *World) FS(storage string) afero.Fs {
	if f := o.storages[storage]; f != nil {
		return f
	}
	return nil
}

// Storages are all storages by their names.
func (o *World) Storages() map[string]afero.Fs {
	w := make(map[string]afero.Fs, len(o.storages))
	for name, f := range o.storages {
		w[name] = f
	}
	return w
}

// step lets do derive the future of at's storage from its present.
func (o *World) step(op string, at cluster.Place, do func(*tree) (*tree, error)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.storages[at.Storage]
	if f == nil {
		return pathError(op, at.Path, storageError(at.Storage))
	}
	t, err := do(f.now.Load())
	if err != nil {
		return pathError(op, at.Path, err)
	}
	f.now.Store(t)
	return nil
}

// Mkdir plans one folder in an existing one. A folder, or a link to one, that
// is there stays as it is. A new folder is on the device of the one that holds
// it, which its Sys tells.
func (o *World) Mkdir(at cluster.Place, mode fs.FileMode) error {
	return o.step("mkdir", at, func(t *tree) (*tree, error) {
		s, err := t.place(at.Path, false)
		if err != nil {
			return nil, err
		}
		switch {
		case !s.exists():
			info := fileInfo{mode: mode&^fs.ModeType | fs.ModeDir, sys: o.newOn(s.up)}
			return t.put(s, &plannedNode{info: info}), nil
		case s.isLink():
			if s, err = t.follow(s); err != nil || !s.exists() {
				return nil, syscall.EEXIST // a link that leads nowhere, as mkdir(2) says
			}
		}
		if !s.isDir() {
			return nil, syscall.ENOTDIR
		}
		return t, nil
	})
}

// Write plans the content of a file. A link is edited at its target, which
// it may create. With mode 0 the file keeps its mode, or gets 0644 if it is
// new; in any case it keeps its time and owner (Sys), since no one knows when
// the plan will be carried out.
func (o *World) Write(at cluster.Place, data []byte, mode fs.FileMode) error {
	return o.step("write", at, func(t *tree) (*tree, error) {
		s, err := t.place(at.Path, true)
		if err != nil {
			return nil, err
		}
		info := fileInfo{mode: 0o644}
		if s.exists() {
			if s.isDir() {
				return nil, syscall.EISDIR
			}
			info = infoOf("", s.fi)
		}
		info.mode = cmp.Or(mode, info.mode) &^ fs.ModeType
		info.size = int64(len(data))
		return t.put(s, &plannedNode{info: info, data: bytes.Clone(data)}), nil
	})
}

// Symlink plans a link where there is nothing.
func (o *World) Symlink(at cluster.Place, text string) error {
	return o.step("symlink", at, func(t *tree) (*tree, error) {
		s, err := t.place(at.Path, false)
		switch {
		case err != nil:
			return nil, err
		case text == "":
			return nil, syscall.ENOENT
		case s.exists():
			return nil, syscall.EEXIST
		}
		info := fileInfo{mode: fs.ModeSymlink | 0o777, size: int64(len(text))}
		return t.put(s, &plannedNode{info: info, text: text}), nil
	})
}

// Rename moves a file, a folder or a link itself, with everything that was
// planned inside it. A file or link replaces a file or link; an existing
// folder is never replaced, not even an empty one (EEXIST, as os.Rename).
func (o *World) Rename(from, to cluster.Place) error {
	if from.Storage != to.Storage {
		return pathError("rename", to.Path, syscall.EXDEV)
	}
	return o.step("rename", from, func(t *tree) (*tree, error) {
		src, err := t.place(from.Path, false)
		if err != nil {
			return nil, err
		}
		dst, err := t.place(to.Path, false)
		if err != nil {
			return nil, pathError("rename", to.Path, err)
		}
		switch {
		case !src.exists():
			return nil, syscall.ENOENT
		case src.up == nil:
			return nil, syscall.EBUSY
		case src.vol.Key != dst.vol.Key:
			return nil, pathError("rename", to.Path, syscall.EXDEV)
		case src.same(dst):
			return t, nil
		case dst.isDir():
			return nil, pathError("rename", to.Path, syscall.EEXIST)
		case dst.inside(src):
			return nil, syscall.EINVAL
		case src.isDir() && dst.exists():
			return nil, pathError("rename", to.Path, syscall.ENOTDIR)
		}
		// dst describes the tree before src left it: look it up again.
		t = t.put(src, nil)
		if dst, err = t.walk(t.rootOf(dst.vol), dst.parts(), false); err != nil {
			return nil, err
		}
		return t.put(dst, src.node), nil
	})
}

// Remove plans that there is nothing at a place any more: a link goes and its
// target stays, a folder goes with its content. Nothing there is no error.
func (o *World) Remove(at cluster.Place) error {
	return o.step("remove", at, func(t *tree) (*tree, error) {
		s, err := t.place(at.Path, false)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return t, nil
		case err != nil:
			return nil, err
		case s.up == nil:
			return nil, syscall.EBUSY
		case !s.exists():
			return t, nil
		}
		return t.put(s, nil), nil
	})
}

// storageError is the name of a storage that the world does not have.
type storageError string

func (e storageError) Error() string { return fmt.Sprintf("the world has no storage %q", string(e)) }

// pathError gives err the path that the caller used. An error that has its
// path already keeps it.
func pathError(op, path string, err error) error {
	if _, done := err.(*fs.PathError); done || err == nil {
		return err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// Simulated reports whether a file system is one of a World.
func Simulated(fsys afero.Fs) bool {
	_, ok := fsys.(*future)
	return ok
}
