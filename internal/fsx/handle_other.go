//go:build !unix

package fsx

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

const openFlags = 0

// Rename goes by names: this system renames nothing by handles.
func (d *handleFolder) Rename(name string, to Folder, newName string) error {
	return os.Rename(Join(d.path, name), Join(to.Path(), newName))
}

func (d *handleFolder) Place(name string, to Folder, newName string) error {
	if _, err := to.Lstat(newName); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = &fs.PathError{Op: "rename", Path: Join(to.Path(), newName), Err: fs.ErrExist}
		}
		return err
	}
	return d.Rename(name, to, newName)
}

func (d *handleFolder) Lchtimes(name string, mtime time.Time) error {
	return unsupported("lchtimes", Join(d.path, name))
}

func setTimes(fd int, path string, mtime time.Time) error {
	return os.Chtimes(path, mtime, mtime)
}

func attrs(fd int, path string) ([]string, error) { return nil, unsupported("listxattr", path) }
func attr(fd int, path, name string) ([]byte, error) {
	return nil, unsupported("getxattr", path)
}
func setAttr(fd int, path, name string, value []byte) error {
	return unsupported("setxattr", path)
}

func (d *handleFolder) room() (bytes, files int64, ok bool) { return 0, 0, false }

func (d *handleFolder) local() bool { return false }
