package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
)

// rescan looks at every original again and at the target once more, the last
// thing before the server's files are edited.
func (r *run) rescan(ctx context.Context) error {
	if err := r.quiet(); err != nil {
		return err
	}
	if err := r.present(); err != nil {
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
// original: what was excluded, our own folder, and what other steps copy there.
func (p *Plan) notOfCopy(s Step) []string {
	out := append([]string{ownFolder}, s.Exclude...)
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
	to, _, err := findTarget(r.w.View(r.node), r.p.Target.AppData)
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
