package plan

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
)

// preflightSettings is Preflight for a plan of any kind but KindPopulate: which
// files have been changed, and whether a fact that the plan relies on has changed
// since. An empty Drifted with a refusal names the fact.
func (p *Plan) preflightSettings(ctx context.Context, w cluster.World, s *Status) (*Status, error) {
	if p.Refused() {
		s.State = StateUntouched
		return s, s.refusals(p.refused(p.Refusals...))
	}
	if err := p.applicable(w); err != nil {
		return nil, err
	}
	secret, err := p.secrets(ctx, w)
	if err != nil {
		if err := s.refusals(err); err != nil {
			return nil, err
		}
		secret = func(string) string { return "" } // what is to be written is not asked about here
	}
	var done, open []string
	for _, step := range p.changing() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, path := step.original()
		name := path + " of " + step.Node
		st, err := p.look(w, step, secret)
		switch {
		case err != nil:
			open = append(open, name)
			if err := s.refusals(err); err != nil {
				return nil, err
			}
		case st.done:
			done = append(done, name)
		default:
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		if r, err := p.unjoinable(w); err != nil {
			return nil, err
		} else if r != nil {
			s.Refusals = append(s.Refusals, *r)
		}
		if err := p.holds(w); err != nil {
			if err := s.refusals(err); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case len(open) == 0:
		s.State, s.Next = StateSwitched, "do what is left for people: restart the servers whose settings changed, one after another"
		if p.Kind == KindJoin {
			s.Next = "do what is left for people, in the order of the plan: start this server, check it, and add it to the load balancer"
		}
	case len(done) == 0:
		s.State, s.Next = StateUntouched, "apply the plan"
	default:
		s.State, s.Next = StateSwitching, "apply the plan again, which continues from there, or revert it; start none of these servers before that"
		s.Left = append(s.Left, "an earlier run was cut off: changed are "+listSome(done)+"; not changed are "+listSome(open))
	}
	return s, nil
}
