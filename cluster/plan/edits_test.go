package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// site is a sound cluster of n members, with passwords by reference.
func site(t testing.TB, n int, spec clustertest.Spec) *clustertest.Site {
	t.Helper()
	s := clustertest.NewCluster(n, spec)
	must(t, s.Err())
	s.World.Secret = func(_ context.Context, ref string) (string, error) { return "MARKER-" + ref, nil }
	return s
}

func loaded(t testing.TB, s *clustertest.Site) *cluster.Cluster {
	t.Helper()
	c, err := s.Load()
	must(t, err)
	return c
}

func set(node, key, value string) cluster.Edit {
	return cluster.Edit{Node: node, Op: "set", Key: key, Value: value}
}

// edits plans edits and expects no refusal.
func edits(t testing.TB, s *clustertest.Site, list ...cluster.Edit) *plan.Plan {
	t.Helper()
	p, err := plan.Edits(context.Background(), loaded(t, s), list...)
	must(t, err)
	return accepted(t, p)
}

// variety is one edit of each kind, on three members.
func variety() []cluster.Edit {
	return []cluster.Edit{
		set("node1", "install.server.web.port", "8081"),
		{Node: "node1", Op: "remove", Key: "cloud.logLevel"},
		{Node: "node2", Op: "set", Key: "hibernate.connection.password", Secret: "db"},
		{Node: "node2", Op: "set", Key: "javax.net.ssl.trustStorePassword", Secret: "trust"},
		{Node: "node3", File: "classpath", Op: "append", Value: "dir /opt/extra"},
		{Node: "node3", File: "classpath", Op: "set", Key: "nativedir /opt/ibm-ucd/server/native/x64", Value: "nativedir /opt/ibm-ucd/server/native/arm"},
		{Node: "node3", File: "classpath", Op: "remove", Key: "set /opt/ibm-ucd/server/extensions"},
		{Node: "node3", File: "server.xml", Op: "set", Key: "keyAlias", Value: "web"},
	}
}

func TestEditsSimulateEqualsApply(t *testing.T) {
	for _, spec := range []clustertest.Spec{{Alias: "server"}, {Version: "6.2.7.1.960481", Alias: "server", CRLF: true}} {
		s := site(t, 3, spec)
		p := edits(t, s, variety()...)
		before := walk(t, s.FS, "/")
		ctx := context.Background()
		sim, err := p.Simulate(ctx, s.World)
		must(t, err)
		want := walk(t, sim.FS["disk"], "/")
		if cmp.Equal(before, want) {
			t.Fatal("the simulated world is the one of now")
		}
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("Simulate has written (-before +now):\n%s", d)
		}
		res, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
		must(t, err)
		if d := cmp.Diff(want, walk(t, s.FS, "/")); d != "" {
			t.Errorf("-simulated +real:\n%s", d)
		}
		if len(res.Done) != 4 || len(res.Manual) != 3 {
			t.Errorf("done %v, for people %v", res.Done, res.Manual)
		}
		res, err = p.Apply(ctx, s.World, plan.ApplyOptions{})
		must(t, err)
		if len(res.Done) != 0 || len(res.Skipped) != 4 {
			t.Errorf("the second time: done %v, skipped %v", res.Done, res.Skipped)
		}
		if again := edits(t, s, slices.DeleteFunc(variety(), func(e cluster.Edit) bool { return e.Secret != "" })...); !again.Empty() {
			t.Errorf("planned again it is not empty: %+v", again.Steps)
		}
		_, err = p.Revert(ctx, s.World, plan.RevertOptions{})
		must(t, err)
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("reverted (-before +now):\n%s", d)
		}
	}
}

