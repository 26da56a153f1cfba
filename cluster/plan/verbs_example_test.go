package plan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// lone is a server whose application data is in its installation folder, and the
// plan that moves it to the share.
func lone() (*clustertest.Site, *plan.Plan, error) {
	site := clustertest.NewSite()
	name := site.Add(clustertest.Spec{Scheme: appdata.InInstall, Alias: clustertest.ServerAlias})
	c, err := site.Load()
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Populate(context.Background(), c, name, plan.Target{AppData: "/media/share/appdata"})
	if err == nil && p.Refused() {
		err = &plan.RefusedError{Plan: p.ID, Refusals: p.Refusals}
	}
	return site, p, err
}

// A refused plan is data: it says why, and what to do.
func ExamplePopulate() {
	site := clustertest.NewSite()
	name := site.Add(clustertest.Spec{Scheme: appdata.InInstall, Alias: clustertest.ServerAlias})
	site.Write(name, clustertest.Install+"/var/server.pid", "4711\n")
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Populate(context.Background(), c, name, plan.Target{AppData: "/media/share/appdata"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range p.Refusals {
		fmt.Println(r.Rule, r.Path)
	}
	_, err = p.Apply(context.Background(), site.World, plan.ApplyOptions{})
	var refused *plan.RefusedError
	fmt.Println("Apply refuses too:", errors.As(err, &refused))
	// Output:
	// OPS001 /opt/ibm-ucd/server/var/server.pid
	// Apply refuses too: true
}

// One member got a new certificate; the other one is to serve it too.
func ExampleAlignCertificate() {
	site := clustertest.NewCluster(2, clustertest.Spec{Version: clustertest.DemoVersion, Alias: clustertest.ServerAlias})
	renewed, err := os.ReadFile("testdata/web.jks")
	if err != nil {
		fmt.Println(err)
		return
	}
	site.Write("node1", clustertest.Install+"/opt/tomcat/conf/tomcat.keystore", string(renewed))
	site.Set("node1", "tomcat.key.alias", "tomcat")
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.AlignCertificate(context.Background(), c, "node1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("refused:", p.Refusals)
	for _, s := range p.Steps {
		if s.Action.Changes() {
			fmt.Println(s.ID, s.Title)
		}
	}
	// Output:
	// refused: []
	// s02 Copy the keystore of node1 to /opt/ibm-ucd/server/opt/tomcat/conf/tomcat.keystore on node2, with mode 0600, and keep the old one beside it
	// s03 Edit /opt/ibm-ucd/server/conf/server/installed.properties on node2: set tomcat.key.alias
}

// How much will be copied, and what only a walk through the files shows.
func ExamplePlan_Survey() {
	site, p, err := lone()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := p.Survey(context.Background(), site.World)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Files, "files,", s.Bytes, "bytes,", len(s.Refusals), "refusals")
	// Output:
	// 29 files, 17937 bytes, 0 refusals
}

// The world of the future can be loaded and judged, and was never written.
func ExamplePlan_Simulate() {
	ctx := context.Background()
	site, p, err := lone()
	if err != nil {
		fmt.Println(err)
		return
	}
	future, err := p.Simulate(ctx, site.World)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, world := range []cluster.World{site.World, future} {
		c, err := cluster.Load(ctx, site.Topology, world)
		if err != nil {
			fmt.Println(err)
			return
		}
		report, err := check.Run(ctx, c, check.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.Members[0].Value(cluster.KeyAppData), report.Count(check.Error), "errors")
	}
	// Output:
	// .. 2 errors
	// /media/share/appdata 0 errors
}

// A plan is stored, read again, looked at before it is applied, and proven after.
func ExamplePlan_Preflight() {
	ctx := context.Background()
	site, p, err := lone()
	if err != nil {
		fmt.Println(err)
		return
	}
	var stored bytes.Buffer
	if err := p.WriteJSON(&stored); err != nil {
		fmt.Println(err)
		return
	}
	if p, err = plan.Read(&stored); err != nil {
		fmt.Println(err)
		return
	}
	status, err := p.Preflight(ctx, site.World)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State, len(status.Refusals))
	if _, err := p.Apply(ctx, site.World, plan.ApplyOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	proven, err := p.Verify(ctx, site.World)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(proven.VerifiedFiles > 0, len(proven.Differences), "differences")
	if status, err = p.Preflight(ctx, site.World); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State)
	if _, err := p.Revert(ctx, site.World, plan.RevertOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	if status, err = p.Preflight(ctx, site.World); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State)
	// Output:
	// untouched 0
	// true 0 differences
	// switched
	// untouched
}
