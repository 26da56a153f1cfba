package fsx

import (
	"errors"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

func renameNoReplace(from int, name string, to int, newName string) error {
	err := unix.Renameat2(from, name, to, newName, unix.RENAME_NOREPLACE)
	if err == unix.ENOSYS {
		return errors.ErrUnsupported
	}
	return err
}

func (d *handleFolder) room() (bytes, files int64, ok bool) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(d.fd(), &st); err != nil || st.Blocks == 0 {
		return 0, 0, false // a storage that counts nothing
	}
	unit := st.Frsize
	if unit <= 0 {
		unit = st.Bsize
	}
	files = -1
	if st.Files > 0 {
		files = int64(st.Ffree)
	}
	return int64(st.Bavail) * int64(unit), files, true
}

func (d *handleFolder) local() bool {
	var st unix.Statfs_t
	if unix.Fstatfs(d.fd(), &st) != nil {
		return false
	}
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC:
		return true
	}
	return false
}

// one makes sure that a name is one: a handle on a folder follows whatever else
// it is given, out of the folder too.
func (d *handleFolder) one(op, name string) error {
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return &fs.PathError{Op: op, Path: Join(d.path, name), Err: unix.EINVAL}
	}
	return nil
}

// Lstat, as open, is one call of the system and nothing more, for there is one
// of them for every file.
func (d *handleFolder) Lstat(name string) (fs.FileInfo, error) {
	if err := d.one("lstatat", name); err != nil {
		return nil, err
	}
	info := &systemInfo{name: name}
	err := again(func() error {
		// Both packages have the same structure, as the system defines it.
		return unix.Fstatat(d.fd(), name, (*unix.Stat_t)(unsafe.Pointer(&info.st)), unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "lstatat", Path: Join(d.path, name), Err: err}
	}
	return info, nil
}

// open opens a file, and no link.
func (d *handleFolder) open(name string, flags int, perm fs.FileMode) (File, error) {
	if err := d.one("openat", name); err != nil {
		return nil, err
	}
	fd := -1
	err := again(func() (err error) {
		fd, err = unix.Openat(d.fd(), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_LARGEFILE, uint32(perm))
		return err
	})
	path := Join(d.path, name)
	if err == unix.ELOOP {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotFollowed}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "openat", Path: path, Err: err}
	}
	return &handleFile{fd: fd, name: name, path: path}, nil
}

// notFollowed has nothing to look for: open follows no link.
func (d *handleFolder) notFollowed(string, fs.FileInfo) error { return nil }

func sameOpened(seen, now fs.FileInfo) bool {
	same, known := fileowner.Same(seen, now)
	return same && known
}

// again repeats a call that a signal has interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
