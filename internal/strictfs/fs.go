// Package strictfs is a file system in memory that is as strict and as
// unreliable as a real one. This library tests itself with it.
//
//   - [FS] refuses what Linux refuses, where afero.MemMapFs forgives. Volumes can
//     be mounted, limited and taken away.
//   - [FS.Crash] gives the states that a loss of power can leave, and [Choices]
//     enumerates them.
//   - [NewCounting], [NewFailing], [NewSlow] and [NewHooked] wrap any file
//     system. [Intercept] is what they are made of.
//
// Everything is deterministic: the same calls give the same bytes, times and
// outcomes. Nothing here is fit for production data.
package strictfs

import (
	"sync"
	"syscall"
	"time"

	"github.com/spf13/afero"
)

// FS is an in-memory file system that answers as a Linux file system
// does. Files and folders are inodes; names are entries that point at them.
// So a handle stays valid after its file is renamed or removed, links are
// resolved component by component, and every error carries the errno the
// kernel would give, inside the error type package os would use
// (*fs.PathError, or *os.LinkError for Rename, Symlink and Link).
//
// Beyond [afero.Fs] it implements LstatIfPossible, ReadlinkIfPossible and
// SymlinkIfPossible, so it serves wherever [afero.OsFs] does. Link, Mknod,
// Mount, Bind, Unmount and Deny set scenes that the afero interface cannot.
// It also records what a loss of power would put at risk: see
// [FS.Crash].
//
// Relative paths start at the root. The only separator is "/". There is no
// umask. Permission bits are kept and reported but not enforced; Deny refuses
// access. An FS may be used by several goroutines at once.
type FS struct {
	opt Options

	mu      sync.Mutex
	root    *inode
	last    time.Time // the latest time given by the built-in clock
	nextIno uint64
	nextDev uint64

	seq     uint64
	pending []*change // name changes not yet durable, oldest first; see crash.go
	settled int       // how many of pending are done and wait to be dropped
	dirty   map[*inode]struct{}
}

var (
	_ afero.Fs         = (*FS)(nil)
	_ afero.Symlinker  = (*FS)(nil)
	_ afero.LinkReader = (*FS)(nil)
)

// Options describe a new [FS]. The zero value is a plain local disk.
type Options struct {
	// Clock gives the time of every change; it must not call the file system.
	// Without one, a clock starts at
	// 2024-01-02 03:04:05 UTC and moves on by one millisecond a reading.
	Clock func() time.Time

	// RenameAsOS makes Rename refuse every target that is a folder with
	// EEXIST, as os.Rename, and so afero.OsFs, does before it asks the kernel.
	// Without it the rules are those of rename(2): a folder replaces an empty
	// folder, and the errors are EISDIR, ENOTDIR and ENOTEMPTY.
	RenameAsOS bool

	// SplitRenames makes the two halves of every rename survive a crash
	// independently, so that a file can be lost between its names, as on file
	// systems without a journal. See [FS.Crash].
	SplitRenames bool

	// Volume is the volume at the root.
	Volume Volume
}

// Volume describes one mounted file system and what it cannot do.
type Volume struct {
	UID, GID int // owner of everything that is created

	ReadOnly        bool // every change fails with EROFS
	CaseInsensitive bool // names that differ by case are one name; the spelling is kept
	SMBNames        bool // names that Windows refuses cannot be made: EINVAL
	NoSymlinks      bool // Symlink fails with EPERM, as on vfat
	NoChown         bool // a change of owner fails with EPERM, as under root squash
	FixedModes      bool // files are 0644 and folders 0755 whatever is asked; Chmod says nil
	NoFileSync      bool // File.Sync of a file fails with EINVAL
	NoFolderSync    bool // File.Sync of a folder fails with EINVAL

	MaxBytes    int64         // ENOSPC beyond this sum of file sizes; 0 is no limit
	MaxFiles    int           // ENOSPC beyond this number of files, folders and links; 0 is no limit
	MaxFileSize int64         // EFBIG beyond this size of one file; 0 is 1 GiB
	TimeStep    time.Duration // times are cut to this step (2 s on FAT); 0 keeps nanoseconds
}

// volume is a mounted Volume with its use.
type volume struct {
	Volume
	dev   uint64
	bytes int64
	files int
}

const defaultMaxFileSize = 1 << 30

