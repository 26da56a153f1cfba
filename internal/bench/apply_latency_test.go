package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

const (
	slowCall    = time.Millisecond // what every call takes
	slowWorkers = 16
	slowLeast   = 8 // times as fast with them as with one
)

// TestApplyOnSlowStorage measures what workers are for: storage that takes a
// millisecond to answer each call, as network storage does. Apply with 16
// workers is held against itself with one. The clock is a simulated one that
// moves only while every goroutine waits, so the figures are exact, the same on
// every machine, and leave out what the processor does. That the real clock
// agrees is shown on a smaller tree. Run it alone:
//
//	go test -run TestApplyOnSlowStorage -v
func TestApplyOnSlowStorage(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, c := range []struct {
		name    string
		servers bool // the server's own disk is as slow
		files   int
		clock   func(*testing.T, func(*testing.T))
		least   float64
	}{
		{"all storage is slow", true, 2000, synctest.Test, slowLeast},
		{"the target is slow", false, 2000, synctest.Test, slowLeast},
		// Timers are late and processors busy, so a real clock gives less.
		{"the target is slow, by the real clock", false, 500, realClock, slowLeast * 0.75},
	} {
		t.Run(c.name, func(t *testing.T) {
			var one, many time.Duration
			var calls int64
			c.clock(t, func(t *testing.T) {
				one, calls = applySlowly(t, c.servers, c.files, 1)
				many, _ = applySlowly(t, c.servers, c.files, slowWorkers)
			})
			speed := float64(one) / float64(many)
			t.Logf("%d files, %v a call: one worker %v (%d calls, %.1f a file), %d workers %v (%.2fx)", c.files, slowCall,
				one.Round(slowCall), calls, float64(calls)/float64(c.files), slowWorkers, many.Round(slowCall), speed)
			compared(comparison{fmt.Sprintf("Apply, %d workers, %s", slowWorkers, c.name), "one worker", many, one, speed, c.least})
			if speed < c.least {
				t.Errorf("%.2f times as fast with %d workers, want %.2f", speed, slowWorkers, c.least)
			}
		})
	}
}

func realClock(t *testing.T, f func(*testing.T)) { f(t) }

// applySlowly populates a target from a server with so many small files and
// gives how long Apply took, and how many calls to slow storage it made. The
// server and the target are on two storages in memory.
func applySlowly(t *testing.T, servers bool, files, workers int) (time.Duration, int64) {
	t.Helper()
	const install, share = "/opt/ucd/server", "/media/share"
	local, remote := strictfs.New(strictfs.Options{}), strictfs.New(strictfs.Options{})
	if err := clustertest.Build(local, install, clustertest.Spec{Scheme: appdata.Folder, RepositoryFiles: -1}); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		dir := fmt.Sprintf("%s/appdata/var/repository/blob/%02x", install, i%32)
		if err := local.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := afero.WriteFile(local, fmt.Sprintf("%s/%06d", dir, i), fmt.Append(nil, "content ", i), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	topology := cluster.Topology{Schema: 1, Nodes: []cluster.Node{{
		Name: "server", Role: cluster.RoleMember, Install: install,
		Mounts: []cluster.Mount{{Path: "/", Storage: "local", Root: "/"}, {Path: share, Storage: "share", Root: "/"}},
	}}}
	world := cluster.World{FS: map[string]afero.Fs{"local": local, "share": remote}, Password: cluster.StoredPasswords}
	ctx := context.Background()
	c, err := cluster.Load(ctx, topology, world)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Populate(ctx, c, "server", plan.Target{AppData: share + "/appdata", MountPoint: share})
	if err != nil {
		t.Fatal(err)
	}
	if p.Refused() {
		t.Fatal(p.Refusals)
	}
	var calls atomic.Int64
	wait := func(strictfs.Op, string) {
		calls.Add(1)
		time.Sleep(slowCall)
	}
	world.FS["share"] = strictfs.NewSlow(remote, wait)
	if servers {
		world.FS["local"] = strictfs.NewSlow(local, wait)
	}
	start := time.Now()
	res, err := p.Apply(ctx, world, plan.ApplyOptions{Workers: workers})
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	if res.VerifiedFiles < int64(files) {
		t.Fatalf("only %d files were proven", res.VerifiedFiles)
	}
	return took, calls.Load()
}
