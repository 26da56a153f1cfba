package check_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// soundCluster is one that administrators run, with all that the catalogue
// says about it: no Error, and nothing that the case does not name.
type soundCluster struct {
	name  string
	build func(t testing.TB) *site
	want  []string // findings, "rule severity node"
	open  []string // rules that are not judged on some member
}

func soundClusters() []soundCluster {
	return append(soundKinds(), []soundCluster{
		{name: "alias texts differ and certificates match", build: func(t testing.TB) *site {
			s := three(t, corpusVersion)
			for n, alias := range map[string]string{"node2": "ucd-2026", "node3": "tomcat"} {
				s.serve(reseal(jks(key(alias, signed(pki().leaf)...)), ownPassword), n)
				s.set(n, tlsAlias, alias)
			}
			return s
		}},
		{name: "one storage under three paths", build: differentMounts,
			want: []string{"PRP002 info node2", "PRP002 info node3"}},
		{name: "containers with a volume in the installation folder", build: containers},
		{name: "passwords encrypted everywhere, and no password known", build: func(t testing.TB) *site {
			s := three(t, corpusVersion) // each member has other pbe texts, by its seed
			s.world.Password = nil
			return s
		}, open: []string{"KEY011", "KEY016"}},
		{name: "a balancer that ends TLS before different certificates", build: func(t testing.TB) *site {
			s := three(t, corpusVersion)
			s.topo.Facts.LoadBalancer.TLSEnds = cluster.TLSAtBalancer
			s.topo.Facts.Settings.ExternalAgentURL = "https://ucd.example.com"
			s.topo.Facts.Settings.ExternalUserURL = "https://ucd.example.com"
			s.serve(reseal(installers(s), ownPassword), "node2")
			s.serve(reseal(jks(key("server", signed(pki().other)...)), ownPassword), "node3")
			return s
		}},
		{name: "a Windows pair with a UNC share", build: windowsPair, open: []string{"APP008"}},
		{name: "a 6.2 pair of the JMS era", build: jmsPair},
		{name: "a 7.3 cluster with PKCS12 and log4j2.xml", build: newest},
		{name: "a cold standby", build: withStandby},
		{name: "the repository on a storage of its own", build: codeStation,
			want: []string{"APP010 info node1"}},
		{name: "a distributed front end", build: withFrontEnd},
		{name: "servers before 6.1.1.5 that share by links", build: oldLinks},
		{name: "Oracle, its URLs in three forms", build: oracle},
		{name: "the originals retired", build: func(t testing.TB) *site {
			s := three(t, corpusVersion)
			s.copyTree("/share/appdata/conf", "/node1"+install+"/appdata.retired-0a1b2c/conf")
			return s
		}},
	}...)
}

func TestSoundClusters(t *testing.T) {
	for _, c := range soundClusters() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.build(t).check(check.Options{})
			if diff := cmp.Diff(append([]string{}, c.want...), verdicts(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.open...), append([]string{}, r.NotJudged...)); diff != "" {
				t.Errorf("not judged (-want +got):\n%s", diff)
			}
			if t.Failed() {
				t.Log(texts(r, &check.Report{}))
			}
		})
	}
}

// TestSoundClustersUndeclared: who declares nothing is told less, and of no
// Error that is none.
func TestSoundClustersUndeclared(t *testing.T) {
	for _, c := range soundClusters() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.build(t)
			s.topo.Facts, s.world.Password, s.world.Now = cluster.Facts{}, nil, time.Time{}
			for i := range s.topo.Nodes {
				n := &s.topo.Nodes[i]
				n.Host, n.Running, n.Autostart = "", nil, nil
			}
			r := s.check(check.Options{})
			if r.Count(check.Error) > 0 {
				t.Errorf("%v\n%s", verdicts(r), texts(r, &check.Report{}))
			}
			if len(r.Unknown) < 5 {
				t.Errorf("only %d unknown where nothing is declared", len(r.Unknown))
			}
		})
	}
}

// differentMounts are three members that mount the share where each likes.
func differentMounts(t testing.TB) *site {
	t.Helper()
	k := clustertest.NewSite()
	k.Join(clustertest.Share, clustertest.Spec{Version: corpusVersion, Alias: clustertest.ServerAlias})
	k.Join("/mnt/nas/ucd", clustertest.Spec{Version: corpusVersion, Alias: clustertest.ServerAlias})
	k.Join("/srv/share", clustertest.Spec{Version: corpusVersion, Alias: clustertest.ServerAlias})
	k.Declare()
	s := kitSite(t, k)
	s.ownKeystores()
	return s
}

