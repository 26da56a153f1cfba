package strictfs

import (
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// Folders returns fsys with the folders that [fsx.Open] opens on it, and their
// files, under around: it is called for every operation that reads or changes
// something, with the path that it is for, and carries it out by calling next. It
// may do other things before, or return an error instead. So faults and the
// interleaving of two runs can be tried on storages that are held by handles.
func Folders(fsys afero.Fs, around func(op Op, path string, next func() error) error) afero.Fs {
	return &folders{Fs: fsys, around: around}
}

type folders struct {
	afero.Fs
	around func(op Op, path string, next func() error) error
}

var _ fsx.Opener = (*folders)(nil)

func (f *folders) OpenFolder(path string) (fsx.Folder, error) {
	var d fsx.Folder
	err := f.around(OpOpen, path, func() (err error) {
		d, err = fsx.Open(f.Fs, path)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &folder{opened: d, fs: f}, nil
}

func (f *folders) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	if l, ok := f.Fs.(afero.Lstater); ok {
		return l.LstatIfPossible(name)
	}
	fi, err := f.Fs.Stat(name)
	return fi, false, err
}

func (f *folders) ReadlinkIfPossible(name string) (string, error) {
	return fsx.Readlink(f.Fs, name)
}

func (f *folders) SymlinkIfPossible(oldname, newname string) error {
	if l, ok := f.Fs.(afero.Linker); ok {
		return l.SymlinkIfPossible(oldname, newname)
	}
	return &fs.PathError{Op: "symlink", Path: newname, Err: afero.ErrNoSymlink}
}

// opened is embedded in folder, whose method Folder would be hidden otherwise.
type opened = fsx.Folder

// folder passes every operation through around.
type folder struct {
	opened
	fs *folders
}

func (d *folder) do(op Op, name string, next func() error) error {
	return d.fs.around(op, fsx.Join(d.Path(), name), next)
}

// below is the folder itself, which a storage knows.
func below(d fsx.Folder) fsx.Folder {
	if f, ok := d.(*folder); ok {
		return f.opened
	}
	return d
}

// RefusesLikeSystem is what the folder below does.
func (d *folder) RefusesLikeSystem() bool { return fsx.Strict(d.opened) }

func (d *folder) Names() (list []string, err error) {
	err = d.do(OpReaddirnames, "", func() (err error) { list, err = d.opened.Names(); return err })
	return list, err
}

func (d *folder) Lstat(name string) (fi fs.FileInfo, err error) {
	err = d.do(OpLstat, name, func() (err error) { fi, err = d.opened.Lstat(name); return err })
	return fi, err
}

func (d *folder) Readlink(name string) (text string, err error) {
	err = d.do(OpReadlink, name, func() (err error) { text, err = d.opened.Readlink(name); return err })
	return text, err
}

func (d *folder) file(op Op, name string, open func() (fsx.File, error)) (fsx.File, error) {
	var f fsx.File
	if err := d.do(op, name, func() (err error) { f, err = open(); return err }); err != nil {
		return nil, err
	}
	return &folderFile{File: f, path: fsx.Join(d.Path(), name), fs: d.fs}, nil
}

func (d *folder) Open(name string) (fsx.File, error) {
	return d.file(OpOpen, name, func() (fsx.File, error) { return d.opened.Open(name) })
}

func (d *folder) Create(name string, perm fs.FileMode) (fsx.File, error) {
	return d.file(OpCreate, name, func() (fsx.File, error) { return d.opened.Create(name, perm) })
}

func (d *folder) Folder(name string) (fsx.Folder, error) {
	var sub fsx.Folder
	if err := d.do(OpOpen, name, func() (err error) { sub, err = d.opened.Folder(name); return err }); err != nil {
		return nil, err
	}
	return &folder{opened: sub, fs: d.fs}, nil
}

func (d *folder) Mkdir(name string, perm fs.FileMode) error {
	return d.do(OpMkdir, name, func() error { return d.opened.Mkdir(name, perm) })
}

func (d *folder) Symlink(text, name string) error {
	return d.do(OpSymlink, name, func() error { return d.opened.Symlink(text, name) })
}

func (d *folder) Rename(name string, to fsx.Folder, newName string) error {
	return d.do(OpRename, name, func() error { return d.opened.Rename(name, below(to), newName) })
}

func (d *folder) Place(name string, to fsx.Folder, newName string) error {
	return d.do(OpRename, name, func() error { return d.opened.Place(name, below(to), newName) })
}

func (d *folder) Remove(name string) error {
	return d.do(OpRemove, name, func() error { return d.opened.Remove(name) })
}

func (d *folder) Chmod(mode fs.FileMode) error {
	return d.do(OpChmod, "", func() error { return d.opened.Chmod(mode) })
}

func (d *folder) Chown(uid, gid int) error {
	return d.do(OpChown, "", func() error { return d.opened.Chown(uid, gid) })
}

func (d *folder) Chtimes(mtime time.Time) error {
	return d.do(OpChtimes, "", func() error { return d.opened.Chtimes(mtime) })
}

func (d *folder) Sync() error { return d.do(OpSync, "", d.opened.Sync) }

// folderFile passes what matters of a file through around.
type folderFile struct {
	fsx.File
	path string
	fs   *folders
}

func (f *folderFile) do(op Op, next func() error) error { return f.fs.around(op, f.path, next) }

func (f *folderFile) Read(b []byte) (n int, err error) {
	// io.EOF is no failure, so it does not pass through around.
	err = f.do(OpRead, func() error { return nil })
	if err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f *folderFile) Write(b []byte) (n int, err error) {
	err = f.do(OpWrite, func() (err error) { n, err = f.File.Write(b); return err })
	return n, err
}

func (f *folderFile) Chmod(mode fs.FileMode) error {
	return f.do(OpChmod, func() error { return f.File.Chmod(mode) })
}

func (f *folderFile) Chown(uid, gid int) error {
	return f.do(OpChown, func() error { return f.File.Chown(uid, gid) })
}

func (f *folderFile) Chtimes(mtime time.Time) error {
	return f.do(OpChtimes, func() error { return f.File.Chtimes(mtime) })
}

func (f *folderFile) Sync() error  { return f.do(OpSync, f.File.Sync) }
func (f *folderFile) Close() error { return f.do(OpClose, f.File.Close) }
