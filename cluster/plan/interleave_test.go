package plan_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// verb is one run of a plan.
type verb func(p *plan.Plan, w cluster.World, runID string) error

func applyThrough(phase plan.Phase) verb {
	return func(p *plan.Plan, w cluster.World, id string) error {
		_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: phase, Workers: 1, RunID: id})
		return err
	}
}

func revert(p *plan.Plan, w cluster.World, id string) error {
	_, err := p.Revert(context.Background(), w, plan.RevertOptions{Workers: 1, RunID: id})
	return err
}

// stepper is a run that waits before operations of a file system.
type stepper struct {
	stopped, goOn chan struct{}
	// until says at which operation it waits next: all counts them, changes
	// only those that change something.
	until        func(all, changes int) bool
	all, changes int
	next         strictfs.Call // the operation that it waits before
	made         []made
	over, dead   bool
	err          error
}

func (s *stepper) before(c *strictfs.Call) {
	s.next = strictfs.Call{Op: c.Op, Path: c.Path, To: c.To, Flag: c.Flag}
	if s.until(s.all, s.changes) {
		s.stopped <- struct{}{}
		<-s.goOn
	}
	s.all++
	if c.Changes() {
		s.changes++
	}
}

func startStepper(fsys afero.Fs, p *plan.Plan, v verb, id string, until func(all, changes int) bool) *stepper {
	s := &stepper{stopped: make(chan struct{}), goOn: make(chan struct{}), until: until}
	w := cluster.World{FS: map[string]afero.Fs{"local": strictfs.NewHooked(fsys, strictfs.Hooks{Before: s.before, Dead: func() bool { return s.dead }, After: func(c *strictfs.Call, err error) {
		s.made = append(s.made, made{strictfs.Call{Op: c.Op, Path: c.Path, To: c.To, Flag: c.Flag}, err != nil})
	}})}}
	go func() {
		s.err = v(p, w, id)
		s.over = true
		s.stopped <- struct{}{}
	}()
	<-s.stopped
	return s
}

// resume goes on until the condition is met, or to the end.
func (s *stepper) resume(until func(all, changes int) bool) {
	if !s.over {
		s.until = until
		s.goOn <- struct{}{}
		<-s.stopped
	}
}

// kill ends a run where it waits: it does nothing any more.
func (s *stepper) kill() {
	s.dead = true
	s.resume(never)
}

func never(int, int) bool { return false }

var orders = flag.Bool("orders", false, "with -long, suspend both of two runs at once before every operation, also before the switch")

// Two runs on one target, in every order: the first is suspended before some
// operation, the second before one of its own, then the first goes on to its end,
// and the second after it. The content of every original is always somewhere, what
// a finished switch has put under the server does not change, and one run more
// brings everything either to the end or back to the beginning.
//
// With -long these are all pairs of operations, millions, of which most need not
// be run: two orders that differ only in which of two operations comes first that
// do not see each other are one (see order). A sample of those that are left out
// is run all the same, and must end as it should. Where the first begins before
// the switch, the first is suspended before every operation and the second goes on
// to its end; that both are suspended is a sample there, because all of it takes
// an hour: that is what -orders is for.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		begin         plan.Phase // how far the plan was applied before
		first, second verb
	}{
		{"apply and apply", 0, applyThrough(plan.PhaseSwitch), applyThrough(plan.PhaseSwitch)},
		{"apply all and apply all", 0, applyThrough(plan.PhasePurge), applyThrough(plan.PhasePurge)},
		{"purge and purge", plan.PhaseSwitch, applyThrough(plan.PhasePurge), applyThrough(plan.PhasePurge)},
		{"apply and revert", plan.PhasePopulate, applyThrough(plan.PhaseSwitch), revert},
		{"revert and apply", plan.PhaseSwitch, revert, applyThrough(plan.PhaseSwitch)},
		{"retire and apply", plan.PhaseSwitch, applyThrough(plan.PhaseRetire), applyThrough(plan.PhaseSwitch)},
		{"retire and revert", plan.PhaseSwitch, applyThrough(plan.PhaseRetire), revert},
		{"purge and revert", plan.PhaseRetire, applyThrough(plan.PhasePurge), revert},
		{"revert and purge", plan.PhaseRetire, revert, applyThrough(plan.PhasePurge)},
		{"revert and revert", plan.PhaseRetire, revert, revert},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, scheme := range schemes() {
				t.Run(scheme.String(), func(t *testing.T) {
					t.Parallel()
					tr := newTrial(t, scheme)
					start := walk(t, tr.base, "/")
					base := tr.base.Clone()
					if c.begin != 0 {
						must(t, applyThrough(c.begin)(tr.plan, local(base), "begin0"))
					}
					pair := &pair{tr: tr, base: base, start: start, first: c.first, second: c.second, once: c.begin < plan.PhaseSwitch && !*orders}
					pair.all(t)
				})
			}
		})
	}
}

