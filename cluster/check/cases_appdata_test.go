package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/reserved"
)

const (
	encStore = shared + "/conf/encryption.keystore"
	srvStore = shared + "/conf/server.keystore"
)

// moved is a server whose ten entries were copied to the storage and whose
// properties were all switched; the originals stand beside their copies.
func moved(t testing.TB) *site {
	t.Helper()
	s := half(t)
	s.set("node1", "encryption.keystore", encStore)
	s.set("node1", "server.keystore", srvStore)
	s.set("node1", multiserver, "true")
	s.write("node1", install+"/bin/classpath.conf", "dir "+shared+"/patches\ndir "+install+"/conf\ndir "+install+
		"/conf/server\nset "+install+"/lib\ndir "+shared+"/conf\ndir "+shared+"/conf/server\n")
	return s
}

// half is the same with server.appdata.dir switched and nothing else.
func half(t testing.TB) *site {
	t.Helper()
	s := lone(t)
	for _, it := range entries() {
		s.copy("node1", install+"/"+it, shared+"/"+it)
	}
	s.must(s.fs.Chmod("/share/appdata/conf/encryption.keystore", 0o600))
	s.must(s.fs.Chmod("/share/appdata/conf/server.keystore", 0o600))
	s.set("node1", "server.appdata.dir", shared)
	return s
}

func entries() []string {
	return []string{"var/plugins", "var/repository", "var/sa", "logs", "conf/server/notification-templates",
		"conf/encryption.keystore", "conf/server.keystore", "conf/collectors", "patches",
		"conf/server/log4j.properties", "conf/installed.version"}
}

// retired is moved with its originals renamed aside.
func retired(t testing.TB) *site {
	t.Helper()
	s := moved(t)
	for _, it := range entries() {
		if it != "conf/installed.version" {
			s.must(s.fs.Rename("/node1"+install+"/"+it, "/node1"+install+"/"+it+reserved.RetiredMark+"0a1b2c"))
		}
	}
	return s
}

