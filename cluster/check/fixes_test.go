package check_test

import (
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// advice is what a finding's fix has to say, and what it must not, so that whoever
// follows it to the letter does no damage.
type advice struct {
	name         string
	rule         string
	site         func(testing.TB) *site // unset: three of corpusVersion
	seed         func(s *site)
	says, silent []string
}

const newerVersion = "8.0.1.3.1500000"

func advices() []advice {
	return []advice{
		{name: "a newer member: the others go up, for the schema may have", rule: "VER001",
			seed: func(s *site) { s.edit("node2", versionFile, corpusVersion, newerVersion) },
			says: []string{"upgrade", newerVersion, "back up", "downgrade is not supported"}},
		{name: "an older member goes up", rule: "VER001",
			seed: func(s *site) { s.edit("node2", versionFile, corpusVersion, "7.2.0.0.1120000") },
			says: []string{"upgrade", corpusVersion}, silent: []string{"7.2.0.0.1120000"}},
		{name: "a version that is none", rule: "VER001",
			seed: func(s *site) { s.edit("node2", versionFile, corpusVersion, "seven") },
			says: []string{"restore conf/installed.version first"}, silent: []string{"upgrade"}},
		{name: "a stale file on the storage", rule: "VER002",
			seed: func(s *site) { s.edit("node1", shared+"/conf/installed.version", corpusVersion, "7.0.5.1.1041488") },
			says: []string{"copy " + versionFile}},
		{name: "a newer file on the storage", rule: "VER002",
			seed: func(s *site) { s.edit("node1", shared+"/conf/installed.version", corpusVersion, newerVersion) },
			says: []string{"leave the file as it is"}, silent: []string{"copy "}},
		{name: "no file on the storage, one version", rule: "VER003",
			seed: func(s *site) { s.remove("node1", shared+"/conf/installed.version") },
			says: []string{"copy " + versionFile + " there", "do not move"}},
		{name: "no file on the storage, two versions", rule: "VER003",
			seed: func(s *site) {
				s.remove("node1", shared+"/conf/installed.version")
				s.edit("node1", versionFile, corpusVersion, newerVersion)
			},
			says: []string{"bring all members to one version first"}, silent: []string{"copy " + versionFile}},

		{name: "Derby on every member: two migrations would give two databases", rule: "DBS001", site: pair,
			seed: func(s *site) {
				s.set("node1", "database.type", "derby")
				s.set("node2", "database.type", "derby")
			}, says: []string{"stop all members", "back them up", "decide whose data"}},
		{name: "Derby on one member", rule: "DBS001", site: pair,
			seed: func(s *site) { s.set("node2", "database.type", "derby") },
			says: []string{"stop the server before it writes", "connection properties of node1"}, silent: []string{"migrate"}},
		{name: "Derby on a server alone", rule: "DBS001", site: lone,
			seed: func(s *site) { s.set("node1", "database.type", "derby") },
			says: []string{"before a second server is installed", "back it up"}},
		{name: "one database against another", rule: "DBS002", site: pair,
			seed: func(s *site) { s.set("node2", dbURL, "jdbc:mysql://db.example.com:3306/trial") },
			says: []string{"stop this member before it writes", "make sure which"}},

		{name: "the key that agents have pinned", rule: "KEY005",
			seed: func(s *site) { s.write("node1", srvFile, reseal(jks(key("server", pki().expired)), ownPassword)) },
			says: []string{"do not replace it by hand"}, silent: []string{"bring the new one to all members"}},
		{name: "a weak key that agents have pinned", rule: "KEY010",
			seed: func(s *site) { s.write("node1", srvFile, reseal(jks(key("server", pki().weak)), ownPassword)) },
			says: []string{"do not replace it by hand"}, silent: []string{"bring it to all members"}},
		{name: "the identity of one member", rule: "KEY005",
			seed: func(s *site) { s.write("node2", identityFile, reseal(jks(key("server", pki().expired)), ownPassword)) },
			says: []string{"do not copy another member's"}, silent: []string{"all members"}},
		{name: "a certificate for users", rule: "KEY005",
			seed: func(s *site) {
				s.serve(reseal(jks(key("server", pki().expired)), ownPassword), "node1", "node2", "node3")
			},
			says: []string{"bring the new one to all members"}},
		{name: "a balancer without a name", rule: "KEY006",
			seed: func(s *site) { s.topo.Facts.LoadBalancer.Host, s.topo.Facts.LoadBalancer.URLs = "192.0.2.7", nil },
			says: []string{"192.0.2.7 among its IP addresses"}, silent: []string{"DNS"}},

		{name: "a standby that has taken over", rule: "OPS002", site: withStandby,
			seed: func(s *site) { s.topo.Nodes[2].Running = declare(true) },
			says: []string{"taken over", "declare it as a member", "otherwise stop it at once"}},
		{name: "one mark in common", rule: "OPS004",
			seed: func(s *site) { s.set("node2", "server.unique.id", s.load().Members[0].Value("server.unique.id")) },
			says: []string{"find out whether this installation was copied"}},
		{name: "an unfinished installation in a folder that is used", rule: "APP006",
			seed: func(s *site) { s.write("node1", shared+"/incomplete.tmp", "") },
			says: []string{"If no server has ever used the folder, you may start again"}},
		{name: "two storages", rule: "STO002",
			seed: func(s *site) {
				s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1]
				s.must(s.fs.MkdirAll("/node2"+shared, 0o755))
			}, says: []string{"stop this member", "before it starts"}},
		{name: "the way of JMS", rule: "NET005", site: jmsPair,
			seed: func(s *site) { s.topo.Facts.Network.MembersReachable = declare(false) },
			says: []string{"8443 and 7918"}, silent: []string{"7919", "agentcomm"}},
		{name: "the way of WebSocket", rule: "NET005", site: newest,
			seed: func(s *site) { s.topo.Facts.Network.MembersReachable = declare(false) },
			says: []string{"7919"}, silent: []string{"7918"}},
	}
}

