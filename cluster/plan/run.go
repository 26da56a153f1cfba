package plan

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// runOptions are what all runs of a plan have in common: see ApplyOptions.
type runOptions struct {
	workers     int
	durability  Durability
	syncStorage func(storage, path string) error
	runID       string
	progress    func(Event)
}

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

// open finds what every run needs: the node, the target's storage, and a mover
// that has not written anything yet.
func (r *run) open(priming bool) (err error) {
	r.survey = &Survey{}
	if err := errors.Join(r.p.realWorld(r.w), r.p.storages(r.w)); err != nil {
		return unjoin(err)
	}
	if r.node, err = r.p.node(); err != nil {
		return err
	}
	if r.to = r.w.FS[r.p.To.Storage]; r.to == nil {
		return &PlanError{Plan: r.p.ID, Reason: "the world has no storage " + r.p.To.Storage}
	}
	c := r.p.moverConfig(r.w, r.node)
	c.RunID, c.Workers, c.BestEffort, c.Priming = r.o.runID, workers(r.o.workers), r.o.durability == DurabilityBestEffort, priming
	if c.RunID == "" {
		if c.RunID, err = randomID(); err != nil {
			return err
		}
	}
	if r.o.syncStorage != nil {
		c.SyncStorage = func() error { return r.o.syncStorage(r.p.To.Storage, child(r.p.To, ownFolder).Path) }
	}
	if priming && !r.w.Now.IsZero() {
		c.QuietSince = r.w.Now.Add(-primeMargin)
	}
	c.Progress = func(_ mover.Item, rel string) { r.tell(Event{Kind: EventProgress, Step: r.step, Path: rel}) }
	c.Note = r.note
	c.Keep = func(k mover.Kept) { r.keep(Kept(k)) }
	if c.Target, err = fsx.Open(r.to, r.p.To.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
	up := r.p.To
	for {
		if here, err := there(r.to, up.Path); err != nil {
			return err
		} else if here {
			break
		}
		dir, name := serverpath.Split(up.Path)
		if name == "" {
			break
		}
		names = append([]string{name}, names...)
		up.Path = dir
	}
	above, err := fsx.Open(r.to, up.Path)
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
	for _, s := range r.p.Steps {
		if s.Action == ActionMakeDir && s.To == r.p.To {
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

// below is the slash path of a place below the target.
func (p *Plan) below(at cluster.Place) string {
	return strings.ReplaceAll(strings.Trim(strings.TrimPrefix(at.Path, p.To.Path), `/\`), `\`, "/")
}

// item is what a Copy step moves.
func (p *Plan) item(s Step) mover.Item {
	it := mover.Item{
		ID: s.ID, From: s.From, To: p.below(s.To), Exclude: s.Exclude, Others: p.notOfCopy(s),
		Original: s.ServerFrom, Copy: s.ServerTo, Follow: p.Target.links() == LinksFollow,
		Writer: func(rel string) string { return writer(s, rel) },
	}
	for _, o := range p.Steps {
		if o.Copies == s.ID && o.From == s.From && o.Aside.Path != "" {
			it.Aside, it.Purging = o.Aside.Path, purgingName(s.From.Path, p.ID)
		}
	}
	return it
}

// original is what a Retire or Purge step puts aside or deletes.
func (p *Plan) movedItem(s Step) mover.Item {
	it := mover.Item{From: s.From, To: p.below(s.To), Original: s.ServerFrom, Copy: s.ServerTo}
	if c, ok := p.step(s.Copies); ok {
		it = p.item(c)
		it.From, it.Original = s.From, s.ServerFrom
	}
	it.Aside, it.Purging = s.Aside.Path, purgingName(s.From.Path, p.ID)
	return it
}

// layout are the slash paths of the layout's folders inside an item.
func (p *Plan) layout(it mover.Item) (list []string) {
	items, err := appdata.Layout(p.Version, p.Scheme)
	if err != nil {
		return nil
	}
	seen := map[string]bool{"": true}
	for _, l := range items {
		rel, ok := strings.CutPrefix("/"+l.Path, strings.TrimSuffix("/"+it.To, "/")+"/")
		if !ok {
			continue
		}
		if l.Kind != appdata.Dir {
			rel = rel[:strings.LastIndexByte("/"+rel, '/')]
		}
		if rel = strings.Trim(rel, "/"); !seen[rel] {
			seen[rel] = true
			list = append(list, rel)
		}
	}
	return list
}

func (r *run) tell(e Event) {
	if r.o.progress == nil {
		return
	}
	st := r.m.Stats
	e.Files, e.Bytes, e.Working = st.VerifiedFiles, st.VerifiedBytes, r.m.Working()
	e.TotalFiles, e.TotalBytes = r.survey.Files, r.survey.Bytes
	r.o.progress(e)
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
	if r.m == nil {
		return
	}
	st := r.m.Stats
	r.res.CopiedFiles, r.res.CopiedBytes = st.CopiedFiles, st.CopiedBytes
	r.res.VerifiedFiles, r.res.VerifiedBytes = st.VerifiedFiles, st.VerifiedBytes
}

// did records a step that was carried out, or had been before.
func (r *run) did(s Step, did bool) {
	if !did {
		r.res.Skipped = append(r.res.Skipped, s.ID)
		r.tell(Event{Kind: EventSkipped, Step: s})
		return
	}
	r.res.Done = append(r.res.Done, s.ID)
	r.tell(Event{Kind: EventDone, Step: s})
}

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

// copies are the Copy steps.
func (p *Plan) copies() (list []Step) {
	for _, s := range p.Steps {
		if s.Action == ActionCopy {
			list = append(list, s)
		}
	}
	return list
}

// unjoin returns the only error of a join as itself.
func unjoin(err error) error {
	if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) == 1 {
		return j.Unwrap()[0]
	}
	return err
}

// writer names what usually writes at a path, so that a person knows what to
// stop.
func writer(s Step, rel string) string {
	path := strings.ReplaceAll(s.ServerFrom, `\`, "/") + "/" + rel
	for _, w := range []struct{ part, who string }{
		{"/logs/", "the server's processes"},
		{"/var/repository/", "CodeStation imports or uploads"},
		{"/var/plugins/", "the installation of a plugin"},
		{"encryption.keystore", "a key tool"},
		{"server.keystore", "the server, when an agent's certificate is added"},
		{"/var/sa/", "the server"},
	} {
		if strings.Contains(path, w.part) {
			return w.who
		}
	}
	return ""
}

// leads finds where the link at a place leads as the server reads it: an
// absolute text is a path of the server, and its mounts count.
func leads(n cluster.Node) func(map[string]afero.Fs, cluster.Place) (cluster.Place, error) {
	return func(world map[string]afero.Fs, link cluster.Place) (cluster.Place, error) {
		path, ok := serverPath(n, link)
		if !ok {
			return cluster.Place{}, cluster.ErrNotLocated
		}
		r, err := cluster.World{FS: world}.View(n).Resolve(path)
		if err != nil {
			return cluster.Place{}, plain(err)
		}
		return r.Place, nil
	}
}

// serverPath is a path by which the server sees a place: Node.Locate read
// backwards.
func serverPath(n cluster.Node, p cluster.Place) (string, bool) {
	path, best := "", -1
	for _, m := range n.Mounts {
		root := strings.TrimRight(m.Root, `/\`)
		if len(root) > best && placeIn(cluster.Place{Storage: m.Storage, Path: root}, p) {
			path, best = serverpath.Join(m.Path, strings.TrimLeft(p.Path[len(root):], `/\`)), len(root)
		}
	}
	return path, best >= 0
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
