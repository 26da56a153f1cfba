package replacefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// Options say what to expect and what to insist on.
type Options struct {
	// Expect are the bytes that the file must have now; otherwise ErrChanged.
	// nil expects nothing, an empty slice an empty file.
	Expect []byte
	// OrAbsent accepts, where Expect is set, that the file does not exist.
	OrAbsent bool
	// NewMode is the mode of a file that did not exist; 0 means 0600. The
	// process's umask does not lessen it.
	NewMode fs.FileMode
	// Mode, unless 0, is the mode that the file gets, whatever it had. A file that
	// has the content already is replaced too, if its mode is another.
	Mode fs.FileMode
	// BestEffort accepts that the temporary file cannot be synced.
	BestEffort bool
	// Guard is asked right before the file is replaced, once its replacement is
	// ready: an error stops that. nil is no question.
	Guard func() error
	// Sole says that nobody else is replacing this file now: the temporary
	// files of killed runs are removed, even if there is nothing to write.
	Sole bool
}

var (
	// ErrChanged means that the file is not what the caller's edit was based
	// on, or became something else while its replacement was being written.
	ErrChanged = errors.New("the file was changed by somebody else")
	// ErrLink means that the path is a link whose target cannot be determined.
	ErrLink = fsx.ErrLink
)

var errExchanged = errors.New("the temporary file was exchanged by somebody else")

// Error says at which operation replacing a file failed.
type Error struct {
	Op   string // what was being done, such as "write" or "rename"
	Path string // the path given to Write
	Err  error
}

// Error names the path, the operation and the cause; never file content.
func (e *Error) Error() string { return fmt.Sprintf("replace %s: %s: %v", e.Path, e.Op, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Write makes data the content of the file at path. If it is that already,
// nothing is written. Every error is an *Error.
func Write(fsys afero.Fs, path string, data []byte, o Options) error {
	fail := func(op string, err error) error { return &Error{Op: op, Path: path, Err: err} }
	target, info, err := resolve(fsys, path)
	if err != nil {
		return fail("resolve", explain("resolve", path, err))
	}
	if info != nil && !info.Mode().IsRegular() {
		return fail("resolve", fmt.Errorf("%s is not a regular file", target))
	}
	dir, base, own, err := fsx.OpenAbove(fsys, target)
	if err != nil {
		return fail("open the folder", explain("open", target, err))
	}
	defer dir.Close() // nothing was written through it
	r := run{fsys: fsys, dir: dir, own: own, target: target, base: base, data: data, o: o}
	defer r.close()
	if o.Sole { // before the look: a run that was suspended replaces nothing after it
		if err := sweep(dir, base); err != nil {
			return fail("remove left-over", bare(err))
		}
	}
	if op, err := r.look(info != nil); err != nil {
		return fail(op, explain(op, target, err))
	}
	if r.old != nil && bytes.Equal(r.content, data) && (o.Mode == 0 || r.mode&modeBits == o.Mode&modeBits) {
		return nil
	}
	if op, err := r.prepare(); err != nil {
		return fail(op, r.discard(explain(op, target, err)))
	}
	if op, err := r.swap(); err != nil {
		return fail(op, bare(err))
	}
	syncFolder(dir)
	return nil
}

// syncFolder makes the rename durable where the storage can. Where it cannot,
// there is nothing to be done about it, and the file itself is in place.
func syncFolder(dir fsx.Folder) { _ = dir.Sync() }

// Remove removes a file, and sees to it that it stays away where the storage can.
func Remove(fsys afero.Fs, path string) error {
	dir, base, _, err := fsx.OpenAbove(fsys, path)
	if err != nil {
		return &Error{Op: "open the folder", Path: path, Err: bare(err)}
	}
	defer dir.Close()
	if err := dir.Remove(base); err != nil {
		return &Error{Op: "remove", Path: path, Err: bare(err)}
	}
	syncFolder(dir)
	return nil
}

// run is one replacement of one file.
type run struct {
	fsys         afero.Fs
	dir          fsx.Folder
	own          bool // the storage is the system's own
	target, base string
	data         []byte
	o            Options

	old     fs.FileInfo // the file as it was at first; nil: there was none
	mode    fs.FileMode // of old, whose Mode may be the present one
	oldFile fsx.File    // open, for its access list
	content []byte      // of old

	temp string      // the name of the temporary file; empty before it exists
	made fs.FileInfo // the temporary file
}

func (r *run) close() {
	if r.oldFile != nil {
		_ = r.oldFile.Close()
	}
}

// look reads the file and compares it with what the caller expects.
func (r *run) look(exists bool) (op string, err error) {
	if exists {
		r.old, r.oldFile, r.content, err = read(r.dir, r.base)
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrChanged // it was there a moment ago
		}
		if err != nil {
			return "read", err
		}
		r.mode = r.old.Mode()
	}
	if r.o.Expect != nil && !(r.old == nil && r.o.OrAbsent) && (r.old == nil || !bytes.Equal(r.content, r.o.Expect)) {
		return "compare", ErrChanged
	}
	return "", nil
}

// read returns the file of a name, open, and its content.
func read(dir fsx.Folder, name string) (fs.FileInfo, fsx.File, []byte, error) {
	f, err := dir.Open(name)
	if errors.Is(err, fsx.ErrNotRegular) || errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, fsx.ErrSwapped) {
		err = ErrChanged
	}
	if err != nil {
		return nil, nil, nil, err
	}
	info, err := f.Stat()
	var data []byte
	if err == nil && !info.Mode().IsRegular() {
		err = ErrChanged
	}
	if err == nil {
		data, err = io.ReadAll(f)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, f.Close())
	}
	return info, f, data, nil
}

