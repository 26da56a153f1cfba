package plan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// lonely is a cluster of two and node3, a server that stands alone: with a database,
// keys, a certificate and application data of its own.
func lonely(t testing.TB, members, alone clustertest.Spec) *clustertest.Site {
	t.Helper()
	s := clustertest.NewSite()
	s.World.Secret = func(_ context.Context, ref string) (string, error) { return "MARKER-" + ref, nil }
	for range 2 {
		switch {
		case members.LinksTo != "":
			s.Add(members)
			members.Joined = true
		case members.Windows:
			s.Join(`\\nas\ucd`, members)
		default:
			s.Join(clustertest.Share, members)
		}
	}
	alone.Version = members.Version
	if alone.Database.Type == "" {
		alone.Database = clustertest.Database{Type: "derby", URL: "jdbc:derby://localhost:11377/data"}
	}
	name := s.Add(alone)
	i := s.Topology.Index(name)
	s.Topology.Nodes[i].Host = name + ".example.com"
	s.Declare()
	// A server of its own has keys of its own.
	install := s.Topology.Nodes[i].Install
	data := install
	if alone.Scheme != appdata.InInstall && members.LinksTo == "" {
		data += "/appdata"
	}
	s.Write(name, data+"/conf/encryption.keystore", s.Read(name, data+"/conf/encryption.keystore")+"\x00")
	s.Write(name, install+"/opt/tomcat/conf/tomcat.keystore", string(fixture(t, "web.jks")))
	must(t, s.Err())
	return s
}

func joined(t testing.TB, s *clustertest.Site, o plan.JoinOptions) *plan.Plan {
	t.Helper()
	p, err := plan.Join(context.Background(), loaded(t, s), "node3", o)
	must(t, err)
	return accepted(t, p)
}

// newcomers are stand-alone servers beside clusters of their version.
func newcomers() map[string][2]clustertest.Spec {
	return map[string][2]clustertest.Spec{
		"own folder":     {{Version: "7.0.5.1.1041488", Alias: "server"}, {Alias: "tomcat", Host: "node3.example.com", Extra: map[string]string{cluster.KeyAgentURI: "wss://localhost:7919"}}},
		"no folder":      {{Version: "7.1.2.0.1107654", Alias: "server"}, {Scheme: appdata.InInstall, CRLF: true, Alias: "tomcat"}},
		"before web":     {{Version: "6.2.7.1.960481", Alias: "server"}, {Alias: "tomcat", Extra: map[string]string{"server.jms.mutualAuth": "true"}}},
		"newest":         {{Version: "8.2.2.0.5", Alias: "server"}, {Alias: "tomcat", Extra: map[string]string{"install.server.web.port": "9080", "hibernate.default_schema": "UCD"}}},
		"other database": {{Version: "7.2.3.4.1148450", Alias: "server", Database: clustertest.Database{Type: "oracle"}}, {Alias: "tomcat", Database: clustertest.Database{Type: "mysql"}}},
		"windows":        {{Version: "7.2.3.4.1148450", Alias: "server", Windows: true}, {Alias: "tomcat", Windows: true, CRLF: true}},
	}
}

