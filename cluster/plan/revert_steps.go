package plan

import (
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// undo takes one step back. It may have been done before, or never.
func (r *undoing) undo(ctx context.Context, s Step) (did bool, err error) {
	switch s.Action {
	case ActionRetire:
		if err := r.m.Look(); err != nil {
			return false, err
		}
		return r.back(r.p.movedItem(s))
	case ActionEdit:
		return r.undoEdit(s)
	case ActionLink:
		return r.undoLink(s)
	case ActionCopy:
		if !r.mine {
			return false, nil
		}
		return r.m.Uncopy(ctx, r.p.item(s), !r.other)
	case ActionMakeDir:
		if s.To == r.p.To {
			return r.undoTarget()
		}
		if !r.mine {
			return false, nil
		}
		return r.m.RemoveDir(r.p.below(s.To))
	}
	return false, nil
}

func (r *undoing) undoEdit(s Step) (did bool, err error) {
	if !r.began {
		return false, nil
	}
	fsys := r.w.FS[s.From.Storage]
	data, err := readAll(fsys, s.From.Path)
	if err != nil {
		return false, err
	}
	old := data // nothing to take back, but what an interrupted write left goes
	if digest(data) != s.Edit.Before && !s.Edit.absent(s.ServerFrom, data) {
		if old, err = s.Edit.revert(s.ServerFrom, data); err != nil {
			return false, err
		}
		did = true
	}
	if did { // a server that has started meanwhile works on what is to be removed
		err = r.quiet()
	}
	if err := errors.Join(err, r.m.Look()); err != nil {
		return false, unjoin(err)
	}
	return did, r.replaceFile(fsys, s.From.Path, old, data)
}

func (r *undoing) undoLink(s Step) (bool, error) {
	if err := r.m.ClearLink(s.From); err != nil {
		return false, err
	}
	it := r.p.movedItem(s)
	if !r.mine {
		return r.back(it)
	}
	state, err := linkState(r.w.FS[s.From.Storage], s)
	if err == nil && state != linkOriginal {
		err = r.m.Unlink(it)
	}
	if err != nil {
		return false, err
	}
	_, err = r.bringBack(it) // and what killed runs left there
	return state != linkOriginal, err
}

// allBack looks once more that every original has its name: another run that was
// suspended may have renamed one aside meanwhile.
func (r *undoing) allBack() error {
	for s := range r.p.of(ActionRetire) {
		if _, err := r.back(r.p.movedItem(s)); err != nil {
			return err
		}
	}
	return nil
}

// back gives an original its name back, and removes what killed runs left there.
// Where nothing is recorded there is nothing to rename, unless another run is at work
// that this one holds no lock against.
func (r *undoing) back(it mover.Item) (bool, error) {
	if !r.mine {
		return false, r.m.ClearBeside(it, r.p.layout(it))
	}
	return r.bringBack(it)
}

// bringBack gives an original its name back.
func (r *run) bringBack(it mover.Item) (bool, error) { return r.m.BringBack(it, r.p.layout(it)) }

// undoTarget removes our folder from the target, and the target if nothing else
// is in it. Without a record it removes what a run left that died before it
// could record its plan.
func (r *undoing) undoTarget() (bool, error) {
	remove := r.abandoned
	if r.mine {
		remove = func() error { return r.removeOwn(handedOver, reverting, planFile) }
	}
	if err := inTurn(r.allBack, remove); err != nil {
		return false, err
	}
	if mp := r.p.Target.MountPoint; mp != "" && serverpath.Equal(mp, r.p.Target.AppData) {
		return false, nil
	}
	return r.m.RemoveTarget()
}

// abandoned removes what a run of ours has left where nothing is recorded on the
// target any more, or not yet.
func (r *undoing) abandoned() error {
	list, err := r.m.OwnNames()
	switch {
	case notThere(err):
		return r.forgetRest()
	case err != nil || len(list) > 0:
		return err
	}
	return inTurn(r.begin, func() error { return translate(r.m.RemoveOwn()) }, r.forgetRest)
}
