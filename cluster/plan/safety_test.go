package plan_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// onSystem is the tiny server on the system's own file system.
func onSystem(t *testing.T, scheme appdata.Scheme) (root, install, target string) {
	t.Helper()
	root = t.TempDir()
	install, target = root+"/opt/server", root+"/share/appdata"
	must(t, os.MkdirAll(root+"/share", 0o755))
	writeTiny(t, afero.NewOsFs(), install, scheme)
	return root, install, target
}

func appOf(install string, scheme appdata.Scheme) string {
	if scheme == appdata.Folder {
		return install + "/appdata"
	}
	return install
}

func loadedAt(t *testing.T, fsys afero.Fs, install string) (*cluster.Cluster, cluster.World) {
	t.Helper()
	topology, w := cluster.Single(fsys, install)
	c, err := cluster.Load(context.Background(), topology, w)
	must(t, err)
	return c, w
}

func reason(err error) plan.Reason {
	var e *plan.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// What the target has lost since it was filled stays aside, and where no server
// explains the loss nothing at all is deleted.
func TestPurgeAfterCopiesVanishedKeepsOriginals(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			_, install, target := onSystem(t, scheme)
			fsys := afero.NewOsFs()
			repo := appOf(install, scheme) + "/var/repository/blob/aa/"
			must(t, os.WriteFile(repo+"three", []byte("artifact three"), 0o640))
			p, w := populate(t, fsys, install, plan.Target{AppData: target})
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
			must(t, err)
			before := walk(t, fsys, install)
			for name, lose := range map[string]func(){
				"a folder": func() { must(t, os.RemoveAll(target+"/var/repository")) },
				"more than half": func() {
					must(t, os.Remove(target+"/var/repository/blob/aa/one"))
					must(t, os.Remove(target+"/var/repository/blob/aa/three"))
				},
				"the content of a key": func() { must(t, os.Truncate(target+"/conf/server.keystore", 0)) },
			} {
				saved := walkFiles(t, target)
				lose()
				_, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
				if reason(err) != plan.ReasonMissing {
					t.Errorf("%s: %v", name, err)
				}
				if d := cmp.Diff(before, walk(t, fsys, install)); d != "" {
					t.Fatalf("%s: something was deleted:\n%s", name, d)
				}
				for path, data := range saved {
					must(t, os.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o750))
					must(t, os.WriteFile(path, data, 0o600))
				}
			}
			must(t, os.Remove(target+"/var/repository/blob/aa/one"))
			if _, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge, PurgeGone: 2}); err == nil {
				t.Error("a wrong number of PurgeGone was followed")
			}
			res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
			must(t, err)
			if len(res.Kept) != 1 || res.Kept[0].Files != 1 || res.Gone != 1 {
				t.Errorf("kept %+v, gone %d", res.Kept, res.Gone)
			}
			found := 0
			for _, e := range walk(t, fsys, install) {
				if strings.HasSuffix(e.Path, "blob/aa/one") {
					found++
				}
			}
			if found != 1 {
				t.Errorf("the last copy of an artifact is there %d times", found)
			}
			res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge, PurgeGone: 1})
			must(t, err)
			if len(res.Kept) > 0 {
				t.Errorf("kept with PurgeGone: %+v", res.Kept)
			}
		})
	}
}

// In one call with Retire, too, nothing is renamed or deleted where no server explains
// what the target has lost, and PurgeGone counts.
func TestRetireAndPurgeAfterCopiesVanished(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys, p, w := switched(t, scheme)
			must(t, fsys.Remove(tinyTarget+"/conf/server/log4j.properties"))
			both := plan.ApplyOptions{From: plan.PhaseRetire, Through: plan.PhasePurge}
			unchangedUnder(t, fsys, "/", func() {
				if _, err := p.Apply(ctx, w, both); reason(err) != plan.ReasonMissing {
					t.Errorf("%v", err)
				}
			})
			both.PurgeGone = 1
			res, err := p.Apply(ctx, w, both)
			must(t, err)
			if res.Gone != 1 {
				t.Errorf("gone: %d", res.Gone)
			}
			for _, e := range walk(t, fsys, tinyInstall) {
				if strings.Contains(e.Path, p.ID) {
					t.Errorf("left: %s", e.Path)
				}
			}
		})
	}
}

