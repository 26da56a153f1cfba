package overlay

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

var _ afero.File = (*handle)(nil)

// handle is an open file or folder. The storage of a folder is first asked for a
// listing when the caller asks for one, and then for the names only; each entry is
// looked at when it is its turn. So a large folder costs its names, for the sake of
// their order.
type handle struct {
	name    string // as it was opened
	node    node
	content fileContent // of a file

	mu     sync.Mutex
	closed bool
	listed bool
	rest   []string // of a folder, not handed out yet
}

// do does one thing with a handle that is open. Its errors get the name by which
// that was opened.
func (h *handle) do(op string, what func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := error(fs.ErrClosed)
	if !h.closed {
		err = what()
	}
	if err == nil || err == io.EOF {
		return err
	}
	return pathError(op, h.name, fsx.Cause(err))
}

// read does something with the content of a file.
func (h *handle) read(op string, what func() error) error {
	return h.do(op, func() error {
		if h.content == nil {
			return syscall.EISDIR
		}
		return what()
	})
}

func (h *handle) Name() string { return h.name }

func (h *handle) Stat() (os.FileInfo, error) {
	fi, err := h.node.lstat()
	if err != nil {
		return nil, pathError("stat", h.name, err)
	}
	return infoOf(lastName(h.name), fi), nil
}

func (h *handle) Sync() error                        { return nil }
func (h *handle) Write([]byte) (int, error)          { return 0, refuseWrite("write", h.name) }
func (h *handle) WriteAt([]byte, int64) (int, error) { return 0, refuseWrite("write", h.name) }
func (h *handle) WriteString(string) (int, error)    { return 0, refuseWrite("write", h.name) }
func (h *handle) Truncate(int64) error               { return refuseWrite("truncate", h.name) }

func (h *handle) Read(b []byte) (n int, err error) {
	err = h.read("read", func() error {
		n, err = h.content.Read(b)
		return err
	})
	return n, err
}

func (h *handle) ReadAt(b []byte, off int64) (n int, err error) {
	err = h.read("read", func() error {
		n, err = h.content.ReadAt(b, off)
		return err
	})
	return n, err
}

// Seek to the start lists a folder anew.
func (h *handle) Seek(offset int64, whence int) (at int64, err error) {
	err = h.do("seek", func() error {
		switch {
		case h.content != nil:
			at, err = h.content.Seek(offset, whence)
			return err
		case offset != 0 || whence != io.SeekStart:
			return syscall.EINVAL
		}
		h.listed = false
		return nil
	})
	return at, err
}

func (h *handle) Close() error {
	return h.do("close", func() error {
		h.closed, h.rest = true, nil
		if h.content == nil {
			return nil
		}
		return h.content.Close()
	})
}

// Readdir returns the next entries in the order of their names, links as
// links. With n > 0 it returns up to n, and io.EOF when none is left;
// otherwise all that are left.
func (h *handle) Readdir(n int) ([]os.FileInfo, error) {
	list := []os.FileInfo{}
	err := h.list(n, func(name string) error {
		_, fi, err := h.node.child(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it vanished from the storage since it was listed
		}
		if err == nil {
			list = append(list, infoOf(name, fi))
		}
		return err
	}, func() int { return len(list) })
	return list, err
}

// Readdirnames is Readdir without looking at the entries.
func (h *handle) Readdirnames(n int) ([]string, error) {
	list := []string{}
	err := h.list(n, func(name string) error {
		list = append(list, name)
		return nil
	}, func() int { return len(list) })
	return list, err
}

// list goes on with the listing of a folder, whose names are read once, until there
// are n entries.
func (h *handle) list(n int, take func(name string) error, taken func() int) error {
	return h.do("readdir", func() (err error) {
		if h.content != nil {
			return syscall.ENOTDIR
		}
		if !h.listed {
			if h.rest, err = h.node.names(); err != nil {
				return err
			}
			slices.Sort(h.rest)
			h.listed = true
		}
		for len(h.rest) > 0 && (n <= 0 || taken() < n) {
			if err := take(h.rest[0]); err != nil {
				return err
			}
			h.rest = h.rest[1:]
		}
		if n > 0 && taken() == 0 {
			return io.EOF
		}
		return nil
	})
}

// memContent is the content of a planned file.
type memContent struct{ *bytes.Reader }

func (c memContent) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, syscall.EINVAL
	}
	return c.Reader.ReadAt(b, off)
}

func (c memContent) Seek(offset int64, whence int) (int64, error) {
	n, err := c.Reader.Seek(offset, whence)
	if err != nil {
		err = syscall.EINVAL
	}
	return n, err
}

func (c memContent) Close() error { return nil }
