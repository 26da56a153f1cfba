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

// elsewhere reports whether an original was found under another name than its own.
func (o *original) elsewhere() bool { return o.state == aside || o.state == purging }

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
	o := &original{dir: d}
	// Another run may rename it between two looks, to a name that was looked at
	// already, and what has its own name then may be a link to its copy: all names
	// are looked at once more.
	for look := 0; look < 2 && err == nil && (o.state == gone || o.state == inPlace); look++ {
		err = o.find(it, name)
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

// find looks at the names that an original may have.
func (o *original) find(it Item, plain string) error {
	o.name, o.info, o.state = plain, nil, gone

	for _, x := range []struct {
		to string
		s  state
	}{{it.Purging, purging}, {it.Aside, aside}, {it.From.Path, inPlace}} {
		if x.s != inPlace && (plain == "" || x.to == "") {
			continue
		}
		name := plain + mark(it.From.Path, x.to)
		info, err := lstat(o.dir, name)
		if err == nil {
			o.name, o.info, o.state = name, info, x.s
		}
		if removed(err) != nil || err == nil {
			return removed(err)
		}
	}
	return nil
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

// Left reports whether an original is still there, under any of its names. A mount
// point stays, which cannot be renamed.
func (m *Mover) Left(it Item) (bool, error) {
	o, err := m.locate(it)
	if err != nil {
		return false, removed(err)
	}
	defer o.drop()
	if o.state != inPlace || it.To != "" || !o.info.IsDir() {
		return o.state != gone, nil
	}
	if o.name == "" {
		return false, nil
	}
	mount, err := m.isMount(o)
	return !mount, err
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
