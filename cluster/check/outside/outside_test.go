// Package outside_test holds copies of rules of the catalogue as a caller would
// write them: they reach members through what package cluster exports, and
// nothing else.
package outside_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// copies are, by the id of their originals: a rule about a member, two about the
// cluster, of which one denies what the other rests on, and two about pairs of
// members, likewise.
func copies() map[string]check.Rule {
	return map[string]check.Rule{
		"APP006": {ID: "OUR001", Severity: check.Error, Member: unfinished},
		"VER001": {ID: "OUR002", Severity: check.Error, Cluster: sameVersion, Denies: []check.PremiseKind{check.PremiseVersion}},
		"VER002": {ID: "OUR003", Severity: check.Warning, Cluster: sharedVersion, Assumes: []check.PremiseKind{check.PremiseVersion}},
		"OPS004": {ID: "OUR004", Severity: check.Error, Cluster: copied, Denies: []check.PremiseKind{check.PremiseIdentity}},
		"NET002": {ID: "OUR005", Severity: check.Error, Cluster: sameAddress, Assumes: []check.PremiseKind{check.PremiseIdentity}},
	}
}

func unfinished(p *check.Pass, m *cluster.Member) {
	switch {
	case m.Tree == nil:
		p.Blocked(m, m.AppData)
	case m.Incomplete:
		p.Report(check.Finding{
			Path: serverpath.Join(m.AppData, "incomplete.tmp"), Message: serverpath.Join(m.AppData, "incomplete.tmp") + " exists: a first installation was started with this folder and not finished",
			Fix: "finish the installation that was started. If no server has ever used the folder, you may start again with an empty folder instead. Until then run no other installer with this folder",
		})
	}
}

// main is the version of the first two members; the tests make the third one odd.
func main(c *cluster.Cluster) string { return c.Members[0].Version }

func sameVersion(p *check.Pass, c *cluster.Cluster) {
	for _, m := range c.Members {
		if m.Version == main(c) {
			continue
		}
		p.Report(check.Finding{
			Node: m.Node.Name, Path: m.VersionPath(), Pos: m.VersionPos,
			Message: fmt.Sprintf("the member runs version %q, while node1, node2 run %q", m.Version, main(c)),
			Fix:     "stop all members, back up database and application data, and upgrade those of an older version to " + main(c) + " with the same installation media; a downgrade is not supported",
			Denies:  []check.Premise{check.PremiseVersion.Of(m)},
		})
	}
}

func sharedVersion(p *check.Pass, c *cluster.Cluster) {
	for _, m := range c.Members {
		switch m.SharedVersion {
		case "":
			p.Blocked(m, m.AppData)
			continue
		case m.Version:
			continue
		}
		q := p
		if m.Version != main(c) && m.SharedVersion == main(c) {
			q = p.Assume(check.PremiseVersion.Of(m))
		}
		q.Report(check.Finding{
			Node: m.Node.Name, Path: serverpath.Join(m.AppData, "conf/installed.version"), Pos: m.SharedVersionPos,
			Message: fmt.Sprintf("says %q, and this member is %q: it runs, but no member of its version can be added", m.SharedVersion, m.Version),
			Fix:     "copy " + m.VersionPath() + " over it, once all members have that version",
		})
	}
}

func copied(p *check.Pass, c *cluster.Cluster) {
	for i, b := range c.Members {
		for _, a := range c.Members[:i] {
			if a.Value(cluster.KeyUniqueID) != b.Value(cluster.KeyUniqueID) || a.Value(cluster.KeyBrokerID) != b.Value(cluster.KeyBrokerID) {
				continue
			}
			e, _ := b.Property(cluster.KeyUniqueID)
			p.Report(check.Finding{
				Node: b.Node.Name, Pos: e.Pos,
				Message: "the member and " + a.Node.Name + " have in common: " + cluster.KeyUniqueID + ", " + cluster.KeyBrokerID + "; it is a copied installation, which is not supported",
				Fix:     "stop this member; once storage and database are right, install it again with the installer",
				Denies:  []check.Premise{check.PremiseIdentity.Between(a, b)},
			})
		}
	}
}

func sameAddress(p *check.Pass, c *cluster.Cluster) {
	for i, b := range c.Members {
		for _, a := range c.Members[:i] {
			if a.Value(cluster.KeyAgentURI) != b.Value(cluster.KeyAgentURI) {
				continue
			}
			e, _ := b.Property(cluster.KeyAgentURI)
			p.Assume(check.PremiseIdentity.Between(a, b)).Report(check.Finding{
				Node: b.Node.Name, Pos: e.Pos,
				Message: fmt.Sprintf("agentcomm.uri is %q, as on %s", strings.TrimPrefix(e.Value, "wss://"), a.Node.Name),
				Fix:     "set it to this machine's own name",
			})
		}
	}
}

// TestCatalogueUsesExportedFactsOnly: the copies compile, and say what their
// originals say, together and alone.
func TestCatalogueUsesExportedFactsOnly(t *testing.T) {
	const properties = "/conf/server/installed.properties"
	share := func(s *clustertest.Site, keys ...string) {
		m := load(t, s).Members[0]
		for _, k := range keys {
			s.Set("node2", k, m.Value(k))
		}
	}
	for name, seed := range map[string]func(s *clustertest.Site){
		"sound":      func(*clustertest.Site) {},
		"unfinished": func(s *clustertest.Site) { s.Write("node1", clustertest.Share+"/appdata/incomplete.tmp", "") },
		"odd version": func(s *clustertest.Site) {
			s.Edit("node3", clustertest.Install+"/conf/installed.version", clustertest.DefaultVersion, "7.0.4.2.1038002")
		},
		"copied":       func(s *clustertest.Site) { share(s, cluster.KeyUniqueID, cluster.KeyBrokerID, cluster.KeyAgentURI) },
		"same address": func(s *clustertest.Site) { share(s, cluster.KeyAgentURI) },
		"unreadable":   func(s *clustertest.Site) { s.Write("node1", clustertest.Install+properties, `a=\u12`) },
	} {
		t.Run(name, func(t *testing.T) {
			s := clustertest.NewCluster(3, clustertest.Spec{})
			seed(s)
			c := load(t, s)
			originals, extra, theirs := []string{}, []check.Rule{}, map[string]string{}
			for id, r := range copies() {
				r.Title, r.Source = "A copy", "our handbook"
				originals, extra, theirs[r.ID] = append(originals, id), append(extra, r), id
			}
			want := findings(t, c, check.Options{Only: originals}, nil)
			got := findings(t, c, check.Options{Only: []string{"OUR*"}, Extra: extra}, theirs)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-catalogue +copy):\n%s", d)
			}
			if (name == "sound" || name == "unreadable") != (len(want) == 0) {
				t.Errorf("findings of the catalogue: %v", want)
			}
		})
	}
}

func load(t *testing.T, s *clustertest.Site) *cluster.Cluster {
	t.Helper()
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// findings are a report's, in short, and the rules that are explained.
func findings(t *testing.T, c *cluster.Cluster, o check.Options, ids map[string]string) []string {
	t.Helper()
	r, err := check.Run(context.Background(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	id := func(id string) string {
		if as, ok := ids[id]; ok {
			return as
		}
		return id
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, strings.Join([]string{f.Severity.String(), id(f.Rule), f.Node, f.Path, f.Message, f.Fix}, " | "))
	}
	for _, x := range r.Explained {
		out = append(out, id(x)+" is explained")
	}
	return out
}
