package check_test

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// One server, judged as the cluster that it is to become.
func Example() {
	fsys := afero.NewMemMapFs()
	if err := clustertest.Build(fsys, "/opt/ibm-ucd/server", clustertest.Spec{Scheme: appdata.InInstall}); err != nil {
		fmt.Println(err)
		return
	}
	topology, world := cluster.Single(fsys, "/opt/ibm-ucd/server")
	world.Now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c, err := cluster.Load(context.Background(), topology, world)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, _ := check.Run(context.Background(), c, check.Options{Except: []string{"KEY011", "KEY016"}}) // they need passwords
	fmt.Println(r.Count(check.Error), "errors,", r.Count(check.Warning), "warnings")
	for _, f := range r.Findings {
		fmt.Println(f.Rule, f.Node, f.Message)
	}
	for _, u := range r.Unknown {
		fmt.Println("not judged:", u)
	}
	// Output:
	// 2 errors, 0 warnings
	// PRP003 server server.appdata.dir is "..", which makes the installation folder the application data folder
	// PRP005 server com.urbancode.ds.UDeployServer.multiserver is not set
	// KEY007 server alias "server" has the self-signed certificate that the installer makes
	// not judged: what the load balancer does is not declared (LBR001, LBR002, LBR003, LBR004, LBR006, LBR007)
	// not judged: server /opt/ibm-ucd/server: the storage does not tell who owns the installation (APP013)
	// not judged: whether the database is set up as the vendor asks is not declared: utf8 (DBS007)
	// not judged: whether there is an online backup is not declared (OPS003)
	// not judged: whether the license server is highly available is not declared (OPS005)
	// not judged: whether there is an offline backup is not declared (OPS007)
	// not judged: whether database and network storage are replicated is not declared (OPS009)
}

// A caller's own requirement runs beside the catalogue.
func ExampleOptions() {
	own := check.Rule{
		ID: "OUR001", Title: "Audit log is kept for a year", Severity: check.Warning, Source: "our handbook",
		Member: func(p *check.Pass, m *cluster.Member) {
			const key = "com.urbancode.ds.subsys.audit.AuditFactory.daysToKeepRestLog"
			if m.Installed == nil {
				p.Blocked(m, m.InstalledPath())
				return
			}
			if v := m.Value(key); v != "365" {
				p.Report(check.Finding{Path: m.InstalledPath(), Subject: key, Message: "is not 365", Fix: "set it"})
			}
		},
	}
	fsys := afero.NewMemMapFs()
	if err := clustertest.Build(fsys, "/opt/ucd/server", clustertest.Spec{}); err != nil {
		fmt.Println(err)
		return
	}
	c, err := cluster.Load(context.Background(), first(cluster.Single(fsys, "/opt/ucd/server")), second(cluster.Single(fsys, "/opt/ucd/server")))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, _ := check.Run(context.Background(), c, check.Options{Only: []string{"OUR001"}, Extra: []check.Rule{own}})
	for _, f := range r.Findings {
		fmt.Println(f.Severity, f.Rule, f.Title+":", f.Message)
	}
	// Output: warning OUR001 Audit log is kept for a year: is not 365
}
