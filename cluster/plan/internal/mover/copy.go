package mover

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// carrier carries one item out.
type carrier struct {
	m  *Mover
	it Item
	p  *pool
	w  *manifestWriter
	// primed is what was recorded of the same originals while the server ran,
	// nil without it.
	primed *primedReader
	// batch is what one worker brings to the target together: written, synced,
	// read back and compared, and only then renamed to their places.
	batch gathering[*filing]
	// levels are the folders of the target on the way down.
	levels []level
	// handles is how many folders of the target are open.
	handles int
}

// level is one folder of the target while its content is copied.
type level struct {
	rel string
	dst *dir
	// made: this run made it, so nothing else is in it.
	made bool
}

// maxHandles bounds the folders that are open while others are still copied.
const maxHandles = 128

// Copy copies one item, proves it and records it in a manifest. What is there
// already, from an interrupted run, is compared instead of trusted.
func (m *Mover) Copy(ctx context.Context, it Item) error {
	src, name, err := m.openSource(it)
	if missing(err) && m.c.Priming {
		return nil
	}
	if err != nil {
		return err
	}
	defer src.drop()
	c := &carrier{m: m, it: it}
	if c.primed, err = m.openPrimed(ctx, it); err != nil {
		return err
	}
	defer c.primed.Close()
	manifest := manifestName(it.ID)
	if err := m.Forget(manifest); err != nil {
		// What an earlier run recorded will no longer say what is on the target;
		// it must not come back in a crash.
		return err
	}
	in, record := m.tmp, manifest
	if m.c.Priming {
		in, record = m.own, primedName(it)+".new"
		if err := m.Forget(record); err != nil {
			return err
		}
	}
	up, base, err := m.holder(it.To)
	if err != nil {
		return err
	}
	defer up.drop()
	if c.w, err = newManifest(in, record); err != nil {
		return m.fenced(err)
	}
	c.p = m.newPool(ctx, it)
	defer c.quit()
	c.batch = m.batches(c.p, c.bring)
	c.levels = []level{{rel: "/", dst: up}} // of the root itself, which has another name here
	wk, err := m.sourceWalker(it)
	if err != nil {
		return err
	}
	wk.visit = func(x item) error { return c.visit(x, base) }
	wk.after = c.after
	err = wk.walk(ctx, src, name)
	if m.c.Priming && missing(err) {
		if _, gone := lstat(src, name); missing(gone) {
			err = nil // it has gone since it was planned
		}
	}
	if err := c.w.close(c.p.end(err), m.sync); err != nil {
		return err
	}
	if err := m.Look(); err != nil {
		return err
	}
	if err := in.Rename(record, m.own.handle, strings.TrimSuffix(record, ".new")); err != nil {
		return m.fenced(err)
	}
	m.syncDir(m.own)
	m.syncDir(up)
	return nil
}

// newPool makes the workers for one item.
func (m *Mover) newPool(ctx context.Context, it Item) *pool {
	if m.crew == nil {
		m.crew = newCrew(max(1, m.c.Workers))
	}
	p := m.crew.pool(ctx)
	p.onMove = func() { m.tell(it, "") }
	return p
}

// quit sees the workers off and closes what a failed walk left open.
func (c *carrier) quit() {
	c.p.quit()
	for _, l := range c.levels[1:] {
		l.dst.drop()
	}
}

// sourceWalker goes through an item that is to be copied.
func (m *Mover) sourceWalker(it Item) (w *walker, err error) {
	w = &walker{exclude: it.Exclude, avoid: m.c.TargetPlace, ahead: m.c.Workers, source: m.c.Source, probe: m.nowhere(), part: it.To != ""}
	if m.c.Priming {
		w.unreadable = func(_ string, err error) error {
			for _, gone := range []error{fs.ErrNotExist, syscall.ENOTDIR, fsx.ErrNotFollowed, fsx.ErrSwapped} {
				if errors.Is(err, gone) {
					return nil // the server removed it, or put something else there
				}
			}
			return err
		}
	}
	if m.target != nil {
		if w.target, err = m.target.Stat(); err != nil {
			return nil, err
		}
	}
	if it.Follow {
		w.follow = m.c.Leads
		return w, nil
	}
	w.mount = func(x item) (bool, error) {
		return false, &Error{Reason: Swapped, Path: server(it.Original, x.rel), Detail: "another storage is mounted here, which was not there when the originals were looked at"}
	}
	return w, nil
}

