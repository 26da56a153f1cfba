package tlscert

import (
	"errors"
	"fmt"
	"strings"
)

// ErrFormat is what errors.Is finds in every error that says the bytes are no
// keystore Java would accept, or go beyond a bound of this package.
var ErrFormat = errors.New("not a readable keystore")

// ErrPassword is what errors.Is finds when a password does not open a store.
// JKS, JCEKS and the PKCS12 MAC answer a wrong password and a damaged file
// alike, so this error covers both.
var ErrPassword = errors.New("wrong password, or the keystore was changed")

// ErrLimit is what errors.Is finds, beside ErrFormat, when a store was given
// up because reading it would take more work or memory than this package
// spends on one file. Such a store is not proven bad.
var ErrLimit = errors.New("keystore goes beyond a limit")

// A FormatError says why the bytes were refused and where.
type FormatError struct {
	Format Format `json:",omitzero"` // zero: the first bytes belong to no format
	Offset int    // byte offset in the file; for an encrypted part, where that part begins
	Entry  string // alias of the entry with the certificate that Java refuses; "" for other reasons
	Reason string // never holds bytes of a key or a password
	Limit  bool   // a bound stopped the reader: the error is ErrLimit too
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString("keystore")
	if e.Format != "" {
		fmt.Fprintf(&b, " (%s)", e.Format)
	}
	fmt.Fprintf(&b, ": byte %d: %s", e.Offset, e.Reason)
	return b.String()
}

// Unwrap gives ErrFormat, and ErrLimit too where a bound stopped the reader.
func (e *FormatError) Unwrap() []error {
	if e.Limit {
		return []error{ErrFormat, ErrLimit}
	}
	return []error{ErrFormat}
}

// A PasswordError says which check a password failed. It holds no password.
type PasswordError struct {
	Format Format
	Reason string
}

func (e *PasswordError) Error() string {
	return fmt.Sprintf("keystore (%s): %s", e.Format, e.Reason)
}

// Unwrap gives ErrPassword.
func (e *PasswordError) Unwrap() error { return ErrPassword }
