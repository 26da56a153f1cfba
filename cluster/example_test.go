package cluster_test

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
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
	r := cluster.Check(c, cluster.Options{Except: []string{"KEY011", "KEY016"}}) // they need passwords
	fmt.Println(r.Count(cluster.Error), "errors,", r.Count(cluster.Warning), "warnings")
	for _, f := range r.Findings {
		fmt.Println(f.Rule, f.Node, f.Message)
	}
	for _, u := range r.Unknown {
		fmt.Println("not judged:", u)
	}
	// Output:
	// 2 errors, 0 warnings
	// PRP003 server server.appdata.dir=".." makes the installation folder the application data folder
	// PRP005 server com.urbancode.ds.UDeployServer.multiserver is not set
	// KEY007 server alias "server" has the self-signed certificate that the installer makes, which no client trusts by itself
	// not judged: what the load balancer does is not declared (LBR001, LBR002, LBR003, LBR004, LBR006, LBR007)
	// not judged: whether there is an online backup is not declared (OPS003)
	// not judged: whether the license server is highly available is not declared (OPS005)
	// not judged: whether there is an offline backup is not declared (OPS007)
	// not judged: whether database and network storage are replicated is not declared (OPS009)
}

// Two members that mount one share at different places.
func ExampleNode_Locate() {
	one := cluster.Node{Name: "one", Install: "/opt/ucd/server", Mounts: []cluster.Mount{
		{Path: "/", Storage: "one-disk", Root: "/"},
		{Path: "/media/share", Storage: "nas", Root: "/export/ucd"},
	}}
	two := cluster.Node{Name: "two", Install: `C:\ucd\server`, Mounts: []cluster.Mount{
		{Path: `C:\`, Storage: "two-disk", Root: "/"},
		{Path: `\\nas\ucd`, Storage: "nas", Root: "/export/ucd"},
	}}
	a, _ := one.Locate("/media/share/appdata")
	b, _ := two.Locate(`\\NAS\ucd/appdata`)
	fmt.Println(a, a == b)
	// Output: nas:/export/ucd/appdata true
}

// A caller's own requirement stands beside the catalogue.
func ExampleOptions() {
	own := cluster.Rule{
		ID: "OUR001", Title: "Audit log is kept for a year", Severity: cluster.Warning, Source: "our handbook",
		Member: func(p *cluster.Pass, m *cluster.Member) {
			const key = "com.urbancode.ds.subsys.audit.AuditFactory.daysToKeepRestLog"
			if m.Installed == nil {
				p.Blocked(m, m.InstalledPath())
				return
			}
			if v := m.Value(key); v != "365" {
				p.Report(cluster.Finding{Path: m.InstalledPath(), Subject: key, Message: "is not 365", Fix: "set it"})
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
	r := cluster.Check(c, cluster.Options{Only: []string{"OUR001"}, Extra: []cluster.Rule{own}})
	for _, f := range r.Findings {
		fmt.Println(f.Severity, f.Rule, f.Title+":", f.Message)
	}
	// Output: warning OUR001 Audit log is kept for a year: is not 365
}

func ExampleCompareVersions() {
	fmt.Println(cluster.CompareVersions("7.0.5.1.1041488", "7.0.10"))
	fmt.Println(cluster.CompareVersions("7.2", "7.2.0"))
	// Output:
	// -1
	// -1
}

// classpath.conf keeps absolute paths that follow the application data.
func ExampleParseClasspath() {
	c := cluster.ParseClasspath("bin/classpath.conf", []byte("dir /opt/ucd/server/appdata/patches !fail-on-conflict\ndir /opt/ucd/server/conf\n"))
	for _, l := range c.Under("/opt/ucd/server/appdata") {
		fmt.Println(l.Pos, l.Keyword, l.Value)
	}
	// Output: bin/classpath.conf:1:5 dir /opt/ucd/server/appdata/patches
}

// Which certificate does each member present, and what chose it?
func ExampleMember_TLSAlias() {
	fsys := afero.NewMemMapFs()
	spec := clustertest.Spec{Version: "7.2.1.0.1130000", Alias: clustertest.ServerAlias}
	if err := clustertest.Build(fsys, "/opt/ibm-ucd/server", spec); err != nil {
		fmt.Println(err)
		return
	}
	topology, world := cluster.Single(fsys, "/opt/ibm-ucd/server")
	world.Password = cluster.StoredPasswords // plain values of the server's own files, nothing else
	c, err := cluster.Load(context.Background(), topology, world)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range c.Members {
		choice := m.TLSAlias()
		fmt.Println(choice.Alias, "from", choice.Source, "in line", choice.Pos.Line)
		cert, err := m.ServerCertificate()
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(cert.X509.Subject, "for", cert.X509.DNSNames)
		k, _ := m.Store(cluster.TomcatStore)
		fmt.Println(k.Store.Format, "opened:", k.Opened)
	}
	// Output:
	// server from tomcat.key.alias in line 65
	// CN=ucd.example.com for [ucd.example.com]
	// JKS opened: false
}
