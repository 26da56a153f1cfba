package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// apart is a pair whose members use application data of their own, node2 below
// /media/share/other.
func apart(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound(""))
	other := sound("")
	other.AppData, other.AppDataAt = "/media/share/other", "/share/other"
	s.member(other)
	return s
}

func propertyCases() []ruleCase {
	return []ruleCase{
		{rule: "PRP001", name: "set"},
		{rule: "PRP001", name: "missing", site: lone, given: func(s *site) { s.unset("node1", "server.appdata.dir") },
			want: []string{"error node1: server.appdata.dir is not set"}},
		{rule: "PRP001", name: "null", site: lone, given: func(s *site) { s.set("node1", "server.appdata.dir", "null") },
			want: []string{"error node1: is not set"}},
		{rule: "PRP001", name: "before 6.1.1.5", site: linked, skip: true},
		{rule: "PRP001", name: "malformed properties", given: func(s *site) { s.add("node1", `x=\u00g0`) }, unknown: "malformed in line"},

		{rule: "PRP002", name: "one folder"},
		{rule: "PRP002", name: "alone", site: single, skip: true},
		{rule: "PRP002", name: "different keystores", site: apart, given: func(s *site) { s.write("node2", "/media/share/other/conf/encryption.keystore", "other") },
			want: []string{`error node2: leads to "/media/share/other", and that of node1 to "/media/share/appdata": they are different folders; conf/encryption.keystore has other bytes`}},
		{rule: "PRP002", name: "equal bytes", site: apart, given: func(s *site) { s.copyStores() },
			want: []string{"info node2: it is one storage, or a copy"}},
		{rule: "PRP002", name: "one storage under two names", given: func(s *site) {
			s.topo.Nodes[1].Mounts = append(s.topo.Nodes[1].Mounts, cluster.Mount{Path: "/mnt/nas", Storage: "disk", Root: "/share"})
			s.set("node2", "server.appdata.dir", "/mnt/nas/appdata")
		}, want: []string{"info node2: the same folder of one storage"}},
		{rule: "PRP002", name: "no access", given: func(s *site) { s.set("node2", "server.appdata.dir", "/mnt/nas/appdata") },
			unknown: "does not exist"},
		{rule: "PRP002", name: "no mount", given: func(s *site) {
			s.set("node2", "server.appdata.dir", "/mnt/nas/appdata")
			s.topo.Nodes[1].Mounts[0] = cluster.Mount{Path: "/opt", Storage: "disk", Root: "/node2/opt"}
		}, unknown: "no mount of this server holds the path"},
		{rule: "PRP002", name: "keystore unreadable", site: apart, given: func(s *site) {
			s.copyStores()
			s.must(s.fs.Deny("/share/other/conf/server.keystore", true))
		}, unknown: "permission denied"},

		{rule: "PRP003", name: "folder"},
		{rule: "PRP003", name: "two dots", site: lone, want: []string{`error node1: server.appdata.dir is "..", which makes the installation folder`}},
		{rule: "PRP003", name: "spelled out", site: lone, given: func(s *site) { s.set("node1", "server.appdata.dir", install+"/") },
			want: []string{"error node1: which makes the installation folder"}},
		{rule: "PRP003", name: "relocated with links", site: lone, given: func(s *site) {
			for _, it := range entries() {
				if it != "conf/installed.version" {
					s.copy("node1", install+"/"+it, "/media/share/data/"+it)
					s.remove("node1", install+"/"+it)
					s.link("node1", "/media/share/data/"+it, install+"/"+it)
				}
			}
		}, want: []string{"warning node1: every entry in it is a link into storage"}},
		{rule: "PRP003", name: "missing", site: lone, given: func(s *site) { s.unset("node1", "server.appdata.dir") }}, // PRP001

		{rule: "PRP005", name: "true"},
		{rule: "PRP005", name: "unset", given: func(s *site) { s.unset("node2", multiserver) },
			want: []string{"error node2: is not set"}, edit: "node2 " + multiserver + "=true"},
		{rule: "PRP005", name: "false", given: func(s *site) { s.set("node2", multiserver, "false") },
			want: []string{`error node2: is "false", not true`}},
		{rule: "PRP005", name: "capitals", given: func(s *site) { s.set("node2", multiserver, "TRUE") },
			want: []string{`warning node2: is "TRUE"`}},
		{rule: "PRP005", name: "standby", given: func(s *site) { s.topo.Nodes[1].Role = cluster.RoleStandby; s.unset("node2", multiserver) },
			want: []string{"error node2: is not set"}},
		{rule: "PRP005", name: "front end", given: func(s *site) { s.topo.Nodes[1].Role = cluster.RoleFrontEnd; s.unset("node2", multiserver) },
			unknown: "front end"},

		{rule: "PRP006", name: "same"},
		{rule: "PRP006", name: "other", given: func(s *site) { s.set("node2", "encryption.keystore.alias", "aes128keyzzzz") },
			want: []string{`error node2: encryption.keystore.alias is "aes128keyzzzz", while node1 has "aes128keyq7x2"`}},
		{rule: "PRP006", name: "unset", given: func(s *site) { s.unset("node2", "encryption.keystore.alias") },
			want: []string{"error node2: is not set, while"}},
		{rule: "PRP006", name: "letter case", given: func(s *site) { s.set("node2", "encryption.keystore.alias", "AES128keyq7x2") }},
		{rule: "PRP006", name: "alone", site: single, skip: true},

		{rule: "PRP011", name: "same"},
		{rule: "PRP011", name: "other", given: func(s *site) { s.set("node2", "install.server.web.port", "9080") },
			want: []string{`warning node2: install.server.web.port is "9080", while node1 has "8080"`}},
		{rule: "PRP011", name: "default", given: func(s *site) { s.unset("node2", "install.server.web.port") }},
		{rule: "PRP011", name: "no HTTPS", given: func(s *site) { s.unset("node2", "install.server.web.https.port") },
			want: []string{"warning node2: is not set, while"}},

		{rule: "PRP013", name: "inside"},
		{rule: "PRP013", name: "installation folder", site: lone},
		{rule: "PRP013", name: "same bytes outside", site: half, want: []string{
			"warning node1: encryption.keystore leads to", "warning node1: server.keystore leads to"},
			edit: "node1 encryption.keystore=" + encStore},
		{rule: "PRP013", name: "other bytes", site: half, given: func(s *site) {
			s.write("node1", encStore, "other")
			s.set("node1", "server.keystore", srvStore)
		}, want: []string{"error node1: whose bytes differ from those of"}},
		{rule: "PRP013", name: "missing", site: half, given: func(s *site) {
			s.remove("node1", install+"/conf/encryption.keystore")
			s.set("node1", "server.keystore", srvStore)
		}, want: []string{"error node1: where no file exists"}, edit: "node1 encryption.keystore=" + encStore},
		{rule: "PRP013", name: "missing everywhere", site: half, given: func(s *site) {
			s.remove("node1", install+"/conf/encryption.keystore")
			s.remove("node1", encStore)
			s.set("node1", "server.keystore", srvStore)
		}, want: []string{"error node1: does not exist either"}},
		{rule: "PRP013", name: "only outside", site: half, given: func(s *site) {
			s.remove("node1", encStore)
			s.remove("node1", srvStore)
		}, want: []string{"error node1: server.keystore leads to", "warning node1: encryption.keystore leads to"}},
		{rule: "PRP013", name: "unreadable", site: half, given: func(s *site) {
			s.set("node1", "server.keystore", srvStore)
			s.must(s.fs.Deny("/node1"+install+"/conf/encryption.keystore", true))
		}, unknown: "permission denied"},
		{rule: "PRP013", name: "prefix trap", site: half, given: func(s *site) { s.set("node1", "encryption.keystore", "..-appdata/conf/encryption.keystore") },
			want: []string{`error node1: two dots that no separator follows`, "warning node1: server.keystore leads to"}},
		{rule: "PRP013", name: "by another spelling of the storage", site: single, given: func(s *site) {
			s.topo.Nodes[0].Mounts = append(s.topo.Nodes[0].Mounts, cluster.Mount{Path: "/mnt/nas", Storage: "disk", Root: "/share"})
			s.set("node1", "encryption.keystore", "/mnt/nas/appdata/conf/encryption.keystore")
		}},
		{rule: "PRP013", name: "unset", site: single, given: func(s *site) { s.unset("node1", "encryption.keystore"); s.unset("node1", "server.keystore") }, skip: true},

		{rule: "PRP014", name: "elsewhere"},
		{rule: "PRP014", name: "trap", site: trap, want: []string{`warning node1: whose text begins with that of the installation folder`}},
		{rule: "PRP014", name: "stored", site: trap, given: func(s *site) { s.set("node1", "server.appdata.dir", "..-appdata") },
			want: []string{"warning node1: begins with"}},
		{rule: "PRP014", name: "newer", site: trap, given: func(s *site) { s.write("node1", versionFile, versionText("8.1.0.0.1")) },
			unknown: "whether an upgrade of this version mangles it is not known"},
		{rule: "PRP014", name: "before 6.1.1.5", site: linked, skip: true},

		{rule: "PRP021", name: "elsewhere"},
		{rule: "PRP021", name: "inside once", site: single, given: func(s *site) { s.set("node1", "server.appdata.dir", "../appdata") }},
		{rule: "PRP021", name: "twice", site: nested,
			want: []string{`warning node1: an upgrade stores it as "../data../appdata" and reads that as "` + install + `/data../appdata"`}},
		{rule: "PRP021", name: "beside and not twice", site: trap},
		{rule: "PRP021", name: "newer", site: nested, given: func(s *site) { s.write("node1", versionFile, versionText("8.1.0.0.1")) },
			unknown: "whether an upgrade of this version mangles it is not known"},
		{rule: "PRP021", name: "installation folder", site: lone},
		{rule: "PRP021", name: "before 6.1.1.5", site: linked, skip: true},

		{rule: "PRP015", name: "same"},
		{rule: "PRP015", name: "alone", site: single, skip: true},
		{rule: "PRP015", name: "drift", given: func(s *site) {
			s.set("node2", "install.server.web.host", "node2.example.com")
			s.set("node2", "server.jms.mutualAuth", "true")
			s.set("node2", "hibernate.connection.username", "other")
		}, want: []string{
			`warning node2: install.server.web.host is "node2.example.com", while node1 has "ucd.example.com"`,
			`warning node2: server.jms.mutualAuth is "true", while node1 has "false"`,
			`info node2: hibernate.connection.username is "other"`}},
		{rule: "PRP015", name: "a flag that is set and off", given: func(s *site) {
			s.set("node1", "server.jms.mutualAuth", "false")
			s.set("node2", "server.jms.mutualAuth", "true")
		}, want: []string{`warning node2: server.jms.mutualAuth is "true", while node1 has "false"`}},
		{rule: "PRP015", name: "a flag that is off either way", given: func(s *site) {
			s.set("node1", "server.jms.mutualAuth", "false")
			s.unset("node2", "server.jms.mutualAuth")
		}},
		{rule: "PRP015", name: "plain passwords", given: func(s *site) {
			for _, key := range sharedPasswords() {
				s.setIn(secFile, "node1", key, "one")
				s.setIn(secFile, "node2", key, "two")
			}
		}, want: []string{
			"warning node2: encryption.keystore.password is not the password that node1 has", "warning node2: hibernate.connection.password",
			"warning node2: server.key.password", "warning node2: server.keystore.password", "warning node2: javax.net.ssl.trustStorePassword"}},
		{rule: "PRP015", name: "equal plain passwords", given: func(s *site) {
			for _, key := range sharedPasswords() {
				s.setIn(secFile, "node1", key, "one")
				s.setIn(secFile, "node2", key, "one")
			}
		}},
		{rule: "PRP015", name: "no passwords", given: func(s *site) {
			for _, key := range sharedPasswords() {
				for _, node := range []string{"node1", "node2"} {
					s.setIn(secFile, node, key, "")
				}
			}
		}},
		{rule: "PRP015", name: "plain and encrypted", given: func(s *site) { s.setIn(secFile, "node2", "server.keystore.password", "two") },
			unknown: "server.keystore.password is encrypted on some members and not on all"},
		{rule: "PRP015", name: "passwords of two accounts", given: func(s *site) {
			s.setIn(secFile, "node1", "hibernate.connection.password", "one")
			s.setIn(secFile, "node2", "hibernate.connection.password", "two")
			s.set("node2", "hibernate.connection.username", "other")
		}, want: []string{`info node2: hibernate.connection.username is "other"`}},
		{rule: "PRP015", name: "not in this version", given: func(s *site) { s.set("node2", "agentcomm.clientCertificate.maxAgeDays", "90") }},
		{rule: "PRP015", name: "spelling only", given: func(s *site) {
			s.set("node2", "install.server.web.host", "UCD.example.com:8443")
			s.set("node2", "install.server.web.always.secure", "y")
		}},
		{rule: "PRP015", name: "encrypted texts are not compared", given: func(s *site) {
			s.setIn(secFile, "node2", "encryption.keystore.password", "pbe{other}")
		}},
	}
}

