package installer_test

import (
	"bytes"
	"errors"
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
