package plan

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// Simulate returns the world as it will be after Apply, without writing
// anything: every storage is an overlay over the real one, which answers for
// the future. cluster.Load and check.Run judge it as they would the real one. It is
// the world after PhaseSwitch; SimulateThrough goes further or less far.
//
// The overlays read the real storages when they are asked, so they are good
// as long as those do not change. The journal that Apply keeps on the target
// until the last purge is not in them. The cost is that of the number of
// steps, however many files they move.
//
// A refused plan has no future: the error is a *RefusedError. What only a walk
// through the sources shows, such as links deep inside, is for Survey.
func (p *Plan) Simulate(ctx context.Context, w cluster.World) (cluster.World, error) {
	return p.SimulateThrough(ctx, w, PhaseSwitch)
}

// SimulateThrough is Simulate up to and including a phase.
func (p *Plan) SimulateThrough(ctx context.Context, w cluster.World, last Phase) (cluster.World, error) {
	if err := p.intact(); err != nil {
		return cluster.World{}, err
	}
	if p.Refused() {
		return cluster.World{}, p.refused(p.Refusals...)
	}
	if err := p.storages(w); err != nil {
		return cluster.World{}, err
	}
	secret, err := p.secrets(ctx, w)
	if err != nil {
		return cluster.World{}, err
	}
	o, state := overlay.New(w.FS), switchNone
	if p.Kind == KindPopulate {
		state, err = p.stillFits(w)
	} else {
		err = p.ready(ctx, w, secret)
	}
	if err != nil {
		return cluster.World{}, err
	}
	for _, s := range p.Steps {
		if err := ctx.Err(); err != nil {
			return cluster.World{}, err
		}
		if p.Kind == KindPopulate && state == switchNone && last >= PhasePopulate && s.movesAside() {
			if err := removeIfThere(o, mover.Trial(s.From)); err != nil { // as Apply does, of an interrupted run
				return cluster.World{}, err
			}
		}
		if s.Phase > last || state != switchNone && s.Phase < PhaseSwitch {
			continue
		}
		if p.Kind != KindPopulate {
			err = p.simulateChange(o, w, s, secret)
		} else {
			err = p.simulate(o, s)
		}
		if err != nil {
			return cluster.World{}, &StepError{Step: s.ID, Title: s.Title, Phase: s.Phase, Err: err}
		}
	}
	w.FS = o.Storages()
	return w, nil
}

func (p *Plan) simulate(o *overlay.World, s Step) error {
	switch s.Action {
	case ActionMakeDir:
		return makeDirs(o, s.To, s.Mode)
	case ActionCopy:
		node, err := p.node()
		if err != nil {
			return err
		}
		return o.Copy(s.To, s.From, overlay.Shape{
			Exclude: s.Exclude, Follow: p.Target.links() == LinksFollow, Leads: leads(node),
			KeepMode: s.To == p.To, // as Apply
			Only:     p.notOfCopy(s),
		})
	case ActionEdit:
		data, err := readAll(o.FS(s.From.Storage), s.From.Path)
		if err != nil {
			return err
		}
		after, err := s.Edit.apply(s.ServerFrom, data)
		if err != nil {
			return err
		}
		return o.Write(s.From, after, 0)
	case ActionLink:
		fsys := o.FS(s.From.Storage)
		switch state, err := linkState(fsys, s); {
		case err != nil:
			return err
		case state == linkDone:
			return nil
		case state == linkOriginal:
			if err := o.Rename(s.From, s.Aside); err != nil {
				return err
			}
		}
		return o.Symlink(s.From, s.ServerTo)
	case ActionRetire:
		if here, err := there(o.FS(s.From.Storage), s.From.Path); err != nil || !here {
			return err
		}
		return o.Rename(s.From, s.Aside)
	case ActionPurge:
		return removeIfThere(o, s.Aside)
	}
	return nil
}

func removeIfThere(o *overlay.World, at cluster.Place) error {
	if here, err := there(o.FS(at.Storage), at.Path); err != nil || !here {
		return err
	}
	return o.Remove(at)
}

// stale is the error for a file that is gone, which no plan was made for.
func stale(err error) error {
	if pe := (*fs.PathError)(nil); notThere(err) && errors.As(err, &pe) {
		return &StaleError{Path: pe.Path, Reason: "is gone"}
	}
	return err
}

// stillFits returns how far the switch got, and a *StaleError unless it is done or
// the world is, as far as the plan's own files tell, the one that was planned for.
func (p *Plan) stillFits(w cluster.World) (state int, err error) {
	if state, err = p.switchState(w); err != nil || state == switchDone {
		return state, stale(err)
	}
	if state == switchNone {
		err = p.holds(w)
	}
	if err == nil {
		err = p.fits(w)
	}
	for s := range p.of(ActionCopy) {
		if err != nil {
			return state, err
		}
		var here bool
		if here, err = p.hasSource(w, s); err == nil && !here {
			err = &StaleError{Path: s.ServerFrom, Reason: "is gone"}
		}
	}
	return state, err
}

