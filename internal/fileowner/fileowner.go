// Package fileowner reads from a FileInfo what the fs package does not name:
// the owner, which file it is, and when anything about it last changed.
//
//   - It makes no call to the operating system. It looks at FileInfo.Sys only,
//     so it works for every file system that passes on what the system said,
//     and says that it does not know for every other one.
//   - Unknown is a result: ok is false, never an owner of 0 or a device of 0.
//   - A file system that is not part of the operating system (a server over the
//     network, a file system of a test) answers by a Sys that implements Owner
//     or Identity or Changer.
package fileowner

import (
	"io/fs"
	"time"
)

// Owner is what a Sys may implement to tell the owner.
type Owner interface {
	Owner() (uid, gid int, ok bool)
}

// Identity is what a Sys may implement to tell which file it is.
type Identity interface {
	Identity() (id FileID, ok bool)
}

// Changer is what a Sys may implement to tell when the file last changed.
type Changer interface {
	Changed() (at time.Time, ok bool)
}

// FileID says which file a FileInfo describes. Equal Dev and Ino mean one
// file; a file system may reuse the number of a file that was removed.
type FileID struct {
	Dev, Ino uint64
	Links    uint64 // how many hard links the file has
}

// system is what an operating system says; changed is zero where it does not say
// that.
type system struct {
	uid, gid  int
	id        FileID
	allocated int64
	changed   time.Time
}

// Of returns the numeric owner and group; ok is false where they are unknown.
func Of(fi fs.FileInfo) (uid, gid int, ok bool) {
	if fi == nil {
		return 0, 0, false
	}
	if o, is := fi.Sys().(Owner); is {
		return o.Owner()
	}
	s, ok := systemOf(fi)
	return s.uid, s.gid, ok
}

// Device returns the device that holds the file, the file's number there, and
// its hard links; ok is false where they are unknown.
func Device(fi fs.FileInfo) (id FileID, ok bool) {
	if fi == nil {
		return FileID{}, false
	}
	if i, is := fi.Sys().(Identity); is {
		return i.Identity()
	}
	s, ok := systemOf(fi)
	return s.id, ok
}

// Same reports whether two files are one; ok is false where either is unknown.
func Same(a, b fs.FileInfo) (same, ok bool) {
	x, xOK := Device(a)
	y, yOK := Device(b)
	return x.Dev == y.Dev && x.Ino == y.Ino, xOK && yOK
}

// Allocated returns how much room a file takes on its storage, in bytes. A file
// with holes takes less than its size, and its copy takes all of it.
func Allocated(fi fs.FileInfo) (bytes int64, ok bool) {
	s, ok := systemOf(fi)
	return s.allocated, ok
}

// Changed returns when the content, the name or the metadata of a file last
// changed. Unlike the time of modification nobody can set it back. ok is false
// where it is unknown.
func Changed(fi fs.FileInfo) (at time.Time, ok bool) {
	if fi == nil {
		return time.Time{}, false
	}
	if c, is := fi.Sys().(Changer); is {
		return c.Changed()
	}
	s, ok := systemOf(fi)
	return s.changed, ok && !s.changed.IsZero()
}
