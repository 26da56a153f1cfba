package mover

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

func linked(info fs.FileInfo) bool {
	id, ok := fileowner.Device(info)
	return ok && id.Links > 1
}

// Gone counts the originals whose copies the target does not hold any more.
type Gone struct {
	Files, Bytes int64
	// Parts are the parts of the item that lost something.
	Parts []Part
	// Mounted are folders of the original where another storage is mounted.
	Mounted []string
}

// Part is what one part of an item has and has lost.
type Part struct {
	Path                   string // slash path below the item
	Files, Lost, LostBytes int64
}

// Alarming are the parts whose loss no server explains: anything of conf, or
// more than half of another part than logs.
func (g Gone) Alarming() (list []Part) {
	for _, p := range g.Parts {
		if p.Lost > 0 && (p.Path == "conf" || strings.HasPrefix(p.Path, "conf/") || p.Path != "logs" && 2*p.Lost > p.Files) {
			list = append(list, p)
		}
	}
	return list
}

// partOf is the part of an item that a path belongs to: the longest path of the
// layout that holds it, or its first component.
func partOf(layout []string, prefix, rel string) string {
	full := strings.Trim(prefix+"/"+rel, "/")
	best, _, _ := strings.Cut(full, "/")
	for _, l := range layout {
		if len(l) > len(best) && (full == l || strings.HasPrefix(full, l+"/")) {
			best = l
		}
	}
	return best
}

// part finds the part of an item that a path belongs to.
func (g *Gone) part(layout []string, prefix, rel string) *Part {
	best := partOf(layout, prefix, rel)
	i := slices.IndexFunc(g.Parts, func(p Part) bool { return p.Path == best })
	if i < 0 {
		g.Parts = append(g.Parts, Part{Path: best})
		i = len(g.Parts) - 1
	}
	return &g.Parts[i]
}

// Lost counts what is gone from the target of an item, before anything of its
// original is deleted, which may not be retired yet. It reads no content. What was
// not copied has lost nothing.
func (m *Mover) Lost(ctx context.Context, it Item, layout []string) (Gone, error) {
	g := Gone{}
	o, err := m.locate(it)
	if err != nil {
		return g, removed(err)
	}
	defer o.drop()
	if o.state == gone || o.info.Mode()&fs.ModeSymlink != 0 {
		return g, nil
	}
	counted, err := m.countParts(ctx, it, &g, layout)
	if err != nil || !counted && o.state == inPlace {
		return g, err
	}
	up, base, err := m.holder(it.To)
	if err != nil && !lostFolder(err) {
		return g, err
	}
	b := &shadow{top: up, base: base}
	defer b.close()
	lacks, err := m.Holds("logs")
	if err != nil {
		return g, err
	}
	logs := lacks == ""
	wk := m.originalWalker(it, o)
	wk.mount = func(x item) (bool, error) {
		g.Mounted = append(g.Mounted, server(it.Original, x.rel))
		return false, nil
	}
	wk.visit = func(x item) error {
		d, name := b.of(x)
		if x.info.IsDir() {
			return b.enter(x)
		}
		if isProbe(x.name) {
			return nil
		}
		p := g.part(layout, it.To, x.rel)
		if !counted {
			p.Files++
		}
		have, err := m.holds(it, x, d, name)
		if err != nil || have || p.Path == "logs" && logs {
			return err // a log that was rotated away is no loss
		}
		p.Lost++
		p.LostBytes += x.info.Size()
		g.Files++
		g.Bytes += x.info.Size()
		return nil
	}
	wk.after = func(item) error { b.leave(); return nil }
	if !counted {
		return g, wk.walk(ctx, o.dir, o.name)
	}
	return g, m.walkCopied(ctx, it, o, wk, b)
}

// walkCopied visits only what a manifest names; b goes along into all folders.
func (m *Mover) walkCopied(ctx context.Context, it Item, o *original, wk *walker, b *shadow) error {
	r, err := m.manifest(it)
	if err != nil {
		return err
	}
	defer r.Close()
	visit := wk.visit
	copied := func(x item, _ record) error { return visit(x) }
	extra := func(x item) error {
		if x.info.IsDir() {
			return b.enter(x)
		}
		return nil
	}
	return against{match: copied, differs: copied, extra: extra, after: wk.after}.run(ctx, wk, o.dir, o.name, r)
}

// countParts counts what each part of an item had when it was copied: of what an
// interrupted purge has left, everything may have lost its copy. Without a
// manifest nothing is counted.
func (m *Mover) countParts(ctx context.Context, it Item, g *Gone, layout []string) (bool, error) {
	if whole, err := m.Complete(ctx, it); err != nil || !whole {
		return false, err
	}
	r, err := m.manifest(it)
	if err != nil {
		return false, err
	}
	defer r.Close()
	for !r.end {
		if !r.next.Mode.IsDir() {
			g.part(layout, it.To, r.next.path()).Files++
		}
		if err := r.advance(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// lostFolder reports that there is no folder to hold a copy, or only a link to
// one.
func lostFolder(err error) bool {
	return missing(err) || isAny(err, fsx.ErrNotFollowed, fsx.ErrSwapped, syscall.ENOTDIR)
}

// holds reports whether the target has a copy of an original: of the same kind,
// and not empty unless the original is. That an original is its own copy is an
// error.
func (m *Mover) holds(it Item, x item, d *dir, name string) (bool, error) {
	if d == nil {
		return false, nil
	}
	info, err := lstat(d, name)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if m.one(x.info, info) {
		return false, &Error{Reason: SameStorage, Path: x.path(), Other: fsx.Join(d.Path(), name)}
	}
	if it.Follow && x.info.Mode()&fs.ModeSymlink != 0 {
		return true, nil // the copy is of what the link leads to
	}
	return info.Mode().Type() == x.info.Mode().Type() && (info.Size() > 0 || x.info.Size() == 0 || !info.Mode().IsRegular()), nil
}
