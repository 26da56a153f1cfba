package plan_test

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// The target is the root of a file system of its own.
func TestTargetIsTheRootOfAStorage(t *testing.T) {
	for _, scheme := range schemes() {
		for _, prime := range []bool{false, true} {
			fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
			must(t, fsys.MkdirAll(tinyTarget, 0o755))
			_, err := fsys.Mount(tinyTarget, strictfs.Volume{})
			must(t, err)
			must(t, fsys.Mkdir(tinyTarget+"/lost+found", 0o700))
			writeTiny(t, fsys, tinyInstall, scheme)
			fsys.SyncAll()
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyTarget})
			accepted(t, p)
			w.Now = monthsLater
			if prime {
				_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
				must(t, err)
				p, w = populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyTarget})
				w.Now = monthsLater
			}
			sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
			must(t, err)
			want := walk(t, sim.FS["local"], "/")
			if _, err := p.Apply(context.Background(), w, everything); err != nil {
				t.Errorf("%s prime %t: %v", scheme, prime, err)
				continue
			}
			if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
				t.Errorf("%s prime %t: %s", scheme, prime, d)
			}
		}
	}
}

// a storage whose time of change is its time of modification (sshfs, exFAT …)
type fakeSys struct{ fi fs.FileInfo }

func (c *fakeSys) Changed() (time.Time, bool)               { return c.fi.ModTime(), true }
func (c *fakeSys) Identity() (id fileowner.FileID, ok bool) { return fileowner.Device(c.fi) }
func (c *fakeSys) Owner() (int, int, bool)                  { return fileowner.Of(c.fi) }

type fakeInfo struct{ fs.FileInfo }

func (i fakeInfo) Sys() any { return &fakeSys{i.FileInfo} }

type fakeCtime struct{ *strictfs.FS }

func (f fakeCtime) Stat(name string) (fs.FileInfo, error) {
	fi, err := f.FS.Stat(name)
	if err == nil {
		fi = fakeInfo{fi}
	}
	return fi, err
}

func (f fakeCtime) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	fi, ok, err := f.FS.LstatIfPossible(name)
	if err == nil {
		fi = fakeInfo{fi}
	}
	return fi, ok, err
}

// A storage that passes off the time of modification as the time of change.
func TestTimesOfChangeThatAreNone(t *testing.T) {
	base := tiny(t, appdata.Folder)
	app := running(t, base, appdata.Folder)
	fsys := fakeCtime{base}
	p, w := planAt(t, fsys, monthsLater)
	_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
	must(t, err)
	stop(t, fsys)
	for _, file := range []string{app + "/var/repository/blob/aa/one", tinyTarget + "/patches/fix.jar"} {
		info, err := fsys.Stat(file)
		must(t, err)
		data, _ := afero.ReadFile(fsys, file)
		data[0] ^= 0x20
		must(t, afero.WriteFile(fsys, file, data, 0o640)) // as a restore with times does
		must(t, fsys.Chtimes(file, info.ModTime(), info.ModTime()))
	}
	p, w = planAt(t, fsys, monthsLater)
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	v, err := p.Verify(context.Background(), w)
	must(t, err)
	if len(v.Differences) > 0 {
		t.Errorf("switched onto copies that differ from their originals: %v", v.Differences)
	}
}

// Power fails between two runs: the manifest of the run before must not come back.
func TestOldManifestDoesNotComeBack(t *testing.T) {
	t.Parallel()
	fsys := tiny(t, appdata.Folder)
	app := running(t, fsys, appdata.Folder)
	stop(t, fsys)
	p, w := planAt(t, fsys, monthsLater)
	dieAt(t, fsys, accepted(t, p), w, strictfs.Fault{Op: strictfs.OpRename, Path: "classpath.conf"})
	t.Log("switched file:", there(fsys, tinyTarget+"/"+reserved.Folder+"/switched"))
	fsys.SyncAll()
	// the server goes on on the old place, and is primed and stopped again
	must(t, afero.WriteFile(fsys, app+"/patches/fix.jar", []byte("another jar"), 0o640))
	must(t, afero.WriteFile(fsys, app+"/var/repository/blob/aa/one", []byte("longer than before"), 0o640))
	fsys.SyncAll()
	for _, how := range []string{"prime", "apply"} {
		fsys := fsys.Clone()
		p, _ := planAt(t, fsys, monthsLater)
		w := cluster.World{FS: map[string]afero.Fs{"local": strictfs.NewFailing(fsys, strictfs.Fault{Op: strictfs.OpSync, Path: tinyTarget + "/var/repository/blob/aa", Nth: 1, Die: true})}, Now: monthsLater}
		var err error
		if how == "prime" {
			must(t, afero.WriteFile(fsys, tinyInstall+"/var/server.pid", []byte("1"), 0o640))
			fsys.SyncAll()
		}
		if how == "prime" {
			_, err = p.Prime(context.Background(), w, plan.PrimeOptions{Workers: 1})
		} else {
			_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 1})
		}
		t.Log(how, err)
		bad := 0
		for choice := range strictfs.Choices(len(fsys.Pending()), strictfs.DataStates(), 4, 1) {
			after := fsys.Crash(choice)
			after.Remove(tinyInstall + "/var/server.pid")
			q, w := planAt(t, after, monthsLater)
			_, err := q.Apply(context.Background(), w, plan.ApplyOptions{})
			if err != nil {
				if bad++; bad == 1 {
					t.Errorf("%s, then crash %s: applied again: %v", how, choice.Name, err)
				}
			}
		}
		t.Log(how, bad)
	}
}
