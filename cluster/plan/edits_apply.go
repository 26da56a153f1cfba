package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
	"github.com/deploycluster/deploycluster/internal/replacefile"
	"github.com/deploycluster/deploycluster/props"
)

// secrets resolves every reference of the plan, once.
func (p *Plan) secrets(ctx context.Context, w cluster.World) (func(ref string) string, error) {
	known := map[string]cluster.Secret{}
	for _, s := range p.Steps {
		for _, x := range s.Edits {
			if x.Secret == "" {
				continue
			}
			if _, ok := known[x.Secret]; ok {
				continue
			}
			refuse := func(what string) error {
				return &RefusedError{Plan: p.ID, Refusals: []Refusal{{Rule: "EDT003", Path: s.ServerFrom, Source: srcSafety,
					Message: fmt.Sprintf("the secret %q for %s %s", x.Secret, x.Key, what), Fix: "see that World.Secret resolves it"}}}
			}
			if w.Secret == nil {
				return nil, refuse("cannot be resolved: there is no World.Secret")
			}
			text, err := w.Secret(ctx, x.Secret)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case err != nil:
				return nil, fmt.Errorf("%w: World.Secret answered: %w", refuse("cannot be resolved"), err)
			case text == "":
				return nil, refuse("is empty")
			}
			known[x.Secret] = cluster.NewSecret(text)
		}
	}
	return func(ref string) string { return known[ref].Reveal() }, nil
}

// setState is how far a step of ActionSet got.
type setState struct {
	data  []byte // the file
	mode  fs.FileMode
	kept  []byte // what was kept of it before the change, nil without
	after []byte // the file as it shall be
	done  bool
}

// view is the member's own view of its files.
func (p *Plan) view(w cluster.World, s Step) (cluster.Node, *cluster.View, error) {
	i := p.Topology.Index(s.Node)
	if i < 0 {
		return cluster.Node{}, nil, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " has no member"}
	}
	return p.Topology.Nodes[i], w.View(p.Topology.Nodes[i]), nil
}

// files reads what a step of ActionSet changes and what it has kept. A plan is
// data that anybody can have written: the file must be the member's own
// configuration file.
func (p *Plan) files(w cluster.World, s Step) (st setState, err error) {
	n, v, err := p.view(w, s)
	if err != nil {
		return st, err
	}
	if len(s.Edits) == 0 || len(s.Facts) != len(s.Edits) {
		return st, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " has not one fact for each edit"}
	}
	for _, x := range s.Edits {
		if x.Node != s.Node || x.File != s.Edits[0].File || s.ServerFrom != filePath(n.Install, x.File) {
			return st, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " is about a file that is not the one of its edits"}
		}
	}
	if r, err := v.Resolve(s.ServerFrom); err != nil {
		return st, err
	} else if r.Place != s.From {
		return st, &StaleError{Path: s.ServerFrom, Reason: "is another file than when the plan was made"}
	}
	fsys := w.FS[s.From.Storage]
	info, err := fsys.Stat(s.From.Path)
	if err != nil {
		return st, err
	}
	st.mode = info.Mode() & modeBits
	if st.data, err = readAll(fsys, s.From.Path); err != nil {
		return st, err
	}
	if st.kept, err = readAll(fsys, s.Aside.Path); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return st, err
}

// look tells how far a step got, and refuses a file whose facts have changed.
func (p *Plan) look(w cluster.World, s Step, secret func(ref string) string) (st setState, err error) {
	switch s.Action {
	case ActionSet:
	case ActionReplace:
		return p.lookReplace(w, s)
	case ActionRetire:
		return p.lookAside(w, s)
	default:
		return st, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " is not of a plan of this kind; plan again"}
	}
	if st, err = p.files(w, s); err != nil {
		return st, err
	}
	st.done = true
	for i, x := range s.Edits {
		now, err := factOf(s.ServerFrom, st.data, x)
		if err != nil {
			return st, err
		}
		done, err := s.edited(st, x)
		if (err != nil || !done) && now != s.Facts[i] {
			return st, &StaleError{Path: s.ServerFrom, Reason: fmt.Sprintf("%s, while it was planned for: %s", now, s.Facts[i])}
		}
		if err != nil {
			return st, err
		}
		st.done = st.done && done
	}
	if st.done {
		st.after = st.data
		return st, nil
	}
	st.after, err = edited(s.ServerFrom, st.data, s.Edits, secret)
	return st, err
}

