package plan_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// The database password of two members changes. The plan refers to it and does
// not hold it.
func ExampleEdits() {
	ctx := context.Background()
	site := clustertest.NewCluster(2, clustertest.Spec{})
	site.World.Secret = func(context.Context, string) (string, error) { return "from the vault", nil }
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Edits(ctx, c,
		cluster.Edit{Node: "node1", Op: "set", Key: "hibernate.connection.password", Secret: "ucd/db"},
		cluster.Edit{Node: "node2", Op: "set", Key: "hibernate.connection.password", Secret: "ucd/db"},
	)
	if err != nil || p.Refused() {
		fmt.Println(err, p.Refusals)
		return
	}
	for _, s := range p.Steps {
		fmt.Println(s.ID, s.Title)
	}
	done, err := p.Apply(ctx, site.World, plan.ApplyOptions{})
	fmt.Println("done:", done.Done, err)
	undone, err := p.Revert(ctx, site.World, plan.RevertOptions{})
	fmt.Println("taken back:", undone.Done, err)
	// Output:
	// s01 Edit /opt/ibm-ucd/server/conf/server/secured-installed.properties on node1: set hibernate.connection.password
	// s02 Edit /opt/ibm-ucd/server/conf/server/secured-installed.properties on node2: set hibernate.connection.password
	// s03 Restart node1, unless it is stopped, and wait until it serves users again
	// s04 Restart node2, unless it is stopped, and wait until it serves users again
	// done: [s01 s02] <nil>
	// taken back: [s02 s01] <nil>
}

// A member was added by hand and lacks a property: the finding carries its fix.
func ExampleFix() {
	ctx := context.Background()
	site := clustertest.NewCluster(2, clustertest.Spec{})
	site.Unset("node2", cluster.KeyMultiserver)
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := check.Run(ctx, c, check.Options{Only: []string{"PRP005"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Fix(ctx, c, report.Findings)
	if err != nil {
		fmt.Println(err)
		return
	}
	var text strings.Builder
	if err := p.WriteText(&text); err != nil {
		fmt.Println(err)
	}
	fmt.Print(strings.TrimPrefix(text.String(), "Plan "+p.ID+": "))
	// Output:
	// change settings of node2
	//   members  node2
	//
	// Switch: change the settings
	//   s01  Edit /opt/ibm-ucd/server/conf/server/installed.properties on node2: set com.urbancode.ds.UDeployServer.multiserver
	//        why    PRP005: com.urbancode.ds.UDeployServer.multiserver is not set [vendor page ha_convert_server (7.0.2); vendor page ha_add_server (7.0.2)]
	//        + com.urbancode.ds.UDeployServer.multiserver=true
	//        undo   put the file back that was kept beside it, as Revert does
	//   s02  [person] Restart node2, unless it is stopped, and wait until it serves users again (inferred)
	//        why    a server reads its configuration when it starts [vendor pages on rotating an encryption key (7.2.3 to 8.0.0)]
	//
	// (inferred): the step rests on a conclusion from documents or code, not on their words; judge it before you follow it.
	//
	// For a person: s02
	//
	// 2 steps, 1 of them for a person. Nothing is deleted.
}

// What would the report be if a member had another address?
func ExamplePlan_Preview() {
	ctx := context.Background()
	site := clustertest.NewCluster(2, clustertest.Spec{})
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Edits(ctx, c, cluster.Edit{Node: "node2", Op: "set", Key: "agentcomm.uri", Value: "wss://node1.example.com:7919"})
	if err != nil {
		fmt.Println(err)
		return
	}
	preview, err := p.Preview(ctx, site.World, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range preview.Delta.New {
		fmt.Println("new:", f.Severity, f.Rule, f.Node, f.Message)
	}
	fmt.Println("fixed:", len(preview.Delta.Fixed))
	// Output:
	// new: error NET002 node2 agentcomm.uri is "node1.example.com:7919", as on node1
	// fixed: 0
}

// A server that stood alone becomes the third member. What its own database holds
// is said first.
func ExampleJoin() {
	ctx := context.Background()
	site := clustertest.NewCluster(2, clustertest.Spec{Alias: clustertest.ServerAlias})
	name := site.Add(clustertest.Spec{Database: clustertest.Database{Type: "derby", URL: "jdbc:derby://localhost:11377/data"}, Alias: clustertest.ServerAlias})
	site.Topology.Nodes[2].Host = "node3.example.com"
	site.Declare()
	site.Write(name, clustertest.Install+"/appdata/conf/encryption.keystore", "keys of its own")
	site.World.Secret = func(_ context.Context, ref string) (string, error) { return "from the vault: " + ref, nil }
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Join(ctx, c, name, plan.JoinOptions{})
	if err != nil || p.Refused() {
		fmt.Println(err, p.Refusals)
		return
	}
	fmt.Println(p.Warnings[0].Rule, p.Steps[0].Title)
	done, err := p.Apply(ctx, site.World, plan.ApplyOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range p.Steps {
		if s.Action.Changes() {
			fmt.Println(s.ID, s.Action, s.ServerFrom)
		}
	}
	report, err := site.Check(check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(done.Manual), "steps for people,", report.Count(check.Error), "errors")
	// Output:
	// JOI003 Export from node3 what must survive, and import it into a member of the cluster
	// s09 set /opt/ibm-ucd/server/conf/server/secured-installed.properties
	// s10 set /opt/ibm-ucd/server/bin/classpath.conf
	// s11 set /opt/ibm-ucd/server/conf/server/installed.properties
	// s12 retire /opt/ibm-ucd/server/appdata
	// 16 steps for people, 0 errors
}

// A change is taken back byte for byte, unless somebody has changed the file since.
func ExamplePlan_Revert() {
	ctx := context.Background()
	site := clustertest.NewCluster(2, clustertest.Spec{})
	before := site.Read("node2", site.Installed("node2"))
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Edits(ctx, c, cluster.Edit{Node: "node2", Op: "set", Key: "cloud.logLevel", Value: "DEBUG"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := p.Apply(ctx, site.World, plan.ApplyOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	changed := site.Read("node2", site.Installed("node2"))
	site.Write("node2", site.Installed("node2"), changed+"# a note\n")
	_, err = p.Revert(ctx, site.World, plan.RevertOptions{})
	fmt.Println(err)
	site.Write("node2", site.Installed("node2"), changed)
	_, err = p.Revert(ctx, site.World, plan.RevertOptions{})
	fmt.Println(err, site.Read("node2", site.Installed("node2")) == before)
	// Output:
	// /opt/ibm-ucd/server/conf/server/installed.properties was changed after this plan had edited it, as the server does when it starts; undo that change and revert again, or take the plan's change back by hand
	// <nil> true
}
