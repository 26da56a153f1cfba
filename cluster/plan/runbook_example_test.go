package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// demoPlan plans the move of the demo server's application data.
func demoPlan() (*plan.Plan, cluster.World, error) {
	ctx, fsys := context.Background(), afero.NewMemMapFs()
	if err := clustertest.Demo(fsys, "/opt/ibm-ucd/server"); err != nil {
		return nil, cluster.World{}, err
	}
	topology, world := cluster.Single(fsys, "/opt/ibm-ucd/server")
	c, err := cluster.Load(ctx, topology, world)
	if err != nil {
		return nil, world, err
	}
	p, err := plan.Populate(ctx, c, "server", plan.Target{AppData: "/media/share/appdata"})
	return p, world, err
}

func ExamplePlan_WriteText() {
	p, _, err := demoPlan()
	if err != nil {
		fmt.Println(err)
		return
	}
	var out bytes.Buffer
	if err := p.WriteText(&out); err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "server.appdata.dir=") {
			fmt.Print(strings.TrimSpace(line), "\n")
		}
	}
	// Output:
	// - server.appdata.dir=..
	// + server.appdata.dir=/media/share/appdata
}

func ExamplePlan_WriteRunbook() {
	p, world, err := demoPlan()
	if err != nil {
		fmt.Println(err)
		return
	}
	survey, err := p.Survey(context.Background(), world)
	if err != nil {
		fmt.Println(err)
		return
	}
	var out bytes.Buffer
	if err := p.WriteRunbook(&out, plan.RunbookOptions{Survey: survey, User: "ucd"}); err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "## ") {
			fmt.Print(line)
		}
	}
	// Output:
	// ## 1. Before the outage
	// ## 2. Stop the server
	// ## 3. Copy and prove
	// ## 4. Switch
	// ## 5. First start
	// ## 6. Retire
	// ## 7. Back out
	// ## Sources
}