// into is the folder of the target for an item, and its name there.
func (c *carrier) into(x item, base string) (level, string) {
	if x.rel == "" {
		return c.levels[0], base
	}
	return c.levels[len(c.levels)-1], path.Base(x.rel)
}

// visit queues one thing that the walk met. Folders and links are made at once,
// so that whatever comes later finds its folder.
func (c *carrier) visit(x item, base string) error {
	known, err := c.primed.find(x)
	if err != nil {
		return err
	}
	at, name := c.into(x, base)
	switch mode := x.info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		if err := c.m.copyLink(x, at, name); err != nil {
			return about(at.dst.place(name).Path, err)
		}
	case mode.IsDir():
		if err := c.folder(x, at, name); err != nil {
			return err
		}
	case mode.IsRegular():
		return c.file(x, at, name, known)
	default:
		return &fs.PathError{Op: "copy", Path: x.path(), Err: fsx.ErrNotRegular}
	}
	rec := recordOf(x, "")
	return c.p.add(nil, func() error { return c.w.add(rec) })
}

func (c *carrier) folder(x item, at level, name string) error {
	if err := c.p.drain(func() bool { return c.handles > maxHandles }); err != nil {
		return err
	}
	next := level{rel: x.rel}
	if name == "" {
		next.dst = at.dst.hold() // the target itself
	} else {
		var err error
		if next.made, err = c.m.newFolder(at.dst, name, x.info.Mode()&modeBits|0o700); err != nil {
			return err
		}
		if next.dst, err = at.dst.sub(name); err != nil {
			return err
		}
		if !next.made {
			// From an earlier run; it gets its own mode when the walk leaves it.
			if err := enterable(next.dst); err != nil {
				next.dst.drop()
				return err
			}
		}
	}
	c.handles++
	c.levels = append(c.levels, next)
	return nil
}

// after queues the end of a folder: by then all that it holds has its name, and
// nothing changes its time any more.
func (c *carrier) after(x item) error {
	l := c.levels[len(c.levels)-1]
	c.levels = c.levels[:len(c.levels)-1]
	if err := c.primed.below(x.rel); err != nil {
		l.dst.drop()
		return err
	}
	from, root := x.self.hold(), l.dst == c.m.target
	done := func() {
		from.drop()
		l.dst.drop()
		c.handles--
	}
	finish := newJob(func(context.Context, *scratch) error {
		if !root { // whose mode was set when it was made, or is the mount's
			if _, err := c.m.setMeta(l.dst, l.dst.Path(), x.info.Mode()&modeBits, x.info, from); err != nil {
				return err
			}
		}
		c.m.syncDir(l.dst)
		return nil
	})
	return c.p.add(nil, func() error {
		c.p.give(finish)
		return c.p.add(finish, func() error { done(); return nil })
	})
}

// file puts a file into the batch that is being filled.
func (c *carrier) file(x item, at level, name string, known *primed) error {
	x.dir.hold()
	at.dst.hold()
	f := &filing{it: x, dst: at.dst, name: name, known: known, vacant: x.rel != "" && at.made}
	return c.batch.add(f, x.info.Size(), func() error { return c.proven(f) })
}

// proven records and counts a file that the target holds.
func (c *carrier) proven(f *filing) error {
	m, size := c.m, f.it.info.Size()
	if f.left {
		// Changed or gone while it was primed. What an earlier run has put there
		// stays known.
		if f.stands == nil {
			return nil
		}
		old := record{Path: rawText(f.it.rel), Mode: f.stands.Mode(), Size: f.stands.Size()}
		return c.w.addNow(primedOf(old, f.it.info, f.stands, time.Time{}))
	}
	if f.copied {
		m.Stats.CopiedFiles++
		m.Stats.CopiedBytes += size
		m.working.Add(-size)
	}
	m.Stats.VerifiedFiles++
	m.Stats.VerifiedBytes += size
	m.tell(c.it, f.it.rel)
	rec := recordOf(f.it, f.sum)
	switch {
	case !m.c.Priming:
		return c.w.add(rec)
	case f.trusted:
		return c.w.addNow(f.known)
	}
	return c.w.addNow(primedOf(rec, f.it.info, f.stands, m.c.QuietSince))
}

// excluded reports whether a slash path is passed over.
func (it Item) excluded(rel string) bool { return slices.Contains(it.Exclude, rel) }
