package fsx

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

var errNotFolder error = syscall.ENOTDIR

// handleFolder is a Folder that is held by a handle.
type handleFolder struct {
	root *os.Root
	self *os.File // the same folder, for what a Root has no call for
	path string
	read atomic.Bool // self was listed, and has to be rewound first
}

// openHandle opens the folder at a path. To open a pipe would wait for a writer,
// and what a Root says of a file is no error that can be told from others.
func openHandle(open func(string) (*os.Root, error), stat func(string) (fs.FileInfo, error), path string) (Folder, error) {
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNotFolder}
	}
	root, err := open(path)
	if err != nil {
		return nil, err
	}
	return newHandle(root, path)
}

func newHandle(root *os.Root, path string) (*handleFolder, error) {
	self, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, err
	}
	return &handleFolder{root: root, self: self, path: path}, nil
}

func (d *handleFolder) Path() string               { return d.path }
func (d *handleFolder) Stat() (fs.FileInfo, error) { return d.self.Stat() }
func (d *handleFolder) Still() error               { return nil }
func (d *handleFolder) Close() error               { return errors.Join(d.self.Close(), d.root.Close()) }
func (d *handleFolder) Sync() error                { return d.self.Sync() }

func (d *handleFolder) fd() int { return int(d.self.Fd()) }

func (d *handleFolder) Names() ([]string, error) {
	if d.read.Swap(true) {
		if _, err := d.self.Seek(0, 0); err != nil {
			return nil, err
		}
	}
	return d.self.Readdirnames(-1)
}

func (d *handleFolder) Readlink(name string) (string, error) {
	text, err := d.root.Readlink(name)
	return text, d.named(err)
}

// named gives an error the whole path: a Root knows only names below itself.
func (d *handleFolder) named(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return &fs.PathError{Op: pe.Op, Path: Join(d.path, pe.Path), Err: pe.Err}
	}
	return err
}

// Folder opens a folder. A Root follows links that stay inside it, so what was
// opened must be what was seen.
func (d *handleFolder) Folder(name string) (Folder, error) {
	path := Join(d.path, name)
	info, err := d.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := folderOnly(info, path); err != nil {
		return nil, err
	}
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, d.named(err)
	}
	sub, err := newHandle(root, path)
	if err != nil {
		return nil, d.named(err)
	}
	now, err := sub.Stat()
	if err == nil && !sameOpened(info, now) {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrSwapped}
	}
	if err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	return sub, nil
}

func (d *handleFolder) Open(name string) (File, error) {
	info, err := d.Lstat(name)
	if err != nil {
		return nil, err
	}
	return d.openSeen(name, info)
}

// openSeen opens a plain file that was looked at. What is opened must be one
// too.
func (d *handleFolder) openSeen(name string, seen fs.FileInfo) (File, error) {
	path := Join(d.path, name)
	if err := fileOnly(seen, path); err != nil {
		return nil, err
	}
	f, err := d.open(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	now, err := f.Stat()
	if err == nil {
		err = cmp.Or(fileOnly(now, path), d.notFollowed(name, now))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d *handleFolder) Create(name string, perm fs.FileMode) (File, error) {
	return d.open(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm.Perm())
}

func (d *handleFolder) Mkdir(name string, perm fs.FileMode) error {
	return d.named(d.root.Mkdir(name, perm.Perm())) // a Root takes no other bits
}

func (d *handleFolder) Symlink(text, name string) error {
	return d.root.Symlink(text, name)
}

func (d *handleFolder) Remove(name string) error { return d.named(d.root.Remove(name)) }

func (d *handleFolder) Lchown(name string, uid, gid int) error {
	return d.named(d.root.Lchown(name, uid, gid))
}

func (d *handleFolder) Chmod(mode fs.FileMode) error  { return d.self.Chmod(mode) }
func (d *handleFolder) Chown(uid, gid int) error      { return d.self.Chown(uid, gid) }
func (d *handleFolder) Chtimes(mtime time.Time) error { return setTimes(d.fd(), d.path, mtime) }

func (d *handleFolder) Attrs() ([]string, error)         { return attrs(d.fd(), d.path) }
func (d *handleFolder) Attr(name string) ([]byte, error) { return attr(d.fd(), d.path, name) }
func (d *handleFolder) SetAttr(name string, v []byte) error {
	return setAttr(d.fd(), d.path, name, v)
}
