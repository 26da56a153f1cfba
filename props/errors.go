package props

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/deploycluster/deploycluster/internal/replacefile"
)

var (
	// ErrChanged means that the file on disk is not the one that was loaded:
	// saving would undo what somebody else did.
	ErrChanged = replacefile.ErrChanged
	// ErrLink means that the path is a link whose target cannot be determined.
	ErrLink = replacefile.ErrLink
	// ErrTooLarge means that the file has, or would have, 2 GiB or more.
	ErrTooLarge = errors.New("2 GiB or more are too large for a properties file")
	// ErrNotText means that a key or value is not valid UTF-8.
	ErrNotText = errors.New("the text is not valid UTF-8")
	// ErrNoKey means that the file does not have the key.
	ErrNoKey = errors.New("the file does not have this key")
	// ErrKeyExists means that the file has the key already.
	ErrKeyExists = errors.New("the file has this key already")

	errNil = errors.New("there is no file: the *File is nil")
)

// EditError says which edit was refused, and why. The file is as it was.
type EditError struct {
	Op  string // "put", "insert" or "rename"
	Key string
	Err error
}

// Error names the key and the cause, never a value.
func (e *EditError) Error() string {
	return fmt.Sprintf("%s %s: %v", e.Op, strconv.Quote(e.Key), e.Err)
}

// Unwrap returns the cause.
func (e *EditError) Unwrap() error { return e.Err }

func tooLarge(name string, size int64) error {
	return fmt.Errorf("%s: %d bytes: %w", name, size, ErrTooLarge)
}