// sharedPasswords are those that open what all members use.
func sharedPasswords() []string {
	return []string{
		"encryption.keystore.password", "server.keystore.password", "server.key.password",
		"hibernate.connection.password", "javax.net.ssl.trustStorePassword",
	}
}

// trap is a server whose application data folder stands beside it, under a
// name that begins with the installation folder's.
func trap(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(clustertest.Spec{AppData: install + "-appdata", AppDataAt: "/node1" + install + "-appdata", Multiserver: true})
	return s
}

// nested is a server whose application data folder lies in the installation
// folder, on a path that names that folder again.
func nested(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	deep := install + "/data" + install + "/appdata"
	s.member(clustertest.Spec{AppData: deep, AppDataAt: "/node1" + deep, Multiserver: true})
	return s
}

// copyStores makes node2's application data of the site apart look like
// node1's.
func (s *site) copyStores() {
	s.t.Helper()
	for _, f := range []string{"/conf/encryption.keystore", "/conf/server.keystore"} {
		s.write("node2", "/media/share/other"+f, s.read("node1", shared+f))
	}
}

func propertyTextCases() []ruleCase {
	return []ruleCase{
		{rule: "PRP007", name: "once"},
		{rule: "PRP007", name: "twice", site: single, given: func(s *site) { s.add("node1", "install.server.web.port=9080") },
			want: []string{`warning node1: Java uses the last one, "9080"`}},
		{rule: "PRP007", name: "the same twice", site: single, given: func(s *site) { s.add("node1", "install.server.web.port=8080") }},
		{rule: "PRP007", name: "secret", site: single, given: func(s *site) {
			s.add("node1", "my.password=one")
			s.add("node1", "my.password=two")
		}, want: []string{`warning node1: "(hidden)"`}},
		{rule: "PRP007", name: "secured file unreadable", site: single, given: func(s *site) { s.must(s.fs.Deny("/node1"+secFile, true)) }, unknown: "permission denied"},

		{rule: "PRP008", name: "known"},
		{rule: "PRP008", name: "tomcat.key.alais", site: single, given: func(s *site) { s.add("node1", "tomcat.key.alais=server") },
			want: []string{"warning node1: tomcat.key.alais is not a key of the product; tomcat.key.alias is"}},
		{rule: "PRP008", name: "agent.comm.uri", site: single, given: func(s *site) { s.add("node1", "agent.comm.uri=wss://x:7919") },
			want: []string{"info node1: agent.comm.uri is not a key of the product; agentcomm.uri is"}},
		{rule: "PRP008", name: "own key", site: single, given: func(s *site) { s.add("node1", "my.company.setting=1") }},

		{rule: "PRP009", name: "fine"},
		{rule: "PRP009", name: "drive", site: single, given: func(s *site) { s.add("node1", `encryption.keystore=C:\srv\conf\encryption.keystore`) },
			want: []string{`error node1: Java reads encryption.keystore as "C:srvconfencryption.keystore"`}},
		{rule: "PRP009", name: "tab", site: single, given: func(s *site) { s.add("node1", `java.io.tmpdir=C:\temp`) },
			want: []string{`error node1: as "C:\temp", in which \t is a tab: backslashes`}},
		{rule: "PRP009", name: "a line end", site: single, given: func(s *site) { s.add("node1", `java.io.tmpdir=C:\new\ftp`) },
			want: []string{`error node1: as "C:\new\ftp", in which \n is a line end and \f is a form feed`}},
		{rule: "PRP009", name: "a user's part", site: single, given: func(s *site) { s.add("node1", `install.server.web.host=u:8443`) }},
		{rule: "PRP009", name: "a colon in a path of Linux", site: single, given: func(s *site) { s.add("node1", `cleanup.archive.path=d:archive`) }},
		{rule: "PRP009", name: "an escaped colon", site: single, given: func(s *site) { s.add("node1", `cleanup.archive.path=d\:archive`) }},
		{rule: "PRP009", name: "a backslash on the next line", site: single, given: func(s *site) { s.add("node1", "cleanup.archive.path=d:archive\\\n  \\x") },
			want: []string{`error node1: "d:archivex"`}},
		{rule: "PRP009", name: "a backslash in another entry", site: single, given: func(s *site) { s.add("node1", "cleanup.archive.path=d:archive\nmy.text=\\x") }},
		{rule: "PRP009", name: "no path key", site: single, given: func(s *site) { s.add("node1", `my.folder=D:\data`) },
			want: []string{"warning node1: my.folder"}},
		{rule: "PRP009", name: "doubled", site: single, given: func(s *site) { s.add("node1", `my.folder=D:\\data`) }},

		{rule: "PRP010", name: "encrypted"},
		{rule: "PRP010", name: "plain", site: single, given: func(s *site) { s.setIn(secFile, "node1", "hibernate.connection.password", "marker") },
			want: []string{"info node1: hibernate.connection.password is in plain text"}},

		{rule: "PRP012", name: "Y"},
		{rule: "PRP012", name: "yes without TLS", site: single, given: func(s *site) {
			s.set("node1", "install.server.web.always.secure", "yes")
			s.write("node1", install+"/opt/tomcat/conf/server.xml", `<Server><Service><Connector port="8080"/></Service></Server>`)
		}, want: []string{"warning node1: there is no TLS connector"}},
		{rule: "PRP012", name: "yes with TLS", site: single, given: func(s *site) { s.set("node1", "install.server.web.always.secure", "YES") }},
		{rule: "PRP012", name: "no server.xml", site: single, given: func(s *site) {
			s.set("node1", "install.server.web.always.secure", "yes")
			s.remove("node1", install+"/opt/tomcat/conf/server.xml")
		}, unknown: "does not exist"},

		{rule: "PRP017", name: "apart"},
		{rule: "PRP017", name: "both", site: single, given: func(s *site) { s.setIn(secFile, "node1", "install.server.web.port", "9080") },
			want: []string{"warning node1: install.server.web.port has another value in secured-installed.properties than in installed.properties"}},
		{rule: "PRP017", name: "both encrypted", site: single, given: func(s *site) { s.add("node1", "server.keystore.password=pbe{xx}") },
			unknown: "is set in both properties files"},
		{rule: "PRP017", name: "empty in the file that wins", site: single, given: func(s *site) { s.add("node1", "server.keystore.password=") },
			want: []string{"error node1: server.keystore.password is empty in installed.properties"}, edit: "node1 server.keystore.password="},
		{rule: "PRP017", name: "no secured file", site: single, given: func(s *site) { s.remove("node1", secFile) }, skip: true},

		{rule: "PRP018", name: "fine"},
		{rule: "PRP018", name: "blank", site: single, given: func(s *site) { s.add("node1", "tomcat.key.alias=server ") },
			want: []string{`warning node1: Java keeps: "server "; installer 7.0.0 trims`}, edit: "node1 tomcat.key.alias=server"},
		{rule: "PRP018", name: "secured file", site: single, given: func(s *site) { s.setIn(secFile, "node1", "my.setting", "on\t") },
			want: []string{`warning node1: Java keeps: "(hidden)"`}},
		{rule: "PRP018", name: "secret", site: single, given: func(s *site) { s.setIn(secFile, "node1", "server.key.password", "marker ") },
			want: []string{`info node1: "(hidden)"`}},

		{rule: "PRP019", name: "gone"},
		{rule: "PRP019", name: "left", site: single, given: func(s *site) {
			s.add("node1", "experimental.comm2017.uri=wss://x:7919")
			s.add("node1", "experimental.comm2017.enabled=true")
		}, want: []string{"warning node1: experimental.comm2017.uri, experimental.comm2017.enabled"}},
		{rule: "PRP019", name: "before 7.0", site: linked, skip: true},

		{rule: "PRP020", name: "fine"},
		{rule: "PRP020", name: "malformed", site: single, given: func(s *site) { s.write("node1", propFile, "a=b\r\nkey = C:\\users\r\n") },
			want: []string{"error node1: line 2, column 9: "}},
		{rule: "PRP020", name: "secured malformed", site: single, given: func(s *site) { s.write("node1", secFile, "p=marker\\u12") },
			want: []string{"error node1: line 1, column 9: "}},
		{rule: "PRP020", name: "missing", site: single, given: func(s *site) { s.remove("node1", propFile) },
			want: []string{"error node1: does not exist"}},
		{rule: "PRP020", name: "folder", site: single, given: func(s *site) {
			s.remove("node1", propFile)
			s.must(s.fs.Mkdir("/node1"+propFile, 0o755))
		}, want: []string{"error node1: is not a regular file"}},
		{rule: "PRP020", name: "unreadable", site: single, given: func(s *site) { s.must(s.fs.Deny("/node1"+propFile, true)) },
			unknown: "permission denied"},
	}
}
