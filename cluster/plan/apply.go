package plan

import (
	"cmp"
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/cluster"
)

// ApplyOptions choose how far Apply goes and what it tells.
type ApplyOptions struct {
	// Through is the last phase to go through; unset means PhaseSwitch.
	// PhaseRetire renames the originals aside after the switch; the server may
	// run by then. PhasePurge deletes them after that. Given with a plan that
	// was not applied yet, it does all in one call, without the full business
	// day and the verified backup in between that the plan asks people for;
	// Confirm can stop that.
	Through Phase
	// From, where set, is the first phase that this call may carry out: what is
	// before it must have been done by an earlier call, else the error is a
	// *RefusedError. PhaseRetire is for a caller who was asked to retire and not
	// to move, PhasePurge for one who was asked to purge: an original that was
	// not renamed aside is then reported in Result.Kept.
	From Phase
	// PurgeGone deletes, with PhasePurge, also the originals whose copies are
	// gone from the target. It must be their number, which an earlier call has
	// reported in Result.Gone; any other number is refused.
	PurgeGone int64
	// Workers is how many files are worked on at the same time. Zero means
	// DefaultWorkers; 1 does everything in one fixed order. Each needs up to
	// 768 KiB of memory.
	Workers int
	// Durability is how hard Apply insists on synced data; unset means
	// DurabilityFull.
	Durability Durability
	// SyncStorage, where given, makes durable all that was written to the
	// storage that holds a folder, in one call for many files, instead of a
	// Sync of each of them. On a disk that is several times as fast. It must
	// report whatever could not be written: syncfs(2) on Linux 5.8 and later
	// does for local file systems, if its descriptor was opened before the run;
	// network file systems often promise less for it than for the Sync of a
	// file. storage and path are those of the target's World.FS.
	SyncStorage func(storage, path string) error
	// RunID names the files of this run: 6 to 64 digits and lower-case letters.
	// No other run may ever have it. Empty means a random one.
	RunID string
	// Progress receives events; nil is allowed.
	Progress func(Event)
	// Confirm is asked about every manual step when its turn comes. An error
	// stops the run. Nil: manual steps are listed in the Result.
	Confirm func(ctx context.Context, s Step) error
}

func (o ApplyOptions) through() Phase { return cmp.Or(o.Through, PhaseSwitch) }

// Apply carries the plan out on the real world, in the order of its steps. It
// stops after PhaseSwitch unless the options say more. A refused plan, or a
// world that has changed for the worse since, is a *RefusedError before
// anything is written. Any later failure is a *StepError, which says what was
// and was not changed and what to do next. Applied again after the switch it
// writes nothing to the target, which belongs to the server from then on.
//
// One run at a time works on a target: the one that began last. The others stop
// at their next look, with an Error of ReasonOvertaken, and nothing that they
// were still writing gets into its place.
//
// The Result is never nil. What is in Result.Kept was not done.
func (p *Plan) Apply(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	res := newResult(p)
	if err := p.intact(); err != nil {
		return res, err
	}
	if p.Refused() {
		return res, p.refused(p.Refusals...)
	}
	if p.Kind != KindPopulate {
		return p.applySettings(ctx, w, o)
	}
	return p.start(w, o.run(), false, func(r *run) error { return (&applying{run: r, o: o}).carryOut(ctx) })
}

func (o ApplyOptions) run() runOptions {
	return runOptions{o.Workers, o.Durability, o.SyncStorage, o.RunID, o.Progress}
}

// translateOutside translates an error that is no step's.
func translateOutside(err error) error {
	if s := (*StepError)(nil); errors.As(err, &s) {
		return err
	}
	return translate(err)
}

// applying is one run of Apply.
type applying struct {
	*run
	o     ApplyOptions
	state int // how far the switch was when the run began
	phase Phase
	gone  int64
}

func (a *applying) carryOut(ctx context.Context) error {
	defer a.count()
	var err error
	if a.state, err = a.p.switchState(a.w); err != nil {
		return stale(err)
	}
	look, lock, count := func() error { return a.look(ctx) }, func() error { return a.lock(ctx) }, func() error { return a.countGone(ctx) }
	if err := inTurn(a.mayBegin, look, lock, count); err != nil {
		return err
	}
	for _, s := range a.p.Steps {
		if s.Phase > a.o.through() {
			break
		}
		if err := a.canceled(ctx, s); err != nil {
			return err
		}
		if earlier, err := a.earlier(s); err != nil {
			return a.stop(s, err)
		} else if earlier {
			continue
		}
		if err := a.one(ctx, s); err != nil {
			return a.stop(s, err)
		}
		a.res.Phase = s.Phase
	}
	switch {
	case a.o.through() < PhasePurge || len(a.res.Kept) > 0:
		return nil
	case a.m.Locked():
		return inTurn(a.allGone, func() error { return a.removeOwn(reverting, planFile, handedOver) })
	}
	return a.forgetRest()
}

// works reports whether this call has anything to do that needs the target.
func (a *applying) works() (bool, error) {
	if !a.p.AlreadyShared {
		return a.state != switchDone || a.o.through() > PhaseSwitch, nil
	}
	if a.o.through() < PhasePurge {
		return false, nil
	}
	return a.leftOver()
}

