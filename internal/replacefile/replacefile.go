package replacefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

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
	// BestEffort accepts that the temporary file cannot be synced.
	BestEffort bool
}

var (
	// ErrChanged means that the file is not what the caller's edit was based
	// on, or became something else while its replacement was being written.
	ErrChanged = errors.New("the file was changed by somebody else")
	// ErrLink means that the path is a link whose target cannot be determined.
	ErrLink = fsx.ErrLink
)

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

// modeBits are what is kept of a mode.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Write makes data the content of the file at path. If it is that already,
// nothing is written. Every error is an *Error.
func Write(fsys afero.Fs, path string, data []byte, o Options) error {
	fail := func(op string, err error) error { return &Error{Op: op, Path: path, Err: err} }
	target, old, err := resolve(fsys, path)
	if err != nil {
		return fail("resolve", err)
	}
	var current []byte
	if old != nil {
		if !old.Mode().IsRegular() {
			return fail("resolve", fmt.Errorf("%s is no regular file", target))
		}
		if current, err = readAll(fsys, target); err != nil {
			return fail("read", err)
		}
	}
	if o.Expect != nil && !(old == nil && o.OrAbsent) && (old == nil || !bytes.Equal(current, o.Expect)) {
		return fail("compare", ErrChanged)
	}
	temp := TempName(target)
	if err := clear(fsys, temp); err != nil {
		return fail("remove left-over", err)
	}
	if old != nil && bytes.Equal(current, data) {
		return nil
	}
	if op, err := prepare(fsys, temp, data, old, o); err != nil {
		return fail(op, discard(fsys, temp, err))
	}
	if err := unchanged(fsys, target, old, current); err != nil {
		return fail("compare", discard(fsys, temp, err))
	}
	if err := fsys.Rename(temp, target); err != nil {
		return fail("rename", discard(fsys, temp, err))
	}
	syncFolder(fsys, fsx.Dir(target))
	return nil
}

// TempName is the name of the temporary file for a target.
func TempName(target string) string {
	dir, base := fsx.Split(target)
	return dir + "." + base + ".deploycluster-new"
}

// clear removes what an interrupted run left. A folder of that name is not
// ours.
func clear(fsys afero.Fs, temp string) error {
	fi, err := fsx.LstatListed(fsys, temp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case fi.IsDir():
		return &fs.PathError{Op: "remove", Path: temp, Err: errors.New("a folder is in the way")}
	}
	return fsys.Remove(temp)
}

// discard removes the temporary file after a failure.
func discard(fsys afero.Fs, temp string, cause error) error {
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(cause, err)
	}
	return cause
}

// prepare writes the temporary file, gives it mode and owner, and proves that
// the storage holds what was written.
func prepare(fsys afero.Fs, temp string, data []byte, old fs.FileInfo, o Options) (op string, err error) {
	file, err := fsys.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "create", err
	}
	n, err := file.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if op = "write"; err == nil {
		op, err = "keep owner and mode", adopt(fsys, temp, old, o.NewMode)
	}
	if err == nil {
		if err = file.Sync(); o.BestEffort {
			err = nil
		}
		op = "sync"
	}
	if closeErr := file.Close(); err == nil && closeErr != nil {
		op, err = "close", closeErr
	}
	if err != nil {
		return op, err
	}
	back, err := readAll(fsys, temp)
	if err != nil {
		return "read back", err
	}
	if !bytes.Equal(back, data) {
		return "read back", errors.New("the storage returns other bytes than were written")
	}
	return "", nil
}

// adopt gives the temporary file the owner and mode of the old file, where
// the file system reports them, or the mode of a new one.
func adopt(fsys afero.Fs, temp string, old fs.FileInfo, newMode fs.FileMode) error {
	if newMode == 0 {
		newMode = 0o600
	}
	if old == nil {
		return fsys.Chmod(temp, newMode&modeBits)
	}
	now, err := fsys.Stat(temp)
	if err != nil {
		return err
	}
	wantUID, wantGID, ok := fileowner.Of(old)
	uid, gid, told := fileowner.Of(now)
	if ok && told && (uid != wantUID || gid != wantGID) {
		if err := fsys.Chown(temp, wantUID, wantGID); err != nil {
			return err
		}
	}
	// The mode comes last: a change of owner may clear bits of it.
	want := old.Mode() & modeBits
	if now.Mode()&modeBits != want || uid != wantUID || gid != wantGID {
		if err := fsys.Chmod(temp, want); err != nil {
			return err
		}
	}
	if now, err = fsys.Stat(temp); err != nil {
		return err
	}
	if uid, gid, told = fileowner.Of(now); ok && told && (uid != wantUID || gid != wantGID) {
		return fmt.Errorf("the storage makes %d:%d the owner, not %d:%d", uid, gid, wantUID, wantGID)
	}
	if got := now.Mode() & modeBits; got != want {
		return fmt.Errorf("the storage sets mode %v, not %v", got, want)
	}
	return nil
}

// unchanged looks at the target once more, right before it is replaced.
func unchanged(fsys afero.Fs, target string, old fs.FileInfo, content []byte) error {
	if old == nil {
		if _, err := fsx.LstatListed(fsys, target); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		return ErrChanged
	}
	now, err := readAll(fsys, target)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, content) {
		return ErrChanged
	}
	return nil
}

func readAll(fsys afero.Fs, path string) ([]byte, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	return data, errors.Join(err, file.Close())
}

// syncFolder makes the rename durable where the storage can. Where it cannot,
// there is nothing to be done about it, and the file itself is in place.
func syncFolder(fsys afero.Fs, dir string) {
	if d, err := fsys.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