func TestEditsChooseTheFile(t *testing.T) {
	s := site(t, 1, clustertest.Spec{})
	s.SetIn("node1", s.Secured("node1"), "cloud.logDir", "../var/log")
	for _, c := range []struct {
		edit cluster.Edit
		want []string
	}{
		{set("node1", "cloud.logLevel", "DEBUG"), []string{"installed"}},
		{set("node1", "cloud.logDir", "/var/log/ucd"), []string{"secured", "installed"}},
		{cluster.Edit{Node: "node1", Op: "remove", Key: "cloud.logDir"}, []string{"secured", "installed"}},
		{cluster.Edit{Node: "node1", Op: "set", Key: "hibernate.connection.password", Secret: "x"}, []string{"secured"}},
		{cluster.Edit{Node: "node1", Op: "set", Key: "javax.net.ssl.trustStorePassword", Secret: "x"}, []string{"secured"}},
		{cluster.Edit{Node: "node1", File: "installed", Op: "set", Key: "hibernate.connection.password", Secret: "x"}, []string{"installed"}},
		{cluster.Edit{Node: "node1", Op: "set", Key: "keyAlias", Value: "web"}, []string{"server.xml"}},
		{cluster.Edit{Node: "node1", Op: "remove", Key: "hibernate.dialect"}, nil},
	} {
		p := edits(t, s, c.edit)
		var got []string
		for _, st := range p.Steps {
			if st.Action == plan.ActionSet {
				got = append(got, st.Edits[0].File)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.edit, got, c.want)
		}
	}
}

func TestEditsRefuse(t *testing.T) {
	s := site(t, 2, clustertest.Spec{})
	tried := map[string]bool{}
	for _, c := range []struct {
		name  string
		edits []cluster.Edit
		rule  string
	}{
		{"rename to an unknown key", []cluster.Edit{{Node: "node1", Op: "rename", Key: "cloud.logLevel", Value: "cloud.level"}}, "EDT001"},
		{"rename of what is not there", []cluster.Edit{{Node: "node1", Op: "rename", Key: "cloud.loglevel", Value: "cloud.logLevel"}}, "EDT004"},
		{"rename to a key that is set", []cluster.Edit{{Node: "node1", Op: "rename", Key: "cloud.logLevel", Value: "cloud.logDir"}}, "EDT004"},
		{"rename and set", []cluster.Edit{{Node: "node1", Op: "rename", Key: "server.brokerId", Value: "hibernate.dialect"}, set("node1", "hibernate.dialect", "x")}, "EDT002"},
		{"unknown key", []cluster.Edit{set("node1", "tomcat.key.alais", "web")}, "EDT001"},
		{"contradiction", []cluster.Edit{set("node1", "cloud.logLevel", "DEBUG"), set("node1", "cloud.logLevel", "INFO")}, "EDT002"},
		{"set and removed", []cluster.Edit{set("node1", "cloud.logLevel", "DEBUG"), {Node: "node1", Op: "remove", Key: "cloud.logLevel"}}, "EDT002"},
		{"password in the plan", []cluster.Edit{set("node1", "hibernate.connection.password", "MARKER")}, "EDT003"},
		{"credential in a URL", []cluster.Edit{set("node1", "hibernate.connection.url", "jdbc:mysql://u:MARKER@db/ucd")}, "EDT003"},
		{"two values", []cluster.Edit{{Node: "node1", Op: "set", Key: "cloud.logLevel", Value: "DEBUG", Secret: "x"}}, "EDT004"},
		{"no operation", []cluster.Edit{{Node: "node1", Key: "cloud.logLevel", Value: "DEBUG"}}, "EDT004"},
		{"no file", []cluster.Edit{{Node: "node1", File: "/etc/passwd", Op: "set", Key: "x", Value: "y"}}, "EDT004"},
		{"no key", []cluster.Edit{{Node: "node1", Op: "remove"}}, "EDT004"},
		{"append to properties", []cluster.Edit{{Node: "node1", Op: "append", Key: "cloud.logLevel", Value: "x"}}, "EDT004"},
		{"a line that is not there", []cluster.Edit{{Node: "node1", File: "classpath", Op: "set", Key: "dir /nowhere", Value: "dir /somewhere"}}, "EDT004"},
		{"two lines", []cluster.Edit{{Node: "node1", File: "classpath", Op: "append", Value: "dir /a\ndir /b"}}, "EDT004"},
		{"another attribute", []cluster.Edit{{Node: "node1", File: "server.xml", Op: "set", Key: "port", Value: "1"}}, "EDT004"},
		{"secret in server.xml", []cluster.Edit{{Node: "node1", File: "server.xml", Op: "set", Key: "keyAlias", Secret: "x"}}, "EDT004"},
	} {
		p, err := plan.Edits(context.Background(), loaded(t, s), c.edits...)
		must(t, err)
		if len(p.Refusals) == 0 || p.Refusals[0].Rule != c.rule || p.Refusals[0].Fix == "" {
			t.Errorf("%s: refused by %v, want %s", c.name, p.Refusals, c.rule)
		}
		tried[c.rule] = true
		noMarkerIn(t, p)
		var refused *plan.RefusedError
		if _, err := p.Apply(context.Background(), s.World, plan.ApplyOptions{}); !errors.As(err, &refused) {
			t.Errorf("%s: applied: %v", c.name, err)
		}
	}
	tried["EDT005"] = true // a warning; see TestEditsNameAnEarlierPlan
	for _, r := range plan.RefusalRules() {
		if strings.HasPrefix(r.ID, "EDT") && !tried[r.ID] {
			t.Errorf("no case for %s, %s", r.ID, r.Title)
		}
	}
	var unknown *plan.Error
	if _, err := plan.Edits(context.Background(), loaded(t, s), set("node9", "cloud.logLevel", "DEBUG")); !errors.As(err, &unknown) || unknown.Reason != plan.ReasonNode {
		t.Errorf("an unknown node: %v", err)
	}
	if p := edits(t, s); !p.Empty() || p.Refused() {
		t.Errorf("no edit: %+v", p)
	}
}

