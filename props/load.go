package props

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/spf13/afero"
)

// FileError says which file could not be loaded or saved, and why.
type FileError struct {
	Op   string // "load" or "save"
	Path string
	Err  error
}

// Error names the path and the cause, never what is in the file.
func (e *FileError) Error() string { return fmt.Sprintf("%s properties %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause: errors.Is finds fs.ErrNotExist, ErrChanged and
// the like.
func (e *FileError) Unwrap() error { return e.Err }

// Load reads the file at path and parses it under that name. A link is
// followed. The error is a *FileError where the file cannot be read, and else
// that of Parse. A folder or a device is not read, and neither is a file of
// 2 GiB or more (ErrTooLarge).
func Load(fsys afero.Fs, path string) (*File, error) {
	data, err := readRegular(fsys, path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	d := f.read()
	d.disk = &onDisk{path: path, data: d.src}
	return f, nil
}

func readRegular(fsys afero.Fs, path string) ([]byte, error) {
	data, err := fsx.ReadFile(fsys, path, maxSize)
	if err == nil {
		return data, nil
	}
	switch fi, _ := fsys.Stat(path); {
	case errors.Is(err, fsx.ErrTooLarge) && fi != nil:
		err = tooLarge(path, fi.Size())
	case fi != nil && fi.IsDir():
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("is a folder")}
	}
	return nil, &FileError{Op: "load", Path: path, Err: err}
}
