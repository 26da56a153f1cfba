package plan

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// resume returns the plan that was being applied to the target, as long as it
// still fits: after a crash in the middle of the switch a new plan would be
// another one.
func (b *builder) resume(ctx context.Context) (*Plan, error) {
	if !b.ready || !b.to.exists() {
		return b.p, nil
	}
	stored, data, err := b.stored()
	switch {
	case notThere(err):
		return b.p, nil
	case err != nil:
		b.refuse("TGT012", child(b.to.place, ownFolder).Path, "find out what made it; remove it to start again", srcSafety, "the record of an earlier plan cannot be read: %v", plain(err))
		return b.p, nil
	}
	half, err := b.halfway(stored, data)
	if err != nil {
		return nil, err
	}
	if !half {
		return b.p, nil
	}
	b.halfDone(stored)
	return stored, ctx.Err()
}

// halfway reports whether a stored plan is half applied and the one to go on with;
// otherwise it says what is to be said of it.
func (b *builder) halfway(stored *Plan, data []byte) (bool, error) {
	w := b.c.World()
	refuse := func(path, fix, format string, args ...any) { b.refuse("TGT012", path, fix, srcSafety, format, args...) }
	if why := b.foreign(stored); why != "" {
		if !b.p.AlreadyShared {
			refuse(b.t.AppData, "finish that plan, or choose another folder", "plan %s for %s is under way there", stored.ID, why)
		}
		return false, nil
	}
	begun, err1 := stored.revertBegun(w)
	over, err2 := handed(w.FS[b.to.place.Storage], b.to.place)
	takes, err3 := b.p.supersedes(stored, w.FS[b.to.place.Storage])
	if err := cmp.Or(err1, err2, err3); err != nil {
		return false, err
	}
	var stale *StaleError
	switch {
	case begun:
		refuse(b.t.AppData, "revert it again, which continues from there (populate -revert), before anything else", "the Revert of plan %s was interrupted", stored.ID)
	case stored.ID == b.p.ID:
		b.leftWork(stored)
	case takes:
		b.leftWork(stored)
		return false, b.sameKeys()
	case b.p.AlreadyShared:
		return false, b.originalsLeft(stored)
	case !over && stored.Target.links() == b.t.links():
		// Its copies would leave out what has come since, and leave on the
		// target what has gone.
		refuse(b.t.AppData, "put back what is missing, or empty the target and plan again", "plan %s has begun to copy there what is no longer to be copied", stored.ID)
	case errors.As(stored.fits(w), &stale):
		refuse(stale.Path, "put the file back as it was, or empty the target and plan again", "plan %s was interrupted, and this file was changed since", stored.ID)
	default:
		ok, err := b.recorded(stored, data)
		if err == nil && !ok {
			refuse(b.t.AppData, "read "+ownFolder+"/"+planFile+" there; if it is what was applied here, repeat its digest (Target.Digest; populate -digest): "+digest(data),
				"plan %s is half applied, and is not the one that was recorded beside installed.properties", stored.ID)
		}
		return ok, err
	}
	return false, nil
}

// originalsLeft says what is left of the originals of a plan that was applied.
func (b *builder) originalsLeft(stored *Plan) error {
	state := StateSwitched
	if w := b.c.World(); stored.realWorld(w) == nil { // no run has worked on a simulated one
		a, now, err := stored.progress(w)
		a.close()
		if err != nil {
			return err
		}
		state = now
	}
	what, fix := "are still beside their copies", "PhaseRetire, then with PhasePurge (populate -retire, then -purge)"
	switch state {
	case StateRetired:
		what, fix = "are renamed aside and not deleted yet", "PhasePurge (populate -purge)"
	case StatePurging:
		what, fix = "are being deleted, which is not complete", "PhasePurge (populate -purge)"
	}
	b.warn("APP004", b.t.AppData, "apply plan "+stored.ID+" again with "+fix, srcSeed, "the originals of plan %s %s", stored.ID, what)
	return nil
}

// halfDone says of a plan whose switch was begun what a person has to know, and
// what there is against going on with it.
func (b *builder) halfDone(stored *Plan) {
	stored.Warnings = append([]Refusal{{Rule: "TGT012", Path: b.t.AppData, Source: srcSafety,
		Message: "an earlier run has begun the switch of plan " + stored.ID + " and was interrupted",
		Fix:     "apply again, which completes it (populate -apply), or revert it; do not start the server before"}}, b.p.Warnings...)
	if stored.Target.links() != b.t.links() {
		stored.Warnings = append(stored.Warnings, Refusal{Rule: "TGT012", Path: b.t.AppData, Source: srcSafety,
			Message: "plan " + stored.ID + ", which is under way, was made with another policy for links: " + stored.Target.links().String(), Fix: "finish it, or revert it and plan again"})
	}
	stored.Refusals = []Refusal{}
	for _, r := range b.p.Refusals {
		// What the interrupted switch itself looks like is no reason against
		// finishing it; a running server is.
		if r.Rule == "OPS001" || r.Rule == "TGT009" || r.Rule == "TGT011" {
			stored.Refusals = append(stored.Refusals, r)
		}
	}
}

