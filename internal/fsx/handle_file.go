//go:build !linux

package fsx

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

func (d *handleFolder) Lstat(name string) (fs.FileInfo, error) {
	info, err := d.root.Lstat(name)
	return info, d.named(err)
}

func (d *handleFolder) open(name string, flags int, perm fs.FileMode) (File, error) {
	f, err := d.root.OpenFile(name, flags, perm)
	if err != nil {
		return nil, d.named(err)
	}
	return &handleFile{File: f, path: Join(d.path, name)}, nil
}

// notFollowed looks again: a Root follows links that stay inside it, so what was
// opened must be what has the name.
func (d *handleFolder) notFollowed(name string, now fs.FileInfo) error {
	info, err := d.Lstat(name)
	if err == nil && !os.SameFile(info, now) {
		err = &fs.PathError{Op: "open", Path: Join(d.path, name), Err: ErrSwapped}
	}
	return err
}

func sameOpened(seen, now fs.FileInfo) bool { return os.SameFile(seen, now) }

// handleFile is a file of the system.
type handleFile struct {
	*os.File
	path string
}

func (f *handleFile) beginSync(offset, n int64)           {}
func (f *handleFile) unwritten(bool) bool                 { return false }
func (f *handleFile) fd() int                             { return int(f.Fd()) }
func (f *handleFile) Chtimes(mtime time.Time) error       { return setTimes(f.fd(), f.path, mtime) }
func (f *handleFile) Attrs() ([]string, error)            { return attrs(f.fd(), f.path) }
func (f *handleFile) Attr(name string) ([]byte, error)    { return attr(f.fd(), f.path, name) }
func (f *handleFile) SetAttr(name string, v []byte) error { return setAttr(f.fd(), f.path, name, v) }
func (f *handleFile) System() *os.File                    { return f.File }

func attrs(fd int, path string) ([]string, error) { return nil, unsupported("listxattr", path) }
func attr(fd int, path, name string) ([]byte, error) {
	return nil, unsupported("getxattr", path)
}
func setAttr(fd int, path, name string, value []byte) error {
	return unsupported("setxattr", path)
}

func (d *handleFolder) room() (bytes, files int64, ok bool) { return 0, 0, false }

func (d *handleFolder) local() bool { return false }

func noAttr(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
