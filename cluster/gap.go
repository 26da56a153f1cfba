package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// Gap is a file or folder that could not be read.
type Gap struct {
	// Path is the file as the server writes it.
	Path string
	// Kind is what kept it from being read.
	Kind GapKind
	// Err is the cause.
	Err error
}

// GapKind is what keeps a file from being read.
type GapKind string

const (
	// GapMissing: there is no such file or folder.
	GapMissing GapKind = "missing"
	// GapNotFolder: a file is in a folder's place.
	GapNotFolder GapKind = "not a folder"
	// GapNotRegular: a folder or a special file is in a file's place.
	GapNotRegular GapKind = "not a regular file"
	// GapDenied: permission is denied.
	GapDenied GapKind = "denied"
	// GapMalformed: the file is not of its format.
	GapMalformed GapKind = "malformed"
	// GapTooLarge: the file is larger than any of its kind.
	GapTooLarge GapKind = "too large"
	// GapNotLocated: no mount of the node holds the path.
	GapNotLocated GapKind = "not located"
	// GapNoVersion: the version file has no usable version.
	GapNoVersion GapKind = "no version"
	// GapUnreadable: reading failed for another reason, which Err gives.
	GapUnreadable GapKind = "unreadable"
)

// newGap returns the gap that an error of reading a path means.
func newGap(path string, err error) Gap {
	g := Gap{Path: path, Kind: GapUnreadable, Err: err}
	var syntax *props.SyntaxError
	var file *FileError
	switch {
	case errors.Is(err, ErrNotLocated):
		g.Kind = GapNotLocated
	case errors.Is(err, fs.ErrNotExist):
		g.Kind = GapMissing
	case errors.As(err, &file) && file.Kind != "":
		g.Kind = file.Kind
	case errors.As(err, &syntax):
		g.Kind = GapMalformed
	case errors.Is(err, fsx.ErrTooLarge):
		g.Kind = GapTooLarge
	case errors.Is(err, fs.ErrPermission):
		g.Kind = GapDenied
	case errors.Is(err, fsx.ErrNotRegular):
		g.Kind = GapNotRegular
	case errors.Is(err, syscall.ENOTDIR):
		g.Kind = GapNotFolder
	}
	return g
}

// Reason says why the file was not read, without its path and without anything
// of its content.
func (g Gap) Reason() string { return reasonOf(g.Err) }

// Gap returns the gap of a path, if there is one.
func (m *Member) Gap(path string) (Gap, bool) {
	if len(m.gapAt) == 0 {
		return Gap{}, false
	}
	g, ok := m.gapAt[foldPath(path)]
	return g, ok
}

// reasonOf renders the reason of a read error without the storage's spelling
// of the path, which stands beside it in the server's own.
func reasonOf(err error) string {
	var file *FileError
	var alias *tlscert.AliasError
	var syntax *props.SyntaxError
	var scan *appdata.ScanError
	switch {
	case err == nil:
		return "was not read"
	case errors.As(err, &file) && file.Kind != GapTooLarge && file.Pos.Line == 0:
		return file.Reason
	case errors.As(err, &alias):
		return alias.Error()
	case errors.Is(err, ErrNotLocated):
		return ErrNotLocated.Error()
	case errors.As(err, &syntax):
		return fmt.Sprintf("is malformed in line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Reason)
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &scan):
		return fsx.Cause(scan.Err).Error()
	}
	return fsx.Cause(err).Error()
}
