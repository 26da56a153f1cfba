package mover

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// MakeDir creates the folder at a slash path below the target, and those above
// it that are missing, with a mode and the owner of the folder that it stands
// for; like is nil where that is not known. A folder that is there already gets
// mode and owner too, for a run that died may have left it without.
func (m *Mover) MakeDir(rel string, mode fs.FileMode, like fs.FileInfo) (did bool, err error) {
	if rel == "" {
		return m.made[""], nil
	}
	up, name := path.Split(rel)
	up = strings.TrimSuffix(up, "/")
	if up != "" {
		_, err := m.lookAt(up)
		if missing(err) {
			_, err = m.MakeDir(up, mode, like)
		}
		if err != nil {
			return false, err
		}
	}
	above, err := m.target.into(up)
	if err != nil {
		return false, err
	}
	defer above.drop()
	if did, err = m.newFolder(above, name, mode|0o700); err != nil {
		return false, err
	}
	d, err := above.sub(name)
	if err != nil {
		return false, err
	}
	defer d.drop()
	if m.made[rel] {
		return true, nil
	}
	if _, err := m.setMeta(d, d.Path(), mode, like, nil); err != nil {
		return false, err
	}
	if did {
		m.syncDir(above)
		m.made[rel] = true
	}
	return did, nil
}

// newFolder makes a folder of the target by a rename from this run's own, so
// that a run that was overtaken makes none any more. What has the name already
// is left to the caller.
func (m *Mover) newFolder(to *dir, name string, mode fs.FileMode) (made bool, err error) {
	const tmp = "folder"
	defer func() { err = about(to.place(name).Path, err) }()
	// What is there already was made for a name that was taken.
	if err := m.tmp.Mkdir(tmp, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return false, m.fenced(err)
	}
	switch err := m.tmp.Place(tmp, to.handle, name); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrExist):
		return false, nil
	case missing(err):
		if err := m.fenced(err); !missing(err) {
			return false, err
		}
		// A network file system may have done it, lost the answer, and asked again.
		if info, looked := to.Lstat(name); looked == nil && info.IsDir() {
			return false, nil
		}
		return false, err
	default:
		return false, err
	}
}

// enterable gives a folder the mode with which files can be put into it.
func enterable(d *dir) error {
	info, err := d.Stat()
	if err != nil || info.Mode()&0o700 == 0o700 {
		return err
	}
	return d.Chmod(info.Mode()&modeBits | 0o700)
}

// RootMade reports whether this run has made the target folder itself.
func (m *Mover) RootMade() bool { return m.made[""] }

// DressRoot gives the target folder its mode and owner.
func (m *Mover) DressRoot(mode fs.FileMode, like fs.FileInfo) error {
	_, err := m.setMeta(m.target, m.target.Path(), mode, like, nil)
	return err
}
