//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fsx

import (
	"errors"
	"os"
	"syscall"
	"time"
)

const (
	lockTries = 1000
	lockPause = 10 * time.Millisecond
)

// ErrLocked is wrapped by the error of [Lock] where another program does not let go.
var ErrLocked = errors.New("another program has held a lock on the folder for ten seconds: save again when it has ended")

// lock keeps other runs out of the folder until unlock. The lock goes with the
// process that has it. A storage without such locks does without.
func lock(dir *os.File) (unlock func(), err error) {
	fd := int(dir.Fd())
	for range lockTries {
		switch err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return func() { _ = syscall.Flock(fd, syscall.LOCK_UN) }, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			time.Sleep(lockPause)
		default:
			return func() {}, nil
		}
	}
	return nil, ErrLocked
}
