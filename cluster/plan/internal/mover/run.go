package mover

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

const (
	// runMark begins the names of run files, temporary those of the folders in
	// which runs write what is not proven yet.
	runMark   = "run-"
	temporary = "copying-"
	// maxMark bounds what is read of the mover's small files, in bytes.
	maxMark = 16 << 20
)

// runNumber is the number in the name of a run file, 0 for any other name.
func runNumber(name string) int {
	rest, ok := strings.CutPrefix(name, runMark)
	if !ok {
		return 0
	}
	number, _, ok := strings.Cut(rest, "-")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

// later reports whether the run a came after b. Two that took the same number
// at the same time are ordered by their random names.
func later(a, b string) bool {
	x, y := runNumber(a), runNumber(b)
	return x > y || x == y && a > b
}

// Own returns the mover's folder on the target, or an error that wraps
// fs.ErrNotExist. A link or a file of that name is an error too.
func (m *Mover) openOwn() (*dir, error) {
	if m.own != nil {
		return m.own.hold(), nil
	}
	if m.target == nil {
		return nil, fs.ErrNotExist
	}
	return m.target.sub(OwnFolder)
}

// Begin takes the target for this run: every other run ends at its next look.
// It creates OwnFolder where that is missing.
func (m *Mover) Begin() (err error) {
	for range 4 { // another run that ends removes the folder while it is empty
		if err = m.takeNumber(); !missing(err) {
			break
		}
		m.own.drop()
		m.own, m.name = nil, ""
		delete(m.made, OwnFolder)
	}
	if err != nil {
		return err
	}
	list, err := m.own.Names()
	if err != nil {
		return err
	}
	// Without our own name another run has come and swept it, and may be over.
	here := slices.Contains(list, m.name)
	for _, name := range list {
		here = here && !(runNumber(name) > 0 && later(name, m.name))
	}
	if !here {
		err := removed(m.own.Remove(m.name))
		m.name = ""
		return m.overtaken(err)
	}
	if err := m.sweep(); err != nil {
		return err
	}
	name := temporary + strings.TrimPrefix(m.name, runMark)
	if err := m.own.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if m.tmp, err = m.own.sub(name); err != nil {
		return err
	}
	// A run that began before this folder was there did not sweep it.
	return m.Look()
}

// takeNumber makes OwnFolder, unless it is there, and a run file in it with the next
// number.
func (m *Mover) takeNumber() error {
	made := false
	own, err := m.openOwn()
	if missing(err) {
		if err = m.target.Mkdir(OwnFolder, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			made = err == nil
			own, err = m.openOwn()
		}
	}
	if err != nil {
		return err
	}
	m.own = own
	if made {
		m.made[OwnFolder] = true
		m.syncDir(m.target)
	}
	list, err := m.own.Names()
	if err != nil {
		return err
	}
	last := 0
	for _, name := range list {
		last = max(last, runNumber(name))
	}
	m.name = fmt.Sprintf("%s%06d-%s", runMark, last+1, m.c.RunID)
	err = m.write(m.own, m.name, []byte(m.c.RunID))
	m.syncDir(m.own)
	return err
}

// Locked reports whether this run has files of its own on the target: Begin was
// called, and End was not.
func (m *Mover) Locked() bool { return m.tmp != nil }

// MadeOwn reports whether this run created OwnFolder.
func (m *Mover) MadeOwn() bool { return m.made[OwnFolder] }

// write makes a file of these bytes, synced. A name of this run's own that is
// there already was made by a call whose answer was lost.
func (m *Mover) write(d *dir, name string, data []byte) error {
	f, err := d.Create(name, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if err = d.Remove(name); err == nil {
			f, err = d.Create(name, 0o600)
		}
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = m.sync(f)
	}
	return join(err, f.Close())
}

// join is errors.Join that returns an only error as itself.
func join(errs ...error) error {
	err := errors.Join(errs...)
	if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) == 1 {
		return j.Unwrap()[0]
	}
	return err
}

func (m *Mover) overtaken(err error) error {
	return &Error{Reason: Overtaken, Path: fsx.Join(m.c.TargetPlace.Path, OwnFolder), Err: err,
		Detail: "another run has begun on this target, so this one has stopped and writes nothing more there"}
}

// removed is nil for what is gone, by whatever hand.
func removed(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// notEmpty reports that a folder was not removed because it holds something.
func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist)
}

// Look makes sure that this run is still the only one and that the target still
// is where it was.
func (m *Mover) Look() error {
	if m.name == "" {
		return nil
	}
	if err := m.own.Still(); err != nil {
		if missing(err) && m.target.Still() == nil {
			return m.overtaken(nil) // a later run has ended
		}
		return &Error{Reason: Swapped, Path: m.own.Path(), Err: err,
			Detail: "the target is no longer the folder that this run began with; is the storage still mounted"}
	}
	f, err := m.own.Open(m.name)
	if missing(err) || errors.Is(err, syscall.ESTALE) {
		return m.overtaken(nil)
	}
	if err != nil {
		return err
	}
	f.Close() // nothing was read
	if m.c.Guard != nil {
		return m.c.Guard()
	}
	return nil
}

// LookNow and then is Look at every sixteenth call, for what is done often and
// does little.
func (m *Mover) lookSometimes() error {
	if m.looks++; m.looks%16 != 1 {
		return nil
	}
	return m.Look()
}

// End takes this run's files away, and OwnFolder where nothing else is in it. What
// a run that was overtaken had is gone already.
func (m *Mover) End() error {
	if m.name == "" {
		return nil
	}
	if m.crew != nil {
		for _, sc := range m.crew.sc {
			sc.tmp.drop()
			sc.tmp = nil
		}
	}
	name := temporary + strings.TrimPrefix(m.name, runMark)
	m.tmp.drop()
	m.tmp = nil
	err := join(m.removeTemporary(name), removed(m.own.Remove(m.name)))
	m.name = ""
	m.own.drop()
	m.own = nil
	did, empty := removeEmpty(m.target, OwnFolder)
	if did {
		m.syncDir(m.target)
	}
	return join(err, empty)
}

// fenced explains that a file of this run is gone by that the run was
// overtaken.
func (m *Mover) fenced(err error) error {
	if !missing(err) {
		return err
	}
	if look := m.Look(); look != nil {
		return look
	}
	if later, looked := m.another(); looked == nil && later {
		return m.overtaken(nil) // it sweeps what is written before it sweeps run files
	}
	return err
}

// another reports whether a run has begun after this one.
func (m *Mover) another() (bool, error) {
	if m.name == "" {
		return false, nil
	}
	list, err := m.own.Names()
	return slices.ContainsFunc(list, func(name string) bool { return runNumber(name) > 0 && later(name, m.name) }), err
}

// syncDir makes name changes durable. A folder that cannot be synced is no
// failure: many network file systems have no such call.
func (m *Mover) syncDir(d *dir) { _ = d.Sync() }
