package check_test

import (
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// newestVersion is one of the latest release that the facts are known of.
const newestVersion = "8.2.2.0.1700000"

// several is three for any number of members.
func several(t testing.TB, n int, spec clustertest.Spec) *site {
	t.Helper()
	spec.Alias = clustertest.ServerAlias
	s := kitSite(t, clustertest.NewCluster(n, spec))
	s.ownKeystores()
	return s
}

// soundKinds are kinds of clusters, beside those of soundClusters, that
// administrators run: releases, sizes, platforms, databases, and load balancers.
func soundKinds() []soundCluster {
	of := func(n int, version string) func(t testing.TB) *site {
		return func(t testing.TB) *site { return several(t, n, clustertest.Spec{Version: version}) }
	}
	database := func(kind string, urls ...string) func(t testing.TB) *site {
		return func(t testing.TB) *site {
			s := several(t, len(urls), clustertest.Spec{Version: "8.1.2.0.1600000", Database: clustertest.Database{Type: kind, URL: urls[0]}})
			for i, url := range urls {
				s.set(s.topo.Nodes[i].Name, dbURL, url)
			}
			return s
		}
	}
	return []soundCluster{
		{name: "8.0 with three members", build: of(3, pageVersion)},
		{name: "8.0 with five members", build: of(5, pageVersion)},
		{name: "8.1 with three members", build: of(3, "8.1.2.0.1600000")},
		{name: "8.2 with five members", build: of(5, newestVersion)},
		{name: "containers of 8.0", build: func(t testing.TB) *site { return inContainers(three(t, pageVersion)) }},
		{name: "a Windows pair of 8.0 with a UNC share", build: func(t testing.TB) *site { return windowsPairOf(t, pageVersion) }, open: []string{"APP008"}},
		{name: "a Windows pair on another drive, with slashes", build: func(t testing.TB) *site {
			s := windowsPairOf(t, pageVersion, `D:\ucd\server`, `d:\UCD\server`)
			for _, n := range []string{"node1", "node2"} {
				s.do(func(k *clustertest.Site) {
					k.Set(n, "server.appdata.dir", "//nas/ucd/appdata")
					k.Set(n, "encryption.keystore", "//nas/ucd/appdata/conf/encryption.keystore")
				})
			}
			return s
		}, open: []string{"APP008"}},
		{name: "installations behind links", build: linkedInstallations},
		{name: "an application data folder behind a link", build: linkedFolder},
		{name: "a cold standby and front ends of 8.0", build: func(t testing.TB) *site {
			s := several(t, 5, clustertest.Spec{Version: pageVersion})
			s.topo.Nodes[2].Role, s.topo.Nodes[3].Role, s.topo.Nodes[4].Role = cluster.RoleStandby, cluster.RoleFrontEnd, cluster.RoleFrontEnd
			s.topo.Nodes[2].Running, s.topo.Nodes[2].Autostart = declare(false), declare(false)
			for _, n := range s.topo.Nodes {
				s.set(n.Name, "server.userIdAuthScheme.enabled", "true")
			}
			return s
		}},
		{name: "TLS ends at the balancer, and the servers use HTTP", build: func(t testing.TB) *site {
			s := three(t, pageVersion)
			for _, n := range s.topo.Nodes {
				s.write(n.Name, xmlFile, faultFile(t, "v2-secure-is-not-tls.xml"))
				s.remove(n.Name, tomcatFile)
				s.unset(n.Name, tlsAlias)
				s.set(n.Name, cluster.KeyAlwaysSecure, "N")
			}
			lb := s.topo.Facts.LoadBalancer
			lb.TLSEnds, lb.Ports, lb.URLs = cluster.TLSAtBalancer, []int{8080, 8443}, []string{"https://" + lb.Host}
			s.topo.Facts.Settings = &cluster.Settings{ExternalAgentURL: "https://" + lb.Host, ExternalUserURL: "https://" + lb.Host}
			return s
		}},
		{name: "Oracle over TLS", build: database("oracle",
			"jdbc:oracle:thin:@tcps://db.example.com:2484/ucd",
			"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCPS)(HOST=db.example.com)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=ucd)))",
			"jdbc:oracle:thin:@tcps://DB.example.com:2484/ucd?wallet_location=/opt/wallet")},
		{name: "SQL Server, its options in another order", build: database("sqlserver",
			"jdbc:sqlserver://db.example.com:1433;DatabaseName=ucd;encrypt=true",
			"jdbc:sqlserver://db.example.com:1433;encrypt=true;databaseName=ucd")},
		{name: "Db2", build: database("db2", "jdbc:db2://db.example.com:50000/ucd", "jdbc:db2://db.example.com:50000/UCD")},
		{name: "artifacts in S3 on all members", build: func(t testing.TB) *site {
			s := three(t, pageVersion)
			for _, n := range s.topo.Nodes {
				s.write(n.Name, propFile, s.read(n.Name, propFile)+faultFile(t, "g-object-storage.properties"))
			}
			return s
		}},
		{name: "a second key in server.keystore, as 8.x adds one while it runs", build: func(t testing.TB) *site {
			s := three(t, pageVersion)
			s.write("node1", srvFile, reseal(jks(key("server", pki().leaf), key("server-2026", pki().other)), ownPassword))
			return s
		}},
	}
}

// inContainers gives the members a volume at <install>/appdata and the
// installer's default paths.
func inContainers(s *site) *site {
	s.t.Helper()
	for i, n := range s.topo.Nodes {
		s.edit(n.Name, install+"/bin/classpath.conf", shared, install+"/appdata")
		s.edit(n.Name, propFile, shared, "../appdata")
		s.topo.Nodes[i].Mounts[1] = cluster.Mount{Path: install + "/appdata", Storage: "disk", Root: "/share/appdata"}
	}
	return s
}

// linkedInstallations have a folder for each release, and a link to the one that
// runs.
func linkedInstallations(t testing.TB) *site {
	t.Helper()
	s := three(t, pageVersion)
	for _, n := range s.topo.Nodes {
		s.must(s.fs.MkdirAll("/"+n.Name+"/data/ucd", 0o755))
		s.move("/"+n.Name+install, "/"+n.Name+"/data/ucd/server-8")
		s.must(s.fs.SymlinkIfPossible("/data/ucd/server-8", "/"+n.Name+install))
		s.must(afero.WriteFile(s.fs, "/"+n.Name+"/data/ucd/server-8/bin/classpath.conf", []byte(faultFile(t, "v5-classpath.conf")), 0o640))
	}
	return s
}

// linkedFolder names the application data by a link of each machine to the mount.
func linkedFolder(t testing.TB) *site {
	t.Helper()
	s := three(t, pageVersion)
	for _, n := range s.topo.Nodes {
		s.must(s.fs.MkdirAll("/"+n.Name+"/srv", 0o755))
		s.link(n.Name, shared, "/srv/appdata")
		s.write(n.Name, propFile, strings.ReplaceAll(s.read(n.Name, propFile), shared, "/srv/appdata"))
	}
	return s
}
