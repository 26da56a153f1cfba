package check_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// A nightly job keeps yesterday's report and asks only about what is new.
func ExampleCompare() {
	site := clustertest.NewCluster(2, clustertest.Spec{})
	site.Unset("node2", cluster.KeyMultiserver)
	yesterday, err := site.Check(check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var stored bytes.Buffer
	if err := yesterday.WriteJSON(&stored); err != nil {
		fmt.Println(err)
		return
	}

	site.Set("node2", cluster.KeyMultiserver, "true")
	site.Set("node2", "agentcomm.uri", "wss://node1.example.com:7919")
	baseline, err := check.Read(&stored)
	if err != nil {
		fmt.Println(err)
		return
	}
	today, err := site.Check(check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	delta := check.Compare(baseline, today)
	for _, f := range delta.New {
		fmt.Println("new:  ", f.Rule, f.Node, f.Message)
	}
	for _, f := range delta.Fixed {
		fmt.Println("fixed:", f.Rule, f.Node, f.Message)
	}
	// Output:
	// new:   NET002 node2 agentcomm.uri is "node1.example.com:7919", as on node1
	// fixed: PRP005 node2 com.urbancode.ds.UDeployServer.multiserver is not set
}

// A finding is accepted until a date, with a reason; the report keeps it apart.
func ExampleSuppression() {
	site := clustertest.NewCluster(2, clustertest.Spec{})
	site.Set("node2", "install.server.web.port", "9080")
	accepted := check.Options{Only: []string{"PRP011", "SUP*"}, Suppress: []check.Suppression{{
		Rule: "PRP011", Node: "node2", Reason: "the port changes with the next release",
		Until: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}}}
	for range 2 {
		report, err := site.Check(accepted)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, s := range report.Suppressed {
			fmt.Println("accepted:", s.Finding.Rule, "because", s.Reason)
		}
		for _, f := range report.Findings {
			fmt.Println(f.Severity, f.Rule, f.Message)
		}
		site.World.Now = site.World.Now.AddDate(0, 2, 0)
	}
	// Output:
	// accepted: PRP011 because the port changes with the next release
	// warning PRP011 install.server.web.port is "9080", while node1 has "8080"
	// info SUP001 the suppression of PRP011 at node2 ended on 2026-04-01; its reason was: the port changes with the next release
}

// A support bundle is a zip file with the folder of each server. A name in an
// io/fs is never absolute, so the folder is the base of the storage. What the
// bundle lacks and a rule needs is Unread, and the report is not complete; what
// no file shows is Unknown.
func Example_bundle() {
	bundle, err := pack("opt/tomcat/conf/server.xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := afero.NewBasePathFs(afero.FromIOFS{FS: bundle}, "ucd1")
	topology, world := cluster.Single(server, "/opt/ibm-ucd/server")
	c, err := cluster.Load(context.Background(), topology, world)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := check.Run(context.Background(), c, check.Options{Only: []string{"APP008", "KEY008", "LBR001", "PRP003"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("complete:", report.Complete())
	for _, f := range report.Findings {
		fmt.Println(f.Severity, f.Rule, f.Message)
	}
	for _, u := range report.Unread {
		fmt.Println("unread:", u.Path, u.Reason, u.Rules)
	}
	for _, u := range report.Unknown {
		fmt.Println("unknown:", u)
	}
	// Output:
	// complete: false
	// error PRP003 server.appdata.dir is "..", which makes the installation folder the application data folder
	// unread: /opt/ibm-ucd/server/opt/tomcat/conf/server.xml does not exist [APP008 KEY008]
	// unknown: what the load balancer does is not declared (LBR001)
}

// pack makes a bundle of one server, ucd1, without the file named.
func pack(without string) (fs.FS, error) {
	const install = "/ucd1/opt/ibm-ucd/server"
	fsys := afero.NewMemMapFs()
	if err := clustertest.Build(fsys, install, clustertest.Spec{Scheme: appdata.InInstall, Spelling: "/opt/ibm-ucd/server"}); err != nil {
		return nil, err
	}
	if err := fsys.Remove(install + "/" + without); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	if err := z.AddFS(afero.NewIOFS(afero.NewBasePathFs(fsys, "/"))); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
}