// New returns an empty file system: a root folder of mode 0755.
func New(o Options) *FS {
	f := &FS{
		opt:   o,
		last:  time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
		dirty: map[*inode]struct{}{},
	}
	f.root = f.newRoot(o.Volume)
	return f
}

// newRoot makes the root folder of a new volume.
func (f *FS) newRoot(v Volume) *inode {
	f.nextDev++
	vol := &volume{Volume: v, dev: f.nextDev}
	n := f.newInode(vol, modeDir|0o755)
	n.nlink = 2
	vol.files = 0 // the root itself is not counted
	return n
}

// Name is "FS".
func (f *FS) Name() string { return "FS" }

// now reads the clock. Callers hold mu.
func (f *FS) now() time.Time {
	if f.opt.Clock != nil {
		return f.opt.Clock()
	}
	f.last = f.last.Add(time.Millisecond)
	return f.last
}

// Mount puts a new, empty volume with its own device number over the existing
// folder path and returns that number. What the folder held is hidden until
// Unmount. A mount is not undone by a crash.
func (f *FS) Mount(path string, v Volume) (dev uint64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.mountPoint("mount", path)
	if err != nil {
		return 0, err
	}
	root := f.newRoot(v)
	root.parent, root.name = n.parent, n.name
	n.mounted = root
	return root.vol.dev, nil
}

// Bind makes the existing folder source visible at the existing folder path as
// well, with the same device and inode numbers: one storage under two paths.
func (f *FS) Bind(source, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, err := f.walk(source, follow)
	if err == nil && from.node == nil {
		err = syscall.ENOENT
	}
	if err == nil && !from.node.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError("mount", source, err)
	}
	n, err := f.mountPoint("mount", path)
	if err != nil {
		return err
	}
	if n == from.node {
		return pathError("mount", path, syscall.EBUSY)
	}
	n.mounted = from.node
	return nil
}

// mountPoint finds a folder that something can be mounted on.
func (f *FS) mountPoint(op, path string) (*inode, error) {
	sp, err := f.walk(path, follow)
	switch {
	case err != nil:
	case sp.node == nil:
		err = syscall.ENOENT
	case !sp.node.isDir():
		err = syscall.ENOTDIR
	case sp.node == f.root:
		err = syscall.EBUSY
	}
	if err != nil {
		return nil, pathError(op, path, err)
	}
	return sp.node, nil
}

// Unmount takes away what was last mounted or bound at path; the folder below
// shows again. Open files on the volume stay usable. Nothing mounted there is
// EINVAL.
func (f *FS) Unmount(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.walk(path, follow)
	if err == nil && sp.under == nil {
		err = syscall.EINVAL
	}
	if err != nil {
		return pathError("umount", path, err)
	}
	sp.under.mounted = nil
	return nil
}

// SetVolume changes the properties of the volume that holds path while it is
// in use: make a share read-only, give a disk a quota. Names and modes that
// exist already are not changed. The function must not call the file system.
func (f *FS) SetVolume(path string, change func(v *Volume)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.walk(path, follow)
	if err == nil && sp.node == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return pathError("setvolume", path, err)
	}
	change(&sp.node.vol.Volume)
	return nil
}

// Used gives the use of the volume that holds path: the sum of the sizes of
// its files, and how many files, folders and links there are.
func (f *FS) Used(path string) (bytes int64, files int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.walk(path, follow)
	if err == nil && sp.node == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return 0, 0, pathError("statfs", path, err)
	}
	return sp.node.vol.bytes, sp.node.vol.files, nil
}

// Fix makes a folder one that cannot be renamed, not even in the folder that
// holds it (EXDEV): an overlay does so with folders of its lower layer.
func (f *FS) Fix(path string, fixed bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(path, noFollow)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError("fix", path, err)
	}
	n.fixed = fixed
	return nil
}

// RefusesLikeSystem says that nothing is renamed here that the system would not
// rename; see fsx.Strict.
func (f *FS) RefusesLikeSystem() bool { return true }

// Deny refuses (or with false, allows again) access to what path names, as a
// mode without permission bits does to an ordinary user: a file cannot be
// opened; a folder cannot be listed, searched or changed. Lstat, Rename and
// Remove of the name itself still work. The error is EACCES. Handles that are
// open already are not affected.
func (f *FS) Deny(path string, denied bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sp, err := f.walk(path, follow)
	if err == nil && sp.node == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return pathError("deny", path, err)
	}
	sp.node.denied = denied
	return nil
}
