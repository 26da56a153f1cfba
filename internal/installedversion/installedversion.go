// Package installedversion reads conf/installed.version.
package installedversion

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/props"
)

// keyVersion is the one key of conf/installed.version.
const keyVersion = "installed.version"

// Problem says why a conf/installed.version yields no version. The zero
// value is no problem that occurs.
type Problem string

const (
	Missing    Problem = "missing"    // no such file
	Unreadable Problem = "unreadable" // the file, or the folder in its place, could not be read
	Malformed  Problem = "malformed"  // not a properties file
	KeyAbsent  Problem = "key absent" // no key installed.version, as when the file holds a bare version
	Empty      Problem = "empty"      // the key is there, without a value
)

// Error reports a conf/installed.version without a version in
// it. It unwraps to the file system's or the parser's error, if there is one.
type Error struct {
	Path    string
	Problem Problem
	Err     error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Path, e.Problem, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Path, e.Problem)
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes a Missing error match fs.ErrNotExist whatever the file
// system's own error was, such as that a file stands where conf should.
func (e *Error) Is(target error) bool {
	return e.Problem == Missing && target == fs.ErrNotExist
}

// Read reads a conf/installed.version: a properties file with the
// key installed.version [installers 6.2.1.1 and 7.0.0]. The text is returned as it
// stands, with blanks; whether it can be read as a version is not asked. The
// error is an *Error.
func Read(fsys afero.Fs, path string) (version string, pos props.Position, err error) {
	fail := func(p Problem, cause error) (string, props.Position, error) {
		return "", pos, &Error{Path: path, Problem: p, Err: cause}
	}
	info, err := fsys.Stat(path)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	var data []byte
	if err == nil {
		data, err = afero.ReadFile(fsys, path)
	}
	if err != nil {
		if fsx.Nowhere(err) {
			return fail(Missing, err)
		}
		return fail(Unreadable, err)
	}
	f, err := props.Parse(path, data)
	if err != nil {
		return fail(Malformed, err)
	}
	e, ok := f.Lookup(keyVersion)
	if !ok {
		return fail(KeyAbsent, nil)
	}
	pos = e.Pos
	if strings.TrimSpace(e.Value) == "" {
		return fail(Empty, nil)
	}
	return e.Value, pos, nil
}
