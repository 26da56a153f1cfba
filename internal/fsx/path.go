package fsx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// pathFolder is a Folder of a storage without handles: a path, and what was
// found there when it was opened.
type pathFolder struct {
	fsys  afero.Fs
	path  string
	above *pathFolder // nil for the root of the chain
	info  fs.FileInfo
}

func openPath(fsys afero.Fs, path string) (Folder, error) {
	info, err := fsys.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is not a folder")}
	}
	return &pathFolder{fsys: fsys, path: path, info: info}, nil
}

func (d *pathFolder) at(name string) string { return Join(d.path, name) }

func (d *pathFolder) Path() string               { return d.path }
func (d *pathFolder) Stat() (fs.FileInfo, error) { return d.fsys.Stat(d.path) }
func (d *pathFolder) Close() error               { return nil }

func (d *pathFolder) Names() (list []string, err error) {
	f, err := d.fsys.Open(d.path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	return f.Readdirnames(-1)
}

func (d *pathFolder) Lstat(name string) (fs.FileInfo, error) { return Lstat(d.fsys, d.at(name)) }
func (d *pathFolder) Readlink(name string) (string, error)   { return Readlink(d.fsys, d.at(name)) }

func (d *pathFolder) Folder(name string) (Folder, error) {
	info, err := d.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := folderOnly(info, d.at(name)); err != nil {
		return nil, err
	}
	return &pathFolder{fsys: d.fsys, path: d.at(name), above: d, info: info}, nil
}

// folderOnly is the error for what is not a folder.
func folderOnly(info fs.FileInfo, path string) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotFollowed}
	case !info.IsDir():
		return &fs.PathError{Op: "open", Path: path, Err: errNotFolder}
	}
	return nil
}

// fileOnly is the error for what is not a plain file.
func fileOnly(info fs.FileInfo, path string) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotFollowed}
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// Still looks at the folder and at those above it, up to the root of the chain.
func (d *pathFolder) Still() error {
	for ; d != nil; d = d.above {
		look := d.fsys.Stat
		if d.above != nil {
			look = func(path string) (fs.FileInfo, error) { return Lstat(d.fsys, path) }
		}
		now, err := look(d.path)
		if err != nil {
			return fmt.Errorf("%s %w: %w", d.path, ErrSwapped, err)
		}
		if same, known := fileowner.Same(d.info, now); !now.IsDir() || known && !same {
			return &fs.PathError{Op: "look", Path: d.path, Err: ErrSwapped}
		}
	}
	return nil
}

func (d *pathFolder) Open(name string) (File, error) {
	path := d.at(name)
	info, err := d.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := fileOnly(info, path); err != nil {
		return nil, err
	}
	f, err := d.fsys.Open(path)
	if err != nil {
		return nil, err
	}
	return &pathFile{File: f, fsys: d.fsys, path: path}, nil
}

func (d *pathFolder) Create(name string, perm fs.FileMode) (File, error) {
	f, err := d.fsys.OpenFile(d.at(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return nil, err
	}
	return &pathFile{File: f, fsys: d.fsys, path: d.at(name)}, nil
}

func (d *pathFolder) Mkdir(name string, perm fs.FileMode) error {
	return d.fsys.Mkdir(d.at(name), perm)
}

func (d *pathFolder) Symlink(text, name string) error {
	l, ok := d.fsys.(afero.Linker)
	if !ok {
		return &fs.PathError{Op: "symlink", Path: d.at(name), Err: afero.ErrNoSymlink}
	}
	return l.SymlinkIfPossible(text, d.at(name))
}

func (d *pathFolder) Rename(name string, to Folder, newName string) error {
	return d.fsys.Rename(d.at(name), Join(to.Path(), newName))
}

// Placer is a storage with a rename that replaces nothing: afero has neither that
// nor hard links.
type Placer interface {
	Place(oldname, newname string) error
}

// Place looks before it renames where the storage is no Placer.
func (d *pathFolder) Place(name string, to Folder, newName string) error {
	from, into := d.at(name), Join(to.Path(), newName)
	if p, ok := d.fsys.(Placer); ok {
		return p.Place(from, into)
	}
	return PlaceByLook(d.fsys, from, into)
}

// PlaceByLook is Place where nothing renames without replacing: what another
// program puts there between the look and the rename is replaced.
func PlaceByLook(fsys afero.Fs, oldname, newname string) error {
	if _, err := Lstat(fsys, newname); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = &fs.PathError{Op: "rename", Path: newname, Err: fs.ErrExist}
		}
		return err
	}
	return fsys.Rename(oldname, newname)
}

func (d *pathFolder) Remove(name string) error { return d.fsys.Remove(d.at(name)) }

func (d *pathFolder) Chmod(mode fs.FileMode) error  { return d.fsys.Chmod(d.path, mode) }
func (d *pathFolder) Chown(uid, gid int) error      { return d.fsys.Chown(d.path, uid, gid) }
func (d *pathFolder) Chtimes(mtime time.Time) error { return d.fsys.Chtimes(d.path, mtime, mtime) }

// afero follows links where it changes an owner or a time.
func (d *pathFolder) Lchown(name string, uid, gid int) error {
	return unsupported("lchown", d.at(name))
}
func (d *pathFolder) Lchtimes(name string, mtime time.Time) error {
	return unsupported("lchtimes", d.at(name))
}

func (d *pathFolder) Attrs() ([]string, error) { return nil, unsupported("listxattr", d.path) }
func (d *pathFolder) Attr(name string) ([]byte, error) {
	return nil, unsupported("getxattr", d.path)
}
func (d *pathFolder) SetAttr(name string, value []byte) error {
	return unsupported("setxattr", d.path)
}

func (d *pathFolder) Sync() error {
	f, err := d.fsys.Open(d.path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func unsupported(op, path string) error {
	return &fs.PathError{Op: op, Path: path, Err: errors.ErrUnsupported}
}

// pathFile is a file of a storage without handles.
type pathFile struct {
	afero.File
	fsys afero.Fs
	path string
}

// Attributer is what a file of a storage may implement to tell its extended
// attributes.
type Attributer interface {
	Attrs() ([]string, error)
	Attr(name string) ([]byte, error)
	SetAttr(name string, value []byte) error
}

func (f *pathFile) Chmod(mode fs.FileMode) error  { return f.fsys.Chmod(f.path, mode) }
func (f *pathFile) Chown(uid, gid int) error      { return f.fsys.Chown(f.path, uid, gid) }
func (f *pathFile) Chtimes(mtime time.Time) error { return f.fsys.Chtimes(f.path, mtime, mtime) }

func (f *pathFile) Attrs() ([]string, error) {
	if a, ok := f.File.(Attributer); ok {
		return a.Attrs()
	}
	return nil, unsupported("listxattr", f.path)
}

func (f *pathFile) Attr(name string) ([]byte, error) {
	if a, ok := f.File.(Attributer); ok {
		return a.Attr(name)
	}
	return nil, unsupported("getxattr", f.path)
}

func (f *pathFile) SetAttr(name string, value []byte) error {
	if a, ok := f.File.(Attributer); ok {
		return a.SetAttr(name, value)
	}
	return unsupported("setxattr", f.path)
}

func (f *pathFile) System() *os.File {
	below := f.File
	if b, ok := below.(*afero.BasePathFile); ok {
		below = b.File
	}
	o, _ := below.(*os.File)
	return o
}
