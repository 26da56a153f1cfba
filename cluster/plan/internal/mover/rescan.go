package mover

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// manifest opens an item's manifest.
func (m *Mover) manifest(it Item) (*manifestReader[record], error) {
	own, err := m.openOwn()
	if err != nil {
		return nil, err
	}
	defer own.drop()
	return openManifest[record](own, manifestName(it.ID))
}

// Complete reports whether an item's manifest is there and was written to its
// end.
func (m *Mover) Complete(ctx context.Context, it Item) (bool, error) {
	own, err := m.openOwn()
	if err != nil {
		return false, removed(err)
	}
	defer own.drop()
	return complete(ctx, own, manifestName(it.ID))
}

// Unchanged holds an original against its manifest: what is new, gone or has
// another size, time or mode is added to out.
func (m *Mover) Unchanged(ctx context.Context, it Item, out *Error) error {
	r, err := m.manifest(it)
	if err != nil {
		return &Error{Reason: Missing, Path: it.Copy, Err: err}
	}
	defer r.Close()
	d, name, err := m.openSource(it)
	if err != nil {
		return err
	}
	defer d.drop()
	wk, err := m.sourceWalker(it)
	if err != nil {
		return err
	}
	report := func(rel, what string) error {
		out.add(Change{Path: server(it.Original, rel), What: what, Writer: it.writer(rel)})
		return nil
	}
	return against{
		differs: func(x item, _ record) error { return report(x.rel, "changed") },
		extra:   func(x item) error { return report(x.rel, "new") },
		gone:    func(old record) error { return report(old.path(), "gone") },
	}.run(ctx, wk, d, name, r)
}

// copyWalker goes through what the target has of an item. It crosses no mount:
// a mount inside a copy is reported like something that nobody copied.
func (m *Mover) copyWalker(it Item) *walker {
	return &walker{exclude: it.Others, ahead: m.c.Workers, probe: m.nowhere()}
}

// Arrived holds a copy against its manifest, sizes only: everything is there in
// full, and nothing that the original does not have.
func (m *Mover) Arrived(ctx context.Context, it Item, out *Error) error {
	r, err := m.manifest(it)
	if err != nil {
		return &Error{Reason: Missing, Path: it.Copy, Err: err}
	}
	defer r.Close()
	d, name, err := m.holder(it.To)
	if err != nil {
		return &Error{Reason: Missing, Path: it.Copy, Err: err}
	}
	defer d.drop()
	report := func(rel, what string) error {
		out.add(Change{Path: server(it.Copy, rel), What: what})
		return nil
	}
	same := func(x item, rec record) error {
		if x.info.Mode().Type() != rec.Mode.Type() || x.link != string(rec.Link) || rec.Mode.IsRegular() && x.info.Size() != rec.Size {
			return report(x.rel, "changed")
		}
		return nil
	}
	wk := m.copyWalker(it)
	wk.mount = func(x item) (bool, error) { return false, report(x.rel, "new") }
	return against{
		match: same, differs: same,
		extra: func(x item) error { return report(x.rel, "new") },
		gone:  func(rec record) error { return report(rec.path(), "gone") },
	}.run(ctx, wk, d, name, r)
}

// InTheWay adds to out what the target has and no original has, before anything
// is copied: an interrupted run may have left it, or a person put it there. What
// a run recorded while the server worked is not in the way, as long as it is
// what that run made: the copying removes it.
func (m *Mover) InTheWay(ctx context.Context, it Item, out *Error) error {
	d, name, err := m.holder(it.To)
	if err == nil {
		defer d.drop()
		_, err = lstat(d, name)
	}
	if err != nil {
		return removed(err)
	}
	src, from, err := m.openSource(it)
	if err != nil {
		return err
	}
	defer src.drop()
	known, err := m.openPrimed(ctx, it)
	if err != nil {
		return err
	}
	defer known.Close()
	b := &beside{m: m, names: map[string]map[string]bool{}}
	wk := m.copyWalker(it)
	wk.visit = func(x item) error {
		made, err := known.made(x)
		if err != nil || made {
			return err
		}
		have, err := b.has(it, src, from, x)
		if err != nil || have {
			return err
		}
		if up := path.Dir("/" + x.rel)[1:]; up != "" && b.foreign[up] {
			return nil // the folder is named already
		}
		if x.info.IsDir() {
			if b.foreign == nil {
				b.foreign = map[string]bool{}
			}
			b.foreign[x.rel] = true
		}
		out.add(Change{Path: server(it.Copy, x.rel), What: "new"})
		return nil
	}
	return wk.walk(ctx, d, name)
}

// beside tells what the original has where the target has something. It holds
// the names of the folders on the way down.
type beside struct {
	m       *Mover
	names   map[string]map[string]bool // by folder
	foreign map[string]bool            // folders of the target that no original has
}

func (b *beside) has(it Item, src *dir, from string, x item) (bool, error) {
	if x.rel == "" {
		return true, nil
	}
	if it.excluded(x.rel) {
		return false, nil
	}
	folder := path.Dir("/" + x.rel)[1:]
	known, ok := b.names[folder]
	if ok && known == nil && it.Follow {
		return true, nil
	}
	if !ok {
		for up := range b.names {
			if up != "" && folder != up && !strings.HasPrefix(folder, up+"/") {
				delete(b.names, up)
			}
		}
		var err error
		if known, err = b.list(it, src, from, folder); err != nil {
			return false, err
		}
		b.names[folder] = known
		if known == nil {
			return true, nil
		}
	}
	if known[path.Base(x.rel)] {
		return true, nil // another kind is found by the copying, which names it
	}
	for name := range known {
		if b.m.Caseless && strings.EqualFold(name, path.Base(x.rel)) {
			return true, nil
		}
	}
	return false, nil
}

// list are the names of one folder of an original; none where there is no such
// folder. Of an item that follows links, what lies behind one is not listed, and
// nil says so: the look before the switch finds what is too much there.
func (b *beside) list(it Item, src *dir, from, folder string) (map[string]bool, error) {
	d, err := src.into(strings.Trim(from+"/"+folder, "/"))
	if errors.Is(err, fsx.ErrNotFollowed) && it.Follow {
		return nil, nil
	}
	if missing(err) || errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
		return map[string]bool{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.drop()
	list, err := d.Names()
	out := make(map[string]bool, len(list))
	for _, name := range list {
		out[name] = true
	}
	return out, err
}

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
