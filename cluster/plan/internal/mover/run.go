package mover

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/cluster"
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
	if err := m.write(m.own, m.name, []byte(m.c.RunID)); err != nil {
		return err
	}
	m.syncDir(m.own)
	if list, err = m.own.Names(); err != nil {
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
	m.tmp, err = m.own.sub(name)
	return err
}

// Locked reports whether Begin has succeeded and End was not called.
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

// sweep removes what all other runs were writing, and then their run files: a
// copy that one of them still wants to put in place is gone.
func (m *Mover) sweep() error {
	list, err := m.own.Names()
	if err != nil {
		return err
	}
	mine := temporary + strings.TrimPrefix(m.name, runMark)
	for _, name := range list {
		if strings.HasPrefix(name, temporary) && name != mine {
			if err := m.removeTemporary(name); err != nil {
				return err
			}
		}
	}
	for _, name := range list {
		if runNumber(name) > 0 && name != m.name || isProbe(name) {
			if err := removed(m.own.Remove(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeTemporary removes the folder of a run: files, and folders of files.
// Somebody who is still writing into it is met again, a few times.
func (m *Mover) removeTemporary(name string) error {
	var err error
	for range 4 {
		if err = m.emptyTemporary(name); err == nil {
			if err = removed(m.own.Remove(name)); err == nil || !notEmpty(err) {
				return err
			}
		}
		if !notEmpty(err) {
			return err
		}
	}
	return err
}

func (m *Mover) emptyTemporary(name string) error {
	return m.eachIn(m.own, name, func(d *dir, name string, folder bool) error {
		if folder {
			err := m.eachIn(d, name, func(d *dir, name string, folder bool) error {
				if folder {
					return &Error{Reason: Journal, Path: fsx.Join(d.Path(), name), Detail: "a folder that no run of this library makes; find out what it is"}
				}
				return removed(d.Remove(name))
			})
			if err != nil {
				return err
			}
		}
		return removed(d.Remove(name))
	})
}

// eachIn calls back for every name in a folder; what is not there has none.
func (m *Mover) eachIn(d *dir, name string, do func(d *dir, name string, folder bool) error) error {
	sub, err := d.sub(name)
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer sub.drop()
	list, err := sub.Names()
	if err != nil {
		return err
	}
	for _, n := range list {
		info, err := sub.Lstat(n)
		if missing(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := do(sub, n, info.IsDir()); err != nil {
			return err
		}
	}
	return nil
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

// End takes this run's files away. What a run that was overtaken had is gone
// already.
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
	return err
}

// Record makes a file of these bytes in OwnFolder, or replaces it, durably.
func (m *Mover) Record(name string, data []byte) (err error) {
	defer func() { err = about(m.own.place(name).Path, err) }()
	if err := m.write(m.tmp, name, data); err != nil {
		return err
	}
	if err := m.Look(); err != nil {
		return err
	}
	if err := m.tmp.Rename(name, m.own.handle, name); err != nil {
		return m.fenced(err)
	}
	m.syncDir(m.own)
	return nil
}

// HandOver is Record for the mark that the target belongs to the server from
// now on: no other run may still hold a copy that it wants to put in place.
func (m *Mover) HandOver(name string, data []byte) error {
	if err := m.sweep(); err != nil {
		return err
	}
	return m.Record(name, data)
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
	return err
}

// Recorded reads a file of OwnFolder.
func (m *Mover) Recorded(name string) ([]byte, error) {
	own, err := m.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.drop()
	return fsx.ReadFrom(own, name, maxMark)
}

// Has reports whether OwnFolder has a file of this name; without a name, whether
// there is such a folder.
func (m *Mover) Has(name string) (bool, error) {
	own, err := m.openOwn()
	if err == nil {
		defer own.drop()
		_, err = lstat(own, name)
	}
	return err == nil, removed(err)
}

// Forget removes files of OwnFolder.
func (m *Mover) Forget(names ...string) error {
	for _, name := range names {
		if err := m.discard(m.own, name, m.tmp, "forgotten"); err != nil {
			return err
		}
	}
	m.syncDir(m.own)
	return nil
}

// discard removes a file or a link of the target by way of this run's own folder
// tmp, where it gets the name as: a run that was overtaken removes nothing any
// more.
func (m *Mover) discard(d *dir, name string, tmp *dir, as string) (err error) {
	defer func() { err = about(d.place(name).Path, err) }()
	err = d.Rename(name, tmp.handle, as)
	if err == nil {
		return removed(tmp.Remove(as))
	}
	if !missing(err) {
		return err
	}
	if _, err := d.Lstat(name); err != nil {
		return removed(err)
	}
	return m.fenced(err)
}

// OwnNames lists OwnFolder, without run files and what runs are writing.
func (m *Mover) OwnNames() (list []string, err error) {
	own, err := m.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.drop()
	all, err := own.Names()
	for _, name := range all {
		if runNumber(name) == 0 && !strings.HasPrefix(name, temporary) {
			list = append(list, name)
		}
	}
	return list, err
}

// Runs lists the run files on the target: runs that are at work, or were
// killed.
func (m *Mover) Runs() (list []string, err error) {
	own, err := m.openOwn()
	if err != nil {
		return nil, removed(err)
	}
	defer own.drop()
	all, err := own.Names()
	for _, name := range all {
		if runNumber(name) > 0 && name != m.name {
			list = append(list, name)
		}
	}
	return list, err
}

// Withdraw is End for a run that has made OwnFolder and wants to leave no trace:
// the folder goes too, unless something was recorded in it.
func (m *Mover) Withdraw() error {
	if err := m.End(); err != nil {
		return err
	}
	m.own.drop()
	m.own = nil
	_, err := removeEmpty(m.target, OwnFolder)
	m.syncDir(m.target)
	return err
}

// RemoveOwn removes OwnFolder with the files of these names, in their order, and
// all that the mover makes there under other names. Anything else stays, and
// the folder with it.
func (m *Mover) RemoveOwn(last ...string) error {
	if m.own == nil {
		return nil
	}
	if err := m.Look(); err != nil {
		return err
	}
	list, err := m.OwnNames()
	if err != nil {
		return err
	}
	var first []string
	for _, name := range list {
		if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".jsonl.new") || strings.HasSuffix(name, ".json.new") || isProbe(name) {
			first = append(first, name)
		}
	}
	if err := m.Forget(first...); err != nil {
		return err
	}
	for _, name := range last {
		if err := m.Forget(name); err != nil {
			return err
		}
	}
	if err := m.End(); err != nil {
		return err
	}
	m.own.drop()
	m.own = nil
	err = removed(m.target.Remove(OwnFolder))
	if notEmpty(err) {
		if runs, err := m.Runs(); err != nil || len(runs) > 0 {
			return m.overtaken(err)
		}
		return &Error{Reason: Journal, Path: fsx.Join(m.target.Path(), OwnFolder), Detail: "holds something that is not this library's; find out what it is, and remove the folder by hand"}
	}
	m.syncDir(m.target)
	return err
}

// syncDir makes name changes durable. A folder that cannot be synced is no
// failure: many network file systems have no such call.
func (m *Mover) syncDir(d *dir) { _ = d.Sync() }

// RecordAt makes a small file in a folder of the mover's own, at a place that is
// not the target.
func (m *Mover) RecordAt(folder cluster.Place, name string, data []byte) error {
	f, err := m.c.Source(folder)
	if err != nil {
		return err
	}
	above := newDir(f, folder.Storage)
	defer above.drop()
	if err := above.Mkdir(OwnFolder, 0o755); err == nil {
		m.syncDir(above)
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	own, err := above.sub(OwnFolder)
	if err != nil {
		return err
	}
	defer own.drop()
	if old, err := fsx.ReadFrom(own, name, maxMark); err != nil && !missing(err) {
		return err
	} else if err == nil && string(old) == string(data) {
		return nil
	}
	if err := m.Look(); err != nil {
		return err
	}
	tmp := name + ".new"
	if err := removed(own.Remove(tmp)); err != nil {
		return err
	}
	if err := m.write(own, tmp, data); err != nil {
		return err
	}
	if err := own.Rename(tmp, own.handle, name); err != nil {
		return err
	}
	m.syncDir(own)
	return nil
}

// ForgetAt removes what RecordAt has made, and the folder if nothing else is in
// it.
func (m *Mover) ForgetAt(folder cluster.Place, name string) error {
	f, err := m.c.Source(folder)
	if err != nil {
		return removed(err)
	}
	above := newDir(f, folder.Storage)
	defer above.drop()
	own, err := above.sub(OwnFolder)
	if err != nil {
		return removed(err)
	}
	err = join(removed(own.Remove(name+".new")), removed(own.Remove(name)))
	m.syncDir(own)
	own.drop()
	if err == nil {
		_, err = removeEmpty(above, OwnFolder)
		m.syncDir(above)
	}
	return err
}
