package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// RanError reports that the server has worked on the target since the switch,
// so that the state before cannot be brought back without losing that work.
type RanError struct {
	// Changes are what was written since, at most changeLimit of them; More
	// counts the others.
	Changes []Change
	More    int
}

func (e *RanError) Error() string {
	var b strings.Builder
	b.WriteString("the server has run on the target since the switch; going back would lose")
	for _, c := range e.Changes {
		fmt.Fprintf(&b, " %s (%s);", c.Path, c.What)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, " and %d more;", e.More)
	}
	return strings.TrimSuffix(b.String(), ";") + "; restore a backup instead"
}

// Revert brings back the state before Apply, from any point of it before the
// server ran on the target: originals get their names back, edits are taken
// back byte for byte, links go, and so does what was copied. Once the server
// has written to the target, or an original was purged, nothing is changed and
// the error is a *RanError or a *RefusedError.
//
// Of the options, Progress is used.
func (p *Plan) Revert(ctx context.Context, w cluster.World, o ApplyOptions) (*Result, error) {
	r := &runner{p: p, w: w, o: o, res: newResult(p), survey: &Survey{}}
	if err := p.intact(); err != nil {
		return r.res, err
	}
	if p.Kind != KindPopulate {
		return r.res, &PlanError{Plan: p.ID, Reason: "only a plan that moves application data can be reverted; the steps say how to go back by hand"}
	}
	if err := r.target(); err != nil {
		return r.res, err
	}
	for _, check := range []func(context.Context) error{
		func(context.Context) error { return r.quiet() }, r.originalsHere, r.whose, r.targetUntouched, r.editsUntouched,
	} {
		if err := check(ctx); err != nil {
			return r.res, err
		}
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := p.Steps[i]
		if err := ctx.Err(); err != nil {
			return r.res, r.stop(s, err)
		}
		did, err := r.undo(ctx, s)
		if err != nil {
			return r.res, r.stop(s, err)
		}
		if did {
			r.res.Done = append(r.res.Done, s.ID)
			r.tell(Event{Kind: EventDone, Step: s})
		}
	}
	return r.res, nil
}

// whose finds out whether the target holds this plan's copies. What another
// plan put there is an error; what nobody recorded is left alone.
func (r *runner) whose(context.Context) error {
	stored, err := readPlanFile(r.to, r.p.To)
	switch {
	case err == nil && stored.ID == r.p.ID:
		r.mine = true
	case err == nil && r.p.supersedes(stored, r.to):
		r.mine, r.other = true, true
	case err == nil:
		return &JournalError{Path: child(r.p.To, ownFolder).Path, Plan: stored.ID, Reason: "the target is that plan's; this one has nothing there to take back"}
	case !errors.Is(err, fs.ErrNotExist):
		return &JournalError{Path: child(r.p.To, ownFolder).Path, Plan: "unknown", Reason: plain(err).Error()}
	default:
		state, err := r.p.switchState(r.w)
		if err != nil || state != switchNone {
			return errors.Join(&JournalError{Path: child(r.p.To, ownFolder).Path, Plan: r.p.ID, Reason: "the journal is lost, so whether the server ran cannot be told; restore a backup, or go back by hand"}, err)
		}
		r.note("nothing on the target is recorded as this plan's, so what is there stays")
	}
	return nil
}

// originalsHere refuses once an original was purged: the copy is all there is.
func (r *runner) originalsHere(context.Context) error {
	for _, s := range r.p.Steps {
		if s.Action != ActionPurge {
			continue
		}
		src := r.w.FS[s.From.Storage]
		info, err := lstat(src, s.From.Path)
		if s.Copies == "" {
			continue // a link: what it leads to was never ours to delete
		}
		inPlace := err == nil && !(r.p.Scheme == appdata.Linked && info.Mode()&fs.ModeSymlink != 0)
		if !inPlace && !there(src, s.Aside.Path) {
			return &RefusedError{Plan: r.p.ID, Refusals: []Refusal{{
				Rule: "APP001", Path: s.ServerFrom, Message: "the original is gone, so the copy is all there is", Source: srcSafety, Fix: "restore a backup",
			}}}
		}
	}
	return nil
}

// targetUntouched holds the target against what was copied there.
func (r *runner) targetUntouched(ctx context.Context) error {
	ran := &RanError{}
	for _, s := range r.p.Steps {
		if s.Action != ActionCopy || r.other || !there(r.to, s.To.Path) {
			continue
		}
		place := manifestPlace(r.p.To, s.ID)
		var m *manifestReader[record]
		err := fs.ErrNotExist
		if complete(ctx, r.to, place) {
			m, err = openManifest[record](r.to, place)
		}
		if err != nil {
			if state, serr := r.p.switchState(r.w); serr == nil && state == switchNone && !r.begun() {
				continue // interrupted while copying: the server never read the target
			}
			return &JournalError{Path: manifestPlace(r.p.To, s.ID).Path, Plan: r.p.ID, Reason: "the journal is lost, so whether the server ran cannot be told; restore a backup, or go back by hand"}
		}
		err = r.copyUntouched(ctx, s, m, ran)
		if err = errors.Join(err, m.Close()); err != nil {
			return err
		}
	}
	if len(ran.Changes) > 0 {
		return ran
	}
	return nil
}

func (r *runner) copyUntouched(ctx context.Context, s Step, m *manifestReader[record], ran *RanError) error {
	report := func(rel, what string) error {
		if len(ran.Changes) == changeLimit {
			ran.More++
			return nil
		}
		path := s.ServerTo
		if rel != "" {
			path = appdata.Join(path, rel)
		}
		ran.Changes = append(ran.Changes, Change{Path: path, What: what, Writer: writer(s, rel)})
		return nil
	}
	same := func(it item, rec record) error {
		if it.info.Mode().Type() != rec.Mode.Type() || it.link != string(rec.Link) {
			return report(it.rel, "changed")
		}
		if !it.info.Mode().IsRegular() {
			return nil
		}
		if it.info.Size() == rec.Size {
			f, err := it.fsys.Open(it.path)
			if err != nil {
				return err
			}
			sum, err := r.sc.hash(ctx, f)
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			if sum == rec.SHA256 {
				return nil
			}
		}
		return report(it.rel, "changed")
	}
	wk := &walker{fsys: r.to, exclude: r.p.notOfCopy(s)}
	return against{
		match: same, differs: same,
		extra: func(it item) error { return report(it.rel, "new") },
		gone:  func(rec record) error { return report(rec.path(), "gone") },
	}.run(ctx, wk, s.To.Path, m)
}

// editsUntouched refuses when an edited file was written again: a server adds
// keys of its own at its first start.
func (r *runner) editsUntouched(context.Context) error {
	if !r.begun() {
		return nil // what else an administrator writes there is no sign of that
	}
	ran := &RanError{}
	for _, s := range r.p.Steps {
		if s.Action != ActionEdit {
			continue
		}
		data, err := readAll(r.w.FS[s.From.Storage], s.From.Path)
		if err != nil {
			return err
		}
		switch digest(data) {
		case s.Edit.Before:
		case s.Edit.After:
			if _, err := s.Edit.revert(s.ServerFrom, data); err != nil {
				return err
			}
		default:
			ran.Changes = append(ran.Changes, Change{Path: s.ServerFrom, What: "changed", Writer: "the server, at its first start"})
		}
	}
	if len(ran.Changes) > 0 {
		return ran
	}
	return nil
}

// begun reports whether the switch may have begun.
func (r *runner) begun() bool {
	return r.p.AlreadyShared || there(r.to, child(r.p.To, ownFolder+"/"+handedOver).Path)
}
