package plan

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
)

// RevertOptions choose how Revert works.
type RevertOptions struct {
	// Workers, Durability, SyncStorage, RunID and Progress are as in
	// ApplyOptions.
	Workers     int
	Durability  Durability
	SyncStorage func(storage, path string) error
	RunID       string
	Progress    func(Event)
}

// reverting is the file in our folder that says that a Revert has begun: from
// then on only Revert goes on there.
const reverting = "reverting"

// Revert brings back the state before Apply, from any point of it before the
// server ran on the target: originals get their names back, edits are taken
// back byte for byte, links go, and so does what was copied. Once the server
// has written to the target, or the deletion of an original has begun, nothing
// is changed and the error is an Error of ReasonRan or a *RefusedError. A Revert
// that was interrupted is completed by another one; where the server has run on
// the target since and every edit is in place, it is given up instead, so that
// Apply can retire and purge.
func (p *Plan) Revert(ctx context.Context, w cluster.World, o RevertOptions) (*Result, error) {
	if err := p.intact(); err != nil {
		return newResult(p), err
	}
	if p.Kind != KindPopulate {
		res, err := p.revertSettings(ctx, w, o)
		return res, takingBack(err)
	}
	res, err := p.start(w, runOptions(o), false, func(r *run) error { return (&undoing{run: r}).carryOut(ctx) })
	return res, takingBack(err)
}

// undoing is one run of Revert.
type undoing struct {
	*run
	// mine reports that the target holds this plan's copies.
	mine bool
	// other: what the target holds was recorded by another plan, which this one
	// may take over.
	other bool
	// began: the switch may have begun; again: an earlier Revert has begun.
	began, again bool
}

func (r *undoing) carryOut(ctx context.Context) error {
	if err := r.check(ctx); err != nil {
		return r.giveUp(err)
	}
	if r.mine {
		if err := r.begin(); err != nil {
			return err
		}
		// Another run may have come before this one.
		if err := r.check(ctx); err != nil {
			return err
		}
		if err := r.m.Record(reverting, []byte(r.p.ID)); err != nil {
			return err
		}
		// A purge that was suspended gives the name back that it has given an
		// original, if it finds the record; what it did before is seen here.
		if err := r.originalsHere(); err != nil {
			if r.again {
				return err
			}
			return unjoin(errors.Join(err, r.m.Forget(reverting)))
		}
	}
	for _, s := range slices.Backward(r.p.Steps) {
		if err := r.canceled(ctx, s); err != nil {
			return err
		}
		r.step = s
		did, err := r.undo(ctx, s)
		if err != nil {
			return r.stop(s, err)
		}
		if did {
			r.did(s, true)
		}
	}
	return nil
}

// giveUp forgets a Revert that was interrupted and can never end, because the
// server has run on the target since: as long as the whole switch is in place, the
// plan can go on instead.
func (r *undoing) giveUp(why error) error {
	var ran *mover.Error
	if !r.again || !r.mine || !errors.As(why, &ran) || ran.Reason != mover.Ran {
		return why
	}
	err := r.begin()
	if state, serr := r.p.switchState(r.w); err != nil || serr != nil || state != switchDone {
		return unjoin(errors.Join(why, err, serr))
	}
	if err = r.m.Forget(reverting); err == nil {
		r.note("the Revert that was interrupted is given up; the originals can be retired and purged")
	}
	return unjoin(errors.Join(why, err))
}

// check refuses what cannot be taken back.
func (r *undoing) check(ctx context.Context) error {
	over, err := r.m.Has(handedOver)
	if err != nil {
		return err
	}
	state, err := r.p.switchState(r.w)
	if err != nil && !notThere(err) {
		return err
	}
	// Without the mark the server's own files may tell: a storage can be rolled back.
	r.began = r.p.AlreadyShared || over || state != switchNone
	data, err := r.m.Recorded(reverting)
	if err != nil && !notThere(err) {
		return err
	}
	r.again = err == nil && string(data) == r.p.ID
	return inTurn(r.quiet, r.originalsHere, r.whose, func() error {
		if r.other { // another plan recorded what was copied
			return nil
		}
		return r.targetUntouched(ctx, r.again)
	}, r.editsUntouched)
}

