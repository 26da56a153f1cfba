package haproxy_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

func TestMembers(t *testing.T) {
	disk := afero.NewMemMapFs()
	topology := cluster.Topology{Nodes: []cluster.Node{
		{Name: "node1", Host: "10.0.0.11"}, {Name: "node2"}, {Name: "node3", Role: cluster.RoleStandby}, {Name: "node4", Role: cluster.RoleFrontEnd}, {Name: "node5"},
	}}
	const install = "/opt/ucd/server"
	for i := range topology.Nodes {
		n := &topology.Nodes[i]
		spec := clustertest.Spec{Spelling: install, Seed: uint64(i + 1), Node: n.Name + ".example.com"}
		if n.Name == "node5" {
			spec.Extra = map[string]string{"agentcomm.uri": "wss://localhost:7919", "install.server.web.https.port": "", "server.jms.port": "many"}
		}
		if err := clustertest.Build(disk, "/"+n.Name+install, spec); err != nil {
			t.Fatal(err)
		}
		n.Install = install
		n.Mounts = []cluster.Mount{{Path: "/", Storage: "disk", Root: fmt.Sprintf("/node%d", i+1)}}
	}
	c, err := cluster.Load(context.Background(), topology, cluster.World{FS: map[string]afero.Fs{"disk": disk}})
	if err != nil {
		t.Fatal(err)
	}
	want := []haproxy.Member{
		{Name: "node1", Hosts: []string{"10.0.0.11", "node1.example.com"}, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919},
		{Name: "node2", Hosts: []string{"node2.example.com"}, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919},
		{Name: "node5", HTTP: 8080, WebSocket: 7919},
	}
	if d := cmp.Diff(want, haproxy.Members(c)); d != "" {
		t.Error(d)
	}
}
