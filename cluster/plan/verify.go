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
	if err := p.intact(); err != nil {
		return newResult(p), err
	}
	if p.Kind != KindPopulate {
		return newResult(p), p.unfit("only a plan that moves application data has copies to verify; Preflight tells how far another one got")
	}
	return p.start(w, runOptions{Workers: workers}, false, func(r *run) error { return r.verify(ctx) })
}

func (r *run) verify(ctx context.Context) error {
	defer r.count()
	for s := range r.p.of(ActionCopy) {
		if here, err := r.p.hasSource(r.w, s); err != nil {
			return err
		} else if !here {
			r.note(s.ServerFrom + " is gone, so its copy cannot be compared")
			continue
		}
		err := r.m.Verify(ctx, r.p.item(s), func(c mover.Change) {
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
