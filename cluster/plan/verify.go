package plan

import (
	"context"
	"errors"
	"io/fs"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// Verify compares every original with its copy, byte for byte, and writes
// nothing. Result.Differences names what is missing or differs, at most 100; a
// nil error alone does not mean that there are none. What is on the target and
// was never copied is not looked for. After the server has run on the target,
// differences are its own work; after a purge there is nothing left to compare
// with, and Result.Notes says so.
//
// What a client of a network file system reads back may come from its own
// cache; Verify run on another member reads what really is on the storage.
func (p *Plan) Verify(ctx context.Context, w cluster.World) (*Result, error) {
	r := &runner{p: p, w: w, res: newResult(p), survey: &Survey{}}
	if err := p.intact(); err != nil {
		return r.res, err
	}
	if err := r.target(); err != nil {
		return r.res, err
	}
	for _, s := range p.Steps {
		if s.Action != ActionCopy {
			continue
		}
		src, err := p.source(w, s)
		if err != nil {
			return r.res, err
		}
		if !there(w.FS[src.Storage], src.Path) {
			r.note(s.ServerFrom + " is gone, so its copy cannot be compared")
			continue
		}
		wk := r.walker(s, src)
		q := r.newPool(ctx, s)
		wk.visit = func(it item) error { return r.verifyItem(q, s, it) }
		if err := q.end(wk.walk(ctx, src.Path)); err != nil {
			return r.res, err
		}
		r.res.Done = append(r.res.Done, s.ID)
	}
	return r.res, nil
}

// verifyItem compares one original with its copy, and says what differs in the
// order of the walk.
func (r *runner) verifyItem(q *pool, s Step, it item) error {
	what := ""
	j := newJob(func(ctx context.Context, sc *scratch) (err error) {
		what, err = r.differs(ctx, sc, it, child(s.To, it.rel).Path)
		return err
	})
	q.give(j)
	return q.add(j, func() error {
		switch {
		case what == "" && it.info.Mode().IsRegular():
			r.res.VerifiedFiles++
			r.res.VerifiedBytes += it.info.Size()
		case what != "" && len(r.res.Differences) < surveyLimit:
			path := s.ServerTo
			if it.rel != "" {
				path = appdata.Join(path, it.rel)
			}
			r.res.Differences = append(r.res.Differences, Change{Path: path, What: what})
		}
		return nil
	})
}

// differs says how a copy differs from its original, or nothing.
func (r *runner) differs(ctx context.Context, sc *scratch, it item, at string) (what string, err error) {
	info, err := lstat(r.to, at)
	if errors.Is(err, fs.ErrNotExist) {
		return "gone", nil
	}
	if err != nil {
		return "", err
	}
	if it.rel == "" && it.info.IsDir() && info.Mode()&fs.ModeSymlink != 0 {
		return "", nil // the target itself may be reached through a link
	}
	if it.info.Mode().Type() != info.Mode().Type() {
		return "changed", nil
	}
	equal := true
	switch {
	case it.info.Mode()&fs.ModeSymlink != 0:
		text, err := readlink(r.to, at)
		equal = err == nil && text == it.link
	case it.info.Mode().IsRegular():
		if equal, _, err = sc.equal(ctx, it.fsys, it.path, r.to, at); err != nil {
			return "", err
		}
	}
	if !equal {
		return "changed", nil
	}
	return "", nil
}
