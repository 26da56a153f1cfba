package check_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"

	"github.com/deploycluster/deploycluster/cluster"
)

// The clusters of this file are those that administrators have met and that
// were once judged wrongly. Each begins as a sound cluster of two members of
// 8.0.1.3 and differs from it in what the row says.

const faultVersion = "8.0.1.3.1500000"

func faultSite(t testing.TB) *site {
	t.Helper()
	return two(t, faultVersion)
}

// two is three for two members.
func two(t testing.TB, version string) *site {
	t.Helper()
	s := kitSite(t, clustertest.NewCluster(2, clustertest.Spec{Version: version, Alias: clustertest.ServerAlias}))
	s.ownKeystores()
	return s
}

func faultFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/clusters/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func both(s *site, change func(node string)) {
	for _, n := range s.topo.Nodes {
		change(n.Name)
	}
}

func faults() []defect {
	uri := "agentcomm.uri"
	return []defect{
		{name: "V1 the other member's host", seed: func(s *site) { s.set("node2", uri, "wss://node1.example.com:7920") },
			want: []string{"NET001 error node2"}},
		{name: "V1 an unrelated host", seed: func(s *site) { s.set("node2", uri, "wss://olddev.example.com:7919") },
			want: []string{"NET001 warning node2"}},
		{name: "V1 the short name", seed: func(s *site) { s.set("node2", uri, "wss://node2:7919") }},
		{name: "V1 capitals and a dot", seed: func(s *site) { s.set("node2", uri, "wss://NODE2.Example.COM.:7919") }},
		{name: "V1 several addresses", seed: func(s *site) {
			s.set("node2", uri, "random:(wss://node1.example.com:7919,wss://node2.example.com:7919)")
		}, want: []string{"NET001 error node2"}, says: []string{"several"}},
		{name: "V1 a list", seed: func(s *site) {
			s.set("node2", uri, "wss://node2.example.com:7919,wss://node1.example.com:7919")
		}, want: []string{"NET001 error node2"}, says: []string{"several"}},
		{name: "V1 a port out of range", seed: func(s *site) { s.set("node2", uri, "wss://node2.example.com:79190") },
			want: []string{"NET001 error node2"}, says: []string{"79190"}},
		{name: "V2 secure is not TLS", seed: func(s *site) {
			both(s, func(n string) {
				s.write(n, xmlFile, faultFile(s.t, "v2-secure-is-not-tls.xml"))
				s.remove(n, tomcatFile)
				s.set(n, "install.server.web.always.secure", "N")
			})
			s.topo.Facts.LoadBalancer.TLSEnds = cluster.TLSAtBalancer
		}},
		{name: "V3 no TLS connector", seed: func(s *site) {
			both(s, func(n string) { s.write(n, xmlFile, faultFile(s.t, "v3-no-tls-connector.xml")) })
		}, want: []string{"KEY017 error node1", "KEY017 error node2"}},
		{name: "V5 a linked installation", seed: func(s *site) {
			both(s, func(n string) {
				s.must(s.fs.MkdirAll("/"+n+"/data/ucd", 0o755))
				s.move("/"+n+install, "/"+n+"/data/ucd/server-8")
				s.must(s.fs.SymlinkIfPossible("/data/ucd/server-8", "/"+n+install))
				s.must(afero.WriteFile(s.fs, "/"+n+"/data/ucd/server-8/bin/classpath.conf", []byte(faultFile(s.t, "v5-classpath.conf")), 0o640))
			})
		}},
		{name: "V6 the storage has the version", seed: func(s *site) {
			s.edit("node1", versionFile, faultVersion, "7.3.2.8.1400000")
		}, want: []string{"VER001 error node1"}, silent: []string{"over it", "over the shared"}},
		{name: "V7 a copy without the repository", seed: func(s *site) {
			s.copyTree("/share/appdata", "/node2"+shared)
			s.must(s.fs.RemoveAll("/node2" + shared + "/var/repository"))
			s.must(s.fs.RemoveAll("/node2" + shared + "/var/plugins"))
			s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1]
		}, want: []string{"STO002 error node2"}},
		{name: "V9 a byte order mark", seed: func(s *site) { s.write("node2", propFile, faultFile(s.t, "v9-byte-order-mark.properties")) },
			want: []string{"PRP020 error node2"}, says: []string{"byte order mark"}},
		{name: "V9 UTF-16", seed: func(s *site) { s.write("node2", propFile, faultFile(s.t, "v9-utf-16.properties")) },
			want: []string{"PRP020 error node2"}, says: []string{"UTF-16"}},
		{name: "V9 an empty file", seed: func(s *site) { s.write("node2", propFile, faultFile(s.t, "v9-empty.properties")) },
			want: []string{"PRP020 error node2"}, says: []string{"empty"}},
		{name: "V9 cut off", seed: func(s *site) {
			s.write("node2", propFile, s.read("node2", propFile)[:300]+strings.Repeat("\x00", 700))
		}, want: []string{"PRP020 error node2"}, says: []string{"NUL"}},
		{name: "V9 the passwords are gone", seed: func(s *site) { s.write("node2", secFile, "") },
			want: []string{"PRP020 error node2"}, says: []string{"empty"}},
		{name: "V10 a port written out", seed: func(s *site) { s.write("node2", xmlFile, faultFile(s.t, "v10-port-written-out.xml")) },
			want: []string{"PRP024 warning node2"}, says: []string{"9443"}},
		{name: "one machine", seed: func(s *site) {
			s.topo.Nodes[0].Host, s.topo.Nodes[1].Host = "NODE1.example.com.", "node1.example.com"
			s.set("node2", uri, "wss://node1.example.com:7920")
		}, want: []string{"NET004 warning node2"}},
		{name: "both run", seed: func(s *site) {
			for i := range s.topo.Nodes {
				s.topo.Nodes[i].Running = declare(true)
				s.write(s.topo.Nodes[i].Name, install+"/var/server.pid", "1")
			}
		}, want: []string{"OPS001 info"}},
		{name: "D http.port", seed: func(s *site) {
			both(s, func(n string) {
				s.unset(n, "install.server.web.port")
				s.write(n, propFile, s.read(n, propFile)+faultFile(s.t, "d-http-port.properties"))
			})
		}, want: []string{"PRP008 warning node1", "PRP008 warning node2"}, says: []string{"install.server.web.port"}, silent: []string{"install.server.web.https.port"}},
		{name: "E an empty value before a sealed one", seed: func(s *site) {
			both(s, func(n string) { s.write(n, propFile, s.read(n, propFile)+faultFile(s.t, "e-bare-password.properties")) })
		}, want: []string{"PRP017 error node1", "PRP017 error node2"}},
		{name: "G S3 on one member", seed: func(s *site) {
			s.write("node1", propFile, s.read("node1", propFile)+faultFile(s.t, "g-object-storage.properties"))
		}, want: []string{"PRP022 warning node2"}, says: []string{"codestation.s3"}},
	}
}

