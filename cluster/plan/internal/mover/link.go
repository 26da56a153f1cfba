package mover

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// linkMark is what the name of a link ends in before it is in its place.
const linkMark = ".deploycluster-link"

// prepareLink makes a link beside its place and reads it back: not every storage
// that has the call can make links, and some rewrite their text.
func prepareLink(d *dir, name, text string) error {
	tmp := "." + name + linkMark
	if err := removeLink(d, tmp); err != nil {
		return err
	}
	if err := d.Symlink(text, tmp); err != nil {
		return err
	}
	have, err := d.Readlink(tmp)
	if err == nil && have != text {
		err = &fs.PathError{Op: "symlink", Path: fsx.Join(d.Path(), name), Err: fmt.Errorf("the storage stored another text than %s", text)}
	}
	if err != nil {
		return join(err, removeLink(d, tmp))
	}
	return nil
}

// removeLink removes a link, and nothing else of that name.
func removeLink(d *dir, name string) error {
	info, err := d.Lstat(name)
	if err != nil {
		return removed(err)
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return &fs.PathError{Op: "symlink", Path: fsx.Join(d.Path(), name), Err: fs.ErrExist}
	}
	return removed(d.Remove(name))
}

// TryLink finds out whether a link can be made beside a place.
func (m *Mover) TryLink(at cluster.Place, text string) error {
	d, name, err := m.openHolder(at)
	if err != nil {
		return err
	}
	defer d.drop()
	if err := prepareLink(d, name, text); err != nil {
		return err
	}
	err = removeLink(d, "."+name+linkMark)
	m.syncDir(d)
	return err
}

// ClearLink removes what a killed run left of a link that was not in its place
// yet.
func (m *Mover) ClearLink(at cluster.Place) error {
	d, name, err := m.openHolder(at)
	if err != nil {
		return removed(err)
	}
	defer d.drop()
	return removeLink(d, "."+name+linkMark)
}

// PutLink renames what is at a place aside, unless it is aside already, and puts a
// link there. What cannot be linked gets its name back. Another run that was
// suspended may do the same at any moment: what is there is looked at again then.
func (m *Mover) PutLink(at cluster.Place, asidePath, text string) error {
	d, name, err := m.openHolder(at)
	if err != nil {
		return err
	}
	defer d.drop()
	if err := m.Look(); err != nil {
		return err
	}
	if err := prepareLink(d, name, text); err != nil {
		return err
	}
	tmp, to := "."+name+linkMark, name+mark(at.Path, asidePath)
	if err := m.Look(); err != nil {
		return join(err, removeLink(d, tmp))
	}
	moved, again := false, true
	for tries := 0; again && tries < 4; tries++ {
		there, linked, looked := linkAt(d, name, text)
		switch {
		case looked != nil:
			return join(looked, removeLink(d, tmp))
		case linked: // by another run
			return removeLink(d, tmp)
		case there:
			if err = d.Place(name, d.handle, to); err == nil {
				moved = true
				m.syncDir(d)
			}
		default:
			err = nil
		}
		if err == nil {
			err = d.Place(tmp, d.handle, name)
		}
		again = missing(err) || errors.Is(err, fs.ErrExist)
	}
	switch {
	case err == nil:
		m.syncDir(d)
	case moved:
		err = join(err, d.Place(to, d.handle, name))
	}
	return join(err, removeLink(d, tmp))
}

// linkAt reports whether anything has a name, and whether that is a link of this
// text.
func linkAt(d *dir, name, text string) (there, linked bool, err error) {
	info, err := d.Lstat(name)
	if err != nil {
		return false, false, removed(err)
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return true, false, nil
	}
	have, err := d.Readlink(name)
	return true, err == nil && have == text, removed(err)
}

// Unlink removes the link in the place of an original and gives what is aside its
// name back. Where the deletion of that has begun, the link stays.
func (m *Mover) Unlink(it Item) error {
	d, name, err := m.openHolder(it.From)
	if err != nil {
		return err
	}
	defer d.drop()
	if err := m.Look(); err != nil {
		return err
	}
	tmp, linked := "."+name+linkMark, false
	info, err := d.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		err = d.Place(name, d.handle, tmp)
		linked = err == nil
	}
	if linked {
		if info, err = d.Lstat(tmp); err == nil && info.Mode()&fs.ModeSymlink == 0 {
			// Another run has brought the original back in this moment.
			return join(m.overtaken(nil), d.Place(tmp, d.handle, name))
		}
	}
	if err != nil && !missing(err) {
		return err
	}
	err = d.Place(name+mark(it.From.Path, it.Aside), d.handle, name)
	if linked && missing(err) {
		_, looked := d.Lstat(name + mark(it.From.Path, it.Purging))
		if !missing(looked) {
			return join(looked, d.Place(tmp, d.handle, name), begunError(it))
		}
	}
	err = join(removed(err), removeLink(d, tmp))
	m.syncDir(d)
	return err
}
