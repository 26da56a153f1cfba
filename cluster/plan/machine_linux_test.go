package plan_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// asUser runs the test once more as an ordinary user, and reports whether this is
// that run.
func asUser(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	exe := t.TempDir() + "/test" // where another user can run it
	must(t, exec.Command("cp", os.Args[0], exe).Run())
	tmp, err := os.MkdirTemp("", "as-user")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(tmp) })
	must(t, os.Chown(tmp, 4711, 4711))
	root := os.Getenv("GOTMPDIR") // which is not the test's to open
	if root == "" {
		root = os.TempDir()
	}
	for dir := t.TempDir(); strings.HasPrefix(dir, root+"/"); dir = filepath.Dir(dir) {
		must(t, os.Chmod(dir, 0o755))
	}
	run := exec.Command(exe, "-test.count=1", "-test.run=^"+t.Name()+"$")
	run.Env = append(os.Environ(), "TMPDIR="+tmp, "GOTMPDIR=")
	run.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 4711, Gid: 4711}}
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
	return false
}

// Files and folders that cannot be read are named before anything is copied, all
// in one refusal; Survey, Preflight and Apply say the same.
func TestUnreadableIsFoundBeforeTheCopy(t *testing.T) {
	if !asUser(t) {
		return
	}
	ctx := context.Background()
	_, install, target := onSystem(t, appdata.Folder)
	app := install + "/appdata"
	closed := []string{app + "/patches/a.jar", app + "/patches/b.jar", app + "/var/repository/blob/aa/two", app + "/var/sa"}
	must(t, os.Mkdir(app+"/var/sa", 0o750))
	for _, path := range closed[:3] {
		must(t, os.WriteFile(path, []byte("x"), 0o640))
	}
	for _, path := range closed {
		must(t, os.Chmod(path, 0))
	}
	p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
	accepted(t, p)
	paths := func(list []plan.Refusal) (out []string) {
		for _, r := range list {
			if r.Rule != "TGT014" {
				t.Errorf("refused: %s", r)
			}
			out = append(out, r.Path)
		}
		return out
	}
	s, err := p.Survey(ctx, w)
	must(t, err)
	st, err := p.Preflight(ctx, w)
	must(t, err)
	_, err = p.Apply(ctx, w, plan.ApplyOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("Apply: %v", err)
	}
	for what, list := range map[string][]plan.Refusal{"Survey": s.Refusals, "Preflight": st.Refusals, "Apply": refused.Refusals} {
		if d := cmp.Diff(closed, paths(list)); d != "" {
			t.Errorf("%s (-closed +named):\n%s", what, d)
		}
	}
	if there(afero.NewOsFs(), target) {
		t.Error("the target was made all the same")
	}
	for _, path := range closed {
		must(t, os.Chmod(path, 0o750))
	}
}

// A target that is too small is refused by what its storage reports, and by
// nothing else once an earlier run has begun to copy there.
func TestRoomIsAskedOfTheStorage(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	root, install, target := onSystem(t, appdata.Folder)
	share := root + "/share"
	must(t, syscall.Mount("tmpfs", share, "tmpfs", 0, "size=256k"))
	t.Cleanup(func() { syscall.Unmount(share, syscall.MNT_DETACH) })
	big := install + "/appdata/var/repository/big"
	must(t, os.WriteFile(big, make([]byte, 1<<20), 0o640))
	tgt := plan.Target{AppData: target, MountPoint: share}
	p, w := populate(t, afero.NewOsFs(), install, tgt)
	s, err := accepted(t, p).Survey(ctx, w)
	must(t, err)
	if len(s.Refusals) != 1 || s.Refusals[0].Rule != "TGT008" || s.FreeBytes == nil || *s.FreeBytes != 256<<10 {
		t.Errorf("free %v, refusals %v", s.FreeBytes, s.Refusals)
	}
	st, err := p.Preflight(ctx, w)
	must(t, err)
	if !strings.HasPrefix(st.Next, "settle the refusals; then ") || len(st.Refusals) != 1 || st.Refusals[0] != s.Refusals[0] {
		t.Errorf("Preflight: %v", st.Refusals)
	}
	if _, err := p.Apply(ctx, w, plan.ApplyOptions{}); err == nil || there(afero.NewOsFs(), target) {
		t.Errorf("Apply: %v", err)
	}
	tgt.FreeBytes = 1 << 30 // a storage that compresses
	p, w = populate(t, afero.NewOsFs(), install, tgt)
	if _, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{}); !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "copying-") {
		t.Errorf("Apply with the room declared: %v", err)
	}
	must(t, syscall.Mount("tmpfs", share, "tmpfs", syscall.MS_REMOUNT, "size=1300k"))
	p, w = populate(t, afero.NewOsFs(), install, plan.Target{AppData: target, MountPoint: share})
	_, err = accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
}

// An overlay does not rename a folder of its lower layer. That is found out
// before anything is copied; once the folder can be renamed, the move goes on.
func TestOverlayIsFoundOutBeforeTheCopy(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			root := t.TempDir()
			mount(t, "tmpfs", root)
			install, target := root+"/opt/server", root+"/share/appdata"
			for _, dir := range []string{"/opt/server", "/lower", "/upper", "/work", "/share"} {
				must(t, os.MkdirAll(root+dir, 0o755))
			}
			writeTiny(t, afero.NewOsFs(), install, scheme)
			must(t, os.Rename(root+"/opt", root+"/lower/opt"))
			must(t, os.Mkdir(root+"/opt", 0o755))
			if err := syscall.Mount("overlay", root+"/opt", "overlay", 0, "lowerdir="+root+"/lower/opt,upperdir="+root+"/upper,workdir="+root+"/work,redirect_dir=off"); err != nil {
				t.Skip("no overlay can be mounted here:", err)
			}
			t.Cleanup(func() { syscall.Unmount(root+"/opt", syscall.MNT_DETACH) })
			// The server was patched since, so files of it are in the upper layer.
			fsys := afero.NewOsFs()
			before := walk(t, fsys, install)
			p, w := populate(t, fsys, install, plan.Target{AppData: target})
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
			var refused *plan.RefusedError
			if !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT018" {
				t.Errorf("Apply: %v", err)
			}
			if d := cmp.Diff(before, walk(t, fsys, install)); d != "" || there(fsys, target) {
				t.Errorf("something was changed:\n%s", d)
			}
			// A copy of the folders lies in the upper layer.
			must(t, exec.Command("cp", "-a", install, root+"/opt/new").Run())
			must(t, os.RemoveAll(install))
			must(t, os.Rename(root+"/opt/new", install))
			p, w = populate(t, fsys, install, plan.Target{AppData: target})
			res, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
			must(t, err)
			if len(res.Kept) > 0 {
				t.Errorf("kept: %v", res.Kept)
			}
		})
	}
}
