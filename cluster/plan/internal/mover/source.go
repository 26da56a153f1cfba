package mover

import (
	"io/fs"
	"path"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// state is how far an original got.
type state int

const (
	gone state = iota
	inPlace
	aside
	purging
)

// original is where an item's original is now. The caller drops it.
type original struct {
	dir   *dir
	name  string // in dir; empty for the root of a storage
	info  fs.FileInfo
	state state
	// marked is what the names in the folder end in, where the folder itself
	// cannot be renamed, being a mount point.
	marked string
}

func (o *original) drop() { o.dir.drop() }

// mark is what a name in the place of an original ends in, such as
// ".retired-ID".
func mark(from, to string) string {
	_, name := serverpath.Split(from)
	_, named := serverpath.Split(to)
	return strings.TrimPrefix(named, name)
}

// locate finds an original: in place, renamed aside, or on its way to be
// deleted.
func (m *Mover) locate(it Item) (*original, error) {
	d, name, err := m.openHolder(it.From)
	if err != nil {
		return nil, err
	}
	o := &original{dir: d, name: name}
	try := func(name string, s state) error {
		info, err := lstat(d, name)
		if err == nil {
			o.name, o.info, o.state = name, info, s
		}
		return removed(err)
	}
	if name != "" && it.Purging != "" {
		err = try(name+mark(it.From.Path, it.Purging), purging)
	}
	if name != "" && o.state == gone && err == nil && it.Aside != "" {
		err = try(name+mark(it.From.Path, it.Aside), aside)
	}
	if o.state == gone && err == nil {
		err = try(name, inPlace)
	}
	if o.state == inPlace && err == nil && o.info.IsDir() && it.Aside != "" {
		err = m.locateInside(it, o)
	}
	if err != nil {
		d.drop()
		return nil, err
	}
	return o, nil
}

// locateInside looks whether the names in a folder were renamed instead of the
// folder.
func (m *Mover) locateInside(it Item, o *original) error {
	d, err := o.open()
	if err != nil {
		return err
	}
	defer d.drop()
	list, err := d.Names()
	if err != nil {
		return err
	}
	for s, to := range map[state]string{aside: it.Aside, purging: it.Purging} {
		for _, name := range list {
			if suffix := mark(it.From.Path, to); to != "" && cutSuffix(name, suffix) != "" && o.state != purging {
				o.state, o.marked = s, suffix
			}
		}
	}
	return nil
}

// open opens an original that is a folder.
func (o *original) open() (*dir, error) {
	if o.name == "" {
		return o.dir.hold(), nil
	}
	return o.dir.sub(o.name)
}

// at is where a slash path below an original is now.
func (o *original) at(rel string) string {
	first, rest, deep := strings.Cut(rel, "/")
	if first += o.marked; deep {
		first += "/" + rest
	}
	return first
}

// has reports whether an original still has what is at a slash path below it.
func (o *original) has(rel string) (bool, error) {
	if rel == "" {
		return true, nil
	}
	up, name := path.Split(o.at(rel))
	d, err := o.open()
	if err == nil {
		defer d.drop()
		d, err = d.into(strings.TrimSuffix(up, "/"))
	}
	if lostFolder(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer d.drop()
	_, err = d.Lstat(name)
	return err == nil, removed(err)
}

// openSource opens the folder that holds what is to be copied: the original in
// its place, or aside once it was renamed.
func (m *Mover) openSource(it Item) (*dir, string, error) {
	d, name, err := m.openHolder(it.From)
	if err != nil || it.Aside == "" || name == "" {
		return d, name, err
	}
	if to := name + mark(it.From.Path, it.Aside); to != name {
		if _, err := d.Lstat(to); err == nil {
			name = to
		} else if !missing(err) {
			d.drop()
			return nil, "", err
		}
	}
	return d, name, nil
}

// Retired reports whether an original is aside, or its deletion has begun.
func (m *Mover) Retired(it Item) (bool, error) {
	s, err := m.where(it)
	return s == aside || s == purging, err
}

// Purging reports whether the deletion of an original has begun.
func (m *Mover) Purging(it Item) (bool, error) {
	s, err := m.where(it)
	return s == purging, err
}

// Standing reports whether an original has its own name.
func (m *Mover) Standing(it Item) (bool, error) {
	s, err := m.where(it)
	return s == inPlace, err
}

func (m *Mover) where(it Item) (state, error) {
	o, err := m.locate(it)
	if err != nil {
		return gone, removed(err)
	}
	defer o.drop()
	return o.state, nil
}

// within reports whether p is folder or lies inside it.
func within(p, folder cluster.Place) bool {
	if folder.Storage != p.Storage {
		return false
	}
	rest, ok := cutPrefix(p.Path, folder.Path)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '\\')
}
