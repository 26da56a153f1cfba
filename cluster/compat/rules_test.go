package compat_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/compat"
)

const encryptionStore = clustertest.Share + "/appdata/conf/encryption.keystore"

// upgraded judges a cluster of two by the rules of an upgrade alone.
func upgraded(t *testing.T, version, to string, change func(s *clustertest.Site)) *check.Report {
	t.Helper()
	s := clustertest.NewCluster(2, clustertest.Spec{Version: version, Alias: clustertest.ServerAlias})
	if change != nil {
		change(s)
	}
	rules := compat.Upgrade(version, to).Rules()
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	r, err := s.Check(check.Options{Only: ids, Extra: rules})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func short(r *check.Report) (out []string) {
	for _, f := range r.Findings {
		if f.Severity > check.Info {
			out = append(out, fmt.Sprint(f.Rule, " ", f.Severity, " ", f.Node))
		}
	}
	return out
}

func bothMembers(rule string) []string { return []string{rule + " error node1", rule + " error node2"} }

// verbFirst is a message that lacks its subject.
var verbFirst = regexp.MustCompile("^(is|has|holds|names|shares|exists|cannot|does) ")

func TestUpgradeRules(t *testing.T) {
	const now = "7.2.3.0.1200000"
	for _, c := range []struct {
		name, version, to string
		change            func(s *clustertest.Site)
		want              []string // findings above Info
		open              []string // among the rules not judged
	}{
		{name: "nothing in the way", version: now, to: "8.0.1.3"},
		{name: "a downgrade", version: "8.0.1.3.1500000", to: now, want: bothMembers("UPG001")},
		{name: "beyond the table", version: "8.0.1.3.1500000", to: "9.0", open: []string{"UPG001", "UPG003"}},
		{name: "Java 11 is too old", version: now, to: "8.2.2", want: bothMembers("UPG002")},
		{name: "Java 17 of the next version", version: now, to: "8.2.2", change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Edit(n, clustertest.Install+"/bin/set_env", "jdk-11", "jdk-17")
				s.Set(n, cluster.KeyJavaHome, "/opt/java/jdk-17")
			}
		}},
		{name: "the file in the Java home goes before its name", version: now, to: "8.2.2", change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Write(n, "/opt/java/jdk-11/release", "JAVA_VERSION=\"21.0.3\"\n")
			}
		}},
		{name: "whether Java 17 fits is not known", version: now, to: "8.0.1.3", open: []string{"UPG002"}, change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Write(n, "/opt/java/jdk-11/release", "JAVA_VERSION=\"17.0.9\"\n")
			}
		}},
		{name: "PostgreSQL", version: "6.2.5.0.900000", to: "7.0.5.1", want: append(bothMembers("UPG003"), "UPG006 warning node1", "UPG006 warning node2"), change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Set(n, cluster.KeyDatabaseType, "postgresql")
				s.Edit(n, clustertest.Install+"/bin/set_env", "jdk-8", "default")
			}
		}},
		{name: "PostgreSQL between two answers", version: "8.0.1.3.1500000", to: "8.1.1", open: []string{"UPG003"}, change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Set(n, cluster.KeyDatabaseType, "postgresql")
			}
		}},
		{name: "Derby", version: now, to: "8.1.0", want: bothMembers("UPG003"), change: func(s *clustertest.Site) {
			for _, n := range []string{"node1", "node2"} {
				s.Set(n, cluster.KeyDatabaseType, "derby")
			}
		}},
		{name: "a triple-DES key", version: now, to: "7.3.0", want: []string{"UPG004 error node1"}, change: func(s *clustertest.Site) {
			s.Edit("node1", encryptionStore, "aes128key", "desedekey")
		}},
		{name: "a triple-DES key that may stay", version: "7.2.2.0.1100000", to: now, change: func(s *clustertest.Site) {
			s.Edit("node1", encryptionStore, "aes128key", "desedekey")
		}},
		{name: "agents of 7.0", version: "7.0.5.1.1041488", to: "7.2.0", open: []string{"UPG005"}},
		{name: "the first WebSocket version", version: "6.2.7.1.970000", to: "7.0.0.1", want: []string{"UPG006 warning node1", "UPG006 warning node2"}},
		{name: "the keystore is not there", version: now, to: "8.0.1.3", want: []string{"UPG009 error node2"}, change: func(s *clustertest.Site) {
			s.Set("node2", cluster.KeyEncryptionStore, "../conf/encryption.keystore")
		}},
		{name: "no backup", version: now, to: "8.0.1.3", want: []string{"UPG013 error "}, change: func(s *clustertest.Site) {
			no := false
			s.Topology.Facts.Backups.Offline = &no
		}},
		{name: "no version", version: now, to: "8.0.1.3", open: []string{"UPG001"}, change: func(s *clustertest.Site) {
			s.Remove("node2", clustertest.Install+"/conf/installed.version")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := upgraded(t, c.version, c.to, c.change)
			if got := short(r); !slices.Equal(got, c.want) {
				t.Errorf("findings %q, want %q", got, c.want)
			}
			for _, id := range c.open {
				if !slices.Contains(r.NotJudged, id) {
					t.Errorf("%s was judged", id)
				}
			}
			for _, f := range r.Findings {
				if f.Message == "" || f.Fix == "" || f.Source == "" {
					t.Errorf("finding lacks what a reader needs: %+v", f)
				}
				if verbFirst.MatchString(f.Message) || strings.Contains(f.Message, "[") {
					t.Errorf("not a sentence: %s", f.Message)
				}
				if f.Rule == "UPG004" && !strings.HasPrefix(f.Message, f.Path+` holds keys that are triple DES by their alias, which 7.3.0 no longer reads: "desedekey`) {
					t.Error(f.Message)
				}
			}
		})
	}
}

// TestEveryConditionHasARule: what Upgrade asks for, Rules looks into or says
// that it cannot.
func TestEveryConditionHasARule(t *testing.T) {
	for _, from := range []string{"6.1.0.0.1", "6.2.1.1.788401", "7.0.5.1.1", "8.0.1.2.1"} {
		path := compat.Upgrade(from, "8.2.2.0.1")
		what := map[string]bool{}
		for _, r := range path.Rules() {
			what[r.What] = true
			if !strings.HasPrefix(r.ID, "UPG") || r.Source == "" || (r.Member == nil) == (r.Cluster == nil) {
				t.Errorf("rule %+v", r)
			}
		}
		seen := map[string]bool{}
		for _, l := range path.Legs {
			for _, c := range l.Conditions {
				if !seen[c.ID] && !what[c.Requirement] {
					t.Errorf("from %s: no rule for %s", from, c.ID)
				}
				seen[c.ID] = true
			}
		}
	}
}
