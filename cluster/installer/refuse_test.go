package installer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/installer"
)

func TestWithoutAfterTheAliasDiffers(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{Host: "node3.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	a.After = nil
	install(t, s, a)
	r, err := s.Check(check.Options{Only: []string{"PRP006"}})
	if err != nil || r.Count(check.Error) != 1 {
		t.Errorf("%d errors, %v", r.Count(check.Error), err)
	}
}

func TestForMemberRefuses(t *testing.T) {
	type site = clustertest.Site
	for _, c := range []struct {
		name   string
		change func(s *site, m *installer.Machine)
		rule   string // of the first reason, "" for one that is not known
	}{
		{"a host with a port", func(_ *site, m *installer.Machine) { m.Host = "node3.example.com:7919" }, "ANS017"},
		{"a host with a scheme", func(_ *site, m *installer.Machine) { m.Host = "wss://node3.example.com" }, "ANS017"},
		{"no host", func(_ *site, m *installer.Machine) { m.Host = "" }, "ANS017"},
		{"loopback", func(_ *site, m *installer.Machine) { m.Host = "localhost" }, "ANS004"},
		{"the balancer", func(_ *site, m *installer.Machine) { m.Host = "UCD.example.com." }, "ANS005"},
		{"a member's host", func(_ *site, m *installer.Machine) { m.Host = "node2.example.com" }, "ANS005"},
		{"a relative folder", func(_ *site, m *installer.Machine) { m.AppData = "~/appdata" }, "ANS012"},
		{"versions differ", func(s *site, _ *installer.Machine) {
			s.Write("node2", clustertest.Install+"/conf/installed.version", "installed.version=7.0.5.0.1\n")
		}, "VER001"},
		{"stale version on the share", func(s *site, _ *installer.Machine) {
			s.Write("node1", clustertest.Share+"/appdata/conf/installed.version", "installed.version=7.0.4.0.1\n")
		}, "VER002"},
		{"no version on the share", func(s *site, _ *installer.Machine) {
			s.Remove("node1", clustertest.Share+"/appdata/conf/installed.version")
		}, "VER003"},
		{"aliases differ", func(s *site, _ *installer.Machine) {
			s.Set("node2", "encryption.keystore.alias", "aes128keyelse")
		}, "PRP006"},
		{"databases differ", func(s *site, _ *installer.Machine) {
			s.Set("node2", "hibernate.connection.url", "jdbc:mysql://db.example.com:3306/other")
		}, "DBS002"},
		{"Derby", func(s *site, _ *installer.Machine) {
			for _, n := range []string{"node1", "node2"} {
				s.Set(n, "database.type", "derby")
				s.Set(n, "hibernate.connection.url", "jdbc:derby://localhost:11377/data")
			}
		}, "DBS001"},
		{"a member is a copy", func(s *site, _ *installer.Machine) {
			for _, n := range []string{"node1", "node2"} {
				s.Set(n, "server.unique.id", "same")
				s.Set(n, "server.brokerId", "same")
			}
		}, "OPS004"},
		{"not a cluster", func(s *site, _ *installer.Machine) { s.Unset("node1", cluster.KeyMultiserver) }, "PRP005"},
		{"a file cannot be read", func(s *site, _ *installer.Machine) {
			s.Deny("node2", s.Installed("node2"), true)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := clustertest.NewCluster(2, clustertest.Spec{})
			m := installer.Machine{Host: "node3.example.com"}
			c.change(s, &m)
			a, err := installer.ForMember(t.Context(), load(t, s), "node3", m)
			var refused *installer.MemberError
			if !errors.As(err, &refused) || a != nil {
				t.Fatalf("not refused: %v", err)
			}
			switch {
			case c.rule == "" && len(refused.Unknown) == 0:
				t.Errorf("nothing is unknown: %v", err)
			case c.rule != "" && (len(refused.Findings) == 0 || refused.Findings[0].Rule != c.rule):
				t.Errorf("refused by %v, want %s", err, c.rule)
			}
			for _, f := range refused.Findings {
				if f.Fix == "" || f.Source == "" || f.Message == "" {
					t.Errorf("%s lacks a part", f.Rule)
				}
			}
		})
	}
}

// TestForMemberNamesTheField: what the caller gave is refused by the name of the
// field, since no file exists in which to change it.
func TestForMemberNamesTheField(t *testing.T) {
	for _, c := range []struct {
		name    string
		machine installer.Machine
		says    string
	}{
		{"node3", installer.Machine{Host: "node3.example.com:7919"}, "give Machine.Host without scheme and port"},
		{"node3", installer.Machine{Host: "localhost"}, "give as Machine.Host the name"},
		{"node3", installer.Machine{Host: "node1.example.com"}, "give as Machine.Host the name"},
		{"node3", installer.Machine{Host: "[fe80::1]", AppData: "~/appdata"}, "give as Machine.AppData the folder"},
		{"node1", installer.Machine{Host: "node3.example.com"}, "give the new server's own name"},
	} {
		s := clustertest.NewCluster(2, clustertest.Spec{})
		_, err := installer.ForMember(t.Context(), load(t, s), c.name, c.machine)
		var refused *installer.MemberError
		if !errors.As(err, &refused) || len(refused.Findings) != 1 {
			t.Fatalf("%+v: %v", c.machine, err)
		}
		if f := refused.Findings[0]; !strings.Contains(f.Fix, c.says) || f.Pos.IsValid() || strings.Contains(f.String()+f.Fix, "install.properties") {
			t.Errorf("%+v: %s: %s", c.machine, f, f.Fix)
		}
	}
	s := clustertest.NewCluster(2, clustertest.Spec{})
	_, err := installer.ForMember(t.Context(), load(t, s), "node1", installer.Machine{Host: "node3.example.com"})
	if err == nil || !strings.Contains(err.Error(), `"node1" is installed already, as a member of this cluster or as a copy of one`) {
		t.Error(err)
	}
}

// TestHeadingAnnouncesAfter: the file says in a comment all that is set after it.
func TestHeadingAnnouncesAfter(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{Host: "node3.example.com", Secrets: map[string]string{"server.keystore.password": "ucd/store"}})
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, e := range a.After {
		if e.Key != cluster.KeyEncryptionAlias && e.Secret == "" {
			continue
		}
		if e.Secret != "" {
			secrets++
		}
		if !bytes.Contains(a.File.Bytes(), []byte("\n# "+e.Key)) || !bytes.Contains(a.File.Bytes(), []byte(e.Secret)) {
			t.Errorf("%s is not announced:\n%s", e, a.File.Bytes())
		}
	}
	if secrets == 0 {
		t.Error("no password is set after the installer")
	}
}

