package cluster_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// TestInstalledVersion: the text is taken as Java reads it.
func TestInstalledVersion(t *testing.T) {
	for _, c := range []struct {
		content, version string
		line             int
		gap              cluster.GapKind
	}{
		{"#\n#Mon Jan 01 00:00:00 UTC 2018\ninstalled.version=7.0.0.0.984935\n", "7.0.0.0.984935", 3, ""},
		{"#x\r\ninstalled.version=6.2.1.1.788401\r\n", "6.2.1.1.788401", 2, ""},
		{"installed.version=1\ninstalled.version=dev\n", "dev", 2, ""}, // the last one wins
		{"installed.version=7.0 \n", "7.0 ", 1, ""},
		{"installed.version=garbage", "garbage", 1, ""},
		{"", "", 0, cluster.GapMalformed},
		{"7.0.0.0.984935\n", "", 0, cluster.GapNoVersion},
		{"Installed.Version=7.0\n", "", 0, cluster.GapNoVersion},
		{"#\ninstalled.version=\n", "", 0, cluster.GapNoVersion},
		{"installed.version= \n", "", 0, cluster.GapNoVersion},
		{"installed.version=7.0\\uX\n", "", 0, cluster.GapNoVersion},
	} {
		s := clustertest.NewCluster(1, clustertest.Spec{})
		path := clustertest.Install + "/conf/installed.version"
		s.Write("node1", path, c.content)
		got, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		m := got.Members[0]
		if m.Version != c.version || m.VersionPos.Line != c.line {
			t.Errorf("%q: %q at %+v", c.content, m.Version, m.VersionPos)
		}
		if g, _ := m.Gap(path); g.Kind != c.gap {
			t.Errorf("%q: gap %+v", c.content, g)
		}
	}
}
