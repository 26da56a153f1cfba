package plan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// Apply dies while it removes its journal; the server works, and its installation
// folder comes back from a backup.
func TestDeadInRemovingTheJournalThenRestored(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		base := tiny(t, scheme)
		p, w := planAt(t, base, monthsLater)
		apply := func(fsys afero.Fs) error {
			_, err := p.Apply(context.Background(), cluster.World{FS: map[string]afero.Fs{"local": fsys}, Now: w.Now}, everything)
			return err
		}
		n := everyDeath(t, base.Clone(), 1, apply, func(int, *strictfs.FS) error { return nil })
		everyDeath(t, base.Clone(), 1, apply, func(at int, disk *strictfs.FS) error {
			if at < n-60 || !there(disk, tinyTarget+"/"+reserved.Folder) {
				return nil
			}
			fsys := disk.Clone()
			// a month of work on the target
			must(t, afero.WriteFile(fsys, tinyTarget+"/conf/server.keystore", []byte("a month of agents"), 0o600))
			// the administrator restores the installation folder, as it was
			must(t, fsys.RemoveAll(tinyInstall))
			writeTiny(t, fsys, tinyInstall, scheme)
			q, w := planAt(t, fsys, monthsLater)
			_, err := q.Apply(context.Background(), w, plan.ApplyOptions{})
			if data, _ := afero.ReadFile(fsys, tinyTarget+"/conf/server.keystore"); string(data) != "a month of agents" {
				return fmt.Errorf("%s: THE SERVER'S WORK ON THE TARGET WAS OVERWRITTEN; Apply said %w", scheme, err)
			}
			return nil
		})
	}
}

// Prime, then the configuration changes: the plan made for it, and a new one, can
// both go back.
func TestRevertPrimedAfterConfigurationChanged(t *testing.T) {
	fsys, _, p1, w := primed(t, appdata.InInstall)
	conf := tinyInstall + "/conf/server/installed.properties"
	data, err := afero.ReadFile(fsys, conf)
	must(t, err)
	must(t, afero.WriteFile(fsys, conf, append(data, "server.unique.id=0b1c\r\n"...), 0o640))
	stop(t, fsys)
	p2, _ := planAt(t, fsys, monthsLater)
	_, err1 := p1.Revert(context.Background(), w, plan.RevertOptions{})
	_, err2 := p2.Revert(context.Background(), w, plan.RevertOptions{})
	if err1 != nil || err2 != nil || there(fsys, tinyTarget) {
		t.Errorf("old plan: %v\nnew plan: %v", err1, err2)
	}
}

// The mode of an original changes between Prime and Apply, and power fails.
func TestModeOfAStandingCopyIsSynced(t *testing.T) {
	fsys, app, _, _ := primed(t, appdata.Folder)
	stop(t, fsys)
	must(t, fsys.Chmod(app+"/conf/server.keystore", 0o640))
	fsys.SyncAll()
	p, w := planAt(t, fsys, monthsLater)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	after := fsys.Crash(strictfs.Choice{})
	info, err := after.Stat(tinyTarget + "/conf/server.keystore")
	must(t, err)
	data, err := afero.ReadFile(after, tinyProps)
	must(t, err)
	if !strings.Contains(string(data), tinyTarget) || info.Mode().Perm() != 0o640 {
		t.Errorf("switched, and after the crash the keystore has mode %v, the original 0640", info.Mode())
	}
}

// Names that are not UTF-8 are copied and recorded like any other.
func TestNamesThatAreNotUTF8(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, afero.WriteFile(fsys, tinyInstall+"/appdata/var/repository/blob/aa/caf\xe9.txt", []byte("x"), 0o640))
	p, w := planAt(t, fsys, monthsLater)
	accepted(t, p)
	applyTwice(t, p, w)
}

// What an administrator puts in the place of a primed copy stays.
func TestPrimeRemovesOnlyItsOwn(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	must(t, fsys.SymlinkIfPossible("one", app+"/var/repository/blob/aa/link"))
	p, w := planLinks(t, fsys, plan.LinksKeep)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	blob := "/var/repository/blob/aa/"
	// an administrator replaces a file by another of the same size, and a link
	must(t, afero.WriteFile(fsys, tinyTarget+blob+"one", []byte("ADMIN'S WORK"), 0o640))
	must(t, fsys.Remove(tinyTarget+blob+"link"))
	must(t, fsys.SymlinkIfPossible("/somewhere/else", tinyTarget+blob+"link"))
	must(t, fsys.Remove(app+blob+"one"))
	must(t, fsys.Remove(app+blob+"link"))
	stop(t, fsys)
	p, w = planLinks(t, fsys, plan.LinksKeep)
	accepted(t, p)
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT017" {
		t.Errorf("Apply does not say what is there: %v", err)
	}
	for _, n := range []string{"one", "link"} {
		if info, _, err := fsys.LstatIfPossible(tinyTarget + blob + n); err != nil {
			t.Errorf("%s, which is not what Prime made, was removed: %v %v", n, info, err)
		}
	}
}

// The same with Revert.
func TestRevertRemovesOnlyWhatPrimeMade(t *testing.T) {
	fsys, _, p, w := primed(t, appdata.Folder)
	blob := "/var/repository/blob/aa/"
	must(t, afero.WriteFile(fsys, tinyTarget+blob+"one", []byte("ADMIN'S WORK"), 0o640))
	stop(t, fsys)
	res, err := p.Revert(context.Background(), w, plan.RevertOptions{})
	must(t, err)
	if len(res.Kept) != 1 {
		t.Errorf("kept: %v", res.Kept)
	}
	if !there(fsys, tinyTarget+blob+"one") {
		t.Errorf("Revert removed what is neither a copy nor what Prime made")
	}
}

// A Prime still runs while Apply switches and the server starts on the target.
func TestPrimeThatOutlivesApply(t *testing.T) {
	fsys, app, p, w := primed(t, appdata.Folder)
	// a second Prime, which is slow: it hangs at the folder conf
	opened := 0 // first by the survey, then by the copying
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
		if c.Op != strictfs.OpOpen || c.Path != app+"/conf" {
			return
		}
		if opened++; opened == 2 {
			stop(t, fsys)
			q, w2 := planAt(t, fsys, monthsLater)
			_, err := q.Apply(context.Background(), w2, plan.ApplyOptions{})
			must(t, err)
			must(t, afero.WriteFile(fsys, tinyTarget+"/conf/server.keystore", []byte("the server's new keys"), 0o600))
		}
	}})
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{Workers: 1})
	if opened < 2 || err == nil {
		t.Errorf("the slow Prime ends with %v, after the folder was opened %d times", err, opened)
	}
	if data, _ := afero.ReadFile(fsys, tinyTarget+"/conf/server.keystore"); string(data) != "the server's new keys" {
		t.Error("Prime wrote over what the server has written after the switch")
	}
}

// A link gets another text between two runs.
func TestLinkChangesBetweenTwoRuns(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	app := tinyInstall + "/appdata"
	link := app + "/var/repository/blob/aa/link"
	must(t, fsys.SymlinkIfPossible("one", link))
	p, w := planLinks(t, fsys, plan.LinksKeep)
	accepted(t, p)
	stopBefore(t, p, w, plan.ActionRescan)
	must(t, fsys.Remove(link))
	must(t, fsys.SymlinkIfPossible("two", link))
	if _, err := p.Apply(context.Background(), w, plan.ApplyOptions{}); err != nil {
		t.Error(err)
	}
}

var _ = errors.Is