// edited reports whether a file has one edit already. A secret is there once
// the value differs from that in the file that was kept: the server seals what
// it finds in plain text.
func (s Step) edited(st setState, x cluster.Edit) (bool, error) {
	if x.Secret == "" {
		return settled(s.ServerFrom, st.data, x)
	}
	if st.kept == nil {
		return false, nil
	}
	now, err := props.Parse(s.ServerFrom, st.data)
	if err != nil {
		return false, err
	}
	before, err := props.Parse(s.ServerFrom, st.kept)
	if err != nil {
		return false, err
	}
	a, okA := now.Get(x.Key)
	b, okB := before.Get(x.Key)
	return okA && (!okB || a != b), nil
}

// ready looks at every step, and at the facts that the plan relies on unless
// nothing is left to do. Nothing is written.
func (p *Plan) ready(w cluster.World, secret func(ref string) string) error {
	left := false
	for _, s := range p.Steps {
		if !s.Action.Changes() {
			continue
		}
		st, err := p.look(w, s, secret)
		if err != nil {
			return err
		}
		left = left || !st.done
	}
	if !left {
		return nil
	}
	if r, err := p.unjoinable(w); err != nil || r != nil {
		if r != nil {
			err = &RefusedError{Plan: p.ID, Refusals: []Refusal{*r}}
		}
		return err
	}
	return p.holds(w)
}

// applySettings carries out a plan of any kind but KindPopulate. Each file is kept
// beside itself before it is replaced in one rename, so a run that is cut off
// leaves every file old or new, and the same plan goes on from there.
func (p *Plan) applySettings(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	res := newResult(p)
	if err := errors.Join(p.realWorld(w), p.storages(w)); err != nil {
		return res, unjoin(err)
	}
	secret, err := p.secrets(ctx, w)
	if err != nil {
		return res, err
	}
	if err := p.ready(w, secret); err != nil {
		return res, err
	}
	return res, p.each(ctx, o, res, p.Steps, func(s Step) (bool, error) {
		st, err := p.look(w, s, secret)
		if err != nil || st.done {
			return false, err
		}
		switch s.Action {
		case ActionReplace:
			return true, s.replace(w.FS[s.To.Storage], st, o, res)
		case ActionRetire:
			return s.putAside(w.FS[s.From.Storage], res)
		}
		return true, s.write(w.FS[s.From.Storage], st, o)
	})
}

// write keeps the old file and puts the new one in its place.
func (s Step) write(fsys afero.Fs, st setState, o ApplyOptions) error {
	best := o.Durability == DurabilityBestEffort
	switch {
	case st.kept == nil:
		if err := replacefile.Write(fsys, s.Aside.Path, st.data, replacefile.Options{NewMode: st.mode, BestEffort: best}); err != nil {
			return err
		}
	case !bytes.Equal(st.kept, st.data):
		return &StaleError{Path: s.ServerFrom, Reason: "was changed since this plan has kept it as " + s.ServerAside}
	}
	return replacefile.Write(fsys, s.From.Path, st.after, replacefile.Options{Expect: st.data, BestEffort: best})
}

// each goes through steps and tells what becomes of them.
func (p *Plan) each(ctx context.Context, o ApplyOptions, res *Result, steps []Step, do func(s Step) (did bool, err error)) error {
	tell := func(kind EventKind, s Step) {
		if o.Progress != nil {
			o.Progress(Event{Kind: kind, Step: s})
		}
	}
	for _, s := range steps {
		stop := func(err error) error {
			return &StepError{Step: s.ID, Title: s.Title, Phase: s.Phase, Err: err, settings: true}
		}
		if err := ctx.Err(); err != nil {
			return stop(err)
		}
		tell(EventStarted, s)
		if s.Action == ActionManual {
			res.Manual = append(res.Manual, s.ID)
			tell(EventWaiting, s)
			if o.Confirm != nil {
				if err := o.Confirm(ctx, s); err != nil {
					return stop(err)
				}
			}
			continue
		}
		did, err := do(s)
		switch {
		case err != nil:
			return stop(err)
		case did:
			res.Done = append(res.Done, s.ID)
			tell(EventDone, s)
		default:
			res.Skipped = append(res.Skipped, s.ID)
			tell(EventSkipped, s)
		}
		res.Phase = s.Phase
	}
	return nil
}

// simulateChange plans what a step of such a plan does.
func (p *Plan) simulateChange(o *overlay.World, w cluster.World, s Step, secret func(ref string) string) error {
	w.FS = o.Storages()
	if !s.Action.Changes() {
		return nil
	}
	st, err := p.look(w, s, secret)
	if err != nil || st.done {
		return err
	}
	if s.Action == ActionRetire {
		return o.Rename(s.From, s.Aside)
	}
	at, mode := s.From, fs.FileMode(0)
	if s.Action == ActionReplace {
		at, mode = s.To, s.Mode
	}
	if st.kept == nil && st.data != nil {
		if err := o.Write(s.Aside, st.data, st.mode); err != nil {
			return err
		}
	}
	return o.Write(at, st.after, mode)
}
