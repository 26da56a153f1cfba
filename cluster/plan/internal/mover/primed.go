package mover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// primed is one line of what a run recorded while the server worked: the
// original as it was, and where that is known the stamps of the two files that
// were found equal.
type primed struct {
	record
	Source *stamp `json:"source,omitempty"`
	Target *stamp `json:"target,omitempty"`
}

// trusted reports whether neither the original nor the copy was touched since
// the two were compared.
func (p *primed) trusted(source, target fs.FileInfo) bool {
	if p == nil || p.Source == nil || p.Target == nil || p.Mode != source.Mode() {
		return false
	}
	return p.Size == source.Size() && p.MTime.Equal(source.ModTime()) && p.Source.still(source) &&
		p.Size == target.Size() && p.Target.still(target)
}

// primedOf records a copy that was just found equal to its original. before is
// the time since which the original must have been left alone for its stamp to
// mean something: what is written twice within one tick of a storage's clock
// keeps its stamp. stands is what stands on the target, nil where the storage's
// time of change says nothing.
func primedOf(rec record, source, stands fs.FileInfo, before time.Time) primed {
	p := primed{record: rec}
	if stands != nil {
		p.Target = stampOf(stands)
	}
	if from := stampOf(source); from != nil && from.Changed.Before(before) {
		p.Source = from
	}
	return p
}

// primedName is where such a run records one item, named for the place that it
// copies to: another plan may number its items in another way. While the run is
// at work, the record of the one before stays, and the new one has ".new" added.
func primedName(it Item) string {
	rel := it.To
	if rel != "" {
		rel = "/" + rel
	}
	sum := sha256.Sum256([]byte(rel))
	return hex.EncodeToString(sum[:8]) + ".primed.jsonl"
}

// primedReader goes through what was recorded, beside a walk of the same
// originals. A nil reader has recorded nothing.
type primedReader struct {
	*manifestReader[primed]
	m  *Mover
	to string // slash path of the item below the target
	// astray is where no folder is, or none was recorded: whatever was recorded
	// below it is not looked for, for the path may lead elsewhere.
	astray string
	// seen are the names that the walk has met, where the target does not tell
	// upper from lower case.
	seen Clashes
	// leaving are folders that are gone from the originals, to be removed once
	// their content is.
	leaving []string
}

// openPrimed returns nil where nothing was recorded.
func (m *Mover) openPrimed(ctx context.Context, it Item) (*primedReader, error) {
	if err := m.mergePrimed(ctx, it); err != nil {
		return nil, err
	}
	r, err := m.readPrimed(primedName(it))
	if r == nil || err != nil {
		return nil, err
	}
	return &primedReader{manifestReader: r, m: m, to: it.To, seen: Clashes{}}, nil
}

func (m *Mover) readPrimed(name string) (*manifestReader[primed], error) {
	own, err := m.openOwn()
	if err != nil {
		return nil, removed(err)
	}
	defer own.drop()
	r, err := openManifest[primed](own, name)
	if err != nil {
		return nil, lost(err)
	}
	return r, nil
}

// mergePrimed takes what an interrupted Prime has recorded into the record of
// the one before: both tell what it has put on the target.
func (m *Mover) mergePrimed(ctx context.Context, it Item) error {
	unfinished := primedName(it) + ".new"
	later, err := m.readPrimed(unfinished)
	if later == nil || err != nil {
		return err
	}
	defer later.Close()
	earlier, err := m.readPrimed(primedName(it))
	if err != nil {
		return err
	}
	if earlier == nil {
		earlier = &manifestReader[primed]{end: true}
	} else {
		defer earlier.Close()
	}
	const merged = "merging.jsonl"
	out, err := newManifest(m.tmp, merged)
	if err != nil {
		return m.fenced(err)
	}
	err = func() error {
		for !later.end || !earlier.end {
			if err := ctx.Err(); err != nil {
				return err
			}
			from := later
			switch {
			case later.end:
				from = earlier
			case earlier.end:
			case later.next.Path == earlier.next.Path:
				if err := earlier.skip(); err != nil {
					return err
				}
			case compareRel(string(earlier.next.Path), string(later.next.Path)) < 0:
				from = earlier
			}
			if err := out.add(from.next); err != nil {
				return err
			}
			if err := from.skip(); err != nil {
				return err
			}
		}
		return nil
	}()
	if err := out.close(err, m.sync); err != nil {
		return err
	}
	if err := m.tmp.Rename(merged, m.own.handle, primedName(it)); err != nil {
		return m.fenced(err)
	}
	m.syncDir(m.own)
	return m.Forget(unfinished)
}

func (p *primedReader) Close() error {
	if p == nil {
		return nil
	}
	return p.manifestReader.Close()
}

