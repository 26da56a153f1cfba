package plan_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// long tries every fault and every crash at every operation; without it every
// operation still fails and dies, but not in every way.
var long = flag.Bool("long", false, "try every fault and every crash at every operation")

// everything is Apply to the last phase.
var everything = plan.ApplyOptions{Retire: true, Purge: true, Workers: 1}

// trial is one server whose move is tried again and again from the same start.
type trial struct {
	base     *clustertest.StrictFs
	plan     *plan.Plan
	want     []clustertest.Entry // the world after the last phase
	original map[string]int      // how many originals have this content, by SHA-256
}

func newTrial(t *testing.T, scheme appdata.Scheme) *trial {
	t.Helper()
	base := tiny(t, scheme)
	p, w := populate(t, base, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
	must(t, err)
	tr := &trial{base: base, plan: p, want: walk(t, sim.FS["local"], "/"), original: map[string]int{}}
	for _, e := range tr.want {
		_ = e
	}
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

// kept checks that the content of every original is somewhere.
func (tr *trial) kept(fsys afero.Fs) error {
	list, err := clustertest.Walk(fsys, "/", appdata.JournalDir)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, e := range list {
		have[e.SHA256] = true
	}
	for sum := range tr.original {
		if !have[sum] {
			return fmt.Errorf("the original with SHA-256 %s is gone", sum)
		}
	}
	return nil
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
	got, err := clustertest.Walk(fsys, "/", appdata.JournalDir)
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

func (tr *trial) operations(t *testing.T) int {
	f := clustertest.NewFailing(tr.base.Clone())
	if _, err := tr.apply(f); err != nil {
		t.Fatal("without any fault:", err)
	}
	return f.Calls()
}

func TestFailAtEveryOperationThenResume(t *testing.T) {
	faults := []clustertest.Fault{
		{Err: syscall.EIO}, {Err: syscall.EIO, After: true},
		{Err: syscall.ENOSPC}, {Err: syscall.EDQUOT}, {Err: syscall.EROFS}, {Err: syscall.ESTALE},
		{Err: syscall.EBUSY}, {Err: syscall.EACCES}, {Short: 1}, {Late: clustertest.OpSync}, {Late: clustertest.OpClose},
	}
	every(t, func(t *testing.T, tr *trial, at, n int) (points int) {
		for i, fault := range faults {
			if !*long && i != at%len(faults) {
				continue
			}
			fault.Nth = at
			fsys := tr.base.Clone()
			f := clustertest.NewFailing(fsys, fault)
			_, err := tr.apply(f)
			if f.Fired() == 0 {
				continue // this kind of call has fewer operations
			}
			points++
			if lost := tr.kept(fsys); lost != nil {
				t.Fatalf("operation %d of %d, %+v: %v (Apply said %v)", at, n, fault, lost, err)
			}
			if again := tr.finish(fsys, at%2 == 0); again != nil {
				t.Fatalf("operation %d of %d, %+v: Apply said %v; applied again: %v", at, n, fault, err, again)
			}
		}
		return points
	})
}

func TestDieAtEveryOperationThenResume(t *testing.T) {
	every(t, func(t *testing.T, tr *trial, at, n int) (points int) {
		fsys := tr.base.Clone()
		f := clustertest.NewFailing(fsys, clustertest.Fault{Nth: at, Die: true})
		tr.apply(f)
		if f.Fired() == 0 {
			t.Fatalf("operation %d of %d: the process did not die", at, n)
		}
		random, k := 2, 0
		if *long {
			random = 64
		}
		for choice := range clustertest.Choices(len(fsys.Pending()), clustertest.DataStates(), random, uint64(at)) {
			if k++; !*long && k > 1 && (k+at)%23 != 0 {
				continue
			}
			points++
			after := fsys.Crash(choice)
			if lost := tr.kept(after); lost != nil {
				t.Fatalf("operation %d of %d, crash %s: %v", at, n, choice.Name, lost)
			}
			if err := tr.finish(after, k%2 == 0); err != nil {
				t.Fatalf("operation %d of %d, crash %s: applied again: %v", at, n, choice.Name, err)
			}
		}
		return points
	})
}

// every tries something at every operation of a whole run, for every scheme,
// and checks that there were thousands of points.
func every(t *testing.T, try func(t *testing.T, tr *trial, at, n int) (points int)) {
	t.Helper()
	var total atomic.Int64
	t.Run("schemes", func(t *testing.T) {
		for _, scheme := range schemes() {
			t.Run(scheme.String(), func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, scheme)
				n, step, points := tr.operations(t), 1, 0
				if testing.Short() {
					step = 31
				}
				for at := 1; at <= n; at += step {
					points += try(t, tr, at, n)
				}
				t.Logf("%d operations, %d points", n, points)
				total.Add(int64(points))
			})
		}
	})
	t.Logf("%d points in all", total.Load())
	least := int64(2500)
	if testing.Short() {
		least = 80
	}
	if total.Load() < least && !t.Failed() {
		t.Errorf("only %d points were tried", total.Load())
	}
}
