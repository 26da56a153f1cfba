package plan

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// halfway is where a run goes on whose switch is half made: the copies were
// proven before it began, and the target is no longer written to.
func (r *runner) halfway(ctx context.Context) error {
	if err := r.quiet(); err != nil {
		return err
	}
	if path, ok := r.p.fits(r.w); !ok {
		return &StaleError{Path: path, Reason: "is neither the file that was planned for nor edited already"}
	}
	err := r.present()
	if err == nil {
		changed := &ChangedError{}
		for _, s := range r.p.Steps {
			if s.Action == ActionCopy {
				if err := r.unchanged(ctx, s, changed); err != nil {
					return err
				}
			}
		}
		return changed.orNil()
	}
	// The journal may be lost and the copies good: then the originals say so.
	v, verr := r.p.Verify(ctx, r.w)
	if verr != nil || len(v.Differences) > 0 || len(v.Notes) > 0 {
		return errors.Join(err, verr)
	}
	r.note("the journal on the target was lost; every original was compared with its copy instead")
	return nil
}

// quiet refuses a server that runs while its switch is half made.
func (r *runner) quiet() error {
	if declared := r.node.Running; declared != nil && !*declared {
		return nil
	}
	pid := appdata.Join(r.node.Install, "var/server.pid")
	_, err := cluster.NewView(r.node, r.w).Stat(pid)
	if r.node.Running == nil && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &RefusedError{Plan: r.p.ID, Refusals: []Refusal{{
		Rule: "OPS001", Path: pid, Message: "the server runs, or its marker could not be looked for", Source: srcSeed,
		Fix: "stop the server and see that no process of it is left; there is no way to force this",
	}}}
}

// fresh plans once more, from the world as it is now. Only a plan that would
// be made again, and would not be refused, is applied: so neither a world
// that has changed nor a plan that was edited gets any further.
func (r *runner) fresh(ctx context.Context) error {
	if path, ok := r.p.fits(r.w); !ok {
		return &StaleError{Path: path, Reason: "is neither the file that was planned for nor edited already"}
	}
	c, err := cluster.Load(ctx, r.p.Topology, r.w)
	if err != nil {
		return err
	}
	again, err := Populate(ctx, c, r.p.Node, r.p.Target)
	if err != nil {
		return err
	}
	refusals := again.Refusals
	if r.priming {
		refusals = notRunning(refusals)
	}
	if len(refusals) > 0 {
		return &RefusedError{Plan: r.p.ID, Refusals: refusals}
	}
	if again.ID != r.p.ID {
		return &StaleError{Path: r.node.Install, Reason: "the server, the target or what they hold is not what was planned for"}
	}
	return nil
}

// preflight is all that can be found out before the first write to the
// target, and then what only a write can show.
func (r *runner) preflight(ctx context.Context) error {
	var err error
	refused := func(list []Refusal) error { return &RefusedError{Plan: r.p.ID, Refusals: list} }
	if err := r.ours(); err != nil {
		return err
	}
	if err := r.stillOurs(ctx); err != nil {
		return err
	}
	if err := r.takeBack(); err != nil {
		return err
	}
	look := r.p.surveyor(r.w)
	look.moving, look.ahead = r.priming, r.o.workers()
	if r.survey, err = look.run(ctx); err != nil {
		return err
	}
	if len(r.survey.Refusals) > 0 {
		return refused(r.survey.Refusals)
	}
	existed := there(r.to, r.p.To.Path)
	if err := r.own(); err != nil {
		return err
	}
	caseless, err := r.probe()
	r.caseless = caseless || r.p.Target.CaseInsensitive != nil && *r.p.Target.CaseInsensitive
	if err == nil {
		err = r.probeLink()
	}
	if err == nil && caseless && r.p.Target.CaseInsensitive == nil {
		var s *Survey
		look.caseless = true
		if s, err = look.run(ctx); err == nil && len(s.Refusals) > 0 {
			err = refused(s.Refusals)
		}
	}
	if err != nil {
		if r.made[child(r.p.To, ownFolder)] {
			// Nothing but our own folder was written, and it goes again.
			err = errors.Join(err, r.removeOwn())
			if !existed {
				r.to.Remove(r.p.To.Path)
			}
		}
		return unjoin(err)
	}
	if !r.made[r.p.To] {
		r.noteOwner()
	}
	if r.made[r.p.To] && !r.synthetic {
		if err := r.setMeta(r.p.To.Path, r.rootStep().Mode, nil); err != nil {
			return err
		}
	}
	if info, err := r.to.Stat(r.p.To.Path); err == nil {
		r.device, r.deviceOK = fileowner.Device(info)
	}
	return nil
}