// noMarkerIn looks for the marker in every rendering of a plan.
func noMarkerIn(t testing.TB, p *plan.Plan) {
	t.Helper()
	var b bytes.Buffer
	must(t, p.WriteJSON(&b))
	must(t, p.WriteText(&b))
	must(t, p.WriteRunbook(&b, plan.RunbookOptions{}))
	fmt.Fprintf(&b, "%v %+v %#v", p, p, *p)
	if strings.Contains(b.String(), "MARKER") || strings.Contains(b.String(), "pbe{") {
		t.Errorf("a secret is shown:\n%s", b.String())
	}
}

func TestEditsKeepSecretsOut(t *testing.T) {
	s := site(t, 1, clustertest.Spec{Secured: map[string]string{"hibernate.connection.password": "MARKER-old"}})
	p := edits(t, s,
		cluster.Edit{Node: "node1", Op: "set", Key: "hibernate.connection.password", Secret: "ucd/db"},
		cluster.Edit{Node: "node1", Op: "set", Key: "server.keystore.password", Secret: "ucd/store"},
	)
	noMarkerIn(t, p)
	var b bytes.Buffer
	must(t, p.WriteJSON(&b))
	for _, word := range []string{"before", "after", "digest", "sha256"} {
		if strings.Contains(b.String(), `"`+word+`":`) {
			t.Errorf("the plan holds a digest: %s", b.String())
		}
	}
	back, err := plan.Read(&b)
	must(t, err)
	if d := cmp.Diff(p, back); d != "" {
		t.Errorf("read back (-planned +read):\n%s", d)
	}
	ctx := context.Background()
	without := s.World
	without.Secret = nil
	var refused *plan.RefusedError
	if _, err := p.Simulate(ctx, without); !errors.As(err, &refused) {
		t.Errorf("simulated without the secret: %v", err)
	}
	if _, err := p.Apply(ctx, without, plan.ApplyOptions{}); !errors.As(err, &refused) {
		t.Errorf("applied without the secret: %v", err)
	}
	gone := errors.New("vault: MARKER is sealed")
	without.Secret = func(context.Context, string) (string, error) { return "", gone }
	if _, err := p.Simulate(ctx, without); !errors.As(err, &refused) || !errors.Is(err, gone) || strings.Contains(refused.Error(), "MARKER") {
		t.Errorf("a secret that cannot be had: %v", err)
	}
	_, err = p.Apply(ctx, s.World, plan.ApplyOptions{Progress: func(e plan.Event) {
		if data, _ := json.Marshal(e); strings.Contains(string(data)+fmt.Sprintf("%+v", e), "MARKER") {
			t.Errorf("an event shows a secret: %+v", e)
		}
	}})
	must(t, err)
	if text := s.Read("node1", s.Secured("node1")); !strings.Contains(text, "MARKER-ucd/db") || !strings.Contains(text, "MARKER-ucd/store") {
		t.Errorf("the secrets are not set:\n%s", text)
	}
	// The server seals them at its start: the plan is done all the same, and the
	// state before cannot be had back without losing that.
	s.SetIn("node1", s.Secured("node1"), "hibernate.connection.password", "pbe{sealed}")
	res, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
	must(t, err)
	if len(res.Done) != 0 {
		t.Errorf("applied again after the start: %v", res.Done)
	}
	s.SetIn("node1", s.Secured("node1"), "server.brokerId", "made at the start")
	var stale *plan.StaleError
	if _, err := p.Revert(ctx, s.World, plan.RevertOptions{}); !errors.As(err, &stale) {
		t.Errorf("reverted after the start: %v", err)
	}
}

