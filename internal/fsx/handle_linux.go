package fsx

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func renameNoReplace(from int, name string, to int, newName string) error {
	err := unix.Renameat2(from, name, to, newName, unix.RENAME_NOREPLACE)
	if err == unix.ENOSYS {
		return errors.ErrUnsupported
	}
	return err
}

func setTimes(f *os.File, path string, mtime time.Time) error {
	ts := timespec(mtime)
	times := [2]unix.Timespec{ts, ts}
	// Without a name utimensat(2) changes what the handle is open on; x/sys has
	// no function for that.
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, f.Fd(), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if errno != 0 {
		return &fs.PathError{Op: "utimensat", Path: path, Err: errno}
	}
	return nil
}

func (d *handleFolder) room() (bytes, files int64, ok bool) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(d.self.Fd()), &st); err != nil || st.Blocks == 0 {
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

// attrs lists the extended attributes. Most files have none, which one call
// without a buffer tells.
func attrs(f *os.File, path string) ([]string, error) {
	var buf [1024]byte
	fd := int(f.Fd())
	n, err := unix.Flistxattr(fd, buf[:])
	list := buf[:max(n, 0)]
	for size := 64 << 10; errors.Is(err, unix.ERANGE) && size <= 1<<20; size *= 4 {
		list = make([]byte, size)
		n, err = unix.Flistxattr(fd, list)
		list = list[:max(n, 0)]
	}
	if err != nil {
		return nil, attrError("listxattr", path, err)
	}
	var names []string
	for _, name := range bytes.Split(list, []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names, nil
}

func attr(f *os.File, path, name string) ([]byte, error) {
	buf := make([]byte, 64<<10) // the most that Linux allows
	n, err := unix.Fgetxattr(int(f.Fd()), name, buf)
	if err != nil {
		return nil, attrError("getxattr "+strconv.Quote(name), path, err)
	}
	return buf[:n], nil
}

func setAttr(f *os.File, path, name string, value []byte) error {
	fd := int(f.Fd())
	if value == nil {
		if err := unix.Fremovexattr(fd, name); err != nil && err != unix.ENODATA {
			return attrError("removexattr "+strconv.Quote(name), path, err)
		}
		return nil
	}
	if err := unix.Fsetxattr(fd, name, value, 0); err != nil {
		return attrError("setxattr "+strconv.Quote(name), path, err)
	}
	return nil
}

func attrError(op, path string, err error) error {
	return &fs.PathError{Op: op, Path: path, Err: err}
}
