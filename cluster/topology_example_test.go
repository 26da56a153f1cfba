package cluster_test

import (
	"errors"
	"fmt"

	"github.com/deploycluster/deploycluster/cluster"
)

func ExampleReadTopology() {
	t, err := cluster.ReadTopology("cluster.json", []byte(`{
  "nodes": [
    {"name": "ucd1", "install": "/opt/ibm-ucd/server", "mounts": [{"path": "/", "storage": "ucd1"}]}
  ]
}`))
	fmt.Println(t.Nodes[0].Role, t.Nodes[0].Mounts[0].Root, err)

	_, err = cluster.ReadTopology("cluster.json", []byte(`{
  "nodes": [
    {"name": "ucd1", "install": "/opt/ibm-ucd/server", "mount": []}
  ]
}`))
	fmt.Println(err)
	var te *cluster.TopologyError
	if errors.As(err, &te) {
		fmt.Println(te.Field, te.Pos.Line, te.Near)
	}
	// Output:
	// member / <nil>
	// cluster: topology: cluster.json:3:56: nodes[0].mount: unknown field "mount"; did you mean "mounts"? (offset 70)
	// nodes[0].mount 3 mounts
}
