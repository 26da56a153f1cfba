package plan

import (
	"cmp"
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
)

// State is how far a plan has got, as the server's files and the target tell.
type State string

// Status is what Preflight finds.
type Status struct {
	Plan  string `json:"plan"`
	State State  `json:"state"`
	// Refusals are why Apply would refuse to go on now; empty means that it
	// would not, as far as can be told without writing.
	Refusals []Refusal `json:"refusals"`
	// Survey is what a walk through the originals found, before the switch.
	Survey *Survey `json:"survey,omitempty"`
	// Left is what earlier runs left that were interrupted, in sentences.
	Left []string `json:"left"`
	// Drifted are originals that changed after they were copied, at most 20;
	// More counts the others.
	Drifted []Change `json:"drifted"`
	More    int      `json:"more,omitempty"`
	// Next says how to continue.
	Next string `json:"next"`
}

// Preflight tells, reading only, how far the plan has got, whether Apply would
// refuse to go on now, what has drifted since the copies were made, and what an
// interrupted run has left. What only a write can show is left to Apply. The
// error is that of a done context, or an I/O error.
func (p *Plan) Preflight(ctx context.Context, w cluster.World) (*Status, error) {
	s := &Status{Plan: p.ID, Refusals: []Refusal{}, Left: []string{}, Drifted: []Change{}}
	if err := p.intact(); err != nil {
		return nil, err
	}
	if p.Kind != KindPopulate {
		return p.preflightSettings(ctx, w, s)
	}
	a, state, err := p.progress(w)
	defer a.close()
	if err != nil {
		return nil, err
	}
	s.State, s.Next = state, next(state)
	runs, err := a.m.Runs()
	if err != nil {
		return nil, translate(err)
	}
	remains, err := a.remains()
	if err != nil {
		return nil, translate(err)
	}
	switch {
	case len(runs) > 0:
		s.Left = append(s.Left, "the run file of a run that is at work, or was killed: "+runs[len(runs)-1])
	case remains:
		s.Left = append(s.Left, "what a run keeps for itself, which nothing needs any more; before the switch Revert removes it (populate -revert), after it PhasePurge (populate -purge)")
	}
	if s.State == StateCopying || s.State == StateSwitching || s.State == StateReverting {
		s.Left = append(s.Left, "the state is "+string(s.State)+": "+s.Next)
	}
	if err := s.refusals(a.wouldRefuse(ctx)); err != nil {
		return nil, err
	}
	if len(s.Refusals) > 0 {
		s.Next = settleFirst + s.Next
	}
	if a.survey.Files > 0 {
		s.Survey = a.survey
	}
	return s, a.drift(ctx, s)
}

// progress tells how far a plan has got in a world. What it has opened is for the
// caller to close.
func (p *Plan) progress(w cluster.World) (a *applying, s State, err error) {
	a = &applying{run: &run{p: p, w: w, res: newResult(p)}}
	if err := a.open(false); err != nil {
		return a, "", translate(err)
	}
	if a.state, err = p.switchState(w); err != nil {
		return a, "", stale(err)
	}
	s, err = a.stateNow()
	return a, s, translate(err)
}

// settleFirst is said before what to do next where Apply would refuse.
const settleFirst = "settle the refusals; then "

// wouldRefuse is what Apply looks at before it writes.
func (a *applying) wouldRefuse(ctx context.Context) error {
	if a.p.Refused() {
		return a.p.refused(a.p.Refusals...)
	}
	if err := a.notReverting(false); err != nil {
		return err
	}
	return a.look(ctx)
}

// refusals sorts an error: what is no refusal is returned.
func (s *Status) refusals(err error) error {
	err = translate(err)
	var refused *RefusedError
	var stale *StaleError
	why := found(err)
	switch {
	case errors.As(err, &refused):
		s.Refusals = append(s.Refusals, refused.Refusals...)
	case errors.As(err, &stale):
		s.Refusals = append(s.Refusals, Refusal{Rule: "TGT012", Path: stale.Path, Message: stale.Reason, Fix: stale.fix(), Source: srcSafety})
	case why != nil:
		s.Refusals = append(s.Refusals, Refusal{Rule: "TGT012", Path: why.Path, Message: why.Error(), Fix: "follow this advice, then apply again", Source: srcSafety})
		s.Drifted, s.More = append(s.Drifted, why.Changes...), why.More
	default:
		return err
	}
	return nil
}

// stateNow tells how far the plan has got.
func (a *applying) stateNow() (State, error) {
	reverting, err1 := a.p.revertBegun(a.w)
	stored, err2 := a.m.Has(planFile)
	if err := cmp.Or(err1, err2); err != nil {
		return "", err
	}
	switch {
	case reverting:
		return StateReverting, nil
	case a.p.AlreadyShared:
		return StateShared, nil
	case a.state == switchBegun:
		return StateSwitching, nil
	case a.state == switchNone && stored:
		return StateCopying, nil
	case a.state == switchNone:
		return StateUntouched, nil
	}
	for s := range a.p.of(ActionPurge) {
		if begun, err := a.m.Purging(a.p.movedItem(s)); err != nil || begun {
			return StatePurging, err
		}
	}
	standing, aside, err := a.originals()
	switch {
	case err != nil:
		return "", err
	case aside > 0:
		return StateRetired, nil
	case standing == 0 && stored:
		return StatePurging, nil // the record goes last
	case standing == 0:
		return StatePurged, nil
	}
	return StateSwitched, nil
}

func next(s State) string {
	return cmp.Or(map[State]string{
		StateUntouched: "stop the server and apply (populate -apply), or prime while it runs (populate -prime)",
		StateCopying:   "apply again, which continues from there (populate -apply), or revert (populate -revert)",
		StateSwitching: "apply again, which completes the switch (populate -apply), or revert (populate -revert); do not start the server before",
		StateSwitched:  "start the server; after one full business day without errors and one verified backup, retire the originals (populate -retire)",
		StateRetired:   "delete the originals (populate -purge)",
		StatePurging:   "delete the originals (populate -purge)",
		StateReverting: "revert again, which continues from there (populate -revert)",
	}[s], "nothing is left to move")
}

// drift looks for originals that changed after they were copied.
func (a *applying) drift(ctx context.Context, s *Status) error {
	if s.State != StateCopying && s.State != StateSwitched || len(s.Drifted) > 0 {
		return nil
	}
	found := &mover.Error{Reason: mover.Changed}
	for c := range a.p.of(ActionCopy) {
		it := a.p.item(c)
		if whole, err := a.m.Complete(ctx, it); err != nil {
			return translate(err)
		} else if !whole {
			continue
		}
		if err := a.m.Unchanged(ctx, it, found); err != nil && !notThere(err) {
			return translate(err)
		}
	}
	for _, c := range found.Changes {
		s.Drifted = append(s.Drifted, Change(c))
	}
	s.More = found.More
	return nil
}

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
	done, open, err := p.looks(ctx, w, secret, s.refusals)
	if err != nil {
		return nil, err
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
	if len(s.Refusals) > 0 {
		s.Next = settleFirst + s.Next
	}
	return s, nil
}
