package plan_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// An administrator takes a move back by copying what was retired, and the server
// works on. The next move has the same plan id: it must not take what is aside
// for the original, which has gone on.
func TestLeftAsideIsNotTheOriginal(t *testing.T) {
	ctx := context.Background()
	for _, system := range []bool{false, true} {
		for _, scheme := range schemes() {
			var fsys afero.Fs
			var install, target string
			if system {
				_, install, target = onSystem(t, scheme)
				fsys = afero.NewOsFs()
			} else {
				fsys, install, target = strictfs.New(strictfs.Options{RenameAsOS: true}), "/opt/server", "/share/appdata"
				must(t, fsys.MkdirAll("/share", 0o755))
				writeTiny(t, fsys, install, scheme)
			}
			app := appOf(install, scheme)
			before := map[string][]byte{}
			for _, rel := range []string{"/conf/server/installed.properties", "/bin/classpath.conf"} {
				data, err := afero.ReadFile(fsys, install+rel)
				must(t, err)
				before[rel] = data
			}
			p, w := populate(t, fsys, install, plan.Target{AppData: target})
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
			must(t, err)
			for _, s := range p.Steps {
				if s.Action == plan.ActionLink {
					must(t, fsys.Remove(s.ServerFrom))
				}
				if (s.Action == plan.ActionRetire || s.Action == plan.ActionLink) && s.Copies != "" {
					copyTree(t, fsys, s.ServerAside, s.ServerFrom)
				}
			}
			for rel, data := range before {
				must(t, afero.WriteFile(fsys, install+rel, data, 0o640))
			}
			must(t, afero.WriteFile(fsys, app+"/var/repository/new", []byte("new work"), 0o640))
			must(t, fsys.RemoveAll(target))
			p, w = populate(t, fsys, install, plan.Target{AppData: target})
			named := false
			for _, r := range p.Refusals {
				named = named || r.Rule == "TGT018" && strings.Contains(r.Message, ".retired-"+p.ID)
			}
			if !named {
				t.Errorf("%s: what is aside is not refused: %v", scheme, p.Refusals)
			}
			var refused *plan.RefusedError
			if _, err := p.Apply(ctx, w, plan.ApplyOptions{}); !errors.As(err, &refused) {
				t.Errorf("%s: Apply: %v", scheme, err)
			}
			for _, s := range p.Steps {
				if s.ServerAside != "" && there(fsys, s.ServerAside) {
					must(t, fsys.RemoveAll(s.ServerAside))
				}
			}
			p, w = populate(t, fsys, install, plan.Target{AppData: target})
			_, err = accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
			if data, err := afero.ReadFile(fsys, target+"/var/repository/new"); err != nil || string(data) != "new work" {
				t.Errorf("%s: the new work is not on the target: %q, %v", scheme, data, err)
			}
		}
	}
}

// copyTree copies folders and files, and nothing else.
func copyTree(t *testing.T, fsys afero.Fs, from, to string) {
	t.Helper()
	must(t, afero.Walk(fsys, from, func(path string, info os.FileInfo, err error) error {
		at := to + strings.TrimPrefix(path, from)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			return fsys.MkdirAll(at, info.Mode().Perm())
		case !info.Mode().IsRegular():
			return nil
		}
		data, err := afero.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		return afero.WriteFile(fsys, at, data, info.Mode().Perm())
	}))
}

// What a mount holds is renamed name by name, and the names sort in another way
// then. All the same everything is known again, and what is new stays as it is.
func TestMountedApplicationDataKeepsItsOrder(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	install, target, app := onMountedAppData(t)
	for _, dir := range []string{"/conf-backup", "/logs (old)", "/var+"} {
		must(t, os.Mkdir(app+dir, 0o750))
		must(t, os.WriteFile(app+dir+"/x", []byte(dir), 0o640))
	}
	p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	for _, path := range []string{app + "/new", app + "/logs"} {
		must(t, os.Mkdir(path, 0o750))
		must(t, os.WriteFile(path+"/x", []byte("new"), 0o640))
	}
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	if len(res.Kept) != 2 || !there(afero.NewOsFs(), app+"/new/x") || !there(afero.NewOsFs(), app+"/logs/x") {
		t.Errorf("retired once more: kept %v", res.Kept)
	}
	must(t, os.RemoveAll(app+"/new"))
	must(t, os.RemoveAll(app+"/logs"))
	res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	left, err := os.ReadDir(app)
	must(t, err)
	if len(left) != 0 || len(res.Kept) > 0 {
		t.Errorf("left %v, kept %v", left, res.Kept)
	}
}

