package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func planLinks(t testing.TB, fsys afero.Fs, links plan.LinkPolicy) (*plan.Plan, cluster.World) {
	t.Helper()
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Links: links})
	w.Now = monthsLater
	return p, w
}

// stopBefore applies p until the rescan begins.
func stopBefore(t *testing.T, p *plan.Plan, w cluster.World, action plan.Action) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := p.Apply(ctx, w, plan.ApplyOptions{Progress: func(e plan.Event) {
		if e.Kind == plan.EventStarted && e.Step.Action == action {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Apply: %v", err)
	}
}

// toBigDisk moves the repository to a larger disk and leaves a link.
func toBigDisk(t testing.TB, fsys *strictfs.FS, app string) {
	t.Helper()
	must(t, fsys.MkdirAll("/bigdisk", 0o750))
	must(t, fsys.Rename(app+"/var/repository", "/bigdisk/repository"))
	must(t, fsys.SymlinkIfPossible("/bigdisk/repository", app+"/var/repository"))
}

// A folder was primed; an administrator moves it to a larger disk and leaves a link.
// Apply is interrupted, and applied again: nothing is removed through the link
// that Apply itself has made.
func TestPrimedFolderBecomesALink(t *testing.T) {
	for _, workers := range []int{1, 8} {
		fsys := tiny(t, appdata.Folder)
		app := running(t, fsys, appdata.Folder)
		p, w := planLinks(t, fsys, plan.LinksKeep)
		_, err := p.Prime(context.Background(), w, plan.PrimeOptions{Workers: workers})
		must(t, err)
		stop(t, fsys)
		toBigDisk(t, fsys, app)
		p, w = planLinks(t, fsys, plan.LinksKeep)
		accepted(t, p)
		before := walk(t, fsys, "/bigdisk")
		stopBefore(t, p, w, plan.ActionRescan)
		if a, b := len(before), len(walk(t, fsys, "/bigdisk")); a != b {
			t.Fatalf("first Apply: %d entries, then %d", a, b)
		}
		_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Workers: workers})
		must(t, err)
		for _, e := range before {
			if !there(fsys, "/bigdisk/"+e.Path) && !there(fsys, "/"+e.Path) {
				t.Errorf("ORIGINAL LOST: %s", e.Path)
			}
		}
	}
}

// The same with three times Prime and no Apply.
func TestPrimedFolderBecomesALinkWhileTheServerRuns(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	p, w := planLinks(t, fsys, plan.LinksKeep)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	toBigDisk(t, fsys, app)
	before := walk(t, fsys, "/bigdisk")
	// the second Prime dies at its end
	w.FS["local"] = strictfs.NewFailing(fsys, strictfs.Fault{Op: strictfs.OpRename, Path: "*.primed.jsonl", Nth: 1, Die: true})
	_, err = p.Prime(context.Background(), w, plan.PrimeOptions{})
	if !errors.Is(err, strictfs.ErrDied) {
		t.Fatalf("second Prime: %v", err)
	}
	w.FS["local"] = fsys
	_, err = p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	if a, b := len(before), len(walk(t, fsys, "/bigdisk")); a != b {
		t.Errorf("ORIGINALS LOST: %d entries, then %d", a, b)
	}
}

// A folder was primed and becomes a file; Apply is interrupted and goes on.
func TestPrimedFolderBecomesAFile(t *testing.T) {
	fsys, app, _, _ := primed(t, appdata.Folder)
	must(t, fsys.RemoveAll(app+"/var/repository/blob/aa"))
	must(t, afero.WriteFile(fsys, app+"/var/repository/blob/aa", []byte("a file now"), 0o640))
	stop(t, fsys)
	p, w := planAt(t, fsys, monthsLater)
	accepted(t, p)
	stopBefore(t, p, w, plan.ActionRescan)
	applyTwice(t, p, w)
}

// A log grows while Prime copies it once more, and is rotated away.
func TestPrimedLogIsRotatedAway(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	file := app + "/var/repository/blob/aa/one"
	p, w := planAt(t, fsys, monthsLater)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	must(t, afero.WriteFile(fsys, file, []byte("a log that grows"), 0o640))
	n := 0
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
		if c.Op == strictfs.OpRead && c.Path == file && n == 0 {
			n++
			must(t, afero.WriteFile(fsys, file, []byte("a log that grows and grows"), 0o640))
		}
	}})
	_, err = p.Prime(context.Background(), w, plan.PrimeOptions{Workers: 1})
	must(t, err)
	if n == 0 {
		t.Fatal("not met")
	}
	w.FS["local"] = fsys
	must(t, fsys.Remove(file)) // rotated away
	stop(t, fsys)
	p, w = planAt(t, fsys, monthsLater)
	accepted(t, p)
	applyTwice(t, p, w)
	_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
	must(t, err)
	if there(fsys, tinyTarget) {
		t.Error("Revert has left something on the target")
	}
}

// Prime is interrupted, and the server removes a file that it had copied.
func TestInterruptedPrimeIsRemembered(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	p, w := planAt(t, fsys, monthsLater)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := p.Prime(ctx, w, plan.PrimeOptions{Workers: 1, Progress: func(e plan.Event) {
		if e.Path == "var/repository/blob/aa/one" {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	must(t, fsys.Remove(app+"/var/repository/blob/aa/one"))
	again := func(name string) {
		if _, err := p.Prime(context.Background(), w, plan.PrimeOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	again("second Prime")
	stop(t, fsys)
	p, w = planAt(t, fsys, monthsLater)
	applyTwice(t, p, w)
}

// A file changes after it was hashed and before its turn to be deleted comes.
func TestFileChangedBetweenHashAndPurgeStays(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := tinyInstall + "/appdata"
	must(t, afero.WriteFile(fsys, app+"/var/repository/blob/aa/a-large-one", []byte("large"), 0o640))
	p, w := planAt(t, fsys, monthsLater)
	accepted(t, p)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	var aside string
	for _, s := range p.Steps {
		if s.Action == plan.ActionPurge {
			aside = strings.Replace(s.Aside.Path, ".retired-", ".purging-", 1)
		}
	}
	late := aside + "/var/repository/blob/aa/one"
	seen := make(chan struct{})
	closes, opens := 0, 0
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{
		Before: func(c *strictfs.Call) {
			if c.Op == strictfs.OpRead && c.Path == aside+"/var/repository/blob/aa/a-large-one" {
				if opens++; opens == 1 { // the large one takes its time
					<-seen
				}
			}
		},
		After: func(c *strictfs.Call, err error) {
			if c.Op == strictfs.OpClose && c.Path == late {
				if closes++; closes == 1 { // was hashed
					must(t, afero.WriteFile(fsys, late, []byte("NEW WORK ON IT"), 0o640))
					close(seen)
				}
			}
		}})
	res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge, Workers: 4})
	must(t, err)
	if closes < 1 || len(res.Kept) == 0 {
		t.Errorf("hashed %d times, kept %v", closes, res.Kept)
	}
	if !there(fsys, late) {
		t.Error("LOST: a file that was changed before its turn came was deleted")
	}
}