// find returns the record of an item, or nil. The copies of what is gone from
// the originals since, or has become something else, are removed: they are
// Prime's, and the target is not the server's yet.
func (p *primedReader) find(it item) (*primed, error) {
	if p == nil {
		return nil, nil
	}
	p.seen.Add(p.m.Caseless, it.rel)
	for !p.end && compareRel(string(p.next.Path), it.rel) < 0 {
		if err := p.gone(); err != nil {
			return nil, err
		}
	}
	if !it.info.IsDir() {
		// An interrupted Prime may have recorded a folder of this name.
		defer func() { p.astray = it.rel }()
	}
	if p.end || string(p.next.Path) != it.rel {
		return nil, p.leave(it.rel)
	}
	rec := p.next
	if rec.Mode.Type() != it.info.Mode().Type() || string(rec.Link) != it.link {
		if err := p.gone(); err != nil {
			return nil, err
		}
		if err := p.below(it.rel); err != nil {
			return nil, err
		}
		return nil, p.leave("")
	}
	return &rec, errors.Join(p.skip(), p.leave(it.rel))
}

// below removes what is left of a folder when the walk leaves it.
func (p *primedReader) below(rel string) error {
	if p == nil {
		return nil
	}
	defer p.seen.Leave(rel)
	for !p.end && (rel == "" || strings.HasPrefix(string(p.next.Path), rel+"/")) {
		if err := p.gone(); err != nil {
			return err
		}
	}
	for n := len(p.leaving); n > 0 && (rel == "" || strings.HasPrefix(p.leaving[n-1], rel+"/")); n = len(p.leaving) {
		if err := p.removeFolder(); err != nil {
			return err
		}
	}
	return nil
}

// gone removes the copy of the next record, if it still is what was made then,
// and goes on to the record after it.
func (p *primedReader) gone() error {
	rec := p.next
	rel := string(rec.Path)
	if err := errors.Join(p.leave(rel), p.skip()); err != nil {
		return err
	}
	if p.astray != "" && strings.HasPrefix(rel, p.astray+"/") {
		return nil
	}
	p.astray = ""
	d, name, err := p.holder(rel)
	var info fs.FileInfo
	if err == nil {
		defer d.drop()
		info, err = lstat(d, name)
	}
	missing := missing(err) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fsx.ErrNotFollowed)
	if !rec.Mode.IsDir() || missing || err == nil && !info.IsDir() {
		p.astray = rel
	}
	switch {
	case missing || rec.Mode.IsDir() && err == nil && !info.IsDir():
		return nil
	case err != nil:
		return err
	case p.seen.has(p.m.Caseless, rel):
		return nil // the original only spells its name in another way now
	case rec.Mode.IsDir():
		p.leaving = append(p.leaving, rel)
		return nil
	}
	// Anything else is not what Prime made; the look before the switch finds it.
	if ours, err := p.ours(rec, d, name, info); err != nil || !ours {
		return err
	}
	return p.m.discard(d, name, p.m.tmp, "old")
}

// holder opens the folder of the target that holds a path below the item.
func (p *primedReader) holder(rel string) (*dir, string, error) {
	at := p.to
	if at != "" && rel != "" {
		at += "/"
	}
	return p.m.holder(at + rel)
}

// ours reports whether what stands on the target is what Prime put there: by its
// stamp, or by its content.
func (p *primedReader) ours(rec primed, d *dir, name string, info fs.FileInfo) (bool, error) {
	if info.Mode().Type() != rec.Mode.Type() {
		return false, nil
	}
	switch {
	case info.IsDir():
		return true, nil
	case info.Mode()&fs.ModeSymlink != 0:
		text, err := d.Readlink(name)
		return text == string(rec.Link), err
	case !info.Mode().IsRegular() || info.Size() != rec.Size:
		return false, nil
	case rec.Target != nil && rec.Target.still(info):
		return true, nil
	case rec.SHA256 == "":
		return false, nil
	}
	f, err := d.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum, err := p.m.sc.hash(context.Background(), f)
	return sum == rec.SHA256, err
}

// leave removes the folders that hold nothing of what comes next.
func (p *primedReader) leave(next string) error {
	for n := len(p.leaving); n > 0 && !strings.HasPrefix(next, p.leaving[n-1]+"/"); n = len(p.leaving) {
		if err := p.removeFolder(); err != nil {
			return err
		}
	}
	return nil
}

func (p *primedReader) removeFolder() error {
	n := len(p.leaving) - 1
	d, name, err := p.holder(p.leaving[n])
	p.leaving = p.leaving[:n]
	if err != nil {
		return removed(err)
	}
	defer d.drop()
	// A folder that is not empty holds something that Prime did not make; the
	// look before the switch finds it.
	if err := p.m.Look(); err != nil {
		return err
	}
	if err := d.Remove(name); err != nil && !missing(err) && !notEmpty(err) {
		return err
	}
	return nil
}

// made reports whether what stands on the target is what Prime made of an
// original, which may have changed since.
func (p *primedReader) made(it item) (bool, error) {
	if p == nil {
		return false, nil
	}
	for !p.end && compareRel(string(p.next.Path), it.rel) < 0 {
		if err := p.skip(); err != nil {
			return false, err
		}
	}
	if p.end || string(p.next.Path) != it.rel {
		return false, nil
	}
	return p.ours(p.next, it.dir, it.name, it.info)
}
