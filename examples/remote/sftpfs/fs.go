// Package sftpfs is an afero file system over SFTP, with what deploycluster
// asks of a storage:
//
//   - names can be looked at without following a link (lstat, readlink);
//   - Rename replaces what is there, as POSIX rename does. It needs the
//     extension posix-rename@openssh.com; without it Rename fails, because the
//     plain SFTP rename refuses an existing name;
//   - Sync asks the server for fsync (fsync@openssh.com). Where the server
//     does not offer it, Sync fails with errors.ErrUnsupported instead of
//     reporting a durability that nobody gave. The protocol has no sync for
//     folders: theirs does nothing.
//
// Paths are those of the remote machine, with slashes.
package sftpfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/pkg/sftp"
	"github.com/spf13/afero"
)

// The extensions of OpenSSH's server that this package uses.
const (
	extRename = "posix-rename@openssh.com"
	extSync   = "fsync@openssh.com"
)

// FS is a remote machine's file system. It is safe for concurrent use, and
// requests made at the same time share the connection without waiting for each
// other.
type FS struct{ client *sftp.Client }

// New returns the file system behind a client.
func New(client *sftp.Client) *FS { return &FS{client} }

var (
	_ afero.Fs         = (*FS)(nil)
	_ afero.Lstater    = (*FS)(nil)
	_ afero.LinkReader = (*FS)(nil)
	_ afero.Linker     = (*FS)(nil)
)

// Name implements afero.Fs.
func (f *FS) Name() string { return "sftpfs" }

// failed gives an error the operation and the path, and the errno that callers
// ask for where the protocol has a code for it.
func failed(op, name string, err error) error {
	var status *sftp.StatusError
	var pathErr *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &status):
		switch status.FxCode() {
		case sftp.ErrSSHFxNoSuchFile:
			err = syscall.ENOENT
		case sftp.ErrSSHFxPermissionDenied:
			err = syscall.EACCES
		case sftp.ErrSSHFxOpUnsupported:
			err = errors.ErrUnsupported
		}
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Create implements afero.Fs.
func (f *FS) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Open implements afero.Fs.
func (f *FS) Open(name string) (afero.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile implements afero.Fs. SFTP has no mode for a new file in its open
// request: one that this call makes exclusively gets perm before it is
// returned, any other new file gets the remote default.
func (f *FS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if flag == os.O_RDONLY {
		i, err := f.client.Stat(name)
		if err != nil {
			return nil, failed("open", name, err)
		}
		switch {
		case i.IsDir():
			return &folder{fs: f, name: name, info: info{i}}, nil
		case !i.Mode().IsRegular(): // opening a pipe would wait for a writer
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EINVAL}
		}
	}
	h, err := f.client.OpenFile(name, flag)
	if err != nil {
		return nil, failed("open", name, err)
	}
	if flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0 {
		if err := h.Chmod(perm.Perm()); err != nil {
			h.Close()
			return nil, failed("chmod", name, err)
		}
	}
	return &file{File: h, fs: f}, nil
}

// Stat implements afero.Fs.
func (f *FS) Stat(name string) (os.FileInfo, error) {
	i, err := f.client.Stat(name)
	return told(i, failed("stat", name, err))
}

// LstatIfPossible implements afero.Lstater.
func (f *FS) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	i, err := f.client.Lstat(name)
	i, err = told(i, failed("lstat", name, err))
	return i, true, err
}

// ReadlinkIfPossible implements afero.LinkReader.
func (f *FS) ReadlinkIfPossible(name string) (string, error) {
	text, err := f.client.ReadLink(name)
	return text, failed("readlink", name, err)
}

// SymlinkIfPossible implements afero.Linker.
func (f *FS) SymlinkIfPossible(text, name string) error {
	return failed("symlink", name, f.client.Symlink(text, name))
}

// Rename implements afero.Fs: it replaces newname. Without the extension it
// fails with errors.ErrUnsupported.
func (f *FS) Rename(oldname, newname string) error {
	if _, ok := f.client.HasExtension(extRename); !ok {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: fmt.Errorf("%w: the server lacks %s", errors.ErrUnsupported, extRename)}
	}
	if err := f.client.PosixRename(oldname, newname); err != nil {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: errors.Unwrap(failed("", "", err))}
	}
	return nil
}

// Mkdir implements afero.Fs.
func (f *FS) Mkdir(name string, perm os.FileMode) error {
	if err := f.client.Mkdir(name); err != nil {
		if _, look := f.client.Lstat(name); look == nil { // the protocol has no code for it
			err = syscall.EEXIST
		}
		return failed("mkdir", name, err)
	}
	return failed("chmod", name, f.client.Chmod(name, perm.Perm()))
}

// MkdirAll implements afero.Fs.
func (f *FS) MkdirAll(name string, perm os.FileMode) error {
	info, err := f.client.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
	}
	if up := path.Dir(name); up != name {
		if err := f.MkdirAll(up, perm); err != nil {
			return err
		}
	}
	if err := f.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Remove implements afero.Fs: a file, a link, or an empty folder.
func (f *FS) Remove(name string) error {
	info, err := f.client.Lstat(name)
	switch {
	case err != nil:
		return failed("remove", name, err)
	case info.IsDir():
		return failed("remove", name, f.client.RemoveDirectory(name))
	}
	return failed("remove", name, f.client.Remove(name))
}

// RemoveAll implements afero.Fs. It never follows a link.
func (f *FS) RemoveAll(name string) error {
	info, err := f.client.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failed("remove", name, err)
	case info.IsDir():
		list, err := f.client.ReadDir(name)
		if err != nil {
			return failed("remove", name, err)
		}
		for _, entry := range list {
			if err := f.RemoveAll(path.Join(name, entry.Name())); err != nil {
				return err
			}
		}
	}
	return f.Remove(name)
}

// Chmod implements afero.Fs.
func (f *FS) Chmod(name string, mode os.FileMode) error {
	return failed("chmod", name, f.client.Chmod(name, mode))
}

// Chown implements afero.Fs.
func (f *FS) Chown(name string, uid, gid int) error {
	return failed("chown", name, f.client.Chown(name, uid, gid))
}

// Chtimes implements afero.Fs. SFTP keeps whole seconds.
func (f *FS) Chtimes(name string, atime, mtime time.Time) error {
	return failed("chtimes", name, f.client.Chtimes(name, atime, mtime))
}