// prepare writes the temporary file, gives it mode, owner and access list, and
// proves that the storage holds what was written.
func (r *run) prepare() (op string, err error) {
	f, err := r.create()
	if err != nil {
		return "create", err
	}
	n, err := f.Write(r.data)
	if err == nil && n < len(r.data) {
		err = io.ErrShortWrite
	}
	if op = "write"; err == nil {
		op, err = "keep owner and mode", r.adopt(f)
	}
	if err == nil {
		if err = f.Sync(); r.o.BestEffort {
			err = nil
		}
		op = "sync"
	}
	if err == nil {
		r.made, err = f.Stat()
	}
	if closeErr := f.Close(); err == nil && closeErr != nil {
		op, err = "close", closeErr
	}
	if err != nil {
		return op, err
	}
	info, back, data, err := read(r.dir, r.temp)
	if err == nil {
		err = back.Close()
	}
	switch {
	case err != nil:
	case !same(info, r.made):
		err = errExchanged
	case !bytes.Equal(data, r.data):
		err = errors.New("the storage returns other bytes than were written")
	}
	return "read back", err
}

// same reports whether two descriptions are of one file, as far as this is known.
func same(a, b fs.FileInfo) bool {
	one, known := fileowner.Same(a, b)
	return one || !known
}

// create makes the temporary file.
func (r *run) create() (fsx.File, error) {
	for range 10 {
		name := tempName(r.base)
		f, err := r.dir.Create(name, 0o600)
		if err == nil {
			r.temp = name
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return nil, fs.ErrExist
}

// discard removes the temporary file after a failure.
func (r *run) discard(cause error) error {
	if r.temp == "" {
		return cause
	}
	if err := r.dir.Remove(r.temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(bare(cause), bare(err))
	}
	return cause
}

// swap renames the temporary file over the target, if that is still what it
// was, and looks whether it stayed there.
func (r *run) swap() (op string, err error) {
	unlock, err := fsx.Lock(r.dir)
	if err != nil {
		return "lock", r.discard(err)
	}
	defer unlock()
	if r.o.Guard != nil {
		if err := r.o.Guard(); err != nil {
			return "compare", r.discard(err)
		}
	}
	if err := r.unchanged(); err != nil {
		return "compare", r.discard(err)
	}
	if now, err := r.dir.Lstat(r.temp); err != nil {
		return "rename", r.discard(err)
	} else if !same(now, r.made) {
		return "rename", errExchanged
	}
	if r.old == nil {
		err = r.dir.Place(r.temp, r.dir, r.base)
	} else {
		err = r.dir.Rename(r.temp, r.dir, r.base)
	}
	if errors.Is(err, fs.ErrExist) {
		err = ErrChanged
	}
	if err != nil {
		return "rename", r.discard(explain("rename", r.target, err))
	}
	// What cannot be read now says nothing about who wrote it.
	if info, f, data, err := read(r.dir, r.base); err == nil {
		_ = f.Close()
		if !same(info, r.made) || !bytes.Equal(data, r.data) {
			return "compare", ErrChanged
		}
	}
	return "", nil
}

// unchanged looks at the target once more, right before it is replaced.
func (r *run) unchanged() error {
	if r.old == nil {
		if _, err := fsx.LstatListed(r.fsys, r.target); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		return ErrChanged
	}
	info, f, data, err := read(r.dir, r.base)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrChanged
	}
	if err != nil {
		return err
	}
	_ = f.Close()
	if !bytes.Equal(data, r.content) || info.Mode() != r.mode || !sameOwner(info, r.old) {
		return ErrChanged
	}
	return nil
}
