package plan

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"sync"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// runOptions are what all runs of a plan have in common: see ApplyOptions.
type runOptions RevertOptions

func (o runOptions) bestEffort() bool { return o.Durability == DurabilityBestEffort }

// maxWorkers bounds the memory that a caller can ask for by mistake.
const maxWorkers = 64

func workers(n int) int {
	if n <= 0 {
		return DefaultWorkers
	}
	return min(n, maxWorkers)
}

// run is what Apply, Prime, Revert and Verify have in common: the world, the
// mover, and what is told of it.
type run struct {
	p   *Plan
	w   cluster.World
	o   runOptions
	res *Result

	node   cluster.Node
	to     afero.Fs // the target's storage
	survey *Survey
	m      *mover.Mover
	// stored: this run has recorded its plan on the target.
	stored bool
	// step is the one at hand, for what the mover tells.
	step Step
	// notes guards Result.Notes, which workers write too.
	notes sync.Mutex
}

// start makes a run of a verb that is for plans which move application data, and
// carries it out.
func (p *Plan) start(w cluster.World, o runOptions, priming bool, do func(r *run) error) (*Result, error) {
	r := &run{p: p, w: w, o: o, res: newResult(p)}
	defer r.close()
	err := r.open(priming)
	if err == nil {
		err = do(r)
	}
	return r.res, translateOutside(err)
}

// open finds what every run needs: the node, the target's storage, and a mover
// that has not written anything yet.
func (r *run) open(priming bool) (err error) {
	r.survey = &Survey{}
	if err := r.p.applicable(r.w); err != nil {
		return err
	}
	if r.node, err = r.p.node(); err != nil {
		return err
	}
	if r.to, err = r.p.storage(r.w, r.p.To); err != nil {
		return err
	}
	c := r.p.moverConfig(r.w, r.node)
	c.RunID, c.Workers, c.BestEffort, c.Priming = r.o.RunID, workers(r.o.Workers), r.o.bestEffort(), priming
	if c.RunID == "" {
		if c.RunID, err = randomID(); err != nil {
			return err
		}
	}
	if r.o.SyncStorage != nil {
		c.SyncStorage = func() error { return r.o.SyncStorage(r.p.To.Storage, child(r.p.To, ownFolder).Path) }
	}
	if priming && !r.w.Now.IsZero() {
		c.QuietSince = r.w.Now.Add(-primeMargin)
	}
	c.Progress = func(_ mover.Item, rel string) { r.tell(Event{Kind: EventProgress, Step: r.step, Path: rel}) }
	c.Note = r.note
	c.Keep = func(k mover.Kept) { r.keep(Kept(k)) }
	if c.Target, err = fsx.Open(r.to, r.p.To.Path); err != nil && !notThere(err) {
		return err
	}
	r.m = mover.New(c)
	return nil
}

// randomID is a name that nobody has used before.
func randomID() (string, error) {
	var b [12]byte
	_, err := rand.Read(b[:])
	return hex.EncodeToString(b[:]), err
}

// moverConfig is what a mover has to know of a plan and of the world.
func (p *Plan) moverConfig(w cluster.World, n cluster.Node) mover.Config {
	follow := leads(n)
	return mover.Config{
		Plan: p.ID, TargetPlace: p.To, Workers: 1, RunID: "000000", Reverting: reverting,
		Source: func(at cluster.Place) (fsx.Folder, error) {
			fsys := w.FS[at.Storage]
			if fsys == nil {
				return nil, cluster.ErrNotLocated
			}
			return fsx.Open(fsys, at.Path)
		},
		Leads:    func(link cluster.Place) (cluster.Place, error) { return follow(w.FS, link) },
		Caseless: p.Target.CaseInsensitive != nil && *p.Target.CaseInsensitive,
	}
}

// close gives the target back, and the handles.
func (r *run) close() {
	if r.m != nil {
		_ = r.m.End() // what stays is swept by the next run
		r.m.Close()
	}
}

