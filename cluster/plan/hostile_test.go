package plan_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func tinyPlan(t *testing.T, fsys afero.Fs, links plan.LinkPolicy) (*plan.Plan, cluster.World) {
	t.Helper()
	return populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Links: links})
}

// dieAt applies a plan until the process dies at the first call that fits.
func dieAt(t *testing.T, fsys *strictfs.FS, p *plan.Plan, w cluster.World, fault strictfs.Fault) {
	t.Helper()
	fault.Nth, fault.Die = 1, true
	f := strictfs.NewFailing(fsys, fault)
	if _, err := p.Apply(context.Background(), local(f), everything); err == nil || f.Fired() == 0 {
		t.Fatalf("the process did not die: %v", err)
	}
}

func unchangedUnder(t *testing.T, fsys afero.Fs, root string, do func()) {
	t.Helper()
	before := walk(t, fsys, root)
	do()
	if d := cmp.Diff(before, walk(t, fsys, root)); d != "" {
		t.Errorf("%s changed:\n%s", root, d)
	}
}

// A plan that was never applied has nothing on the target to take back.
func TestRevertLeavesAnothersTargetAlone(t *testing.T) {
	for _, journal := range []string{"none", "another plan's"} {
		fsys := tiny(t, appdata.Folder)
		never, w := tinyPlan(t, fsys, "")
		writeTiny(t, fsys, "/opt/two/server", appdata.Folder)
		two, w2 := populate(t, fsys, "/opt/two/server", plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		o := everything
		if journal != "none" {
			o = plan.ApplyOptions{}
		}
		_, err := accepted(t, two).Apply(context.Background(), w2, o)
		must(t, err)
		unchangedUnder(t, fsys, "/", func() { never.Revert(context.Background(), w, plan.RevertOptions{}) })
	}
}

// What others put on the target while a copy was interrupted stays.
func TestRevertKeepsWhatIsNoCopy(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	dieAt(t, fsys, p, w, strictfs.Fault{Op: strictfs.OpRename, Path: "fix.jar"})
	write(tinyTarget+"/notes.txt", "by hand")(t, fsys)
	res, err := p.Revert(context.Background(), w, plan.RevertOptions{})
	must(t, err)
	if data, err := afero.ReadFile(fsys, tinyTarget+"/notes.txt"); err != nil || string(data) != "by hand" || len(res.Kept) == 0 {
		t.Errorf("%q, %v; kept %v", data, err, res.Kept)
	}
}

// A switch that was cut off is not completed onto a copy that has grown old.
func TestHalfSwitchIsNotCompletedOntoAStaleCopy(t *testing.T) {
	for _, scheme := range schemes() {
		fsys := tiny(t, scheme)
		p, w := tinyPlan(t, fsys, "")
		last := strictfs.Fault{Op: strictfs.OpRename, Path: "installed.properties"}
		dieAt(t, fsys, p, w, last)
		app := tinyInstall
		switch scheme {
		case appdata.Folder:
			app = tinyApp
		case appdata.Linked:
			continue // all links are in place by then, and the server works on the target
		}
		write(app+"/var/repository/blob/aa/late", "made on the old place")(t, fsys)
		unchangedUnder(t, fsys, "/", func() {
			_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
			var changed *plan.Error
			if !errors.As(err, &changed) || changed.Reason != plan.ReasonChanged {
				t.Errorf("%s: %v", scheme, err)
			}
		})
	}
}

// The server's files put back from a backup do not make the target ours again.
func TestTargetHandedOverIsNotOverwritten(t *testing.T) {
	fsys := tiny(t, appdata.InInstall)
	p, w := tinyPlan(t, fsys, "")
	backup := map[string][]byte{}
	for _, path := range []string{tinyProps, tinyInstall + "/bin/classpath.conf"} {
		data, err := afero.ReadFile(fsys, path)
		must(t, err)
		backup[path] = data
	}
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	write(tinyTarget+"/conf/server.keystore", "a month of agents")(t, fsys)
	for path, data := range backup {
		must(t, afero.WriteFile(fsys, path, data, 0o640))
	}
	unchangedUnder(t, fsys, "/", func() {
		_, err := p.Apply(context.Background(), w, everything)
		var journal *plan.Error
		if !errors.As(err, &journal) || journal.Reason != plan.ReasonJournal {
			t.Errorf("Apply: %v", err)
		}
	})
}

// Only server.appdata.dir was edited by hand: the keystores are not redirected
// to where there are none, or others.
func TestKeystoresAreNotRedirectedBlindly(t *testing.T) {
	for other, rule := range map[string]string{"": "APP001", "other keys": "PRP013"} {
		fsys := tiny(t, appdata.Folder)
		must(t, fsys.MkdirAll(tinyTarget+"/conf", 0o755))
		replace(tinyProps, "server.appdata.dir=../appdata", "server.appdata.dir="+tinyTarget)(t, fsys)
		if other != "" {
			write(tinyTarget+"/conf/encryption.keystore", other)(t, fsys)
			write(tinyTarget+"/conf/server.keystore", other)(t, fsys)
		}
		p, _ := tinyPlan(t, fsys, "")
		if len(p.Refusals) != 2 || p.Refusals[0].Rule != rule {
			t.Errorf("%q: %v", other, p.Refusals)
		}
	}
}

// A keystore outside conf is copied before conf/installed.version, and stays.
func TestKeystoreElsewhere(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll("/etc/keys", 0o755))
	must(t, fsys.Rename(tinyApp+"/conf/encryption.keystore", "/etc/keys/real.ks"))
	replace(tinyProps, "../appdata/conf/encryption.keystore", "/etc/keys/real.ks")(t, fsys)
	before := walk(t, fsys, "/")
	p, w := tinyPlan(t, fsys, "")
	accepted(t, p)
	var last plan.Step
	for _, s := range p.Steps {
		if s.Action == plan.ActionCopy {
			last = s
		}
	}
	if !strings.HasSuffix(last.To.Path, "/conf/installed.version") {
		t.Errorf("the last copy is %s", last.Title)
	}
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
	must(t, err)
	if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
		t.Errorf("(-before +reverted)\n%s", d)
	}
	res, err := p.Apply(context.Background(), w, everything)
	must(t, err)
	if ok, _ := afero.Exists(fsys, "/etc/keys/real.ks"); !ok || len(res.Kept) > 0 {
		t.Errorf("the keystore outside is gone, or something was kept: %v", res.Kept)
	}
}

