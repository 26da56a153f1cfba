package mover

import (
	"cmp"
	"context"
	"hash/maphash"
	"io/fs"
	"path"
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
	// Parts are the parts of the item, with what they have lost.
	Parts []Part
	// at is the part of all that is in folder, if whole says so: most files are in
	// the folder of the one before.
	folder string
	whole  bool
	at     int
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
	folder, _ := path.Split(rel)
	if g.whole && folder == g.folder {
		return &g.Parts[g.at]
	}
	best := partOf(layout, prefix, rel)
	i := slices.IndexFunc(g.Parts, func(p Part) bool { return p.Path == best })
	if i < 0 {
		g.Parts = append(g.Parts, Part{Path: best})
		i = len(g.Parts) - 1
	}
	above := strings.TrimPrefix(prefix+"/"+folder, "/")
	g.folder, g.at = folder, i
	g.whole = folder != "" && !slices.ContainsFunc(layout, func(l string) bool { return strings.HasPrefix(l, above) })
	return &g.Parts[i]
}

// Lost counts what is gone from the target of an item, before anything of its
// original is deleted, which may not be retired yet. It reads no content. What was
// not copied has lost nothing; and where the manifest is lost, Purge deletes only
// what it finds equal to its copy.
func (m *Mover) Lost(ctx context.Context, it Item, layout []string) (Gone, error) {
	o, err := m.locate(it)
	if err != nil {
		return Gone{}, removed(err)
	}
	defer o.drop()
	if o.state == gone || o.info.Mode()&fs.ModeSymlink != 0 {
		return Gone{}, nil
	}
	lacks, err := m.Holds("logs")
	if err != nil {
		return Gone{}, err
	}
	c := &counting{m: m, it: it, o: o, layout: layout, logs: lacks == ""}
	if err = c.manifest(ctx); lost(err) != nil || err == nil {
		return c.gone, err
	}
	return Gone{}, nil
}

// counting looks for the copies of one item.
type counting struct {
	m      *Mover
	it     Item
	o      *original
	layout []string
	logs   bool // the target has a folder for logs
	gone   Gone

	p      *pool
	copies gathering[*sought]
	folder string // slash path below the item
	dir    *dir   // where its copy is, nil if it is nowhere
}

// sought is one file whose copy is looked for.
type sought struct {
	dir  *dir
	name string
	record
	have bool
}

func (c *counting) manifest(ctx context.Context) error {
	r, err := c.m.manifest(c.it)
	if err != nil {
		return err
	}
	defer r.Close()
	c.p = c.m.newPool(ctx, c.it)
	defer c.p.quit()
	c.copies = gathering[*sought]{p: c.p, workers: c.m.c.Workers, most: wholeFiles, bytes: batchBytes, do: seek}
	c.folder = "none yet"
	defer func() { c.dir.drop() }()
	for !r.end && err == nil {
		if !r.next.Mode.IsDir() {
			err = c.look(r.next)
		}
		err = cmp.Or(err, ctx.Err(), r.advance())
	}
	err = c.p.end(err)
	c.m.whole[c.it.ID] = err == nil
	return err
}

// look queues a look for the copy of a file.
func (c *counting) look(rec record) error {
	folder, name := path.Split(rec.path())
	if folder != c.folder {
		c.dir.drop()
		d, _, err := c.m.holder(strings.Trim(c.it.To+"/"+rec.path(), "/"))
		if err != nil && !lostFolder(err) {
			return err
		}
		c.folder, c.dir = folder, d
	}
	if name == "" { // the item is a file
		name = path.Base(c.it.To)
	}
	s := &sought{dir: c.dir.hold(), name: name, record: rec}
	return c.copies.add(s, 0, func() error { return c.count(s) })
}

func seek(_ context.Context, _ *scratch, list []*sought) error {
	for _, s := range list {
		if s.dir == nil {
			continue
		}
		info, err := s.dir.Lstat(s.name)
		s.dir.drop()
		if removed(err) != nil {
			return err
		}
		s.have = err == nil && info.Mode().Type() == s.Mode.Type() && (info.Size() > 0 || s.Size == 0)
	}
	return nil
}

// count counts a file. One whose original is gone, too, is no loss, and no more is
// a log that was rotated away.
func (c *counting) count(s *sought) error {
	p := c.gone.part(c.layout, c.it.To, s.path())
	p.Files++
	if s.have || p.Path == "logs" && c.logs {
		return nil
	}
	if there, err := c.o.has(s.path()); err != nil || !there {
		return err
	}
	c.m.missed[c.m.lossKey(c.it, s.path())] = true
	p.Lost++
	p.LostBytes += s.Size
	c.gone.Files++
	c.gone.Bytes += s.Size
	return nil
}

// lossKey stands for an original whose copy Lost did not find.
func (m *Mover) lossKey(it Item, rel string) uint64 {
	return maphash.String(m.proven.seed, it.ID+"\x00"+rel)
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
