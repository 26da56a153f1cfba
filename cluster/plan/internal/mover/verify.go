package mover

import (
	"context"
	"io/fs"
	"path"
)

// Verify compares an original with its copy, byte for byte, and calls back for
// every difference. What is on the target and was never copied is not looked
// for.
func (m *Mover) Verify(ctx context.Context, it Item, report func(Change)) error {
	src, name, err := m.openSource(it)
	if err != nil {
		return err
	}
	defer src.drop()
	p := m.newPool(ctx, it)
	defer p.quit()
	up, base, err := m.holder(it.To)
	if err != nil && !missing(err) {
		return err
	}
	b := &shadow{top: up, base: base}
	defer b.close()
	wk, err := m.sourceWalker(it)
	if err != nil {
		return err
	}
	wk.mount = nil
	wk.visit = func(x item) error {
		d, name := b.of(x)
		if x.info.IsDir() {
			if err := b.enter(x); err != nil {
				return err
			}
		}
		return m.verifyItem(p, it, x, d, name, report)
	}
	open := 0
	wk.after = func(x item) error {
		b.leave()
		open++
		err := p.add(nil, func() error { open--; return nil })
		return join(err, p.drain(func() bool { return open > maxHandles }))
	}
	return p.end(wk.walk(ctx, src, name))
}

// verifyItem compares one thing with its copy, and says what differs in the
// order of the walk.
func (m *Mover) verifyItem(p *pool, it Item, x item, d *dir, name string, report func(Change)) error {
	what := ""
	x.dir.hold()
	d.hold()
	j := newJob(func(ctx context.Context, sc *scratch) (err error) {
		what, err = differs(ctx, sc, x, d, name)
		return err
	})
	p.give(j)
	return p.add(j, func() error {
		x.dir.drop()
		d.drop()
		switch {
		case what != "":
			report(Change{Path: server(it.Copy, x.rel), What: what})
		case x.info.Mode().IsRegular():
			m.Stats.VerifiedFiles++
			m.Stats.VerifiedBytes += x.info.Size()
		}
		return nil
	})
}

// differs says how a copy differs from its original, or nothing.
func differs(ctx context.Context, sc *scratch, x item, d *dir, name string) (string, error) {
	if d == nil {
		return "gone", nil
	}
	info, err := lstat(d, name)
	if missing(err) {
		return "gone", nil
	}
	if err != nil {
		return "", err
	}
	if x.info.Mode().Type() != info.Mode().Type() {
		return "changed", nil
	}
	equal := true
	switch {
	case x.info.Mode()&fs.ModeSymlink != 0:
		text, err := d.Readlink(name)
		if err != nil {
			return "", err
		}
		equal = text == x.link
	case x.info.Mode().IsRegular():
		equal, _, err = sc.equal(ctx, x.open, func() (file, error) { return d.Open(name) })
		if err != nil {
			return "", err
		}
	}
	if !equal {
		return "changed", nil
	}
	return "", nil
}

// shadow follows a walk through an original on the target: for each thing it
// knows the folder that holds the copy, nil where there is no such folder.
type shadow struct {
	top    *dir
	base   string
	levels []*dir
}

// of is the folder that holds the copy of a thing, and its name there.
func (s *shadow) of(x item) (*dir, string) {
	if x.rel == "" {
		return s.top, s.base
	}
	return s.levels[len(s.levels)-1], path.Base(x.rel)
}

// enter opens the copy of a folder, if it is one, and not through a link.
func (s *shadow) enter(x item) (err error) {
	up, name := s.of(x)
	var d *dir
	switch {
	case up == nil:
	case name == "":
		d = up.hold()
	default:
		if d, err = up.sub(name); lostFolder(err) {
			d, err = nil, nil // it holds no copy that counts
		}
	}
	if err == nil {
		s.levels = append(s.levels, d)
	}
	return err
}

func (s *shadow) leave() {
	n := len(s.levels) - 1
	s.levels[n].drop()
	s.levels = s.levels[:n]
}

func (s *shadow) close() {
	for len(s.levels) > 0 {
		s.leave()
	}
	s.top.drop()
	s.top = nil
}

// Touched holds the target against what was copied there: report is called for
// everything that is new or has changed since, and for what is gone. It reads
// the content of every copy.
func (m *Mover) Touched(ctx context.Context, it Item, report func(Change)) error {
	r, err := m.manifest(it)
	if err != nil {
		return err
	}
	defer r.Close()
	d, name, err := m.holder(it.To)
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.drop()
	say := func(rel, what string) error {
		report(Change{Path: server(it.Copy, rel), What: what, Writer: it.writer(rel)})
		return nil
	}
	same := func(x item, rec record) error {
		if x.info.Mode().Type() != rec.Mode.Type() || x.link != string(rec.Link) {
			return say(x.rel, "changed")
		}
		if !x.info.Mode().IsRegular() {
			return nil
		}
		if x.info.Size() == rec.Size {
			f, err := x.open()
			if err != nil {
				return err
			}
			sum, err := m.sc.hash(ctx, f)
			if err = join(err, f.Close()); err != nil {
				return err
			}
			if sum == rec.SHA256 {
				return nil
			}
		}
		return say(x.rel, "changed")
	}
	wk := m.copyWalker(it)
	wk.mount = func(x item) (bool, error) { return false, say(x.rel, "new") }
	return against{
		match: same, differs: same,
		extra: func(x item) error { return say(x.rel, "new") },
		gone:  func(rec record) error { return say(rec.path(), "gone") },
	}.run(ctx, wk, d, name, r)
}