// What the target loses while Purge is under way is not among what PurgeGone says.
func TestPurgeGoneDeletesNoMoreThanWasCounted(t *testing.T) {
	fsys, p, w := switched(t, appdata.Folder)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	must(t, fsys.Remove(tinyTarget+"/patches/fix.jar"))
	res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge, PurgeGone: 1, Progress: func(e plan.Event) {
		if e.Kind == plan.EventStarted && e.Step.Action == plan.ActionPurge {
			must(t, fsys.RemoveAll(tinyTarget+"/var/repository"))
		}
	}})
	must(t, err)
	left := map[string]bool{}
	for _, e := range walk(t, fsys, tinyInstall) {
		left[path.Base(e.Path)] = true
	}
	if !left["one"] || !left["two"] || left["fix.jar"] || len(res.Kept) != 1 || res.Kept[0].Files != 2 {
		t.Errorf("left: %v; kept %+v", left, res.Kept)
	}
}

func walkFiles(t *testing.T, root string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	must(t, afero.Walk(afero.NewOsFs(), root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && !strings.Contains(path, reserved.Folder) {
			out[path], err = os.ReadFile(path)
		}
		return err
	}))
	return out
}

// A run is suspended at some operation, another one completes the move and the
// server works; then the first goes on. Nothing that the server wrote changes.
func TestSuspendedRunWritesNothingAfterSwitch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	step := long.Of(7, 31)
	for _, handles := range []bool{true, false} {
		t.Run(fmt.Sprintf("handles %t", handles), func(t *testing.T) {
			t.Parallel()
			for at, more := 3, true; more; at += step {
				var fsys, slow afero.Fs
				install, target := tinyInstall, tinyTarget
				var calls int
				stopped, goOn := make(chan struct{}), make(chan struct{})
				hook := func() {
					if calls++; calls == at {
						close(stopped)
						<-goOn
					}
				}
				if handles {
					fsys = afero.NewOsFs()
					_, install, target = onSystem(t, appdata.Folder)
					slow = strictfs.Folders(fsys, func(_ strictfs.Op, _ string, next func() error) error { hook(); return next() })
				} else {
					fsys = tiny(t, appdata.Folder)
					slow = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(*strictfs.Call) { hook() }})
				}
				p, w := populate(t, fsys, install, plan.Target{AppData: target})
				accepted(t, p)
				var first error
				var wg sync.WaitGroup
				wg.Go(func() {
					_, first = p.Apply(ctx, local(slow), plan.ApplyOptions{Workers: 1})
				})
				done := make(chan struct{})
				go func() { wg.Wait(); close(done) }()
				select {
				case <-stopped:
				case <-done:
					more = false // the run has fewer operations
					continue
				}
				_, err := p.Apply(ctx, w, plan.ApplyOptions{})
				if err == nil {
					must(t, afero.WriteFile(fsys, target+"/var/repository/blob/aa/one", []byte("the work of the server"), 0o640))
					must(t, afero.WriteFile(fsys, target+"/conf/server.keystore", []byte("an agent was added"), 0o600))
					must(t, fsys.Remove(target+"/patches/fix.jar"))
				}
				before := filesOnly(t, fsys, target)
				close(goOn)
				<-done
				if err != nil {
					if first != nil {
						t.Errorf("operation %d: the second run said %v, the first %v", at, err, first)
					}
					continue
				}
				if d := cmp.Diff(before, filesOnly(t, fsys, target)); d != "" {
					t.Fatalf("operation %d: the server's files changed (first run: %v):\n%s", at, first, d)
				}
			}
		})
	}
}

