package plan

import (
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/cluster"
)

// preflightEdits is Preflight for a plan of settings: which files have been
// changed, and whether a fact that the plan relies on has changed since. An
// empty Drifted with a refusal names the fact.
func (p *Plan) preflightEdits(ctx context.Context, w cluster.World, s *Status) (*Status, error) {
	if p.Refused() {
		s.State = StateUntouched
		return s, s.refusals(&RefusedError{Plan: p.ID, Refusals: p.Refusals})
	}
	if err := errors.Join(p.realWorld(w), p.storages(w)); err != nil {
		return nil, unjoin(err)
	}
	secret, err := p.secrets(ctx, w)
	if err != nil {
		if err := s.refusals(err); err != nil {
			return nil, err
		}
		secret = func(string) string { return "" } // what is to be written is not asked about here
	}
	done, open := 0, 0
	for _, step := range p.Steps {
		if step.Action != ActionSet {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, err := p.look(w, step, secret)
		switch {
		case err != nil:
			open++
			if err := s.refusals(err); err != nil {
				return nil, err
			}
		case st.done:
			done++
		default:
			open++
		}
	}
	switch {
	case open == 0:
		s.State, s.Next = StateSwitched, "restart the servers whose settings changed, one after another"
	case done == 0:
		s.State, s.Next = StateUntouched, "apply the plan"
	default:
		s.State, s.Next = StateSwitching, "apply the plan again, which goes on from there, or revert it"
		s.Left = append(s.Left, "some of the files were changed and others were not")
	}
	return s, nil
}
