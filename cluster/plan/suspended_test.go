package plan_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"

	"github.com/spf13/afero"
)

// A run that was suspended just before it gives an original another name goes on
// while a purge looks where that original is. The purge finds it under either name;
// where it is renamed once more under its hands, the next purge does.
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
				if stale := (*plan.StaleError)(nil); errors.As(err, &stale) {
					t.Errorf("%s, look %d: it was not found: %v", scheme, at, err)
				}
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
	must(t, alone.err)
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

// A run is killed while it removes the trial of an original that another run has
// renamed aside meanwhile: what is left of the trial takes no place from it.
func TestTrialOfAnOriginalThatIsAside(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		start, err := clustertest.Walk(tr.base, "/")
		must(t, err)
		fsys, retired, died := tr.base.Clone(), false, false
		slow := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
			if died {
				panic("killed")
			}
			if !retired && c.Op == strictfs.OpMkdir && strings.HasSuffix(c.Path, ".deploycluster-trial") {
				retired = true
				must(t, applyThrough(plan.PhaseRetire)(tr.plan, local(fsys), "second"))
			}
		}, After: func(c *strictfs.Call, err error) {
			died = died || retired && err == nil && c.Op == strictfs.OpRemove && strings.HasSuffix(c.Path, "not-empty/deploycluster-not-empty")
		}})
		func() {
			defer func() { _ = recover() }()
			_ = applyThrough(plan.PhaseSwitch)(tr.plan, local(slow), "first0")
		}()
		if !died {
			t.Fatalf("%s: no trial was removed", scheme)
		}
		must(t, revert(tr.plan, local(fsys), "third0"))
		now, err := clustertest.Walk(fsys, "/")
		must(t, err)
		if d := cmp.Diff(start, now); d != "" {
			t.Errorf("%s (-start +reverted)\n%s", scheme, d)
		}
	}
}

// An Apply is suspended anywhere while it records its plan on the server, and a
// Revert takes everything back meanwhile: no record stays.
func TestSuspendedRunLeavesNoRecord(t *testing.T) {
	t.Parallel()
	const records = tinyInstall + "/conf/server/.deploycluster"
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		base, tries := tr.base.Clone(), 0
		must(t, base.Mkdir(records, 0o755))
		write(records+"/other.json", `{"schema": 1, "plan": "x", "sha256": "y", "appData": "/mnt/other"}`)(t, base)
		start := ours(t, base)
		must(t, applyThrough(plan.PhasePopulate)(tr.plan, local(base), "begin0"))
		alone := startStepper(base.Clone(), tr.plan, applyThrough(plan.PhaseSwitch), "alone0", never)
		must(t, alone.err)
		for i, c := range alone.made {
			if !strings.HasPrefix(c.Path, records) {
				continue
			}
			tries++
			fsys := base.Clone()
			one := startStepper(fsys, tr.plan, applyThrough(plan.PhaseSwitch), "first0", func(all, _ int) bool { return all == i })
			must(t, revert(tr.plan, local(fsys), "second"))
			one.resume(never)
			if d := cmp.Diff(start, ours(t, fsys)); d != "" {
				t.Errorf("%s, before %v (-start +now)\n%s", scheme, c.Call, d)
			}
		}
		if tries == 0 {
			t.Errorf("%s: nothing was recorded", scheme)
		}
	}
}

// A purge comes for what is left where nothing moves any more, and is suspended; the
// server goes back meanwhile, and an Apply begins. The purge goes on and removes
// nothing of that.
func TestPurgeOfWhatIsLeftStopsForANewRun(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		base := tiny(t, scheme)
		must(t, base.MkdirAll(tinyTarget+"/lost+found", 0o755)) // a Revert leaves the target
		must(t, base.Chmod(tinyTarget, 0o755))
		p, w := tinyPlan(t, base, "")
		_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
		must(t, err)
		shared, _ := populate(t, base, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		alone := startStepper(base.Clone(), shared, applyThrough(plan.PhasePurge), "alone0", never)
		must(t, alone.err)
		for at := alone.all - 1; at > alone.all-60; at-- {
			fsys := base.Clone()
			purge := startStepper(fsys, shared, applyThrough(plan.PhasePurge), "first0", func(all, _ int) bool { return all == at })
			must(t, revert(p, local(fsys), "second"))
			whole := startStepper(fsys.Clone(), p, applyThrough(plan.PhaseSwitch), "alone1", never)
			must(t, whole.err)
			n := slices.IndexFunc(whole.made, func(c made) bool { return c.Op == strictfs.OpRename && strings.HasSuffix(c.To, "/plan.json") })
			apply := startStepper(fsys, p, applyThrough(plan.PhaseSwitch), "third0", func(all, _ int) bool { return all == n })
			purge.resume(func(int, int) bool {
				return purge.next.Op == strictfs.OpOpenFile && strings.Contains(purge.next.Path, "/run-") // which overtakes the Apply
			})
			apply.resume(never)
			purge.resume(never)
			if apply.err == nil && !there(fsys, tinyTarget+"/.deploycluster/plan.json") {
				t.Errorf("%s, at %d of %d: the purge (%v) has removed what the Apply needs", scheme, at, alone.all, purge.err)
			}
		}
	}
}
