package plan_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
)

// realFolders copies a site to real folders.
func realFolders(t *testing.T, s *clustertest.Site) (root string, topology cluster.Topology, w cluster.World) {
	t.Helper()
	must(t, s.Err())
	root = t.TempDir()
	must(t, afero.Walk(s.FS, "/", func(path string, info os.FileInfo, err error) error {
		to := filepath.Join(root, filepath.FromSlash(path))
		switch {
		case err != nil:
			return err
		case path == "/":
			return nil
		case info.IsDir():
			return os.Mkdir(to, 0o755)
		}
		data, err := afero.ReadFile(s.FS, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, info.Mode().Perm())
	}))
	topology = s.Topology
	topology.Nodes = slices.Clone(topology.Nodes)
	for i := range topology.Nodes {
		n := &topology.Nodes[i]
		n.Mounts = slices.Clone(n.Mounts)
		for k := range n.Mounts {
			n.Mounts[k].Root = filepath.Join(root, n.Mounts[k].Root)
		}
	}
	w = s.World
	w.FS = map[string]afero.Fs{"disk": afero.NewOsFs()}
	return root, topology, w
}

// onRealFolders applies a plan to the system's own folders: the result is what
// Simulate showed and Preview reported, and Revert brings back what was.
func onRealFolders(t *testing.T, s *clustertest.Site, make func(c *cluster.Cluster) (*plan.Plan, error)) {
	t.Helper()
	ctx := context.Background()
	root, topology, w := realFolders(t, s)
	c, err := cluster.Load(ctx, topology, w)
	must(t, err)
	p, err := make(c)
	must(t, err)
	accepted(t, p)
	before := walk(t, w.FS["disk"], root)
	pre, err := p.Preview(ctx, w, check.Options{})
	must(t, err)
	sim, err := p.Simulate(ctx, w)
	must(t, err)
	want := walk(t, sim.FS["disk"], root)
	_, err = p.Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	if d := cmp.Diff(want, walk(t, w.FS["disk"], root)); d != "" {
		t.Errorf("-simulated +real:\n%s", d)
	}
	c, err = cluster.Load(ctx, topology, w)
	must(t, err)
	after, err := check.Run(ctx, c, check.Options{})
	must(t, err)
	if d := cmp.Diff(pre.After, after); d != "" {
		t.Errorf("-previewed +real:\n%s", d)
	}
	_, err = p.Revert(ctx, w, plan.RevertOptions{})
	must(t, err)
	if d := cmp.Diff(before, walk(t, w.FS["disk"], root)); d != "" {
		t.Errorf("reverted (-before +now):\n%s", d)
	}
}

func TestFixOnRealFolders(t *testing.T) {
	t.Parallel()
	for rule, seed := range defects() {
		if !long.Tests() && !slices.Contains([]string{"PRP008", "APP009", "KEY012"}, rule) {
			continue
		}
		t.Run(rule, func(t *testing.T) {
			s := site(t, 3, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server", RepositoryFiles: -1, Plugins: -1, Logs: -1})
			seed(s)
			onRealFolders(t, s, func(c *cluster.Cluster) (*plan.Plan, error) {
				r, err := check.Run(context.Background(), c, check.Options{Only: []string{rule}})
				if err != nil {
					return nil, err
				}
				return plan.Fix(context.Background(), c, r.Findings)
			})
		})
	}
}

func TestJoinOnRealFolders(t *testing.T) {
	for name, specs := range newcomers() {
		if !long.Tests() && name != "no folder" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := lonely(t, specs[0], specs[1])
			onRealFolders(t, s, func(c *cluster.Cluster) (*plan.Plan, error) {
				return plan.Join(context.Background(), c, "node3", plan.JoinOptions{})
			})
		})
	}
}
