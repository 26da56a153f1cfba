package fsx

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Meta is what is known of an open file or folder beside its content, and how
// that is changed. On handles none of it goes through a name.
type Meta interface {
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	Chown(uid, gid int) error
	// Chtimes sets the time of last modification, to the nanosecond where the
	// storage keeps those, for years before 1970 and after 2262 too.
	Chtimes(mtime time.Time) error
	// Attrs are the names of the extended attributes, access lists among them.
	Attrs() ([]string, error)
	Attr(name string) ([]byte, error)
	// SetAttr with a nil value removes the attribute.
	SetAttr(name string, value []byte) error
	Sync() error
	Close() error
}

// File is a plain file, open for reading or for writing.
type File interface {
	Meta
	io.Reader
	io.Writer
	io.Seeker
	// System is the system's own file, where that is all there is to it, and
	// otherwise nil.
	System() *os.File
}

// Folder is an open folder.
type Folder interface {
	Meta
	// Path is what the folder is called in messages and in its storage.
	Path() string
	Names() ([]string, error)
	// Lstat and Readlink speak about the name itself.
	Lstat(name string) (fs.FileInfo, error)
	Readlink(name string) (string, error)
	// Open opens a plain file for reading; links, folders and special files are
	// errors.
	Open(name string) (File, error)
	// Folder opens a folder in this one; a link is an error that wraps ErrNotFollowed.
	Folder(name string) (Folder, error)
	// Create makes a file that must not exist, for writing.
	Create(name string, perm fs.FileMode) (File, error)
	Mkdir(name string, perm fs.FileMode) error
	Symlink(text, name string) error
	// Rename moves a name to a folder of the same storage and replaces what is
	// there; Place fails with an error that wraps fs.ErrExist instead.
	Rename(name string, to Folder, newName string) error
	Place(name string, to Folder, newName string) error
	// Remove removes a file, a link or an empty folder.
	Remove(name string) error
	// Lchown and Lchtimes change a name that may be a link.
	Lchown(name string, uid, gid int) error
	Lchtimes(name string, mtime time.Time) error
	// Still returns an error that wraps ErrSwapped unless the folder is where
	// it was opened. A folder that is held by a handle always is.
	Still() error
}

// Opener is a storage that opens its own Folders.
type Opener interface {
	OpenFolder(path string) (Folder, error)
}

// rooter is a storage that is a part of the system's own file system.
type rooter interface {
	OpenRoot(name string) (*os.Root, error)
}

// Open opens the folder at path, which may be reached through links.
func Open(fsys afero.Fs, path string) (Folder, error) {
	if f, ok := fsys.(Opener); ok {
		return f.OpenFolder(path)
	}
	if open := handles(fsys); open != nil {
		return openHandle(open, fsys.Stat, path)
	}
	return openPath(fsys, path)
}

// handles gives what opens folders of a storage that is the system's own, nil for
// any other.
func handles(fsys afero.Fs) func(name string) (*os.Root, error) {
	switch f := fsys.(type) {
	case *afero.OsFs:
		return os.OpenRoot
	case rooter:
		return f.OpenRoot
	}
	return nil
}

// OpenAbove opens the folder that holds the last name of a path. own: the storage
// is the system's own, whose separators are those of the path; others may use
// either.
func OpenAbove(fsys afero.Fs, path string) (d Folder, base string, own bool, err error) {
	dir, base := Dir(path), ""
	if own = handles(fsys) != nil; own {
		dir, base = filepath.Dir(path), filepath.Base(path)
	} else {
		_, base = Split(path)
	}
	d, err = Open(fsys, dir)
	return d, base, own, err
}

// Lock keeps other programs that ask for the lock out of a folder until unlock.
// Where the folder has no handle there is no lock.
func Lock(d Folder) (unlock func(), err error) {
	if h, ok := d.(*handleFolder); ok {
		return lock(h.self)
	}
	return func() {}, nil
}

// Strict reports whether a rename may be tried in a folder that has to fail: on
// the system's own storage, and on one that refuses what a system refuses and
// says so by a method RefusesLikeSystem. Others may forgive it, and rename.
func Strict(d Folder) bool {
	var at any = d
	switch d := d.(type) {
	case *handleFolder:
		return true
	case *pathFolder:
		at = d.fsys
	}
	s, ok := at.(interface{ RefusesLikeSystem() bool })
	return ok && s.RefusesLikeSystem()
}

// Local reports whether a folder is known to lie on a storage that only this
// machine writes to, and that itself keeps when a file changed. One in memory is
// none: what a program writes to a mapping that it has read leaves no time there.
func Local(d Folder) bool {
	h, ok := d.(*handleFolder)
	return ok && h.local()
}

// Unwritten reports whether it is known that nobody can write to a file at this
// moment: it is open for that nowhere, nor mapped, and what a program writes to a
// mapping later shows in the time of change. With hold it stays so until the file
// is closed: whoever opens it for writing waits.
func Unwritten(f File, hold bool) bool {
	h, ok := f.(*handleFile)
	return ok && h.unwritten(hold)
}

// OpenSeen is d.Open for a name that the caller has looked at, so that nobody
// looks twice. A name that has become a link since is an error all the same, and
// so is one that is no plain file.
func OpenSeen(d Folder, name string, seen fs.FileInfo) (File, error) {
	if h, ok := d.(*handleFolder); ok && seen != nil {
		return h.openSeen(name, seen)
	}
	return d.Open(name)
}

// BeginSync tells the system that a part of a large file is to be on the disk
// soon, so that the disk has less to do when the whole is synced. Sync is no less
// needed.
func BeginSync(f File, offset, n int64) {
	if h, ok := f.(*handleFile); ok {
		h.beginSync(offset, n)
	}
}

// Join is the path of a slash-separated name inside a folder, in the folder's
// own spelling: a storage that shows a Windows server has backslashes.
func Join(folder, name string) string {
	if name == "" {
		return folder
	}
	sep := "/"
	if serverpath.Windows(folder) && !strings.Contains(folder, "/") {
		sep, name = `\`, strings.ReplaceAll(name, "/", `\`)
	}
	return strings.TrimRight(folder, `/\`) + sep + name
}
