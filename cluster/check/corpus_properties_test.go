package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

func propertyDefects() []defect {
	const web = "install.server.web."
	return []defect{
		{rule: "PRP001", name: "the key is lost", seed: func(s *site) { s.unset("node2", "server.appdata.dir") },
			want: []string{"PRP001 error node2"}},
		{rule: "PRP002", name: "a folder of its own", seed: func(s *site) {
			s.copyTree("/share/appdata", "/node3/srv/appdata")
			s.write("node3", "/srv/appdata/conf/encryption.keystore", reseal(jks(key("mine", pki().leaf)), ownPassword))
			s.follow("node3", "/srv/appdata")
		}, want: []string{"PRP002 error node3"}},
		{rule: "PRP003", name: "two dots", seed: func(s *site) { s.notShared("node1") },
			want: []string{"PRP003 error node1"}},
		{rule: "PRP005", name: "multiserver forgotten on one member", seed: func(s *site) { s.unset("node3", multiserver) },
			want: []string{"PRP005 error node3"}},
		{rule: "PRP005", name: "multiserver false", seed: func(s *site) { s.set("node3", multiserver, "false") },
			want: []string{"PRP005 error node3"}},
		{rule: "PRP006", name: "rotated on one member only", seed: func(s *site) {
			s.write("node1", encFile, reseal(twoSecrets(s.read("node1", encFile)), ownPassword))
			s.set("node2", encAlias, "aes128keyq7x3")
		}, want: []string{"PRP006 error node2"}},
		{rule: "PRP006", name: "an alias that no key has", seed: func(s *site) { s.set("node2", encAlias, "aes128keyzzzz") },
			want: []string{"PRP006 error node2"}},
		{rule: "PRP006", name: "no alias", seed: func(s *site) { s.unset("node2", encAlias) },
			want: []string{"PRP006 error node2"}},
		{rule: "PRP007", name: "appended by a script", seed: func(s *site) { s.add("node1", "cloud.requestTimeout=3600") },
			want: []string{"PRP007 warning node1"}},
		{rule: "PRP008", name: "the misspelling of the handbooks", seed: func(s *site) {
			s.edit("node1", propFile, "tomcat.key.alias=", "tomcat.key.alais=")
		},
			want: []string{"PRP008 warning node1"}},
		{rule: "PRP009", name: "single backslashes", seed: func(s *site) { s.add("node1", `my.folder=D:\data`) },
			want: []string{"PRP009 warning node1"}},
		{rule: "PRP009", name: "single backslashes where the application data is", base: windowsPair, seed: func(s *site) {
			s.do(func(k *clustertest.Site) {
				k.Unset("node2", "server.appdata.dir")
				k.Write("node2", k.Installed("node2"), k.Read("node2", k.Installed("node2"))+"server.appdata.dir=C:\\appdata\r\n")
			})
		}, want: []string{"PRP009 error node2"}},
		{rule: "PRP010", name: "a plain password", seed: func(s *site) {
			s.setIn(secFile, "node2", "hibernate.connection.password", marker)
		}, want: []string{"PRP010 info node2"}},
		{rule: "PRP011", name: "another HTTP port", seed: func(s *site) { s.set("node2", web+"port", "9080") },
			want: []string{"LBR002 warning node2", "PRP011 warning node2"}},
		{rule: "PRP012", name: "yes in words, and no TLS", seed: func(s *site) {
			s.set("node2", web+"always.secure", "yes")
			s.write("node2", xmlFile, `<Server><Service><Connector port="8080"/></Service></Server>`)
			s.unset("node2", tlsAlias)
		}, want: []string{"KEY017 error node2", "PRP012 warning node2"}},
		{rule: "PRP013", name: "the keystore path stayed behind", seed: func(s *site) {
			s.set("node2", "encryption.keystore", "../appdata/conf/encryption.keystore")
		}, want: []string{"PRP013 error node2"}},
		{rule: "PRP013", name: "the keystore path leads to an old keystore", seed: func(s *site) {
			s.write("node2", "/srv/old.keystore", reseal(jks(key("mine", pki().leaf)), ownPassword))
			s.set("node2", "encryption.keystore", "/srv/old.keystore")
		}, want: []string{"PRP013 error node2"}},
		{rule: "PRP014", name: "a folder beside the installation", seed: func(s *site) {
			s.mountDataAt(install + "-appdata")
		}, want: []string{"PRP014 warning node1", "PRP014 warning node2", "PRP014 warning node3"}},
		{rule: "PRP015", name: "another web host", seed: func(s *site) { s.set("node2", "server.jms.mutualAuth", "true") },
			base: jmsEra, want: []string{"PRP015 warning node2"}},
		{rule: "PRP015", name: "another driver", seed: func(s *site) { s.set("node2", driver, "org.mariadb.jdbc.Driver") },
			want: []string{"PRP015 warning node2"}},
		{rule: "PRP017", name: "a key in both files", seed: func(s *site) { s.setIn(secFile, "node2", web+"port", "9080") },
			want: []string{"PRP017 warning node2"}},
		{rule: "PRP018", name: "a blank at the end", seed: func(s *site) { s.add("node3", "my.setting=on ") },
			want: []string{"PRP018 warning node3"}},
		{rule: "PRP019", name: "names of before 7.0", seed: func(s *site) { s.add("node3", "experimental.comm2017.enabled=true") },
			want: []string{"PRP019 warning node3"}},
		{rule: "PRP021", name: "the installation's text twice", seed: func(s *site) {
			s.mountDataAt(install + "/data" + install + "/appdata")
		}, want: []string{"PRP021 warning node1", "PRP021 warning node2", "PRP021 warning node3"}},
		{rule: "PRP020", name: "malformed", seed: func(s *site) { s.add("node2", `my.path=C:\users`) },
			want: []string{"PRP020 error node2"}},
		{rule: "PRP020", name: "missing", seed: func(s *site) { s.remove("node2", propFile) },
			want: []string{"PRP020 error node2"}},
	}
}

// follow leads all that a member reads of its application data to a folder.
func (s *site) follow(node, folder string) {
	s.t.Helper()
	s.edit(node, propFile, shared, folder)
	s.edit(node, install+"/bin/classpath.conf", shared, folder)
}

// mountDataAt mounts the application data folder itself at a path of every
// member, and leads them there.
func (s *site) mountDataAt(path string) {
	s.t.Helper()
	for i, n := range s.topo.Nodes {
		s.follow(n.Name, path)
		s.topo.Nodes[i].Mounts[1].Path, s.topo.Nodes[i].Mounts[1].Root = path, "/share/appdata"
	}
}

// jmsEra is a cluster of three whose members still talk over JMS.
func jmsEra(t testing.TB) *site {
	t.Helper()
	return three(t, "7.1.2.0.1107654")
}
