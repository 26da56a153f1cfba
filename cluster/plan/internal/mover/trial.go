package mover

import (
	"errors"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// trialMark ends the name of a folder that an original is renamed onto, which has
// to fail because that folder holds trialFull.
const (
	trialMark = ".deploycluster-trial"
	trialFull = "deploycluster-not-empty"
)

// removeTrial removes what Movable makes, and what a killed run has left of it:
// two empty folders. Where a run was killed after another had taken the inner one
// away, the original is there instead, and gets its name back.
func removeTrial(d *dir, name string) error {
	trial, err := d.sub(name + trialMark)
	if err != nil {
		return removed(err)
	}
	err = removed(trial.Remove(trialFull))
	trial.drop()
	if err != nil {
		return err
	}
	if err = removed(d.Remove(name + trialMark)); notEmpty(err) {
		return backFromTrial(d, name)
	}
	return err
}

// backFromTrial gives an original its name back. Another run may do so too.
func backFromTrial(d *dir, name string) error {
	err := d.Place(name+trialMark, d.handle, name)
	if _, there := d.Lstat(name); there == nil {
		return nil
	}
	return err
}

// Movable finds out whether an original can be renamed aside in its own folder,
// without renaming it: onto a folder that is not empty nothing can be renamed,
// but the system says first whether it could be at all. It is asked only of what
// refuses it as a system does. Where another run has emptied that folder, the
// original is renamed, and at once back.
func (m *Mover) Movable(it Item) (err error) {
	o, err := m.locate(it)
	if err != nil {
		return removed(err)
	}
	defer o.drop()
	if o.state != inPlace || o.name == "" || !o.info.IsDir() || !fsx.Strict(o.dir.handle) {
		return nil
	}
	trial := o.name + trialMark
	if err := removeTrial(o.dir, o.name); err != nil {
		return err
	}
	defer func() {
		err = join(err, removeTrial(o.dir, o.name))
		m.syncDir(o.dir) // or a crash brings the trial back, when nobody looks for it any more
	}()
	if err := o.dir.Mkdir(trial, 0o700); err != nil {
		return nil // a full disk says nothing about renames
	}
	d, err := o.dir.sub(trial)
	if err != nil {
		return m.fenced(err)
	}
	defer d.drop()
	if err := d.Mkdir(trialFull, 0o700); err != nil {
		return nil
	}
	switch err := o.dir.Rename(o.name, o.dir.handle, trial); {
	case err == nil:
		return m.Look() // the trial is removed by giving the original its name back
	case errors.Is(err, syscall.EXDEV):
		return &Error{Reason: Swapped, Path: it.Original, Err: err, Detail: "this file system cannot rename the folder in its own folder"}
	}
	return nil
}
