package plan_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// Whether the application data is on the device of the installation is known
// before it is there: the simulated verdict is the real one.
func TestSimulatedDeviceIsTheRealOne(t *testing.T) {
	ctx := context.Background()
	verdict := func(w cluster.World, install string) (out []string) {
		t.Helper()
		topology, _ := cluster.Single(w.FS["local"], install)
		c, err := cluster.Load(ctx, topology, w)
		must(t, err)
		r, err := check.Run(ctx, c, check.Options{Only: []string{"STO001"}})
		must(t, err)
		for _, f := range r.Findings {
			out = append(out, f.Rule+" "+f.Path+" "+f.Message)
		}
		for _, u := range r.Unknown {
			out = append(out, "unknown "+u.Rule+" "+u.Path)
		}
		return append(out, r.Passed...)
	}
	fsys := afero.NewOsFs()
	for _, share := range []string{"same device", "another device"} {
		for _, exists := range []bool{false, true} {
			for _, scheme := range schemes() {
				_, install, target := onSystem(t, scheme)
				want := 1 // of the Folder scheme, and of what becomes it
				if share == "another device" {
					shm, err := os.MkdirTemp("/dev/shm", "share")
					if err != nil {
						t.Skip("needs a second device:", err)
					}
					t.Cleanup(func() { os.RemoveAll(shm) })
					a, err := os.Stat(shm)
					must(t, err)
					b, err := os.Stat(install)
					must(t, err)
					x, _ := fileowner.Device(a)
					if y, _ := fileowner.Device(b); x.Dev == y.Dev {
						t.Skip("needs a second device")
					}
					target, want = shm+"/deep/appdata", 0
				}
				if exists {
					must(t, os.MkdirAll(target, 0o755))
				}
				p, w := populate(t, fsys, install, plan.Target{AppData: target})
				sim, err := accepted(t, p).Simulate(ctx, w)
				must(t, err)
				simulated := verdict(sim, install)
				_, err = p.Apply(ctx, w, plan.ApplyOptions{})
				must(t, err)
				if d := cmp.Diff(verdict(w, install), simulated); d != "" {
					t.Errorf("%s, target there %t, %s (-real +simulated):\n%s", share, exists, scheme, d)
				}
				found := 0
				for _, line := range simulated {
					if len(line) > 6 && line[:7] == "STO001 " {
						found++
					}
				}
				if scheme != appdata.Linked && found != want {
					t.Errorf("%s, target there %t, %s: %q", share, exists, scheme, simulated)
				}
			}
		}
	}
}
