package check_test

import (
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

func versionDefects() []defect {
	return []defect{
		{rule: "VER001", name: "one member of another build", seed: func(s *site) {
			s.edit("node3", versionFile, corpusVersion, "7.2.1.0.1130001")
		}, want: []string{"VER001 error node3"}},
		{rule: "VER001", name: "a member of an older release", seed: func(s *site) {
			s.edit("node3", versionFile, corpusVersion, "6.2.1.1.788401")
		}, want: []string{"VER001 error node3"}},
		{rule: "VER001", name: "a member of a newer release", seed: func(s *site) {
			s.edit("node3", versionFile, corpusVersion, "8.0.1.0.788401")
		}, want: []string{"VER001 error node3", "APP002 info node3", "APP011 info node3"}},
		{rule: "VER002", name: "the shared file is older", seed: func(s *site) {
			s.edit("node1", sharedVersion, corpusVersion, "7.2.0.0.1120000")
		}, want: []string{"VER002 warning node1"}},
		{rule: "VER003", name: "the shared file was never copied", seed: func(s *site) { s.remove("node1", sharedVersion) },
			want: []string{"VER003 error node1"}},
		{rule: "VER004", name: "a bare version", seed: func(s *site) { s.write("node2", versionFile, corpusVersion+"\n") },
			want: []string{"VER004 error node2"}},
		{rule: "VER005", name: "a version typed by hand", seed: func(s *site) { s.write("node2", versionFile, versionText("7.2.1.0")) },
			want: []string{"VER005 warning node2"}},
	}
}

func appdataDefects() []defect {
	return []defect{
		{rule: "APP001", name: "encryption keystore lost", seed: func(s *site) { s.remove("node1", encFile) },
			want: []string{"APP001 error node1"}},
		{rule: "APP001", name: "server keystore lost", seed: func(s *site) { s.remove("node1", srvFile) },
			want: []string{"APP001 error node1"}},
		{rule: "APP001", name: "folder gone", seed: func(s *site) { s.remove("node1", shared) },
			want: []string{"APP001 error node1"}},
		{rule: "APP002", name: "patches forgotten", seed: func(s *site) { s.remove("node1", shared+"/patches") },
			want: []string{"APP002 info node1"}},
		{rule: "APP003", name: "a file in place of the repository", seed: func(s *site) {
			s.remove("node1", shared+"/var/repository")
			s.write("node1", shared+"/var/repository", "x")
		}, want: []string{"APP003 error node1"}},
		{rule: "APP003", name: "a folder in place of the encryption keystore", seed: func(s *site) {
			s.remove("node1", encFile)
			s.must(s.fs.Mkdir("/share/appdata/conf/encryption.keystore", 0o750))
		}, want: []string{"APP003 error node1"}},
		{rule: "APP004", name: "the default folder was not retired", seed: func(s *site) {
			s.write("node2", install+"/appdata/conf/encryption.keystore", s.read("node2", encFile))
		}, want: []string{"APP004 warning node2"}},
		{rule: "APP004", name: "a local log file shadows the shared one", seed: func(s *site) {
			s.write("node2", install+"/conf/server/log4j.properties", "log4j.rootLogger=DEBUG\n")
		}, want: []string{"APP004 warning node2"}},
		{rule: "APP005", name: "a move begun and not finished", seed: func(s *site) {
			s.write("node1", install+"/conf/encryption.keystore", s.read("node1", encFile))
			s.must(s.fs.Chmod("/node1"+install+"/conf/encryption.keystore", 0o600))
			s.set("node1", "encryption.keystore", "../conf/encryption.keystore")
			s.write("node1", install+"/conf/server/log4j.properties", "log4j.rootLogger=DEBUG\n")
		}, want: []string{"APP004 warning node1", "APP005 warning node1", "PRP013 warning node1"}},
		{rule: "APP006", name: "a first installation broke off", seed: func(s *site) { s.write("node1", shared+"/incomplete.tmp", "") },
			want: []string{"APP006 error node1"}},
		{rule: "APP007", name: "moved instead of copied", seed: func(s *site) { s.remove("node3", versionFile) },
			want: []string{"APP007 error node3"}},
		{rule: "APP007", name: "no installation", seed: func(s *site) { s.remove("node3", install) },
			want: []string{"APP007 error node3"}},
		{rule: "APP008", name: "copied by hand", seed: func(s *site) { s.must(s.fs.Chmod("/share/appdata/conf/encryption.keystore", 0o644)) },
			want: []string{"APP008 info node1"}},
		{rule: "APP009", name: "patches of the default folder", seed: func(s *site) {
			s.edit("node2", install+"/bin/classpath.conf", shared+"/patches", install+"/appdata/patches")
		}, want: []string{"APP009 warning node2"}},
		{rule: "APP010", name: "a repository that is not mounted", seed: func(s *site) {
			s.remove("node1", shared+"/var/repository")
			s.link("node1", "/media/codestation", shared+"/var/repository")
		}, want: []string{"APP010 warning node1"}},
		{rule: "APP011", name: "log settings of the newer generation", seed: func(s *site) {
			s.write("node1", shared+"/conf/server/log4j2.xml", "<Configuration/>")
		}, want: []string{"APP011 info node1"}},
		{rule: "APP012", name: "one temporary folder for all", seed: func(s *site) {
			for _, n := range []string{"node1", "node2", "node3"} {
				s.set(n, "java.io.tmpdir", "/media/share/tmp")
			}
		}, want: []string{"APP012 warning node2", "APP012 warning node3"}},
		{rule: "APP012", name: "conf/server of one member on the share", seed: func(s *site) {
			s.move("/node3"+install+"/conf/server", "/share/appdata/conf/node3")
			s.link("node3", shared+"/conf/node3", install+"/conf/server")
		}, want: []string{"APP012 error node3"}},
	}
}

func storageDefects() []defect {
	return []defect{
		{rule: "STO001", name: "the storage is a folder of the first member", seed: func(s *site) {
			// node1 exports it: the others mount what node1 has on its own disk.
			s.move("/share/appdata", "/node1/export/appdata")
			for i := range s.topo.Nodes {
				s.topo.Nodes[i].Mounts[1].Root = "/node1/export"
			}
			for _, f := range []string{"encryption", "server"} {
				s.must(s.fs.Chmod("/node1/export/appdata/conf/"+f+".keystore", 0o600))
			}
		}, want: []string{"STO001 warning node1"}},
		{rule: "STO002", name: "another export", seed: func(s *site) {
			s.otherExport("node3")
			s.must(afero.WriteFile(s.fs, "/other/appdata/conf/encryption.keystore", []byte(reseal(jks(key("mine", pki().leaf)), ownPassword)), 0o600))
		}, want: []string{"STO002 error node3"}},
		{rule: "STO002", name: "not mounted", seed: func(s *site) {
			s.topo.Nodes[2].Mounts = s.topo.Nodes[2].Mounts[:1]
			s.must(s.fs.MkdirAll("/node3"+shared, 0o750))
		}, want: []string{"STO002 error node3"}},
		{rule: "STO002", name: "the repository on each member's own disk", seed: (*site).ownRepositories,
			want: []string{"STO002 warning node2", "STO002 warning node3", "APP010 info node1", "APP010 info node2", "APP010 info node3"}},
		{rule: "STO003", name: "another account", seed: func(s *site) { s.must(s.fs.Chown("/node2"+install, 1500, 1500)) },
			want: []string{"STO003 warning node2"}},
	}
}

// otherExport gives a member another storage, with a copy of what is on the
// first, at the same path.
func (s *site) otherExport(node string) {
	s.t.Helper()
	s.must(s.fs.MkdirAll("/other", 0o755))
	for _, rel := range append(entries(), "conf/server/getting-started-custom-urls.properties") {
		s.copyTree("/share/appdata/"+rel, "/other/appdata/"+rel)
	}
	s.topo.Nodes[s.topo.Index(node)].Mounts[1].Root = "/other"
}

// withStandby is the corpus's cluster with node3 as a cold standby.
func withStandby(t testing.TB) *site {
	t.Helper()
	s := three(t, corpusVersion)
	s.topo.Nodes[2].Role = cluster.RoleStandby
	s.topo.Nodes[2].Running, s.topo.Nodes[2].Autostart = declare(false), declare(false)
	return s
}

// notShared is the corpus's cluster before the data of node1 was moved: a
// server that was upgraded from before 6.1.1.5.
func (s *site) notShared(node string) {
	s.t.Helper()
	for _, rel := range entries() {
		if rel != "conf/installed.version" {
			s.copyTree("/share/appdata/"+rel, s.real(node, install+"/"+rel))
		}
	}
	s.set(node, "server.appdata.dir", "..")
	s.set(node, "encryption.keystore", "../conf/encryption.keystore")
	s.set(node, "server.keystore", "../conf/server.keystore")
	s.edit(node, install+"/bin/classpath.conf", shared, install)
}
