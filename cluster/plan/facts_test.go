package plan_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// approvals are one plan of each kind, as it is approved, and its world.
func approvals() map[string]func(t *testing.T) (*clustertest.Site, *plan.Plan) {
	ctx := context.Background()
	of := func(s *clustertest.Site, make func(c *cluster.Cluster) (*plan.Plan, error)) func(t *testing.T) (*clustertest.Site, *plan.Plan) {
		return func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			t.Helper()
			must(t, s.Err())
			p, err := make(loaded(t, s))
			must(t, err)
			return s, accepted(t, p)
		}
	}
	return map[string]func(t *testing.T) (*clustertest.Site, *plan.Plan){
		"populate": func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			s := clustertest.NewSite()
			s.Add(clustertest.Spec{Scheme: appdata.InInstall, Version: clustertest.DemoVersion, Alias: clustertest.ServerAlias, RepositoryFiles: -1, Plugins: -1, Logs: -1})
			return of(s, func(c *cluster.Cluster) (*plan.Plan, error) {
				return plan.Populate(ctx, c, "node1", plan.Target{AppData: clustertest.Share + "/appdata"})
			})(t)
		},
		"align": func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			s := site(t, 2, clustertest.Spec{Version: clustertest.DemoVersion, Alias: clustertest.ServerAlias, RepositoryFiles: -1, Plugins: -1, Logs: -1})
			s.Write("node1", clustertest.Install+"/opt/tomcat/conf/tomcat.keystore", string(fixture(t, "web.jks")))
			s.Set("node1", cluster.KeyTomcatAlias, webAlias)
			return of(s, func(c *cluster.Cluster) (*plan.Plan, error) { return plan.AlignCertificate(ctx, c, "node1") })(t)
		},
		"edits": func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			s := site(t, 3, clustertest.Spec{Alias: "server", RepositoryFiles: -1, Plugins: -1, Logs: -1})
			return of(s, func(c *cluster.Cluster) (*plan.Plan, error) { return plan.Edits(ctx, c, variety()...) })(t)
		},
		"join": func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			s := lonely(t, clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server", RepositoryFiles: -1, Plugins: -1, Logs: -1}, clustertest.Spec{Alias: "tomcat", RepositoryFiles: -1, Plugins: -1, Logs: -1})
			return of(s, func(c *cluster.Cluster) (*plan.Plan, error) { return plan.Join(ctx, c, "node3", plan.JoinOptions{}) })(t)
		},
		"fix": func(t *testing.T) (*clustertest.Site, *plan.Plan) {
			s := site(t, 2, clustertest.Spec{})
			s.Set("node2", cluster.KeyAgentURI, "wss://node1.example.com:7919")
			return of(s, func(c *cluster.Cluster) (*plan.Plan, error) {
				r, err := check.Run(ctx, c, check.Options{Only: []string{"NET002"}})
				if err != nil {
					return nil, err
				}
				return plan.Fix(ctx, c, r.Findings)
			})(t)
		},
	}
}

// relied are the facts of a plan, each with its member.
func relied(p *plan.Plan) []plan.Fact {
	out := slices.Clone(p.Facts)
	for _, s := range p.Steps {
		for _, f := range s.Facts {
			f.Node = s.Node
			out = append(out, f)
		}
	}
	return out
}

// change makes another fact of one. It is false where only the presence of a
// hidden value is a fact and that cannot be taken away alone.
func change(t *testing.T, s *clustertest.Site, f plan.Fact) {
	t.Helper()
	switch {
	case f.Key == "sha256":
		s.Write(f.Node, f.Path, s.Read(f.Node, f.Path)+"\x00")
	case strings.HasSuffix(f.Path, "classpath.conf") && f.Absent:
		s.Write(f.Node, f.Path, s.Read(f.Node, f.Path)+f.Key+"\n# and more\n")
	case strings.HasSuffix(f.Path, "classpath.conf"):
		s.Edit(f.Node, f.Path, f.Key, "# gone")
	case f.Key == "keyAlias":
		s.Edit(f.Node, f.Path, `keyAlias="server"`, `keyAlias="third"`)
	case f.Hidden:
		s.Edit(f.Node, f.Path, "\n"+f.Key+"=", "\n# ")
	default:
		s.SetIn(f.Node, f.Path, f.Key, f.Value+"9")
	}
	must(t, s.Err())
}

