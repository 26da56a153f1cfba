package props

import (
	"fmt"
	"strconv"
)

// Position is a place in a properties file: that of the first byte of a key,
// or of the escape that an error is about.
type Position struct {
	// Name is the name given to Parse or the path given to Load.
	Name string `json:"name,omitempty"`
	// Line counts from 1 and ends, as in Java, at LF, CR or CR LF.
	Line int `json:"line"`
	// Column counts bytes from 1 within the line.
	Column int `json:"column"`
	// Offset counts bytes from 0 within the file.
	Offset int `json:"offset"`
}

// IsValid reports whether the position says where: the zero Position does not.
func (p Position) IsValid() bool { return p.Line > 0 }

// String renders "name:line:column", without the parts that are unknown.
func (p Position) String() string {
	if !p.IsValid() {
		return p.Name
	}
	at := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	if p.Name == "" {
		return at
	}
	return p.Name + ":" + at
}

// SyntaxError is the one thing that java.util.Properties.load refuses: a
// backslash and "u" that four hexadecimal digits do not follow. It quotes
// nothing of the file, because it may belong to a password.
type SyntaxError struct {
	Name   string // the name given to Parse
	Line   int    // counts from 1
	Column int    // of the backslash, in bytes from 1
	Offset int    // of the backslash, in bytes from 0
	Reason string
}

// Error renders "name:line:column: reason".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: %s (offset %d)", e.Position(), e.Reason, e.Offset)
}

// Position is where the malformed escape begins.
func (e *SyntaxError) Position() Position {
	return Position{Name: e.Name, Line: e.Line, Column: e.Column, Offset: e.Offset}
}