func TestEditsRelyOnFactsAlone(t *testing.T) {
	s := site(t, 2, clustertest.Spec{})
	p := edits(t, s, set("node2", "cloud.logLevel", "DEBUG"))
	ctx := context.Background()
	// Another key and a comment are no reason to refuse.
	s.Set("node2", "cloud.requestTimeout", "60")
	s.Write("node2", s.Installed("node2"), "# a comment\n"+s.Read("node2", s.Installed("node2")))
	must(t, s.Err())
	_, err := p.Simulate(ctx, s.World)
	must(t, err)
	s.Set("node2", "cloud.logLevel", "INFO")
	var stale *plan.StaleError
	for name, do := range map[string]func() error{
		"Simulate": func() error { _, err := p.Simulate(ctx, s.World); return err },
		"Apply":    func() error { _, err := p.Apply(ctx, s.World, plan.ApplyOptions{}); return err },
	} {
		if err := do(); !errors.As(err, &stale) || !strings.Contains(err.Error(), `cloud.logLevel is now "INFO"; the plan was made when cloud.logLevel was "FATAL"; plan again`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Set("node2", "cloud.logLevel", "DEBUG") // somebody else did it
	res, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
	must(t, err)
	if len(res.Done) != 0 {
		t.Errorf("done %v", res.Done)
	}
}

// errorsOf are the Errors of a world, as rule and member.
func errorsOf(t testing.TB, s *clustertest.Site, w cluster.World) (out []string) {
	t.Helper()
	c, err := cluster.Load(context.Background(), s.Topology, w)
	must(t, err)
	r, err := check.Run(context.Background(), c, check.Options{})
	must(t, err)
	for _, f := range r.Findings {
		if f.Severity == check.Error {
			out = append(out, f.Rule+" "+f.Node)
		}
	}
	return out
}

func TestEditsPassThroughNoError(t *testing.T) {
	uri := func(n int) string { return fmt.Sprintf("wss://node%d.example.com:7919", n) }
	for _, c := range []struct {
		name  string
		edits []cluster.Edit
		order string
		warns bool
	}{
		// node2 has to leave its address before node1 takes it, and so on.
		{"a chain", []cluster.Edit{set("node1", "agentcomm.uri", uri(2)), set("node2", "agentcomm.uri", uri(3)), set("node3", "agentcomm.uri", uri(4))}, "node3 node2 node1", false},
		{"a longer chain", []cluster.Edit{
			set("node1", "agentcomm.uri", uri(2)), set("node2", "agentcomm.uri", uri(3)), set("node3", "agentcomm.uri", uri(4)), set("node4", "agentcomm.uri", uri(5)),
			set("node5", "agentcomm.uri", uri(6)), set("node6", "agentcomm.uri", uri(7)), set("node7", "agentcomm.uri", uri(8)), set("node8", "agentcomm.uri", uri(9)),
		}, "node8 node7 node6 node5 node4 node3 node2 node1", false},
		{"nothing to order", []cluster.Edit{set("node1", "cloud.logLevel", "DEBUG"), set("node2", "cloud.logLevel", "DEBUG")}, "node1 node2", false},
		{"no order is clean", []cluster.Edit{set("node1", "agentcomm.uri", uri(2)), set("node2", "agentcomm.uri", uri(1))}, "node1 node2", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := site(t, max(3, len(c.edits)), clustertest.Spec{RepositoryFiles: -1, Plugins: -1, Logs: -1})
			p := edits(t, s, c.edits...)
			var order []string
			allowed := errorsOf(t, s, s.World)
			for _, st := range p.Steps {
				if st.Action == plan.ActionSet {
					order = append(order, st.Node)
				}
			}
			if got := strings.Join(order, " "); got != c.order {
				t.Errorf("order %s, want %s", got, c.order)
			}
			if (len(p.Warnings) > 0) != c.warns {
				t.Errorf("warnings: %v", p.Warnings)
			}
			// Every prefix, as a run that is cut off leaves it.
			ctx := context.Background()
			sim, err := p.Simulate(ctx, s.World)
			must(t, err)
			allowed = append(allowed, errorsOf(t, s, sim)...)
			bad := 0
			_, err = p.Apply(ctx, s.World, plan.ApplyOptions{Progress: func(e plan.Event) {
				if e.Kind != plan.EventDone {
					return
				}
				for _, found := range errorsOf(t, s, s.World) {
					if !slices.Contains(allowed, found) {
						bad++
					}
				}
			}})
			must(t, err)
			if (bad > 0) != c.warns {
				t.Errorf("%d Errors on the way", bad)
			}
		})
	}
}

func TestEditsRunbook(t *testing.T) {
	s := site(t, 3, clustertest.Spec{Alias: "server"})
	p := edits(t, s, variety()...)
	var b bytes.Buffer
	must(t, p.WriteRunbook(&b, plan.RunbookOptions{}))
	text := b.String()
	for _, want := range []string{
		"- Members: node1, node2, node3\n", "## 1. Change the settings", "## 2. Restart, one member at a time", "## 3. Back out",
		"- install.server.web.port=8080\n", "+ install.server.web.port=8081\n", "+ hibernate.connection.password=(the secret db)", "- set /opt/ibm-ucd/server/extensions",
		", person) Restart node3", p.ID,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the runbook:\n%s", want, text)
		}
	}
	for _, never := range []string{"- Server:", "How it keeps", "<no value>", "MARKER"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in the runbook:\n%s", never, text)
		}
	}
}

