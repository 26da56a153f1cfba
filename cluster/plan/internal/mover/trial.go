package mover

import (
	"errors"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

const (
	trialMark = ".deploycluster-trial"
	trialFull = "not-empty"
)

// removeTrial removes what Movable makes, and what a killed run has left of it:
// two empty folders.
func removeTrial(d *dir, name string) error {
	trial, err := d.sub(name + trialMark)
	if err != nil {
		return removed(err)
	}
	err = removed(trial.Remove(trialFull))
	trial.drop()
	return join(err, removed(d.Remove(name+trialMark)))
}

// Movable finds out whether an original can be renamed aside in its own folder,
// without renaming it: onto a folder that is not empty nothing can be renamed,
// but the system says first whether it could be at all. It is asked of the system
// alone: other storages may forgive what a system refuses.
func (m *Mover) Movable(it Item) (err error) {
	o, err := m.locate(it)
	if err != nil {
		return removed(err)
	}
	defer o.drop()
	if o.state != inPlace || o.name == "" || !o.info.IsDir() || !fsx.Held(o.dir.handle) {
		return nil
	}
	trial := o.name + trialMark
	if err := removeTrial(o.dir, o.name); err != nil {
		return err
	}
	if err := o.dir.Mkdir(trial, 0o700); err != nil {
		return nil // a full disk says nothing about renames
	}
	defer func() { err = join(err, removeTrial(o.dir, o.name)) }()
	d, err := o.dir.sub(trial)
	if err != nil {
		return err
	}
	defer d.drop()
	if err := d.Mkdir(trialFull, 0o700); err != nil {
		return nil
	}
	if err := o.dir.Rename(o.name, o.dir.handle, trial); errors.Is(err, syscall.EXDEV) {
		return &Error{Reason: Swapped, Path: it.Original, Err: err, Detail: "this file system cannot rename the folder in its own folder"}
	}
	return nil
}