func TestJoin(t *testing.T) {
	for name, specs := range newcomers() {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			s := lonely(t, specs[0], specs[1])
			share, err := clustertest.Walk(s.FS, "/share")
			must(t, err)
			before := walk(t, s.FS, "/")
			p := joined(t, s, plan.JoinOptions{})
			abandonedFirst(t, p)
			if slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return strings.Contains(s.Title, "lib/ext") }) {
				sameDrivers(t, s)
				before = walk(t, s.FS, "/")
			}
			noMarkerIn(t, p)
			var doc bytes.Buffer
			must(t, p.WriteJSON(&doc))
			p, err = plan.Read(&doc)
			must(t, err)
			pre, err := p.Preview(ctx, s.World, check.Options{})
			must(t, err)
			for _, f := range pre.After.Findings {
				if f.Severity == check.Error || f.Severity == check.Warning && f.Node == "node3" {
					t.Errorf("afterwards: %s %s %s: %s", f.Severity, f.Rule, f.Node, f.Message)
				}
			}
			sim, err := p.Simulate(ctx, s.World)
			must(t, err)
			want := walk(t, sim.FS["disk"], "/")
			res, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
			must(t, err)
			if len(res.Kept) > 0 {
				t.Errorf("kept: %v", res.Kept)
			}
			if d := cmp.Diff(want, walk(t, s.FS, "/")); d != "" {
				t.Errorf("-simulated +real:\n%s", d)
			}
			now, err := clustertest.Walk(s.FS, "/share")
			must(t, err)
			if d := cmp.Diff(share, now); d != "" {
				t.Errorf("the shared folder was changed:\n%s", d)
			}
			identity(t, s)
			status, err := p.Preflight(ctx, s.World)
			must(t, err)
			if status.State != plan.StateSwitched || !strings.Contains(status.Next, "load balancer") {
				t.Errorf("%+v", status)
			}
			res, err = p.Apply(ctx, s.World, plan.ApplyOptions{})
			must(t, err)
			if len(res.Done) > 0 {
				t.Errorf("applied again: done %v", res.Done)
			}
			again := joined(t, s, plan.JoinOptions{})
			if !again.Empty() || len(again.Steps)+len(again.Warnings) > 0 {
				t.Errorf("planned again: %+v %v", again.Steps, again.Warnings)
			}
			_, err = p.Revert(ctx, s.World, plan.RevertOptions{})
			must(t, err)
			if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
				t.Errorf("reverted (-before +now):\n%s", d)
			}
		})
	}
}

// sameDrivers is what the plan asks people to do.
func sameDrivers(t *testing.T, s *clustertest.Site) {
	t.Helper()
	c := loaded(t, s)
	lib := c.Member("node3").InInstall("lib/ext") + "/"
	for _, jar := range c.Member("node3").Drivers {
		s.Remove("node3", lib+jar)
	}
	for _, jar := range c.Member("node1").Drivers {
		s.Write("node3", lib+jar, s.Read("node1", lib+jar))
	}
	must(t, s.Err())
}

// abandonedFirst: what is lost stands at the head of everything.
func abandonedFirst(t *testing.T, p *plan.Plan) {
	t.Helper()
	if len(p.Warnings) == 0 || p.Warnings[0].Rule != "JOI003" || !strings.Contains(p.Warnings[0].Message, "abandoned") {
		t.Errorf("the first warning: %+v", p.Warnings)
	}
	first := p.Steps[0]
	if first.Action != plan.ActionManual || first.Phase != plan.PhasePrepare || !strings.Contains(first.Title, "Export") {
		t.Errorf("the first step: %+v", first)
	}
	var order []string
	last := ""
	for _, s := range p.Steps {
		if s.Action.Changes() {
			order = append(order, string(s.Action))
		}
		if s.Action == plan.ActionSet {
			last = s.ServerFrom
		}
	}
	if !strings.HasSuffix(last, "/installed.properties") && !strings.HasSuffix(last, `\installed.properties`) {
		t.Errorf("the commit point is %s", last)
	}
	if i := slices.Index(order, "retire"); i < 0 || slices.Contains(order[i:], "set") {
		t.Errorf("the order of changes: %v", order)
	}
	text := ""
	for _, s := range p.Steps {
		text += s.Title + "\n"
	}
	at := 0
	for _, want := range []string{"Export", "Stop the server", "automatic start", "Mount", "Back up", "secrets", "Edit ", "aside", "Start node3 alone", "load balancer", "failover", "list of all"} {
		if want == "failover" {
			continue
		}
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q does not come where it should:\n%s", want, text)
		}
		at += i
	}
}

// identity: what tells one server from another stays the server's own.
func identity(t *testing.T, s *clustertest.Site) {
	t.Helper()
	c := loaded(t, s)
	a, b := c.Member("node1"), c.Member("node3")
	for _, key := range []string{cluster.KeyUniqueID, cluster.KeyBrokerID, cluster.KeyAgentURI} {
		if v := b.Value(key); v != "" && v == a.Value(key) {
			t.Errorf("%s is that of node1", key)
		}
	}
	for _, key := range []string{cluster.KeyDatabaseURL, cluster.KeyEncryptionAlias, cluster.KeyWebHost, cluster.KeyMultiserver, "hibernate.default_schema", cluster.KeyWebPort} {
		if a.Value(key) != b.Value(key) {
			t.Errorf("%s is %q, not %q", key, b.Value(key), a.Value(key))
		}
	}
	if uri := b.Value(cluster.KeyAgentURI); uri != "" && uri != "wss://node3.example.com:7919" {
		t.Errorf("its address is %s", uri)
	}
	if a.AppDataReal.Place != b.AppDataReal.Place {
		t.Errorf("its application data is %v", b.AppDataReal.Place)
	}
	if b.Value("hibernate.connection.password") != "MARKER-hibernate.connection.password" {
		t.Error("the password of the database is not the cluster's")
	}
}

