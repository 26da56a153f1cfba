package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

const (
	s3Lines  = "codestation.s3.enabled=true\ncodestation.s3.url=https\\://objects.example.com\ncodestation.s3.bucket=artifacts"
	tlsPort  = `port="${install.server.web.https.port}" address`
	javaFile = "/opt/java/jdk-11/release"
)

// serverCases are about connectors, platforms, artifacts in S3 and what is
// declared of servers.
func serverCases() []ruleCase {
	facts := func(change func(f *cluster.Facts)) func(*site) {
		return func(s *site) { change(&s.topo.Facts) }
	}
	return []ruleCase{
		{rule: "APP013", name: "one user", given: func(s *site) { s.owner("node1", 1000); s.owner("node2", 1001) }},
		{rule: "APP013", name: "an upgrade as root", given: func(s *site) {
			s.owner("node2", 1000)
			s.must(s.fs.Chown("/node2"+install+"/opt/tomcat", 0, 0))
			s.must(s.fs.Chown("/node2"+install+"/var/log/deployserver.out", 0, 0))
		}, want: []string{"warning node2: belongs to user 0, and the server's own files belong to user 1000"}},
		{rule: "APP013", name: "the folder's owner where nothing else tells", site: single, given: func(s *site) {
			s.owner("node1", 1000)
			s.remove("node1", install+"/conf/server/s2s-client-identity.keystore")
			s.must(s.fs.Chown("/node1"+propFile, 7, 7))
		}, want: []string{"warning node1: belongs to user 7"}},

		{rule: "KEY017", name: "a connector", given: func(s *site) { s.tlsEnds(cluster.TLSAtServers) }},
		{rule: "KEY017", name: "none", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtServers)
			s.write("node2", xmlFile, `<Server><Service><Connector port="8080" secure="true" scheme="https"/></Service></Server>`)
		}, want: []string{"error node2: has no TLS connector"}},
		{rule: "KEY017", name: "switched off", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtServers)
			s.edit("node1", xmlFile, `SSLEnabled="true"`, `SSLEnabled="false"`)
		}, want: []string{"error node1: has no TLS connector"}},
		{rule: "KEY017", name: "by its host configuration", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtServers)
			s.write("node2", xmlFile, `<Server><Service><Connector port="8443"><SSLHostConfig/></Connector></Service></Server>`)
		}},
		{rule: "KEY017", name: "TLS ends at the balancer", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtBalancer)
			s.write("node2", xmlFile, "<Server/>")
		}, skip: true},
		{rule: "KEY017", name: "unread", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtServers)
			s.must(s.fs.Deny("/node2"+xmlFile, true))
		}, unknown: "permission denied"},

		{rule: "PRP024", name: "references"},
		{rule: "PRP024", name: "the same number", given: func(s *site) { s.edit("node2", xmlFile, tlsPort, `port="8443" address`) }},
		{rule: "PRP024", name: "another number", given: func(s *site) { s.edit("node2", xmlFile, tlsPort, `port="9443" address`) },
			want: []string{"warning node2: listens on 9443, while install.server.web.https.port is 8443"}},
		{rule: "PRP024", name: "the HTTP port", given: func(s *site) { s.edit("node1", xmlFile, `port="${install.server.web.port}"`, `port="9080"`) },
			want: []string{"warning node1: listens on 9080, while install.server.web.port is 8080"}},
		{rule: "PRP024", name: "one connector more", given: func(s *site) {
			s.edit("node2", xmlFile, "<Engine", `<Connector port="9080"/><Engine`)
		}},
		{rule: "PRP024", name: "a reference to nothing", given: func(s *site) { s.edit("node2", xmlFile, tlsPort, `port="${our.port}" address`) },
			unknown: "not told by this server's files"},

		{rule: "PRP022", name: "no S3", skip: true},
		{rule: "PRP022", name: "alike", given: func(s *site) { s.add("node1", s3Lines); s.add("node2", s3Lines) }},
		{rule: "PRP022", name: "secrets may differ in text", given: func(s *site) {
			s.add("node1", s3Lines+"\ncodestation.s3.secretKey=pbe{YQ\\=\\=}")
			s.add("node2", s3Lines+"\ncodestation.s3.secretKey=pbe{Yg\\=\\=}")
		}},
		{rule: "PRP022", name: "one member", given: func(s *site) { s.add("node1", s3Lines) },
			want: []string{"warning node2: the settings for S3 differ from those of node1 in codestation.s3.bucket, codestation.s3.enabled, codestation.s3.url; only one side keeps its artifacts in S3"}},
		{rule: "PRP022", name: "another bucket", given: func(s *site) {
			s.add("node1", s3Lines)
			s.add("node2", strings.ReplaceAll(s3Lines, "artifacts", "others"))
		}, want: []string{"warning node2: the settings for S3 differ from those of node1 in codestation.s3.bucket"}},

		{rule: "PRP023", name: "alike", given: func(s *site) {}},
		{rule: "PRP023", name: "too old", site: newerPair, given: func(s *site) { s.write("node2", javaFile, "JAVA_VERSION=\"1.8.0_392\"\n") },
			want: []string{"error node2: is Java 8, which version"}},
		{rule: "PRP023", name: "two homes", given: func(s *site) { s.set("node2", cluster.KeyJavaHome, "/opt/java/jdk-8") },
			want: []string{`warning node2: install.java.home is "/opt/java/jdk-8", and JAVA_HOME in bin/set_env is "/opt/java/jdk-11"`}},
		{rule: "PRP023", name: "not known to fit", site: newerPair, given: func(s *site) { s.write("node2", javaFile, "JAVA_VERSION=\"17.0.9\"\n") },
			unknown: "supports Java 17 is not known"},
		{rule: "PRP023", name: "a name that tells nothing", given: func(s *site) {
			s.edit("node1", install+"/bin/set_env", "jdk-11", "default")
			s.set("node1", cluster.KeyJavaHome, "/opt/java/default")
		}, unknown: "which release of Java"},

		{rule: "STO004", name: "not Windows", skip: true},
		{rule: "STO004", name: "a UNC name", site: windowsPair},
		{rule: "STO004", name: "a drive letter", site: mappedPair, want: []string{"warning node2: is on drive S:"}},

		{rule: "DBS007", name: "as asked", given: facts(func(f *cluster.Facts) { f.Database = &cluster.DatabaseSettings{UTF8: declare(true)} })},
		{rule: "DBS007", name: "no UTF-8", given: facts(func(f *cluster.Facts) { f.Database = &cluster.DatabaseSettings{UTF8: declare(false)} }),
			want: []string{"error : the database does not use UTF-8"}},
		{rule: "DBS007", name: "SQL Server", given: func(s *site) {
			both(s, func(n string) { s.set(n, dbType, "sqlserver") })
			s.topo.Facts.Database = &cluster.DatabaseSettings{CaseSensitive: declare(false), ReadCommittedSnapshot: declare(false)}
		}, want: []string{"error : READ_COMMITTED_SNAPSHOT off", "error : a collation that is not case-sensitive"}},
		{rule: "DBS007", name: "not declared", unknown: "is not declared: utf8"},
		{rule: "DBS007", name: "Db2", given: func(s *site) { both(s, func(n string) { s.set(n, dbType, "db2") }) }, skip: true},

		{rule: "NET006", name: "all", given: facts(func(f *cluster.Facts) { f.Network.ClusterConnections = []string{"node2", "node1"} })},
		{rule: "NET006", name: "one is missing", given: facts(func(f *cluster.Facts) { f.Network.ClusterConnections = []string{"node1"} }),
			want: []string{"error node2: has no cluster connection"}},
		{rule: "NET006", name: "one is left over", given: facts(func(f *cluster.Facts) { f.Network.ClusterConnections = []string{"node1", "node2", "old"} }),
			want: []string{`warning : there is a cluster connection for "old"`}},
		{rule: "NET006", name: "not declared", unknown: "which cluster connections there are"},
		{rule: "NET006", name: "the WebSocket era", site: func(t testing.TB) *site { return three(t, "7.2.3.0.1200000") }, skip: true},

		{rule: "OPS010", name: "enough", given: facts(func(f *cluster.Facts) { n := 2; f.ServerLicenses = &n })},
		{rule: "OPS010", name: "too few", given: facts(func(f *cluster.Facts) { n := 1; f.ServerLicenses = &n }), want: []string{"error : the cluster has 1 server license for 2 members"}},
		{rule: "OPS010", name: "not declared", unknown: "how many server licenses"},
	}
}

