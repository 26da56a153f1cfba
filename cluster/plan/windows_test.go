package plan_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// A Windows server whose files are read on Linux: drive C: and a share are
// folders of two storages, and every path in the server's files is spelled
// the Windows way.
func TestWindowsServerFromLinux(t *testing.T) {
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
		t.Run(scheme.String(), func(t *testing.T) {
			drive, share := strictfs.New(strictfs.Options{RenameAsOS: true}), strictfs.New(strictfs.Options{})
			must(t, share.MkdirAll("/export", 0o755))
			const install = `C:\Program Files\ibm-ucd\server`
			root := "/mnt/c/Program Files/ibm-ucd/server"
			s := spec(scheme, true)
			s.Windows, s.Spelling = true, install
			must(t, clustertest.Build(drive, root, s))
			topology := cluster.Topology{Nodes: []cluster.Node{{
				Name: "win1", Install: install,
				Mounts: []cluster.Mount{
					{Path: `c:/`, Storage: "drive", Root: "/mnt/c"},
					{Path: `\\nas\ucd`, Storage: "share", Root: "/export"},
				},
			}}}
			w := cluster.World{FS: map[string]afero.Fs{"drive": drive, "share": share}}
			c, err := cluster.Load(context.Background(), topology, w)
			must(t, err)
			p, err := plan.Populate(context.Background(), c, "win1", plan.Target{AppData: `\\nas\ucd\appdata`})
			must(t, err)
			accepted(t, p)
			before := walk(t, drive, "/")
			sim, err := p.Simulate(context.Background(), w)
			must(t, err)
			_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
			must(t, err)
			for name, fsys := range map[string]afero.Fs{"drive": drive, "share": share} {
				if d := cmp.Diff(walk(t, sim.FS[name], "/"), walk(t, fsys, "/")); d != "" {
					t.Errorf("%s (-simulated +real):\n%s", name, d)
				}
			}
			if len(walk(t, drive, "/")) != len(before) {
				t.Error("files came or went on the drive")
			}
			data, err := afero.ReadFile(drive, root+"/conf/server/installed.properties")
			must(t, err)
			for _, want := range []string{
				"server.appdata.dir=\\\\\\\\nas\\\\ucd\\\\appdata\r\n",
				"encryption.keystore=\\\\\\\\nas\\\\ucd\\\\appdata\\\\conf\\\\encryption.keystore\r\n",
			} {
				if !strings.Contains(string(data), want) {
					t.Errorf("installed.properties lacks %q:\n%s", want, data)
				}
			}
			cp, err := afero.ReadFile(drive, root+"/bin/classpath.conf")
			must(t, err)
			if strings.Contains(string(cp), `server\patches`) || !strings.Contains(string(cp), `\\nas\ucd\appdata\patches`) {
				t.Errorf("classpath.conf:\n%s", cp)
			}
			c, err = cluster.Load(context.Background(), topology, w)
			must(t, err)
			if m := c.Members[0]; m.Scheme != appdata.Folder || m.SharedVersion != m.Version {
				t.Errorf("afterwards: %s, shared %q, local %q", m.Scheme, m.SharedVersion, m.Version)
			}
		})
	}
}
