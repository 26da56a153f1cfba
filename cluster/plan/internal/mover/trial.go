package mover

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// trialMark ends the name of a folder that Movable makes beside an original. In
// it is a folder that the original is renamed onto, which has to fail, because
// that folder is not empty. When another run has removed all of it, there is
// nothing to rename to, so that a run that was suspended moves nothing.
const (
	trialMark = ".deploycluster-trial"
	trialFull = "deploycluster-not-empty"
)

// Trial is where Movable tries to rename an original.
func Trial(original cluster.Place) cluster.Place {
	original.Path += trialMark
	return original
}

// removeTrial removes what Movable makes, and what a killed run has left of it.
// A run that was suspended can have renamed the original, or the link that
// another run has put in its place, while this was going on: it gets its name
// back, unless it has one elsewhere.
func removeTrial(d *dir, name string, elsewhere bool) error {
	trial, err := d.sub(name + trialMark)
	if err != nil {
		return removed(err)
	}
	defer trial.drop()
	own, err := emptyTrial(trial)
	if err != nil {
		return err
	}
	for range 2 {
		_, there := d.Lstat(name)
		if missing(there) {
			switch full, err := trial.Lstat(trialFull); {
			case err != nil:
				there = removed(err)
			case fsx.Same(full, own) || elsewhere && full.IsDir():
				there = nil // the original is gone
			default:
				there = trial.Place(trialFull, d.handle, name)
			}
		}
		if err := removed(there); err != nil {
			return err
		}
		if err = removed(trial.Remove(trialFull)); err == nil {
			err = removed(d.Remove(name + trialMark))
		}
		if !notEmpty(err) {
			break
		}
	}
	return err
}

// emptyTrial empties the folder that the original is renamed onto, and describes
// it. It is nil where the original may have taken its place: what Movable makes is
// known by what is in it.
func emptyTrial(trial *dir) (own fs.FileInfo, err error) {
	full, err := trial.sub(trialFull)
	if lostFolder(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer full.drop()
	if own, err = full.Stat(); err != nil {
		return nil, err
	}
	if err := full.Remove(trialFull); err != nil {
		return nil, removed(err)
	}
	return own, nil
}

// Movable finds out whether an original can be renamed aside in its own folder,
// without renaming it: onto a folder that is not empty nothing can be renamed,
// but the system says first whether it could be at all. It is asked only of what
// refuses it as a system does.
func (m *Mover) Movable(it Item) (err error) {
	o, err := m.locate(it)
	if err != nil {
		return removed(err)
	}
	defer o.drop()
	if o.name == "" || !fsx.Strict(o.dir.handle) {
		return nil
	}
	if err := removeTrial(o.dir, it.name(), o.elsewhere()); err != nil {
		return err
	}
	if o.state != inPlace || !o.info.IsDir() {
		return nil
	}
	defer func() {
		err = join(err, removeTrial(o.dir, o.name, false))
		m.syncDir(o.dir) // or a crash brings the trial back, when nobody looks for it any more
	}()
	trial, err := m.makeTrial(o.dir, o.name)
	if err != nil || trial == nil {
		return err
	}
	defer trial.drop()
	switch err := o.dir.Rename(o.name, trial.handle, trialFull); {
	case err == nil:
		return m.Look() // removing the trial gives it its name back
	case errors.Is(err, syscall.EXDEV):
		return &Error{Reason: Swapped, Path: it.Original, Err: err, Detail: "this file system cannot rename the folder in its own folder"}
	}
	return nil
}

// makeTrial makes what the original is renamed onto. It is nil where there is no
// room for it: a full disk says nothing about renames.
func (m *Mover) makeTrial(d *dir, name string) (*dir, error) {
	if d.Mkdir(name+trialMark, 0o700) != nil {
		return nil, nil
	}
	trial, err := d.sub(name + trialMark)
	if err != nil {
		return nil, m.fenced(err)
	}
	if trial.Mkdir(trialFull, 0o700) == nil {
		full, err := trial.sub(trialFull)
		if err != nil {
			trial.drop()
			return nil, m.fenced(err)
		}
		defer full.drop()
		if full.Mkdir(trialFull, 0o700) == nil {
			return trial, nil
		}
	}
	trial.drop()
	return nil, nil
}
