package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// halfway is where a run goes on whose switch is half made: the copies were
// proven before it began, and the target is no longer written to.
func (r *run) halfway(ctx context.Context) error {
	fits := func() error { return r.p.fits(r.w) }
	if err := inTurn(r.quiet, fits); err != nil {
		return err
	}
	err := r.present()
	changed := &mover.Error{Reason: mover.Changed}
	for s := range r.p.of(ActionCopy) {
		if err == nil {
			err = r.m.Unchanged(ctx, r.p.item(s), changed)
		}
	}
	switch {
	case err == nil && len(changed.Changes) > 0:
		return changed
	case err == nil:
		return nil
	}
	// The journal may be lost and the copies good: then the originals say so.
	v, verr := r.p.verify(ctx, r.w, r.o.Workers)
	if verr != nil || len(v.Differences) > 0 || len(v.Notes) > 0 {
		return unjoin(errors.Join(translate(err), verr))
	}
	r.note("the journal on the target was lost; every original was compared with its copy instead")
	return nil
}

// quiet refuses a server that runs while its switch is half made.
func (r *run) quiet() error {
	if declared := r.node.Running; declared != nil && !*declared {
		return nil
	}
	pid := serverpath.Join(r.node.Install, "var/server.pid")
	_, err := r.w.View(r.node).Stat(pid)
	if r.node.Running == nil && notThere(err) {
		return nil
	}
	what := "the server is declared as running"
	switch {
	case r.node.Running != nil:
	case err != nil:
		what = "whether the server runs cannot be told: its marker could not be looked for"
	default:
		what = "exists, so the server runs or was killed"
	}
	return r.p.refused(Refusal{
		Rule: "OPS001", Path: pid, Message: what, Source: srcSeed,
		Fix: "stop the server and see that no process of it is left; if there is none, delete the file, or declare the node as not running (Node.Running; populate -stopped); a server that runs is not moved, and there is no way to force it",
	})
}

