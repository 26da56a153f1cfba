package plan

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// looks looks at every step, and at what the plan relies on unless nothing is left to
// do. What is found to speak against going on is handed to against, and ends the look
// if that returns an error. Nothing is written.
func (p *Plan) looks(ctx context.Context, w cluster.World, secret func(ref string) string, against func(error) error) (done, open []string, err error) {
	for _, s := range p.changing() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		_, path := s.original()
		name := path + " of " + s.Node
		st, err := p.look(w, s, secret)
		if err == nil && st.done {
			done = append(done, name)
			continue
		}
		open = append(open, name)
		if err := against(err); err != nil {
			return nil, nil, err
		}
	}
	if len(open) == 0 {
		return done, nil, nil
	}
	return done, open, inTurn(func() error { return against(p.joinable(w)) }, func() error { return against(p.holds(w)) })
}

// ready returns the first of what speaks against going on.
func (p *Plan) ready(ctx context.Context, w cluster.World, secret func(ref string) string) error {
	_, _, err := p.looks(ctx, w, secret, func(err error) error { return err })
	return err
}

// changing are the steps that change something.
func (p *Plan) changing() []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return !s.Action.Changes() })
}

// applySettings carries out a plan of any kind but KindPopulate. Each file is kept
// beside itself before it is replaced in one rename, so a run that is cut off
// leaves every file old or new, and the same plan goes on from there.
func (p *Plan) applySettings(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	res := newResult(p)
	if err := p.applicable(w); err != nil {
		return res, err
	}
	secret, err := p.secrets(ctx, w)
	if err != nil {
		return res, err
	}
	if err := p.ready(ctx, w, secret); err != nil {
		return res, err
	}
	return res, p.each(ctx, o, res, p.Steps, func(s Step) (bool, error) {
		st, err := p.look(w, s, secret)
		if err != nil || st.done {
			return false, err
		}
		if s.Action == ActionRetire {
			return s.putAside(w.FS[s.From.Storage], res)
		}
		return true, s.write(w, st, o.run().bestEffort(), res)
	})
}

// revertSettings puts the files back that Apply has kept, the last one first. A
// file that was changed since, as by the server's start, is not overwritten:
// nothing is reverted then.
func (p *Plan) revertSettings(ctx context.Context, w cluster.World, o RevertOptions) (*Result, error) {
	res := newResult(p)
	if err := p.applicable(w); err != nil {
		return res, err
	}
	steps := p.changing()
	slices.Reverse(steps)
	for _, s := range steps {
		if _, err := p.before(w, s); err != nil {
			return res, err
		}
	}
	err := p.each(ctx, ApplyOptions{Progress: o.Progress}, res, steps, func(s Step) (bool, error) {
		st, err := p.before(w, s)
		switch {
		case err != nil || st.done:
			return false, err
		case s.Action == ActionRetire:
			return true, renameIn(w.FS[s.From.Storage], s.Aside.Path, s.From.Path)
		}
		return true, s.putBack(w, st, runOptions(o).bestEffort())
	})
	res.Phase = 0 // as of every Revert
	return res, err
}

// each goes through steps and tells what becomes of them.
func (p *Plan) each(ctx context.Context, o ApplyOptions, res *Result, steps []Step, do func(s Step) (did bool, err error)) error {
	tell := func(kind EventKind, s Step) {
		if o.Progress != nil {
			o.Progress(Event{Kind: kind, Step: s})
		}
	}
	for _, s := range steps {
		stop := func(err error) error {
			return &StepError{Step: s.ID, Title: s.Title, Phase: s.Phase, Err: err, settings: true}
		}
		if err := ctx.Err(); err != nil {
			return stop(err)
		}
		tell(EventStarted, s)
		if s.Action == ActionManual {
			res.Manual = append(res.Manual, s.ID)
			tell(EventWaiting, s)
			if o.Confirm != nil {
				if err := o.Confirm(ctx, s); err != nil {
					return stop(err)
				}
			}
			continue
		}
		did, err := do(s)
		if err != nil {
			return stop(err)
		}
		tell(res.did(s, did), s)
		res.Phase = s.Phase
	}
	return nil
}

