package mover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

type file = fsx.File

const (
	whyChanged  = "has changed since it was copied"
	whyExtra    = "was not there when the copy was made, or its copy differs"
	whyNew      = "something new is where the original was, which is aside already; find out what made it"
	whyStanding = "it still has its name; retire it first (populate -retire)"
	whyMount    = "another storage is mounted here, which is never renamed, emptied or deleted: unmount it, then run again; /etc/fstab may still name the old path"
)

// Retire renames one original aside, once it is proven to be what was copied:
// by its bytes, whatever its times and mode say now. layout are the slash paths
// in the item where another storage may be mounted, or the target's.
func (m *Mover) Retire(ctx context.Context, it Item, layout []string) (did bool, err error) {
	o, err := m.locate(it)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer o.drop()
	switch {
	case o.state == gone, o.state == purging:
		return false, nil // retired before, or gone by another hand
	case o.state == aside && o.marked == "":
		if name := strings.TrimSuffix(o.name, mark(it.From.Path, it.Aside)); name != o.name {
			if _, err := o.dir.Lstat(name); err != nil && !missing(err) {
				return false, err
			} else if err == nil {
				m.keep(Kept{Path: it.Original, Reason: whyNew})
			}
		}
		return false, nil
	}
	if ok, err := m.disposable(ctx, it, o, layout); err != nil || !ok {
		return false, err
	}
	if err := m.Look(); err != nil {
		return false, err
	}
	_, before := m.lookAt(it.To) // the server may have removed it, which is its right
	if before != nil && !lostFolder(before) {
		return false, before
	}
	if it.To == "" {
		mount, err := m.isMount(o)
		if err != nil {
			return false, err
		}
		if mount || o.marked != "" || o.name == "" {
			return m.retireInside(ctx, it, o, mark(it.From.Path, it.Aside))
		}
	}
	to := o.name + mark(it.From.Path, it.Aside)
	if ok, err := m.renameAside(o.dir, o.name, to, it.Original); err != nil || !ok {
		return false, err
	}
	m.syncDir(o.dir)
	if _, after := m.lookAt(it.To); before == nil && missing(after) {
		// The copy went with the original: both are one.
		return false, join(&Error{Reason: SameStorage, Path: it.From.Path, Other: fsx.Join(m.target.Path(), it.To)}, o.dir.Place(to, o.dir.handle, o.name))
	}
	return true, nil
}

// isMount reports whether an original is a mount point itself.
func (m *Mover) isMount(o *original) (bool, error) {
	if !o.info.IsDir() {
		return false, nil
	}
	d, err := o.open()
	if err != nil {
		return false, err
	}
	defer d.drop()
	return mounted(d, o.dir, m.nowhere())
}

// renameAside renames an original, or a part of one, in its folder. What cannot be
// renamed stays; it is told by its path on the server.
func (m *Mover) renameAside(d *dir, name, to, original string) (bool, error) {
	err := d.Place(name, d.handle, to)
	switch {
	case errors.Is(err, syscall.EBUSY):
		m.keep(Kept{Path: original, Reason: "is in use or a mount point; unmount it by hand and leave its content as it is"})
		return false, nil
	case errors.Is(err, syscall.EXDEV):
		m.keep(Kept{Path: original, Reason: "this file system cannot rename it in its own folder (an overlay file system, as containers use, cannot rename a folder of its image); rename or remove it by hand"})
		return false, nil
	case errors.Is(err, fs.ErrPermission):
		m.keep(Kept{Path: original, Reason: "cannot be renamed aside: " + reason(err) + " (it is immutable, or the folder that holds it is another user's); see why, and run again"})
		return false, nil
	}
	return err == nil, err
}

// retireInside renames what a mount point holds, for it cannot be renamed
// itself.
func (m *Mover) retireInside(ctx context.Context, it Item, o *original, suffix string) (did bool, err error) {
	d, err := o.open()
	if err != nil {
		return false, err
	}
	defer d.drop()
	list, err := d.Names()
	if err != nil {
		return false, err
	}
	slices.Sort(list)
	mine := func(string) bool { return true } // all was held against the manifest
	if o.marked != "" {
		known, err := m.atTop(ctx, it)
		if err != nil {
			return false, err
		}
		mine = func(name string) bool { return known[name] && !slices.Contains(list, name+suffix) }
	}
	for _, name := range list {
		if cutSuffix(name, suffix) != "" || slices.Contains(it.Exclude, name) {
			continue
		}
		if !mine(name) {
			m.keep(Kept{Path: server(it.Original, name), Reason: whyNew})
			continue
		}
		ok, err := m.renameAside(d, name, name+suffix, server(it.Original, name))
		if err != nil {
			return did, err
		}
		did = did || ok
	}
	m.syncDir(d)
	return did, nil
}

// atTop are the names that an original had at its top when it was copied.
func (m *Mover) atTop(ctx context.Context, it Item) (map[string]bool, error) {
	r, err := m.manifest(it)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	names := map[string]bool{}
	for !r.end {
		name, _, _ := strings.Cut(r.next.path(), "/")
		names[name] = true
		if err := cmp.Or(ctx.Err(), r.advance()); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// keepStanding tells of what has its own name still in an original whose names are
// renamed one by one, where that was interrupted.
func (m *Mover) keepStanding(ctx context.Context, it Item, o *original) error {
	known, err := m.atTop(ctx, it)
	if err != nil {
		return err
	}
	d, err := o.open()
	if err != nil {
		return err
	}
	defer d.drop()
	list, err := d.Names()
	slices.Sort(list)
	for _, name := range list {
		moved := func(to string) bool { return slices.Contains(list, name+mark(it.From.Path, to)) }
		if known[name] && !it.excluded(name) && !moved(it.Aside) && !moved(it.Purging) {
			m.keep(Kept{Path: server(it.Original, name), Reason: whyStanding})
		}
	}
	return err
}

// disposable reports whether an original may go: its copy was proven, the
// target still is another place, and the original has not changed since. The
// copy itself may have grown: the server works on it.
func (m *Mover) disposable(ctx context.Context, it Item, o *original, layout []string) (bool, error) {
	if o.info.Mode()&fs.ModeSymlink != 0 && it.ID == "" {
		return true, nil // a link whose content was copied: what it leads to stays where it is
	}
	if ok, err := m.allApart(it, o, layout); err != nil || !ok {
		return false, err
	}
	if err := m.ensureManifest(ctx, it, o); err != nil {
		return false, err
	}
	since, err := m.clock(o)
	if err != nil {
		return false, err
	}
	var first Kept
	found := 0
	differ := func(rel, why string) {
		if found++; found == 1 {
			first = Kept{Path: server(it.Original, rel), Reason: why}
		}
	}
	err = m.originals(ctx, it, o, look{
		each: func(x item, ok bool, why string) (func(), error) {
			if ok || x.info == nil {
				return nil, nil
			}
			return func() { differ(x.rel, why) }, nil
		},
		mount: func(x item) { differ(x.rel, whyMount) },
		since: since,
	})
	if err != nil || found == 0 {
		return err == nil, err
	}
	if found > 1 {
		first.Reason += fmt.Sprintf(", and %d more differences", found-1)
	}
	m.keep(Kept{Path: it.Original, Reason: first.Path + ": " + first.Reason + "; the original stays"})
	return false, nil
}
