package mover

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

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

const (
	// recorded ends the name of a file that RecordAt has made, unfinished comes
	// after that while it is written, and done when nothing needs it any more.
	recorded   = ".json"
	unfinished = recorded + ".new"
	done       = recorded + ".done"
)

// Record tells by its name what a file is that RecordAt has made.
func Record(name string) (isDone, isUnfinished bool) {
	return strings.HasSuffix(name, done), strings.HasSuffix(name, unfinished)
}

// RecordAt makes a small file in a folder of the mover's own, at a place that is
// not the target. Its name begins as given and is no other run's.
func (m *Mover) RecordAt(folder cluster.Place, name string, data []byte) error {
	if err := m.Look(); err != nil {
		return err
	}
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
	name += "-" + m.c.RunID
	if err := m.write(own, name+unfinished, data); err != nil {
		return err
	}
	if err := own.Rename(name+unfinished, own.handle, name+recorded); err != nil {
		return err
	}
	m.syncDir(own)
	if err := m.Look(); err != nil { // another run did not see it
		left := removed(own.Remove(name + recorded))
		if left == nil {
			_, left = removeEmpty(above, OwnFolder)
		}
		return join(err, left)
	}
	return nil
}

// MarkDone marks files that RecordAt has made as needed no more, and returns their
// names then.
func (m *Mover) MarkDone(folder cluster.Place, names []string) ([]string, error) {
	f, err := m.c.Source(folder)
	if err != nil {
		return names, removed(err)
	}
	above := newDir(f, folder.Storage)
	defer above.drop()
	own, err := above.sub(OwnFolder)
	if err != nil {
		return names, removed(err)
	}
	defer own.drop()
	var out []string
	for _, name := range names {
		if plain, ok := strings.CutSuffix(name, recorded); ok {
			to := plain + done
			if err := removed(own.Rename(name, own.handle, to)); err != nil {
				return names, err
			}
			name = to
		}
		out = append(out, name)
	}
	m.syncDir(own)
	return out, nil
}

// ForgetAt removes what RecordAt has made, and the folder if nothing else is in
// it.
func (m *Mover) ForgetAt(folder cluster.Place, names []string) error {
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
	for _, name := range names {
		err = join(err, removed(own.Remove(name)))
	}
	m.syncDir(own)
	own.drop()
	if err == nil {
		_, err = removeEmpty(above, OwnFolder)
		m.syncDir(above)
	}
	return err
}