// A run that was suspended just before it tries a rename goes on while, or after,
// another one removes what it renames onto. Whatever is left of that, the original
// has its name at the end, and nothing is beside it.
func TestTrialThatIsRemovedMovesNothing(t *testing.T) {
	t.Parallel()
	const trial, inner = ".deploycluster-trial", "/deploycluster-not-empty"
	for _, scheme := range schemes() {
		for taken := 1; taken <= 3; taken++ {
			t.Run(fmt.Sprint(scheme, " ", taken, " of 3 folders gone"), func(t *testing.T) {
				tr := newTrial(t, scheme)
				fsys, tries := tr.base.Clone(), 0
				before := strictfs.Hooks{Before: func(c *strictfs.Call) {
					at, ok := strings.CutSuffix(c.To, trial+inner)
					if c.Op != strictfs.OpRename || !ok {
						return
					}
					tries++
					for _, path := range []string{at + trial + inner + inner, at + trial + inner, at + trial}[:taken] {
						must(t, fsys.Remove(path))
					}
				}}
				must(t, applyThrough(plan.PhaseSwitch)(tr.plan, cluster.World{FS: map[string]afero.Fs{"local": strictfs.NewHooked(fsys, before)}}, "one"))
				if tries == 0 {
					t.Error("no rename was tried")
				}
				must(t, applyThrough(plan.PhasePurge)(tr.plan, local(fsys), "two"))
				if d := cmp.Diff(tr.want, walk(t, fsys, "/")); d != "" {
					t.Errorf("the end differs from the simulation (-simulated +real)\n%s", d)
				}
			})
		}
	}
}

// An Apply is suspended while it writes a file of the server, and a Revert takes
// everything back meanwhile: the file stays as it is.
func TestSuspendedEditIsNotMade(t *testing.T) {
	for _, op := range []strictfs.Op{strictfs.OpOpenFile, strictfs.OpWrite, strictfs.OpRename} {
		for _, file := range []string{"installed.properties", "classpath.conf"} {
			fsys := tiny(t, appdata.Folder)
			before := walk(t, fsys, "/")
			p, w := tinyPlan(t, fsys, "")
			accepted(t, p)
			reverted := false
			slow := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Op == op && strings.Contains(c.Path, "/."+file) && !reverted {
					reverted = true
					must(t, revert(p, w, "revert"))
				}
			}})
			err := applyThrough(plan.PhaseSwitch)(p, local(slow), "first0")
			if !reverted {
				t.Fatalf("%s of %s: there was none", op, file)
			}
			if r := reason(err); r != plan.ReasonOvertaken && r != plan.ReasonSwapped { // the folder of all runs is gone
				t.Errorf("%s of %s: %v", op, file, err)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Errorf("%s of %s (-before +now)\n%s", op, file, d)
			}
		}
	}
}

// An Apply is suspended while it makes a folder of the target, and goes on while
// a Revert is taking the target away: none is left there.
func TestSuspendedRunMakesNoFolder(t *testing.T) {
	base := tiny(t, appdata.Folder)
	before := walk(t, base, "/")
	p, _ := tinyPlan(t, base, "")
	accepted(t, p)
	for n, seen := 2, 2; seen >= n; n++ {
		for last := 6; last < 20; last++ {
			fsys := base.Clone()
			var second *stepper
			seen = 0
			slow := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Op != strictfs.OpMkdir || !strings.HasPrefix(c.Path, tinyTarget+"/") || strings.HasSuffix(c.Path, "/"+reserved.Folder) {
					return
				}
				if seen++; seen == n {
					alone := startStepper(fsys.Clone(), p, revert, "alone0", never)
					must(t, alone.err)
					second = startStepper(fsys, p, revert, "second", func(_, changes int) bool { return changes == alone.changes-last })
				}
			}})
			err := applyThrough(plan.PhaseSwitch)(p, local(slow), "first0")
			if second == nil {
				break
			}
			second.resume(never)
			if err == nil {
				continue // Apply had come first
			}
			if second.err != nil {
				t.Fatalf("folder %d, %d changes before the end: Apply %v, Revert %v", n, last, err, second.err)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Fatalf("folder %d, %d changes before the end (-before +now)\n%s", n, last, d)
			}
		}
	}
}

// A later run sweeps what is being written before it sweeps run files: a run that
// misses its file in that moment was overtaken, too.
func TestHalfSweptRunWasOvertaken(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	own, swept := tinyTarget+"/"+reserved.Folder, false
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
		if c.Op == strictfs.OpRename && c.To == own+"/plan.json" && !swept {
			swept = true
			must(t, afero.WriteFile(fsys, own+"/run-000002-later0", []byte("later0"), 0o600))
			must(t, fsys.Remove(c.Path))
		}
	}})
	_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
	if !swept || reason(err) != plan.ReasonOvertaken {
		t.Errorf("swept %v: %v", swept, err)
	}
}
