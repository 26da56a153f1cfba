package plan

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

// primeMargin is how long a file must have been left alone before Prime began,
// for its time of change to tell later whether it was touched. It covers clocks
// that do not agree and times that storages keep coarsely.
const primeMargin = 10 * time.Minute

// PrimeOptions choose how Prime works.
type PrimeOptions struct {
	// Workers, Durability, SyncStorage, RunID and Progress are as in
	// ApplyOptions.
	Workers     int
	Durability  Durability
	SyncStorage func(storage, path string) error
	RunID       string
	Progress    func(Event)
}

// Prime copies while the server still runs, so that the outage need not last as
// long as the copying: Apply, after the stop, copies again only what has changed
// since. Prime switches nothing, proves nothing for good, and writes nothing on
// the server. A file that changes or goes away while it is copied is left for
// Apply; conf/installed.version is never primed, so no installer can join what
// is there.
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
// what Apply refuses, except that the server runs. What was primed belongs to the
// plan: Revert removes it. A later plan takes it over if it copies at least the
// same originals to the same places, even where the server's configuration has
// changed in between; copies of what the server has removed since are removed
// too, as long as they still are what Prime made.
func (p *Plan) Prime(ctx context.Context, w cluster.World, o PrimeOptions) (*Result, error) {
	res := newResult(p)
	if err := p.intact(); err != nil {
		return res, err
	}
	if p.Kind != KindPopulate {
		return res, p.unfit("only a plan that moves application data has something to prime")
	}
	if list := notRunning(p.Refusals); len(list) > 0 {
		return res, p.refused(list...)
	}
	if p.AlreadyShared {
		res.note("the application data is on the storage already, so there is nothing to prime")
		return res, nil
	}
	still := *p
	still.Refusals = []Refusal{} // what is recorded is for the run after the stop
	return still.start(w, runOptions(o), true, func(r *run) error { return (&priming{r}).carryOut(ctx) })
}

// priming is one run of Prime.
type priming struct{ *run }

// notRunning are the refusals other than that the server runs.
func notRunning(list []Refusal) []Refusal {
	return slices.DeleteFunc(slices.Clone(list), func(f Refusal) bool { return f.Rule == "OPS001" })
}

func (r *priming) carryOut(ctx context.Context) error {
	defer r.count()
	fresh := func() error { return r.fresh(ctx, notRunning) }
	preflight := func() error { return r.preflight(ctx) }
	prepare := func() error { return r.prepare(ctx) }
	if err := inTurn(r.ready, fresh, preflight); err != nil {
		return err
	}
	if err := inTurn(r.begin, r.stillMounted, r.ready, prepare); err != nil {
		return unjoin(errors.Join(err, r.undoLock()))
	}
	if r.w.Now.IsZero() {
		r.note("no clock was given, so Apply will read all that was primed again")
	}
	for _, s := range r.p.Steps {
		if s.Phase > PhasePopulate {
			break
		}
		if err := r.canceled(ctx, s); err != nil {
			return err
		}
		r.step = s
		var err error
		switch {
		case s.Action == ActionMakeDir:
			_, err = r.makeDir(s)
		case s.Action == ActionCopy && s.To != r.p.marker():
			r.tell(Event{Kind: EventStarted, Step: s})
			err = r.m.Copy(ctx, r.p.item(s))
		default:
			continue
		}
		if err != nil {
			return r.stop(s, err)
		}
		r.did(s, true)
	}
	return nil
}

// ready refuses once the target was handed over: nothing is primed on it then.
func (r *priming) ready() error {
	state, err := r.p.switchState(r.w)
	if err != nil {
		return err
	}
	over, err := r.m.Has(handedOver)
	switch {
	case err != nil:
		return err
	case state != switchNone:
		return r.p.unfit("the switch has begun, so there is nothing to prime any more")
	case over:
		return r.p.journal("the target was handed over to the server, so nothing is primed there any more", nil)
	}
	return nil
}

// marker is the copy of conf/installed.version: with it on the storage,
// installers join.
func (p *Plan) marker() cluster.Place { return child(p.To, "conf/installed.version") }
