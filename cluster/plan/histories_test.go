package plan_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// Random histories of a server that is primed, moved, interrupted, cut off from
// power, and goes on working: no original ever changes, and where Apply comes to
// its end, that is what was simulated. Where the server has removed what an
// interrupted Apply had copied, Apply says so and stops.
func TestHistoriesLoseNothing(t *testing.T) {
	t.Parallel()
	known := map[string]int{}
	for seed := range uint64(60) {
		links := []plan.LinkPolicy{plan.LinksRefuse, plan.LinksKeep, plan.LinksFollow}[seed%3]
		if msg := randomRun(t, seed, links, known); msg != "" {
			t.Errorf("seed %d, %s: %s", seed, links, msg)
			if seed > 0 && len(msg) > 3000 {
				return
			}
		}
	}
	t.Log(known)
	if known["ok"] < 40 {
		t.Error("few of them come to their end")
	}
}

func randomRun(t *testing.T, seed uint64, links plan.LinkPolicy, known map[string]int) string {
	rnd := rand.New(rand.NewPCG(seed, 7))
	scheme := []appdata.Scheme{appdata.Folder, appdata.InInstall}[rnd.IntN(2)]
	fsys := tiny(t, scheme)
	app := running(t, fsys, scheme)
	repo := app + "/var/repository/blob"
	must(t, fsys.MkdirAll("/bigdisk/d", 0o750))
	must(t, afero.WriteFile(fsys, "/bigdisk/d/a", []byte("big a"), 0o640))
	must(t, afero.WriteFile(fsys, "/bigdisk/d/b", []byte("big b"), 0o640))
	must(t, afero.WriteFile(fsys, "/bigdisk/f", []byte("big f"), 0o640))
	name := func() string {
		n := []string{"a", "b", "c"}
		p := repo
		for range 1 + rnd.IntN(3) {
			p += "/" + n[rnd.IntN(3)]
		}
		return p
	}
	mutate := func() {
		p := name()
		switch rnd.IntN(8) {
		case 0, 1:
			if fsys.MkdirAll(path.Dir(p), 0o750) == nil {
				afero.WriteFile(fsys, p, []byte(fmt.Sprint("v", rnd.IntN(10))), 0o640)
			}
		case 2:
			if fsys.MkdirAll(path.Dir(p), 0o750) == nil {
				afero.WriteFile(fsys, p, []byte(strings.Repeat("x", rnd.IntN(4))), 0o640)
			}
		case 3:
			fsys.RemoveAll(p)
		case 4:
			fsys.MkdirAll(p, 0o750)
		case 5:
			if links != plan.LinksRefuse && fsys.MkdirAll(path.Dir(p), 0o750) == nil {
				fsys.SymlinkIfPossible([]string{"/bigdisk/d", "/bigdisk/f"}[rnd.IntN(2)], p)
			}
		case 6:
			fsys.Rename(p, name())
		case 7:
			fsys.Chmod(p, []os.FileMode{0o640, 0o600, 0o750}[rnd.IntN(3)])
		}
	}
	for range 10 {
		mutate()
	}
	fsys.SyncAll()
	tgt := plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Links: links}
	outside := func() []clustertest.Entry {
		// Empty folders in which an interrupted run has tried a rename are no
		// originals; at the end there must be none.
		list := slices.DeleteFunc(walk(t, fsys, "/opt"), func(e clustertest.Entry) bool {
			return strings.Contains(e.Path, ".deploycluster-trial") && e.Kind == clustertest.KindFolder
		})
		return append(list, walk(t, fsys, "/bigdisk")...)
	}
	log := []string{}
	for range 1 + rnd.IntN(4) {
		stopped := rnd.IntN(3) == 0
		if stopped {
			stop(t, fsys)
		}
		p, w := populate(t, fsys, tinyInstall, tgt)
		w.Now = monthsLater
		fsys.SyncAll()
		before := outside()
		o := plan.ApplyOptions{Workers: 1 + rnd.IntN(4)}
		fault := strictfs.Fault{Nth: 200 + rnd.IntN(900), Die: rnd.IntN(2) == 0, Err: syscall.EIO}
		f := strictfs.NewFailing(fsys, fault)
		var err error
		if stopped {
			ctx, cancel := context.WithCancel(context.Background())
			o.Progress = func(e plan.Event) {
				if e.Kind == plan.EventStarted && e.Step.Action == plan.ActionRescan {
					cancel()
				}
			}
			_, err = p.Apply(ctx, cluster.World{FS: map[string]afero.Fs{"local": f}, Now: w.Now}, o)
		} else {
			_, err = p.Prime(context.Background(), cluster.World{FS: map[string]afero.Fs{"local": f}, Now: w.Now}, plan.PrimeOptions{Workers: o.Workers})
		}
		log = append(log, fmt.Sprintf("stopped %t fired %d: %v", stopped, f.Fired(), err))
		if d := cmp.Diff(before, outside()); d != "" {
			return fmt.Sprintf("ORIGINALS CHANGED %v\n%s", log, d)
		}
		if rnd.IntN(3) == 0 {
			for choice := range strictfs.Choices(len(fsys.Pending()), strictfs.DataStates(), 2, seed) {
				if rnd.IntN(4) == 0 {

					fsys = fsys.Crash(choice)
					break
				}
			}
		}
		if stopped {
			must(t, fsys.MkdirAll(tinyInstall+"/var", 0o750))
			must(t, afero.WriteFile(fsys, tinyInstall+"/var/server.pid", []byte("4711"), 0o640))
		}
		for range rnd.IntN(6) {
			mutate()
		}
	}
	stop(t, fsys)
	p, w := populate(t, fsys, tinyInstall, tgt)
	w.Now = monthsLater
	if p.Refused() {
		known["refused"]++
		return ""
	}
	before := outside()
	sim, err := p.Simulate(context.Background(), w)
	must(t, err)
	want := walk(t, sim.FS["local"], "/")
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 1 + rnd.IntN(4)})
	var changed *plan.Error
	var refused *plan.RefusedError
	switch {
	case errors.As(err, &refused):
		known["refused by survey"]++
		return ""
	case errors.As(err, &changed) && changed.Reason == plan.ReasonChanged && changed.Changes[0].What == "new":
		known["new on target"]++
	case errors.Is(err, syscall.ENOTDIR):
		known["ENOTDIR"]++
	case errors.Is(err, os.ErrExist):
		known["EEXIST"]++
	case err != nil:
		return fmt.Sprintf("Apply: %v %v", err, log)
	default:
		known["ok"]++
		if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
			return fmt.Sprintf("differs from simulation %v\n%s", log, d)
		}
		return ""
	}
	if d := cmp.Diff(before, outside()); d != "" {
		return fmt.Sprintf("ORIGINALS CHANGED by the last Apply %v\n%s", log, d)
	}
	return ""
}
