package mover

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// A probe is a file with a random name that holds the rest of its name. Seen in
// two places, both are one storage. The name is never used twice: a client of a
// network file system may remember that a name was not there.
const probeMark = ".probe-"

var probeName = regexp.MustCompile(`^\.probe-[0-9a-z]{6,64}$`)

func isProbe(name string) bool { return probeName.MatchString(name) }

func (m *Mover) probe() string { return probeMark + m.c.RunID }

// nowhere is a name that no run ever makes: see mounted.
func (m *Mover) nowhere() string { return ".nowhere-" + m.c.RunID }

// Traits writes a probe into OwnFolder, looks for it in the folders given, which
// must not show it, and finds out what the target keeps: modes, times of change,
// and the case of names.
func (m *Mover) Traits(apart []cluster.Place) (err error) {
	name := m.probe()
	f, err := m.own.Create(name, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = join(err, f.Close(), removed(m.own.Remove(name))) }()
	if _, err := f.Write([]byte(m.c.RunID)); err != nil {
		return err
	}
	if err := m.sync(f); err != nil {
		return err
	}
	for _, at := range apart {
		if shows, err := m.shows(cluster.Place{Storage: at.Storage, Path: fsx.Join(at.Path, OwnFolder)}, name); err != nil {
			return err
		} else if shows {
			return &Error{Reason: SameStorage, Path: at.Path, Other: m.c.TargetPlace.Path}
		}
	}
	for _, mode := range []fs.FileMode{0o640, 0o600} {
		if f.Chmod(mode) != nil {
			m.Synthetic = true
			continue
		}
		if info, err := f.Stat(); err != nil || info.Mode().Perm() != mode {
			m.Synthetic = true
		}
	}
	if m.Synthetic {
		m.note("the target does not keep permission bits: check that only the server's user can read the keystores")
	}
	keeps, err := keepsStamps(m.own, name, f)
	if err != nil {
		return err
	}
	m.NoStamps = !keeps
	if _, err := m.own.Lstat(strings.ToUpper(name)); err == nil {
		m.Caseless = true
	} else if !missing(err) {
		return err
	}
	return nil
}

// shows reports whether a folder has the probe. One that this run may not look
// into could not hold originals that it copies.
func (m *Mover) shows(folder cluster.Place, name string) (bool, error) {
	d, err := m.c.Source(folder)
	var data []byte
	if err == nil {
		defer d.Close()
		data, err = fsx.ReadFrom(d, name, 1<<10)
	}
	if lostFolder(err) || isAny(err, fs.ErrPermission, fsx.ErrTooLarge, fsx.ErrNotRegular) {
		return false, nil
	}
	return err == nil && string(data) == m.c.RunID, err
}

// keepsStamps reports whether the storage tells when a file really changed: some
// pass off the time of modification for that, which anyone can set.
func keepsStamps(d *dir, name string, f fsx.File) (bool, error) {
	info, err := d.Lstat(name)
	if err != nil {
		return false, err
	}
	old := info.ModTime().Add(-24 * time.Hour)
	if f.Chtimes(old) != nil {
		return false, nil
	}
	if info, err = d.Lstat(name); err != nil {
		return false, err
	}
	s := stampOf(info)
	return s != nil && s.Changed.After(old.Add(time.Hour)), nil
}

// stamp tells whether a file was touched: no change of its content or metadata
// leaves it as it is.
type stamp struct {
	Changed time.Time `json:"changed"`
	File    uint64    `json:"file"`
}

// stampOf is nil where the storage does not tell.
func stampOf(info fs.FileInfo) *stamp {
	at, ok := fileowner.Changed(info)
	id, known := fileowner.Device(info)
	if !ok || !known {
		return nil
	}
	return &stamp{Changed: at, File: id.Ino}
}

func (s *stamp) still(info fs.FileInfo) bool {
	now := stampOf(info)
	return now != nil && s.File == now.File && s.Changed.Equal(now.Changed)
}

// one reports whether an original and what the target has are one file: device
// and number say so, or all that both tell of themselves agrees, the time of
// change to the nanosecond included. A copy cannot have that, for it was made
// later; an overlay, or one export that is mounted twice, shows one file under
// two numbers.
func (m *Mover) one(original, copy fs.FileInfo) bool {
	if fsx.Same(original, copy) {
		return true
	}
	x, ok1 := fileowner.Changed(original)
	y, ok2 := fileowner.Changed(copy)
	return ok1 && ok2 && !m.NoStamps && x.Nanosecond() != 0 && x.Equal(y) && original.Mode().Type() == copy.Mode().Type() &&
		original.Size() == copy.Size() && original.ModTime().Equal(copy.ModTime()) && !x.Equal(original.ModTime())
}

// apart makes sure that a folder of an original is not the folder of the target
// that holds its copy. The probe is written on the original's side, for the
// target belongs to the server by then. Where it cannot be written, on a full
// disk, the files' own numbers and times decide, one by one, before each goes.
func (m *Mover) apart(original, copy *dir) error {
	same := &Error{Reason: SameStorage, Path: original.Path(), Other: copy.Path()}
	a, err := original.Stat()
	if err != nil {
		return err
	}
	b, err := copy.Stat()
	if err != nil {
		return err
	}
	if fsx.Same(a, b) {
		return same
	}
	if err := m.clearProbes(original); err != nil {
		return err
	}
	name := m.probe()
	if err := m.writeProbe(original, name); err != nil {
		if _, ok := fileowner.Changed(a); ok {
			return m.unprobe(original, name)
		}
		return join(err, m.unprobe(original, name))
	}
	_, err = copy.Lstat(name)
	seen := err == nil
	if err := join(removed(err), m.unprobe(original, name)); err != nil {
		return err
	}
	if seen {
		return same
	}
	return nil
}

func (m *Mover) writeProbe(d *dir, name string) error {
	f, err := d.Create(name, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(m.c.RunID))
	return join(err, f.Close())
}

// unprobe removes a probe. Where the system lets nothing go, the folder is not
// renamed or emptied either, and the probe is the least that stays.
func (m *Mover) unprobe(d *dir, name string) error {
	err := removed(d.Remove(name))
	if heldBack(err) != "" {
		m.note("the file " + name + " stays in " + d.Path() + ", which is append-only or lets nothing be deleted for another reason; delete it by hand")
		return nil
	}
	return err
}

// clearProbes removes the probes that killed runs have left in a folder. Each
// holds the rest of its own name, or less of it after a crash; any other file is
// somebody's data.
func (m *Mover) clearProbes(d *dir) error {
	list, err := d.Names()
	if err != nil {
		return err
	}
	for _, name := range list {
		if !isProbe(name) {
			continue
		}
		id := strings.TrimPrefix(name, probeMark)
		data, err := fsx.ReadFrom(d, name, int64(len(id)))
		if errors.Is(err, fsx.ErrTooLarge) || errors.Is(err, fsx.ErrNotRegular) || errors.Is(err, fsx.ErrNotFollowed) || missing(err) {
			continue
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(id, strings.Trim(string(data), "\x00")) {
			if err := m.unprobe(d, name); err != nil {
				return err
			}
		}
	}
	return nil
}
