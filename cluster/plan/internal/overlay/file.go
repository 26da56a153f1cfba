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
)

var (
	_ afero.File = (*openFile)(nil)
	_ afero.File = (*openFolder)(nil)
)

// handle is what open files and open folders have in common.
type handle struct {
	name string // as it was opened
	node node
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

// fail gives an error of the content the name that the file was opened by.
func (h *handle) fail(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return pathError(op, h.name, plain(err))
}

// openFile is an open file: one of the storage, or a planned one.
type openFile struct {
	handle
	content fileContent
}

func (f *openFile) Read(b []byte) (int, error) {
	n, err := f.content.Read(b)
	return n, f.fail("read", err)
}

func (f *openFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.content.ReadAt(b, off)
	return n, f.fail("read", err)
}

func (f *openFile) Seek(offset int64, whence int) (int64, error) {
	n, err := f.content.Seek(offset, whence)
	return n, f.fail("seek", err)
}

func (f *openFile) Close() error { return f.fail("close", f.content.Close()) }

func (f *openFile) Readdir(int) ([]os.FileInfo, error) {
	return nil, pathError("readdir", f.name, syscall.ENOTDIR)
}

func (f *openFile) Readdirnames(int) ([]string, error) {
	return nil, pathError("readdir", f.name, syscall.ENOTDIR)
}

// memContent is the content of a planned file.
type memContent struct {
	mu     sync.Mutex
	r      *bytes.Reader
	closed bool
}

func newMemContent(data []byte) *memContent { return &memContent{r: bytes.NewReader(data)} }

func (c *memContent) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, fs.ErrClosed
	}
	return c.r.Read(b)
}

func (c *memContent) ReadAt(b []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, fs.ErrClosed
	case off < 0:
		return 0, syscall.EINVAL
	}
	return c.r.ReadAt(b, off)
}

func (c *memContent) Seek(offset int64, whence int) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, fs.ErrClosed
	}
	n, err := c.r.Seek(offset, whence)
	if err != nil {
		err = syscall.EINVAL
	}
	return n, err
}

func (c *memContent) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fs.ErrClosed
	}
	c.closed = true
	return nil
}

// openFolder is an open folder. Its storage is first asked for a listing when
// the caller asks for one, and then for the names only; each entry is looked
// at when it is its turn. So a large folder costs its names, for the sake of
// their order.
type openFolder struct {
	handle
	mu     sync.Mutex
	closed bool
	listed bool
	rest   []string // not handed out yet
}

func (d *openFolder) Read([]byte) (int, error) { return 0, pathError("read", d.name, syscall.EISDIR) }
func (d *openFolder) ReadAt([]byte, int64) (int, error) {
	return 0, pathError("read", d.name, syscall.EISDIR)
}

// Seek to the start lists the folder anew.
func (d *openFolder) Seek(offset int64, whence int) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return 0, pathError("seek", d.name, fs.ErrClosed)
	case offset != 0 || whence != io.SeekStart:
		return 0, pathError("seek", d.name, syscall.EINVAL)
	}
	d.listed, d.rest = false, nil
	return 0, nil
}

func (d *openFolder) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return pathError("close", d.name, fs.ErrClosed)
	}
	d.closed, d.rest = true, nil
	return nil
}

// Readdir returns the next entries in the order of their names, links as
// links. With n > 0 it returns up to n, and io.EOF when none is left;
// otherwise all that are left.
func (d *openFolder) Readdir(n int) ([]os.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.list(); err != nil {
		return nil, err
	}
	list := []os.FileInfo{}
	for len(d.rest) > 0 && (n <= 0 || len(list) < n) {
		name := d.rest[0]
		_, fi, err := d.node.child(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return list, pathError("readdir", d.name, err)
		}
		d.rest = d.rest[1:]
		if err == nil { // else it vanished from the storage since it was listed
			list = append(list, infoOf(name, fi))
		}
	}
	if n > 0 && len(list) == 0 {
		return list, io.EOF
	}
	return list, nil
}

// Readdirnames is Readdir without looking at the entries.
func (d *openFolder) Readdirnames(n int) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.list(); err != nil {
		return nil, err
	}
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return []string{}, io.EOF
		}
		n = len(d.rest)
	}
	list := slices.Clone(d.rest[:n])
	d.rest = d.rest[n:]
	return list, nil
}

// list reads the names once.
func (d *openFolder) list() error {
	if d.closed {
		return pathError("readdir", d.name, fs.ErrClosed)
	}
	if d.listed {
		return nil
	}
	names, err := d.node.names()
	if err != nil {
		return pathError("readdir", d.name, err)
	}
	slices.Sort(names)
	d.rest, d.listed = names, true
	return nil
}