// fits returns a *StaleError unless every file to edit is the one that was planned
// for, or edited already.
func (p *Plan) fits(w cluster.World) error {
	for s := range p.of(ActionEdit) {
		var data []byte
		err := error(cluster.ErrNotLocated)
		if fsys := w.FS[s.From.Storage]; fsys != nil {
			data, err = readAll(fsys, s.From.Path)
		}
		if err != nil || digest(data) != s.Edit.Before && !s.Edit.done(s.ServerFrom, data) {
			return &StaleError{Path: s.ServerFrom, Reason: "is neither the file that was planned for nor edited already"}
		}
	}
	return nil
}

// maxConfig bounds a file that is read whole, in bytes.
const maxConfig = 32 << 20

// readAll reads a small file whole.
func readAll(fsys afero.Fs, path string) ([]byte, error) { return fsx.ReadFile(fsys, path, maxConfig) }

// supersedes reports whether a plan may take over what another one has copied:
// it brings at least the same originals to the same places, and the other has
// not begun its switch. The server's configuration may have changed since; what
// was copied is compared again in any case.
func (p *Plan) supersedes(other *Plan, to afero.Fs) (bool, error) {
	if p.AlreadyShared || p.Node != other.Node || p.Server != "" && other.Server != "" && p.Server != other.Server || p.To != other.To || p.Target.links() != other.Target.links() {
		return false, nil
	}
	if over, err := handed(to, p.To); err != nil || over {
		return false, err
	}
	for o := range other.of(ActionCopy) {
		if !slices.ContainsFunc(p.Steps, func(s Step) bool {
			return s.Action == ActionCopy && s.From == o.From && s.To == o.To && s.Kind == o.Kind && slices.Equal(s.Exclude, o.Exclude)
		}) {
			return false, nil
		}
	}
	return true, nil
}

// held is the plan that the target holds, or nil. fits reports that it is this one,
// or one that this may take over.
func (p *Plan) held(to afero.Fs) (stored *Plan, fits bool, err error) {
	stored, _, err = readPlan(to, p.To)
	switch {
	case notThere(err):
		return nil, false, nil
	case err != nil:
		return nil, false, p.journal("the record of an earlier plan cannot be read", err)
	case stored.ID == p.ID:
		return stored, true, nil
	}
	fits, err = p.supersedes(stored, to)
	return stored, fits, err
}

// journal is the error for what is recorded on the target.
func (p *Plan) journal(detail string, err error) error {
	return &Error{Reason: ReasonJournal, Path: child(p.To, ownFolder).Path, Detail: detail, Err: err}
}

// revertBegun reports whether a Revert of a stored plan was begun that can go
// on: the deletion of no original has begun.
func (p *Plan) revertBegun(w cluster.World) (bool, error) {
	begun, err := there(w.FS[p.To.Storage], child(p.To, ownFolder+"/"+reverting).Path)
	if err != nil || !begun {
		return false, err
	}
	n, err := p.node()
	if err != nil {
		return false, err
	}
	m := mover.New(p.moverConfig(w, n))
	for s := range p.of(ActionPurge) {
		if s.Copies != "" {
			if purging, err := m.Purging(p.movedItem(s)); err != nil || purging {
				return false, err
			}
		}
	}
	return true, nil
}

// handed reports whether a target was handed over to the server.
func handed(fsys afero.Fs, to cluster.Place) (bool, error) {
	return there(fsys, child(to, ownFolder+"/"+handedOver).Path)
}

// asideTaken refuses an original beside which an earlier move has left one that
// has the name already which this one would give it: a run would take that for
// the original.
func (b *builder) asideTaken() error {
	if !b.ready || b.p.AlreadyShared {
		return nil
	}
	m := mover.New(b.p.moverConfig(b.c.World(), b.m.Node))
	for _, s := range b.p.Steps {
		if s.Action != ActionRetire && s.Action != ActionLink || s.Copies == "" {
			continue
		}
		if info, err := lstat(b.c.World().FS[s.From.Storage], s.From.Path); notThere(err) || err == nil && info.Mode()&fs.ModeSymlink != 0 {
			continue // the link of a switch that was interrupted
		} else if err != nil {
			return err
		}
		it := b.p.movedItem(s)
		aside, err := m.Retired(it)
		if err != nil && !errors.Is(err, syscall.ENAMETOOLONG) { // refused already
			return err
		}
		if aside {
			b.refuse("TGT018", s.ServerFrom, "see what that is, and delete it or give it another name", srcSafety,
				"an earlier move has left an original aside, under the name that this one would get: %s (or, once its deletion has begun, %s)", s.ServerAside, purgingName(s.ServerFrom, b.p.ID))
		}
	}
	return nil
}

// sameKeys refuses a target with the keys of another server, whose plan looks
// like this one's: paths and node may well have the same names there.
func (b *builder) sameKeys() error {
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		data, err := readAll(b.c.World().FS[b.to.place.Storage], child(b.to.place, "conf/"+key).Path)
		if notThere(err) {
			continue
		}
		if err != nil {
			return err
		}
		if k, ok := b.m.Store(key); !ok || key == cluster.KeyEncryptionStore && !bytes.Equal(data, []byte(k.Data.Reveal())) {
			b.refuse("TGT003", serverpath.Join(b.t.AppData, "conf/"+key), "empty the target if the key was changed on this server since; otherwise choose another folder", srcSafety,
				"the target holds another %s, from a plan that was not finished", key)
			return nil
		}
	}
	return nil
}
