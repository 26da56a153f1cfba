package plan

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/replacefile"
	"github.com/deploycluster/deploycluster/props"
)

// revertSettings puts the files back that Apply has kept, the last one first. A
// file that was changed since, as by the server's start, is not overwritten:
// nothing is reverted then.
func (p *Plan) revertSettings(ctx context.Context, w cluster.World, o RevertOptions) (*Result, error) {
	res := newResult(p)
	if err := errors.Join(p.realWorld(w), p.storages(w)); err != nil {
		return res, unjoin(err)
	}
	steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return !s.Action.Changes() })
	slices.Reverse(steps)
	for _, s := range steps {
		if _, err := p.before(w, s); err != nil {
			return res, err
		}
	}
	return res, p.each(ctx, ApplyOptions{Durability: o.Durability, Progress: o.Progress}, res, steps, func(s Step) (bool, error) {
		fsys := w.FS[s.From.Storage]
		b, err := p.before(w, s)
		if err != nil || b.done {
			return false, err
		}
		switch s.Action {
		case ActionReplace:
			return true, s.unreplace(w.FS[s.To.Storage], b, o)
		case ActionRetire:
			return true, renameIn(fsys, s.Aside.Path, s.From.Path)
		}
		if !bytes.Equal(b.data, b.kept) {
			best := o.Durability == DurabilityBestEffort
			if err := replacefile.Write(fsys, s.From.Path, b.kept, replacefile.Options{Expect: b.data, BestEffort: best}); err != nil {
				return false, err
			}
		}
		return true, replacefile.Remove(fsys, s.Aside.Path)
	})
}

// before finds what a step kept, and refuses to put it back over a file that is
// not the one that the step has made. done reports that nothing is left to take
// back.
func (p *Plan) before(w cluster.World, s Step) (st setState, err error) {
	switch s.Action {
	case ActionReplace:
		return p.beforeReplace(w, s)
	case ActionRetire:
		return p.beforeAside(w, s)
	}
	if st, err = p.files(w, s); err != nil {
		return st, err
	}
	if st.kept == nil {
		done := true
		for _, x := range s.Edits {
			is, err := s.edited(st, x)
			if err != nil {
				return st, err
			}
			done = done && is
		}
		if done {
			return st, &StaleError{Path: s.ServerAside, Reason: "is gone, and it is what the file was before the plan"}
		}
		st.done = true // this step was not carried out
		return st, nil
	}
	if bytes.Equal(st.data, st.kept) {
		return st, nil
	}
	// What the file holds in the place of a secret is taken as it is.
	now, perr := props.Parse(s.ServerFrom, st.data)
	secret := map[string]string{}
	for _, x := range s.Edits {
		if x.Secret != "" && perr == nil {
			v, _ := now.Get(x.Key)
			if _, twice := secret[x.Secret]; !twice {
				secret[x.Secret] = v
			}
		}
	}
	want, err := edited(s.ServerFrom, st.kept, s.Edits, func(ref string) string { return secret[ref] })
	if err == nil && !bytes.Equal(want, st.data) {
		err = &StaleError{Path: s.ServerFrom, Reason: "was changed since this plan has edited it, as the server does when it starts"}
	}
	return st, err
}
