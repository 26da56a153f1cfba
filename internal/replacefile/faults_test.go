package replacefile

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/afero"
)

var errInjected = errors.New("injected")

// faulty fails its n-th operation, counting from 1, and records the names of
// all. It offers what OsFs offers; whether links are readable is the base's.
type faulty struct {
	base afero.Fs
	n    int
	ops  []string
	// hook is called before each operation.
	hook func(op, name string)
}

func (f *faulty) op(op, name string) error {
	f.ops = append(f.ops, op)
	if f.hook != nil {
		f.hook(op, name)
	}
	if len(f.ops) == f.n {
		return &fs.PathError{Op: op, Path: name, Err: errInjected}
	}
	return nil
}

// plainFs is the part of afero.Fs that the package does not use.
type plainFs = afero.Fs

type faultyFs struct {
	plainFs
	*faulty
}

func newFaulty(base afero.Fs, n int) *faultyFs {
	return &faultyFs{base, &faulty{base: base, n: n}}
}

func (f *faultyFs) Open(name string) (afero.File, error) {
	if err := f.op("open", name); err != nil {
		return nil, err
	}
	file, err := f.base.Open(name)
	return &faultyFile{file, f.faulty}, err
}

func (f *faultyFs) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := f.op("create", name); err != nil {
		return nil, err
	}
	file, err := f.base.OpenFile(name, flag, perm)
	return &faultyFile{file, f.faulty}, err
}

func (f *faultyFs) Stat(name string) (os.FileInfo, error) {
	if err := f.op("stat", name); err != nil {
		return nil, err
	}
	return f.base.Stat(name)
}

func (f *faultyFs) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	if err := f.op("lstat", name); err != nil {
		return nil, true, err
	}
	return f.base.(afero.Lstater).LstatIfPossible(name)
}

func (f *faultyFs) ReadlinkIfPossible(name string) (string, error) {
	if err := f.op("readlink", name); err != nil {
		return "", err
	}
	return f.base.(afero.LinkReader).ReadlinkIfPossible(name)
}

func (f *faultyFs) Rename(from, to string) error {
	if err := f.op("rename", from); err != nil {
		return err
	}
	return f.base.Rename(from, to)
}

func (f *faultyFs) Chmod(name string, mode os.FileMode) error {
	if err := f.op("chmod", name); err != nil {
		return err
	}
	return f.base.Chmod(name, mode)
}

func (f *faultyFs) Chown(name string, uid, gid int) error {
	if err := f.op("chown", name); err != nil {
		return err
	}
	return f.base.Chown(name, uid, gid)
}

type faultyFile struct {
	afero.File
	f *faulty
}

func (f *faultyFile) Read(p []byte) (int, error) {
	if err := f.f.op("read", f.Name()); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.f.op("write", f.Name()); err != nil {
		n, _ := f.File.Write(p[:len(p)/2]) // a full disk takes a part
		return n, err
	}
	return f.File.Write(p)
}

func (f *faultyFile) Sync() error {
	if err := f.f.op("sync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultyFile) Close() error {
	err := f.f.op("close", f.Name())
	return errors.Join(f.File.Close(), err)
}

// noLinks hides everything about links that a file system offers.
type noLinks struct{ afero.Fs }

// noReadlink offers Lstat and no Readlink.
type noReadlink struct{ afero.Fs }

func (f noReadlink) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	return f.Fs.(afero.Lstater).LstatIfPossible(name)
}
