package strictfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spf13/afero"
)

// ErrDied is the error of every operation after the death of the process.
var ErrDied = errors.New("strictfs: the process is dead")

// Fault says which calls fail and how. A call is matched if Op, Path and
// Changes all allow it; the zero Fault matches every call.
type Fault struct {
	Op Op // "" is any operation

	// Path is a pattern as of path.Match; "" is any. Without a slash it is for
	// the last component. One that ends in "/**" matches everything below the
	// pattern before it. Of a rename or a symlink either path may match. A
	// malformed pattern matches nothing.
	Path string

	Changes bool // only calls that can change something: see Call.Changes

	Nth    int  // only the Nth matched call, counted from 1; 0 is every one
	Onward bool // with Nth: that call and all later ones

	Err   error // the error, wrapped as package os would; nil is EIO
	Short int   // a write first writes this many bytes; without Err the error is io.ErrShortWrite
	After bool  // the call is carried out, and then reported as failed

	// Late, OpSync or OpClose: a write claims to work but its bytes arrive as
	// zeros, and the error comes from the next such call of the same handle.
	// Only writes are matched.
	Late Op

	// Die: from this call on the process is dead. It and every later call fail
	// with ErrDied and, but for Short and After of this call, change nothing.
	Die bool
}

// Failing makes operations fail on their way to another file system. It is an
// afero.Fs and an afero.Symlinker.
type Failing struct {
	*interceptFs
	s *faults
}

type faults struct {
	mu     sync.Mutex
	faults []Fault
	seen   []int // matched calls, a fault
	calls  int
	fired  int
	dead   bool
	late   map[int64]lateError // by handle
}

type lateError struct {
	op  Op
	err error
}

// NewFailing returns fsys with the given faults. Where several are due at one
// call, the first counts.
func NewFailing(fsys afero.Fs, list ...Fault) *Failing {
	s := &faults{faults: list, seen: make([]int, len(list)), late: map[int64]lateError{}}
	return &Failing{intercept(fsys, s.around, new(atomic.Int64)), s}
}

// Share returns another file system under the same faults and counts: a
// process that dies does so on all its storages.
func (f *Failing) Share(fsys afero.Fs) *Failing {
	return &Failing{intercept(fsys, f.s.around, f.handles), f.s}
}

// Calls is the number of calls so far, without those of a dead process.
func (f *Failing) Calls() int {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.s.calls
}

// Fired is how many calls a fault has hit.
func (f *Failing) Fired() int {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.s.fired
}

func (s *faults) around(c *Call, next func() error) error {
	fault, late, dead := s.hit(c)
	switch {
	case dead:
		if c.Op == OpClose {
			_ = next() // the system closes what a dead process had open
		}
		return wrapError(c, ErrDied)
	case late != nil:
		if err := next(); err != nil {
			return err
		}
		return wrapError(c, late)
	case fault == nil:
		return next()
	}
	err := fault.Err
	switch {
	case fault.Die:
		err = ErrDied
	case err == nil && fault.Short > 0 && isWrite(c.Op):
	case err == nil:
		err = syscall.EIO
	}
	switch {
	case fault.Late != "":
		c.Data = make([]byte, len(c.Data))
		done := next()
		s.mu.Lock()
		s.late[c.Handle] = lateError{fault.Late, err}
		s.mu.Unlock()
		return done
	case fault.Short > 0 && isWrite(c.Op):
		c.Data = c.Data[:min(fault.Short, len(c.Data))]
		if done := next(); done != nil {
			return done
		}
	case fault.After || c.Op == OpClose:
		if done := next(); done != nil {
			return done
		}
	}
	if err == nil {
		return nil // a short write; Intercept says so
	}
	return wrapError(c, err)
}

// hit counts the call and finds the fault that is due, or the late error of an
// earlier one, or that the process is dead.
func (s *faults) hit(c *Call) (due *Fault, late error, dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return nil, nil, true
	}
	s.calls++
	for i := range s.faults {
		fault := &s.faults[i]
		if !fault.matches(c) {
			continue
		}
		s.seen[i]++
		if fault.Nth == 0 || s.seen[i] == fault.Nth || fault.Onward && s.seen[i] > fault.Nth {
			if due == nil {
				due = fault
			}
		}
	}
	if due != nil {
		s.fired++
		s.dead = due.Die
		return due, nil, false
	}
	if l, ok := s.late[c.Handle]; ok && c.Handle != 0 && l.op == c.Op {
		delete(s.late, c.Handle)
		return nil, l.err, false
	}
	return nil, nil, false
}

func isWrite(op Op) bool { return op == OpWrite || op == OpWriteAt }

func (f *Fault) matches(c *Call) bool {
	return (f.Op == "" || f.Op == c.Op) &&
		(f.Late == "" || isWrite(c.Op)) &&
		(!f.Changes || c.Changes()) &&
		(f.Path == "" || Match(f.Path, c.Path) || c.To != "" && Match(f.Path, c.To))
}

// Match is path.Match with two additions: a pattern without a slash is for
// the last component, and one that ends in "/**" is for everything below.
// A malformed pattern matches nothing.
func Match(pattern, name string) bool {
	if above, deep := strings.CutSuffix(pattern, "/**"); deep {
		for name != "" {
			name = name[:max(strings.LastIndexByte(name, '/'), 0)]
			if ok, err := path.Match(above, name); ok && err == nil {
				return true
			}
		}
		return false
	}
	if !strings.Contains(pattern, "/") {
		name = baseName(name)
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// wrapError puts an errno into the error that package os would give.
func wrapError(c *Call, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	if errors.As(err, &pathErr) || errors.As(err, &linkErr) {
		return err
	}
	if c.To != "" {
		return linkError(string(c.Op), c.Path, c.To, err)
	}
	return pathError(string(c.Op), c.Path, err)
}