func TestKeystoreLinksAreComparedAndNeverKept(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll("/etc/keys", 0o755))
	must(t, fsys.Rename(tinyApp+"/conf/encryption.keystore", "/etc/keys/real.ks"))
	write("/etc/keys/stale.ks", "stale")(t, fsys)
	link("/etc/keys/stale.ks", tinyApp+"/conf/encryption.keystore")(t, fsys)
	replace(tinyProps, "../appdata/conf/encryption.keystore", "/etc/keys/real.ks")(t, fsys)
	for _, policy := range []plan.LinkPolicy{plan.LinksKeep, plan.LinksFollow} {
		p, _ := tinyPlan(t, fsys, policy)
		if len(p.Refusals) != 1 || p.Refusals[0].Rule != "PRP013" {
			t.Errorf("%s: %v", policy, p.Refusals)
		}
	}
	fsys = tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll("/etc/keys", 0o755))
	must(t, fsys.Rename(tinyApp+"/conf/encryption.keystore", "/etc/keys/real.ks"))
	link("/etc/keys/real.ks", tinyApp+"/conf/encryption.keystore")(t, fsys)
	link(tinyApp+"/patches/fix.jar", tinyApp+"/patches/current.jar")(t, fsys)
	p, w := tinyPlan(t, fsys, plan.LinksKeep)
	s, err := accepted(t, p).Survey(context.Background(), w)
	must(t, err)
	if len(s.Refusals) != 2 || s.Refusals[0].Rule != "TGT010" || s.Refusals[1].Rule != "TGT010" {
		t.Errorf("a kept keystore link, and a kept link into what is retired: %v", s.Refusals)
	}
}

// What another member works with is not moved away under it.
func TestSharedWithAnotherMember(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	writeTiny(t, fsys, "/opt/two/server", appdata.InInstall)
	replace("/opt/two/server/conf/server/installed.properties", "server.appdata.dir=..", "server.appdata.dir="+tinyApp)(t, fsys)
	topology, w := cluster.Single(fsys, tinyInstall)
	two := topology.Nodes[0]
	two.Name, two.Install = "two", "/opt/two/server"
	topology.Nodes = append(topology.Nodes, two)
	c, err := cluster.Load(context.Background(), topology, w)
	must(t, err)
	p, err := plan.Populate(context.Background(), c, "server", plan.Target{AppData: tinyTarget})
	must(t, err)
	if len(p.Refusals) != 1 || p.Refusals[0].Rule != "TGT015" {
		t.Errorf("refusals: %v", p.Refusals)
	}
}

