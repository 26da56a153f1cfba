package mover

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Uncopy deletes what was copied of an item, and only what still is a copy: what
// a whole manifest names, or, after an interrupted copy, what equals its
// original or is what was recorded while the server ran. The rest stays and is
// reported.
func (m *Mover) Uncopy(ctx context.Context, it Item, proven bool) (bool, error) {
	d, name, err := m.holder(it.To)
	if err == nil {
		defer d.drop()
		_, err = lstat(d, name)
	}
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	wk := m.copyWalker(it)
	wk.mount = func(x item) (bool, error) {
		m.keep(Kept{Path: server(it.Copy, x.rel), Reason: whyMount})
		return false, nil
	}
	wk.after = func(x item) error {
		if x.rel == "" && it.To == "" {
			return nil // the target itself goes with the step that made it
		}
		if err := m.Look(); err != nil {
			return err
		}
		_, err := removeEmpty(x.dir, x.name)
		return err
	}
	remove := func(x item) error {
		if x.info.IsDir() {
			return nil
		}
		return m.discard(x.dir, x.name, m.tmp, "old")
	}
	foreign := func(x item) error {
		if !x.info.IsDir() {
			m.keep(Kept{Path: server(it.Copy, x.rel), Reason: "is on the target and is no copy of an original"})
		}
		return nil
	}
	if proven {
		if proven, err = m.Complete(ctx, it); err != nil {
			return false, err
		}
	}
	if proven {
		r, err := m.manifest(it)
		if err != nil {
			return false, err
		}
		defer r.Close()
		named := func(x item, rec record) error {
			if ours, err := m.copyOf(ctx, x, rec); err != nil {
				return err
			} else if !ours {
				return foreign(x)
			}
			return remove(x)
		}
		return true, against{match: named, differs: named, extra: foreign, after: wk.after}.run(ctx, wk, d, name, r)
	}
	return true, m.uncopyUnproven(ctx, it, wk, d, name, remove, foreign)
}

// copyOf reports whether what stands on the target is what was recorded: a server
// may have started since that was looked at. Where size and time say so, nothing
// is read; storages keep times to two seconds.
func (m *Mover) copyOf(ctx context.Context, x item, rec record) (bool, error) {
	switch mode := x.info.Mode(); {
	case mode.Type() != rec.Mode.Type() || x.link != string(rec.Link):
		return false, nil
	case !mode.IsRegular():
		return true, nil
	case x.info.Size() != rec.Size:
		return false, nil
	case x.info.ModTime().Sub(rec.MTime.Time).Abs() <= 2*time.Second:
		return true, nil
	}
	f, err := x.open()
	if err != nil {
		return false, err
	}
	sum, err := m.sc.hash(ctx, f)
	return sum == rec.SHA256, join(err, f.Close())
}

func (m *Mover) uncopyUnproven(ctx context.Context, it Item, wk *walker, d *dir, name string, remove, foreign func(item) error) error {
	known, err := m.openPrimed(ctx, it)
	if err != nil {
		return err
	}
	defer known.Close()
	src, from, err := m.openSource(it)
	if err != nil && !missing(err) {
		return err
	}
	b := &shadow{top: src, base: from}
	defer b.close()
	wk.visit = func(x item) error {
		at, n := b.of(x)
		if x.info.IsDir() {
			return b.enter(x)
		}
		ours, err := known.made(x)
		if err != nil {
			return err
		}
		if !ours {
			what, err := differs(ctx, &m.sc, x, at, n)
			if err != nil && !missing(err) {
				return err
			}
			ours = err == nil && what == ""
		}
		if !ours {
			return foreign(x)
		}
		return remove(x)
	}
	after := wk.after
	wk.after = func(x item) error { b.leave(); return after(x) }
	return wk.walk(ctx, d, name)
}

// removeEmpty removes a folder unless it holds something: a mounted storage has
// entries of its own, and a mount point cannot be removed.
func removeEmpty(d *dir, name string) (bool, error) {
	if name == "" {
		return false, nil
	}
	switch err := d.Remove(name); {
	case err == nil:
		return true, nil
	case missing(err), notEmpty(err), errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.ENOTDIR):
		return false, nil
	default:
		return false, err
	}
}

// RemoveDir removes the folder at a slash path below the target unless it holds
// something.
func (m *Mover) RemoveDir(rel string) (bool, error) {
	d, name, err := m.holder(rel)
	if err != nil {
		return false, removed(err)
	}
	defer d.drop()
	did, err := removeEmpty(d, name)
	if did {
		m.syncDir(d)
	}
	return did, err
}

// ClearBeside removes the probes and trials of killed runs.
func (m *Mover) ClearBeside(it Item, layout []string) error {
	o, err := m.locate(it)
	if err != nil {
		return removed(err)
	}
	defer o.drop()
	return m.clearBeside(it, o, layout)
}

func (m *Mover) clearBeside(it Item, o *original, layout []string) error {
	if o.name != "" {
		if err := removeTrial(o.dir, it.name(), o.elsewhere()); err != nil {
			return err
		}
	}
	if o.state != gone && o.info.IsDir() {
		return m.clearAll(o, layout)
	}
	return nil
}

// BringBack gives a retired original its name back. It removes the probes and
// trials of killed runs.
func (m *Mover) BringBack(it Item, layout []string) (bool, error) {
	o, err := m.locate(it)
	if err != nil {
		return false, removed(err)
	}
	defer o.drop()
	if err := m.clearBeside(it, o, layout); err != nil {
		return false, err
	}
	switch {
	case o.state == purging:
		return false, begunError(it)
	case o.state != aside:
		return false, nil
	case o.marked != "":
		return m.bringBackInside(o)
	}
	if err := o.dir.Place(o.name, o.dir.handle, it.name()); errors.Is(err, fs.ErrExist) {
		if _, told := m.known.LoadOrStore(o.dir.place(o.name), true); !told {
			m.keep(Kept{Path: it.Original, Reason: "something new is where it was, so it stays aside as " + it.Original + mark(it.From.Path, it.Aside) + "; see what the new one is, move it away, and rename the original back"})
		}
		return false, nil
	} else if err != nil {
		return false, err
	}
	m.syncDir(o.dir)
	return true, nil
}

// name is what an original is called in its folder.
func (it Item) name() string {
	_, name := serverpath.Split(it.From.Path)
	return name
}

func (m *Mover) clearAll(o *original, layout []string) error {
	d, err := o.open()
	if err != nil {
		return err
	}
	defer d.drop()
	if err := m.clearProbes(d); err != nil {
		return err
	}
	for _, rel := range layout {
		sub, err := d.into(rel)
		if lostFolder(err) {
			continue
		}
		if err != nil {
			return err
		}
		err = m.clearProbes(sub)
		sub.drop()
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *Mover) bringBackInside(o *original) (did bool, err error) {
	d, err := o.open()
	if err != nil {
		return false, err
	}
	defer d.drop()
	did, err = remark(d, o.marked, "")
	m.syncDir(d)
	return did, err
}

func begunError(it Item) error {
	return &Error{Reason: Journal, Path: it.Original, Detail: "its deletion has begun, so it cannot be brought back; restore a backup"}
}