// fresh plans once more, from the world as it is now. Only a plan that would
// be made again, and would not be refused, is applied: so neither a world
// that has changed nor a plan that was edited gets any further. but, where
// given, drops refusals that do not count.
func (r *run) fresh(ctx context.Context, but func([]Refusal) []Refusal) error {
	holds, fits := func() error { return r.p.holds(r.w) }, func() error { return r.p.fits(r.w) }
	if err := inTurn(holds, fits); err != nil {
		return err
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
	if but != nil {
		refusals = but(refusals)
	}
	if len(refusals) > 0 {
		return r.p.refused(refusals...)
	}
	if again.ID != r.p.ID {
		return r.p.another(again)
	}
	return nil
}

// preflight is all that can be found out before the first write.
func (r *run) preflight(ctx context.Context) error {
	return inTurn(r.ours, func() error { return r.stillOurs(ctx) }, func() error { return r.surveyed(ctx, false) })
}

// surveyed walks through the sources once.
func (r *run) surveyed(ctx context.Context, caseless bool) error {
	v := r.p.surveyor(r.w)
	v.moving, v.ahead, v.caseless = r.priming(), workers(r.o.Workers), v.caseless || caseless
	s, err := v.run(ctx)
	if err != nil {
		return err
	}
	r.survey = s
	if len(s.Refusals) > 0 {
		return r.p.refused(s.Refusals...)
	}
	return nil
}

func (r *run) priming() bool { return r.m.Priming() }

// inTheWay refuses, before anything is copied, what the target has and no
// original has: what an earlier run copied and the server has removed since, or
// what somebody put there.
func (r *run) inTheWay(ctx context.Context) error {
	if here, err := there(r.to, r.p.To.Path); err != nil || !here || r.priming() {
		return err
	}
	found := &mover.Error{Reason: mover.InTheWay}
	for s := range r.p.of(ActionCopy) {
		if err := r.m.InTheWay(ctx, r.p.item(s), found); err != nil {
			return err
		}
	}
	var list []Refusal
	for _, c := range found.Changes {
		list = append(list, Refusal{Rule: "TGT017", Path: c.Path, Source: srcSafety,
			Message: "is on the target and no original has it: an earlier run copied what the server has removed since, or somebody put it there",
			Fix:     "see what it is, and remove it or move it away: " + removeCommand(r.node, c.Path)})
	}
	if found.More > 0 {
		list = append(list, Refusal{Rule: "TGT017", Path: r.p.Target.AppData, Source: srcSafety,
			Message: fmt.Sprintf("holds %d more that no original has", found.More), Fix: "empty the target, and apply again"})
	}
	if len(list) > 0 {
		return r.p.refused(list...)
	}
	return nil
}

// prepare is what only a run that has the target can find out, and what it
// stores there before it copies.
func (r *run) prepare(ctx context.Context) error {
	stillOurs := func() error { return r.stillOurs(ctx) }
	// A target that was handed over and never used is copied to once more, and its
	// manifests are about to change.
	takeBack := func() error {
		if over, err := r.m.Has(handedOver); err != nil || !over {
			return err
		}
		return r.m.Forget(handedOver)
	}
	clear := func() error { return r.inTheWay(ctx) }
	traits := func() error { return r.m.Traits(r.apart()) }
	if err := inTurn(r.ours, stillOurs, takeBack, clear, r.store, traits, r.tryRenames); err != nil {
		return err
	}
	if r.m.Caseless && r.p.Target.CaseInsensitive == nil {
		if err := r.surveyed(ctx, true); err != nil {
			return err
		}
	}
	if !r.m.RootMade() {
		r.noteOwner()
		return nil
	}
	if r.m.Synthetic {
		return nil
	}
	return r.m.DressRoot(r.rootStep().Mode, nil)
}

// apart are the folders that must not turn out to be on the target: those that
// hold originals, what the layout has in them, and all above.
func (r *run) apart() (list []cluster.Place) {
	add := func(at cluster.Place) {
		if !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	for s := range r.p.of(ActionCopy) {
		src := s.From
		if s.Kind == appdata.File {
			src = parent(src)
		} else {
			for _, rel := range r.p.layout(r.p.item(s)) {
				add(child(src, rel))
			}
		}
		for up := range upwards(src) {
			add(up)
		}
	}
	return list
}

// movesAside reports whether an original is renamed by this step.
func (s Step) movesAside() bool {
	return (s.Action == ActionRetire || s.Action == ActionLink) && s.Copies != ""
}

// tryRenames finds out whether originals can be renamed aside and links made in
// their places, before anything is copied.
func (r *run) tryRenames() error {
	if r.priming() {
		return nil // it writes nothing on the server
	}
	tried := false
	for _, s := range r.p.Steps {
		switch {
		case s.Action == ActionLink && !tried:
			tried = true
			if err := r.m.TryLink(s.From, s.ServerTo); err != nil {
				return r.noLinks(s, err)
			}
			fallthrough
		case s.movesAside():
			switch err := r.m.Movable(r.p.movedItem(s)); {
			case err == nil:
			case !errors.Is(err, syscall.EXDEV):
				return err
			default:
				return r.p.refused(Refusal{Rule: "TGT018", Path: s.ServerFrom, Source: srcSafety,
					Message: "this file system cannot rename it in its own folder, as retiring does: " + plain(err).Error(),
					Fix:     "move it to a file system that can; an overlay file system, as containers use, cannot rename a folder of its image"})
			}
		}
	}
	return nil
}

func (r *run) noLinks(s Step, err error) error {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) && !strings.Contains(err.Error(), "stored another text") {
		return err
	}
	return r.p.refused(Refusal{Rule: "TGT007", Path: s.ServerFrom, Source: srcHA,
		Message: "this storage cannot make symbolic links as they are written: " + plain(err).Error(), Fix: "use a file system that can"})
}
