package plan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// running makes the server of tiny a running one and returns where its
// application data is.
func running(t testing.TB, fsys afero.Fs, scheme appdata.Scheme) (app string) {
	t.Helper()
	must(t, fsys.MkdirAll(tinyInstall+"/var", 0o750))
	must(t, afero.WriteFile(fsys, tinyInstall+"/var/server.pid", []byte("4711"), 0o640))
	if scheme == appdata.Folder {
		return tinyInstall + "/appdata"
	}
	return tinyInstall
}

func stop(t testing.TB, fsys afero.Fs) {
	t.Helper()
	must(t, fsys.Remove(tinyInstall+"/var/server.pid"))
}

// planAt plans at a time: long after everything, unless told otherwise.
func planAt(t testing.TB, fsys afero.Fs, now time.Time) (*plan.Plan, cluster.World) {
	t.Helper()
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	w.Now = now
	return p, w
}

var monthsLater = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

// primed is a server that runs, and whose plan has been primed.
func primed(t testing.TB, scheme appdata.Scheme) (fsys *strictfs.FS, app string, p *plan.Plan, w cluster.World) {
	t.Helper()
	fsys = tiny(t, scheme)
	app = running(t, fsys, scheme)
	p, w = planAt(t, fsys, monthsLater)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	return fsys, app, p, w
}

func TestPrimeThenApply(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		for _, clock := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, clock %t", scheme, clock), func(t *testing.T) {
				fsys := tiny(t, scheme)
				app := running(t, fsys, scheme)
				repo := app + "/var/repository/blob"
				write := func(path, data string) {
					t.Helper()
					must(t, fsys.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o750))
					must(t, afero.WriteFile(fsys, path, []byte(data), 0o640))
				}
				for _, name := range []string{"kept", "longer", "same size", "gone", "dir gone/a", "dir gone/sub/b", "becomes dir", "becomes file/x"} {
					write(repo+"/"+name, "content of "+name)
				}
				p, w := planAt(t, fsys, monthsLater)
				if !clock {
					w.Now = time.Time{}
				}
				if !p.Refused() {
					t.Fatal("the server runs, and the plan is not refused")
				}
				res, err := p.Prime(ctx, w, plan.PrimeOptions{})
				must(t, err)
				primed := res.CopiedFiles
				if there(fsys, tinyTarget+"/conf/installed.version") {
					t.Error("conf/installed.version is on the target, so installers may join")
				}

				// The server goes on working, and is stopped.
				longer, err := fsys.Stat(repo + "/same size")
				must(t, err)
				write(repo+"/longer", "content of longer, and more")
				write(repo+"/same size", "CONTENT OF SAME SIZE")
				must(t, fsys.Chtimes(repo+"/same size", longer.ModTime(), longer.ModTime()))
				must(t, fsys.Remove(repo+"/gone"))
				must(t, fsys.RemoveAll(repo+"/dir gone"))
				must(t, fsys.Remove(repo+"/becomes dir"))
				write(repo+"/becomes dir/new", "new")
				must(t, fsys.RemoveAll(repo+"/becomes file"))
				write(repo+"/becomes file", "a file now")
				stop(t, fsys)

				p, w2 := planAt(t, fsys, w.Now)
				accepted(t, p)
				sim, err := p.SimulateThrough(ctx, w2, plan.PhasePurge)
				must(t, err)
				want := walk(t, sim.FS["local"], "/")
				opened := map[string]int{}
				watch := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
					if c.Op == strictfs.OpOpen {
						opened[c.Path]++
					}
				}})
				res, err = p.Apply(ctx, cluster.World{FS: map[string]afero.Fs{"local": watch}, Now: w.Now}, plan.ApplyOptions{Workers: 1})
				must(t, err)
				// longer, same size, becomes dir/new, becomes file, and
				// conf/installed.version, which is never primed.
				if res.CopiedFiles != 5 {
					t.Errorf("Prime copied %d files, and Apply %d; want 5", primed, res.CopiedFiles)
				}
				if again := opened[repo+"/kept"] > 0; again == clock {
					t.Errorf("with clock %t the untouched original was read again: %t", clock, again)
				}
				res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
				must(t, err)
				if len(res.Kept) > 0 {
					t.Errorf("kept: %v", res.Kept)
				}
				if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
					t.Errorf("the end differs from the simulation (-simulated +real):\n%s", d)
				}
				for path, data := range map[string]string{"longer": "content of longer, and more", "same size": "CONTENT OF SAME SIZE", "kept": "content of kept", "becomes dir/new": "new", "becomes file": "a file now"} {
					got, err := afero.ReadFile(fsys, tinyTarget+"/var/repository/blob/"+path)
					if err != nil || string(got) != data {
						t.Errorf("%s holds %q, %v", path, got, err)
					}
				}
				for _, path := range []string{"gone", "dir gone", "becomes file/x"} {
					if there(fsys, tinyTarget+"/var/repository/blob/"+path) {
						t.Errorf("%s is still on the target", path)
					}
				}
			})
		}
	}
}

