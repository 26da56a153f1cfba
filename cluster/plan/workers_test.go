package plan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
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

// crowded is a server on a real disk with many small files, some large ones,
// and sizes around those at which copying changes its ways.
func crowded(t *testing.T, scheme appdata.Scheme, files int) (fsys afero.Fs, root, install, target string) {
	t.Helper()
	fsys, root = afero.NewOsFs(), t.TempDir()
	install, target = root+"/opt/server", root+"/share/appdata"
	must(t, fsys.MkdirAll(root+"/share", 0o755))
	must(t, clustertest.Build(fsys, install, spec(scheme, false)))
	repo := install + "/var/repository/blob"
	if scheme == appdata.Folder {
		repo = install + "/appdata/var/repository/blob"
	}
	rnd := rand.New(rand.NewPCG(1, uint64(files)))
	sizes := []int{0, 1, 256<<10 - 1, 256 << 10, 256<<10 + 1, 1 << 20, 4*256<<10 + 1, 8 << 20, 8<<20 + 1, 19 << 20}
	for i := range files + len(sizes) {
		n := rnd.IntN(2000)
		if i >= files {
			n = sizes[i-files]
		}
		data := make([]byte, n)
		for k := range data {
			data[k] = byte(rnd.Uint32())
		}
		file := fmt.Sprintf("%s/%02x/%02x/%d", repo, rnd.IntN(4), rnd.IntN(8), i)
		must(t, fsys.MkdirAll(path.Dir(file), 0o750))
		must(t, afero.WriteFile(fsys, file, data, 0o640))
	}
	return fsys, root, install, target
}

// However many work side by side, the result, the counts and the manifests are
// the same, and events come one at a time.
func TestWorkersAgree(t *testing.T) {
	t.Parallel()
	fsys, root, install, target := crowded(t, appdata.Folder, long.Of(300, 80))
	var manifests [][]byte
	for _, workers := range []int{1, 2, 16, 1000} {
		p, w := populate(t, fsys, install, plan.Target{AppData: target})
		accepted(t, p)
		sim, err := p.Simulate(context.Background(), w)
		must(t, err)
		want := walk(t, sim.FS["local"], root)
		var inside atomic.Int32
		last, working := plan.Event{}, false
		res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Workers: workers, Progress: func(e plan.Event) {
			if inside.Add(1) > 1 {
				t.Error("two events at a time")
			}
			defer inside.Add(-1)
			if e.Files < last.Files || e.Bytes < last.Bytes || e.TotalFiles < last.TotalFiles {
				t.Errorf("progress goes back: %+v after %+v", e, last)
			}
			working = working || e.Working > 0
			last = e
		}})
		must(t, err)
		if last.Files != last.TotalFiles || last.Bytes != last.TotalBytes || last.Files != res.VerifiedFiles || last.Working != 0 {
			t.Errorf("%d workers: the last event says %d of %d files, %d of %d bytes, %d under way", workers, last.Files, last.TotalFiles, last.Bytes, last.TotalBytes, last.Working)
		}
		if !working {
			t.Errorf("%d workers: no event tells of bytes under way", workers)
		}
		if d := cmp.Diff(want, walk(t, fsys, root)); d != "" {
			t.Fatalf("%d workers (-simulated +real):\n%s", workers, d)
		}
		var all []byte
		for _, s := range p.Steps {
			if data, err := afero.ReadFile(fsys, target+"/"+reserved.Folder+"/"+s.ID+".jsonl"); err == nil {
				all = append(all, data...)
			}
		}
		manifests = append(manifests, all)
		if len(all) == 0 || !bytes.Equal(manifests[0], all) {
			t.Errorf("%d workers: the manifests differ from those of one worker", workers)
		}
		v, err := p.Verify(context.Background(), w)
		must(t, err)
		if len(v.Differences) > 0 || v.VerifiedFiles != res.VerifiedFiles {
			t.Errorf("%d workers: %v, %d files", workers, v.Differences, v.VerifiedFiles)
		}
		_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
		must(t, err)
	}
}

