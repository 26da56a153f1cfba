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

// state is a digest of what is on the disk, where the content of every original
// must be somewhere.
func (tr *trial) state(fsys afero.Fs) (sum [sha256.Size]byte, err error) {
	list, err := clustertest.Walk(fsys, "/")
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	have := map[string]bool{}
	for _, e := range list {
		fmt.Fprintf(h, "%+v\n", e)
		if !strings.Contains(e.Path, reserved.Folder) {
			have[e.SHA256] = true
		}
	}
	for original := range tr.original {
		if !have[original] {
			return sum, fmt.Errorf("the original with SHA-256 %s is gone", original)
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// goOn checks that nothing is lost, and applies again. From a state that another
// point has left already it is not done twice.
func (tr *trial) goOn(fsys *strictfs.FS) error {
	state, err := tr.state(fsys)
	if err != nil || tr.tried[state] {
		return err
	}
	tr.tried[state] = true
	p, err := tr.found(fsys)
	if err != nil {
		return err
	}
	if p.ID != tr.plan.ID { // the first plan does, too, what its successor does
		if err := tr.finish(fsys.Clone(), tr.plan); err != nil {
			return fmt.Errorf("with the first plan: %w", err)
		}
	}
	return tr.finish(fsys, p)
}

// found is the plan that a new process goes on with: the one on the target, or a
// new one. Where that has the first one's ID, it is the same.
func (tr *trial) found(fsys afero.Fs) (*plan.Plan, error) {
	ctx := context.Background()
	topology, w := cluster.Single(fsys, tinyInstall)
	c, err := cluster.Load(ctx, topology, w)
	if err != nil {
		return nil, err
	}
	target := plan.Target{AppData: tinyTarget, MountPoint: tinyShare}
	if p, err := plan.Stored(ctx, c, "server", target); err == nil {
		return p, nil
	}
	return plan.Populate(ctx, c, "server", target)
}

// finish applies a plan, and sees that the end is the one that was simulated.
func (tr *trial) finish(fsys afero.Fs, p *plan.Plan) error {
	res, err := p.Apply(context.Background(), local(fsys), everything)
	if err != nil {
		return err
	}
	if len(res.Kept) > 0 {
		return fmt.Errorf("kept: %v", res.Kept)
	}
	got, err := clustertest.Walk(fsys, "/")
	if err != nil {
		return err
	}
	if d := cmp.Diff(tr.want, got); d != "" {
		return errors.New("the end differs from the simulation (-simulated +real):\n" + d)
	}
	return nil
}

func (tr *trial) apply(fsys afero.Fs) error {
	_, err := tr.plan.Apply(context.Background(), local(fsys), everything)
	return err
}

func TestFailAtEveryOperationThenResume(t *testing.T) {
	every(t, func(t *testing.T, tr *trial) (points int) {
		return everyFault(t, tr.base, *sample, tr.apply, tr.goOn)
	})
}

// everyFault runs something on copies of a disk, with each fault at every
// operation, or without -long at one of so many, and goes on from what it left.
func everyFault(t *testing.T, base *strictfs.FS, oneOf int, run func(fsys afero.Fs) error, goOn func(disk *strictfs.FS) error) (points int) {
	t.Helper()
	reading := []strictfs.Fault{{Err: syscall.EIO}, {Err: syscall.ESTALE}, {Err: syscall.EACCES}}
	changing := append([]strictfs.Fault{
		{Err: syscall.EIO, After: true}, {Err: syscall.ENOSPC}, {Err: syscall.EDQUOT}, {Err: syscall.EROFS},
		{Err: syscall.EBUSY}, {Short: 1}, {Late: strictfs.OpSync}, {Late: strictfs.OpClose},
	}, reading...)
	var due [][]strictfs.Fault // at each operation
	must(t, run(strictfs.NewHooked(base.Clone(), strictfs.Hooks{Before: func(c *strictfs.Call) {
		if c.Changes() || c.Op == strictfs.OpSync {
			due = append(due, changing)
		} else {
			due = append(due, reading)
		}
	}})))
	for at := 1; at <= len(due); at += long.Of(1, oneOf) {
		for _, fault := range due[at-1] {
			fault.Nth = at
			disk := base.Clone()
			f := strictfs.NewFailing(disk, fault)
			err := run(f)
			if f.Fired() == 0 {
				continue // this kind of call has fewer operations
			}
			points++
			if again := goOn(disk); again != nil {
				t.Fatalf("operation %d of %d, %+v: it said %v; applied again: %v", at, len(due), fault, err, again)
			}
		}
	}
	return points
}

func TestDieAtEveryOperationThenResume(t *testing.T) {
	every(t, func(t *testing.T, tr *trial) (points int) {
		// Of a crash, besides none, all, each alone and each alone lost, in each
		// state of the data, some random outcomes are tried.
		n := everyDeath(t, tr.base.Clone(), *sample, tr.apply, func(at int, disk *strictfs.FS) error {
			for choice := range strictfs.Choices(len(disk.Pending()), strictfs.DataStates(), long.Of(64, 4), uint64(at)) {
				points++
				if err := tr.goOn(disk.Crash(choice)); err != nil {
					return fmt.Errorf("crash %s: applied again: %w", choice.Name, err)
				}
			}
			return nil
		})
		t.Logf("%d operations, %d outcomes", n, points)
		return points
	})
}

// everyDeath runs something on a disk, and calls died whenever an operation may
// have changed what is on it, or what of that is durable: what a process that dies
// before the next operation leaves. Without -long it does so at one of so many of
// these moments. Died must not change the disk, but may copy it.
func everyDeath(t *testing.T, disk *strictfs.FS, oneOf int, run func(fsys afero.Fs) error, died func(at int, disk *strictfs.FS) error) (operations int) {
	t.Helper()
	moments, pending, changed := 0, 0, true
	oneOf = long.Of(1, oneOf)
	now, goOn := make(chan int), make(chan struct{}) // died runs here, where a test may end
	look := func() {
		if changed || len(disk.Pending()) != pending {
			if moments++; moments%oneOf == oneOf/2 {
				now <- operations
				<-goOn
			}
		}
		pending = len(disk.Pending())
	}
	var err error
	go func() {
		err = run(strictfs.NewHooked(disk, strictfs.Hooks{Before: func(c *strictfs.Call) {
			look()
			operations++
			changed = c.Changes() || c.Op == strictfs.OpSync
		}}))
		look()
		close(now)
	}()
	for at := range now {
		if err := died(at, disk); err != nil {
			t.Fatalf("dead after operation %d: %v", at, err)
		}
		goOn <- struct{}{}
	}
	must(t, err)
	return operations
}

// sample is which part of the operations is tried without -long: too few for a
// mutant, whose one weak moment may lie between two of them.
var sample = flag.Int("sample", 61, "without -long, one of so many operations is tried")

// every tries something for every scheme, and checks that there were thousands of
// points.
func every(t *testing.T, try func(t *testing.T, tr *trial) (points int)) {
	t.Helper()
	t.Parallel()
	var total, ran atomic.Int64
	t.Run("schemes", func(t *testing.T) {
		for _, scheme := range schemes() {
			t.Run(scheme.String(), func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, scheme)
				points := try(t, tr)
				t.Logf("%d points, %d states to go on from", points, len(tr.tried))
				total.Add(int64(points))
				ran.Add(1)
			})
		}
	})
	t.Logf("%d points in all", total.Load())
	if least := int64(long.Of(10_000, 80)); ran.Load() == int64(len(schemes())) && total.Load() < least && !t.Failed() {
		t.Errorf("only %d points were tried", total.Load())
	}
}