func there(fsys afero.Fs, path string) bool {
	_, err := fsys.Stat(path)
	return err == nil
}

// A file that a running server changes or removes while it is copied is no
// failure: Apply sees to it.
func TestPrimeWhileFilesChange(t *testing.T) {
	ctx := context.Background()
	for _, hurt := range []struct {
		name string
		do   func(fsys afero.Fs, path string) error
	}{
		{"grows", func(fsys afero.Fs, path string) error {
			return afero.WriteFile(fsys, path, []byte("longer than before"), 0o640)
		}},
		{"goes", func(fsys afero.Fs, path string) error { return fsys.Remove(path) }},
		{"rewritten in place", func(fsys afero.Fs, path string) error {
			return afero.WriteFile(fsys, path, []byte("ARTIFACT ONE"), 0o640)
		}},
		{"folder goes", func(fsys afero.Fs, path string) error {
			return fsys.RemoveAll(tinyInstall + "/appdata/var/repository/blob/aa")
		}},
	} {
		for _, op := range []strictfs.Op{strictfs.OpLstat, strictfs.OpOpen, strictfs.OpRead, strictfs.OpClose} {
			t.Run(hurt.name+" at "+string(op), func(t *testing.T) {
				fsys := tiny(t, appdata.Folder)
				app := running(t, fsys, appdata.Folder)
				file := app + "/var/repository/blob/aa/one"
				p, w := planAt(t, fsys, monthsLater)
				done := false
				w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
					if c.Op == op && c.Path == file && !done {
						done = true
						must(t, hurt.do(fsys, file))
					}
				}})
				_, err := p.Prime(ctx, w, plan.PrimeOptions{Workers: 1})
				must(t, err)
				if !done {
					t.Fatal("the file was not met")
				}
				stop(t, fsys)
				primedThenMoved(t, fsys)
			})
		}
	}
}

// primedThenMoved plans again, moves everything, and compares with the
// simulation.
func primedThenMoved(t *testing.T, fsys afero.Fs) *plan.Result {
	t.Helper()
	p, w := planAt(t, fsys, monthsLater)
	accepted(t, p)
	sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
	must(t, err)
	want, err := clustertest.Walk(sim.FS["local"], "/", reserved.Folder, ".probe-*") // Apply removes an old probe
	must(t, err)
	res, err := p.Apply(context.Background(), w, everything)
	must(t, err)
	if len(res.Kept) > 0 {
		t.Errorf("kept: %v", res.Kept)
	}
	if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
		t.Errorf("the end differs from the simulation (-simulated +real):\n%s", d)
	}
	return res
}

// The time of change of a file that was written shortly before Prime began says
// nothing: it may be written again within the same tick.
func TestPrimeDoesNotTrustFreshFiles(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	file := app + "/var/repository/blob/aa/one"
	info, err := fsys.Stat(file)
	must(t, err)
	for _, c := range []struct {
		now  time.Time
		read bool
	}{{info.ModTime().Add(9 * time.Minute), true}, {info.ModTime().Add(11 * time.Minute), false}} {
		fsys := fsys.Clone()
		p, w := planAt(t, fsys, c.now)
		_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
		must(t, err)
		stop(t, fsys)
		read := false
		w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
			read = read || c.Op == strictfs.OpOpen && c.Path == file
		}})
		p, _ = planAt(t, fsys, c.now)
		_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 1})
		must(t, err)
		if read != c.read {
			t.Errorf("primed %s after the file was written: it is read again: %t", c.now.Sub(info.ModTime()), read)
		}
	}
}

// Whatever touches a copy between Prime and Apply is found, though size and time
// are as they were.
func TestPrimedCopyThatWasTouched(t *testing.T) {
	fsys, _, _, _ := primed(t, appdata.Folder)
	stop(t, fsys)
	file := tinyTarget + "/var/repository/blob/aa/one"
	info, err := fsys.Stat(file)
	must(t, err)
	must(t, afero.WriteFile(fsys, file, []byte("ARTIFACT ONE"), 0o640))
	must(t, fsys.Chtimes(file, info.ModTime(), info.ModTime()))
	if res := primedThenMoved(t, fsys); res.CopiedFiles != 2 { // and conf/installed.version
		t.Errorf("%d files were copied", res.CopiedFiles)
	}
}