func appdataCases() []ruleCase {
	return []ruleCase{
		{rule: "APP001", name: "there"},
		{rule: "APP001", name: "encryption keystore missing", site: single, given: func(s *site) { s.remove("node1", encStore) },
			want: []string{"error node1: is missing, and the installer creates a new keystore"}},
		{rule: "APP001", name: "both missing without properties", site: single, given: func(s *site) {
			s.unset("node1", "encryption.keystore")
			s.unset("node1", "server.keystore")
			s.remove("node1", encStore)
			s.remove("node1", srvStore)
		}, want: []string{"error node1: is missing", "error node1: is missing"}},
		{rule: "APP001", name: "folder missing", site: single, given: func(s *site) { s.remove("node1", shared) },
			want: []string{"error node1: the application data folder /media/share/appdata does not exist"}},
		{rule: "APP001", name: "folder is a file", site: single, given: func(s *site) {
			s.remove("node1", shared)
			s.write("node1", shared, "")
		}, want: []string{"error node1: the application data folder /media/share/appdata is not a folder"}},
		{rule: "APP001", name: "dangling link", site: single, given: func(s *site) {
			s.remove("node1", encStore)
			s.link("node1", "/gone/encryption.keystore", encStore)
		}, want: []string{"error node1: is a link that leads nowhere"}},
		{rule: "APP001", name: "unreadable", site: single, given: func(s *site) { s.must(s.fs.Deny("/share/appdata/conf/encryption.keystore", true)) },
			unknown: "permission denied"},
		{rule: "APP001", name: "kept elsewhere", site: single, given: func(s *site) {
			s.copy("node1", encStore, "/etc/keys/encryption.keystore")
			s.remove("node1", encStore)
			s.set("node1", "encryption.keystore", "/etc/keys/encryption.keystore") // PRP013
		}},
		{rule: "APP001", name: "links", site: linked},

		{rule: "APP002", name: "there"},
		{rule: "APP002", name: "absent", site: single, given: func(s *site) {
			s.remove("node1", shared+"/var/sa")
			s.remove("node1", shared+"/patches")
		}, want: []string{"info node1: var/sa, patches"}},

		{rule: "APP002", name: "folder unread", site: single, given: func(s *site) { s.must(s.fs.Deny("/share/appdata/var", true)) },
			unknown: "permission denied"},

		{rule: "APP003", name: "right"},
		{rule: "APP003", name: "folder unread", site: single, given: func(s *site) { s.must(s.fs.Deny("/share/appdata/var", true)) },
			unknown: "permission denied"},
		{rule: "APP003", name: "file for folder", site: single, given: func(s *site) {
			s.remove("node1", shared+"/patches")
			s.write("node1", shared+"/patches", "x")
		}, want: []string{"error node1: is a file where a folder belongs"}},
		{rule: "APP003", name: "folder for keystore", site: single, given: func(s *site) {
			s.remove("node1", encStore)
			s.must(s.fs.Mkdir("/share/appdata/conf/encryption.keystore", 0o755))
		}, want: []string{"error node1: is a folder where a file belongs"}},

		{rule: "APP004", name: "native"},
		{rule: "APP004", name: "before the move", site: lone, skip: true},
		{rule: "APP004", name: "not yet renamed aside", site: moved, want: []string{"warning node1: originals still exist beside their copies (not yet renamed aside): var/plugins"}},
		{rule: "APP004", name: "retired", site: retired},
		{rule: "APP004", name: "installed.version is no original", site: retired, given: func(s *site) { s.read("node1", versionFile) }},
		{rule: "APP004", name: "old default folder", site: single, given: func(s *site) {
			s.must(s.fs.MkdirAll("/node1"+install+"/appdata/var/repository", 0o755))
			s.write("node1", install+"/appdata/conf/encryption.keystore", "old")
		}, want: []string{"warning node1: beside their copies (not yet renamed aside): appdata/var/repository, appdata/conf/encryption.keystore"}},
		{rule: "APP004", name: "left behind", site: moved, given: func(s *site) { s.remove("node1", shared+"/var/sa") },
			want: []string{"warning node1: left behind", "warning node1: not yet renamed aside"}},
		{rule: "APP004", name: "links to the copies", site: retired, given: func(s *site) {
			s.link("node1", shared+"/patches", install+"/patches")
		}},

		{rule: "APP004", name: "a folder of originals unread", given: func(s *site) { s.must(s.fs.Deny("/node2"+install+"/var", true)) },
			unknown: "permission denied"},
		{rule: "APP004", name: "a folder of copies unread", site: single, given: func(s *site) {
			s.must(s.fs.MkdirAll("/node1"+install+"/appdata/var/repository", 0o755))
			s.must(s.fs.Deny("/share/appdata/var", true))
		}, unknown: "permission denied"},

		{rule: "APP005", name: "copies unread", site: half, given: func(s *site) {
			s.must(s.fs.Deny("/share/appdata/conf/server", true))
			s.retireFolders()
		}, unknown: "permission denied"},
		{rule: "APP005", name: "half switched and equal", site: half, unknown: "since they were not read: var/plugins"},
		{rule: "APP005", name: "half switched, no folders", site: half, given: func(s *site) { s.retireFolders() }},
		{rule: "APP005", name: "half switched and different", site: half, given: func(s *site) {
			s.retireFolders()
			s.write("node1", shared+"/conf/server/log4j.properties", "changed")
		}, want: []string{"warning node1: differs from its original"}},
		{rule: "APP005", name: "keystore differs", site: half, given: func(s *site) {
			s.retireFolders()
			s.write("node1", encStore, "changed") // PRP013
		}},
		{rule: "APP005", name: "after the switch the copies grow", site: moved, given: func(s *site) {
			s.write("node1", srvStore, "grown")
		}, skip: true},

		{rule: "APP006", name: "finished"},
		{rule: "APP006", name: "unfinished", site: single, given: func(s *site) { s.write("node1", shared+"/incomplete.tmp", "") },
			want: []string{"error node1: a first installation was started with this folder and not finished"}},
		{rule: "APP006", name: "one folder is reported once", given: func(s *site) { s.write("node2", shared+"/incomplete.tmp", "") },
			want: []string{"error node1: a first installation"}},

		{rule: "APP007", name: "there"},
		{rule: "APP007", name: "moved instead of copied", site: single, given: func(s *site) { s.remove("node1", versionFile) },
			want: []string{"error node1: it was moved instead of copied"}},
		{rule: "APP007", name: "nowhere", site: lone, given: func(s *site) { s.remove("node1", versionFile) },
			want: []string{"error node1: the installer sees no server here"}},
		{rule: "APP007", name: "no installation folder", site: lone, given: func(s *site) { s.topo.Nodes[0].Install = "/opt/nothing" },
			want: []string{"error node1: is not the installation folder of a server: it does not exist"}},
		{rule: "APP007", name: "a file", site: lone, given: func(s *site) { s.topo.Nodes[0].Install = versionFile },
			want: []string{"error node1: is not the installation folder of a server: it is not a folder"}},
		{rule: "APP007", name: "not located", site: lone, given: func(s *site) { s.topo.Nodes[0].Mounts = s.topo.Nodes[0].Mounts[1:] },
			unknown: "no mount of this server holds the path"},
		{rule: "APP007", name: "of another kind", site: lone, given: func(s *site) { s.write("node1", versionFile, "x") }}, // VER004

		{rule: "APP011", name: "right"},
		{rule: "APP011", name: "leftover", site: newer, given: func(s *site) { s.write("node1", shared+"/conf/server/log4j.properties", "x") },
			want: []string{"info node1: is not read by this version, which reads conf/server/log4j2.xml"}},
		{rule: "APP011", name: "folder unread", given: func(s *site) { s.must(s.fs.Deny("/share/appdata/conf/server", true)) },
			unknown: "permission denied"},
		{rule: "APP011", name: "application data unread", given: func(s *site) { s.must(s.fs.Deny("/share/appdata", true)) },
			unknown: "permission denied"},
		{rule: "APP011", name: "too early", site: single, given: func(s *site) {
			s.write("node1", shared+"/conf/server/log4j2.xml", "x")
			s.remove("node1", shared+"/conf/server/log4j.properties")
		}, want: []string{"info node1: which reads conf/server/log4j.properties; that file is not there"}},
	}
}