func titles(p *plan.Plan) (text string) {
	for _, s := range p.Steps {
		text += fmt.Sprintf("\n%s %s %s", s.ID, s.Action, s.Title)
	}
	return text
}

func TestJoinRefuses(t *testing.T) {
	spec := clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}
	const installed = clustertest.Install + "/conf/installed.version"
	tried := map[string]bool{}
	for _, c := range []struct {
		name, rule string
		options    plan.JoinOptions
		seed       func(s *clustertest.Site)
		says       string
	}{
		{name: "another build", rule: "VER001", seed: func(s *clustertest.Site) { s.SetIn("node3", installed, "installed.version", "7.2.3.4.1148451") }, says: "are different versions"},
		{name: "the same version, spelled otherwise", rule: "VER001", seed: func(s *clustertest.Site) { s.SetIn("node3", installed, "installed.version", "07.2.3.4.1148450") }, says: "two spellings"},
		{name: "no version", rule: "APP007", seed: func(s *clustertest.Site) { s.Remove("node3", installed) }},
		{name: "a copy", rule: "OPS004", seed: func(s *clustertest.Site) {
			for _, key := range []string{cluster.KeyUniqueID, cluster.KeyBrokerID} {
				m, _ := s.Load()
				s.Set("node3", key, m.Member("node1").Value(key))
			}
		}, says: joining.Copied},
		{name: "it runs", rule: "OPS001", seed: func(s *clustertest.Site) { s.Write("node3", clustertest.Install+"/var/server.pid", "1") }},
		{name: "alone", rule: "JOI001", seed: func(s *clustertest.Site) {
			s.Topology.Nodes = s.Topology.Nodes[2:]
			s.Topology.Facts = cluster.Facts{}
		}},
		{name: "the share is not mounted", rule: "TGT011", seed: func(s *clustertest.Site) {
			s.Topology.Nodes[2].Mounts = s.Topology.Nodes[2].Mounts[:1]
		}},
		{name: "another share", rule: "STO002", seed: func(s *clustertest.Site) {
			s.Topology.Nodes[2].Mounts = s.Topology.Nodes[2].Mounts[:1]
			s.Write("node3", clustertest.Share+"/appdata/conf/x", "x")
		}},
		{name: "not where it says", rule: "TGT009", options: plan.JoinOptions{AppData: "share"}},
		{name: "of another system", rule: "TGT009", options: plan.JoinOptions{AppData: `\\nas\ucd\appdata`}},
		{name: "the cluster is none", rule: "PRP005", seed: func(s *clustertest.Site) { s.Unset("node2", cluster.KeyMultiserver) }},
		{name: "its version file is old", rule: "VER002", seed: func(s *clustertest.Site) {
			s.SetIn("node1", clustertest.Share+"/appdata/conf/installed.version", "installed.version", "7.2.3.4.1")
		}},
		{name: "no address of its own", rule: "NET001", seed: func(s *clustertest.Site) {
			s.Topology.Nodes[2].Host = ""
			s.Set("node3", cluster.KeyAgentURI, "wss://localhost:7919")
		}},
		{name: "the address of another", rule: "NET002", options: plan.JoinOptions{AgentURI: "wss://node1.example.com:7919"}},
		{name: "the keystore leads outside", rule: "PRP013", seed: func(s *clustertest.Site) {
			s.Write("node1", clustertest.Install+"/conf/server.keystore", s.Read("node1", clustertest.Share+"/appdata/conf/server.keystore"))
			s.Set("node1", cluster.KeyServerStore, "../conf/server.keystore")
		}},
		{name: "its data is another's too", rule: "TGT015", seed: func(s *clustertest.Site) {
			s.Topology.Nodes = append(s.Topology.Nodes, cluster.Node{Name: "node4", Install: "/x", Role: cluster.RoleMember, Mounts: []cluster.Mount{{Path: "/", Storage: "disk", Root: "/node3/opt/ibm-ucd/server/appdata"}}})
		}},
		{name: "the certificate cannot be told", rule: "KEY001", seed: func(s *clustertest.Site) { s.Set("node1", cluster.KeyTomcatAlias, "nobody") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
			if c.seed != nil {
				c.seed(s)
			}
			must(t, s.Err())
			before := walk(t, s.FS, "/")
			p, err := plan.Join(ctx, loaded(t, s), "node3", c.options)
			must(t, err)
			if c.name == "its data is another's too" && len(p.Refusals) > 0 && p.Refusals[0].Rule != c.rule {
				t.Skip("the other member is refused first: " + p.Refusals[0].String())
			}
			found := false
			for _, r := range p.Refusals {
				if r.Message == "" || r.Fix == "" || r.Source == "" {
					t.Errorf("%+v lacks something", r)
				}
				found = found || r.Rule == c.rule && strings.Contains(r.String(), c.says)
			}
			if !found || len(p.Refusals) > 1 {
				t.Errorf("want %s … %s; got %v", c.rule, c.says, p.Refusals)
			}
			tried[c.rule] = true
			var refused *plan.RefusedError
			if _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); !errors.As(err, &refused) {
				t.Errorf("applied: %v", err)
			}
			if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
				t.Errorf("something was changed:\n%s", d)
			}
		})
	}
	s := lonely(t, clustertest.Spec{Version: "6.1.0.4.589412", LinksTo: "/share/appdata", Multiserver: true}, clustertest.Spec{})
	p, err := plan.Join(context.Background(), loaded(t, s), "node3", plan.JoinOptions{})
	must(t, err)
	if len(p.Refusals) == 0 || p.Refusals[len(p.Refusals)-1].Rule != "JOI002" {
		t.Errorf("servers that share by links: %v", p.Refusals)
	}
	tried["JOI002"], tried["JOI003"] = true, true // the last is a warning; see TestJoin
	for _, r := range plan.RefusalRules() {
		if strings.HasPrefix(r.ID, "JOI") && !tried[r.ID] {
			t.Errorf("no case for %s, %s", r.ID, r.Title)
		}
	}
	var unknown *plan.Error
	for _, node := range []string{"node9", "node3"} {
		s := lonely(t, spec, clustertest.Spec{})
		if _, err := plan.Join(context.Background(), loaded(t, s), node, plan.JoinOptions{Like: "node3"}); !errors.As(err, &unknown) || unknown.Reason != plan.ReasonNode {
			t.Errorf("%s like node3: %v", node, err)
		}
	}
}

