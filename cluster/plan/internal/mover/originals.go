package mover

import (
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// look is what is done with the entries of an original.
type look struct {
	// each is told of every entry whether it is what was copied. It may run
	// beside others; what it returns, unless nil, runs in the order of the walk. A
	// plain file was looked at a moment ago; its info is nil if it is gone.
	each judgement
	// enter and leave, where set, are called at once when the walk comes to an
	// entry, and at the end of a folder. What enter returns takes the place of
	// each for that entry.
	enter func(x item) (each judgement, err error)
	leave func()
	// after is called for a folder whose content was told.
	after func(item) error
	// mount is told of folders where another storage is mounted; nothing below
	// is told.
	mount func(item)
	// since, where set, makes the run remember what was read: see proven.
	since time.Time
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
	g := &judging{it: it, look: l, pool: p, proven: m.proven}
	g.files = gathering[*judged]{p: p, workers: m.c.Workers, most: wholeFiles, bytes: batchBytes, do: judge}
	wk := m.originalWalker(it, o)
	wk.mount = func(x item) (bool, error) {
		if l.mount != nil {
			l.mount(x)
		}
		return false, nil
	}
	wk.plain = func(rel string) bool { return !it.Follow && !r.end && r.next.Mode.IsRegular() && r.next.path() == rel }
	extra := func(x item) error { return g.say(x, false, whyExtra) }
	err = p.end(against{match: g.compare, differs: g.compare, extra: extra, after: g.after}.run(ctx, wk, o.dir, o.name, r))
	m.whole[it.ID] = err == nil
	return err
}

// judgement is told whether one entry is what was copied: see look.
type judgement func(x item, ok bool, why string) (tell func(), err error)

// judging compares originals with their records and tells of each in turn.
type judging struct {
	it     Item
	look   look
	pool   *pool
	proven proven
	open   int // folders that are held

	files gathering[*judged]
}

// judged is one file that is held against its record.
type judged struct {
	it     item
	want   string // the recorded SHA-256
	size   int64
	proven proven
	same   bool
	// watch asks whether somebody can write to it while it is read; alone is the
	// answer that nobody can.
	watch, alone bool
	each         judgement
	tell         func()
}

func judge(ctx context.Context, sc *scratch, list []*judged) (err error) {
	for _, f := range list {
		if f.same, err = sc.still(ctx, f); missing(err) {
			f.it.info, f.same = nil, false
		} else if err != nil {
			return err
		}
		if f.tell, err = f.each(f.it, f.same, whyChanged); err != nil {
			return err
		}
	}
	return nil
}

// bind gives what is told of an entry; the walk may be elsewhere when it is.
func (g *judging) bind(x item) (judgement, error) {
	each := g.look.each
	if g.look.enter != nil {
		var err error
		if each, err = g.look.enter(x); err != nil {
			return nil, err
		}
	}
	if x.folder() {
		g.open++
	}
	x.hold()
	return func(x item, ok bool, why string) (func(), error) {
		defer x.drop()
		return each(x, ok, why)
	}, nil
}

func (g *judging) say(x item, ok bool, why string) error {
	each, err := g.bind(x)
	if err != nil {
		return err
	}
	return g.pool.add(nil, func() error {
		tell, err := each(x, ok, why)
		told(tell)
		return err
	})
}

func told(tell func()) {
	if tell != nil {
		tell()
	}
}

func (g *judging) compare(x item, rec record) error {
	if x.info == nil {
		return g.file(x, rec)
	}
	switch mode := x.info.Mode(); {
	case mode.Type() != rec.Mode.Type() && !(g.it.Follow && mode&fs.ModeSymlink != 0):
		return g.say(x, false, whyChanged)
	case mode&fs.ModeSymlink != 0:
		// What a link leads to was copied, where links are followed, and
		// stays where it is.
		return g.say(x, g.it.Follow || x.link == string(rec.Link), whyChanged)
	case !mode.IsRegular():
		return g.say(x, true, "")
	}
	return g.file(x, rec)
}

// file queues a plain file.
func (g *judging) file(x item, rec record) error {
	each, err := g.bind(x)
	if err != nil {
		return err
	}
	f := &judged{it: x, want: rec.SHA256, size: rec.Size, proven: g.proven, watch: !g.look.since.IsZero(), each: each}
	return g.files.add(f, rec.Size, func() error {
		if f.same && f.alone {
			g.proven.add(f.want, f.it.info, g.look.since)
		}
		told(f.tell)
		return nil
	})
}

func (g *judging) after(x item) error {
	if g.look.leave != nil {
		g.look.leave()
	}
	x.hold()
	err := g.pool.add(nil, func() error {
		defer x.drop()
		g.open--
		if g.look.after == nil {
			return nil
		}
		return g.look.after(x)
	})
	return join(err, g.pool.drain(func() bool { return g.open > maxHandles }))
}

func (it item) hold() {
	it.dir.hold()
	it.self.hold()
}

func (it item) drop() {
	it.dir.drop()
	it.self.drop()
}

// still reports whether an original holds what was copied, and did not change while
// it was read. The last look at it is later than that, and by its name.
func (sc *scratch) still(ctx context.Context, j *judged) (bool, error) {
	x := &j.it
	var err error
	if x.info, err = x.dir.Lstat(x.name); err != nil || !x.info.Mode().IsRegular() || x.info.Size() != j.size {
		return false, err
	}
	if !j.watch && j.proven.has(j.want, x.info) { // nothing is added to them now
		return true, nil
	}
	f, err := x.open()
	if isAny(err, fsx.ErrNotRegular, fsx.ErrNotFollowed) {
		return false, nil // it became something else a moment ago
	}
	if err != nil {
		return false, err
	}
	j.alone = j.watch && fsx.Unwritten(f, j.size <= blockSize) // of more nobody is to wait for the end
	sum, err := sc.hash(ctx, io.LimitReader(f, j.size))        // what was added shows in its size
	if err = join(err, f.Close()); err != nil || sum != j.want {
		return false, err
	}
	now, err := x.dir.Lstat(x.name)
	return err == nil && steady(x.info, now), err
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
// what they lead to is not ours to delete. What another hand has deleted is no
// reason to stop.
func (m *Mover) originalWalker(it Item, o *original) *walker {
	return &walker{exclude: it.Exclude, passing: true, aside: o.marked, ahead: m.c.Workers, probe: m.nowhere(), part: it.To != ""}
}

// ensureManifest makes a new manifest where the old one is lost: only what is
// equal to its copy, byte for byte, gets into it.
func (m *Mover) ensureManifest(ctx context.Context, it Item, o *original) error {
	if m.whole[it.ID] {
		return nil
	}
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
