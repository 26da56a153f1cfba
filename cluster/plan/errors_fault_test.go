package plan_test

import (
	"regexp"
	"syscall"
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// retiredTrial is a trial, and its storage once the originals have been retired.
func retiredTrial(t *testing.T, scheme appdata.Scheme) (tr *trial, applied *strictfs.FS) {
	t.Helper()
	tr = newTrial(t, scheme)
	applied = tr.base.Clone()
	must(t, applyThrough(plan.PhaseRetire)(tr.plan, local(applied), "applied"))
	return tr, applied
}

// Whatever fails, what is said of it names files that a person finds, and no
// name that only this library knows for a moment.
func TestErrorsNameNoTemporaryFile(t *testing.T) {
	t.Parallel()
	temporary := regexp.MustCompile(`copying-|/run-0|\.deploycluster-|\.probe-|\.nowhere-`)
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr, applied := retiredTrial(t, scheme)
			for _, c := range []struct {
				name string
				base *strictfs.FS
				do   verb
			}{{"apply", tr.base, applyThrough(plan.PhasePurge)}, {"revert", applied, revert}} {
				count := startStepper(c.base.Clone(), tr.plan, c.do, "count0", never)
				must(t, count.err)
				step, failed := long.Of(1, 61), 0
				for at := 1; at <= count.all; at += step {
					for _, after := range []bool{false, true} {
						f := strictfs.NewFailing(c.base.Clone(), strictfs.Fault{Nth: at, Err: syscall.EIO, After: after})
						err := c.do(tr.plan, local(f), "0000000001")
						if err == nil {
							continue
						}
						failed++
						if found := temporary.FindString(err.Error()); found != "" {
							t.Fatalf("%s: operation %d: the text holds %q: %v", c.name, at, found, err)
						}
					}
				}
				if failed < count.all/step/2 {
					t.Errorf("%s: only %d of %d faults were reported", c.name, failed, count.all/step)
				}
			}
		})
	}
}

// Where the disk runs full in the middle of a file, the message names the file.
func TestErrorNamesTheFileAtHand(t *testing.T) {
	for _, c := range []struct {
		op   strictfs.Op
		path string
	}{
		{strictfs.OpOpenFile, "*/copying-*/*/0"}, {strictfs.OpWrite, "*/copying-*/*/0"}, {strictfs.OpSync, "*/copying-*/*/0"}, {strictfs.OpRename, "*/copying-*/*/0"},
	} {
		fsys := tiny(t, appdata.InInstall)
		p, _ := tinyPlan(t, fsys, "")
		f := strictfs.NewFailing(fsys, strictfs.Fault{Op: c.op, Path: tinyTarget + "/.deploycluster" + c.path[1:], Nth: 1, Err: syscall.ENOSPC})
		err := applyThrough(plan.PhaseSwitch)(p, local(f), "0000000001")
		if err == nil || !regexp.MustCompile(`: \w+ `+tinyTarget+`/(conf|patches|var)/[^ ]+: no space left`).MatchString(err.Error()) {
			t.Errorf("%s: %v", c.op, err)
		}
	}
}
