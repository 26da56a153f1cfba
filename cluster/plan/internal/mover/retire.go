package mover

import (
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
	whyChanged = "has changed since it was copied"
	whyExtra   = "was not there when the copy was made, or its copy differs"
	whyMount   = "another storage is mounted here, which is never renamed, emptied or deleted: unmount it, then run again; /etc/fstab may still name the old path"
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
				m.keep(Kept{Path: it.Original, Reason: "something new is where the original was, which is aside already; find out what made it"})
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
			return m.retireInside(it, o, mark(it.From.Path, it.Aside))
		}
	}
	to := o.name + mark(it.From.Path, it.Aside)
	if ok, err := m.renameAside(it, o, to); err != nil || !ok {
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

// renameAside renames an original in its folder. What cannot be renamed stays.
func (m *Mover) renameAside(it Item, o *original, to string) (bool, error) {
	err := o.dir.Place(o.name, o.dir.handle, to)
	switch {
	case errors.Is(err, syscall.EBUSY):
		m.keep(Kept{Path: it.Original, Reason: "is in use or a mount point; unmount it by hand and leave its content as it is"})
		return false, nil
	case errors.Is(err, syscall.EXDEV):
		m.keep(Kept{Path: it.Original, Reason: "this file system cannot rename it in its own folder (an overlay does not, for a folder of its lower layer); rename or remove it by hand"})
		return false, nil
	}
	return err == nil, err
}

// retireInside renames what a mount point holds, for it cannot be renamed
// itself.
func (m *Mover) retireInside(it Item, o *original, suffix string) (did bool, err error) {
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
	for _, name := range list {
		if cutSuffix(name, suffix) != "" || slices.Contains(it.Exclude, name) {
			continue
		}
		if err := d.Place(name, d.handle, name+suffix); err != nil {
			return did, err
		}
		did = true
	}
	m.syncDir(d)
	return did, nil
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
	var first Kept
	found := 0
	differ := func(rel, why string) {
		if found++; found == 1 {
			first = Kept{Path: server(it.Original, rel), Reason: why}
		}
	}
	err := m.originals(ctx, it, o, look{
		each: func(x item, ok bool, why string) error {
			if !ok {
				differ(x.rel, why)
			}
			return nil
		},
		mount: func(x item) { differ(x.rel, whyMount) },
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

// allApart makes sure that no folder of an original, as far as the layout names
// it, is the folder of its copy.
func (m *Mover) allApart(it Item, o *original, layout []string) (bool, error) {
	up, base, err := m.holder(it.To)
	if missing(err) {
		return true, nil // the server may have removed it; the manifest decides
	}
	if errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
		m.keep(Kept{Path: it.Original, Reason: "the folder that holds its copy is reached through a link now: " + err.Error() + "; put the folder itself there"})
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer up.drop()
	there, err := lstat(up, base)
	if missing(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if m.one(o.info, there) {
		return false, &Error{Reason: SameStorage, Path: it.From.Path, Other: fsx.Join(m.target.Path(), it.To)}
	}
	if there.Mode().Type() != o.info.Mode().Type() {
		m.keep(Kept{Path: it.Original, Reason: it.Copy + " is no longer of the same kind; put back what the server is to use"})
		return false, nil
	}
	if !o.info.IsDir() {
		return true, nil
	}
	self, err := o.open()
	if err != nil {
		return false, err
	}
	defer self.drop()
	copied := up.hold()
	if base != "" {
		copied.drop()
		if copied, err = up.sub(base); err != nil {
			return false, err
		}
	}
	defer copied.drop()
	if err := m.apart(self, copied); err != nil {
		return false, err
	}
	for _, rel := range layout {
		if ok, err := m.apartAt(it, o, self, copied, rel); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// apartAt is apart for a folder of the layout.
func (m *Mover) apartAt(it Item, o *original, self, copied *dir, rel string) (bool, error) {
	from := self.hold()
	defer func() { from.drop() }()
	for i, name := range strings.Split(rel, "/") {
		if i == 0 {
			name += o.marked
		}
		next, err := from.sub(name)
		if missing(err) || errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
			return true, nil // no folder of that name moves
		}
		if err != nil {
			return false, err
		}
		inner, err := mounted(next, from, m.nowhere())
		from.drop()
		from = next
		if err != nil {
			return false, err
		}
		if inner {
			m.keep(Kept{Path: it.Original, Reason: server(it.Original, rel) + ": " + whyMount + "; the original stays"})
			return false, nil
		}
	}
	to, err := copied.into(rel)
	if missing(err) {
		return true, nil
	}
	if errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
		m.keep(Kept{Path: it.Original, Reason: server(it.Copy, rel) + " is a link now, or no folder; put the folder itself there"})
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer to.drop()
	return true, m.apart(from, to)
}

// look is what is done with the entries of an original.
type look struct {
	// each is told of every entry whether it is what was copied.
	each func(x item, ok bool, why string) error
	// enter, where set, is asked at once where the copy of an entry is, and
	// beside is told of it instead of each. leave is called at the end of a
	// folder.
	enter  func(x item) (*dir, string, error)
	beside func(x item, ok bool, why string, d *dir, name string) error
	leave  func()
	// after is called for a folder whose content was told.
	after func(item) error
	// mount is told of folders where another storage is mounted; nothing below
	// is told.
	mount func(item)
}

// originals holds an original against its manifest, contents included. Times
// and modes are not compared: a file that was touched is what it was.
func (m *Mover) originals(ctx context.Context, it Item, o *original, l look) error {
	r, err := m.manifest(it)
	if err != nil {
		return err
	}
	defer r.Close()
	p := m.newPool(ctx, it)
	defer p.quit()
	open := 0
	// tell is bound to where the copy is when the walk is there: the turn comes
	// later.
	tell := func(x item) (func(ok bool, why string) error, error) {
		var d *dir
		var name string
		if l.enter != nil {
			var err error
			if d, name, err = l.enter(x); err != nil {
				return nil, err
			}
		}
		if x.info.IsDir() {
			open++
		}
		x.hold()
		return func(ok bool, why string) error {
			defer x.drop()
			if l.enter == nil {
				return l.each(x, ok, why)
			}
			return l.beside(x, ok, why, d, name)
		}, nil
	}
	say := func(x item, ok bool, why string) error {
		then, err := tell(x)
		if err != nil {
			return err
		}
		return p.add(nil, func() error { return then(ok, why) })
	}
	compare := func(x item, rec record) error {
		switch mode := x.info.Mode(); {
		case mode.Type() != rec.Mode.Type() && !(it.Follow && mode&fs.ModeSymlink != 0):
			return say(x, false, whyChanged)
		case mode&fs.ModeSymlink != 0:
			// What a link leads to was copied, where links are followed, and
			// stays where it is.
			return say(x, it.Follow || x.link == string(rec.Link), whyChanged)
		case !mode.IsRegular():
			return say(x, true, "")
		case x.info.Size() != rec.Size:
			return say(x, false, whyChanged)
		}
		same := false
		then, err := tell(x)
		if err != nil {
			return err
		}
		j := newJob(func(ctx context.Context, sc *scratch) (err error) {
			same, err = sc.still(ctx, x, rec.SHA256)
			return err
		})
		p.give(j)
		return p.add(j, func() error { return then(same, whyChanged) })
	}
	wk := m.originalWalker(it, o)
	wk.mount = func(x item) (bool, error) {
		if l.mount != nil {
			l.mount(x)
		}
		return false, nil
	}
	g := against{match: compare, differs: compare, extra: func(x item) error { return say(x, false, whyExtra) }}
	g.after = func(x item) error {
		if l.leave != nil {
			l.leave()
		}
		x.hold()
		err := p.add(nil, func() error {
			defer x.drop()
			open--
			if l.after == nil {
				return nil
			}
			return l.after(x)
		})
		return join(err, p.drain(func() bool { return open > maxHandles }))
	}
	return p.end(g.run(ctx, wk, o.dir, o.name, r))
}

func (it item) hold() {
	it.dir.hold()
	it.self.hold()
}

func (it item) drop() {
	it.dir.drop()
	it.self.drop()
}

// still hashes an original and reports whether it holds what was copied, and
// did not change meanwhile.
func (sc *scratch) still(ctx context.Context, x item, want string) (bool, error) {
	f, err := x.open()
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum, err := sc.hash(ctx, f)
	if err != nil {
		return false, err
	}
	now, err := f.Stat()
	return err == nil && sum == want && steady(x.info, now), err
}

// steady reports whether a file is as it was looked at before. That another of
// its names was removed is no change of it.
func steady(before, now fs.FileInfo) bool {
	if before.Mode() != now.Mode() || before.Size() != now.Size() || !before.ModTime().Equal(now.ModTime()) {
		return false
	}
	if linked(before) {
		return fsx.Same(before, now)
	}
	s := stampOf(before)
	return s == nil || s.still(now)
}

// originalWalker walks an original where it is now. Links are what they are:
// what they lead to is not ours to delete.
func (m *Mover) originalWalker(it Item, o *original) *walker {
	return &walker{exclude: it.Exclude, aside: o.marked, ahead: m.c.Workers, probe: m.nowhere(), part: it.To != ""}
}

// ensureManifest makes a new manifest where the old one is lost: only what is
// equal to its copy, byte for byte, gets into it.
func (m *Mover) ensureManifest(ctx context.Context, it Item, o *original) error {
	if whole, err := m.Complete(ctx, it); err != nil || whole {
		return err
	}
	m.note("the journal on the target was lost: originals are compared with their copies instead")
	name := manifestName(it.ID)
	if err := removed(m.tmp.Remove(name)); err != nil {
		return err
	}
	w, err := newManifest(m.tmp, name)
	if err != nil {
		return m.fenced(err)
	}
	up, base, err := m.holder(it.To)
	if err != nil && !missing(err) {
		return err
	}
	b := &shadow{top: up, base: base}
	defer b.close()
	wk := m.originalWalker(it, o)
	wk.mount = func(item) (bool, error) { return false, nil }
	wk.visit = func(x item) error {
		d, name := b.of(x)
		if x.info.IsDir() {
			if err := b.enter(x); err != nil {
				return err
			}
		}
		what, err := differs(ctx, &m.sc, x, d, name)
		if err != nil || what != "" {
			return err
		}
		sum := ""
		if x.info.Mode().IsRegular() {
			f, err := x.open()
			if err != nil {
				return err
			}
			sum, err = m.sc.hash(ctx, f)
			if err = join(err, f.Close()); err != nil {
				return err
			}
		}
		return w.add(recordOf(x, sum))
	}
	wk.after = func(item) error { b.leave(); return nil }
	if err := w.close(wk.walk(ctx, o.dir, o.name), m.sync); err != nil {
		return err
	}
	if err := m.Look(); err != nil {
		return err
	}
	return m.fenced(m.tmp.Rename(name, m.own.handle, name))
}

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
