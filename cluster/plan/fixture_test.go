package plan_test

import (
	"context"
	"os"
	"path"
	"runtime/debug"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

const (
	tinyInstall = "/opt/ucd/server"
	tinyShare   = "/media/share"
	tinyTarget  = tinyShare + "/appdata"
)

// The proofs make much garbage and hold little: collecting it less often makes them
// a third faster.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

// tiny makes the smallest server that shows everything that a plan does, with
// the share on a device of its own. Tests that try every operation need it
// small; those that need a realistic server use clustertest.Build.
func tiny(t testing.TB, scheme appdata.Scheme) *strictfs.FS {
	t.Helper()
	fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
	must(t, fsys.MkdirAll(tinyShare, 0o755))
	if _, err := fsys.Mount(tinyShare, strictfs.Volume{}); err != nil {
		t.Fatal(err)
	}
	writeTiny(t, fsys, tinyInstall, scheme)
	fsys.SyncAll()
	return fsys
}

func writeTiny(t testing.TB, fsys afero.Fs, install string, scheme appdata.Scheme) {
	t.Helper()
	app, version, line := install, "7.0.5.1.1041488", "server.appdata.dir=..\r\n"
	keys := ".."
	switch scheme {
	case appdata.Folder:
		app, keys, line = install+"/appdata", "../appdata", "server.appdata.dir=../appdata\r\n"
	case appdata.Linked:
		version, line = "6.1.0.4.589412", ""
	}
	files := []struct {
		path, data string
		mode       os.FileMode
	}{
		{install + "/conf/installed.version", "#\n#Mon Jan 01 00:00:00 UTC 2024\ninstalled.version=" + version + "\n", 0o640},
		{install + "/conf/server/installed.properties", "#\r\n#Mon Jan 01 00:00:00 UTC 2024\r\n" + line +
			"database.type=mysql\r\nencryption.keystore=" + keys + "/conf/encryption.keystore\r\n" +
			"hibernate.connection.url=jdbc\\:mysql\\://db.example.com\\:3306/ucd\r\n" +
			"server.keystore=" + keys + "/conf/server.keystore\r\n", 0o640},
		{install + "/bin/classpath.conf", "dir " + app + "/patches !fail-on-conflict\r\ndir " + install + "/conf\r\ndir " + install + "/conf/server\r\n", 0o640},
		{app + "/conf/encryption.keystore", string(fixture(t, "encryption.jceks")), 0o600},
		{app + "/conf/server.keystore", string(fixture(t, "server.jks")), 0o600},
		{app + "/conf/server/log4j.properties", "log4j.rootLogger=INFO\n", 0o640},
		{app + "/patches/fix.jar", "jar", 0o640},
		{app + "/var/repository/blob/aa/one", "artifact one", 0o640},
		{app + "/var/repository/blob/aa/two", "", 0o644},
	}
	for _, f := range files {
		must(t, fsys.MkdirAll(path.Dir(f.path), 0o750))
		must(t, afero.WriteFile(fsys, f.path, []byte(f.data), f.mode))
		must(t, fsys.Chmod(f.path, f.mode))
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	must(t, err)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// populate plans the move of the only server to target.
func populate(t testing.TB, fsys afero.Fs, install string, target plan.Target) (*plan.Plan, cluster.World) {
	t.Helper()
	ctx := context.Background()
	topology, w := cluster.Single(fsys, install)
	c, err := cluster.Load(ctx, topology, w)
	must(t, err)
	p, err := plan.Populate(ctx, c, "server", target)
	must(t, err)
	return p, w
}

func accepted(t testing.TB, p *plan.Plan) *plan.Plan {
	t.Helper()
	for _, r := range p.Refusals {
		t.Errorf("refused: %s", r)
	}
	if t.Failed() {
		t.FailNow()
	}
	return p
}

// walk lists a world without the journal.
func walk(t testing.TB, fsys afero.Fs, root string) []clustertest.Entry {
	t.Helper()
	list, err := clustertest.Walk(fsys, root, reserved.Folder)
	must(t, err)
	return list
}

func schemes() []appdata.Scheme {
	return []appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked}
}

func pathsOf(list []clustertest.Entry) map[string]clustertest.Entry {
	m := map[string]clustertest.Entry{}
	for _, e := range list {
		m[e.Path] = e
	}
	return m
}

// local is a world with one storage, by the name that cluster.Single gives it.
func local(fsys afero.Fs) cluster.World {
	return cluster.World{FS: map[string]afero.Fs{"local": fsys}}
}

// applyTwice applies a plan, and once more what is applied already.
func applyTwice(t testing.TB, p *plan.Plan, w cluster.World) {
	t.Helper()
	for i := range 2 {
		if _, err := p.Apply(context.Background(), w, plan.ApplyOptions{}); err != nil {
			t.Errorf("Apply %d: %v", i+1, err)
		}
	}
}
