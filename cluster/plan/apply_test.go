package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// switched is a tiny server whose plan was applied up to the switch.
func switched(t *testing.T, scheme appdata.Scheme) (*strictfs.FS, *plan.Plan, cluster.World) {
	t.Helper()
	fsys := tiny(t, scheme)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	return fsys, p, w
}

// changes counts the calls that change something.
func changes(c *strictfs.Counting) (n int) {
	for _, count := range c.Counts() {
		if count.Op.Changes() {
			n += count.N
		}
	}
	return n
}

func TestSecondApplyDoesNothing(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys, p, w := switched(t, scheme)
			before := walk(t, fsys, "/")
			counting := strictfs.NewCounting(fsys)
			w.FS["local"] = counting
			res, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
			must(t, err)
			if n := changes(counting); n > 0 {
				t.Errorf("%d changing calls: %v", n, counting.Counts())
			}
			if len(res.Done) > 0 {
				t.Errorf("done again: %v", res.Done)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Error(d)
			}
			again, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			if !again.AlreadyShared || !again.Empty() {
				t.Errorf("planned again: shared %v, %d steps", again.AlreadyShared, len(again.Steps))
			}
		})
	}
}

func TestApplyAfterServerRanTouchesNothing(t *testing.T) {
	for _, journal := range []string{"kept", "lost"} {
		for _, scheme := range schemes() {
			t.Run(scheme.String()+"/journal "+journal, func(t *testing.T) {
				fsys, p, w := switched(t, scheme)
				serverRan(t, fsys)
				if journal == "lost" {
					must(t, fsys.RemoveAll(tinyTarget+"/"+reserved.Folder))
				}
				before := walk(t, fsys, "/")
				_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
				must(t, err)
				if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
					t.Error(d)
				}
				// The originals may go, but nothing on the target changes.
				share := walk(t, fsys, tinyShare)
				_, err = p.Apply(context.Background(), w, everything)
				must(t, err)
				if d := cmp.Diff(share, walk(t, fsys, tinyShare)); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// serverRan does to the target what a running server does.
func serverRan(t *testing.T, fsys afero.Fs) {
	t.Helper()
	must(t, afero.WriteFile(fsys, tinyTarget+"/conf/server.keystore", []byte("the server added an agent's certificate"), 0o600))
	must(t, afero.WriteFile(fsys, tinyTarget+"/var/repository/blob/aa/three", []byte("a new artifact"), 0o640))
	must(t, fsys.Remove(tinyTarget+"/var/repository/blob/aa/one"))
	props := tinyInstall + "/conf/server/installed.properties"
	data, err := afero.ReadFile(fsys, props)
	must(t, err)
	must(t, afero.WriteFile(fsys, props, append(data, "server.unique.id=made-at-first-start\r\n"...), 0o640))
}

func TestSourceChangedAfterCopyIsNotRetired(t *testing.T) {
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
		for _, journal := range []string{"kept", "lost"} {
			t.Run(scheme.String()+"/journal "+journal, func(t *testing.T) {
				fsys, p, w := switched(t, scheme)
				app := tinyInstall
				if scheme == appdata.Folder {
					app += "/appdata"
				}
				name := app + "/var/repository/blob/aa/one"
				info, err := fsys.Stat(name)
				must(t, err)
				// Same size, same time: only the content tells.
				must(t, afero.WriteFile(fsys, name, []byte("ARTIFACT ONE"), 0o640))
				must(t, fsys.Chtimes(name, info.ModTime(), info.ModTime()))
				if journal == "lost" {
					must(t, fsys.RemoveAll(tinyTarget+"/"+reserved.Folder))
				}
				res, err := p.Apply(context.Background(), w, everything)
				must(t, err)
				if len(res.Kept) == 0 || !strings.Contains(res.Kept[0].Reason, "var/repository/blob/aa/one") {
					t.Errorf("kept: %v", res.Kept)
				}
				if data, err := afero.ReadFile(fsys, name); err != nil || string(data) != "ARTIFACT ONE" {
					t.Errorf("the changed original: %q, %v", data, err)
				}
			})
		}
	}
}

func TestSourceChangingWhileCopiedStopsTheRun(t *testing.T) {
	change := map[string]func(t *testing.T, fsys afero.Fs){
		"new": func(t *testing.T, fsys afero.Fs) {
			must(t, afero.WriteFile(fsys, tinyInstall+"/appdata/logs.new", []byte("x"), 0o640))
		},
		"gone": func(t *testing.T, fsys afero.Fs) { must(t, fsys.Remove(tinyInstall+"/appdata/patches/fix.jar")) },
		"changed": func(t *testing.T, fsys afero.Fs) {
			must(t, afero.WriteFile(fsys, tinyInstall+"/appdata/patches/fix.jar", []byte("JAR2"), 0o640))
		},
	}
	for what, do := range change {
		t.Run(what, func(t *testing.T) {
			fsys := tiny(t, appdata.Folder)
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			accepted(t, p)
			done := false
			w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{After: func(c *strictfs.Call, err error) {
				if c.Op == strictfs.OpRename && strings.HasSuffix(c.To, "/conf/installed.version") && !done {
					done = true
					do(t, fsys)
				}
			}})
			_, err := p.Apply(context.Background(), w, everything)
			var changed *plan.Error
			if !errors.As(err, &changed) || changed.Reason != plan.ReasonChanged {
				t.Fatalf("Apply: %v", err)
			}
			if changed.Changes[0].What != what {
				t.Errorf("%+v", changed.Changes)
			}
			data, err := afero.ReadFile(fsys, tinyInstall+"/conf/server/installed.properties")
			must(t, err)
			if strings.Contains(string(data), tinyTarget) {
				t.Error("the server was switched all the same")
			}
			// Applied again, the copy follows the original.
			_, err = p.Apply(context.Background(), local(fsys), plan.ApplyOptions{})
			if what == "new" || what == "changed" {
				must(t, err)
			}
		})
	}
}

func TestForeignTargetIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		file, data, rule string
	}{
		"something":      {"readme.txt", "hello", "TGT002"},
		"another's keys": {"conf/encryption.keystore", "other keys", "TGT003"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := tiny(t, appdata.Folder)
			early, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			accepted(t, early)
			path := tinyTarget + "/" + tc.file
			must(t, fsys.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755))
			must(t, afero.WriteFile(fsys, path, []byte(tc.data), 0o644))
			before := walk(t, fsys, "/")
			late, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			if len(late.Refusals) != 1 || late.Refusals[0].Rule != tc.rule {
				t.Errorf("refusals: %v", late.Refusals)
			}
			for _, p := range []*plan.Plan{early, late} {
				_, err := p.Apply(context.Background(), w, everything)
				var refused *plan.RefusedError
				if !errors.As(err, &refused) {
					t.Errorf("Apply: %v", err)
				}
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSameStorageIsNeverRetired(t *testing.T) {
	t.Run("seen at planning time", func(t *testing.T) {
		root := t.TempDir()
		fsys := afero.NewOsFs()
		install := root + "/opt/ucd/server"
		writeTiny(t, fsys, install, appdata.Folder)
		topology, w := cluster.Single(fsys, install)
		// The share is the folder that holds the application data already.
		topology.Nodes[0].Mounts = append(topology.Nodes[0].Mounts, cluster.Mount{Path: "/media/share", Storage: "share", Root: install})
		w.FS["share"] = afero.NewOsFs()
		c, err := cluster.Load(context.Background(), topology, w)
		must(t, err)
		p, err := plan.Populate(context.Background(), c, "server", plan.Target{AppData: "/media/share/appdata"})
		must(t, err)
		accepted(t, p)
		for _, s := range p.Steps {
			if s.Action != plan.ActionEdit && s.Action != plan.ActionManual {
				t.Errorf("%s %s", s.Action, s.Title)
			}
		}
		_, err = p.Apply(context.Background(), w, everything)
		must(t, err)
		if _, err := fsys.Stat(install + "/appdata/conf/encryption.keystore"); err != nil {
			t.Error(err)
		}
	})
	t.Run("became one after the copy", func(t *testing.T) {
		for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
			fsys, p, w := switched(t, scheme)
			// The copies are replaced by the originals themselves, seen
			// through another mount.
			for _, s := range p.Steps {
				if s.Action == plan.ActionRetire && s.Kind == appdata.Dir {
					must(t, fsys.Bind(s.From.Path, s.To.Path))
				}
			}
			before := walk(t, fsys, tinyInstall)
			res, err := p.Apply(context.Background(), w, everything)
			var same *plan.Error
			if (!errors.As(err, &same) || same.Reason != plan.ReasonSameStorage) && len(res.Kept) == 0 {
				t.Errorf("%s: Apply: %v, kept %v", scheme, err, res.Kept)
			}
			if d := cmp.Diff(before, walk(t, fsys, tinyInstall)); d != "" {
				t.Errorf("%s: %s", scheme, d)
			}
		}
	})
}

func TestUnmountedShareIsNoticed(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	before := walk(t, fsys, "/opt")
	done := false
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{After: func(c *strictfs.Call, err error) {
		if c.Op == strictfs.OpRename && strings.HasSuffix(c.To, "/conf/installed.version") && !done {
			done = true
			must(t, fsys.Unmount(tinyShare))
		}
	}})
	_, err := p.Apply(context.Background(), w, everything)
	if err == nil {
		t.Error("nothing was noticed")
	}
	if d := cmp.Diff(before, walk(t, fsys, "/opt")); d != "" {
		t.Error(d)
	}
}

func TestOwnerOrModeThatDoesNotArriveStopsTheRun(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.Chown(tinyInstall+"/appdata/conf/encryption.keystore", 1001, 1001))
	must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.NoChown = true }))
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	_, err := p.Apply(context.Background(), w, everything)
	var meta *plan.Error
	if !errors.As(err, &meta) || meta.Reason != plan.ReasonMetadata || !strings.Contains(meta.Detail, "owner") {
		t.Errorf("Apply: %v", err)
	}
	data, err := afero.ReadFile(fsys, tinyInstall+"/conf/server/installed.properties")
	must(t, err)
	if strings.Contains(string(data), tinyTarget) {
		t.Error("the server was switched all the same")
	}
}

