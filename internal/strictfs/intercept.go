package strictfs

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// Op names a file-system operation.
type Op string

// Operations of a file system.
const (
	OpCreate    Op = "create"
	OpOpen      Op = "open"
	OpOpenFile  Op = "openfile"
	OpMkdir     Op = "mkdir"
	OpMkdirAll  Op = "mkdirall"
	OpRemove    Op = "remove"
	OpRemoveAll Op = "removeall"
	OpRename    Op = "rename"
	OpSymlink   Op = "symlink"
	OpReadlink  Op = "readlink"
	OpStat      Op = "stat"
	OpLstat     Op = "lstat"
	OpChmod     Op = "chmod"
	OpChown     Op = "chown"
	OpChtimes   Op = "chtimes"
)

// Operations of an open file. WriteString counts as OpWrite; Name is none.
const (
	OpRead         Op = "read"
	OpReadAt       Op = "readat"
	OpWrite        Op = "write"
	OpWriteAt      Op = "writeat"
	OpSeek         Op = "seek"
	OpReaddir      Op = "readdir"
	OpReaddirnames Op = "readdirnames"
	OpFileStat     Op = "fstat"
	OpTruncate     Op = "ftruncate"
	OpSync         Op = "fsync"
	OpClose        Op = "close"
)

// Changes says whether the operation can change a file system. Opening a file
// counts only where its flags create, empty or allow writing: see
// [Call.Changes].
func (o Op) Changes() bool {
	switch o {
	case OpCreate, OpMkdir, OpMkdirAll, OpRemove, OpRemoveAll, OpRename, OpSymlink,
		OpChmod, OpChown, OpChtimes, OpWrite, OpWriteAt, OpTruncate:
		return true
	}
	return false
}

// Call is one operation on its way.
type Call struct {
	Op   Op
	Path string // as the caller gave it; for an open file the name it was opened by
	To   string // the new name of a rename; the place of a symlink, whose text is Path
	Flag int    // of OpOpenFile

	// Handle tells open files apart: 1 and up in the order of opening, 0 for
	// operations of the file system.
	Handle int64

	// Data is what a write is about to write: a shorter slice makes a short
	// write, another slice another content. After a read it is what was read and
	// may be changed in place.
	Data []byte
}

// Changes says whether the call can change the file system.
func (c *Call) Changes() bool {
	if c.Op == OpOpenFile {
		return c.Flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC) != 0
	}
	return c.Op.Changes()
}

// ErrNotDone is what an operation that must give a result (a file, a FileInfo)
// returns when it was neither carried out nor given an error.
var ErrNotDone = errors.New("strictfs: operation was intercepted and not carried out")

// Intercept returns a file system that passes every operation of fsys, and of
// the files it opens, through around. The operation is carried out when around
// calls next, which returns its error; what around returns is what the caller
// gets. An around that returns nil without calling next makes an operation
// that lies: it does nothing and reports success.
//
// The result always has the methods of [afero.Symlinker]; where fsys has not,
// they answer as afero's own wrappers do (Stat in place of Lstat,
// [afero.ErrNoReadlink], [afero.ErrNoSymlink]). Its files are plain
// afero.File values, so that nothing can reach past them. Around may be called
// by several goroutines at once.
func Intercept(fsys afero.Fs, around func(c *Call, next func() error) error) afero.Fs {
	return intercept(fsys, around, new(atomic.Int64))
}

func intercept(fsys afero.Fs, around func(c *Call, next func() error) error, handles *atomic.Int64) *interceptFs {
	return &interceptFs{base: fsys, around: around, handles: handles}
}

type interceptFs struct {
	base    afero.Fs
	around  func(c *Call, next func() error) error
	handles *atomic.Int64
}

var (
	_ afero.Fs        = (*interceptFs)(nil)
	_ afero.Symlinker = (*interceptFs)(nil)
)

func (i *interceptFs) Name() string { return i.base.Name() }

// RefusesLikeSystem is that of the file system below.
func (i *interceptFs) RefusesLikeSystem() bool {
	s, ok := i.base.(interface{ RefusesLikeSystem() bool })
	return ok && s.RefusesLikeSystem()
}

// do runs an operation that gives nothing but an error.
func (i *interceptFs) do(op Op, path string, run func() error) error {
	return i.around(&Call{Op: op, Path: path}, run)
}

// open runs an operation that gives a file.
func (i *interceptFs) open(c *Call, run func() (afero.File, error)) (afero.File, error) {
	var file afero.File
	err := i.around(c, func() (err error) {
		file, err = run()
		return err
	})
	switch {
	case err != nil && file != nil:
		_ = file.Close() // the caller gets err and no file; the base must not leak one
		return nil, err
	case err != nil:
		return nil, err
	case file == nil:
		return nil, &fs.PathError{Op: string(c.Op), Path: c.Path, Err: ErrNotDone}
	}
	return &interceptFile{base: file, fs: i, id: i.handles.Add(1)}, nil
}

