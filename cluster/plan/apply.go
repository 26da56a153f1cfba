package plan

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// ApplyOptions choose how far Apply goes and what it tells.
type ApplyOptions struct {
	// Retire goes on after the switch and renames the originals aside. The
	// server may run by then.
	Retire bool
	// Purge goes on after Retire, which it implies, and deletes them. Given
	// with a plan that was not applied yet, it does all in one call, without
	// the good day and the good backup in between that the plan asks people
	// for; Confirm can stop that.
	Purge bool
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
	// ProbeName is the name of the file by which Apply finds out whether two
	// places are one. It must exist nowhere yet; empty means a name made
	// from the plan's id.
	ProbeName string
	// Progress receives events; nil is allowed.
	Progress func(Event)
	// Confirm is asked about every manual step when its turn comes. An error
	// stops the run. Nil: manual steps are listed in the Result.
	Confirm func(ctx context.Context, s Step) error
}

// DefaultWorkers is how many files Apply works on at the same time unless it is
// told otherwise: enough to keep a disk or a network storage busy.
const DefaultWorkers = 8

// maxWorkers bounds the memory that a caller can ask for by mistake.
const maxWorkers = 64

func (o ApplyOptions) workers() int {
	if o.Workers <= 0 {
		return DefaultWorkers
	}
	return min(o.Workers, maxWorkers)
}

// Apply carries the plan out on the real world, in the order of its steps. It
// stops after PhaseSwitch unless the options say more. A refused plan, or a
// world that has changed for the worse since, is a *RefusedError before
// anything is written. Any later failure is a *StepError: the originals are
// still there, and applying the same plan again goes on from where it
// stopped. Applied again after the switch it writes nothing to the target,
// which belongs to the server from then on.
//
// The Result is never nil.
func (p *Plan) Apply(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	r := &runner{p: p, w: w, o: o, res: newResult(p)}
	if err := p.intact(); err != nil {
		return r.res, err
	}
	if p.Refused() {
		return r.res, &RefusedError{Plan: p.ID, Refusals: p.Refusals}
	}
	return r.res, r.run(ctx)
}

// runner is one run of Apply.
type runner struct {
	p   *Plan
	w   cluster.World
	o   ApplyOptions
	res *Result

	node   cluster.Node
	to     afero.Fs // the target's storage
	survey *Survey
	// made are the folders that this run has created.
	made map[cluster.Place]bool
	// device is where the target was when the run began.
	device   fileowner.FileID
	deviceOK bool
	// synthetic reports that the target does not keep modes.
	synthetic bool
	// mine reports, while reverting, that the target holds this plan's copies.
	mine bool
	// priming: the server may run; quietSince is since when a file must have
	// been left alone for its stamp to mean something.
	priming    bool
	quietSince time.Time
	// working are the bytes written to the target and not yet proven.
	working atomic.Int64
	// caseless: the target does not tell upper from lower case; noStamps: its
	// times of change say nothing.
	caseless, noStamps bool
	// other: what the target holds was recorded by another plan, which this
	// one may take over.
	other bool
	// cleared: what an interrupted run left half written is gone.
	cleared bool
	// sc is for what this goroutine reads itself; the crew has its own.
	sc   scratch
	crew *crew
	// notes guards Result.Notes, which workers write too.
	notes sync.Mutex
}

func (r *runner) run(ctx context.Context) error {
	if r.p.Kind == KindAlign {
		return r.align(ctx)
	}
	if err := r.target(); err != nil {
		return err
	}
	r.survey, r.made = &Survey{}, map[cluster.Place]bool{}
	state, err := r.p.switchState(r.w)
	if err != nil {
		return err
	}
	if state == switchNone {
		err = r.fresh(ctx)
	} else if state == switchBegun {
		err = r.halfway(ctx)
	}
	if err != nil {
		return err
	}
	if state == switchNone && !r.p.AlreadyShared {
		if err := r.preflight(ctx); err != nil {
			return err
		}
	}
	for _, s := range r.p.Steps {
		if state == switchNone && (s.Action == ActionLink || s.Action == ActionEdit) {
			if err := r.handOver(); err != nil {
				return r.stop(s, err)
			}
		}
		if s.Phase == PhaseRetire && !r.o.Retire && !r.o.Purge || s.Phase == PhasePurge && !r.o.Purge {
			break
		}
		if err := ctx.Err(); err != nil {
			return r.stop(s, err)
		}
		past := s.Phase < PhaseSwitch || state == switchDone && s.Phase == PhaseSwitch && s.Action == ActionManual
		if state != switchNone && past {
			r.res.Skipped = append(r.res.Skipped, s.ID)
			r.tell(Event{Kind: EventSkipped, Step: s})
			continue
		}
		if err := r.step(ctx, s); err != nil {
			return r.stop(s, err)
		}
		r.res.Phase = s.Phase
	}
	if r.o.Purge && len(r.res.Kept) == 0 && (!r.p.AlreadyShared || r.leftOver()) {
		return r.removeOwn()
	}
	return nil
}