// serverDefects are those of the corpus.
func serverDefects() []defect {
	return []defect{
		{rule: "APP013", name: "an upgrade as root", seed: func(s *site) {
			both(s, func(n string) { s.owner(n, 1000) })
			s.must(s.fs.Chown("/node2"+install+"/opt/tomcat", 0, 0))
		}, want: []string{"APP013 warning node2"}},
		{rule: "DBS007", name: "not in UTF-8", seed: func(s *site) { s.topo.Facts.Database.UTF8 = declare(false) }, want: []string{"DBS007 error"}},
		{rule: "KEY017", name: "HTTP alone", seed: func(s *site) {
			s.write("node2", xmlFile, `<Server><Service><Connector port="8080"/></Service></Server>`)
		}, want: []string{"KEY017 error node2"}},
		{rule: "NET006", name: "a member that the others do not know", base: jmsEra, seed: func(s *site) {
			s.topo.Facts.Network.ClusterConnections = []string{"node1", "node2"}
		}, want: []string{"NET006 error node3"}},
		{rule: "OPS010", name: "one license", seed: func(s *site) { *s.topo.Facts.ServerLicenses = 1 }, want: []string{"OPS010 error"}},
		{rule: "PRP022", name: "S3 on one member", seed: func(s *site) { s.add("node1", s3Lines) }, want: []string{"PRP022 warning node2"}},
		{rule: "PRP023", name: "an old Java", seed: func(s *site) { s.write("node2", javaFile, "JAVA_VERSION=\"1.8.0_392\"\n") }, want: []string{"PRP023 error node2"}},
		{rule: "PRP024", name: "a port written out", seed: func(s *site) { s.edit("node2", xmlFile, tlsPort, `port="9443" address`) }, want: []string{"PRP024 warning node2"}},
		{rule: "STO004", name: "a mapped drive", base: windowsPair, seed: (*site).mapDrive, want: []string{"STO004 warning node2", "PRP002 info node2"}},
	}
}

// owner gives a member's installation to a user.
func (s *site) owner(node string, uid int) {
	s.t.Helper()
	s.must(afero.Walk(s.fs, "/"+node+install, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return s.fs.Chown(path, uid, uid)
	}))
}

// mapDrive leads node2 of a Windows pair to the storage by a drive letter.
func (s *site) mapDrive() {
	s.t.Helper()
	s.topo.Nodes[1].Mounts = append(s.topo.Nodes[1].Mounts, cluster.Mount{Path: `S:\`, Storage: "disk", Root: "/share"})
	s.do(func(k *clustertest.Site) {
		k.Set("node2", cluster.KeyAppData, `S:\appdata`)
		k.Set("node2", cluster.KeyEncryptionStore, `S:\appdata/conf/encryption.keystore`)
		k.Set("node2", cluster.KeyServerStore, `S:\appdata/conf/server.keystore`)
		k.Edit("node2", s.topo.Nodes[1].Install+`\bin\classpath.conf`, `\\NAS\ucd\appdata`, `S:\appdata`)
	})
}

func mappedPair(t testing.TB) *site {
	s := windowsPair(t)
	s.mapDrive()
	return s
}