// whose finds out whether the target holds this plan's copies. What another
// plan put there is an error; what nobody recorded is left alone.
func (r *undoing) whose() error {
	stored, fits, err := r.p.held(r.to)
	switch {
	case err != nil:
		return err
	case fits:
		r.mine, r.other = true, stored.ID != r.p.ID
		return nil
	case stored != nil:
		return r.p.journal("belongs to plan "+stored.ID+"; this one has nothing there to take back", nil)
	}
	state, err := r.p.switchState(r.w)
	if err != nil || state != switchNone {
		return unjoin(errors.Join(r.lostJournal(), err))
	}
	r.note("nothing on the target is recorded as this plan's, so what is there stays")
	return nil
}

func (r *run) lostJournal() error {
	return r.p.journal("the journal is lost, so whether the server ran cannot be told; restore a backup, or go back by hand", nil)
}

// originalsHere refuses once the deletion of an original has begun: the copy is
// all there is.
func (r *undoing) originalsHere() error {
	for _, s := range r.p.Steps {
		if s.Action != ActionPurge || s.Copies == "" { // a link: what it leads to was never ours to delete
			continue
		}
		src := r.w.FS[s.From.Storage]
		info, err := lstat(src, s.From.Path)
		if err != nil && !notThere(err) {
			return err
		}
		aside, aerr := there(src, s.Aside.Path)
		inPlace := err == nil && !(r.p.Scheme == appdata.Linked && info.Mode()&fs.ModeSymlink != 0)
		begun, perr := r.m.Purging(r.p.movedItem(s))
		if err := errors.Join(aerr, perr); err != nil {
			return unjoin(err)
		}
		if begun || !inPlace && !aside {
			return r.p.refused(Refusal{
				Rule: "APP001", Path: s.ServerFrom, Message: "the original is gone or its deletion has begun, so the copy is all there is", Source: srcSafety, Fix: "restore a backup",
			})
		}
	}
	return nil
}

// targetUntouched holds the target against what was copied there. What is gone
// is no sign of the server where a Revert was interrupted.
func (r *run) targetUntouched(ctx context.Context, again bool) error {
	ran := &mover.Error{Reason: mover.Ran, Detail: "the server has run on the target since the switch; going back would lose what it wrote, so restore a backup instead"}
	for s := range r.p.of(ActionCopy) {
		it := r.p.item(s)
		if here, err := there(r.to, s.To.Path); err != nil {
			return err
		} else if !here {
			continue
		}
		whole, err := r.m.Complete(ctx, it)
		if err != nil {
			return err
		}
		if !whole {
			if never, err := r.neverRead(); err != nil {
				return err
			} else if never || again {
				continue // interrupted while copying
			}
			return r.lostJournal()
		}
		err = r.m.Touched(ctx, it, func(c mover.Change) {
			if !again || c.What != "gone" {
				ran.Add(c)
			}
		})
		if err != nil {
			return err
		}
	}
	if len(ran.Changes) > 0 {
		return ran
	}
	return nil
}

// neverRead reports whether the server never read the target: its switch was not
// begun.
func (r *run) neverRead() (bool, error) {
	over, err := r.m.Has(handedOver)
	if err != nil || over || r.p.AlreadyShared {
		return false, err
	}
	state, err := r.p.switchState(r.w)
	return state == switchNone, err
}

// editsUntouched refuses when an edited file was written again: a server adds
// keys of its own at its first start.
func (r *undoing) editsUntouched() error {
	if !r.began {
		return nil // what else an administrator writes there is no sign of that
	}
	ran := &mover.Error{Reason: mover.Ran, Detail: "an edited file was written again since the switch; going back would lose that"}
	for s := range r.p.of(ActionEdit) {
		data, err := readAll(r.w.FS[s.From.Storage], s.From.Path)
		if err != nil {
			return err
		}
		switch digest(data) {
		case s.Edit.Before:
		case s.Edit.After:
			if _, err := s.Edit.revert(s.ServerFrom, data); err != nil {
				return err
			}
		default:
			if s.Edit.absent(s.ServerFrom, data) {
				continue // an interrupted Revert has taken it back, or a person
			}
			ran.Add(mover.Change{Path: s.ServerFrom, What: "changed", Writer: "the server, at its first start"})
		}
	}
	if len(ran.Changes) > 0 {
		return ran
	}
	return nil
}
