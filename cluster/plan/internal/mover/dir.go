package mover

import (
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// handle is embedded in dir, whose method Folder would be hidden otherwise.
type handle = fsx.Folder

// dir is a Folder that several goroutines use. It is closed when the last has
// dropped it. A nil dir can be held and dropped.
type dir struct {
	handle
	storage string
	refs    atomic.Int32
}

func newDir(f fsx.Folder, storage string) *dir {
	d := &dir{handle: f, storage: storage}
	d.refs.Store(1)
	return d
}

func (d *dir) hold() *dir {
	if d != nil {
		d.refs.Add(1)
	}
	return d
}

func (d *dir) drop() {
	if d != nil && d.refs.Add(-1) == 0 {
		d.handle.Close() // nothing was written through it
	}
}

// sub opens a folder in this one.
func (d *dir) sub(name string) (*dir, error) {
	f, err := d.handle.Folder(name)
	if err != nil {
		return nil, err
	}
	return newDir(f, d.storage), nil
}

// openSeen opens a file that was looked at.
func (d *dir) openSeen(name string, seen fs.FileInfo) (fsx.File, error) {
	return fsx.OpenSeen(d.handle, name, seen)
}

func (d *dir) place(name string) cluster.Place {
	return cluster.Place{Storage: d.storage, Path: fsx.Join(d.Path(), name)}
}

// into opens the folder at a slash path below d. The caller drops it.
func (d *dir) into(rel string) (*dir, error) {
	at := d.hold()
	for rel != "" {
		var name string
		name, rel, _ = strings.Cut(rel, "/")
		next, err := at.sub(name)
		at.drop()
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// lstat describes a name in a folder, or without a name the folder.
func lstat(d *dir, name string) (fs.FileInfo, error) {
	if name == "" {
		return d.Stat()
	}
	return d.Lstat(name)
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