func TestSyntheticModesAreNoted(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.FixedModes = true }))
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	res, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	if len(res.Notes) == 0 || !strings.Contains(strings.Join(res.Notes, " "), "permission bits") {
		t.Errorf("notes: %q", res.Notes)
	}
}

func TestStorageThatCannotSync(t *testing.T) {
	for durability, ok := range map[plan.Durability]bool{"": false, plan.DurabilityFull: false, plan.DurabilityBestEffort: true} {
		fsys := tiny(t, appdata.Folder)
		must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.NoFileSync, v.NoFolderSync = true, true }))
		p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Durability: durability})
		if (err == nil) != ok {
			t.Errorf("%s: %v", durability, err)
		}
		if ok && len(res.Notes) == 0 {
			t.Errorf("%s: nothing is noted", durability)
		}
	}
}

func TestContextEndsTheRun(t *testing.T) {
	fsys := tiny(t, appdata.InInstall)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := p.Apply(ctx, w, plan.ApplyOptions{Progress: func(e plan.Event) {
		if e.Kind == plan.EventProgress {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Apply: %v", err)
	}
	for name, call := range map[string]func() error{
		"Survey":   func() error { _, err := p.Survey(ctx, w); return err },
		"Simulate": func() error { _, err := p.Simulate(ctx, w); return err },
		"Apply":    func() error { _, err := p.Apply(ctx, w, plan.ApplyOptions{}); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = p.Apply(context.Background(), w, everything)
	must(t, err)
}

func TestVerifyReadsOnly(t *testing.T) {
	fsys, p, w := switched(t, appdata.InInstall)
	counting := strictfs.NewCounting(fsys)
	w.FS["local"] = counting
	res, err := p.Verify(context.Background(), w)
	must(t, err)
	if len(res.Differences) > 0 || res.VerifiedFiles == 0 || changes(counting) > 0 {
		t.Errorf("differences %v, %d files, %d changes", res.Differences, res.VerifiedFiles, changes(counting))
	}
	must(t, afero.WriteFile(fsys, tinyTarget+"/patches/fix.jar", []byte("jaR"), 0o640))
	res, err = p.Verify(context.Background(), w)
	must(t, err)
	want := []plan.Change{{Path: tinyTarget + "/patches/fix.jar", What: "changed"}}
	if d := cmp.Diff(want, res.Differences); d != "" {
		t.Error(d)
	}
}

// A simulated world takes no plan: what is done there would prove nothing.
func TestSimulatedWorldIsNotForApply(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	future, err := p.Simulate(context.Background(), w)
	must(t, err)
	for name, call := range map[string]func() error{
		"Apply":  func() error { _, err := p.Apply(context.Background(), future, plan.ApplyOptions{}); return err },
		"Verify": func() error { _, err := p.Verify(context.Background(), future); return err },
		"Revert": func() error { _, err := p.Revert(context.Background(), future, plan.RevertOptions{}); return err },
	} {
		var bad *plan.Error
		if err := call(); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusedPlanHasNoFuture(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	write(tinyInstall+"/var/server.pid", "1")(t, fsys)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	_, err := p.Simulate(context.Background(), w)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) {
		t.Error(err)
	}
}