// Two servers whose conf/server is one folder have one file: an edit of one of
// them would be an edit of the other too.
func TestEditsRefuseAFileOfTwoMembers(t *testing.T) {
	s := site(t, 2, clustertest.Spec{})
	const folder = clustertest.Share + "/server"
	conf := clustertest.Install + "/conf/server"
	text := s.Read("node1", s.Installed("node1"))
	s.Write("node1", folder+"/installed.properties", text)
	for _, node := range []string{"node1", "node2"} {
		s.Remove(node, conf)
		s.Link(node, folder, conf)
	}
	must(t, s.Err())
	p, err := plan.Edits(context.Background(), loaded(t, s), set("node2", "cloud.logLevel", "DEBUG"))
	must(t, err)
	if len(p.Refusals) != 1 || p.Refusals[0].Rule != "EDT004" || !strings.Contains(p.Refusals[0].Message, "node2 and node1") {
		t.Errorf("refused by %+v", p.Refusals)
	}
	edits(t, s, cluster.Edit{Node: "node2", File: "server.xml", Op: "set", Key: "keyAlias", Value: "other"}) // a file of its own
}

// Planning anew says that an earlier plan is there: it may have been cut off.
func TestEditsNameAnEarlierPlan(t *testing.T) {
	ctx := context.Background()
	s := site(t, 2, clustertest.Spec{})
	first := edits(t, s, set("node1", "cloud.logLevel", "DEBUG"), set("node2", "cloud.logLevel", "DEBUG"))
	if len(first.Warnings) > 0 {
		t.Errorf("warnings of the first plan: %v", first.Warnings)
	}
	done, cancel := context.WithCancel(ctx)
	_, err := first.Apply(done, s.World, plan.ApplyOptions{Progress: func(e plan.Event) {
		if e.Kind == plan.EventDone {
			cancel() // between the two members
		}
	}})
	var stopped *plan.StepError
	if !errors.As(err, &stopped) || !strings.Contains(err.Error(), "apply the same plan again to continue") {
		t.Fatalf("cut off: %v", err)
	}
	next := edits(t, s, set("node1", "cloud.requestTimeout", "60"), set("node2", "cloud.requestTimeout", "60"))
	if len(next.Warnings) != 1 || next.Warnings[0].Rule != "EDT005" || !strings.Contains(next.Warnings[0].String(), first.ID) || !strings.Contains(next.Warnings[0].Message, "node1") {
		t.Errorf("warnings: %v", next.Warnings)
	}
	status, err := first.Preflight(ctx, s.World)
	must(t, err)
	if status.State != plan.StateSwitching || len(status.Left) != 1 || !strings.Contains(status.Left[0], "of node1; not changed are") {
		t.Errorf("%+v", status)
	}
}
