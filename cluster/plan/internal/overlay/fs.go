package overlay

import (
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// future is one storage of the future. It only reads: every call that
// would change something answers EROFS. It may be used from many goroutines.
// Each call sees the plan of one moment, and an open folder the moment at
// which it was opened.
//
// Paths and names in errors, in FileInfo and in File.Name are those of the
// future, as the caller spelled them.
type future struct {
	name string // of the storage
	now  atomic.Pointer[tree]
}

var (
	_ afero.Fs        = (*future)(nil)
	_ afero.Symlinker = (*future)(nil)
)

// look finds what is at a path.
func (f *future) look(op, path string, followLast bool) (*spot, error) {
	s, err := f.now.Load().find(path, followLast)
	if err == nil && !s.exists() {
		err = syscall.ENOENT
	}
	if err != nil {
		return nil, pathError(op, path, err)
	}
	return s, nil
}

func (f *future) Name() string { return "future of " + f.name }

// Open opens a file of the storage at once, a folder when it is first listed.
func (f *future) Open(name string) (afero.File, error) {
	s, err := f.look("open", name, true)
	if err != nil {
		return nil, err
	}
	if s.isDir() {
		return &handle{name: name, node: s.node}, nil
	}
	c, err := s.node.open()
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &handle{name: name, node: s.node, content: c}, nil
}

// OpenFile is Open; a flag that asks to write is refused.
func (f *future) OpenFile(name string, flag int, _ os.FileMode) (afero.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_TRUNC) != 0 {
		return nil, refuseWrite("open", name)
	}
	return f.Open(name)
}

func (f *future) Stat(name string) (os.FileInfo, error) {
	s, err := f.look("stat", name, true)
	if err != nil {
		return nil, err
	}
	return infoOf(lastName(name), s.fi), nil
}

func (f *future) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	s, err := f.look("lstat", name, false)
	if err != nil {
		return nil, true, err
	}
	return infoOf(lastName(name), s.fi), true, nil
}

func (f *future) ReadlinkIfPossible(name string) (string, error) {
	s, err := f.look("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !s.isLink() {
		return "", pathError("readlink", name, syscall.EINVAL)
	}
	text, err := s.node.readlink()
	return text, pathError("readlink", name, err)
}

func (f *future) SymlinkIfPossible(oldname, newname string) error {
	return &os.LinkError{Op: "symlink", Old: oldname, New: newname, Err: afero.ErrNoSymlink}
}

func (f *future) Create(name string) (afero.File, error) { return nil, refuseWrite("create", name) }
func (f *future) Mkdir(name string, _ os.FileMode) error { return refuseWrite("mkdir", name) }
func (f *future) MkdirAll(name string, _ os.FileMode) error {
	return refuseWrite("mkdir", name)
}
func (f *future) Remove(name string) error               { return refuseWrite("remove", name) }
func (f *future) RemoveAll(name string) error            { return refuseWrite("remove", name) }
func (f *future) Rename(name, _ string) error            { return refuseWrite("rename", name) }
func (f *future) Chmod(name string, _ os.FileMode) error { return refuseWrite("chmod", name) }
func (f *future) Chown(name string, _, _ int) error      { return refuseWrite("chown", name) }
func (f *future) Chtimes(name string, _, _ time.Time) error {
	return refuseWrite("chtimes", name)
}

func refuseWrite(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: syscall.EROFS}
}

// lastName is the last component of a path as FileInfo.Name shows it.
func lastName(p string) string {
	v, parts := serverpath.SplitVolume(p)
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" {
			return parts[i]
		}
	}
	return v.Root
}
