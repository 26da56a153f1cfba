package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// rescan looks at every original again and at the target once more, the last
// thing before the server's files are edited.
func (r *run) rescan(ctx context.Context) error {
	if err := inTurn(r.quiet, r.present); err != nil {
		return err
	}
	changed := &mover.Error{Reason: mover.Changed}
	for s := range r.p.of(ActionCopy) {
		it := r.p.item(s)
		if err := r.m.Unchanged(ctx, it, changed); err != nil {
			return err
		}
		if err := r.m.Arrived(ctx, it, changed); err != nil {
			return err
		}
	}
	if len(changed.Changes) > 0 {
		return changed
	}
	return nil
}

// notOfCopy are the slash paths below a copy that do not come from its
// original: what was excluded, our own folder in the target itself, and what
// other steps copy there.
func (p *Plan) notOfCopy(s Step) []string {
	out := append([]string{}, s.Exclude...) // not nil, which would be no limit
	if s.To == p.To {
		out = append(out, ownFolder)
	}
	for o := range p.of(ActionCopy) {
		if o.ID != s.ID && placeIn(s.To, o.To) {
			out = append(out, strings.ReplaceAll(strings.TrimLeft(o.To.Path[len(s.To.Path):], `/\`), `\`, "/"))
		}
	}
	return out
}

// handedOver is the file in our folder that says that the switch has begun:
// from then on the target may hold the server's own work.
const handedOver = "switched"

// handOver marks the target as the server's, before the first file is edited,
// and records on the server which plan that was.
func (r *run) handOver() error {
	if over, err := r.m.Has(handedOver); err != nil || over || r.p.AlreadyShared {
		return err
	}
	if err := r.recordPlan(); err != nil {
		return err
	}
	return r.m.HandOver(handedOver, []byte(r.p.ID))
}

// stillOurs refuses to copy over a target that was handed over and then
// changed, whatever the server's files say now: an administrator who puts an
// old installed.properties back does not take the server's work back with it.
func (r *run) stillOurs(ctx context.Context) error {
	if over, err := r.m.Has(handedOver); err != nil || !over {
		return err
	}
	if err := r.targetUntouched(ctx, false); err != nil {
		return r.p.journal("the target was handed over to the server", translate(err))
	}
	return nil
}

// present makes sure that the target still is what this run filled: a storage
// that was unmounted in between leaves an empty folder behind.
func (r *run) present() error {
	to, err := findTarget(r.w.View(r.node), r.p.Target.AppData)
	if err != nil || to.place != r.p.To || !to.exists() {
		return r.gone(err)
	}
	stored, _, err := readPlan(r.to, r.p.To)
	if err != nil || stored.ID != r.p.ID {
		return r.gone(nil)
	}
	if err := r.m.Look(); err != nil {
		return err
	}
	if here, ok := r.m.TargetIs(to.info); ok && !here {
		return r.gone(nil)
	}
	return nil
}

// lossText says what a part of the application data has lost.
func lossText(p mover.Part) string {
	return fmt.Sprintf("%s: %d of %d files (%d bytes)", p.Path, p.Lost, p.Files, p.LostBytes)
}

// allowed stops before the first deletion where the target has lost what no
// server deletes, unless the caller has named the number of lost files.
func (a *applying) allowed(alarming []string) error {
	purging := a.p.Steps[len(a.p.Steps)-1]
	if a.o.PurgeGone > 0 && a.o.PurgeGone != a.gone {
		return a.p.refused(Refusal{Rule: "TGT019", Path: a.p.Target.AppData, Source: srcSafety,
			Message: fmt.Sprintf("the target has lost %d files since they were copied, and PurgeGone says %d", a.gone, a.o.PurgeGone),
			Fix:     "look at what is gone once more"})
	}
	if len(alarming) == 0 || a.o.PurgeGone > 0 {
		return nil
	}
	return a.stop(purging, &Error{Reason: ReasonMissing, Path: a.p.Target.AppData,
		Detail: "the target has lost so much of what was copied there that nothing was deleted: " + strings.Join(alarming, ", ") +
			"; see whether the right storage is mounted and whole; to delete the originals all the same, repeat their number as PurgeGone: " + fmt.Sprint(a.gone)})
}

// edit changes one configuration file. A file that is edited already is left
// alone, one that is neither that nor the planned one is refused.
func (a *applying) edit(s Step) (did bool, err error) {
	fsys := a.w.FS[s.From.Storage]
	data, err := readAll(fsys, s.From.Path)
	if err != nil {
		return false, err
	}
	if s.Edit.done(s.ServerFrom, data) || a.state == switchDone {
		return false, nil
	}
	if digest(data) != s.Edit.Before {
		return false, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	if a.state == switchBegun {
		if ok, err := a.owned(s, s.From); err != nil {
			return false, err
		} else if !ok {
			return false, &StaleError{Path: s.ServerFrom, Reason: "belongs to another user than conf/server/installed.properties", Fix: "give it to the server's user, then apply again"}
		}
	}
	after, err := s.Edit.apply(s.ServerFrom, data)
	if err != nil {
		return false, err
	}
	if err := errors.Join(a.quiet(), a.m.Look()); err != nil {
		return false, unjoin(err)
	}
	return true, a.replaceFile(fsys, s.From.Path, after, data)
}

// replaceFile writes a file of the server, if this run is still the only one
// when the file is to be replaced. What another run was still writing there is
// removed first.
func (r *run) replaceFile(fsys afero.Fs, path string, data, expect []byte) error {
	err := replacefile.Write(fsys, path, data, replacefile.Options{Expect: expect, Sole: true, BestEffort: r.o.bestEffort(), Guard: r.m.Look})
	if err != nil {
		return cmp.Or(r.m.Look(), err)
	}
	return nil
}

// link renames the original aside and puts a link in its place. What an
// interrupted run left, the original aside and no link yet, is completed.
func (a *applying) link(s Step) (did bool, err error) {
	state, err := linkState(a.w.FS[s.From.Storage], s)
	if err != nil || state == linkDone || !a.m.Locked() { // the switch was done, so another run goes back now
		return false, err
	}
	if lacks, err := a.m.Holds(a.p.below(s.To)); err != nil {
		return false, err
	} else if lacks != "" {
		return false, a.run.gone(nil)
	}
	if aside, err := there(a.w.FS[s.From.Storage], s.Aside.Path); err != nil {
		return false, err
	} else if aside && state == linkOriginal {
		return false, &fs.PathError{Op: "rename", Path: s.Aside.Path, Err: fs.ErrExist}
	}
	return true, a.m.PutLink(s.From, s.Aside.Path, s.ServerTo)
}
