package plan

import (
	"errors"
	"io/fs"
	"strings"
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
// keeps its stamp.
func primedOf(rec record, source, target fs.FileInfo, before time.Time) primed {
	p := primed{record: rec}
	if from := stampOf(source); from != nil && target != nil && from.Changed.Before(before) {
		p.Source, p.Target = from, stampOf(target)
	}
	return p
}

// primedPlace is where Prime records one step. While Prime runs, the record of
// the Prime before stays, and the new one has another name.
func primedPlace(to cluster.Place, step string, unfinished bool) cluster.Place {
	name := step + ".primed.jsonl"
	if unfinished {
		name += ".new"
	}
	return child(to, ownFolder+"/"+name)
}

// primedReader goes through what Prime recorded, beside a walk of the same
// originals. A nil reader has recorded nothing.
type primedReader struct {
	*manifestReader[primed]
	fsys afero.Fs
	to   cluster.Place // of the step
	// leaving are folders that are gone from the originals, to be removed
	// once their content is.
	leaving []string
}

// openPrimed returns nil where nothing was primed.
func (r *runner) openPrimed(s Step) (*primedReader, error) {
	m, err := openManifest[primed](r.to, primedPlace(r.p.To, s.ID, false))
	if errors.Is(err, fs.ErrNotExist) || isTorn(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &primedReader{manifestReader: m, fsys: r.to, to: s.To}, nil
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
	for !p.end && compareRel(p.next.Path, it.rel) < 0 {
		if err := p.gone(); err != nil {
			return nil, err
		}
	}
	if p.end || p.next.Path != it.rel {
		return nil, p.leave(it.rel)
	}
	rec := p.next
	if rec.Mode.Type() != it.info.Mode().Type() || rec.Link != it.link {
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
	for !p.end && (rel == "" || strings.HasPrefix(p.next.Path, rel+"/")) {
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
	if err := errors.Join(p.leave(rec.Path), p.skip()); err != nil {
		return err
	}
	at := child(p.to, rec.Path).Path
	info, err := lstat(p.fsys, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != rec.Mode.Type():
		return nil // not what Prime made; the look before the switch finds it
	case info.IsDir():
		p.leaving = append(p.leaving, rec.Path)
		return nil
	case info.Mode().IsRegular() && info.Size() != rec.Size:
		return nil
	}
	return removeFile(p.fsys, at)
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
	if err := p.fsys.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) && !notEmpty(err) {
		return err
	}
	return nil
}

// skip goes on to the next record. A record that was cut off ends the list: the
// time that it would have saved is all that is lost.
func (p *primedReader) skip() error {
	err := p.advance()
	if isTorn(err) {
		p.end = true
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
	for !p.end && compareRel(p.next.Path, it.rel) < 0 {
		if err := p.skip(); err != nil {
			return false, err
		}
	}
	rec := p.next
	return !p.end && rec.Path == it.rel && rec.Mode.Type() == it.info.Mode().Type() && rec.Link == it.link &&
		(!rec.Mode.IsRegular() || rec.Size == it.info.Size()), nil
}