const identityFile = install + "/conf/server/s2s-client-identity.keystore"

func TestFixesAreSafe(t *testing.T) {
	for _, a := range advices() {
		t.Run(a.rule+"/"+a.name, func(t *testing.T) {
			t.Parallel()
			build := a.site
			if build == nil {
				build = func(t testing.TB) *site { return three(t, corpusVersion) }
			}
			s := build(t)
			a.seed(s)
			r := s.check(check.Options{})
			said := 0
			for _, f := range r.Findings {
				if f.Rule != a.rule {
					continue
				}
				said++
				for _, part := range a.says {
					if !strings.Contains(f.Fix, part) {
						t.Errorf("%s does not say %q", f.Fix, part)
					}
				}
				for _, part := range a.silent {
					if strings.Contains(f.Fix, part) {
						t.Errorf("%s says %q", f.Fix, part)
					}
				}
			}
			if said == 0 {
				t.Errorf("nothing found: %v\n%s", verdicts(r), texts(r, &check.Report{}))
			}
		})
	}
}

// TestIdentitiesAreTheirOwn: what is related to a finding about the servers' own
// keys is another file of these keys, not of those for users.
func TestIdentitiesAreTheirOwn(t *testing.T) {
	s := three(t, corpusVersion)
	s.write("node1", srvFile, reseal(jks(key("server", pki().expired)), ownPassword))
	for _, f := range s.check(check.Options{Only: []string{"KEY005"}}).Findings {
		if len(f.Related) != 2 || f.Path != srvFile {
			t.Errorf("%s: %v", f.Path, f.Related)
		}
		for _, r := range f.Related {
			if r.Path != srvFile {
				t.Errorf("related to %s", r.Path)
			}
		}
	}
}

// TestStandbyLicense: whether one is needed is not documented.
func TestStandbyLicense(t *testing.T) {
	for have, want := range map[int]string{1: "error", 2: "unknown", 3: "passed"} {
		s := withStandby(t)
		s.topo.Facts.ServerLicenses = &have
		if n := len(s.topo.Nodes); n != 3 || s.topo.Nodes[2].Role != cluster.RoleStandby {
			t.Fatalf("%d nodes", n)
		}
		r := s.check(check.Options{Only: []string{"OPS010"}})
		got := "passed"
		if r.Count(check.Error) > 0 {
			got = "error"
		} else if len(r.Unknown) > 0 {
			got = "unknown"
		}
		if got != want {
			t.Errorf("%d licenses: %s, want %s", have, got, want)
		}
	}
}
