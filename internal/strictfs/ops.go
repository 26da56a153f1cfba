package strictfs

import (
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/afero"
)

// Create opens a file for reading and writing, made with mode 0666 or emptied.
func (f *FS) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Open opens a file or folder for reading.
func (f *FS) Open(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDONLY, 0)
}

// OpenFile is open(2) with the flags of package os. Opening a named pipe, which
// on a real system would wait for its other end, fails with EDEADLK; other
// special files fail with ENXIO.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, err := f.open(name, flag, perm)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return h, nil
}

func (f *FS) open(name string, flag int, perm fs.FileMode) (*handle, error) {
	access := flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	h := &handle{
		fs:      f,
		name:    name,
		read:    access != os.O_WRONLY,
		write:   access != os.O_RDONLY,
		appends: flag&os.O_APPEND != 0,
		syncs:   flag&os.O_SYNC != 0,
	}
	create, trunc := flag&os.O_CREATE != 0, flag&os.O_TRUNC != 0
	excl := create && flag&os.O_EXCL != 0
	mode := follow
	if create {
		mode = creating
	}
	sp, err := f.walk(name, mode)
	if excl {
		// The name itself must be free, so a link in its place is not followed,
		// not even one that leads nowhere or in a circle.
		if own, ownErr := f.walk(name, nameOnly); ownErr == nil && own.node != nil && !own.slash {
			return nil, syscall.EEXIST
		}
	}
	if err != nil {
		return nil, err
	}
	n := sp.node
	switch {
	case n == nil && !create:
		return nil, syscall.ENOENT
	case n == nil:
		if n, err = f.createAt(sp, perm&modeBits); err != nil {
			return nil, err
		}
	case excl:
		return nil, syscall.EEXIST
	case n.isDir() && (create || h.write || trunc):
		return nil, syscall.EISDIR
	case n.denied:
		return nil, syscall.EACCES
	case n.mode&fs.ModeNamedPipe != 0:
		return nil, syscall.EDEADLK
	case !n.isDir() && !n.isFile():
		return nil, syscall.ENXIO
	case (h.write || trunc) && n.vol.ReadOnly:
		return nil, syscall.EROFS
	case trunc:
		if err := f.resize(n, 0); err != nil {
			return nil, err
		}
		if h.syncs {
			f.settleData(n)
		}
	}
	h.node = n
	n.opens++
	return h, nil
}

// createAt makes an empty file at a free spot.
func (f *FS) createAt(sp spot, mode fs.FileMode) (*inode, error) {
	vol := sp.dir.vol
	if vol.ReadOnly {
		return nil, syscall.EROFS
	}
	if err := vol.may(sp.name); err != nil {
		return nil, err
	}
	if err := vol.room(); err != nil {
		return nil, err
	}
	n := f.newInode(vol, mode)
	n.nlink = 1
	f.record(NameAdded, f.put(sp.dir, sp.name, n))
	return n, nil
}

// Mkdir makes one folder; its parent must exist.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.newName(name, true)
	if err != nil {
		return pathError("mkdir", name, err)
	}
	n := f.newInode(sp.dir.vol, modeDir|perm&modeBits)
	n.nlink = 2
	e := f.put(sp.dir, sp.name, n)
	sp.dir.nlink++
	f.record(NameAdded, e)
	return nil
}

// MkdirAll makes a folder and what is missing above it, as os.MkdirAll.
func (f *FS) MkdirAll(path string, perm fs.FileMode) error {
	if info, err := f.Stat(path); err == nil {
		if info.IsDir() {
			return nil
		}
		return pathError("mkdir", path, syscall.ENOTDIR)
	}
	above := strings.TrimRight(path, "/")
	above = above[:strings.LastIndexByte(above, '/')+1]
	if above = strings.TrimRight(above, "/"); above != "" {
		if err := f.MkdirAll(above, perm); err != nil {
			return err
		}
	}
	err := f.Mkdir(path, perm)
	if err != nil {
		// Another goroutine may have made it; "foo/." cannot be made but is there.
		if info, _, statErr := f.LstatIfPossible(path); statErr == nil && info.IsDir() {
			return nil
		}
	}
	return err
}

// Remove removes a file, a link or an empty folder.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.walk(name, nameOnly)
	if err == nil {
		err = f.remove(sp)
	}
	if err != nil {
		return pathError("remove", name, err)
	}
	return nil
}

func (f *FS) remove(sp spot) error {
	n := sp.node
	switch {
	case sp.dir.vol.ReadOnly:
		return syscall.EROFS
	case sp.last == lastDot:
		return syscall.EINVAL
	case sp.last == lastDotDot:
		return syscall.ENOTEMPTY
	case sp.last == lastRoot:
		return syscall.EBUSY
	case sp.long:
		return syscall.ENAMETOOLONG
	case n == nil:
		return syscall.ENOENT
	case sp.under != nil:
		return syscall.EBUSY
	case sp.slash && !n.isDir():
		return syscall.ENOTDIR
	case len(n.entries) > 0:
		return syscall.ENOTEMPTY
	}
	e := f.put(sp.dir, sp.name, nil)
	if n.isDir() {
		sp.dir.nlink--
	}
	f.unlink(n)
	f.record(NameRemoved, e)
	return nil
}

// RemoveAll removes a path and everything below it, as os.RemoveAll: links are
// removed, not followed; a missing path is no error; what can be removed is
// removed although something else cannot. Like rm -r it empties a volume that
// is mounted below path and then fails with EBUSY.
func (f *FS) RemoveAll(path string) error {
	if path == "" {
		return nil
	}
	if path == "." || strings.HasSuffix(path, "/.") {
		return pathError("RemoveAll", path, syscall.EINVAL)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	bare := strings.TrimRight(path, "/")
	if bare == "" {
		return pathError("RemoveAll", path, syscall.EBUSY)
	}
	sp, err := f.walk(bare, nameOnly)
	if err == syscall.ENOENT {
		return nil
	}
	if err == nil {
		err = f.removeTree(sp)
	}
	if err != nil {
		return pathError("unlinkat", path, err)
	}
	return nil
}

func (f *FS) removeTree(sp spot) error {
	if sp.node == nil && !sp.long {
		return nil
	}
	var first error
	if n := sp.node; n != nil && n.isDir() {
		switch {
		case n.denied && len(n.entries) > 0:
			first = syscall.EACCES
		case !n.denied:
			below := spot{dir: n, last: lastName}
			for _, name := range n.names() {
				below.name, below.under = name, nil
				below.node = n.lookup(name).node
				for below.node.mounted != nil {
					below.under, below.node = below.node, below.node.mounted
				}
				if err := f.removeTree(below); err != nil && first == nil {
					first = err
				}
			}
		}
	}
	if first != nil {
		return first
	}
	return f.remove(sp)
}