// What an interrupted run left is compared with the originals, however alike it
// looks.
func TestWhatStandsOnTheTargetIsCompared(t *testing.T) {
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		fsys := tr.base.Clone()
		_, w := cluster.Single(fsys, tinyInstall)
		ctx, cancel := context.WithCancel(context.Background())
		_, err := tr.plan.Apply(ctx, w, plan.ApplyOptions{Progress: func(e plan.Event) {
			if e.Kind == plan.EventStarted && e.Step.Action == plan.ActionRescan {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		file := tinyTarget + "/var/repository/blob/aa/one"
		info, err := fsys.Stat(file)
		must(t, err)
		must(t, afero.WriteFile(fsys, file, []byte("ARTIFACT ONE"), 0o640))
		must(t, fsys.Chtimes(file, info.ModTime(), info.ModTime()))
		must(t, tr.finish(fsys, tr.plan))
	}
}

// An original that changes after its copy was proven, and before the server is
// switched, stops the run.
func TestSourceChangedBeforeTheSwitch(t *testing.T) {
	for _, scheme := range schemes() {
		for _, change := range []string{"changed", "new", "gone"} {
			fsys := tiny(t, scheme)
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			accepted(t, p)
			repo := tinyInstall + "/var/repository/blob/aa/"
			if scheme == appdata.Folder {
				repo = tinyInstall + "/appdata/var/repository/blob/aa/"
			}
			res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Progress: func(e plan.Event) {
				if e.Kind != plan.EventStarted || e.Step.Action != plan.ActionRescan {
					return
				}
				switch change {
				case "changed":
					must(t, afero.WriteFile(fsys, repo+"one", []byte("ARTIFACT ONE"), 0o640))
				case "new":
					must(t, afero.WriteFile(fsys, repo+"three", nil, 0o640))
				case "gone":
					must(t, fsys.Remove(repo+"one"))
				}
			}})
			var changed *plan.Error
			if !errors.As(err, &changed) || changed.Reason != plan.ReasonChanged || len(changed.Changes) != 1 || changed.Changes[0].What != change {
				t.Errorf("%s, %s: Apply said %v", scheme, change, err)
			}
			if res.Phase >= plan.PhaseSwitch {
				t.Errorf("%s, %s: the switch was made", scheme, change)
			}
		}
	}
}

// A fault met by one of several workers stops the run, loses nothing, and the
// next run finishes.
func TestFailWithManyWorkersThenResume(t *testing.T) {
	t.Parallel()
	every := long.Of(5, 53)
	faults := []strictfs.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Onward: true, Changes: true}, {Short: 1}, {Late: strictfs.OpSync}, {Die: true}}
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scheme)
			count := strictfs.NewCounting(tr.base.Clone())
			must(t, tr.apply(count))
			n, points := count.Total(), 0
			for at := 1; at <= n; at += every {
				fault := faults[at/every%len(faults)]
				fault.Nth = at
				fsys := tr.base.Clone()
				f := strictfs.NewFailing(fsys, fault)
				_, w := cluster.Single(f, tinyInstall)
				_, err := tr.plan.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge, Workers: 4})
				if f.Fired() == 0 {
					continue
				}
				points++
				if fault.Die {
					fsys = fsys.Crash(strictfs.Choice{})
				}
				if again := tr.goOn(fsys); again != nil {
					t.Fatalf("operation %d of %d, %+v: Apply said %v; applied again: %v", at, n, fault, err, again)
				}
			}
			t.Logf("%d points", points)
			if points < n/every/2 {
				t.Error("too few of them")
			}
		})
	}
}

// rawFs hands out the system's own files, so that the system copies, and lets a
// test do something at the moment when a file is opened or its mode is set.
type rawFs struct {
	afero.OsFs
	open  func(name string, flag int) (afero.File, error)
	chmod func(name string)
}

func (r *rawFs) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if r.open != nil {
		if f, err := r.open(name, flag); f != nil || err != nil {
			return f, err
		}
	}
	return r.OsFs.OpenFile(name, flag, perm)
}

func (r *rawFs) Chmod(name string, mode os.FileMode) error {
	if r.chmod != nil {
		r.chmod(name)
	}
	return r.OsFs.Chmod(name, mode)
}

