package plan_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// random is how many random outcomes of a crash are tried at each operation,
// besides none, all, each alone and each alone lost, in each state of the data.
func random() int {
	if !long.Tests() || underRace {
		return 4
	}
	return 64
}

// everything is Apply to the last phase.
var everything = plan.ApplyOptions{Through: plan.PhasePurge, Workers: 1, RunID: "0000000000000001"}

// trial is one server whose move is tried again and again from the same start.
type trial struct {
	base     *strictfs.FS
	plan     *plan.Plan
	want     []clustertest.Entry // the world after the last phase
	original map[string]int      // how many originals have this content, by SHA-256
	// tried are the states from which it was gone on. Most operations read, and
	// most faults of one operation leave the same behind, so that most points
	// share their state with others.
	tried map[[sha256.Size]byte]bool
}

func newTrial(t *testing.T, scheme appdata.Scheme) *trial {
	t.Helper()
	base := tiny(t, scheme)
	p, w := populate(t, base, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
	must(t, err)
	tr := &trial{base: base, plan: p, want: walk(t, sim.FS["local"], "/"), original: map[string]int{}, tried: map[[sha256.Size]byte]bool{}}
	for _, s := range p.Steps {
		if s.Action != plan.ActionCopy {
			continue
		}
		for _, e := range walk(t, base, s.From.Path) {
			if e.Kind == clustertest.KindFile {
				tr.original[e.SHA256]++
			}
		}
	}
	return tr
}

// goOn checks that the content of every original is somewhere, and applies
// again. From a state that another point has left already it is not done twice.
func (tr *trial) goOn(fsys afero.Fs) error {
	list, err := clustertest.Walk(fsys, "/")
	if err != nil {
		return err
	}
	h := sha256.New()
	have := map[string]bool{}
	for _, e := range list {
		fmt.Fprintf(h, "%+v\n", e)
		if !strings.Contains(e.Path, reserved.Folder) {
			have[e.SHA256] = true
		}
	}
	for sum := range tr.original {
		if !have[sum] {
			return fmt.Errorf("the original with SHA-256 %s is gone", sum)
		}
	}
	state := [sha256.Size]byte(h.Sum(nil))
	if tr.tried[state] {
		return nil
	}
	tr.tried[state] = true
	if clone, ok := fsys.(*strictfs.FS); ok && long.Tests() {
		if err := tr.finish(clone.Clone(), state[0]&1 == 0); err != nil {
			return err
		}
	}
	return tr.finish(fsys, state[0]&1 == 1)
}

// finish applies again, as a new process does: with the plan that it finds on
// the target, or a new one.
func (tr *trial) finish(fsys afero.Fs, anew bool) error {
	ctx := context.Background()
	topology, w := cluster.Single(fsys, tinyInstall)
	p := tr.plan
	if anew {
		c, err := cluster.Load(ctx, topology, w)
		if err != nil {
			return err
		}
		target := plan.Target{AppData: tinyTarget, MountPoint: tinyShare}
		if p, err = plan.Stored(ctx, c, "server", target); err != nil {
			if p, err = plan.Populate(ctx, c, "server", target); err != nil {
				return err
			}
		}
	}
	res, err := p.Apply(ctx, w, everything)
	if err != nil {
		return err
	}
	if len(res.Kept) > 0 {
		return fmt.Errorf("kept: %v", res.Kept)
	}
	got, err := clustertest.Walk(fsys, "/", reserved.Folder)
	if err != nil {
		return err
	}
	if d := cmp.Diff(tr.want, got); d != "" {
		return errors.New("the end differs from the simulation (-simulated +real):\n" + d)
	}
	return nil
}

func (tr *trial) apply(fsys afero.Fs) (*plan.Result, error) {
	_, w := cluster.Single(fsys, tinyInstall)
	return tr.plan.Apply(context.Background(), w, everything)
}

// operations lists, for each operation of a whole run, whether it can change
// what is on the disk.
func (tr *trial) operations(t *testing.T) (changes []bool) {
	f := strictfs.NewHooked(tr.base.Clone(), strictfs.Hooks{Before: func(c *strictfs.Call) {
		changes = append(changes, c.Changes() || c.Op == strictfs.OpSync)
	}})
	if _, err := tr.apply(f); err != nil {
		t.Fatal("without any fault:", err)
	}
	return changes
}

func TestFailAtEveryOperationThenResume(t *testing.T) {
	reading := []strictfs.Fault{{Err: syscall.EIO}, {Err: syscall.ESTALE}, {Err: syscall.EACCES}}
	changing := append([]strictfs.Fault{
		{Err: syscall.EIO, After: true}, {Err: syscall.ENOSPC}, {Err: syscall.EDQUOT}, {Err: syscall.EROFS},
		{Err: syscall.EBUSY}, {Short: 1}, {Late: strictfs.OpSync}, {Late: strictfs.OpClose},
	}, reading...)
	every(t, func(t *testing.T, tr *trial, at int, changes []bool) (points int) {
		faults, n := reading, len(changes)
		if changes[at-1] {
			faults = changing
		}
		for _, fault := range faults {
			fault.Nth = at
			fsys := tr.base.Clone()
			f := strictfs.NewFailing(fsys, fault)
			_, err := tr.apply(f)
			if f.Fired() == 0 {
				continue // this kind of call has fewer operations
			}
			points++
			if again := tr.goOn(fsys); again != nil {
				t.Fatalf("operation %d of %d, %+v: Apply said %v; applied again: %v", at, n, fault, err, again)
			}
		}
		return points
	})
}

func TestDieAtEveryOperationThenResume(t *testing.T) {
	every(t, func(t *testing.T, tr *trial, at int, changes []bool) (points int) {
		n := len(changes)
		if at > 1 && !changes[at-2] {
			return 0 // the disk is as it was one operation before
		}
		fsys := tr.base.Clone()
		f := strictfs.NewFailing(fsys, strictfs.Fault{Nth: at, Die: true})
		tr.apply(f)
		if f.Fired() == 0 {
			t.Fatalf("operation %d of %d: the process did not die", at, n)
		}
		for choice := range strictfs.Choices(len(fsys.Pending()), strictfs.DataStates(), random(), uint64(at)) {
			points++
			if err := tr.goOn(fsys.Crash(choice)); err != nil {
				t.Fatalf("operation %d of %d, crash %s: applied again: %v", at, n, choice.Name, err)
			}
		}
		return points
	})
}

// sample is which part of the operations is tried without -long: too few for a
// mutant, whose one weak moment may lie between two of them.
var sample = flag.Int("sample", 31, "without -long, one of so many operations is tried")

// every tries something at every operation of a whole run, for every scheme,
// and checks that there were thousands of points.
func every(t *testing.T, try func(t *testing.T, tr *trial, at int, changes []bool) (points int)) {
	t.Helper()
	var total, ran atomic.Int64
	t.Run("schemes", func(t *testing.T) {
		for _, scheme := range schemes() {
			t.Run(scheme.String(), func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, scheme)
				changes, step, points := tr.operations(t), 1, 0
				switch {
				case !long.Tests():
					step = *sample
				case underRace:
					step = 5
				}
				for at := 1; at <= len(changes); at += step {
					points += try(t, tr, at, changes)
				}
				t.Logf("%d operations, %d points, %d states to go on from", len(changes), points, len(tr.tried))
				total.Add(int64(points))
				ran.Add(1)
			})
		}
	})
	t.Logf("%d points in all", total.Load())
	least := int64(10_000)
	if !long.Tests() || underRace {
		least = 80
	}
	if ran.Load() == int64(len(schemes())) && total.Load() < least && !t.Failed() {
		t.Errorf("only %d points were tried", total.Load())
	}
}
