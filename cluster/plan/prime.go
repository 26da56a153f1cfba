package plan

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

// primeMargin is how long a file must have been left alone before Prime began,
// for its time of change to tell later whether it was touched. It covers clocks
// that do not agree and times that storages keep coarsely.
const primeMargin = 10 * time.Minute

// Prime copies while the server still runs, so that the outage need not last as
// long as the copying: Apply, after the stop, copies again only what has changed
// since. Prime switches nothing and proves nothing for good. A file that changes
// or goes away while it is copied is left for Apply; conf/installed.version is
// never primed, so no installer can join what is there.
//
// A copy that Prime made is taken over by Apply without being read again where
// size, time of modification, time of change and file number of both the
// original and the copy are what Prime recorded after it had compared the two
// byte for byte, and the original had been left alone for ten minutes when Prime
// began. Any other copy is compared again, or made again. The condition needs
// World.Now and storages that tell the time of change; without them Apply reads
// everything again, which is slower and no less safe.
//
// Prime may be repeated, which shortens what is left for the outage. It refuses
// what Apply refuses, except that the server runs. Of the options it uses
// Workers, Durability, ProbeName and Progress. What was primed belongs to the
// plan: Revert removes it. A later plan takes it over if it copies at least the
// same originals to the same places, even where the server's configuration has
// changed in between; copies of what the server has removed since are removed
// too, as long as they still are what Prime made.
func (p *Plan) Prime(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	still := *p
	still.Refusals = []Refusal{} // what is recorded is for the run after the stop
	r := &runner{p: &still, w: w, o: o, res: newResult(p), survey: &Survey{}, made: map[cluster.Place]bool{}, priming: true}
	if err := p.intact(); err != nil {
		return r.res, err
	}
	if p.Kind != KindPopulate {
		return r.res, &PlanError{Plan: p.ID, Reason: "only a plan that moves application data has something to prime"}
	}
	if list := notRunning(p.Refusals); len(list) > 0 {
		return r.res, &RefusedError{Plan: p.ID, Refusals: list}
	}
	if p.AlreadyShared {
		r.note("the application data is on the storage already, so there is nothing to prime")
		return r.res, nil
	}
	return r.res, r.prime(ctx)
}

// notRunning are the refusals other than that the server runs.
func notRunning(list []Refusal) []Refusal {
	return slices.DeleteFunc(slices.Clone(list), func(f Refusal) bool { return f.Rule == "OPS001" })
}

func (r *runner) prime(ctx context.Context) error {
	if err := r.target(); err != nil {
		return err
	}
	if state, err := r.p.switchState(r.w); err != nil || state != switchNone {
		return errors.Join(err, &PlanError{Plan: r.p.ID, Reason: "the switch has begun, so there is nothing to prime any more"})
	}
	if err := r.stillPriming(); err != nil {
		return err
	}
	if err := r.fresh(ctx); err != nil {
		return err
	}
	if err := r.preflight(ctx); err != nil {
		return err
	}
	if r.w.Now.IsZero() {
		r.note("no clock was given, so Apply will read all that was primed again")
	} else {
		r.quietSince = r.w.Now.Add(-primeMargin)
	}
	for _, s := range r.p.Steps {
		if s.Phase > PhasePopulate {
			break
		}
		if err := ctx.Err(); err != nil {
			return r.stop(s, err)
		}
		var err error
		switch {
		case s.Action == ActionMakeDir:
			_, err = r.makeDir(s)
		case s.Action == ActionCopy && s.To != r.p.marker():
			r.tell(Event{Kind: EventStarted, Step: s})
			err = r.copy(ctx, s)
		default:
			continue
		}
		if err != nil {
			return r.stop(s, err)
		}
		r.res.Done = append(r.res.Done, s.ID)
		r.tell(Event{Kind: EventDone, Step: s})
	}
	return nil
}

// stillPriming stops a Prime that has outlived the outage: once the target was
// handed over, nothing is primed on it.
func (r *runner) stillPriming() error {
	own := child(r.p.To, ownFolder)
	if !r.priming || !there(r.to, child(own, handedOver).Path) {
		return nil
	}
	return &JournalError{Path: own.Path, Plan: r.p.ID, Reason: "the target was handed over to the server, so nothing is primed there any more"}
}

// marker is the copy of conf/installed.version: with it on the storage,
// installers join.
func (p *Plan) marker() cluster.Place { return child(p.To, "conf/installed.version") }

// stamp tells whether a file was touched: no change of its content or metadata
// leaves it as it is.
type stamp struct {
	Changed time.Time `json:"changed"`
	File    uint64    `json:"file"`
}

// primed is one line of what Prime recorded: the original as it was, and where
// that is known the stamps of the two files that were found equal.
type primed struct {
	record
	Source *stamp `json:"source,omitempty"`
	Target *stamp `json:"target,omitempty"`
}

// trusted reports whether neither the original nor the copy was touched since
// Prime compared them.
func (p *primed) trusted(source, target fs.FileInfo) bool {
	if p == nil || p.Source == nil || p.Target == nil || p.Mode != source.Mode() {
		return false
	}
	return p.Size == source.Size() && p.MTime.Equal(source.ModTime()) && p.Source.still(source) &&
		p.Size == target.Size() && p.Target.still(target)
}
