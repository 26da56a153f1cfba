package plan

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/replacefile"
	"github.com/deploycluster/deploycluster/props"
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
	// to move, PhasePurge for one who was asked to purge: an original that has its
	// name still is then Kept.
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

func (o ApplyOptions) through() Phase {
	if o.Through == 0 {
		return PhaseSwitch
	}
	return o.Through
}

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
		return res, &RefusedError{Plan: p.ID, Refusals: p.Refusals}
	}
	if p.Kind != KindPopulate {
		return p.applySettings(ctx, w, o)
	}
	a := &applying{run: &run{p: p, w: w, o: runOptions{o.Workers, o.Durability, o.SyncStorage, o.RunID, o.Progress}, res: res}, o: o}
	defer a.close()
	err := a.open(false)
	if err == nil {
		err = a.carryOut(ctx)
	}
	a.count()
	return res, translateOutside(err)
}

// translateOutside translates an error that is no step's.
func translateOutside(err error) error {
	var s *StepError
	if errors.As(err, &s) {
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
	var err error
	if a.state, err = a.p.switchState(a.w); err != nil {
		return stale(err)
	}
	if err := a.mayBegin(); err != nil {
		return err
	}
	if err := a.look(ctx); err != nil {
		return err
	}
	if works, err := a.works(); err != nil {
		return err
	} else if works {
		if err := a.lock(ctx); err != nil {
			return err
		}
	}
	if a.o.through() >= PhasePurge {
		if err := a.countGone(ctx); err != nil {
			return err
		}
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
	if a.o.through() >= PhasePurge && len(a.res.Kept) == 0 && a.m.Locked() {
		return a.removeOwn(reverting, planFile, handedOver)
	}
	return nil
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
// while it removes it, as the last thing that it does. That it was this
// installation's run is told by the record beside installed.properties.
func (a *applying) leftOver() (bool, error) {
	own, err := a.m.Has("")
	if err != nil || !own {
		return false, err
	}
	if stored, err := a.m.Has(planFile); err != nil || stored {
		return false, err
	}
	list, err := a.p.records(a.w)
	return len(list) > 0, err
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
	return nil
}

// lock takes the target, and then looks once more at all that the run has been
// decided on: another run may have come before this one.
func (a *applying) lock(ctx context.Context) error {
	if err := a.begin(); err != nil {
		return errors.Join(err, a.undoLock())
	}
	state, err := a.p.switchState(a.w)
	if err == nil && state != a.state {
		err = &StaleError{Path: a.node.Install, Reason: "another run has gone on with the switch in the meantime"}
	}
	if err == nil {
		err = a.notReverting(true)
	}
	if err == nil && state == switchNone && !a.p.AlreadyShared {
		err = a.prepare(ctx)
	}
	if err != nil {
		return unjoin(errors.Join(err, a.undoLock()))
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
	err := r.m.Withdraw()
	if root && err == nil {
		_, err = r.m.RemoveTarget()
	}
	return err
}

func (a *applying) one(ctx context.Context, s Step) error {
	a.step = s
	if s.Phase != a.phase {
		// A storage may have gone since the phase before.
		if r := a.p.unmounted(a.w.View(a.node), a.w); r != nil && !a.p.AlreadyShared {
			return a.refused(*r)
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

// present reports whether the target still holds what a server cannot do
// without; what does not is no copy of anything.
func (a *applying) present(s Step) (bool, error) {
	rel, err := a.m.Holds("conf/"+cluster.KeyEncryptionStore, "conf/"+cluster.KeyServerStore)
	if err == nil && rel != "" {
		a.keep(Kept{Path: s.ServerFrom, Reason: "the target does not hold " + rel + "; is the network storage still mounted?"})
	}
	return err == nil && rel == "", err
}

// disposable reports whether an original may be put aside or deleted, as far as
// the whole target and the owner of the original tell.
func (a *applying) disposable(s Step, at cluster.Place) (bool, error) {
	if ok, err := a.present(s); err != nil || !ok {
		return false, err
	}
	return a.owned(s, at)
}

func (a *applying) retire(ctx context.Context, s Step) (bool, error) {
	it := a.p.movedItem(s)
	if _, err := lstat(a.w.FS[s.From.Storage], s.From.Path); err != nil {
		if notThere(err) {
			err = nil
		}
		return false, err
	}
	if ok, err := a.disposable(s, s.From); err != nil || !ok {
		return false, err
	}
	did, err := a.m.Retire(ctx, it, a.p.layout(it))
	if err != nil || !did {
		return did, err
	}
	return true, a.takenBack(it)
}

// takenBack gives an original its name back that was renamed aside although
// another run had taken everything back meanwhile.
func (a *applying) takenBack(it mover.Item) error {
	over := a.m.Look()
	if over == nil {
		return nil
	}
	if state, err := a.p.switchState(a.w); err != nil || state != switchNone {
		return unjoin(errors.Join(over, err))
	}
	_, err := a.m.BringBack(it, a.p.layout(it))
	return unjoin(errors.Join(over, err))
}

func (a *applying) purge(ctx context.Context, s Step) (bool, error) {
	it := a.p.movedItem(s)
	if retired, err := a.m.Retired(it); err != nil || !retired {
		return false, err
	}
	if ok, err := a.disposable(s, s.Aside); err != nil || !ok {
		return false, err
	}
	return a.m.Purge(ctx, it, mover.Purge{Layout: a.p.layoutPaths(), Inside: a.p.layout(it), Gone: a.o.PurgeGone > 0, Alike: sameVersion})
}

// sameVersion reports whether two version files name the same version, whatever
// their date comments and line ends are.
func sameVersion(rel string, a, b []byte) bool {
	if rel != "conf/installed.version" {
		return string(a) == string(b)
	}
	x, err1 := props.Parse(rel, a)
	y, err2 := props.Parse(rel, b)
	if err1 != nil || err2 != nil {
		return string(a) == string(b)
	}
	v, ok1 := x.Get("installed.version")
	w, ok2 := y.Get("installed.version")
	return ok1 && ok2 && v == w
}

// layoutPaths are the slash paths of the layout.
func (p *Plan) layoutPaths() (list []string) {
	items, err := appdata.Layout(p.Version, p.Scheme)
	if err != nil {
		return nil
	}
	for _, l := range items {
		list = append(list, l.Path)
	}
	return list
}

// count0 counts what is gone from the target before anything is deleted, and
// stops where no server explains the loss.
func (a *applying) countGone(ctx context.Context) error {
	if a.state != switchDone || a.p.AlreadyShared {
		return nil
	}
	var alarming []string
	for _, s := range a.p.Steps {
		if s.Action != ActionPurge || s.Copies == "" {
			continue
		}
		g, err := a.m.Lost(ctx, a.p.movedItem(s), a.p.layoutPaths())
		if err != nil {
			return a.stop(s, err)
		}
		a.gone += g.Files
		for _, part := range g.Alarming() {
			alarming = append(alarming, lossText(part))
		}
	}
	a.res.Gone = a.gone
	return a.allowed(alarming)
}

// edit changes one configuration file. A file that is edited already is left
// alone, one that is neither that nor the planned one is refused.
func (a *applying) edit(s Step) (did bool, err error) {
	fsys := a.w.FS[s.From.Storage]
	data, err := readAll(fsys, s.From.Path)
	if err != nil {
		return false, err
	}
	if s.Edit.done(s.ServerFrom, data) || a.state == switchDone {
		return false, nil
	}
	if digest(data) != s.Edit.Before {
		return false, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	if a.state == switchBegun {
		if ok, err := a.owned(s, s.From); err != nil {
			return false, err
		} else if !ok {
			return false, &StaleError{Path: s.ServerFrom, Reason: "belongs to another user than conf/server/installed.properties"}
		}
	}
	after, err := s.Edit.apply(s.ServerFrom, data)
	if err != nil {
		return false, err
	}
	if err := errors.Join(a.quiet(), a.m.Look()); err != nil {
		return false, unjoin(err)
	}
	return true, a.replaceFile(fsys, s.From.Path, after, data)
}

// replaceFile writes a file of the server, if this run is still the only one
// when the file is to be replaced. What another run was still writing there is
// removed first.
func (r *run) replaceFile(fsys afero.Fs, path string, data, expect []byte) error {
	o := r.replaceOptions(expect)
	if r.p.Kind == KindPopulate {
		o.Guard = r.m.Look
	}
	err := replacefile.Write(fsys, path, data, o)
	if err != nil && r.p.Kind == KindPopulate {
		if over := r.m.Look(); over != nil {
			return over
		}
	}
	return err
}

func (r *run) replaceOptions(expect []byte) replacefile.Options {
	return replacefile.Options{Expect: expect, Sole: true, BestEffort: r.o.durability == DurabilityBestEffort}
}

// link renames the original aside and puts a link in its place. What an
// interrupted run left, the original aside and no link yet, is completed.
func (a *applying) link(s Step) (did bool, err error) {
	state, err := linkState(a.w.FS[s.From.Storage], s)
	if err != nil || state == linkDone {
		return false, err
	}
	if lacks, err := a.m.Holds(a.p.below(s.To)); err != nil {
		return false, err
	} else if lacks != "" {
		return false, a.run.gone(nil)
	}
	if aside, err := there(a.w.FS[s.From.Storage], s.Aside.Path); err != nil {
		return false, err
	} else if aside && state == linkOriginal {
		return false, &fs.PathError{Op: "rename", Path: s.Aside.Path, Err: fs.ErrExist}
	}
	return true, a.m.PutLink(s.From, s.Aside.Path, s.ServerTo)
}
