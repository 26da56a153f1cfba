package bench

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// These hold the model against itself: more members, a larger repository, and
// files that grow, must not cost more than they have to.

const (
	modelInstall = "/opt/ucd/server"
	modelShared  = "/media/share/appdata"
	memberLeast  = 0.67 // a member of 1,000 may take half as long again as one of 10
	hostileLeast = 0.67 // four times the entries in under six times the time
	suiteLimit   = 2 * time.Minute
)

// members is a cluster whose n installations are one server's files, in memory.
func members(t *testing.T, n int) (cluster.Topology, cluster.World) {
	t.Helper()
	disk := afero.NewMemMapFs()
	err := clustertest.Build(disk, "/src"+modelInstall, clustertest.Spec{
		Spelling: modelInstall, AppData: modelShared, AppDataAt: "/share/appdata", Multiserver: true, RepositoryFiles: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	topology := cluster.Topology{Schema: 1, Name: "many"}
	for i := range n {
		topology.Nodes = append(topology.Nodes, cluster.Node{
			Name: fmt.Sprintf("node%04d", i), Install: modelInstall,
			Mounts: []cluster.Mount{{Path: "/", Storage: "disk", Root: "/src"}, {Path: "/media/share", Storage: "disk", Root: "/share"}},
		})
	}
	return topology, cluster.World{FS: map[string]afero.Fs{"disk": disk}, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

// judge loads and judges, and gives the median processor time of it.
func judge(t *testing.T, topology cluster.Topology, world cluster.World) time.Duration {
	t.Helper()
	var took []time.Duration
	for range 5 {
		start := cpuTime()
		c, err := cluster.Load(t.Context(), topology, world)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := check.Run(t.Context(), c, check.Options{}); err != nil {
			t.Fatal(err)
		}
		took = append(took, cpuTime()-start)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// TestManyMembers: a member of 1,000 costs what one of 10 does, and less than a
// millisecond of processor time. Run it alone:
//
//	go test -run TestManyMembers -v
func TestManyMembers(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	each := func(n int) time.Duration {
		topology, world := members(t, n)
		return judge(t, topology, world) / time.Duration(n)
	}
	few, many := each(10), each(1000)
	ratio := few.Seconds() / many.Seconds()
	compared(comparison{"load and judge one member of 1,000", "one of 10", many, few, ratio, memberLeast})
	t.Logf("a member of 10: %v, of 1,000: %v", few, many)
	if ratio < memberLeast || many > time.Millisecond {
		t.Errorf("a member of 1,000 takes %v, of 10 %v", many, few)
	}
}

// TestLargeRepository: planning and simulating make as many calls to the file
// system for a repository of 1,000,000 files as for one of 1,000.
func TestLargeRepository(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	small, few := planAndSimulate(t, 1_000)
	large, many := planAndSimulate(t, 1_000_000)
	compared(comparison{fmt.Sprintf("plan and simulate, 1,000,000 files, %d calls", many),
		fmt.Sprintf("1,000 files, %d calls", few), large, small, small.Seconds() / large.Seconds(), 0})
	if few != many {
		t.Errorf("%d calls for 1,000 files, %d for 1,000,000", few, many)
	}
}

func planAndSimulate(t *testing.T, files int) (time.Duration, int) {
	t.Helper()
	disk := afero.NewMemMapFs()
	err := clustertest.Build(disk, modelInstall, clustertest.Spec{Scheme: appdata.Folder, RepositoryFiles: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		name := fmt.Sprintf("%s/appdata/var/repository/blob/%03d/%03d", modelInstall, i/1000, i%1000)
		if err := afero.WriteFile(disk, name, nil, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	counting := strictfs.NewCounting(disk)
	start := time.Now()
	topology, world := cluster.Single(counting, modelInstall)
	world.Password = cluster.StoredPasswords
	c, err := cluster.Load(t.Context(), topology, world)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Populate(t.Context(), c, "server", plan.Target{AppData: modelShared})
	if err != nil {
		t.Fatal(err)
	}
	if p.Refused() {
		t.Fatal(p.Refusals)
	}
	future, err := p.Simulate(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Load(t.Context(), p.Topology, future); err != nil {
		t.Fatal(err)
	}
	return time.Since(start), counting.Total()
}

// TestHostileFiles: four times the entries of a file take less than six times
// as long to read and to judge.
func TestHostileFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	const n = 4000
	for _, c := range []struct {
		what, file, before string // the entries go before the first occurrence of this text
		entry              func(i int) string
	}{
		{"duplicate keys", "conf/server/installed.properties", "", func(i int) string { return fmt.Sprintf("k%d=%d\n", i/2, i) }},
		{"classpath lines", "bin/classpath.conf", "", func(int) string { return "dir /srv/old/appdata/conf\n" }},
		{"connectors", "opt/tomcat/conf/server.xml", "<Connector", func(i int) string {
			return fmt.Sprintf("<Connector port=\"%d\" SSLEnabled=\"true\" keyAlias=\"k%d\"/>\n", 1024+i, i)
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			with := func(n int) time.Duration {
				topology, world := members(t, 2)
				disk, name := world.FS["disk"], "/src"+modelInstall+"/"+c.file
				data, err := afero.ReadFile(disk, name)
				if err != nil {
					t.Fatal(err)
				}
				var more strings.Builder
				for i := range n {
					more.WriteString(c.entry(i))
				}
				at := strings.Index(string(data), c.before)
				text := string(data[:at]) + more.String() + string(data[at:])
				if err := afero.WriteFile(disk, name, []byte(text), 0o640); err != nil {
					t.Fatal(err)
				}
				return judge(t, topology, world)
			}
			small, large := with(n), with(4*n)
			ratio := 4 * small.Seconds() / large.Seconds()
			compared(comparison{fmt.Sprintf("judge %d %s", 4*n, c.what), fmt.Sprintf("four times %d", n), large, 4 * small, ratio, hostileLeast})
			if ratio < hostileLeast {
				t.Errorf("%d take %v, %d take %v", n, small, 4*n, large)
			}
		})
	}
}

// TestSuite: the library's own tests take less than two minutes on two processors,
// with everything compiled anew.
func TestSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./...")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOCACHE="+t.TempDir())
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ratio := suiteLimit.Seconds() / took.Seconds()
	compared(comparison{"`go test ./...` from an empty cache", "two minutes", took, suiteLimit, ratio, 1})
	if ratio < 1 {
		t.Errorf("the tests take %v, want %v", took, suiteLimit)
	}
}
