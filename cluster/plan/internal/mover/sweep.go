package mover

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

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
	if list, err = m.OwnNames(); err != nil || len(list) == 0 {
		return removed(err) // End has removed the folder, or another run has begun
	}
	if runs, err := m.Runs(); err != nil || len(runs) > 0 {
		return m.overtaken(err)
	}
	return &Error{Reason: Journal, Path: fsx.Join(m.target.Path(), OwnFolder), Detail: "holds something that is not this library's; find out what it is, and remove the folder by hand"}
}