// begin takes the target for this run, and makes it where it is missing.
func (r *run) begin() error {
	if r.m.Locked() {
		return nil
	}
	if !r.m.HasTarget() {
		if err := r.makeTarget(); err != nil {
			return err
		}
	}
	return r.m.Begin()
}

func (r *run) makeTarget() error {
	var names []string
	var here cluster.Place
	for here = range upwards(r.p.To) {
		is, err := there(r.to, here.Path)
		if err != nil {
			return err
		}
		_, name := serverpath.Split(here.Path)
		if is || name == "" {
			break
		}
		names = append([]string{name}, names...)
	}
	above, err := fsx.Open(r.to, here.Path)
	if err != nil {
		return err
	}
	if len(names) == 0 { // another run has made it in the meantime
		r.m.SetTarget(above)
		return nil
	}
	s := r.rootStep()
	like, err := r.like(s)
	if err != nil {
		return err
	}
	return r.m.MakeTarget(above, names, s.Mode, like)
}

// rootStep is the step that makes the target folder.
func (r *run) rootStep() Step {
	for s := range r.p.of(ActionMakeDir) {
		if s.To == r.p.To {
			return s
		}
	}
	return Step{To: r.p.To, Mode: 0o755}
}

// like is the folder that a new one is to be like, nil where there is none.
func (r *run) like(s Step) (fs.FileInfo, error) {
	if s.From.Path == "" {
		return nil, nil
	}
	return r.w.FS[s.From.Storage].Stat(s.From.Path)
}

func (r *run) tell(e Event) {
	if r.o.Progress == nil {
		return
	}
	st := r.m.Stats
	e.Files, e.Bytes, e.Working = st.VerifiedFiles, st.VerifiedBytes, r.m.Working()
	e.TotalFiles, e.TotalBytes = r.survey.Files, r.survey.Bytes
	r.o.Progress(e)
}

// note adds to Result.Notes, from any worker.
func (r *run) note(text string) {
	r.notes.Lock()
	defer r.notes.Unlock()
	r.res.note(text)
}

// keep reports an original that stays.
func (r *run) keep(k Kept) {
	r.res.Kept = append(r.res.Kept, k)
	r.tell(Event{Kind: EventKept, Step: r.step, Message: k.Path + ": " + k.Reason})
}

// count takes over what the mover counted.
func (r *run) count() {
	st := r.m.Stats
	r.res.CopiedFiles, r.res.CopiedBytes = st.CopiedFiles, st.CopiedBytes
	r.res.VerifiedFiles, r.res.VerifiedBytes = st.VerifiedFiles, st.VerifiedBytes
}

// did records a step that was carried out, or had been before.
func (r *run) did(s Step, did bool) { r.tell(Event{Kind: r.res.did(s, did), Step: s}) }

// makeDir creates a folder of the target.
func (r *run) makeDir(s Step) (bool, error) {
	if s.To == r.p.To {
		return r.m.RootMade(), nil
	}
	like, err := r.like(s)
	if err != nil {
		return false, err
	}
	return r.m.MakeDir(r.p.below(s.To), s.Mode, like)
}

// unjoin returns the only error of a join as itself.
func unjoin(err error) error {
	if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) == 1 {
		return j.Unwrap()[0]
	}
	return err
}

// inTurn does one thing after the other, up to the first error.
func inTurn(list ...func() error) error {
	for _, do := range list {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// canceled returns the error of a done context as a step's.
func (r *run) canceled(ctx context.Context, s Step) error {
	if err := ctx.Err(); err != nil {
		return r.stop(s, err)
	}
	return nil
}

// modeBits are what is kept of a mode.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// realWorld returns an Error of ReasonPlan for a world that Simulate has made: what is
// applied or verified there proves nothing.
func (p *Plan) realWorld(w cluster.World) error {
	for name, fsys := range w.FS {
		if overlay.Simulated(fsys) {
			return p.unfit("storage " + name + " is a simulated one; give the real world")
		}
	}
	return nil
}

// applicable returns an Error of ReasonPlan for a world in which the plan cannot be
// carried out.
func (p *Plan) applicable(w cluster.World) error {
	return unjoin(errors.Join(p.realWorld(w), p.storages(w)))
}
