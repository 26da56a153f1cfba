package plan_test

import (
	"context"
	"strings"
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

// handleFault is what one operation of a folder that is held by a handle, or of a
// file in it, answers.
type handleFault struct {
	err syscall.Errno
	// after: it was carried out all the same; dies: nothing that follows is.
	after, dies bool
}

// TestFailAtEveryOperation and TestDieAtEveryOperation run on a simulated disk,
// which is held by paths. This is the same on the system's own folders, which are
// held by handles: at any operation an error, an error after it was done, or the
// end of the process, and then the move goes on from there to the same end.
func TestFaultsOnHandles(t *testing.T) {
	t.Parallel()
	faults := []handleFault{
		{err: syscall.EIO}, {err: syscall.EIO, after: true}, {err: syscall.ENOSPC}, {err: syscall.EIO, dies: true},
		{err: syscall.ESTALE}, {err: syscall.EACCES}, {err: syscall.EIO, after: true, dies: true},
	}
	step := long.Of(1, 127)
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			points := 0
			for at, more := 1+step/2, true; more; at += step {
				for i, fault := range faults {
					if i != points%len(faults) && !(long.Tests() && i == 3) { // each in turn, and a death everywhere
						continue
					}
					if more = failOnHandles(t, scheme, at, fault); t.Failed() {
						return
					}
				}
				points++
			}
			if points < 5 {
				t.Errorf("only %d operations were tried", points)
			}
			t.Logf("%d points", points)
		})
	}
}

// failOnHandles moves a server with a fault at one operation, and reports whether
// there was such an operation.
func failOnHandles(t *testing.T, scheme appdata.Scheme, at int, fault handleFault) (fired bool) {
	t.Helper()
	root, install, target := onSystem(t, scheme)
	fsys := afero.NewOsFs()
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	sim, err := accepted(t, p).SimulateThrough(context.Background(), w, plan.PhasePurge)
	must(t, err)
	want := walk(t, sim.FS["local"], root)
	sums := map[string]bool{}
	for _, s := range p.Steps {
		if s.Action == plan.ActionCopy {
			for _, e := range walk(t, fsys, s.From.Path) {
				if e.Kind == clustertest.KindFile {
					sums[e.SHA256] = true
				}
			}
		}
	}
	calls := 0
	faulty := strictfs.Folders(fsys, func(op strictfs.Op, _ string, next func() error) error {
		if calls++; calls < at || calls > at && !fault.dies {
			return next()
		}
		fired = true
		if fault.after && calls == at && op.Changes() && op != strictfs.OpCreate {
			if err := next(); err != nil {
				return err
			}
		}
		return fault.err
	})
	_, first := p.Apply(context.Background(), cluster.World{FS: map[string]afero.Fs{"local": faulty}}, everything)
	for _, e := range walk(t, fsys, root) {
		if !strings.Contains(e.Path, reserved.Folder) {
			delete(sums, e.SHA256)
		}
	}
	if len(sums) > 0 {
		t.Fatalf("operation %d, %+v: the content of %d originals is gone; Apply said %v", at, fault, len(sums), first)
	}
	c, w := loadedAt(t, fsys, install)
	q, err := plan.Stored(context.Background(), c, "server", plan.Target{AppData: target})
	if err != nil {
		q, err = plan.Populate(context.Background(), c, "server", plan.Target{AppData: target})
		must(t, err)
	}
	o := everything
	o.RunID = ""
	res, err := q.Apply(context.Background(), w, o)
	if err != nil || len(res.Kept) > 0 {
		t.Fatalf("operation %d, %+v: Apply said %v; applied again: %v, kept %v", at, fault, first, err, res.Kept)
	}
	got, err := clustertest.Walk(fsys, root)
	must(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("operation %d, %+v: Apply said %v; the end differs from the simulation (-simulated +real):\n%s", at, fault, first, d)
	}
	return fired
}