// The server's application data may turn out to be the cluster's, under another
// name: it is neither copied nor put aside.
func TestJoinNeverPutsTheClustersFolderAside(t *testing.T) {
	ctx := context.Background()
	spec := clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}
	const own = clustertest.Install + "/appdata"
	aside := func(p *plan.Plan) bool {
		return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Action == plan.ActionRetire })
	}

	t.Run("another name of the storage", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		s.World.FS["alias"] = s.FS
		n := &s.Topology.Nodes[2]
		n.Mounts = append(n.Mounts, cluster.Mount{Path: own, Storage: "alias", Root: "/share/appdata"})
		if p := joined(t, s, plan.JoinOptions{}); aside(p) || !p.AlreadyShared {
			t.Errorf("already shared: %v; %s", p.AlreadyShared, titles(p))
		}
	})
	t.Run("a copy of it", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		s.Write("node3", own+"/conf/encryption.keystore", s.Read("node1", clustertest.Share+"/appdata/conf/encryption.keystore"))
		p := joined(t, s, plan.JoinOptions{})
		if aside(p) || !slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return strings.HasPrefix(s.Title, "Look at "+own) }) {
			t.Error(titles(p))
		}
	})
	t.Run("a link to it", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		s.Link("node3", "/opt/ibm-ucd/server/elsewhere", own+"-link")
		s.Write("node3", clustertest.Install+"/elsewhere/conf/encryption.keystore", "keys of its own")
		s.Write("node3", clustertest.Install+"/elsewhere/conf/server.keystore", "keys of its own")
		s.Set("node3", cluster.KeyAppData, own+"-link")
		if p := joined(t, s, plan.JoinOptions{}); aside(p) {
			t.Error(titles(p))
		}
	})
	t.Run("mounted since the plan was made", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		machine := boundFs{afero.NewBasePathFs(s.FS, "/node3"), s.FS, "/nowhere"}
		s.World.FS["machine"] = machine
		s.Topology.Nodes[2].Mounts[0] = cluster.Mount{Path: "/", Storage: "machine", Root: "/"}
		p := joined(t, s, plan.JoinOptions{})
		if !aside(p) {
			t.Fatal(titles(p))
		}
		machine.at = own
		s.World.FS["machine"] = machine
		before := walk(t, s.FS, "/")
		var why *plan.Error
		if _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); !errors.As(err, &why) || why.Reason != plan.ReasonSameStorage {
			t.Errorf("applied: %v", err)
		}
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("something was changed:\n%s", d)
		}
		status, err := p.Preflight(ctx, s.World)
		must(t, err)
		if len(status.Refusals) == 0 {
			t.Errorf("%+v", status)
		}
	})
}