// newer is a member of a version that reads log4j2.xml.
func newer(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound("7.3.2.8.1400000"))
	return s
}

// retireFolders takes the original folders away and leaves the single files.
func (s *site) retireFolders() {
	s.t.Helper()
	for _, it := range []string{"var/plugins", "var/repository", "var/sa", "logs", "conf/server/notification-templates", "conf/collectors", "patches"} {
		s.remove("node1", install+"/"+it)
	}
}

func appdataPlaceCases() []ruleCase {
	return []ruleCase{
		{rule: "APP008", name: "private"},
		{rule: "APP008", name: "readable", site: single, given: func(s *site) { s.must(s.fs.Chmod("/share/appdata/conf/encryption.keystore", 0o644)) },
			want: []string{"info node1: has mode -rw-r--r--"}},
		{rule: "APP008", name: "made up", site: single, given: func(s *site) { s.must(s.fs.Chmod("/share/appdata/conf/encryption.keystore", 0o777)) },
			unknown: "SMB storages make modes up"},

		{rule: "APP009", name: "follows"},
		{rule: "APP009", name: "installation folder", site: lone},
		{rule: "APP009", name: "links", site: linked},
		{rule: "APP009", name: "half switched", site: half, want: []string{"warning node1: and lacks lines for " + shared + "/conf, " + shared + "/conf/server"}},
		{rule: "APP009", name: "old default folder", site: moved, given: func(s *site) {
			s.write("node1", install+"/bin/classpath.conf", "dir "+install+"/appdata/patches\r\ndir "+install+"/conf\r\ndir "+shared+"/conf\r\ndir "+shared+"/conf/server\r\n")
		}, want: []string{"warning node1: names folders that are not in the application data folder"}},
		{rule: "APP009", name: "another old folder", site: moved, given: func(s *site) {
			s.write("node1", install+"/bin/classpath.conf", "dir "+shared+"/patches\ndir "+install+"/conf\ndir /var/old/conf/server\ndir "+shared+"/conf\ndir "+shared+"/conf/server\n")
		}, want: []string{"warning node1: names folders"}},
		{rule: "APP009", name: "lines lacking", site: moved, given: func(s *site) {
			s.write("node1", install+"/bin/classpath.conf", "dir "+shared+"/patches\ndir "+install+"/conf\n")
		}, want: []string{"warning node1: lacks lines for"}},
		{rule: "APP009", name: "missing", site: single, given: func(s *site) { s.remove("node1", install+"/bin/classpath.conf") }, unknown: "does not exist"},
		{rule: "APP009", name: "of another form", site: single, given: func(s *site) { s.write("node1", install+"/bin/classpath.conf", "hello\n") }, unknown: "no line that this library knows"},

		{rule: "APP010", name: "no links"},
		{rule: "APP010", name: "links of an old server", site: linked},
		{rule: "APP010", name: "dangling", site: single, given: func(s *site) {
			s.remove("node1", shared+"/var/repository")
			s.link("node1", "/gone", shared+"/var/repository")
		}, want: []string{`warning node1: is a link that leads nowhere: "/gone"`}},
		{rule: "APP010", name: "folder unread", site: single, given: func(s *site) { s.must(s.fs.Deny("/share/appdata/var", true)) },
			unknown: "permission denied"},
		{rule: "APP010", name: "each to its own disk", given: (*site).ownRepositories,
			want: []string{"info node1: is a link out of", "info node2: is a link out of"}},
		{rule: "APP010", name: "circle", site: single, given: func(s *site) {
			s.remove("node1", shared+"/patches")
			s.link("node1", "patches", shared+"/patches")
		}, want: []string{"warning node1: leads in a circle"}},
		{rule: "APP010", name: "out of the folder", site: single, given: func(s *site) {
			s.remove("node1", shared+"/var/repository")
			s.must(s.fs.MkdirAll("/share/codestation", 0o755))
			s.link("node1", "/media/share/codestation", shared+"/var/repository")
		}, want: []string{"info node1: is a link out of the application data folder"}},

		{rule: "APP012", name: "apart"},
		{rule: "APP012", name: "conf/server on the share", site: single, given: func(s *site) {
			s.move("/node1"+install+"/conf/server", "/share/appdata/conf/node1")
			s.link("node1", shared+"/conf/node1", install+"/conf/server")
		}, want: []string{"error node1: conf/server lies in the application data folder"}},
		{rule: "APP012", name: "identity on the share", site: single, given: func(s *site) {
			s.copy("node1", install+"/conf/server/s2s-client-identity.keystore", shared+"/conf/s2s.keystore")
			s.set("node1", "agentcomm.keystore", shared+"/conf/s2s.keystore")
		}, want: []string{"warning node1: the identity keystore (agentcomm.keystore) lies in the application data folder"}},
		{rule: "APP012", name: "temporary folder on the share", site: single, given: func(s *site) {
			s.must(s.fs.MkdirAll("/share/appdata/tmp", 0o755))
			s.set("node1", "java.io.tmpdir", shared+"/tmp")
		}, want: []string{"warning node1: the temporary folder (java.io.tmpdir) lies in"}},
		{rule: "APP012", name: "temporary folder that is still to be made on the share", site: single, given: func(s *site) {
			s.set("node1", "java.io.tmpdir", shared+"/new/tmp")
		}, want: []string{"warning node1: the temporary folder (java.io.tmpdir) lies in the application data folder: disk:/share/appdata/new/tmp"}},
		{rule: "APP012", name: "temporary folder that is still to be made, by a way with dots", site: single, given: func(s *site) {
			s.set("node1", "java.io.tmpdir", shared+"/new/../tmp/deep/")
		}, want: []string{"warning node1: the temporary folder (java.io.tmpdir) lies in the application data folder: disk:/share/appdata/tmp/deep"}},
		{rule: "APP012", name: "one temporary folder on the share", given: func(s *site) {
			for _, n := range []string{"node1", "node2"} {
				s.set(n, "java.io.tmpdir", "/media/share/tmp")
			}
		}, want: []string{"warning node2: the temporary folder (java.io.tmpdir) is also that of node1"}},
		{rule: "APP012", name: "the temporary folder of one machine", given: func(s *site) {
			s.move("/node2"+install, "/node1/opt/second")
			s.topo.Nodes[1].Install, s.topo.Nodes[1].Mounts = "/opt/second", s.topo.Nodes[0].Mounts
			s.do(func(k *clustertest.Site) {
				k.Set("node1", "java.io.tmpdir", "/tmp/ucd")
				k.Set("node2", "java.io.tmpdir", "/tmp/ucd")
			})
		}},
		{rule: "APP012", name: "one installation", given: func(s *site) { s.topo.Nodes[1].Mounts = s.topo.Nodes[0].Mounts },
			want: []string{"error node2: the installation folder is also that of node1"}},
		{rule: "APP012", name: "one conf/server", given: func(s *site) {
			s.move("/node1"+install+"/conf/server", "/share/confserver")
			s.remove("node2", install+"/conf/server")
			s.link("node1", "/media/share/confserver", install+"/conf/server")
			s.link("node2", "/media/share/confserver", install+"/conf/server")
		}, want: []string{"error node2: conf/server is also that of node1"}},
	}
}

// ownRepositories makes the repository a link to a folder that each member has
// on its own disk.
func (s *site) ownRepositories() {
	s.t.Helper()
	s.remove("node1", shared+"/var/repository")
	s.link("node1", "/srv/repository", shared+"/var/repository")
	for _, n := range s.topo.Nodes {
		s.must(s.fs.MkdirAll("/"+n.Name+"/srv/repository", 0o755))
	}
}
