package plan_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// relocated is a server whose repository was moved to another disk with a
// link, and that has one more link deep inside, to a file beside it.
func relocated(t *testing.T, scheme appdata.Scheme) *strictfs.FS {
	t.Helper()
	fsys := tiny(t, scheme)
	app := tinyInstall
	if scheme == appdata.Folder {
		app = tinyApp
	}
	must(t, fsys.MkdirAll("/data", 0o755))
	must(t, fsys.Rename(app+"/var/repository", "/data/repository"))
	must(t, fsys.SymlinkIfPossible("/data/repository", app+"/var/repository"))
	must(t, fsys.SymlinkIfPossible("fix.jar", app+"/patches/current.jar"))
	fsys.SyncAll()
	return fsys
}

func TestLinksAreKeptOrFollowed(t *testing.T) {
	for _, scheme := range schemes() {
		for _, policy := range []plan.LinkPolicy{plan.LinksKeep, plan.LinksFollow} {
			t.Run(scheme.String()+"/"+policy.String(), func(t *testing.T) {
				fsys := relocated(t, scheme)
				p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Links: policy})
				accepted(t, p)
				data := walk(t, fsys, "/data")
				for _, phase := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge} {
					sim, err := p.SimulateThrough(context.Background(), w, phase)
					must(t, err)
					want := walk(t, sim.FS["local"], "/")
					res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: max(phase, plan.PhaseSwitch)})
					must(t, err)
					if len(res.Kept) > 0 {
						t.Errorf("kept: %v", res.Kept)
					}
					if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
						t.Fatalf("after %s (-simulated +real):\n%s", phase, d)
					}
				}
				// What a link leads to is never touched.
				if d := cmp.Diff(data, walk(t, fsys, "/data")); d != "" {
					t.Error(d)
				}
				now := pathsOf(walk(t, fsys, tinyTarget))
				repo, jar := now["var/repository"], now["patches/current.jar"]
				kind := clustertest.KindLink
				if policy == plan.LinksFollow {
					kind = clustertest.KindFile
					if now["var/repository/blob/aa/one"].Kind != kind {
						t.Error("the repository was not followed")
					}
				} else if repo.Target != "/data/repository" {
					t.Errorf("the repository is %+v", repo)
				}
				if jar.Kind != kind {
					t.Errorf("patches/current.jar is %+v", jar)
				}
			})
		}
	}
}

// The application data folder itself may be a link: its content is copied,
// the link is retired, and what it led to stays.
func TestApplicationDataFolderIsALink(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll("/data", 0o755))
	must(t, fsys.Rename(tinyApp, "/data/appdata"))
	must(t, fsys.SymlinkIfPossible("/data/appdata", tinyApp))
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	sim, err := p.SimulateThrough(context.Background(), w, plan.PhasePurge)
	must(t, err)
	want := walk(t, sim.FS["local"], "/")
	res, err := p.Apply(context.Background(), w, everything)
	must(t, err)
	if len(res.Kept) > 0 {
		t.Errorf("kept: %v", res.Kept)
	}
	if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
		t.Error(d)
	}
	if ok, _ := afero.Exists(fsys, tinyTarget+"/conf/encryption.keystore"); !ok {
		t.Error("the keystore did not arrive")
	}
}