// A server that is started while its data is copied is not switched.
func TestServerStartedDuringTheCopy(t *testing.T) {
	fsys := tiny(t, appdata.InInstall)
	p, w := tinyPlan(t, fsys, "")
	started := false
	w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{After: func(c *strictfs.Call, err error) {
		if c.Op == strictfs.OpRename && strings.HasSuffix(c.To, "fix.jar") && !started {
			started = true
			write(tinyInstall+"/var/server.pid", "1")(t, fsys)
		}
	}})
	unchangedUnder(t, fsys, tinyInstall+"/conf", func() {
		_, err := p.Apply(context.Background(), w, everything)
		var refused *plan.RefusedError
		if !errors.As(err, &refused) || refused.Refusals[0].Rule != "OPS001" {
			t.Errorf("Apply: %v", err)
		}
	})
}

// Running out of room twice does not lose the record of the first run.
func TestRoomRunsOutTwice(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	for range 2 {
		bytes, files, err := fsys.Used(tinyShare)
		must(t, err)
		room := int64(6000)
		if bytes > 0 {
			room = bytes
		}
		must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.MaxBytes, v.MaxFiles = room, files+12 }))
		if _, err := p.Apply(context.Background(), w, everything); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("Apply: %v", err)
		}
	}
	must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.MaxBytes, v.MaxFiles = 0, 0 }))
	_, err := p.Apply(context.Background(), w, everything)
	must(t, err)
}

// A source that holds the target is not copied into itself.
func TestSourceThatHoldsTheTarget(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	link(tinyShare, tinyApp+"/var/repository/deep")(t, fsys)
	p, w := tinyPlan(t, fsys, plan.LinksFollow)
	_, err := p.Apply(context.Background(), w, everything)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("a followed link: %v", err)
	}
	fsys = tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll(tinyApp+"/inner", 0o755))
	must(t, fsys.Bind(tinyShare, tinyApp+"/inner"))
	p, w = tinyPlan(t, fsys, "")
	if _, err := p.Apply(context.Background(), w, everything); err == nil {
		t.Error("a second name of the share inside the source was copied")
	}
}

// A storage that turns out to make no links is refused before anything moves.
func TestLinksThatCannotBeMade(t *testing.T) {
	fsys := tiny(t, appdata.Linked)
	p, w := tinyPlan(t, fsys, "")
	must(t, fsys.SetVolume("/", func(v *strictfs.Volume) { v.NoSymlinks = true }))
	unchangedUnder(t, fsys, "/", func() {
		_, err := p.Apply(context.Background(), w, everything)
		var refused *plan.RefusedError
		if !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT007" {
			t.Errorf("Apply: %v", err)
		}
	})
}

// A world that lacks a storage is an error, not a panic.
func TestWorldLacksAStorage(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, _ := tinyPlan(t, fsys, "")
	none := cluster.World{FS: map[string]afero.Fs{}}
	for name, call := range map[string]func() error{
		"Simulate": func() error { _, err := p.SimulateThrough(context.Background(), none, plan.PhasePurge); return err },
		"Apply":    func() error { _, err := p.Apply(context.Background(), none, everything); return err },
		"Revert":   func() error { _, err := p.Revert(context.Background(), none, plan.RevertOptions{}); return err },
		"Verify":   func() error { _, err := p.Verify(context.Background(), none); return err },
		"Survey":   func() error { _, err := p.Survey(context.Background(), none); return err },
	} {
		var bad *plan.Error
		if err := call(); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An original that is deleted between two runs does not come back on the
// target.
func TestDeletedOriginalDoesNotComeBack(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	dieAt(t, fsys, p, w, strictfs.Fault{Op: strictfs.OpRename, Path: "installed.version"})
	must(t, fsys.Remove(tinyApp+"/patches/fix.jar"))
	_, err := p.Apply(context.Background(), w, everything)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || refused.Refusals[0].Path != tinyTarget+"/patches/fix.jar" {
		t.Errorf("Apply: %v", err)
	}
}

// The setgid bit of a shared folder arrives.
func TestModesArriveInFull(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	mode := fs.ModeSetgid | 0o770
	must(t, fsys.Chmod(tinyApp+"/patches", mode))
	p, w := tinyPlan(t, fsys, "")
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	if e := pathsOf(walk(t, fsys, tinyTarget))["patches"]; e.Mode != mode {
		t.Errorf("patches is %s", e.Mode)
	}
}

// A trailing slash names the same target.
func TestTrailingSlashIsTheSameTarget(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	dieAt(t, fsys, p, w, strictfs.Fault{Op: strictfs.OpRename, Path: "fix.jar"})
	q, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget + "/", MountPoint: tinyShare + "/"})
	if q.ID != p.ID || q.Refused() {
		t.Errorf("another plan: %v", q.Refusals)
	}
}