// storage is the one that holds a place.
func (p *Plan) storage(w cluster.World, at cluster.Place) (afero.Fs, error) {
	if fsys := w.FS[at.Storage]; fsys != nil {
		return fsys, nil
	}
	return nil, p.unfit("the world has no storage " + at.Storage)
}

// storages returns an Error of ReasonPlan unless the world has every storage of the
// plan.
func (p *Plan) storages(w cluster.World) error {
	for _, s := range p.Steps {
		for _, at := range []cluster.Place{s.From, s.To, s.Aside} {
			if _, err := p.storage(w, at); err != nil && at.Storage != "" {
				return err
			}
		}
	}
	return nil
}

// makeDirs plans a folder and those above it that are missing.
func makeDirs(o *overlay.World, at cluster.Place, mode fs.FileMode) error {
	var todo []cluster.Place
	for up := range upwards(at) {
		if here, err := there(o.FS(at.Storage), up.Path); err != nil {
			return err
		} else if here || parent(up) == up {
			break
		}
		todo = append(todo, up)
	}
	for _, up := range slices.Backward(todo) {
		if err := o.Mkdir(up, mode); err != nil {
			return err
		}
	}
	return nil
}

// there reports whether anything has a name. What cannot be looked at is neither
// there nor not there.
func there(fsys afero.Fs, path string) (bool, error) {
	_, err := lstat(fsys, path)
	if notThere(err) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil, err
}

// notThere reports an error that says that there is nothing.
func notThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// How far a Link step got.
const (
	linkOriginal = iota // the original is in place
	linkGap             // nothing is: the original is aside, or there never was one
	linkDone            // the link is in place
)

// linkState tells how far a Link step got, from the disk alone.
func linkState(fsys afero.Fs, s Step) (int, error) {
	info, err := lstat(fsys, s.From.Path)
	switch {
	case notThere(err):
		return linkGap, nil
	case err != nil:
		return 0, err
	case info.Mode()&fs.ModeSymlink == 0:
		return linkOriginal, nil
	}
	text, err := fsx.Readlink(fsys, s.From.Path)
	if err != nil {
		return 0, err
	}
	if text == s.ServerTo {
		return linkDone, nil
	}
	return linkOriginal, nil // an original that is itself a link
}

// How far the switch got, from the disk alone.
const (
	switchNone  = iota // nothing was switched: the target is ours
	switchBegun        // some steps were made: the target is complete and no longer ours
	switchDone         // the commit point is behind us: the target belongs to the server
)

// switchState looks at what the Switch steps would change. The last edit is
// the commit point; a plan of links alone is switched when all are in place.
func (p *Plan) switchState(w cluster.World) (int, error) {
	begun, links, linked := false, 0, 0
	committed, edits := false, 0
	for s := range p.of(ActionEdit, ActionLink) {
		fsys, err := p.storage(w, s.From)
		if err != nil {
			return 0, err
		}
		if s.Action == ActionLink {
			links++
			state, err := linkState(fsys, s)
			if err != nil {
				return 0, err
			}
			if state == linkDone {
				linked++
			}
			aside, err := there(fsys, s.Aside.Path)
			if err != nil {
				return 0, err
			}
			begun = begun || aside || state == linkDone
			continue
		}
		edits++
		data, err := readAll(fsys, s.From.Path)
		if err != nil {
			return 0, err
		}
		committed = s.Edit.done(s.ServerFrom, data)
		begun = begun || committed
	}
	switch {
	case edits > 0 && committed && linked == links, edits == 0 && links > 0 && linked == links:
		return switchDone, nil
	case begun:
		return switchBegun, nil
	}
	return switchNone, nil
}

// Preview is what a plan would make of a cluster's report.
type Preview struct {
	// Before and After are the reports of now and of the world after Apply.
	Before *check.Report `json:"before"`
	After  *check.Report `json:"after"`
	// Delta are the findings that the plan brings, takes away and leaves.
	Delta check.Delta `json:"delta"`
}

// Preview judges the plan's cluster as it is and as it will be, by the rules
// that the options select, and compares the two. Nothing is written. The errors
// are those of Simulate, of check.Run and of a done context.
func (p *Plan) Preview(ctx context.Context, w cluster.World, o check.Options) (*Preview, error) {
	before, err := judge(ctx, p.Topology, w, o)
	if err != nil {
		return nil, err
	}
	future, err := p.Simulate(ctx, w)
	if err != nil {
		return nil, err
	}
	after, err := judge(ctx, p.Topology, future, o)
	if err != nil {
		return nil, err
	}
	return &Preview{Before: before, After: after, Delta: check.Compare(before, after)}, nil
}

func judge(ctx context.Context, t cluster.Topology, w cluster.World, o check.Options) (*check.Report, error) {
	c, err := cluster.Load(ctx, t, w)
	if err != nil {
		return nil, err
	}
	return check.Run(ctx, c, o)
}
