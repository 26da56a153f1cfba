//go:build !unix

package fsx

import (
	"os"
	"time"

	"github.com/spf13/afero"
)

const openFlags = 0

// Rename goes by names: this system renames nothing by handles.
func (d *handleFolder) Rename(name string, to Folder, newName string) error {
	return os.Rename(Join(d.path, name), Join(to.Path(), newName))
}

func (d *handleFolder) Place(name string, to Folder, newName string) error {
	return PlaceByLook(afero.NewOsFs(), Join(d.path, name), Join(to.Path(), newName))
}

func (d *handleFolder) Lchtimes(name string, mtime time.Time) error {
	return unsupported("lchtimes", Join(d.path, name))
}

func setTimes(fd int, path string, mtime time.Time) error {
	return os.Chtimes(path, mtime, mtime)
}
