package plan

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"crypto/sha256"

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
			r.res.note(s.ServerFrom + " is gone, so its copy cannot be compared")
			continue
		}
		wk := r.walker(s, src)
		wk.visit = func(it item) error { return r.verifyItem(ctx, s, it) }
		if err := wk.walk(ctx, src.Path); err != nil {
			return r.res, err
		}
		r.res.Done = append(r.res.Done, s.ID)
	}
	return r.res, nil
}

func (r *runner) verifyItem(ctx context.Context, s Step, it item) error {
	at := child(s.To, it.rel).Path
	differ := func(what string) error {
		if len(r.res.Differences) < surveyLimit {
			path := s.ServerTo
			if it.rel != "" {
				path = appdata.Join(path, it.rel)
			}
			r.res.Differences = append(r.res.Differences, Change{Path: path, What: what})
		}
		return nil
	}
	info, err := lstat(r.to, at)
	if errors.Is(err, fs.ErrNotExist) {
		return differ("gone")
	}
	if err != nil {
		return err
	}
	if it.rel == "" && it.info.IsDir() && info.Mode()&fs.ModeSymlink != 0 {
		return nil // the target itself may be reached through a link
	}
	if it.info.Mode().Type() != info.Mode().Type() {
		return differ("changed")
	}
	switch {
	case it.info.Mode()&fs.ModeSymlink != 0:
		if text, err := readlink(r.to, at); err != nil || text != it.link {
			return differ("changed")
		}
	case it.info.Mode().IsRegular():
		equal, _, err := r.equal(ctx, it.fsys, it.path, r.to, at)
		if err != nil {
			return err
		}
		if !equal {
			return differ("changed")
		}
		r.res.VerifiedFiles++
		r.res.VerifiedBytes += it.info.Size()
	}
	return nil
}

// hash reads to the end and returns the SHA-256 in hexadecimal.
func (r *runner) hash(ctx context.Context, in io.Reader) (string, error) {
	h := sha256.New()
	err := r.pump(ctx, in, func(b []byte) error { h.Write(b); return nil })
	return hexSum(h), err
}