// unjoin returns the only error of a join as itself.
func unjoin(err error) error {
	if j, ok := err.(interface{ Unwrap() []error }); ok && len(j.Unwrap()) == 1 {
		return j.Unwrap()[0]
	}
	return err
}

// ours refuses a target that holds anything but what this plan put there.
func (r *runner) ours() error {
	if !there(r.to, r.p.To.Path) {
		return nil
	}
	stored, err := readPlanFile(r.to, r.p.To)
	own := child(r.p.To, ownFolder).Path
	switch {
	case err == nil && (stored.ID == r.p.ID || r.p.supersedes(stored, r.to)):
		return nil
	case err == nil:
		return &JournalError{Path: own, Plan: stored.ID, Reason: "finish that plan first, or empty the target"}
	case !errors.Is(err, fs.ErrNotExist):
		return &JournalError{Path: own, Plan: "unknown", Reason: plain(err).Error()}
	}
	list, err := names(r.to, r.p.To.Path)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n != ownFolder && !systemEntry(n) {
			return &RefusedError{Plan: r.p.ID, Refusals: []Refusal{{
				Rule: "TGT002", Path: r.p.Target.AppData, Message: "is not empty: it holds " + n, Source: srcCode, Fix: "name a folder that does not exist yet or is empty",
			}}}
		}
	}
	return nil
}

// rootStep is the step that makes the target folder.
func (r *runner) rootStep() Step {
	for _, s := range r.p.Steps {
		if s.Action == ActionMakeDir && s.To == r.p.To {
			return s
		}
	}
	return Step{To: r.p.To, Mode: 0o755}
}

// own makes our folder on the target and stores the plan there.
func (r *runner) own() error {
	// Whether the storage keeps modes is known only after the probe, which
	// needs this folder.
	r.synthetic = true
	_, err := r.makeDir(r.rootStep())
	r.synthetic = false
	if err != nil {
		return err
	}
	own := child(r.p.To, ownFolder)
	switch err := r.to.Mkdir(own.Path, 0o700); {
	case err == nil:
		r.made[own] = true
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	var buf bytes.Buffer
	if err := r.p.WriteJSON(&buf); err != nil {
		return err
	}
	at := child(own, planFile)
	if old, err := readAll(r.to, at.Path); err == nil && bytes.Equal(old, buf.Bytes()) {
		return nil
	}
	if err := r.forgetOther(); err != nil {
		return err
	}
	tmp := child(own, planFile+".new")
	if err := r.writeSynced(tmp.Path, buf.Bytes()); err != nil {
		return err
	}
	if err := r.to.Rename(tmp.Path, at.Path); err != nil {
		return err
	}
	r.syncDir(r.to, own)
	r.syncDir(r.to, r.p.To)
	return nil
}

// forgetOther removes the manifests of a plan that is taken over: its steps have
// other numbers. What Prime recorded stays, which is named for places.
func (r *runner) forgetOther() error {
	own := child(r.p.To, ownFolder)
	list, err := names(r.to, own.Path)
	if err != nil {
		return err
	}
	for _, name := range list {
		if strings.HasPrefix(name, "s") && strings.HasSuffix(name, ".jsonl") && !strings.Contains(name, ".primed.") {
			if err := removeFile(r.to, child(own, name).Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteOwner speaks of a target folder that was there before and belongs to
// another user than its original: whether that is meant cannot be told.
func (r *runner) noteOwner() {
	info, err := r.to.Stat(r.p.To.Path)
	like, lerr := r.like(r.rootStep())
	if err != nil || lerr != nil || like == nil {
		return
	}
	uid, gid, ok := fileowner.Of(info)
	wantUID, wantGID, known := fileowner.Of(like)
	if ok && known && (uid != wantUID || gid != wantGID) {
		r.note("the target folder was there already and has another owner than the original: check that the server's user can read and write it")
	}
}