// A plan is stored, and approved days later. Whatever it relied on is in it; where
// one of these facts has changed, Preflight says so and Apply refuses, both with
// the fact, and nothing is written.
func TestPlanNamesTheFactThatChanged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, make := range approvals() {
		t.Run(name, func(t *testing.T) {
			_, p := make(t)
			facts := relied(p)
			if len(p.Facts) < 2 || len(facts) < 3 {
				t.Fatalf("the plan lists %+v", facts)
			}
			for i, f := range facts {
				// A line that is there already, or gone already, is no reason to refuse.
				if strings.HasSuffix(f.Path, "classpath.conf") && (f.Absent || strings.HasPrefix(f.Key, "set ")) {
					continue
				}
				s, p := make(t)
				if f != relied(p)[i] {
					t.Fatalf("made again the plan relies on %+v, not %+v", relied(p)[i], f)
				}
				var doc bytes.Buffer
				must(t, p.WriteJSON(&doc))
				p, err := plan.Read(&doc)
				must(t, err)
				change(t, s, f)
				before := walk(t, s.FS, "/")
				status, err := p.Preflight(ctx, s.World)
				must(t, err)
				names := func(text string) bool {
					return strings.Contains(text, f.Path) && (f.Key == "sha256" || strings.Contains(text, f.Key))
				}
				if !slices.ContainsFunc(status.Refusals, func(r plan.Refusal) bool { return names(r.String()) }) {
					t.Errorf("%+v has changed, and Preflight says %+v", f, status.Refusals)
				}
				var stale *plan.StaleError
				if _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); !errors.As(err, &stale) || !names(err.Error()) {
					t.Errorf("%+v has changed, and Apply says %v", f, err)
				}
				if _, err := p.Simulate(ctx, s.World); !errors.As(err, &stale) || !names(err.Error()) {
					t.Errorf("%+v has changed, and Simulate says %v", f, err)
				}
				if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
					t.Errorf("%+v has changed, and something was written:\n%s", f, d)
				}
			}
		})
	}
}

// Once all is done nothing is relied on any more; before, what a person changes in
// other files does not matter.
func TestFactsOfAPlanThatIsDone(t *testing.T) {
	ctx := context.Background()
	for name, make := range approvals() {
		s, p := make(t)
		_, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
		must(t, err)
		for _, f := range p.Facts {
			if f.Key == "installed.version" { // upgraded since
				s.SetIn(f.Node, f.Path, f.Key, f.Value+"9")
			}
		}
		must(t, s.Err())
		if name == "populate" {
			continue // the target belongs to the server; see TestApplyAfterServerRanTouchesNothing
		}
		res, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
		if err != nil || len(res.Done) > 0 {
			t.Errorf("%s: applied again after an upgrade: %v, done %v", name, err, res.Done)
		}
	}
}

// What is for plans that move application data says so of the others.
func TestVerbsOfPlansThatCopyNothing(t *testing.T) {
	ctx := context.Background()
	for name, make := range approvals() {
		if name == "populate" {
			continue
		}
		s, p := make(t)
		var bad *plan.Error
		if _, err := p.Verify(ctx, s.World); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan || !strings.Contains(err.Error(), "Preflight") {
			t.Errorf("%s: Verify: %v", name, err)
		}
		if _, err := p.Prime(ctx, s.World, plan.PrimeOptions{}); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
			t.Errorf("%s: Prime: %v", name, err)
		}
		if found, err := p.Survey(ctx, s.World); err != nil || found.Files != 0 {
			t.Errorf("%s: Survey: %+v, %v", name, found, err)
		}
	}
}

// A plan that moves application data relies on what there is to move as well.
func TestPopulateNamesWhatIsThereSince(t *testing.T) {
	ctx := context.Background()
	for what, change := range map[string]func(s *clustertest.Site){
		"was not planned for: Copy ":                        func(s *clustertest.Site) { s.Write("node1", clustertest.Install+"/var/sa/x", "x") },
		"was planned for, and would not be any more: Copy ": func(s *clustertest.Site) { s.Remove("node1", clustertest.Install+"/conf/collectors") },
	} {
		s := clustertest.NewSite()
		s.Add(clustertest.Spec{Scheme: appdata.InInstall, Version: clustertest.DemoVersion, Alias: clustertest.ServerAlias})
		s.Remove("node1", clustertest.Install+"/var/sa")
		p, err := plan.Populate(ctx, loaded(t, s), "node1", plan.Target{AppData: clustertest.Share + "/appdata"})
		must(t, err)
		accepted(t, p)
		change(s)
		must(t, s.Err())
		before := walk(t, s.FS, "/")
		var stale *plan.StaleError
		if _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); !errors.As(err, &stale) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: applied: %v", what, err)
		}
		status, err := p.Preflight(ctx, s.World)
		must(t, err)
		if !strings.HasPrefix(status.Next, "settle the refusals; then ") || len(status.Refusals) == 0 || !strings.Contains(status.Refusals[0].String(), what) {
			t.Errorf("%s: %+v", what, status.Refusals)
		}
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("%s: something was written:\n%s", what, d)
		}
	}
}
