package check_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
	"github.com/deploycluster/deploycluster/props"
)

// windows is a pair of Windows servers whose disks are folders of one Linux
// file system, and whose application data is on a UNC share.
func windows(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	const spelling = `C:\Program Files\ibm-ucd\server`
	for n := range 2 {
		node := []string{"node1", "node2"}[n]
		spec := sound("7.2.1.0.1130000")
		spec.Windows, spec.CRLF, spec.Spelling = true, true, spelling
		spec.AppData, spec.AppDataAt = `\\nas\ucd\appdata`, "/share/appdata"
		spec.Joined, spec.Node, spec.Seed = n > 0, node+".example.com", uint64(n+1)
		s.must(clustertest.Build(s.fs, "/"+node+"/c/Program Files/ibm-ucd/server", spec))
		s.topo.Nodes = append(s.topo.Nodes, cluster.Node{
			Name: node, Install: spelling,
			Mounts: []cluster.Mount{
				{Path: `C:\`, Storage: "disk", Root: "/" + node + "/c"},
				{Path: `\\nas\ucd`, Storage: "disk", Root: "/share"},
			},
		})
	}
	return s
}

func TestWindowsServersReadOnLinux(t *testing.T) {
	s := windows(t)
	// Letter case, separators and a drive that differ from the disk's.
	s.topo.Nodes[1].Install = `c:/program files\IBM-UCD/Server`
	s.topo.Nodes[1].Mounts[1].Path = `\\NAS\UCD`
	s.declareSound()
	c := s.load()
	for _, m := range c.Members {
		if len(m.Gaps) > 0 || m.Scheme != appdata.Folder || m.Tree == nil || len(m.Checked.Foreign) > 0 || len(m.Checked.Absent) > 0 {
			t.Errorf("%s: scheme %s, gaps %+v, foreign %v, absent %v", m.Node.Name, m.Scheme, m.Gaps, m.Checked.Foreign, m.Checked.Absent)
		}
		if m.AppData != `\\nas\ucd\appdata` || m.AppDataReal.Place != (cluster.Place{Storage: "disk", Path: "/share/appdata"}) {
			t.Errorf("%s: application data %s at %s", m.Node.Name, m.AppData, m.AppDataReal.Place)
		}
		if k, ok := m.Store("encryption.keystore"); !ok || k.Err != nil || k.Real.Place.Path != "/share/appdata/conf/encryption.keystore" {
			t.Errorf("%s: %+v", m.Node.Name, k)
		}
	}
	r, _ := check.Run(context.Background(), c, check.Options{Except: demoKeys()})
	if len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	// File modes tell nothing of a Windows server's permissions.
	if diff := cmp.Diff([]string{"APP008"}, r.NotJudged); diff != "" {
		t.Errorf("not judged: %s\n%+v", diff, r.Unknown)
	}
}

func TestWindowsFindings(t *testing.T) {
	s := windows(t)
	file := `/c/Program Files/ibm-ucd/server/conf/server/installed.properties`
	s.write("node2", file, strings.ReplaceAll(s.read("node2", file), `\\\\nas\\ucd\\appdata`, `\\nas\\ucd\\appdata`))
	r := s.check(check.Options{Only: []string{"PRP009"}})
	if len(r.Findings) != 4 || !strings.Contains(r.Findings[0].Message, `"\\nas\\ucd`) || r.Findings[0].Severity != check.Error {
		t.Errorf("%+v", r.Findings)
	}
}

func TestSingleOnDisk(t *testing.T) {
	root := t.TempDir()
	for scheme, spec := range map[appdata.Scheme]clustertest.Spec{
		appdata.Folder:    {Version: "7.2.1.0.1130000"},
		appdata.InInstall: {Version: "7.2.1.0.1130000", Scheme: appdata.InInstall, CRLF: true},
		appdata.Linked:    {Version: "6.1.0.4.1", Scheme: appdata.Linked, LinksTo: filepath.Join(root, "nas data")},
	} {
		t.Run(scheme.String(), func(t *testing.T) {
			install := filepath.Join(root, scheme.String(), `ser ver "é"`)
			if err := clustertest.Build(afero.NewOsFs(), install, spec); err != nil {
				t.Fatal(err)
			}
			c, err := cluster.Load(context.Background(), first(cluster.Single(afero.NewOsFs(), install)), second(cluster.Single(afero.NewOsFs(), install)))
			if err != nil {
				t.Fatal(err)
			}
			m := c.Members[0]
			if m.Scheme != scheme || len(m.Gaps) > 0 || len(m.Checked.Absent) > 0 || len(m.Standard) != 2 || m.Standard[0].Err != nil {
				t.Errorf("scheme %s, gaps %+v, absent %v, %+v", m.Scheme, m.Gaps, m.Checked.Absent, m.Standard)
			}
			if _, err := m.FS().Stat(m.InstalledPath()); err != nil {
				t.Error(err)
			}
			if r, _ := check.Run(context.Background(), c, check.Options{}); r.Count(check.Error) == 0 {
				t.Error("a server alone is not a cluster yet")
			}
		})
	}
}

// demoKeys are the rules that always have a word on the keystores that Build
// makes: the installer's certificate, and passwords that cannot be decrypted.
func demoKeys() []string { return []string{"KEY007", "KEY011", "KEY016"} }

func first[A, B any](a A, _ B) A  { return a }
func second[A, B any](_ A, b B) B { return b }

func TestMalformedPropertiesAreOneCause(t *testing.T) {
	s := single(t)
	s.declareSound()
	s.write("node1", propFile, "#\nserver.appdata.dir=C\\:\\data\nx=C:\\users\n")
	r := s.check(check.Options{})
	var text bytes.Buffer
	if err := r.WriteText(&text, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ERROR PRP020 node1: " + propFile + " is malformed in line 3, column 5:", propFile + ":3:5", "is malformed in line 3, column 5"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	if len(r.Findings) != 1 || len(r.Unknown) != 1 {
		t.Errorf("%d findings and %d unknown, want one each:\n%s", len(r.Findings), len(r.Unknown), &text)
	}
	for _, id := range []string{"PRP001", "PRP005", "APP001", "DBS001", "NET003", "STO001"} {
		if !contains(r.Unknown[0].Rules, id) || contains(r.Passed, id) {
			t.Errorf("%s needs the file, and the report does not say so", id)
		}
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func TestNothingToRead(t *testing.T) {
	s := newSite(t)
	s.topo.Nodes = []cluster.Node{{Name: "far", Install: "/opt/ucd/server"}}
	r := s.check(check.Options{})
	if len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	if contains(r.Passed, "PRP001") || contains(r.Passed, "APP001") || contains(r.Passed, "VER004") || contains(r.Passed, "PRP020") {
		t.Errorf("passed without having read anything: %v", r.Passed)
	}
	for _, id := range r.Passed {
		switch id {
		case "OPS003", "OPS005", "OPS007":
		default:
			t.Errorf("%s passed without having read anything", id)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	s := pair(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := cluster.Load(ctx, s.topo, s.world); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	mount := []cluster.Mount{{Path: "/", Storage: "disk", Root: "/"}}
	for want, topo := range map[string]cluster.Topology{
		"nodes":               {},
		"schema":              {Schema: 2, Nodes: s.topo.Nodes},
		"nodes[0].name":       {Nodes: []cluster.Node{{Install: "/x"}}},
		"nodes[1].name":       {Nodes: []cluster.Node{{Name: "a", Install: "/x"}, {Name: "a", Install: "/y"}}},
		"nodes[0].install":    {Nodes: []cluster.Node{{Name: "a", Install: "x"}}},
		"nodes[0].role":       {Nodes: []cluster.Node{{Name: "a", Install: "/x", Role: "other"}}},
		"nodes[0].mounts[0].": {Nodes: []cluster.Node{{Name: "a", Install: `C:\x`, Mounts: mount}}},
		"nodes[0].mounts[1].": {Nodes: []cluster.Node{{Name: "a", Install: "/x", Mounts: append(mount, mount...)}}},
	} {
		_, err := cluster.Load(context.Background(), topo, s.world)
		var te *cluster.TopologyError
		if !errors.As(err, &te) || !strings.HasPrefix(te.Field, want) || te.Reason == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestContextEndsWhileLoading: a context that ends in the middle is the error,
// whatever was read until then.
func TestContextEndsWhileLoading(t *testing.T) {
	s := pair(t)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	s.world.FS["disk"] = strictfs.NewSlow(s.fs, func(strictfs.Op, string) {
		if n++; n == 30 {
			cancel()
		}
	})
	s.topo.Nodes = s.topo.Nodes[:1]
	if _, err := cluster.Load(ctx, s.topo, s.world); !errors.Is(err, context.Canceled) {
		t.Errorf("%v after %d calls", err, n)
	}
}

// TestEveryCallMayFail: whichever call fails, Load gives a cluster, and no
// rule passes that needed what was not read.
func TestEveryCallMayFail(t *testing.T) {
	base := single(t)
	counting := strictfs.NewCounting(base.fs)
	base.world.FS["disk"] = counting
	base.load()
	calls := counting.Total()
	step := 1
	if !long.Tests() {
		step = 7
	}
	for n := 1; n <= calls; n += step {
		i := 0
		var failed *strictfs.Call
		base.world.FS["disk"] = strictfs.Intercept(base.fs, func(c *strictfs.Call, next func() error) error {
			if i++; i == n && c.Op != strictfs.OpClose && c.Op != "fstat" { // those two only hint at sizes
				failed = c
				return errBroken
			}
			return next()
		})
		r := base.check(check.Options{})
		if i < n {
			t.Fatalf("only %d calls", i)
		}
		if failed != nil && r.Complete() && len(r.Unknown) == 0 && len(r.Findings) == 0 {
			t.Errorf("call %d, %s %s: nobody noticed", n, failed.Op, failed.Path)
		}
		for _, f := range r.Findings {
			if f.Severity == check.Error {
				t.Errorf("call %d: %s %s: an unreadable file is reported as a wrong one", n, f.Rule, f.Message)
			}
		}
	}
}

var errBroken = errors.New("cable pulled")

func TestSpecialFilesAreNotOpened(t *testing.T) {
	s := single(t)
	for _, f := range []string{versionFile, propFile, install + "/bin/classpath.conf", install + "/opt/tomcat/conf/tomcat.keystore"} {
		s.remove("node1", f)
		s.must(s.fs.Mknod("/node1"+f, os.ModeNamedPipe|0o600))
	}
	m := s.load().Members[0]
	for _, f := range []string{versionFile, propFile, install + "/bin/classpath.conf"} {
		if g, ok := m.Gap(f); !ok || !strings.Contains(g.Err.Error(), "not a regular file") {
			t.Errorf("%s: %+v", f, g)
		}
	}
}

func TestHugeFilesAreNotRead(t *testing.T) {
	s := single(t)
	f, err := s.fs.OpenFile("/node1"+propFile, os.O_WRONLY, 0)
	s.must(err)
	s.must(f.Truncate(33 << 20))
	s.must(f.Close())
	m := s.load().Members[0]
	g, _ := m.Gap(propFile)
	var size *cluster.FileError
	if !errors.As(g.Err, &size) || size.Path != propFile || size.Kind != cluster.GapTooLarge {
		t.Errorf("%v", g.Err)
	}
}

// TestBrokenServerXML: the connectors in front of the mistake are facts, and the
// error says where it is.
func TestBrokenServerXML(t *testing.T) {
	s := single(t)
	const file = "/opt/ibm-ucd/server/opt/tomcat/conf/server.xml"
	whole := s.load().Members[0]
	if !whole.ServerXMLRead || len(whole.Connectors) != 1 {
		t.Fatalf("%v, %+v", whole.ServerXMLRead, whole.Connectors)
	}
	s.write("node1", file, s.read("node1", file)+"\n<")
	m := s.load().Members[0]
	g, _ := m.Gap(file)
	var bad *cluster.FileError
	if !errors.As(g.Err, &bad) || bad.Path != file || bad.Pos.Line < 2 || g.Kind != cluster.GapMalformed || !strings.Contains(g.Reason(), "not well-formed") {
		t.Errorf("%+v", g)
	}
	if d := cmp.Diff(whole.Connectors, m.Connectors); d != "" || m.ServerXMLRead {
		t.Errorf("read %v, %s", m.ServerXMLRead, d)
	}
}

func TestMemberFacts(t *testing.T) {
	s := single(t)
	s.setIn(secFile, "node1", "only.secured", "s")
	s.setIn(secFile, "node1", "install.server.web.port", "9")
	s.set("node1", "nothing", "null")
	m := s.load().Members[0]
	for key, want := range map[string]string{"only.secured": "s", "install.server.web.port": "8080", "nothing": "", "absent": ""} {
		if got := m.Value(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if e, _ := m.Property("only.secured"); e.Pos.Name != secFile || !e.Pos.IsValid() {
		t.Errorf("%+v", e.Pos)
	}
	if m.Version != "7.2.1.0.1130000" || m.SharedVersion != m.Version || m.VersionPos == (props.Position{}) || m.ServerPID || m.Incomplete {
		t.Errorf("%+v", m.Version)
	}
	if len(m.Keystores) != 4 || m.Keystores[0].Property != "encryption.keystore" || m.Keystores[3].Property != "agentcomm.keystore" {
		t.Errorf("%+v", m.Keystores)
	}
	if len(m.Connectors) == 0 || len(m.Classpath) == 0 || len(m.Drivers) == 0 {
		t.Error("server.xml, classpath.conf or drivers are missing")
	}
}

// TestRetiredIsKnown: what a move has set aside is told, and is not a finding.
func TestRetiredIsKnown(t *testing.T) {
	s := retired(t)
	s.write("node1", shared+"/"+reserved.Folder+"/journal.jsonl", "")
	c := s.load()
	if n := len(c.Members[0].Retired); n != 10 {
		t.Errorf("%d set aside, want 10: %v", n, c.Members[0].Retired)
	}
	r, _ := check.Run(context.Background(), c, check.Options{Except: demoKeys()})
	if len(r.Findings) > 0 || len(c.Members[0].Checked.Foreign) > 0 {
		t.Errorf("findings %+v, foreign %v", r.Findings, c.Members[0].Checked.Foreign)
	}
	if len(r.Members[0].Retired) != 10 {
		t.Error("the report does not tell")
	}
}

// TestMovedHasOneFinding: right after a move the originals are all there is
// to say.
func TestMovedHasOneFinding(t *testing.T) {
	s := moved(t)
	s.declareSound()
	r := s.check(check.Options{Except: demoKeys()})
	if len(r.Findings) != 1 || r.Findings[0].Rule != "APP004" || r.Findings[0].Severity != check.Warning || len(r.Unknown) > 0 {
		t.Errorf("%+v %+v", r.Findings, r.Unknown)
	}
}