// An administrator edits installed.properties in between, or the server adds
// keys to it: another plan, which takes over what was primed.
func TestPrimedForAnotherConfiguration(t *testing.T) {
	fsys, _, p, w := primed(t, appdata.InInstall)
	stop(t, fsys)
	conf := tinyInstall + "/conf/server/installed.properties"
	data, err := afero.ReadFile(fsys, conf)
	must(t, err)
	must(t, afero.WriteFile(fsys, conf, append(data, "server.unique.id=0b1c\r\n"...), 0o640))
	var stale *plan.StaleError
	if _, err := p.Apply(context.Background(), w, everything); err == nil {
		t.Error("the old plan was applied")
	} else if refused := new(plan.RefusedError); !errors.As(err, &stale) && !errors.As(err, &refused) {
		t.Errorf("the old plan: %v", err)
	}
	if res := primedThenMoved(t, fsys); res.CopiedFiles != 1 {
		t.Errorf("%d files were copied, want conf/installed.version only", res.CopiedFiles)
	}
}

func TestPrimeTwiceCopiesWhatChanged(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	p, w := planAt(t, fsys, monthsLater)
	first, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	must(t, afero.WriteFile(fsys, app+"/var/repository/blob/aa/three", []byte("new"), 0o640))
	second, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	if first.CopiedFiles < 5 || second.CopiedFiles != 1 {
		t.Errorf("copied %d files, then %d", first.CopiedFiles, second.CopiedFiles)
	}
	stop(t, fsys)
	if res := primedThenMoved(t, fsys); res.CopiedFiles != 1 {
		t.Errorf("%d files were copied, want conf/installed.version only", res.CopiedFiles)
	}
}

func TestPrimedIsReverted(t *testing.T) {
	for _, scheme := range schemes() {
		fsys := tiny(t, scheme)
		app := running(t, fsys, scheme)
		before := walk(t, fsys, "/")
		p, w := planAt(t, fsys, monthsLater)
		_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
		must(t, err)
		must(t, fsys.Remove(app+"/var/repository/blob/aa/two"))
		must(t, afero.WriteFile(fsys, app+"/var/repository/blob/aa/one", []byte("other"), 0o640))
		stop(t, fsys)
		_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
		must(t, err)
		var target []string
		for _, e := range walk(t, fsys, "/") {
			if strings.HasPrefix(e.Path, tinyTarget[1:]) {
				target = append(target, e.Path)
			}
		}
		if len(target) > 0 || len(before) == 0 {
			t.Errorf("%s: left on the target: %v", scheme, target)
		}
	}
}

func TestPrimeRefusesWhatApplyRefuses(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	running(t, fsys, appdata.Folder)
	must(t, fsys.MkdirAll(tinyTarget, 0o755))
	must(t, afero.WriteFile(fsys, tinyTarget+"/someone's", nil, 0o640))
	before := walk(t, fsys, "/")
	p, w := planAt(t, fsys, monthsLater)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 1 || refused.Refusals[0].Rule != "TGT002" {
		t.Errorf("%v", err)
	}
	if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
		t.Error(d)
	}
	fsys, p, w = switched(t, appdata.Folder)
	var bad *plan.Error
	if _, err := p.Prime(context.Background(), w, plan.PrimeOptions{}); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
		t.Errorf("after the switch: %v", err)
	}
	_ = fsys
}

// Prime may die anywhere, in a crash too; what it leaves never hinders Apply and
// never fools it.
func TestDieWhilePriming(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			base := tiny(t, scheme)
			running(t, base, scheme)
			base.SyncAll()
			p, w := planAt(t, base, monthsLater)
			prime := func(fsys afero.Fs) error {
				_, err := p.Prime(context.Background(), cluster.World{FS: map[string]afero.Fs{"local": fsys}, Now: w.Now}, plan.PrimeOptions{Workers: 1})
				return err
			}
			points := 0
			n := everyDeath(t, base.Clone(), 13, prime, func(at int, disk *strictfs.FS) error {
				k := 0
				for choice := range strictfs.Choices(len(disk.Pending()), strictfs.DataStates(), 2, uint64(at)) {
					if k++; k > 1 && (k+at)%37 != 0 {
						continue
					}
					points++
					after := disk.Crash(choice)
					stop(t, after)
					if primedThenMoved(t, after); t.Failed() {
						return fmt.Errorf("crash %s", choice.Name)
					}
				}
				return nil
			})
			t.Logf("%d operations, %d points", n, points)
		})
	}
}
