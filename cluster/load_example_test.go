package cluster_test

import (
	"context"
	"fmt"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// One server of this machine, as facts: nothing is judged yet.
func ExampleLoad() {
	fsys := afero.NewMemMapFs() // afero.NewOsFs(), in a real program
	if err := clustertest.Build(fsys, "/opt/ucd/server", clustertest.Spec{Scheme: appdata.Folder}); err != nil {
		fmt.Println(err)
		return
	}
	if err := fsys.Remove("/opt/ucd/server/bin/classpath.conf"); err != nil {
		fmt.Println(err)
		return
	}
	topology, world := cluster.Single(fsys, "/opt/ucd/server")
	c, err := cluster.Load(context.Background(), topology, world)
	if err != nil {
		fmt.Println(err) // a topology that cannot be used, or a done context
		return
	}
	m := c.Members[0]
	fmt.Println(m.Version, m.Scheme, m.AppData)
	fmt.Println(m.Value("install.server.web.https.port"))
	for _, gap := range m.Gaps { // what could not be read is told, file by file
		fmt.Println(gap.Path, "is", gap.Kind)
	}
	// Output:
	// 7.0.5.1.1041488 folder /opt/ucd/server/appdata
	// 8443
	// /opt/ucd/server/bin/classpath.conf is missing
}
