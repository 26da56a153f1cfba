package check_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
)

// allFacts declares every fact there is.
func allFacts() cluster.Facts {
	return cluster.Facts{
		LoadBalancer: &cluster.LoadBalancer{
			Host: "ucd.example.com", URLs: []string{"https://ucd.example.com"}, Affinity: declare(true),
			Ports: []int{8080, 8443}, Listens: []int{443}, TLSEnds: cluster.TLSAtServers, JMS: declare(false), WebSocket: declare(true),
			Open: map[string]string{"urls": "x"},
		},
		Settings: &cluster.Settings{ExternalAgentURL: "https://ucd.example.com", ExternalUserURL: "https://ucd.example.com/"},
		Network: cluster.Network{
			MembersReachable: declare(true), Unreachable: []cluster.Link{{From: "node1", To: "node2"}},
			ClusterConnections: []string{"node1", "node2"},
			Clocks:             []cluster.Clock{{Node: "node1", Ahead: cluster.Duration(-90 * time.Second)}, {Node: "node2"}},
		},
		Replication:    cluster.Replication{Database: cluster.ReplicationNone, Storage: cluster.ReplicationSynchronous},
		Backups:        cluster.Backups{Online: declare(true), Offline: declare(false)},
		Database:       &cluster.DatabaseSettings{UTF8: declare(true), CaseSensitive: declare(true), ReadCommittedSnapshot: declare(true)},
		ServerLicenses: licenses(2),
		LicenseHA:      declare(true), LicenseServers: []cluster.LicenseServer{"27000@license1"},
	}
}

func licenses(n int) *int { return &n }

// TestFactsKeepTheirNames guards the names: a document that was read once is
// read without end.
func TestFactsKeepTheirNames(t *testing.T) {
	const want = `{"loadBalancer":{"host":"ucd.example.com","urls":["https://ucd.example.com"],"affinity":true,"ports":[8080,8443],"listens":[443],"tlsEnds":"servers","jms":false,"webSocket":true,"open":{"urls":"x"}},` +
		`"settings":{"externalAgentURL":"https://ucd.example.com","externalUserURL":"https://ucd.example.com/"},` +
		`"network":{"membersReachable":true,"unreachable":[{"from":"node1","to":"node2"}],"clusterConnections":["node1","node2"],"clocks":[{"node":"node1","ahead":"-1m30s"},{"node":"node2","ahead":"0s"}]},` +
		`"replication":{"database":"none","storage":"synchronous"},"backups":{"online":true,"offline":false},"database":{"utf8":true,"caseSensitive":true,"readCommittedSnapshot":true},"serverLicenses":2,"licenseHA":true,"licenseServers":["27000@license1"]}`
	got, err := json.Marshal(allFacts())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	var back cluster.Facts
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(allFacts(), back); d != "" {
		t.Error(d)
	}
	if got, err := json.Marshal(cluster.Facts{}); err != nil || string(got) != "{}" {
		t.Errorf("nothing declared is %s, %v", got, err)
	}
}

func TestDurationIsText(t *testing.T) {
	for _, d := range []cluster.Duration{0, 1, -1, math.MaxInt64, math.MinInt64, cluster.Duration(5 * time.Minute)} {
		text, err := d.MarshalText()
		var back cluster.Duration
		if err != nil || back.UnmarshalText(text) != nil || back != d {
			t.Errorf("%s is written as %q and read as %d", d, text, back)
		}
	}
	for _, text := range []string{"", "5", "5 minutes", `"5m"`} {
		var d cluster.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}

func TestReplicationModeIsText(t *testing.T) {
	for _, m := range []cluster.ReplicationMode{cluster.ReplicationNone, cluster.ReplicationSynchronous, cluster.ReplicationAsynchronous} {
		text, err := m.MarshalText()
		var back cluster.ReplicationMode
		if err != nil || back.UnmarshalText(text) != nil || back != m || string(text) != m.String() {
			t.Errorf("%s is written as %q and read as %s", m, text, back)
		}
	}
	if _, err := cluster.ReplicationMode("").MarshalText(); err == nil {
		t.Error("the unset mode is written")
	}
}

// declareSound declares every fact as a sound cluster of this site has it.
func (s *site) declareSound() {
	f := allFacts()
	f.LoadBalancer.WebSocket, f.Backups.Offline = declare(false), declare(true)
	f.Network.Unreachable, f.Network.Clocks = nil, nil
	for _, n := range s.topo.Nodes {
		f.Network.Clocks = append(f.Network.Clocks, cluster.Clock{Node: n.Name})
	}
	s.topo.Facts = f
}