// info runs an operation that gives a FileInfo.
func info(around func(c *Call, next func() error) error, c *Call, run func() (fs.FileInfo, error)) (fs.FileInfo, error) {
	var got fs.FileInfo
	err := around(c, func() (err error) {
		got, err = run()
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case got == nil:
		return nil, &fs.PathError{Op: string(c.Op), Path: c.Path, Err: ErrNotDone}
	}
	return got, nil
}

func (i *interceptFs) Create(name string) (afero.File, error) {
	return i.open(&Call{Op: OpCreate, Path: name}, func() (afero.File, error) { return i.base.Create(name) })
}

func (i *interceptFs) Open(name string) (afero.File, error) {
	return i.open(&Call{Op: OpOpen, Path: name}, func() (afero.File, error) { return i.base.Open(name) })
}

func (i *interceptFs) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	return i.open(&Call{Op: OpOpenFile, Path: name, Flag: flag}, func() (afero.File, error) {
		return i.base.OpenFile(name, flag, perm)
	})
}

func (i *interceptFs) Mkdir(name string, perm fs.FileMode) error {
	return i.do(OpMkdir, name, func() error { return i.base.Mkdir(name, perm) })
}

func (i *interceptFs) MkdirAll(path string, perm fs.FileMode) error {
	return i.do(OpMkdirAll, path, func() error { return i.base.MkdirAll(path, perm) })
}

func (i *interceptFs) Remove(name string) error {
	return i.do(OpRemove, name, func() error { return i.base.Remove(name) })
}

func (i *interceptFs) RemoveAll(path string) error {
	return i.do(OpRemoveAll, path, func() error { return i.base.RemoveAll(path) })
}

func (i *interceptFs) Chmod(name string, mode fs.FileMode) error {
	return i.do(OpChmod, name, func() error { return i.base.Chmod(name, mode) })
}

func (i *interceptFs) Chown(name string, uid, gid int) error {
	return i.do(OpChown, name, func() error { return i.base.Chown(name, uid, gid) })
}

func (i *interceptFs) Chtimes(name string, atime, mtime time.Time) error {
	return i.do(OpChtimes, name, func() error { return i.base.Chtimes(name, atime, mtime) })
}

func (i *interceptFs) Rename(oldname, newname string) error {
	return i.around(&Call{Op: OpRename, Path: oldname, To: newname}, func() error {
		return i.base.Rename(oldname, newname)
	})
}

// Place is one operation where the storage below has it as one.
func (i *interceptFs) Place(oldname, newname string) error {
	p, ok := i.base.(fsx.Placer)
	if !ok {
		return fsx.PlaceByLook(i, oldname, newname)
	}
	return i.around(&Call{Op: OpRename, Path: oldname, To: newname}, func() error { return p.Place(oldname, newname) })
}

func (i *interceptFs) SymlinkIfPossible(oldname, newname string) error {
	return i.around(&Call{Op: OpSymlink, Path: oldname, To: newname}, func() error {
		if l, ok := i.base.(afero.Linker); ok {
			return l.SymlinkIfPossible(oldname, newname)
		}
		return linkError("symlink", oldname, newname, afero.ErrNoSymlink)
	})
}

func (i *interceptFs) ReadlinkIfPossible(name string) (string, error) {
	c, target, done := &Call{Op: OpReadlink, Path: name}, "", false
	err := i.around(c, func() (err error) {
		done = true
		if r, ok := i.base.(afero.LinkReader); ok {
			target, err = r.ReadlinkIfPossible(name)
			return err
		}
		return pathError("readlink", name, afero.ErrNoReadlink)
	})
	if err == nil && !done {
		err = pathError("readlink", name, ErrNotDone)
	}
	if err != nil {
		return "", err
	}
	return target, nil
}

func (i *interceptFs) Stat(name string) (fs.FileInfo, error) {
	return info(i.around, &Call{Op: OpStat, Path: name}, func() (fs.FileInfo, error) { return i.base.Stat(name) })
}

func (i *interceptFs) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	possible := false
	got, err := info(i.around, &Call{Op: OpLstat, Path: name}, func() (got fs.FileInfo, err error) {
		if l, ok := i.base.(afero.Lstater); ok {
			got, possible, err = l.LstatIfPossible(name)
			return got, err
		}
		return i.base.Stat(name)
	})
	return got, possible, err
}
