package plan

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
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
	return p.verify(ctx, w, 0)
}

func (p *Plan) verify(ctx context.Context, w cluster.World, workers int) (*Result, error) {
	r := &run{p: p, w: w, o: runOptions{workers: workers}, res: newResult(p)}
	if err := p.intact(); err != nil {
		return r.res, err
	}
	if p.Kind != KindPopulate {
		return r.res, &PlanError{Plan: p.ID, Reason: "only a plan that moves application data has copies to verify; Preflight tells how far another one got"}
	}
	defer r.close()
	err := r.open(false)
	if err == nil {
		err = r.verify(ctx)
	}
	r.count()
	return r.res, translateOutside(err)
}

func (r *run) verify(ctx context.Context) error {
	for _, s := range r.p.copies() {
		src, err := r.p.source(r.w, s)
		if err != nil {
			return err
		}
		if here, err := there(r.w.FS[src.Storage], src.Path); err != nil {
			return err
		} else if !here {
			r.note(s.ServerFrom + " is gone, so its copy cannot be compared")
			continue
		}
		err = r.m.Verify(ctx, r.p.item(s), func(c mover.Change) {
			if len(r.res.Differences) < surveyLimit {
				r.res.Differences = append(r.res.Differences, Change(c))
			}
		})
		if err != nil {
			return err
		}
		r.res.Done = append(r.res.Done, s.ID)
	}
	return nil
}
