package replacefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// file is what is needed of an open file.
type file interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Sync() error
	Chmod(mode fs.FileMode) error
	Chown(uid, gid int) error
}

// folder is the folder that holds the target; names are those of its entries.
type folder interface {
	lstat(name string) (fs.FileInfo, error)
	open(name string) (file, error)
	create(name string) (file, error)
	remove(name string) error
	rename(from, to string) error
	place(from, to string) error // rename to a name that is free
	names() ([]string, error)
	same(a, b fs.FileInfo) bool // one file, as far as this is known
	lock() (unlock func(), err error)
	sync()
	close()
}

// openFolder opens the folder of target where the file is the system's own.
// Every other file system is used by names: what it wraps is not ours to use.
func openFolder(fsys afero.Fs, target string) (dir folder, base string, err error) {
	var open func(name string) (*os.Root, error)
	switch own := fsys.(type) {
	case interface {
		OpenRoot(name string) (*os.Root, error)
	}:
		open = own.OpenRoot
	case *afero.OsFs:
		open = os.OpenRoot
	default:
		dir, base := fsx.Split(target)
		return named{fsys, dir, fsx.Dir(target)}, base, nil
	}
	name, base := filepath.Split(target)
	if name == "" {
		name = "."
	}
	root, err := open(filepath.Clean(name))
	if err != nil {
		return nil, "", err
	}
	self, err := root.Open(".")
	if err != nil {
		return nil, "", errors.Join(err, root.Close())
	}
	return opened{root, self}, base, nil
}

// opened is a folder of the operating system.
type opened struct {
	root *os.Root
	self *os.File
}

func (d opened) lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }

// open opens the file of a name, and nothing that a link leads to. It does not
// wait for what is not a file.
func (d opened) open(name string) (file, error) {
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrChanged
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, err
	}
	if now, err := f.Stat(); err != nil || !os.SameFile(info, now) {
		_ = f.Close()
		return nil, errors.Join(ErrChanged, err)
	}
	return f, nil
}

func (d opened) create(name string) (file, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d opened) remove(name string) error     { return d.root.Remove(name) }
func (d opened) rename(from, to string) error { return d.root.Rename(from, to) }

// place links the file to its name, which fails where the name was taken
// meanwhile, and renames it on a storage without hard links.
func (d opened) place(from, to string) error {
	switch err := d.root.Link(from, to); {
	case err == nil:
		return d.root.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return ErrChanged
	}
	return d.root.Rename(from, to)
}

func (d opened) names() ([]string, error) {
	dir, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	list, err := dir.Readdirnames(-1)
	return list, errors.Join(err, dir.Close())
}

func (d opened) same(a, b fs.FileInfo) bool       { return os.SameFile(a, b) }
func (d opened) lock() (unlock func(), err error) { return lock(d.self) }
func (d opened) sync()                            { _ = d.self.Sync() }
func (d opened) close()                           { _ = d.self.Close(); _ = d.root.Close() }

// named is a folder of any other file system. path is that of its entries, to
// the last separator.
type named struct {
	fsys       afero.Fs
	path, self string
}

func (d named) lstat(name string) (fs.FileInfo, error) { return fsx.LstatListed(d.fsys, d.path+name) }

func (d named) open(name string) (file, error) {
	f, err := d.fsys.Open(d.path + name)
	if err != nil {
		return nil, err
	}
	return namedFile{f, d.fsys, d.path + name}, nil
}

func (d named) create(name string) (file, error) {
	f, err := d.fsys.OpenFile(d.path+name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return namedFile{f, d.fsys, d.path + name}, nil
}

func (d named) remove(name string) error     { return d.fsys.Remove(d.path + name) }
func (d named) rename(from, to string) error { return d.fsys.Rename(d.path+from, d.path+to) }
func (d named) place(from, to string) error  { return d.rename(from, to) }

func (d named) names() ([]string, error) {
	dir, err := d.fsys.Open(d.self)
	if err != nil {
		return nil, err
	}
	list, err := dir.Readdirnames(-1)
	return list, errors.Join(err, dir.Close())
}

func (d named) same(a, b fs.FileInfo) bool       { return true }
func (d named) lock() (unlock func(), err error) { return func() {}, nil }
func (d named) close()                           {}

// sync makes the rename durable where the storage can. Where it cannot, there
// is nothing to be done about it, and the file itself is in place.
func (d named) sync() {
	if dir, err := d.fsys.Open(d.self); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}

// namedFile is an open file whose mode and owner are set by name: not every
// file of afero has methods for that.
type namedFile struct {
	afero.File
	fsys afero.Fs
	path string
}

func (f namedFile) Stat() (fs.FileInfo, error)   { return f.fsys.Stat(f.path) }
func (f namedFile) Chmod(mode fs.FileMode) error { return f.fsys.Chmod(f.path, mode) }
func (f namedFile) Chown(uid, gid int) error     { return f.fsys.Chown(f.path, uid, gid) }
