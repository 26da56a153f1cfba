package cluster

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// Name implements afero.Fs.
func (v *View) Name() string { return "View(" + v.node.Name + ")" }

// Open implements afero.Fs.
func (v *View) Open(name string) (afero.File, error) {
	fsys, r, err := v.open("open", name)
	if err != nil {
		return nil, err
	}
	return fsys.Open(r.Place.Path)
}

// OpenFile implements afero.Fs; any flag that could write is refused.
func (v *View) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if flag != os.O_RDONLY {
		return nil, readOnly("open", name)
	}
	return v.Open(name)
}

// Stat implements afero.Fs.
func (v *View) Stat(name string) (os.FileInfo, error) {
	_, r, err := v.open("stat", name)
	if err != nil {
		return nil, err
	}
	if r.Info == nil { // a root or a folder above a mount
		fi, err := v.fs[r.Place.Storage].Stat(r.Place.Path)
		return fi, err
	}
	return r.Info, nil
}

// LstatIfPossible implements afero.Lstater.
func (v *View) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	r, err := v.resolve("lstat", name, false)
	if err != nil {
		return nil, true, err
	}
	if r.Info == nil {
		fi, err := v.Stat(name)
		return fi, true, err
	}
	return r.Info, true, nil
}

// ReadlinkIfPossible implements afero.LinkReader.
func (v *View) ReadlinkIfPossible(name string) (string, error) {
	r, err := v.resolve("readlink", name, false)
	if err != nil {
		return "", err
	}
	if r.Info == nil || r.Info.Mode()&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: syscall.EINVAL}
	}
	return fsx.Readlink(v.fs[r.Place.Storage], r.Place.Path)
}

func readOnly(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: syscall.EROFS} }

// Create returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Create(name string) (afero.File, error) { return nil, readOnly("create", name) }

// Mkdir returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Mkdir(name string, _ os.FileMode) error { return readOnly("mkdir", name) }

// MkdirAll returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) MkdirAll(name string, _ os.FileMode) error { return readOnly("mkdir", name) }

// Remove returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Remove(name string) error { return readOnly("remove", name) }

// RemoveAll returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) RemoveAll(name string) error { return readOnly("remove", name) }

// Rename returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Rename(name, _ string) error { return readOnly("rename", name) }

// Chmod returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Chmod(name string, _ os.FileMode) error { return readOnly("chmod", name) }

// Chown returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Chown(name string, _, _ int) error { return readOnly("chown", name) }

// Chtimes returns an error that wraps syscall.EROFS: a View only reads.
func (v *View) Chtimes(name string, _ time.Time, _ time.Time) error { return readOnly("chtimes", name) }