// boundFs is a machine on which the cluster's folder is mounted at a path.
type boundFs struct {
	afero.Fs
	disk afero.Fs
	at   string
}

func (b boundFs) where(name string) (afero.Fs, string) {
	if rest, in := strings.CutPrefix(name, b.at); in {
		return b.disk, "/share/appdata" + rest
	}
	return b.Fs, name
}

func (b boundFs) Stat(name string) (os.FileInfo, error) {
	fsys, name := b.where(name)
	return fsys.Stat(name)
}

func (b boundFs) Open(name string) (afero.File, error) {
	fsys, name := b.where(name)
	return fsys.Open(name)
}

func (b boundFs) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	fsys, name := b.where(name)
	return fsys.(afero.Lstater).LstatIfPossible(name)
}

func (b boundFs) ReadlinkIfPossible(name string) (string, error) {
	fsys, name := b.where(name)
	return fsys.(afero.LinkReader).ReadlinkIfPossible(name)
}

// Between approval and the run the server was started, or its storage is gone.
func TestJoinLooksAgain(t *testing.T) {
	ctx := context.Background()
	for rule, change := range map[string]func(s *clustertest.Site){
		"OPS001": func(s *clustertest.Site) { s.Write("node3", clustertest.Install+"/var/server.pid", "1") },
		"TGT011": func(s *clustertest.Site) { must(t, s.FS.Rename("/share/appdata", "/share/gone")) },
	} {
		s := lonely(t, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}, clustertest.Spec{Alias: "tomcat"})
		p := joined(t, s, plan.JoinOptions{})
		change(s)
		must(t, s.Err())
		before := walk(t, s.FS, "/")
		var refused *plan.RefusedError
		if _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); !errors.As(err, &refused) || refused.Refusals[0].Rule != rule {
			t.Errorf("%s: applied: %v", rule, err)
		}
		status, err := p.Preflight(ctx, s.World)
		must(t, err)
		if len(status.Refusals) == 0 || status.Refusals[0].Rule != rule {
			t.Errorf("%s: %+v", rule, status)
		}
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("%s: something was changed:\n%s", rule, d)
		}
	}
}

func TestJoinPlansForPeopleWhatItCannotDo(t *testing.T) {
	spec := clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}
	const own = clustertest.Install + "/appdata"
	has := func(t *testing.T, p *plan.Plan, title string) {
		t.Helper()
		if !slices.ContainsFunc(p.Steps, func(s plan.Step) bool {
			return s.Action == plan.ActionManual && strings.Contains(s.Title, title)
		}) {
			t.Errorf("no step %q: %s", title, titles(p))
		}
	}
	t.Run("a mount stays", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		must(t, s.FS.Rename("/node3"+own, "/other"))
		must(t, s.FS.MkdirAll("/node3"+own, 0o755))
		n := &s.Topology.Nodes[2]
		n.Mounts = append(n.Mounts, cluster.Mount{Path: own, Storage: "disk", Root: "/other"})
		p := joined(t, s, plan.JoinOptions{})
		has(t, p, "Look at "+own)
		if slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Action == plan.ActionRetire }) {
			t.Error("the mount point is renamed")
		}
	})
	t.Run("no HTTPS connector", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		s.Edit("node3", clustertest.Install+"/opt/tomcat/conf/server.xml", `SSLEnabled="true"`, `SSLEnabled="false"`)
		has(t, joined(t, s, plan.JoinOptions{}), "Make the connectors in")
	})
	t.Run("another place of the old folder is named", func(t *testing.T) {
		s := lonely(t, spec, clustertest.Spec{Alias: "tomcat"})
		s.Write("node3", clustertest.Install+"/bin/set_env", "JAVA_OPTS=-Dx="+own+"/var\n")
		has(t, joined(t, s, plan.JoinOptions{}), "Look at line 1 of "+clustertest.Install+"/bin/set_env")
	})
}

