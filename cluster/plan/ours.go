package plan

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// ours refuses a target that holds anything but what this plan put there.
func (r *run) ours() error {
	if here, err := there(r.to, r.p.To.Path); err != nil || !here {
		return err
	}
	if err := r.notReverting(false); err != nil {
		return err
	}
	stored, fits, err := r.p.held(r.to)
	switch {
	case err != nil || fits:
		return err
	case stored != nil:
		return r.p.journal("belongs to plan "+stored.ID+": finish that plan first, or empty the target", nil)
	}
	foreign, err := strangers(r.to, r.p.To.Path)
	if err == nil && len(foreign) > 0 {
		err = r.p.refused(Refusal{Rule: "TGT002", Path: r.p.Target.AppData, Source: srcCode,
			Message: "is not empty: it holds " + foreign[0], Fix: "name a folder that does not exist yet or is empty"})
	}
	return err
}

// notReverting refuses a target on which a Revert was begun: nothing but that
// goes on there. Where the deletion of an original had begun at the same time,
// the Revert has stopped before it took back an edit, and only the deletion can
// go on; a run that has the target then forgets the Revert.
func (r *run) notReverting(locked bool) error {
	begun, err := r.p.revertBegun(r.w)
	if err != nil {
		return err
	}
	if begun {
		return r.p.journal("a Revert was interrupted here; revert again, which continues from there, before anything else", nil)
	}
	if locked {
		return r.m.Forget(reverting)
	}
	return nil
}

// store records the plan on the target.
func (r *run) store() error {
	var buf bytes.Buffer
	if err := r.p.WriteJSON(&buf); err != nil {
		return err
	}
	old, err := r.m.Recorded(planFile)
	if err == nil && bytes.Equal(old, buf.Bytes()) || err != nil && !notThere(err) {
		return err
	}
	if err := r.forgetOther(); err != nil {
		return err
	}
	r.stored = true
	return r.m.Record(planFile, buf.Bytes())
}

// forgetOther removes the manifests of a plan that is taken over: its steps have
// other numbers. What Prime recorded stays, which is named for places.
func (r *run) forgetOther() error {
	list, err := r.m.OwnNames()
	if err != nil {
		return err
	}
	for _, name := range list {
		if strings.HasPrefix(name, "s") && strings.HasSuffix(name, ".jsonl") && !strings.Contains(name, ".primed.") {
			if err := r.m.Forget(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteOwner notes a target folder that was there before and belongs to another
// user than its original: whether that is meant cannot be told.
func (r *run) noteOwner() {
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
	if have, want := info.Mode().Perm(), like.Mode().Perm(); !r.m.Synthetic && have&^want&0o077 != 0 {
		r.note(fmt.Sprintf("the target folder was there already and lets in more users (mode %04o) than its original (%04o): if that is not meant, chmod %04o it", have, want, have&want))
	}
}