func TestFaultyClusters(t *testing.T) {
	for _, d := range faults() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.base = faultSite
			if base := faultSite(t).check(check.Options{}); len(base.Findings) > 0 {
				t.Fatalf("the sound cluster: %v", verdicts(base))
			}
			d.compare(t)
		})
	}
}

// TestDatabaseURLs: what two members' URLs mean together.
func TestDatabaseURLs(t *testing.T) {
	for line := range strings.Lines(faultFile(t, "database-urls.tsv")) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(cells) != 3 {
			continue
		}
		t.Run(cells[0]+" "+cells[1], func(t *testing.T) {
			t.Parallel()
			kind := "mysql"
			for _, k := range []string{"oracle", "db2", "postgresql"} {
				if strings.HasPrefix(cells[0], "jdbc:"+k) {
					kind = k
				}
			}
			s := kitSite(t, clustertest.NewCluster(2, clustertest.Spec{
				Version: "8.1.2.0.1600000", Alias: clustertest.ServerAlias, Database: clustertest.Database{Type: kind, URL: cells[0]},
			}))
			s.ownKeystores()
			s.set("node2", dbURL, cells[1])
			r := s.check(check.Options{Only: []string{"DBS001", "DBS002", "DBS003", "DBS004"}})
			got := verdicts(r)
			var want [][]string
			switch answer := cells[2]; {
			case strings.HasPrefix(answer, "DBS002 error or not judged"):
				want = [][]string{{"DBS002 error node2"}, {}}
				if len(got) == 0 && !slices.Contains(r.NotJudged, "DBS002") {
					t.Error("DBS002 passed")
				}
			case strings.HasPrefix(answer, "DBS002 error"):
				want = [][]string{{"DBS002 error node2"}}
			case strings.HasPrefix(answer, "no finding"):
				want = [][]string{{}}
				if len(r.Unknown) > 0 {
					t.Errorf("not judged: %s", texts(r, &check.Report{}))
				}
			case strings.Contains(answer, "v8"):
				want = [][]string{{"DBS003 error node1", "DBS003 error node2"}, {"DBS003 error"}}
			case strings.Contains(answer, "DBS004 error"):
				want = [][]string{{"DBS004 error node1", "DBS004 error node2"}}
			default:
				t.Fatalf("no such answer: %s", answer)
			}
			if !slices.ContainsFunc(want, func(w []string) bool { return slices.Equal(w, got) }) {
				t.Errorf("%q, want one of %q: %s\n%s", got, want, cells[2], texts(r, &check.Report{}))
			}
		})
	}
	t.Run("each member's own host", func(t *testing.T) {
		s := faultSite(t)
		both(s, func(n string) { s.set(n, dbURL, "jdbc:mysql://"+n+":3306/deploy") })
		if got := verdicts(s.check(check.Options{Only: []string{"DBS002", "DBS003"}})); !slices.Equal(got, []string{"DBS003 error node1", "DBS003 error node2"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("one member's host for all", func(t *testing.T) {
		s := faultSite(t)
		both(s, func(n string) { s.set(n, dbURL, "jdbc:mysql://node1.example.com:3306/deploy") })
		if got := verdicts(s.check(check.Options{Only: []string{"DBS002", "DBS003"}})); len(got) > 0 {
			t.Errorf("%q", got)
		}
	})
}