func TestForMemberTakesWhatIsDeclared(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	s.Topology.Nodes = append(s.Topology.Nodes, cluster.Node{Name: "node3", Host: "node3.example.com", Install: "/srv/ucd"})
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{JavaHome: "/usr/lib/jvm/17"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"agentcomm.uri": "wss://node3.example.com:7919", "install.server.dir": "/srv/ucd", "install.java.home": "/usr/lib/jvm/17"} {
		if v, _ := a.Get(key); v != want {
			t.Errorf("%s=%s, want %s", key, v, want)
		}
	}
}

func TestForMemberKeepsCredentialsOut(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{Database: clustertest.Database{Type: "mysql", URL: "jdbc:mysql://db.example.com:3306/ucd?password=MARKER"}})
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{
		Host:    "node3.example.com",
		Secrets: map[string]string{"hibernate.connection.url": "url", "hibernate.connection.password": "ucd/db"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := a.File.Bytes(); bytes.Contains(text, []byte("MARKER")) || bytes.Contains(text, []byte("pbe{")) {
		t.Errorf("the file holds a secret:\n%s", text)
	}
	for key, want := range map[string]string{"hibernate.connection.url": "${secret:url}", "hibernate.connection.password": "${secret:ucd/db}"} {
		if v, _ := a.Get(key); v != want {
			t.Errorf("%s=%s, want %s", key, v, want)
		}
	}
	noMarker(t, a)
}

func TestForMemberOnWindows(t *testing.T) {
	s := clustertest.NewSite()
	for range 2 {
		s.Join(`\\nas\ucd`, clustertest.Spec{Windows: true})
	}
	s.Declare()
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{Host: "node3.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"server.appdata.dir": `\\nas\ucd\appdata`, "install.server.dir": `C:\Program Files\ibm-ucd\server`} {
		if v, _ := a.Get(key); v != want {
			t.Errorf("%s=%s, want %s", key, v, want)
		}
	}
}

// Members that mount the storage inside their installation have it inside the
// new one's.
func TestForMemberFollowsTheInstallation(t *testing.T) {
	s := clustertest.NewSite()
	for range 2 {
		s.Join(clustertest.Share, clustertest.Spec{AppData: "../appdata"})
	}
	for i := range s.Topology.Nodes {
		m := &s.Topology.Nodes[i].Mounts[1]
		m.Path, m.Root = clustertest.Install+"/appdata", m.Root+"/appdata"
	}
	s.Declare()
	a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{Host: "node3.example.com", Install: "/srv/ucd"})
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := a.Get("server.appdata.dir"); v != "/srv/ucd/appdata" {
		t.Errorf("server.appdata.dir=%s", v)
	}
}
