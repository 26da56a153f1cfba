package fsx

import (
	"errors"
	"io"
	"io/fs"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

var (
	// ErrNotFollowed is wrapped by the error about a link where none is followed.
	ErrNotFollowed = errors.New("is a link, which is not followed here")
	// ErrSwapped is wrapped by the error about a folder that is no longer the
	// one that was opened.
	ErrSwapped = errors.New("is no longer the folder that was opened")
)

// ReadFrom is [ReadFile] for a name in a folder, which is not followed.
func ReadFrom(dir Folder, name string, limit int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, &fs.PathError{Op: "read", Path: Join(dir.Path(), name), Err: ErrTooLarge}
	}
	return data, err
}

// Roomer is what a storage may implement to tell how much room it has for new
// files, in bytes and in files, for this user; files is negative where only bytes
// are known.
type Roomer interface {
	Room(path string) (bytes, files int64, ok bool)
}

// Room asks the storage of a folder; ok is false where it does not tell.
func Room(d Folder) (bytes, files int64, ok bool) {
	switch d := d.(type) {
	case *handleFolder:
		return d.room()
	case *pathFolder:
		if r, is := d.fsys.(Roomer); is {
			return r.Room(d.path)
		}
	}
	return 0, 0, false
}

// Same reports whether two descriptions are of one file. A storage that does not
// say which file it is answers no.
func Same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return false
	}
	x, ok1 := fileowner.Device(a)
	y, ok2 := fileowner.Device(b)
	return ok1 && ok2 && x.Ino != 0 && x.Dev == y.Dev && x.Ino == y.Ino
}
