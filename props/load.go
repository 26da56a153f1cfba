package props

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

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
	fail := func(err error) error { return &FileError{Op: "load", Path: path, Err: err} }
	fi, err := fsys.Stat(path)
	if err != nil {
		return nil, fail(err)
	}
	if fi.IsDir() {
		return nil, fail(&fs.PathError{Op: "read", Path: path, Err: errors.New("is a folder")})
	}
	if !fi.Mode().IsRegular() {
		return nil, fail(&fs.PathError{Op: "read", Path: path, Err: errors.New("is not a regular file")})
	}
	if fi.Size() > maxSize {
		return nil, fail(tooLarge(path, fi.Size()))
	}
	file, err := fsys.Open(path)
	if err != nil {
		return nil, fail(err)
	}
	// One buffer of the size that Stat says, and room so that the end is seen;
	// a file that grew meanwhile is read on.
	data := bytes.NewBuffer(make([]byte, 0, fi.Size()+bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(file, maxSize+1))
	if n > maxSize {
		err = tooLarge(path, n)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fail(err)
	}
	return data.Bytes(), nil
}
