package plan

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// stampOf is nil where the storage does not tell.
func stampOf(info fs.FileInfo) *stamp {
	at, ok := fileowner.Changed(info)
	id, known := fileowner.Device(info)
	if !ok || !known {
		return nil
	}
	return &stamp{Changed: at, File: id.Ino}
}

func (s *stamp) still(info fs.FileInfo) bool {
	now := stampOf(info)
	return now != nil && s.File == now.File && s.Changed.Equal(now.Changed)
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

// primedPlace is where Prime records one step, named for the place that it
// copies to: another plan may number its steps in another way. While Prime
// runs, the record of the Prime before stays, and the new one has another name.
func primedPlace(to cluster.Place, s Step, unfinished bool) cluster.Place {
	name := digest([]byte(strings.TrimPrefix(s.To.Path, to.Path)))[:16] + ".primed.jsonl"
	if unfinished {
		name += ".new"
	}
	return child(to, ownFolder+"/"+name)
}

// primedReader goes through what Prime recorded, beside a walk of the same
// originals. A nil reader has recorded nothing.
type primedReader struct {
	*manifestReader[primed]
	r  *runner
	to cluster.Place // of the step
	// astray is where no folder stands, or none was recorded: whatever was
	// recorded below it is not looked for, for the path may lead elsewhere.
	astray string
	// seen are the names that the walk has met, where the target does not tell
	// upper from lower case.
	seen clashes
	// leaving are folders that are gone from the originals, to be removed
	// once their content is.
	leaving []string
}

// openPrimed returns nil where nothing was primed.
func (r *runner) openPrimed(ctx context.Context, s Step) (*primedReader, error) {
	if err := r.mergePrimed(ctx, s); err != nil {
		return nil, err
	}
	m, err := readPrimed(r.to, primedPlace(r.p.To, s, false))
	if m == nil || err != nil {
		return nil, err
	}
	return &primedReader{manifestReader: m, r: r, to: s.To, seen: clashes{}}, nil
}

func readPrimed(fsys afero.Fs, at cluster.Place) (*manifestReader[primed], error) {
	m, err := openManifest[primed](fsys, at)
	if errors.Is(err, fs.ErrNotExist) || isTorn(err) {
		return nil, nil
	}
	return m, err
}

// mergePrimed takes what an interrupted Prime has recorded into the record of
// the one before: both tell what it has put on the target.
func (r *runner) mergePrimed(ctx context.Context, s Step) error {
	unfinished := primedPlace(r.p.To, s, true)
	later, err := readPrimed(r.to, unfinished)
	if later == nil || err != nil {
		return err
	}
	defer later.Close()
	earlier, err := readPrimed(r.to, primedPlace(r.p.To, s, false))
	if err != nil {
		return err
	}
	if earlier == nil {
		earlier = &manifestReader[primed]{end: true}
	} else {
		defer earlier.Close()
	}
	merged := child(r.p.To, ownFolder+"/merging.jsonl")
	out, err := newManifest(r.to, merged)
	if err != nil {
		return err
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
	if err := out.close(err, r.sync); err != nil {
		return err
	}
	if err := r.to.Rename(merged.Path, primedPlace(r.p.To, s, false).Path); err != nil {
		return err
	}
	r.syncDir(r.to, child(r.p.To, ownFolder))
	return removeFile(r.to, unfinished.Path)
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
	p.seen.add(p.r.caseless, it.rel)
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
	defer p.seen.leave(rel)
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

// gone removes the copy that the next record speaks of, if it still is what
// Prime made, and goes on to the record after it.
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
	at := child(p.to, rel).Path
	info, err := lstat(p.r.to, at)
	missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	if !rec.Mode.IsDir() || missing || err == nil && !info.IsDir() {
		p.astray = rel
	}
	switch {
	case missing || rec.Mode.IsDir() && err == nil && !info.IsDir():
		return nil
	case err != nil:
		return err
	case p.seen.has(p.r.caseless, rel):
		return nil // the original only spells its name in another way now
	case rec.Mode.IsDir():
		p.leaving = append(p.leaving, rel)
		return nil
	}
	// Anything else is not what Prime made; the look before the switch finds it.
	if ours, err := p.ours(rec, at, info); err != nil || !ours {
		return err
	}
	if err := p.r.stillPriming(); err != nil {
		return err
	}
	return removeFile(p.r.to, at)
}

// ours reports whether what stands on the target is what Prime put there: by its
// stamp, or by its content.
func (p *primedReader) ours(rec primed, at string, info fs.FileInfo) (bool, error) {
	if info.Mode().Type() != rec.Mode.Type() {
		return false, nil
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		text, err := readlink(p.r.to, at)
		return text == string(rec.Link), err
	case !info.Mode().IsRegular() || info.Size() != rec.Size:
		return false, nil
	case rec.Target != nil && rec.Target.still(info):
		return true, nil
	case rec.SHA256 == "":
		return false, nil
	}
	f, err := p.r.to.Open(at)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum, err := p.r.sc.hash(context.Background(), f)
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
	at := child(p.to, p.leaving[n]).Path
	p.leaving = p.leaving[:n]
	// A folder that is not empty holds something that Prime did not make; the
	// look before the switch finds it.
	if err := p.r.to.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) && !notEmpty(err) {
		return err
	}
	return nil
}

// skip goes on to the next record. A record that was cut off ends the list: the
// time that it would have saved is all that is lost.
func (m *manifestReader[T]) skip() error {
	err := m.advance()
	if isTorn(err) {
		m.end = true
		return nil
	}
	return err
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
	return p.ours(p.next, it.path, it.info)
}
