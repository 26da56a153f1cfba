package check_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// loadCost is how many calls one member's Load makes.
func loadCost(t *testing.T, files int) (int, []strictfs.Count) {
	t.Helper()
	s := newSite(t)
	spec := sound("7.2.1.0.1130000")
	spec.RepositoryFiles, spec.RepositoryBytes = files, 1
	spec.Logs, spec.Plugins = files/10, files/100
	s.member(spec)
	counting := strictfs.NewCounting(s.fs)
	s.world.FS["disk"] = counting
	c := s.load()
	if len(c.Members[0].Gaps) > 0 {
		t.Errorf("gaps: %+v", c.Members[0].Gaps)
	}
	return counting.Total(), counting.Counts()
}

func TestLoadCostIsThatOfTheLayout(t *testing.T) {
	small, list := loadCost(t, 10)
	n := 10_000
	if !long.Tests() {
		n = 1000
	}
	large, after := loadCost(t, n)
	t.Logf("%d calls: %v", small, list)
	if small != large {
		t.Errorf("%d calls for 10 files, %d for %d:\n%v\n%v", small, large, n, list, after)
	}
	if small > 400 {
		t.Errorf("%d calls for one member; each is a round trip on network storage", small)
	}
}

// TestCheckReadsNothing: a verdict rests on what Load read.
func TestCheckReadsNothing(t *testing.T) {
	s := pair(t)
	counting := strictfs.NewCounting(s.fs)
	s.world.FS["disk"] = counting
	c := s.load()
	counting.Reset()
	check.Run(context.Background(), c, check.Options{})
	if n := counting.Total(); n > 0 {
		t.Errorf("Check made %d calls: %v", n, counting.Counts())
	}
}

// many is a cluster of n members in memory. Their installations are one
// server's files below different folders, so that building it takes no time.
func many(tb testing.TB, n int) (cluster.Topology, cluster.World) {
	tb.Helper()
	disk := afero.NewMemMapFs()
	if err := clustertest.Build(disk, "/src"+install, clustertest.Spec{
		Spelling: install, AppData: shared, AppDataAt: "/share/appdata", Multiserver: true, RepositoryFiles: 10,
	}); err != nil {
		tb.Fatal(err)
	}
	t := cluster.Topology{Schema: 1, Name: "many"}
	for i := range n {
		t.Nodes = append(t.Nodes, cluster.Node{
			Name: fmt.Sprintf("node%04d", i), Install: install,
			Mounts: []cluster.Mount{{Path: "/", Storage: "disk", Root: "/src"}, {Path: "/media/share", Storage: "disk", Root: "/share"}},
		})
	}
	return t, cluster.World{FS: map[string]afero.Fs{"disk": disk}, Now: clock()}
}

// manyOwn is many, but each member has its own conf/server, machine, address and identity:
// nothing is wrong with them, and most of what they say differs.
func manyOwn(tb testing.TB, n int) (cluster.Topology, cluster.World) {
	tb.Helper()
	t, w := many(tb, n)
	disk, from := w.FS["disk"], "/src"+install+"/conf/server"
	names, err := afero.ReadDir(disk, from)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range t.Nodes {
		node := &t.Nodes[i]
		node.Host = node.Name + ".example.com"
		own := "/own/" + node.Name
		node.Mounts = append(node.Mounts, cluster.Mount{Path: install + "/conf/server", Storage: "disk", Root: own})
		for _, fi := range names {
			data, err := afero.ReadFile(disk, from+"/"+fi.Name())
			if err != nil {
				tb.Fatal(err)
			}
			text := strings.NewReplacer("ucd1.example.com", node.Host,
				"server.unique.id=", fmt.Sprintf("server.unique.id=%04d", i), "server.brokerId=", fmt.Sprintf("server.brokerId=%04d", i)).Replace(string(data))
			if fi.Name() == "s2s-client-identity.keystore" {
				text += node.Name // what follows the store is not read
			}
			if err := afero.WriteFile(disk, own+"/"+fi.Name(), []byte(text), 0o600); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return t, w
}

// TestCostOfAMember: ten times the members cost Load and Run ten times as much, each
// at most a millisecond of processor time a member. Allocations tell a comparison
// of every member with every other that so many members do not yet make slow.
func TestCostOfAMember(t *testing.T) {
	for name, build := range map[string]func(testing.TB, int) (cluster.Topology, cluster.World){"copies": many, "own": manyOwn} {
		var few [2]float64
		for _, n := range []int{20, 200} {
			topo, w := build(t, n)
			var c *cluster.Cluster
			for i, do := range []func() error{
				func() (err error) { c, err = cluster.Load(t.Context(), topo, w); return err },
				func() error { _, err := check.Run(t.Context(), c, check.Options{}); return err },
			} {
				part, best := []string{"Load", "Run"}[i], time.Duration(0)
				for range 3 { // the best counts: other work on the machine makes it slower
					begin := cpuTime()
					if err := do(); err != nil {
						t.Fatal(err)
					}
					if took := (cpuTime() - begin) / time.Duration(n); best == 0 || took < best {
						best = took
					}
				}
				allocs := testing.AllocsPerRun(1, func() { do() }) / float64(n)
				t.Logf("%s, %d %s: %v and %.0f allocations a member", part, n, name, best, allocs)
				if best > time.Millisecond {
					t.Errorf("%s takes %v a member of %d", part, best, n)
				}
				if most := []float64{2000, 1000}[i]; allocs > most || few[i] > 0 && allocs > 1.1*few[i] {
					t.Errorf("%s: %.0f allocations a member of %d %s, %.0f of fewer; at most %.0f", part, allocs, n, name, few[i], most)
				}
				few[i] = allocs
			}
		}
	}
}

// BenchmarkLoadCheck times the two apart: each has a budget of a millisecond of
// processor time a member.
func BenchmarkLoadCheck(b *testing.B) {
	for name, build := range map[string]func(testing.TB, int) (cluster.Topology, cluster.World){"copies": many, "own": manyOwn} {
		for _, n := range []int{10, 1000} {
			t, w := build(b, n)
			load := func() *cluster.Cluster {
				c, err := cluster.Load(b.Context(), t, w)
				if err != nil {
					b.Fatal(err)
				}
				return c
			}
			c := load()
			for part, do := range map[string]func(){"Load": func() { load() }, "Run": func() { check.Run(b.Context(), c, check.Options{}) }} {
				b.Run(fmt.Sprintf("%s/%s/%dmembers", part, name, n), func(b *testing.B) {
					b.ReportAllocs()
					begin := cpuTime()
					for b.Loop() {
						do()
					}
					b.ReportMetric(float64((cpuTime()-begin).Microseconds())/float64(b.N*n), "cpu-µs/member")
				})
			}
		}
	}
}
