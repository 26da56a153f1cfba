package fsx

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// attrs lists the extended attributes. Most files have none, which one call
// without a buffer tells.
func attrs(fd int, path string) ([]string, error) {
	var buf [1024]byte
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

func attr(fd int, path, name string) ([]byte, error) {
	buf := make([]byte, 64<<10) // the most that Linux allows
	n, err := unix.Fgetxattr(fd, name, buf)
	if err != nil {
		return nil, attrError("getxattr "+strconv.Quote(name), path, err)
	}
	return buf[:n], nil
}

func setAttr(fd int, path, name string, value []byte) error {
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

// noAttr reports that a file has no such attribute, or its storage none at all.
func noAttr(err error) bool {
	return errors.Is(err, unix.ENODATA) || errors.Is(err, errors.ErrUnsupported)
}

func attrError(op, path string, err error) error {
	return &fs.PathError{Op: op, Path: path, Err: err}
}
