package cluster

import (
	"fmt"

	"github.com/deploycluster/deploycluster/props"
)

// FileError says why a file was not read, or not all of it. It holds none of the
// file's text and no password.
type FileError struct {
	// Path is the file as the server writes it.
	Path string
	// Pos is where in the file, zero for the file as a whole.
	Pos props.Position
	// Kind is GapTooLarge, GapMalformed or GapNoVersion, empty for a keystore that shows nothing
	// or not everything.
	Kind GapKind
	// Reason says what is wrong, without the path.
	Reason string
	// Fix says what to do about it, where the reason tells.
	Fix string
	// Err is the cause, if there is one: of a keystore ErrNoPassword, an error of
	// package tlscert, or what the password function returned. That function's words
	// are the caller's own and are not repeated in Error.
	Err error `json:"-"`
}

func (e *FileError) Error() string {
	if e.Pos.Line > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Pos.Line, e.Pos.Column, e.Reason)
	}
	return e.Path + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// tooLarge is the error about a file of more than limit bytes.
func tooLarge(path string, limit int64) *FileError {
	return &FileError{Path: path, Kind: GapTooLarge, Reason: fmt.Sprintf("has more than %d bytes, which no configuration file or keystore has", limit)}
}
