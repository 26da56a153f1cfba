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
