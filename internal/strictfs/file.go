package strictfs

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
)

// handle is an open file or folder of an FS. fs.mu guards all of it.
type handle struct {
	fs      *FS
	node    *inode
	name    string // as it was opened
	read    bool
	write   bool
	appends bool
	syncs   bool // O_SYNC: every write is durable when it returns
	closed  bool
	off     int64
	list    []string // what Readdir has still to give; nil before the first call
}

var (
	errNegativeOffset = errors.New("negative offset")
	errWriteAtAppend  = errors.New("invalid use of WriteAt on file opened with O_APPEND")
)

func (h *handle) Name() string { return h.name }

func (h *handle) fail(op string, err error) error { return pathError(op, h.name, err) }

// begin locks the file system; the error says that the handle is closed. The
// lock is held in either case.
func (h *handle) begin(op string) error {
	h.fs.mu.Lock()
	if h.closed {
		return h.fail(op, fs.ErrClosed)
	}
	return nil
}

func (h *handle) Close() error {
	defer h.fs.mu.Unlock()
	if err := h.begin("close"); err != nil {
		return err
	}
	h.closed = true
	h.node.opens--
	h.fs.release(h.node)
	return nil
}

func (h *handle) Stat() (fs.FileInfo, error) {
	defer h.fs.mu.Unlock()
	if err := h.begin("stat"); err != nil {
		return nil, err
	}
	return h.node.info(baseName(h.name)), nil
}

func (h *handle) Read(p []byte) (int, error) {
	defer h.fs.mu.Unlock()
	if err := h.begin("read"); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := h.readable(); err != nil {
		return 0, h.fail("read", err)
	}
	if h.off >= int64(len(h.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, h.node.data[h.off:])
	h.off += int64(n)
	return n, nil
}

func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, h.fail("readat", errNegativeOffset)
	}
	if len(p) == 0 {
		return 0, nil // as package os, even if the file is closed
	}
	defer h.fs.mu.Unlock()
	if err := h.begin("read"); err != nil {
		return 0, err
	}
	if err := h.readable(); err != nil {
		return 0, h.fail("read", err)
	}
	n := 0
	if off < int64(len(h.node.data)) {
		n = copy(p, h.node.data[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) readable() error {
	switch {
	case !h.read:
		return syscall.EBADF
	case h.node.isDir():
		return syscall.EISDIR
	}
	return nil
}

func (h *handle) Write(p []byte) (int, error) {
	defer h.fs.mu.Unlock()
	if err := h.begin("write"); err != nil {
		return 0, err
	}
	if !h.write {
		return 0, h.fail("write", syscall.EBADF)
	}
	if h.appends && len(p) > 0 {
		h.off = int64(len(h.node.data))
	}
	n, err := h.put(p, h.off)
	h.off += int64(n)
	return n, err
}

func (h *handle) WriteString(s string) (int, error) { return h.Write([]byte(s)) }

func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	switch {
	case h.appends:
		return 0, errWriteAtAppend
	case off < 0:
		return 0, h.fail("writeat", errNegativeOffset)
	case len(p) == 0:
		return 0, nil // as package os, even if the file is closed
	}
	defer h.fs.mu.Unlock()
	if err := h.begin("write"); err != nil {
		return 0, err
	}
	if !h.write {
		return 0, h.fail("write", syscall.EBADF)
	}
	return h.put(p, off)
}

func (h *handle) put(p []byte, off int64) (int, error) {
	n, err := h.fs.writeAt(h.node, p, off)
	if h.syncs {
		h.fs.settleData(h.node)
	}
	if err != nil {
		return n, h.fail("write", err)
	}
	return n, nil
}

func (h *handle) Truncate(size int64) error {
	defer h.fs.mu.Unlock()
	err := h.begin("truncate")
	if err != nil {
		return err
	}
	if size < 0 || !h.write {
		err = syscall.EINVAL
	} else {
		err = h.fs.resize(h.node, size)
	}
	if h.syncs {
		h.fs.settleData(h.node)
	}
	if err != nil {
		return h.fail("truncate", err)
	}
	return nil
}

func (h *handle) Seek(offset int64, whence int) (int64, error) {
	defer h.fs.mu.Unlock()
	if err := h.begin("seek"); err != nil {
		return 0, err
	}
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += h.off
	case io.SeekEnd:
		offset += h.node.size()
	default:
		return 0, h.fail("seek", syscall.EINVAL)
	}
	if offset < 0 {
		return 0, h.fail("seek", syscall.EINVAL)
	}
	h.off = offset
	h.list = nil // a folder is listed anew
	return offset, nil
}