// leftOver reports a folder of ours without a plan: what a run leaves that dies
// while it removes it, as the last thing that it does.
func (r *runner) leftOver() bool {
	own := child(r.p.To, ownFolder)
	return there(r.to, own.Path) && !there(r.to, child(own, planFile).Path)
}

// target finds what every run needs: the node and the target's storage.
func (r *runner) target() (err error) {
	if err := errors.Join(r.p.realWorld(r.w), r.p.storages(r.w)); err != nil {
		return unjoin(err)
	}
	if r.node, err = r.p.node(); err != nil {
		return err
	}
	if r.to = r.w.FS[r.p.To.Storage]; r.to == nil {
		return &PlanError{Plan: r.p.ID, Reason: "the world has no storage " + r.p.To.Storage}
	}
	return nil
}

func (r *runner) stop(s Step, err error) error {
	return &StepError{Step: s.ID, Title: s.Title, Phase: s.Phase, Err: err}
}

func (r *runner) tell(e Event) {
	if r.o.Progress == nil {
		return
	}
	e.Files, e.Bytes, e.Working = r.res.VerifiedFiles, r.res.VerifiedBytes, max(0, r.working.Load())
	e.TotalFiles, e.TotalBytes = r.survey.Files, r.survey.Bytes
	r.o.Progress(e)
}

// note adds to Result.Notes, from any worker.
func (r *runner) note(text string) {
	r.notes.Lock()
	defer r.notes.Unlock()
	r.res.note(text)
}

func (r *runner) step(ctx context.Context, s Step) error {
	r.tell(Event{Kind: EventStarted, Step: s})
	did, err := true, error(nil)
	switch s.Action {
	case ActionManual:
		r.res.Manual = append(r.res.Manual, s.ID)
		r.tell(Event{Kind: EventWaiting, Step: s})
		if r.o.Confirm != nil {
			return r.o.Confirm(ctx, s)
		}
		return nil
	case ActionMakeDir:
		did, err = r.makeDir(s)
	case ActionCopy:
		err = r.copy(ctx, s)
	case ActionRescan:
		err = r.rescan(ctx)
	case ActionEdit:
		did, err = r.edit(s)
	case ActionLink:
		did, err = r.link(s)
	case ActionReplace:
		did, err = r.replace(s)
	case ActionRetire:
		did, err = r.retire(ctx, s)
	case ActionPurge:
		did, err = r.purge(ctx, s)
	}
	if err != nil {
		return err
	}
	if !did {
		r.res.Skipped = append(r.res.Skipped, s.ID)
		r.tell(Event{Kind: EventSkipped, Step: s})
		return nil
	}
	r.res.Done = append(r.res.Done, s.ID)
	r.tell(Event{Kind: EventDone, Step: s})
	return nil
}

func (r *runner) writeSynced(path string, data []byte) error {
	f, err := r.to.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = r.sync(f)
	}
	return errors.Join(err, f.Close())
}

// removeOwn removes our folder, once nothing needs it any more. The plan goes
// after all that it explains, and the mark that the target is the server's goes
// last: a plan without it would be applied again.
func (r *runner) removeOwn() error {
	own := child(r.p.To, ownFolder)
	list, err := names(r.to, own.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range list {
		if name != planFile && name != handedOver {
			err = errors.Join(err, r.to.RemoveAll(child(own, name).Path))
		}
	}
	if err == nil {
		err = removeFile(r.to, child(own, planFile).Path)
	}
	if err == nil {
		r.syncDir(r.to, own)
		err = r.to.RemoveAll(own.Path)
	}
	r.syncDir(r.to, r.p.To)
	return unjoin(err)
}

// sync makes a file's content durable, or notes that the storage cannot.
func (r *runner) sync(f afero.File) error {
	err := f.Sync()
	if err != nil && r.o.Durability == DurabilityBestEffort {
		r.note("the storage cannot sync files: what was written may be lost in a power cut")
		return nil
	}
	return err
}

// syncBatch makes durable what a batch has written, with all its files closed.
func (r *runner) syncBatch() error {
	err := r.o.SyncStorage(r.p.To.Storage, child(r.p.To, ownFolder).Path)
	if err != nil && r.o.Durability == DurabilityBestEffort {
		r.note("the storage cannot sync files: what was written may be lost in a power cut")
		return nil
	}
	return err
}

// syncDir makes name changes durable. A folder that cannot be synced is no
// failure: many network file systems have no such call.
func (r *runner) syncDir(fsys afero.Fs, dir cluster.Place) {
	f, err := fsys.Open(dir.Path)
	if err != nil {
		return
	}
	f.Sync()
	f.Close()
}
