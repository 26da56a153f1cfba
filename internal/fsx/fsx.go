// Package fsx holds what several packages ask of a file system, each once:
//
//   - [Lstat], [LstatListed] and [Readlink] are about a name itself, on file
//     systems that may or may not tell links apart.
//   - [ReadFile] and [ReadNames] look before they open, because opening a named
//     pipe waits for a writer for ever, and read no more than they are told to.
//   - [Follow] and [Walk] follow links, at most [MaxHops] of them.
//   - [Folder] is the one interface through which files are created, placed,
//     changed and deleted. A Folder is one folder that was opened; its methods
//     take a name in it, never a path, so that nothing between the folder and
//     the name can be swapped. The root of a chain of Folders is opened by its
//     path, links included; below it a link is never followed.
//   - It has two implementations. Where the storage is the system's own (it is
//     exactly *afero.OsFs, or declares OpenRoot), a Folder holds a handle:
//     renamed or mounted over, it stays the folder that was opened. Elsewhere it
//     is a path, and Still looks whether that still leads to the same folder.
//     Wrappers of afero.OsFs are not unwrapped: that would write around what
//     they are for.
//   - What a storage cannot do is an error that wraps errors.ErrUnsupported.
package fsx

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"strings"
	"syscall"

	"github.com/spf13/afero"
)

// ErrTooLarge is wrapped by the error about a file or a folder that holds more
// than the caller allows.
var ErrTooLarge = errors.New("is too large")

// ErrNotRegular is wrapped by the error about a path that is neither a plain
// file nor a link to one.
var ErrNotRegular = errors.New("is not a regular file")

// Cause is an error without the path in it, for a message that names the path
// already or knows it by another name.
func Cause(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Lstat describes the name itself. A file system that cannot tell links apart
// is taken to hold none.
func Lstat(fsys afero.Fs, path string) (fs.FileInfo, error) {
	if l, ok := fsys.(afero.Lstater); ok {
		fi, _, err := l.LstatIfPossible(path)
		return fi, err
	}
	return fsys.Stat(path)
}

// LstatListed is Lstat for where a link that is not noticed does harm: on a file
// system without Lstat the listing of the folder says whether the name is a
// link. It costs as many calls as the folder has entries.
func LstatListed(fsys afero.Fs, path string) (fs.FileInfo, error) {
	if l, ok := fsys.(afero.Lstater); ok {
		fi, did, err := l.LstatIfPossible(path)
		if did || err != nil {
			return fi, err
		}
	}
	fi, statErr := fsys.Stat(path)
	if statErr != nil && !errors.Is(statErr, fs.ErrNotExist) {
		return nil, statErr
	}
	dir, err := fsys.Open(Dir(path))
	if err != nil {
		return nil, errors.Join(statErr, err)
	}
	defer dir.Close() // nothing was written
	// In one call: afero's memory panics in the second if the folder shrank.
	list, err := dir.Readdir(-1)
	_, base := Split(path)
	for _, entry := range list {
		if entry.Name() == base && entry.Mode()&fs.ModeSymlink != 0 {
			return entry, nil
		}
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return fi, statErr
}

// Nowhere reports whether err says that nothing is at a path: it does not exist, a
// file is where the path needs a folder, or links run in a circle.
func Nowhere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// Readlink returns the text of a link. On a file system that cannot read links
// the error wraps [afero.ErrNoReadlink].
func Readlink(fsys afero.Fs, path string) (string, error) {
	if l, ok := fsys.(afero.LinkReader); ok {
		return l.ReadlinkIfPossible(path)
	}
	return "", &fs.PathError{Op: "readlink", Path: path, Err: afero.ErrNoReadlink}
}

// ReadFile reads a plain file, or the one that a link leads to, of at most
// limit bytes. Errors wrap [ErrNotRegular] or [ErrTooLarge], and nothing was
// opened then unless the file grew in the meantime.
func ReadFile(fsys afero.Fs, path string, limit int64) ([]byte, error) {
	fi, err := fsys.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrNotRegular}
	case fi.Size() > limit:
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrTooLarge}
	}
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	data := bytes.NewBuffer(make([]byte, 0, max(0, fi.Size())+bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrTooLarge}
	}
	return data.Bytes(), err
}

// ReadNames lists a folder, or the one that a link leads to, of at most limit
// entries, in no order. The error for a larger one wraps [ErrTooLarge], for
// anything but a folder it wraps syscall.ENOTDIR.
func ReadNames(fsys afero.Fs, path string, limit int) ([]string, error) {
	fi, err := fsys.Stat(path)
	if err == nil && !fi.IsDir() {
		err = &fs.PathError{Op: "list", Path: path, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return nil, err
	}
	var list []string
	for name, err := range Names(fsys, path) {
		if err == nil && len(list) == limit {
			err = &fs.PathError{Op: "list", Path: path, Err: ErrTooLarge}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, nil
}

// Names lists a folder that the caller has looked at before, in portions, so
// that a caller who breaks off a large one does not pay for all of it. The first
// error is the last pair; names may have come before it.
func Names(fsys afero.Fs, path string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := fsys.Open(path)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close() // nothing was written
		for {
			list, err := f.Readdirnames(1024)
			for _, name := range list {
				if !yield(name, nil) {
					return
				}
			}
			if err == io.EOF || err == nil && len(list) == 0 {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
		}
	}
}

// Dir returns the folder of a path on a file system that may use either
// separator.
func Dir(name string) string {
	dir, _ := Split(name)
	switch trimmed := strings.TrimRight(dir, `/\`); {
	case dir == "":
		return "."
	case trimmed == "" || strings.HasSuffix(trimmed, ":"):
		return dir
	default:
		return trimmed
	}
}

// Split cuts a path behind its last separator, of either kind.
func Split(name string) (dir, base string) {
	i := strings.LastIndexAny(name, `/\`) + 1
	return name[:i], name[i:]
}