// Sync makes the content and the attributes of a file durable, or the names in
// a folder.
func (h *handle) Sync() error {
	defer h.fs.mu.Unlock()
	if err := h.begin("sync"); err != nil {
		return err
	}
	dir := h.node.isDir()
	if dir && h.node.vol.NoFolderSync || !dir && h.node.vol.NoFileSync {
		return h.fail("sync", syscall.EINVAL)
	}
	if dir {
		h.fs.settleFolder(h.node)
	}
	h.fs.settleData(h.node)
	return nil
}

func (h *handle) Readdirnames(n int) ([]string, error) {
	infos, err := h.Readdir(n)
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name()
	}
	return names, err
}

// Readdir lists a folder as *os.File does: n > 0 gives at most n entries and
// io.EOF after the last, n <= 0 gives the rest and no io.EOF. The names are
// those of the first call; what was removed since is left out.
func (h *handle) Readdir(n int) ([]fs.FileInfo, error) {
	defer h.fs.mu.Unlock()
	if err := h.begin("readdir"); err != nil {
		return nil, err
	}
	switch {
	case !h.node.isDir():
		return nil, h.fail("readdirent", syscall.ENOTDIR)
	case h.node.nlink == 0:
		return nil, h.fail("readdirent", syscall.ENOENT)
	}
	if h.list == nil {
		h.list = h.node.names()
	}
	infos := []fs.FileInfo{}
	for len(h.list) > 0 && (n <= 0 || len(infos) < n) {
		e := h.node.lookup(h.list[0])
		h.list = h.list[1:]
		if e.node == nil {
			continue
		}
		for e.node.mounted != nil {
			e.node = e.node.mounted
		}
		infos = append(infos, e.node.info(strings.Clone(e.name)))
	}
	if n > 0 && len(infos) == 0 {
		return nil, io.EOF
	}
	return infos, nil
}

// writeAt puts bytes into a file and says how many fitted.
func (f *FS) writeAt(n *inode, p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var err error
	have, limit := int64(len(n.data)), n.vol.maxFileSize()
	if off >= limit {
		return 0, syscall.EFBIG
	}
	if off+int64(len(p)) > limit {
		p, err = p[:limit-off], syscall.EFBIG
	}
	grow := off + int64(len(p)) - have
	if fits := n.vol.fits(grow); fits < grow {
		err = syscall.ENOSPC
		if grow-fits >= int64(len(p)) {
			return 0, err
		}
		p = p[:int64(len(p))-(grow-fits)]
	}
	end := off + int64(len(p))
	f.own(n, min(off, have))
	if end > have {
		n.data = slices.Grow(n.data, int(end-have))[:end]
		if off > have {
			clear(n.data[have:off]) // a hole
		}
		n.vol.bytes += end - have
	}
	copy(n.data[off:], p)
	n.saved.changed(min(off, have), end)
	n.mtime = n.vol.cut(f.now())
	n.ctime = n.mtime
	return len(p), err
}

// resize cuts a file or extends it with zeros, which count against the quota.
func (f *FS) resize(n *inode, size int64) error {
	have := int64(len(n.data))
	switch {
	case size > n.vol.maxFileSize():
		return syscall.EFBIG
	case n.vol.fits(size-have) < size-have:
		return syscall.ENOSPC
	}
	f.own(n, min(size, have))
	if size > have {
		n.data = slices.Grow(n.data, int(size-have))[:size]
		clear(n.data[have:])
		n.saved.changed(have, size)
	} else {
		n.data = n.data[:size]
		n.saved.cut(size)
	}
	n.vol.bytes += size - have
	n.mtime = n.vol.cut(f.now())
	n.ctime = n.mtime
	return nil
}
