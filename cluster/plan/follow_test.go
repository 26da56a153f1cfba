package plan_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// applied compares what Simulate shows with what Apply makes.
func applied(t *testing.T, fsys *strictfs.FS, p *plan.Plan, w cluster.World) {
	t.Helper()
	accepted(t, p)
	for _, phase := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire} {
		sim, err := p.SimulateThrough(context.Background(), w, phase)
		must(t, err)
		want := walk(t, sim.FS["local"], "/")
		_, err = p.Apply(context.Background(), w, plan.ApplyOptions{Through: phase})
		must(t, err)
		if d := cmp.Diff(want, walk(t, fsys, "/")); d != "" {
			t.Fatalf("after %s (-simulated +real):\n%s", phase, d)
		}
		if _, err := p.Verify(context.Background(), w); err != nil {
			t.Fatal(phase, err)
		}
	}
}

// A target folder that stands already keeps its mode.
func TestSimulateKeepsTheModeOfTheTarget(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.MkdirAll(tinyTarget, 0o700))
	fsys.SyncAll()
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	applied(t, fsys, p, w)
}

// Links inside of what a link leads to count from where they really stand.
func TestFollowsLinksBehindLinks(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys := relocated(t, scheme)
			must(t, fsys.MkdirAll("/data/inner", 0o755))
			must(t, fsys.SymlinkIfPossible("blob/aa/one", "/data/repository/latest"))
			must(t, fsys.SymlinkIfPossible("../inner", "/data/repository/inner"))
			fsys.SyncAll()
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare, Links: plan.LinksFollow})
			applied(t, fsys, p, w)
		})
	}
}

// An absolute link text is a path of the server, not of the storage.
func TestFollowsLinksAsTheServerReadsThem(t *testing.T) {
	fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
	must(t, fsys.MkdirAll("/host1/media/share", 0o755))
	writeTiny(t, fsys, "/host1"+tinyInstall, appdata.Folder)
	must(t, fsys.MkdirAll("/host1/data", 0o755))
	app := "/host1" + tinyInstall + "/appdata"
	must(t, fsys.Rename(app+"/var/repository", "/host1/data/repository"))
	must(t, fsys.SymlinkIfPossible("/data/repository", app+"/var/repository"))
	must(t, afero.WriteFile(fsys, "/host1"+tinyInstall+"/bin/classpath.conf", []byte("dir "+tinyInstall+"/appdata/patches\r\ndir "+tinyInstall+"/conf\r\n"), 0o640))
	fsys.SyncAll()
	top, w := cluster.Single(fsys, tinyInstall)
	top.Nodes[0].Mounts[0].Root = "/host1"
	c, err := cluster.Load(context.Background(), top, w)
	must(t, err)
	p, err := plan.Populate(context.Background(), c, "server", plan.Target{AppData: tinyTarget, Links: plan.LinksFollow})
	must(t, err)
	applied(t, fsys, p, w)
}
