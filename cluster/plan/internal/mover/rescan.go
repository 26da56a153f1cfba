package mover

import (
	"context"
	"errors"
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
		out.Add(Change{Path: server(it.Original, rel), What: what, Writer: it.writer(rel)})
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
		out.Add(Change{Path: server(it.Copy, rel), What: what})
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
		out.Add(Change{Path: server(it.Copy, x.rel), What: "new"})
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