// containers have a volume at <install>/appdata and the installer's default
// paths.
func containers(t testing.TB) *site {
	t.Helper()
	return inContainers(three(t, corpusVersion))
}

// windowsPair writes its paths with a drive letter in either case, and the
// share by its UNC name.
func windowsPair(t testing.TB) *site {
	t.Helper()
	return windowsPairOf(t, corpusVersion, "", `c:\Program Files\ibm-ucd\server`)
}

// windowsPairOf is windowsPair of a version, with the two installation folders as
// their servers write them.
func windowsPairOf(t testing.TB, version string, spellings ...string) *site {
	t.Helper()
	spellings = append(spellings, "", "")
	spec := clustertest.Spec{Version: version, Alias: clustertest.ServerAlias, Windows: true, CRLF: true, Spelling: spellings[0]}
	k := clustertest.NewSite()
	k.Join(`\\nas\ucd`, spec)
	spec.Spelling = spellings[1]
	k.Join(`\\NAS\ucd`, spec)
	k.Declare()
	s := kitSite(t, k)
	s.world.Password = passwords(ownPassword)
	for _, n := range s.topo.Nodes {
		for _, f := range []string{`\opt\tomcat\conf\tomcat.keystore`, `\conf\server\s2s-client-identity.keystore`} {
			s.do(func(k *clustertest.Site) {
				store := reseal(k.Read(n.Name, n.Install+f), ownPassword)
				if strings.HasSuffix(f, "tomcat.keystore") {
					store = reseal(good(), ownPassword)
				}
				k.Write(n.Name, n.Install+f, store)
			})
		}
	}
	s.do(func(k *clustertest.Site) {
		for _, f := range []string{"encryption", "server"} {
			f = `\\nas\ucd\appdata\conf\` + f + ".keystore"
			k.Write("node1", f, reseal(k.Read("node1", f), ownPassword))
		}
	})
	return s
}

// jmsPair has its passwords in installed.properties and the alias in
// server.xml.
func jmsPair(t testing.TB) *site {
	t.Helper()
	s := kitSite(t, clustertest.NewCluster(2, clustertest.Spec{Version: "6.2.1.1.788401", Alias: clustertest.ServerAlias}))
	s.ownKeystores()
	for _, n := range []string{"node1", "node2"} {
		s.edit(n, xmlFile, `keystorePass="changeit"`, `keystorePass="`+ownPassword+`"`)
	}
	return s
}

// newest reads log4j2.xml, and its encryption keystore is PKCS12.
func newest(t testing.TB) *site {
	t.Helper()
	s := three(t, "7.3.2.8.1400000")
	store, err := os.ReadFile("testdata/keystores/encryption-aes.p12") // its password is ownPassword
	s.must(err)
	s.write("node1", encFile, string(store))
	return s
}

// codeStation is relocated as the vendor describes: an inner link to another
// storage, which every member mounts at the same path.
func codeStation(t testing.TB) *site {
	t.Helper()
	s := three(t, corpusVersion)
	s.must(s.fs.MkdirAll("/codestation", 0o755))
	_, err := s.fs.Mount("/codestation", strictfs.Volume{})
	s.must(err)
	s.move("/share/appdata/var/repository", "/codestation/repository")
	s.link("node1", "/media/codestation/repository", shared+"/var/repository")
	for i := range s.topo.Nodes {
		s.topo.Nodes[i].Mounts = append(s.topo.Nodes[i].Mounts, cluster.Mount{Path: "/media/codestation", Storage: "disk", Root: "/codestation"})
	}
	return s
}

// oldLinks are two servers of 6.1.0.4.
func oldLinks(t testing.TB) *site {
	t.Helper()
	s := linked(t)
	s.do((*clustertest.Site).Declare)
	for i := range s.topo.Nodes {
		s.topo.Nodes[i].Host = s.topo.Nodes[i].Name + ".example.com" // no file says so before 7.0
	}
	s.ownKeystores()
	for _, n := range []string{"node1", "node2"} {
		s.edit(n, xmlFile, `keystorePass="changeit"`, `keystorePass="`+ownPassword+`"`)
	}
	return s
}

// oracle spells one service in the forms that Oracle allows.
func oracle(t testing.TB) *site {
	t.Helper()
	s := kitSite(t, clustertest.NewCluster(3, clustertest.Spec{
		Version: corpusVersion, Alias: clustertest.ServerAlias, Database: clustertest.Database{Type: "oracle"},
	}))
	s.ownKeystores()
	s.set("node2", dbURL, "jdbc:oracle:thin:@DB.example.com:1521/ucd")
	s.set("node3", dbURL, "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db.example.com)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=UCD)))")
	return s
}
