package sftpfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/pkg/sftp"
)

// file is an open remote file.
type file struct {
	*sftp.File
	fs *FS
}

// Sync asks the server for fsync. It fails with errors.ErrUnsupported where the
// server does not offer it.
func (f *file) Sync() error {
	if _, ok := f.fs.client.HasExtension(extSync); !ok {
		return &fs.PathError{Op: "sync", Path: f.Name(), Err: fmt.Errorf("%w: the server lacks %s", errors.ErrUnsupported, extSync)}
	}
	return failed("sync", f.Name(), f.File.Sync())
}

func (f *file) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

func (f *file) Readdir(int) ([]os.FileInfo, error) { return nil, notFolder(f.Name()) }
func (f *file) Readdirnames(int) ([]string, error) { return nil, notFolder(f.Name()) }

func notFolder(name string) error {
	return &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
}

// folder is an open remote folder. Its entries are fetched at the first read.
type folder struct {
	fs   *FS
	name string
	info os.FileInfo
	list []os.FileInfo
	read bool
}

func (d *folder) Name() string               { return d.name }
func (d *folder) Stat() (os.FileInfo, error) { return d.info, nil }
func (d *folder) Close() error               { return nil }

// Sync does nothing: the protocol has no way to sync a folder.
func (d *folder) Sync() error { return nil }

func (d *folder) Readdir(n int) ([]os.FileInfo, error) {
	if !d.read {
		list, err := d.fs.client.ReadDir(d.name)
		if err != nil {
			return nil, failed("readdir", d.name, err)
		}
		d.list, d.read = toldAll(list), true
	}
	if n <= 0 {
		n = len(d.list)
	} else if len(d.list) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.list))
	out := d.list[:n:n]
	d.list = d.list[n:]
	return out, nil
}

func (d *folder) Readdirnames(n int) ([]string, error) {
	list, err := d.Readdir(n)
	names := make([]string, len(list))
	for i, entry := range list {
		names[i] = entry.Name()
	}
	return names, err
}

func (d *folder) isFolder(op string) error {
	return &fs.PathError{Op: op, Path: d.name, Err: syscall.EISDIR}
}

func (d *folder) Read([]byte) (int, error)           { return 0, d.isFolder("read") }
func (d *folder) ReadAt([]byte, int64) (int, error)  { return 0, d.isFolder("read") }
func (d *folder) Seek(int64, int) (int64, error)     { return 0, d.isFolder("seek") }
func (d *folder) Write([]byte) (int, error)          { return 0, d.isFolder("write") }
func (d *folder) WriteAt([]byte, int64) (int, error) { return 0, d.isFolder("write") }
func (d *folder) WriteString(string) (int, error)    { return 0, d.isFolder("write") }
func (d *folder) Truncate(int64) error               { return d.isFolder("truncate") }