// What cannot be renamed in its own folder, as a mount that nobody declared, stays
// and is said last.
func TestJoinKeepsWhatCannotBeRenamed(t *testing.T) {
	const own = clustertest.Install + "/appdata"
	s := lonely(t, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}, clustertest.Spec{Alias: "tomcat"})
	p := joined(t, s, plan.JoinOptions{})
	s.World.FS["disk"] = strictfs.NewFailing(s.FS, strictfs.Fault{Op: strictfs.OpRename, Path: "/node3" + own, Err: syscall.EBUSY})
	res, err := p.Apply(context.Background(), s.World, plan.ApplyOptions{})
	must(t, err)
	if len(res.Kept) != 1 || res.Kept[0].Path != own || !strings.Contains(res.Kept[0].Reason, "does not use it any more") {
		t.Errorf("kept: %+v", res.Kept)
	}
	s.World.FS["disk"] = s.FS
	res, err = p.Apply(context.Background(), s.World, plan.ApplyOptions{}) // unmounted
	must(t, err)
	if len(res.Kept) > 0 || len(res.Done) != 1 {
		t.Errorf("applied again: %+v", res)
	}
}

// Credentials in addresses and of object storage are references, too; and a member
// is recognised as one although encrypted values never compare equal.
func TestJoinKeepsSecretsOut(t *testing.T) {
	s := lonely(t, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server"}, clustertest.Spec{Alias: "tomcat"})
	for i, node := range []string{"node1", "node2"} {
		s.Set(node, cluster.KeyDatabaseURL, "jdbc:mysql://db.example.com:3306/ibm_ucd?user=u&password=MARKER")
		s.Set(node, "codestation.s3.bucket", "artifacts")
		s.Set(node, "codestation.s3.enabled", "true")
		s.Set(node, "codestation.s3.secretKey", fmt.Sprintf("pbe{MARKER%d}", i))
	}
	p := joined(t, s, plan.JoinOptions{Secrets: map[string]string{cluster.KeyDatabaseURL: "vault/url"}})
	noMarkerIn(t, p)
	refs := map[string]string{}
	for _, st := range p.Steps {
		for _, e := range st.Edits {
			if e.Secret != "" {
				refs[e.Key] = e.Secret
			}
		}
	}
	if refs[cluster.KeyDatabaseURL] != "vault/url" || refs["codestation.s3.secretKey"] != "codestation.s3.secretKey" || refs["server.key.password"] != "server.keystore.password" {
		t.Errorf("references: %v", refs)
	}
	s.World.Secret = func(_ context.Context, ref string) (string, error) {
		if ref == "vault/url" {
			return "jdbc:mysql://db.example.com:3306/ibm_ucd?user=u&password=MARKER", nil
		}
		return "pbe{MARKER of this server}", nil
	}
	_, err := p.Apply(context.Background(), s.World, plan.ApplyOptions{})
	must(t, err)
	if again := joined(t, s, plan.JoinOptions{}); !again.Empty() {
		t.Errorf("planned again: %s", titles(again))
	}
}

// The way back of a server that joined says how to see that it is stopped.
func TestJoinRunbookLooksForTheServer(t *testing.T) {
	s := lonely(t, clustertest.Spec{Alias: "server"}, clustertest.Spec{Alias: "tomcat"})
	var book strings.Builder
	must(t, joined(t, s, plan.JoinOptions{}).WriteMarkdown(&book))
	_, back, _ := strings.Cut(book.String(), "Back out")
	if !strings.Contains(back, "pgrep -f "+clustertest.Install) || !strings.Contains(back, "Expect: no output. If only server.pid is listed") {
		t.Errorf("no command looks for the server in\n%s", back)
	}
}
