//go:build unix && !linux

package fsx

import (
	"errors"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

func renameNoReplace(from int, name string, to int, newName string) error {
	return errors.ErrUnsupported
}

func setTimes(fd int, path string, mtime time.Time) error {
	tv := unix.NsecToTimeval(mtime.UnixNano())
	if err := unix.Futimes(fd, []unix.Timeval{tv, tv}); err != nil {
		return &fs.PathError{Op: "futimes", Path: path, Err: err}
	}
	return nil
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
