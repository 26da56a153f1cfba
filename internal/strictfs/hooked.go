package strictfs

import (
	"sync/atomic"
	"time"

	"github.com/spf13/afero"
)

// NewSlow calls before ahead of every operation of fsys and its files, in the
// goroutine of the operation. Before may sleep (see [Sleep]), move a clock, or
// do anything but use the file system that NewSlow returns.
func NewSlow(fsys afero.Fs, before func(op Op, path string)) afero.Fs {
	return NewHooked(fsys, Hooks{Before: func(c *Call) { before(c.Op, c.Path) }})
}

// Sleep is for [NewSlow]: every operation takes at least d.
func Sleep(d time.Duration) func(Op, string) {
	return func(Op, string) { time.Sleep(d) }
}

// Hooks are called around every operation, in its goroutine; nil is none. They
// may use the file system below, for instance to change a file while it is
// being copied.
type Hooks struct {
	Before func(c *Call)
	After  func(c *Call, err error)
	// Dead, asked after Before, says that the process is dead: the operation fails
	// with ErrDied and does nothing.
	Dead func() bool
}

// NewHooked returns fsys with hooks.
func NewHooked(fsys afero.Fs, h Hooks) afero.Fs {
	return intercept(fsys, func(c *Call, next func() error) error {
		if h.Before != nil {
			h.Before(c)
		}
		if h.Dead != nil && h.Dead() {
			return wrapError(c, ErrDied)
		}
		err := next()
		if h.After != nil {
			h.After(c, err)
		}
		return err
	}, new(atomic.Int64))
}
