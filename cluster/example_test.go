package cluster_test

import (
	"context"
	"fmt"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

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

func ExampleCompareVersions() {
	fmt.Println(cluster.CompareVersions("7.0.5.1.1041488", "7.0.10"))
	fmt.Println(cluster.CompareVersions("7.2", "7.2.0"))
	// Output:
	// -1
	// -1
}

// Which certificate does each member present, and what chose it?
func ExampleMember_ServerCertificate() {
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
		choice := m.TLS
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
