package strictfs

import (
	"io/fs"
	"strings"
	"syscall"
	"time"
)

// Stat describes what name leads to; links are followed.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name, follow)
	if err != nil {
		return nil, pathError("stat", name, err)
	}
	return n.info(baseName(name)), nil
}

// LstatIfPossible describes name itself, which may be a link. The boolean is
// true: Lstat was possible.
func (f *FS) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name, noFollow)
	if err != nil {
		return nil, true, pathError("lstat", name, err)
	}
	return n.info(baseName(name)), true, nil
}

// Chmod sets the permission, setuid, setgid and sticky bits of what name leads
// to.
func (f *FS) Chmod(name string, mode fs.FileMode) error {
	return f.change("chmod", name, func(n *inode) error {
		if n.vol.FixedModes {
			return nil
		}
		f.touch(n)
		n.mode = n.mode&^modeBits | mode&modeBits
		return nil
	})
}

// Chown sets owner and group of what name leads to; -1 leaves one as it is.
func (f *FS) Chown(name string, uid, gid int) error {
	return f.change("chown", name, func(n *inode) error {
		if uid == -1 {
			uid = n.uid
		}
		if gid == -1 {
			gid = n.gid
		}
		if n.vol.NoChown && (uid != n.uid || gid != n.gid) {
			return syscall.EPERM
		}
		f.touch(n)
		n.uid, n.gid = uid, gid
		return nil
	})
}

// Chtimes sets the times of what name leads to; a zero time leaves one as it
// is.
func (f *FS) Chtimes(name string, atime, mtime time.Time) error {
	return f.change("chtimes", name, func(n *inode) error {
		f.touch(n)
		if !atime.IsZero() {
			n.atime = n.vol.cut(atime)
		}
		if !mtime.IsZero() {
			n.mtime = n.vol.cut(mtime)
		}
		return nil
	})
}

func (f *FS) change(op, name string, set func(n *inode) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name, follow)
	switch {
	case err != nil:
	case n.vol.ReadOnly:
		err = syscall.EROFS
	default:
		if err = set(n); err == nil {
			f.touch(n)
			n.ctime = n.vol.cut(f.now())
		}
	}
	if err != nil {
		return pathError(op, name, err)
	}
	return nil
}

// Stat is what a FileInfo of a [FS] knows beyond the interface. On Linux
// FileInfo.Sys gives a *syscall.Stat_t, as package os does, so that code which
// reads one works on both; elsewhere it gives a *Stat. [StatOf] reads either.
// os.SameFile knows only its own FileInfo and says false: compare Dev and Ino.
type Stat struct {
	UID, GID     int
	Dev, Ino     uint64
	Nlink        uint64
	Atime, Ctime time.Time
}

// fileInfo is the state of an inode at the time of the call.
type fileInfo struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
	stat  Stat
}

func (n *inode) info(name string) fs.FileInfo {
	return &fileInfo{
		name:  name,
		size:  n.size(),
		mode:  n.mode,
		mtime: n.mtime,
		stat: Stat{
			UID: n.uid, GID: n.gid,
			Dev: n.vol.dev, Ino: n.ino, Nlink: uint64(n.nlink),
			Atime: n.atime, Ctime: n.ctime,
		},
	}
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.size }
func (i *fileInfo) Mode() fs.FileMode  { return i.mode }
func (i *fileInfo) ModTime() time.Time { return i.mtime }
func (i *fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *fileInfo) Sys() any           { return sysOf(i) }

// baseName is the last component of a path as FileInfo.Name gives it.
func baseName(path string) string {
	path = strings.TrimRight(path, "/")
	if path == "" {
		return "/"
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}