// leftOver reports a folder of ours without a plan: what a run leaves that dies
// while it removes it, as the last thing that it does, or before it has written
// anything. That it was this installation's run is told by the record beside
// installed.properties; where there is nothing in the folder, it does not matter.
func (a *applying) leftOver() (bool, error) {
	own, err := a.m.Has("")
	if err != nil || !own {
		return false, err
	}
	if stored, err := a.m.Has(planFile); err != nil || stored {
		return false, err
	}
	switch left, err := a.m.OwnNames(); {
	case notThere(err):
		return false, nil // another run has removed it
	case err != nil || len(left) == 0:
		return err == nil, err
	}
	list, err := a.p.records(a.w)
	return len(list) > 0, err
}

// stillLeft stops a run that has come for what was left, where another one has begun
// meanwhile.
func (a *applying) stillLeft(ctx context.Context) error {
	if !a.p.AlreadyShared {
		return nil
	}
	if err := a.look(ctx); err != nil {
		return err
	}
	left, err := a.leftOver()
	if err == nil && !left {
		err = &StaleError{Path: a.p.Target.AppData, Reason: "another run works there", Fix: "let that run end, then apply again"}
	}
	return err
}

// remains reports whether anything of ours is left that nothing needs any more, and
// that no run file tells of.
func (a *applying) remains() (bool, error) {
	if a.p.AlreadyShared {
		if left, err := a.leftOver(); err != nil || left {
			return left, err
		}
	} else if own, err := a.m.OwnNames(); err == nil && len(own) == 0 {
		return true, nil
	} else if err != nil && !notThere(err) {
		return false, err
	}
	files, known, err := a.rest()
	return known && len(files) > 0, err
}

// look finds out, without writing anything, whether the plan may be applied now.
func (a *applying) look(ctx context.Context) error {
	switch a.state {
	case switchNone:
		if err := a.fresh(ctx, nil); err != nil || a.p.AlreadyShared {
			return err
		}
		return a.preflight(ctx)
	case switchBegun:
		return a.halfway(ctx)
	}
	if a.p.AlreadyShared {
		return nil
	}
	return a.notReverting(false)
}

// lock takes the target, if this call works on it, and then looks once more at all
// that the run has been decided on: another run may have come before this one.
func (a *applying) lock(ctx context.Context) error {
	if works, err := a.works(); err != nil || !works {
		return err
	}
	err := inTurn(a.begin, func() error { return a.stillLeft(ctx) }, a.sameState, a.stillMounted, func() error { return a.notReverting(true) }, func() error {
		if a.state != switchNone || a.p.AlreadyShared {
			return nil
		}
		return a.prepare(ctx)
	})
	if err != nil {
		return unjoin(errors.Join(err, a.undoLock()))
	}
	return nil
}

// sameState stops this run where another one has continued the switch.
func (a *applying) sameState() error {
	state, err := a.p.switchState(a.w)
	if err == nil && state != a.state {
		err = &StaleError{Path: a.node.Install, Reason: "another run has continued the switch in the meantime", Fix: "let that run end, then apply again"}
	}
	return err
}

// stillMounted refuses a target whose storage has gone since the run began, and
// which this run may have made in the empty mount point.
func (r *run) stillMounted() error {
	if r.p.AlreadyShared {
		return nil
	}
	if why := r.p.unmounted(r.w.View(r.node), r.w); why != nil {
		return r.p.refused(*why)
	}
	return nil
}

// undoLock takes back what was made for a run that does not begin.
func (r *run) undoLock() error {
	made, root := r.m.MadeOwn(), r.m.RootMade()
	if !r.m.Locked() {
		return nil
	}
	if !made || r.m.Look() != nil {
		return r.m.End() // an overtaken run has nothing there any more
	}
	if r.stored {
		if err := r.m.Forget(planFile); err != nil {
			return err
		}
	}
	err := r.m.End()
	if root && err == nil {
		_, err = r.m.RemoveTarget()
	}
	return err
}

func (a *applying) one(ctx context.Context, s Step) error {
	a.step = s
	if s.Phase != a.phase {
		if err := a.stillMounted(); err != nil { // since the phase before
			return err
		}
		a.phase = s.Phase
	}
	a.tell(Event{Kind: EventStarted, Step: s})
	if a.state == switchNone && (s.Action == ActionLink || s.Action == ActionEdit) {
		if err := a.handOver(); err != nil {
			return err
		}
	}
	did, err := true, error(nil)
	switch s.Action {
	case ActionManual:
		a.res.Manual = append(a.res.Manual, s.ID)
		a.tell(Event{Kind: EventWaiting, Step: s})
		if a.o.Confirm != nil {
			return a.o.Confirm(ctx, s)
		}
		return nil
	case ActionMakeDir:
		did, err = a.makeDir(s)
	case ActionCopy:
		err = a.m.Copy(ctx, a.p.item(s))
	case ActionRescan:
		err = a.rescan(ctx)
	case ActionEdit:
		did, err = a.edit(s)
	case ActionLink:
		did, err = a.link(s)
	case ActionRetire:
		did, err = a.retire(ctx, s)
	case ActionPurge:
		did, err = a.purge(ctx, s)
	}
	if err == nil {
		a.did(s, did)
	}
	return err
}