func filesOnly(t *testing.T, fsys afero.Fs, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range walk(t, fsys, root) {
		if e.SHA256 != "" {
			out[e.Path] = e.SHA256
		}
	}
	return out
}

// A folder of the target is swapped for a link to somebody else's while it is
// copied to.
func TestSwappedFolderStopsTheRun(t *testing.T) {
	for i := range 4 {
		handles, vacant := i&1 == 0, i&2 == 0
		for _, folder := range []string{"/var/repository/blob", "/conf", "/var"} {
			var fsys, slow afero.Fs
			install, target, foreign := tinyInstall, tinyTarget, tinyShare+"/foreign" // on one storage, or a rename stops by itself
			swapped := false
			swap := func(op strictfs.Op, path string) {
				if swapped || op != strictfs.OpCreate && op != strictfs.OpOpenFile || !strings.Contains(path, "copying-") || !there(fsys, target+folder) {
					return
				}
				swapped = true
				must(t, fsys.Rename(target+folder, target+folder+".stolen"))
				must(t, fsys.(afero.Linker).SymlinkIfPossible(foreign, target+folder))
			}
			if handles {
				fsys = afero.NewOsFs()
				var root string
				root, install, target = onSystem(t, appdata.Folder)
				foreign = root + "/foreign"
				slow = strictfs.Folders(fsys, func(op strictfs.Op, path string, next func() error) error { swap(op, path); return next() })
			} else {
				fsys = tiny(t, appdata.Folder)
				slow = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) { swap(c.Op, c.Path) }})
			}
			for _, name := range []string{"aa/one", "aa/two", "one", "encryption.keystore", "server.keystore", "repository/blob/aa/one"} {
				path := foreign + "/" + name
				must(t, fsys.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755))
				if !vacant { // where nothing is in the way, nothing may appear
					must(t, afero.WriteFile(fsys, path, []byte("precious"), 0o600))
				}
			}
			before := walk(t, fsys, foreign)
			p, w := populate(t, fsys, install, plan.Target{AppData: target})
			w.FS["local"] = slow
			_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{Workers: 1})
			if !swapped {
				continue
			}
			if err == nil {
				t.Errorf("handles %t, %s: the run did not stop", handles, folder)
			}
			if d := cmp.Diff(before, walk(t, fsys, foreign)); d != "" {
				t.Errorf("handles %t, %s: somebody else's folder changed:\n%s", handles, folder, d)
			}
		}
	}
}

// The target holds the plan of another installation.
func TestForeignPlanIsNotResumed(t *testing.T) {
	ctx := context.Background()
	fsys := tiny(t, appdata.Folder)
	writeTiny(t, fsys, "/opt/two/server", appdata.Folder)
	tgt := plan.Target{AppData: tinyTarget, MountPoint: tinyShare}
	p, w := populate(t, fsys, tinyInstall, tgt)
	for _, phase := range []plan.Phase{plan.PhasePopulate, plan.PhaseSwitch, plan.PhaseRetire} {
		_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: phase})
		must(t, err)
		c, two := loadedAt(t, fsys, "/opt/two/server")
		before := walk(t, fsys, "/")
		if got, err := plan.Resume(ctx, c, "server", tgt); err == nil {
			t.Errorf("after %s: resumed plan %s", phase, got.ID)
		}
		q, err := plan.Populate(ctx, c, "server", tgt)
		must(t, err)
		for _, through := range []plan.Phase{plan.PhaseSwitch, plan.PhasePurge} {
			if _, err := q.Apply(ctx, two, plan.ApplyOptions{Through: through}); err == nil {
				t.Errorf("after %s: applied on another installation", phase)
			}
		}
		if _, err := q.Revert(ctx, two, plan.RevertOptions{}); err == nil {
			t.Errorf("after %s: reverted from another installation", phase)
		}
		if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
			t.Fatalf("after %s: something changed:\n%s", phase, d)
		}
	}
}

