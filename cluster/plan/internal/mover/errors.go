package mover

import (
	"errors"
	"fmt"
)

// Reason is why a Mover stopped.
type Reason string

const (
	// Changed: originals changed while they were copied.
	Changed Reason = "changed"
	// InTheWay: the target holds what no original has.
	InTheWay Reason = "in the way"
	// SameStorage: an original and its copy are one.
	SameStorage Reason = "same storage"
	// Metadata: an owner, mode or access list did not arrive.
	Metadata Reason = "metadata"
	// Overtaken: another run has begun.
	Overtaken Reason = "overtaken"
	// Swapped: a folder became something else under this run.
	Swapped Reason = "swapped"
	// Ran: the server has worked on the target.
	Ran Reason = "ran"
	// Journal: what was recorded on the target is lost or another's.
	Journal Reason = "journal"
	// Missing: copies are gone from the target.
	Missing Reason = "missing"
)

// Error says why a Mover stopped.
type Error struct {
	Reason Reason
	Path   string
	// Other is the second path of SameStorage.
	Other string
	// Detail is a sentence without a full stop.
	Detail string
	// Changes are at most changeLimit differences; More counts the others.
	Changes []Change
	More    int
	Err     error
}

// Change is one difference.
type Change struct {
	Path string
	// What is "new", "gone" or "changed".
	What string
	// Writer names what usually writes there.
	Writer string
}

const changeLimit = 20

// Error is for the tests of this package: package plan renders its own.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %s %s %v: %v", e.Reason, e.Path, e.Detail, e.Other, e.Changes, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Add adds a difference, or counts it.
func (e *Error) Add(c Change) {
	if len(e.Changes) < changeLimit {
		e.Changes = append(e.Changes, c)
		return
	}
	e.More++
}

// is reports whether an error has a reason.
func is(err error, r Reason) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == r
}

func isAny(err error, of ...error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
