package plan_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"

	"github.com/spf13/afero"
)

// A run that was suspended just before it gives an original another name goes on
// while a purge looks where that original is. The purge finds it under either
// name, or the next one does: there is a next one as long as the journal is there.
func TestOriginalIsFoundUnderItsNewName(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr, retired := retiredTrial(t, scheme)
		looks := 0
		for at, seen := 0, 1; at < seen; at++ {
			fsys := retired.Clone()
			seen = 0
			before := strictfs.Hooks{Before: func(c *strictfs.Call) {
				from, ok := strings.CutSuffix(c.Path, ".retired-"+tr.plan.ID)
				if c.Op != strictfs.OpLstat || !ok {
					return
				}
				if seen++; seen == at+1 {
					if err := fsys.Rename(c.Path, from+".purging-"+tr.plan.ID); err == nil {
						looks++
					}
				}
			}}
			w := cluster.World{FS: map[string]afero.Fs{"local": strictfs.NewHooked(fsys, before)}}
			if err := applyThrough(plan.PhasePurge)(tr.plan, w, "first0"); err != nil {
				must(t, applyThrough(plan.PhasePurge)(tr.plan, local(fsys), "second"))
			}
			if d := cmp.Diff(tr.want, walk(t, fsys, "/")); d != "" {
				t.Fatalf("%s, look %d: the end differs from the simulation (-simulated +real)\n%s", scheme, at, d)
			}
		}
		if looks == 0 {
			t.Errorf("%s: nothing was renamed", scheme)
		}
	}
}

// An Apply is suspended before it makes the folder in which it writes, and a Revert
// that takes everything back meanwhile is suspended in its end: the Apply goes on,
// and writes nothing.
func TestSuspendedBeginningIsOvertaken(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		before := walk(t, tr.base, "/")
		base := tr.base.Clone()
		must(t, applyThrough(plan.PhasePopulate)(tr.plan, local(base), "begin0"))
		alone := startStepper(base.Clone(), tr.plan, revert, "alone0", never)
		must(t, alone.err)
		for last := 1; last < 30; last++ {
			fsys := base.Clone()
			var second *stepper
			slow := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Op == strictfs.OpMkdir && strings.Contains(c.Path, "/copying-") && second == nil {
					second = startStepper(fsys, tr.plan, revert, "second", func(_, changes int) bool { return changes == alone.changes-last })
				}
			}})
			err := applyThrough(plan.PhaseSwitch)(tr.plan, local(slow), "first0")
			second.resume(never)
			if err == nil || second.err != nil {
				t.Fatalf("%s, %d changes before the end: Apply %v, Revert %v", scheme, last, err, second.err)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Fatalf("%s, %d changes before the end (-before +now)\n%s", scheme, last, d)
			}
		}
	}
}

// A run that was suspended before it tries whether an original can be renamed goes
// on when that is gone: what it makes for that does not take the original's place.
func TestTrialWithoutAnOriginal(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		tries := 0
		for at, seen := 0, 1; at < seen; at++ {
			fsys := tr.base.Clone()
			seen = 0
			slow := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Op != strictfs.OpMkdir || !strings.HasSuffix(c.Path, ".deploycluster-trial") {
					return
				}
				if seen++; seen == at+1 {
					tries++
					must(t, applyThrough(plan.PhasePurge)(tr.plan, local(fsys), "second"))
				}
			}})
			if err := applyThrough(plan.PhasePurge)(tr.plan, local(slow), "first0"); err == nil {
				t.Errorf("%s, trial %d: nothing was said", scheme, at)
			}
			if d := cmp.Diff(tr.want, walk(t, fsys, "/")); d != "" {
				t.Fatalf("%s, trial %d: the end differs from the simulation (-simulated +real)\n%s", scheme, at, d)
			}
		}
		if tries == 0 {
			t.Errorf("%s: nothing was tried", scheme)
		}
	}
}

// A run that was suspended as it puts a link in the place of an original goes on at
// any moment of another run that is about to do the same: there is one link, and
// the original is aside.
func TestTwoRunsPutOneLink(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, appdata.Linked)
	var links []plan.Step
	for _, s := range tr.plan.Steps {
		if s.Action == plan.ActionLink {
			links = append(links, s)
		}
	}
	base := tr.base.Clone()
	must(t, applyThrough(plan.PhasePopulate)(tr.plan, local(base), "begin0"))
	var begin int // of the switch
	alone := startStepper(base.Clone(), tr.plan, applyThrough(plan.PhaseSwitch), "alone0", never)
	for i, c := range alone.made {
		if strings.HasSuffix(c.To, "/switched") {
			begin = i
		}
	}
	made := 0
	for at, calls := begin, begin+1; at < calls; at += long.Of(1, 7) {
		fsys := base.Clone()
		calls = 0
		w := cluster.World{FS: map[string]afero.Fs{"local": strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
			calls++
			if calls != at+1 {
				return
			}
			for _, s := range links {
				info, _, err := fsys.LstatIfPossible(s.From.Path)
				if err == nil && info.Mode()&fs.ModeSymlink != 0 {
					continue
				}
				if err == nil && fsys.Place(s.From.Path, s.Aside.Path) != nil {
					return
				}
				must(t, fsys.SymlinkIfPossible(s.ServerTo, s.From.Path))
				made++
				return
			}
		}})}}
		if err := applyThrough(plan.PhaseSwitch)(tr.plan, w, "second"); err != nil {
			must(t, applyThrough(plan.PhaseSwitch)(tr.plan, local(fsys), "third0"))
		}
		must(t, revert(tr.plan, local(fsys.Clone()), "revert"))
		if err := tr.finish(fsys, tr.plan); err != nil {
			t.Fatalf("operation %d of %d: %v", at, calls, err)
		}
	}
	if made == 0 {
		t.Error("no link was put there by another run")
	}
}