// What somebody puts on the target is not carried out.
func TestPlantedPlanIsNotApplied(t *testing.T) {
	ctx := context.Background()
	fsys := tiny(t, appdata.Folder)
	tgt := plan.Target{AppData: tinyTarget, MountPoint: tinyShare}
	other, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Names: plan.NamesSMB})
	p, w := populate(t, fsys, tinyInstall, tgt)
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	var planted strings.Builder
	must(t, other.WriteJSON(&planted))
	name := tinyTarget + "/" + reserved.Folder + "/plan.json"
	genuine, err := afero.ReadFile(fsys, name)
	must(t, err)
	must(t, afero.WriteFile(fsys, name, []byte(planted.String()), 0o600))
	c, _ := loadedAt(t, fsys, tinyInstall)
	_, err = plan.Resume(ctx, c, "server", tgt)
	if reason(err) != plan.ReasonJournal || !strings.Contains(err.Error(), "-digest") {
		t.Fatalf("a planted plan: %v", err)
	}
	// The record is lost: the caller repeats the digest.
	must(t, afero.WriteFile(fsys, name, genuine, 0o600))
	must(t, fsys.RemoveAll(tinyInstall+"/conf/server/"+reserved.Folder))
	_, err = plan.Resume(ctx, c, "server", tgt)
	if reason(err) != plan.ReasonJournal {
		t.Fatalf("a lost record: %v", err)
	}
	text := err.Error()
	tgt.Digest = strings.Fields(text[strings.LastIndex(text, ": ")+2:])[0]
	q, err := plan.Resume(ctx, c, "server", tgt)
	if err != nil || q.ID != p.ID {
		t.Errorf("with the digest repeated: %v, %v", q, err)
	}
}

// Revert dies at some operation and is run again.
func TestKilledRevertGoesOn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			base := tiny(t, scheme)
			before := walk(t, base, "/")
			p, w := populate(t, base, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
			must(t, err)
			again := func(fsys afero.Fs) error {
				_, err := p.Revert(ctx, local(fsys), plan.RevertOptions{Workers: 1})
				return err
			}
			everyDeath(t, base.Clone(), 3, again, func(_ int, disk *strictfs.FS) error {
				if !there(disk, tinyTarget) && cmp.Equal(before, walk(t, disk, "/")) {
					return nil // it died when all was done
				}
				return isReverted(p, disk.Clone(), before)
			})
		})
	}
}

// Simulate and Survey refuse what Apply refuses, with the same error.
func TestSimulateRefusesAStalePlan(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]func(t *testing.T, fsys *strictfs.FS, app string){
		"properties changed": func(t *testing.T, fsys *strictfs.FS, _ string) {
			write(tinyProps, "server.appdata.dir=elsewhere\n")(t, fsys)
		},
		"properties gone": func(t *testing.T, fsys *strictfs.FS, _ string) { must(t, fsys.Remove(tinyProps)) },
		"classpath gone": func(t *testing.T, fsys *strictfs.FS, _ string) {
			must(t, fsys.Remove(tinyInstall+"/bin/classpath.conf"))
		},
		"original gone": func(t *testing.T, fsys *strictfs.FS, app string) { must(t, fsys.Rename(app, app+".moved")) },
	} {
		t.Run(name, func(t *testing.T) {
			fsys := tiny(t, appdata.Folder)
			p, w := tinyPlan(t, fsys, "")
			accepted(t, p)
			change(t, fsys, tinyApp)
			_, simulated := p.Simulate(ctx, w)
			_, surveyed := p.Survey(ctx, w)
			_, applied := p.Apply(ctx, w, plan.ApplyOptions{})
			for what, err := range map[string]error{"Simulate": simulated, "Survey": surveyed} {
				var stale *plan.StaleError
				if !errors.As(err, &stale) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if applied == nil {
				t.Error("Apply has nothing against it")
			}
		})
	}
}
