package plan_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// TestPurgeKeepsAnImmutableFolder: what cannot be renamed for its deletion is kept, and
// what comes after it goes.
func TestPurgeKeepsAnImmutableFolder(t *testing.T) {
	ctx, fsys := context.Background(), afero.NewOsFs()
	_, install, target := onSystem(t, appdata.InInstall)
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	held := install + "/var/repository.retired-" + p.ID
	if out, err := exec.Command("chattr", "+i", held).CombinedOutput(); err != nil {
		t.Skipf("needs chattr: %v: %s", err, out)
	}
	defer exec.Command("chattr", "-i", held).Run()
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if len(res.Kept) != 1 || there(fsys, install+"/patches.retired-"+p.ID) || !there(fsys, held+"/blob/aa/one") {
		t.Errorf("kept %v", res.Kept)
	}
	must(t, exec.Command("chattr", "-i", held).Run())
	res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if len(res.Kept) > 0 || there(fsys, held) {
		t.Errorf("again: kept %v", res.Kept)
	}
}

// TestPurgeInsideAMountIsWhole: where names are renamed one by one, a Retire that was
// interrupted leaves some that Purge tells of, and a Purge that was interrupted goes
// on with all.
func TestPurgeInsideAMountIsWhole(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx, fsys := context.Background(), afero.NewOsFs()
	for _, killed := range []plan.Phase{plan.PhaseRetire, plan.PhasePurge} {
		install, target, app := onMountedAppData(t)
		p, w := populate(t, fsys, install, plan.Target{AppData: target})
		_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
		must(t, err)
		want := 2 // var and patches
		if killed == plan.PhaseRetire {
			must(t, os.Rename(app+"/conf", app+"/conf.retired-"+p.ID))
		} else {
			_, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhaseRetire, Through: plan.PhaseRetire})
			must(t, err)
			must(t, os.Rename(app+"/conf.retired-"+p.ID, app+"/conf.purging-"+p.ID))
			want = 0
		}
		res, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhasePurge, Through: plan.PhasePurge})
		must(t, err)
		if left, err := os.ReadDir(app); err != nil || len(left) != want || len(res.Kept) != want {
			t.Errorf("killed in %v: left %v, %v; kept %v", killed, left, err, res.Kept)
		}
		if want > 0 {
			_, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhaseRetire, Through: plan.PhasePurge})
			must(t, err)
		}
		if left, err := os.ReadDir(app); err != nil || len(left) > 0 {
			t.Errorf("killed in %v, and again: left %v, %v", killed, left, err)
		}
	}
}

// TestPurgeKeepsFoldersThatWereNotCopied: an empty folder that came later is nobody's
// copy.
func TestPurgeKeepsFoldersThatWereNotCopied(t *testing.T) {
	ctx, fsys := context.Background(), afero.NewOsFs()
	_, install, target := onSystem(t, appdata.Folder)
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	must(t, os.Mkdir(install+"/appdata.retired-"+p.ID+"/var/later", 0o755))
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if len(res.Kept) != 1 || !there(fsys, install+"/appdata.purging-"+p.ID+"/var/later") || len(walkFiles(t, install+"/appdata.purging-"+p.ID)) > 0 {
		t.Errorf("kept %v", res.Kept)
	}
}

// A file that took the place of an original ends no run, whatever the target has
// lost: it is kept.
func TestFileInPlaceOfAnOriginalStays(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
		_, install, target := onSystem(t, scheme)
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
		must(t, err)
		at := install + "/var/repository"
		if scheme == appdata.Folder {
			at = install + "/appdata"
		}
		must(t, os.RemoveAll(at))
		must(t, os.WriteFile(at, []byte("new"), 0o600))
		must(t, os.Remove(target+"/var/repository/blob/aa/one"))
		res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
		if data, _ := os.ReadFile(at); err != nil || len(res.Kept) == 0 || string(data) != "new" {
			t.Errorf("%s: %v; kept %+v; the file holds %q", scheme, err, res.Kept, data)
		}
	}
}

// TestRetireInsideAMountKeepsWhatIsHeld: where the names of a mount point are renamed
// one by one, one that cannot be renamed is kept, and the others are retired.
func TestRetireInsideAMountKeepsWhatIsHeld(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx, fsys := context.Background(), afero.NewOsFs()
	install, target, app := onMountedAppData(t)
	held, same := app+"/a-file", t.TempDir()+"/same"
	for _, name := range []string{held, same} {
		must(t, os.WriteFile(name, []byte("equal"), 0o600))
	}
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	mount(t, same, held)
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if len(res.Kept) == 0 || !strings.HasPrefix(res.Kept[0].Path, held) || there(fsys, app+"/conf") || !there(fsys, held) {
		t.Errorf("kept %+v", res.Kept)
	}
	must(t, syscall.Unmount(held, 0))
	res, err = p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	if left, err := os.ReadDir(app); err != nil || len(left) > 0 || len(res.Kept) > 0 {
		t.Errorf("again: left %v, %v, kept %+v", left, err, res.Kept)
	}
}
