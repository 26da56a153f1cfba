//go:build unix

package fsx

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openFlags keep the open of what was swapped for a named pipe from waiting.
const openFlags = unix.O_NONBLOCK

func renameError(from, to string, err error) error {
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}

// Rename is renameat(2) between two handles.
func (d *handleFolder) Rename(name string, to Folder, newName string) error {
	dst, ok := to.(*handleFolder)
	if !ok {
		return renameError(Join(d.path, name), Join(to.Path(), newName), unix.EXDEV)
	}
	if err := unix.Renameat(d.fd(), name, dst.fd(), newName); err != nil {
		return renameError(Join(d.path, name), Join(dst.path, newName), err)
	}
	return nil
}

// Place uses a rename that does not replace, else a second name whose first is
// removed, else a look.
func (d *handleFolder) Place(name string, to Folder, newName string) error {
	dst, ok := to.(*handleFolder)
	if !ok {
		return renameError(Join(d.path, name), Join(to.Path(), newName), unix.EXDEV)
	}
	err := renameNoReplace(d.fd(), name, dst.fd(), newName)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, unix.EINVAL) {
		err = unix.Linkat(d.fd(), name, dst.fd(), newName, 0)
		if err == nil {
			return d.Remove(name)
		}
		if !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.ENOENT) {
			if _, there := dst.Lstat(newName); there == nil {
				err = unix.EEXIST
			} else {
				return d.Rename(name, to, newName)
			}
		}
	}
	if err != nil {
		return renameError(Join(d.path, name), Join(dst.path, newName), err)
	}
	return nil
}

func timespec(t time.Time) unix.Timespec {
	var ts unix.Timespec
	// The width of the fields differs from system to system.
	setWide(&ts.Sec, t.Unix())
	setWide(&ts.Nsec, int64(t.Nanosecond()))
	return ts
}

func setWide[T ~int32 | ~int64](field *T, v int64) { *field = T(v) }

func (d *handleFolder) Lchtimes(name string, mtime time.Time) error {
	ts := timespec(mtime)
	err := unix.UtimesNanoAt(d.fd(), name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return &fs.PathError{Op: "utimensat", Path: Join(d.path, name), Err: err}
	}
	return nil
}