// write puts what a file shall be in its place, and keeps what it was beside it:
// at every moment one of the two is in place.
func (s Step) write(w cluster.World, st stepState, best bool, res *Result) error {
	at, server := s.original()
	fsys, replaces := w.FS[at.Storage], s.Action == ActionReplace
	o := replacefile.Options{Sole: replaces, BestEffort: best}
	switch {
	case replaces && (st.data == nil || bytes.Equal(st.data, st.after)): // nothing to keep
	case st.kept == nil:
		keep := o
		keep.NewMode = st.mode
		if err := replacefile.Write(fsys, s.Aside.Path, st.data, keep); err != nil {
			return err
		}
	case !bytes.Equal(st.kept, st.data):
		return &StaleError{Path: server, Reason: "was changed after this plan had kept it as " + s.ServerAside, Fix: "undo that change and apply again, or remove what was kept and plan again"}
	}
	o.Expect = st.data
	if !replaces {
		return replacefile.Write(fsys, at.Path, st.after, o)
	}
	o.Mode, o.NewMode = s.Mode, s.Mode
	if err := replacefile.Write(fsys, at.Path, st.after, o); err != nil {
		return err
	}
	back, err := readAll(fsys, at.Path)
	if err == nil && !bytes.Equal(back, st.after) {
		err = &fs.PathError{Op: "verify", Path: at.Path, Err: errors.New("what was read back is not what the original holds")}
	}
	if err == nil {
		n := int64(len(back))
		res.CopiedFiles, res.CopiedBytes = res.CopiedFiles+1, res.CopiedBytes+n
		res.VerifiedFiles, res.VerifiedBytes = res.VerifiedFiles+1, res.VerifiedBytes+n
	}
	return err
}

// putBack puts what was kept of a file in its place again, with the mode that it
// had.
func (s Step) putBack(w cluster.World, st stepState, best bool) error {
	at, _ := s.original()
	fsys := w.FS[at.Storage]
	if st.kept == nil {
		return replacefile.Remove(fsys, at.Path) // there was none before
	}
	o := replacefile.Options{Expect: st.data, BestEffort: best}
	if s.Action == ActionReplace {
		info, err := fsys.Stat(s.Aside.Path)
		if err != nil {
			return err
		}
		o.Mode, o.Sole = info.Mode()&modeBits, true
	}
	if err := replacefile.Write(fsys, at.Path, st.kept, o); err != nil {
		return err
	}
	return replacefile.Remove(fsys, s.Aside.Path)
}

// putAside renames an original in its own folder. One that cannot be renamed, as a
// mount point, stays and is reported.
func (s Step) putAside(fsys afero.Fs, res *Result) (bool, error) {
	err := renameIn(fsys, s.From.Path, s.Aside.Path)
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		res.Kept = append(res.Kept, Kept{Path: s.ServerFrom, Reason: "cannot be renamed in its own folder: " + plain(err).Error() + "; the server does not use it any more"})
		return false, nil
	}
	return err == nil, err
}

// renameIn gives a name in a folder another name in it, if that is free.
func renameIn(fsys afero.Fs, from, to string) error {
	dir, name := fsx.Split(from)
	_, newName := fsx.Split(to)
	d, err := fsx.Open(fsys, dir)
	if err != nil {
		return err
	}
	err = d.Place(name, d, newName)
	if notThere(err) || errors.Is(err, fs.ErrExist) {
		// On NFS an answer may come twice: what counts is where the thing is.
		_, old := d.Lstat(name)
		if _, now := d.Lstat(newName); notThere(old) && now == nil {
			err = nil
		}
	}
	_ = d.Sync() // not every storage can sync a folder
	return errors.Join(err, d.Close())
}

// simulateChange plans what a step of such a plan does.
func (p *Plan) simulateChange(o *overlay.World, w cluster.World, s Step, secret func(ref string) string) error {
	w.FS = o.Storages()
	if !s.Action.Changes() {
		return nil
	}
	st, err := p.look(w, s, secret)
	switch {
	case err != nil || st.done:
		return err
	case s.Action == ActionRetire:
		return o.Rename(s.From, s.Aside)
	case st.kept == nil && st.data != nil:
		if err := o.Write(s.Aside, st.data, st.mode); err != nil {
			return err
		}
	}
	at, _ := s.original()
	return o.Write(at, st.after, s.Mode) // a step of ActionSet has no mode: the file keeps its own
}
