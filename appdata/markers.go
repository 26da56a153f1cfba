package appdata

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/props"
)

// keyVersion is the one key of conf/installed.version.
const keyVersion = "installed.version"

// VersionProblem says why a conf/installed.version yields no version. The zero
// value is no problem that occurs.
type VersionProblem string

const (
	VersionMissing    VersionProblem = "missing"    // no such file
	VersionUnreadable VersionProblem = "unreadable" // the file, or the folder in its place, could not be read
	VersionMalformed  VersionProblem = "malformed"  // not a properties file
	VersionKeyAbsent  VersionProblem = "key absent" // no key installed.version, as when the file holds a bare version
	VersionEmpty      VersionProblem = "empty"      // the key is there, without a value
)

func versionProblems() []VersionProblem {
	return []VersionProblem{VersionMissing, VersionUnreadable, VersionMalformed, VersionKeyAbsent, VersionEmpty}
}

// String returns "missing", "unreadable", "malformed", "key absent" or "empty",
// and "unset" for the zero value.
func (p VersionProblem) String() string { return enum.Text(p) }

// MarshalText returns what String does; the zero value is an error.
func (p VersionProblem) MarshalText() ([]byte, error) {
	return enum.Marshal("version problem", p, versionProblems()...)
}

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (p *VersionProblem) UnmarshalText(text []byte) error {
	return enum.Unmarshal("version problem", p, text, versionProblems()...)
}

// InstalledVersionError reports a conf/installed.version without a version in
// it. It unwraps to the file system's or the parser's error, if there is one.
type InstalledVersionError struct {
	Path    string
	Problem VersionProblem
	Err     error
}

func (e *InstalledVersionError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("appdata: %s: %v: %v", e.Path, e.Problem, e.Err)
	}
	return fmt.Sprintf("appdata: %s: %v", e.Path, e.Problem)
}

func (e *InstalledVersionError) Unwrap() error { return e.Err }

// Is makes a VersionMissing error match fs.ErrNotExist whatever the file
// system's own error was, such as that a file stands where conf should.
func (e *InstalledVersionError) Is(target error) bool {
	return e.Problem == VersionMissing && target == fs.ErrNotExist
}

// ReadInstalledVersion reads a conf/installed.version: a properties file with the
// key installed.version [installers 6.2.1.1 and 7.0.0]. The text is returned as it
// stands, with blanks; whether it can be read as a version is not asked. The
// error is an *InstalledVersionError.
func ReadInstalledVersion(fsys afero.Fs, path string) (version string, pos props.Position, err error) {
	fail := func(p VersionProblem, cause error) (string, props.Position, error) {
		return "", pos, &InstalledVersionError{Path: path, Problem: p, Err: cause}
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
		if leadsNowhere(err) {
			return fail(VersionMissing, err)
		}
		return fail(VersionUnreadable, err)
	}
	f, err := props.Parse(path, data)
	if err != nil {
		return fail(VersionMalformed, err)
	}
	e, ok := f.Lookup(keyVersion)
	if !ok {
		return fail(VersionKeyAbsent, nil)
	}
	pos = e.Pos
	if strings.TrimSpace(e.Value) == "" {
		return fail(VersionEmpty, nil)
	}
	return e.Value, pos, nil
}