// A default list of the share opens no folder that is made for itself, the
// target and those above single entries among them.
func TestFolderMadeForItselfGetsNoList(t *testing.T) {
	const access, byDefault = "system.posix_acl_access", "system.posix_acl_default"
	open := acl([3]uint32{1, 7, noID}, [3]uint32{2, 7, 4321}, [3]uint32{4, 7, noID}, [3]uint32{16, 7, noID}, [3]uint32{32, 5, noID})
	for _, scheme := range schemes() {
		root, install, target := onSystem(t, scheme)
		if err := unix.Setxattr(root+"/share", byDefault, open, 0); err != nil {
			t.Skip("this file system keeps no access lists:", err)
		}
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
		must(t, err)
		for _, dir := range []string{"", "/conf", "/conf/server", "/var", "/var/plugins"} {
			for _, name := range []string{access, byDefault} {
				if n, err := unix.Getxattr(target+dir, name, make([]byte, 1<<10)); err == nil {
					t.Errorf("%s: %s of the target's %q: %d bytes", scheme, name, dir, n)
				}
			}
		}
	}
}

// What the system does not let go is kept, and the rest is deleted.
func TestPurgeGoesOnPastAnImmutableFile(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	for _, file := range []string{"conf/server.keystore", "conf/installed.version"} {
		_, install, target := onSystem(t, appdata.Folder)
		version, err := os.ReadFile(install + "/conf/installed.version")
		must(t, err)
		must(t, os.WriteFile(install+"/appdata/conf/installed.version", version, 0o640))
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err = accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
		must(t, err)
		held := install + "/appdata.retired-" + p.ID + "/" + file
		mount(t, held, held) // EBUSY, as on every file system
		res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
		must(t, err)
		held = strings.Replace(held, ".retired-", ".purging-", 1)
		if len(res.Kept) != 1 || !strings.Contains(res.Kept[0].Reason, file+": cannot be deleted") || !there(afero.NewOsFs(), held) {
			t.Errorf("kept %v", res.Kept)
		}
		if n := len(walk(t, afero.NewOsFs(), install+"/appdata.purging-"+p.ID)); n > 3 {
			t.Errorf("%d entries are left", n)
		}
		must(t, syscall.Unmount(held, 0))
		res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
		must(t, err)
		if len(res.Kept) > 0 || there(afero.NewOsFs(), install+"/appdata.purging-"+p.ID) {
			t.Errorf("kept %v", res.Kept)
		}
	}
}

// A file or a folder of the server may have the name of the library's own folder.
func TestOwnNameInsideAnItem(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		_, install, target := onSystem(t, scheme)
		app := appOf(install, scheme)
		must(t, os.WriteFile(app+"/var/repository/.deploycluster", []byte("a file"), 0o640))
		must(t, os.MkdirAll(app+"/patches/.deploycluster", 0o750))
		must(t, os.WriteFile(app+"/patches/.deploycluster/plan.json", []byte("a file"), 0o640))
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err := accepted(t, p).Prime(ctx, w, plan.PrimeOptions{})
		must(t, err)
		res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
		must(t, err)
		if len(res.Kept) > 0 || !there(afero.NewOsFs(), target+"/patches/.deploycluster/plan.json") {
			t.Errorf("%s: kept %v", scheme, res.Kept)
		}
	}
}

// A target folder that was there before stays as it is; that it lets in more
// users than the original is said. So is an attribute that is not copied.
func TestWhatTheCopyDoesNotKeepIsNoted(t *testing.T) {
	_, install, target := onSystem(t, appdata.Folder)
	must(t, os.Chmod(install+"/appdata", 0o700))
	must(t, os.Mkdir(target, 0o755))
	want := []string{"lets in more users (mode 0755) than its original (0700): if that is not meant, chmod 0700 it"}
	if unix.Setxattr(install+"/appdata/conf/server.keystore", "trusted.label", []byte("x"), 0) == nil { // root alone may
		want = append(want, "trusted.label of "+target+"/conf/server.keystore is not copied")
	}
	p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
	res, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	for _, text := range want {
		if !strings.Contains(strings.Join(res.Notes, "\n"), text) {
			t.Errorf("no word of %q in %q", text, res.Notes)
		}
	}
	_, install, target = onSystem(t, appdata.Folder)
	must(t, os.Mkdir(target, 0o700))
	p, w = populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
	res, err = accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	if strings.Contains(strings.Join(res.Notes, "\n"), "lets in more") {
		t.Errorf("notes: %q", res.Notes)
	}
}

// An original that this user may not rename is kept, with the reason.
func TestRetireKeepsWhatMayNotBeRenamed(t *testing.T) {
	if !asUser(t) {
		return
	}
	ctx := context.Background()
	_, install, target := onSystem(t, appdata.Folder)
	p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	must(t, os.Chmod(install, 0o555))
	t.Cleanup(func() { os.Chmod(install, 0o755) })
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	if len(res.Kept) != 1 || !strings.Contains(res.Kept[0].Reason, "cannot be renamed aside: permission denied") {
		t.Errorf("kept %v", res.Kept)
	}
	must(t, os.Chmod(install, 0o755))
	res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if len(res.Kept) > 0 || there(afero.NewOsFs(), install+"/appdata") {
		t.Errorf("kept %v", res.Kept)
	}
}
