package check_test

import (
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// twoShares is a pair with the same path to the application data, under which
// each member sees a storage of its own.
func twoShares(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound(""))
	other := sound("")
	other.AppDataAt = "/other/appdata"
	s.member(other)
	s.topo.Nodes[1].Mounts[1] = cluster.Mount{Path: "/media/share", Storage: "disk", Root: "/other"}
	return s
}

func native(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(clustertest.Spec{Multiserver: true})
	return s
}

func storageCases() []ruleCase {
	return []ruleCase{
		{rule: "STO001", name: "mounted"},
		{rule: "STO001", name: "local folder", site: native, want: []string{"warning node1: is on the same device as the installation folder"}},
		{rule: "STO001", name: "not mounted", site: single, given: func(s *site) {
			s.topo.Nodes[0].Mounts = s.topo.Nodes[0].Mounts[:1]
			s.must(s.fs.MkdirAll("/node1"+shared+"/conf", 0o755))
		}, want: []string{"warning node1: is on the same device"}},
		{rule: "STO001", name: "installation folder", site: lone, skip: true},
		{rule: "STO001", name: "links", site: linked},
		{rule: "STO001", name: "entries of an old server are local", site: oldLocal,
			want: []string{"warning node1: these entries are local to this server: var/plugins"}},
		{rule: "STO001", name: "no device numbers", site: native, given: func(s *site) { s.world.FS["disk"] = forgetful{s.fs} },
			unknown: "does not tell devices apart"},
		{rule: "STO001", name: "declared", site: single, given: func(s *site) {
			s.world.FS["disk"], s.world.FS["nas"] = forgetful{s.fs}, forgetful{s.fs}
			s.topo.Nodes[0].Mounts[1].Storage = "nas"
		}},

		{rule: "STO002", name: "one storage"},
		{rule: "STO002", name: "links", site: linked},
		{rule: "STO002", name: "two storages", site: twoShares, given: func(s *site) {
			s.must(afero.WriteFile(s.fs, "/other/appdata/conf/encryption.keystore", []byte("x"), 0o600))
		},
			want: []string{"error node2: is not what node1 sees at the same path: conf/encryption.keystore has other bytes"}},
		{rule: "STO002", name: "not mounted", given: func(s *site) {
			s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1]
			s.must(s.fs.MkdirAll("/node2"+shared, 0o755))
		}, want: []string{"error node2: conf/encryption.keystore is missing here, conf/server.keystore is missing here"}},
		{rule: "STO002", name: "equal content", site: twoShares, unknown: "one storage, or a copy"},
		{rule: "STO002", name: "alone", site: single, skip: true},
		{rule: "STO002", name: "a link to each member's own disk", given: (*site).ownRepositories,
			want: []string{"warning node2: /media/share/appdata/var/repository is not the folder or file that node1 sees: it leads to disk:/node2/srv/repository, and that of node1 to disk:/node1/srv/repository"}},
		{rule: "STO002", name: "a mount on one entry", given: func(s *site) {
			s.must(s.fs.MkdirAll("/node2/srv/repository", 0o755))
			s.topo.Nodes[1].Mounts = append(s.topo.Nodes[1].Mounts, cluster.Mount{Path: shared + "/var/repository", Storage: "disk", Root: "/node2/srv/repository"})
		}, want: []string{"warning node2: is not the folder or file that node1 sees"}},
		{rule: "STO002", name: "a link that leads nowhere on one member", given: func(s *site) {
			s.ownRepositories() // APP010
			s.must(s.fs.RemoveAll("/node2/srv"))
		}},
		{rule: "STO002", name: "an entry unread", given: func(s *site) { s.must(s.fs.Deny("/share/appdata/var", true)) }, unknown: "permission denied"},
		{rule: "STO002", name: "two storages without keystores", site: twoShares, given: func(s *site) {
			for _, f := range []string{"encryption", "server"} {
				s.must(s.fs.Remove("/share/appdata/conf/" + f + ".keystore"))
				s.must(s.fs.Remove("/other/appdata/conf/" + f + ".keystore"))
			}
		}, unknown: "neither holds a keystore"},
		{rule: "PRP002", name: "two folders without keystores", given: func(s *site) {
			for _, n := range []string{"node1", "node2"} {
				s.write(n, "/data/"+n+"/conf/installed.version", s.read(n, versionFile))
				s.set(n, "server.appdata.dir", "/data/"+n)
			}
		}, unknown: "neither holds a keystore"},

		{rule: "STO003", name: "one owner"},
		{rule: "STO003", name: "another", given: func(s *site) { s.must(s.fs.Chown("/node2"+install, 1500, 1500)) },
			want: []string{"warning node2: belongs to 1500:1500, while that of node1 belongs to"}},
		{rule: "STO003", name: "not told", given: func(s *site) { s.world.FS["disk"] = forgetful{s.fs} }, unknown: "who owns a file"},
		{rule: "STO003", name: "alone", site: single, skip: true},
	}
}

// oldLocal is a server before 6.1.1.5 that nobody has shared yet.
func oldLocal(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(clustertest.Spec{Version: "6.1.0.4.100000", Scheme: appdata.Linked})
	return s
}
