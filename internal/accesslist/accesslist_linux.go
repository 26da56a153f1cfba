package accesslist

import (
	"bytes"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	posix = "system.posix_acl_access"
	nfs4  = "system.nfs4_acl"
)

// Copy makes the access list of from that of to. The error names the attribute
// that the storage or the operating system refused.
func Copy(from, to *os.File) error {
	for _, name := range [...]string{posix, nfs4} {
		want, err := get(from, name)
		if err != nil {
			return &os.PathError{Op: "read " + name, Path: from.Name(), Err: err}
		}
		have, err := get(to, name)
		if err != nil {
			return &os.PathError{Op: "read " + name, Path: to.Name(), Err: err}
		}
		switch {
		case bytes.Equal(want, have):
			continue
		case want != nil:
			err = unix.Fsetxattr(int(to.Fd()), name, want, 0)
		case name == posix: // NFS makes its list of the mode
			err = unix.Fremovexattr(int(to.Fd()), name)
		}
		if err != nil {
			return &os.PathError{Op: "set " + name, Path: to.Name(), Err: err}
		}
	}
	return nil
}

// get returns the list, or nil where the file or the storage has none.
func get(file *os.File, name string) ([]byte, error) {
	list := make([]byte, 1<<10)
	for {
		n, err := unix.Fgetxattr(int(file.Fd()), name, list)
		switch {
		case err == nil:
			return list[:n], nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ERANGE) && len(list) < 1<<16: // the largest that Linux knows
			list = make([]byte, 1<<16)
		case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
			return nil, nil
		default:
			return nil, err
		}
	}
}