// Faults that the system itself has while it copies from file to file.
func TestKernelCopyFaults(t *testing.T) {
	t.Parallel()
	temporary := func(name string) bool { return strings.Contains(name, reserved.Folder+"/copying-") }
	large := func(install string) string {
		var at string
		filepath.WalkDir(install, func(path string, d fs.DirEntry, err error) error {
			if info, _ := d.Info(); err == nil && info.Size() == 19<<20 {
				at = path
			}
			return err
		})
		return at
	}
	for _, c := range []struct {
		name string
		hurt func(fsys *rawFs, original string)
		want func(error) bool
	}{
		{"no room", func(fsys *rawFs, _ string) {
			fsys.open = func(name string, flag int) (afero.File, error) {
				if temporary(name) && flag&os.O_WRONLY != 0 {
					return os.OpenFile("/dev/full", os.O_WRONLY, 0)
				}
				return nil, nil
			}
		}, func(err error) bool { return errors.Is(err, syscall.ENOSPC) }},
		{"not writable", func(fsys *rawFs, _ string) {
			fsys.open = func(name string, flag int) (afero.File, error) {
				if temporary(name) && flag&os.O_WRONLY != 0 {
					return os.OpenFile(name, os.O_CREATE|os.O_RDONLY, 0o600)
				}
				return nil, nil
			}
		}, func(err error) bool { return errors.Is(err, syscall.EBADF) }},
		{"the original is cut", func(fsys *rawFs, original string) {
			fsys.open = func(name string, flag int) (afero.File, error) {
				if temporary(name) && flag&os.O_WRONLY != 0 {
					return nil, os.Truncate(original, 9<<20)
				}
				return nil, nil
			}
		}, func(err error) bool {
			changed := new(plan.Error)
			return errors.As(err, &changed) && changed.Reason == plan.ReasonChanged
		}},
		{"a bit flips on the target", func(fsys *rawFs, _ string) {
			fsys.chmod = func(name string) {
				if info, err := os.Stat(name); err == nil && temporary(name) && info.Size() > 8<<20 {
					f, err := os.OpenFile(name, os.O_RDWR, 0)
					if err == nil {
						b := make([]byte, 1)
						f.ReadAt(b, info.Size()-1)
						f.WriteAt([]byte{b[0] ^ 1}, info.Size()-1)
						f.Close()
					}
				}
			}
		}, func(err error) bool { return strings.Contains(err.Error(), "read back") }},
		{"the end of the target is lost", func(fsys *rawFs, _ string) {
			fsys.chmod = func(name string) {
				if info, err := os.Stat(name); err == nil && temporary(name) && info.Size() > 8<<20 {
					os.Truncate(name, info.Size()-1)
				}
			}
		}, func(err error) bool { return strings.Contains(err.Error(), "read back") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/dev/full"); err != nil {
				t.Skip("needs /dev/full:", err)
			}
			_, root, install, target := crowded(t, appdata.InInstall, 10)
			raw := &rawFs{}
			p, w := populate(t, raw, install, plan.Target{AppData: target})
			accepted(t, p)
			before := walk(t, raw, install)
			original := large(install)
			c.hurt(raw, original)
			_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 4})
			if err == nil || !c.want(err) {
				t.Fatalf("Apply said %v", err)
			}
			raw.open, raw.chmod = nil, nil
			if c.name != "the original is cut" {
				if d := cmp.Diff(before, walk(t, raw, install)); d != "" {
					t.Fatalf("the originals (-before +after):\n%s", d)
				}
			}
			sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
			must(t, err)
			want := walk(t, sim.FS["local"], root)
			_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge})
			must(t, err)
			if d := cmp.Diff(want, walk(t, raw, root)); d != "" {
				t.Errorf("applied again (-simulated +real):\n%s", d)
			}
		})
	}
}

// Cancelled in the middle of a large file, Apply stops there and goes on later.
func TestCancelInsideALargeFile(t *testing.T) {
	t.Parallel()
	fsys, root, install, target := crowded(t, appdata.InInstall, 0)
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	accepted(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Workers: 1, Progress: func(e plan.Event) {
		if e.Working > 0 {
			cancel()
		}
	}})
	var step *plan.StepError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &step) || !strings.Contains(err.Error(), "again") {
		t.Fatalf("Apply said %v", err)
	}
	if res.Phase >= plan.PhaseSwitch {
		t.Error("it went on to the switch")
	}
	sim, err := p.Simulate(context.Background(), w)
	must(t, err)
	want := walk(t, sim.FS["local"], root)
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	if d := cmp.Diff(want, walk(t, fsys, root)); d != "" {
		t.Error(d)
	}
}

// One sync of the whole storage stands for those of all files; a crash after any
// operation shows that nothing relies on more.
func TestSyncStorageThenCrash(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scheme)
			fsys := tr.base.Clone()
			apply := func(f afero.Fs) error {
				_, err := tr.plan.Apply(context.Background(), local(f), plan.ApplyOptions{Through: plan.PhasePurge, Workers: 1, RunID: "0000000000000001", SyncStorage: func(storage, path string) error {
					if storage != "local" || !there(f, path) {
						return fmt.Errorf("%s:%s is no folder of the target's storage", storage, path)
					}
					fsys.SyncAll()
					return nil
				}})
				return err
			}
			everyDeath(t, fsys, *sample, apply, func(at int, disk *strictfs.FS) error {
				for choice := range strictfs.Choices(len(disk.Pending()), strictfs.DataStates(), 2, uint64(at)) {
					if err := tr.goOn(disk.Crash(choice)); err != nil {
						return fmt.Errorf("crash %s: applied again: %w", choice.Name, err)
					}
				}
				return nil
			})
			_, w := cluster.Single(tr.base.Clone(), tinyInstall)
			_, err := tr.plan.Apply(context.Background(), w, plan.ApplyOptions{SyncStorage: func(string, string) error { return syscall.EIO }})
			if !errors.Is(err, syscall.EIO) {
				t.Errorf("a storage that cannot sync: %v", err)
			}
		})
	}
}
