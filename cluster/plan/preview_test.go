package plan_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// The simulated world hides nothing that the real one shows.
func TestPreviewHasNoUnknownOfItsOwn(t *testing.T) {
	for _, version := range []string{"6.2.7.1.960481", "7.2.3.4.1148450"} {
		s := site(t, 3, clustertest.Spec{Version: version, Alias: "server"})
		s.World.Password = func(context.Context, cluster.PasswordQuery) (string, error) { return clustertest.StorePassword, nil }
		p := edits(t, s, set("node2", "cloud.logLevel", "DEBUG"), cluster.Edit{Node: "node3", File: "classpath", Op: "append", Value: "dir /opt/extra"})
		before := walk(t, s.FS, "/")
		pre, err := p.Preview(context.Background(), s.World, check.Options{})
		must(t, err)
		if d := cmp.Diff(pre.Before.Unknown, pre.After.Unknown); d != "" {
			t.Errorf("%s: unknown (-now +previewed):\n%s", version, d)
		}
		if len(pre.Before.Passed) < 40 || !cmp.Equal(pre.Before.Passed, pre.After.Passed) {
			t.Errorf("%s: passed (-now +previewed):\n%s", version, cmp.Diff(pre.Before.Passed, pre.After.Passed))
		}
		if !pre.After.Complete() {
			t.Errorf("%s: the previewed report is not complete: %v", version, pre.After.Unread)
		}
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("%s: Preview has written:\n%s", version, d)
		}
	}
}

func TestPreviewTellsNewFromKept(t *testing.T) {
	s := site(t, 2, clustertest.Spec{})
	s.Unset("node1", cluster.KeyMultiserver)
	p := edits(t, s, set("node2", cluster.KeyAgentURI, "wss://localhost:7919"))
	pre, err := p.Preview(context.Background(), s.World, check.Options{Only: []string{"NET001", "PRP005"}})
	must(t, err)
	rules := func(list []check.Finding) (out []string) {
		for _, f := range list {
			out = append(out, f.Rule+" "+f.Node)
		}
		return out
	}
	if d := cmp.Diff([]string{"NET001 node2"}, rules(pre.Delta.New)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"PRP005 node1"}, rules(pre.Delta.Kept)); d != "" {
		t.Error(d)
	}
	if len(pre.Delta.Fixed) > 0 {
		t.Errorf("fixed: %v", rules(pre.Delta.Fixed))
	}
}

func TestPreviewOfOtherPlans(t *testing.T) {
	ctx := context.Background()
	refused := edits(t, site(t, 1, clustertest.Spec{}))
	_, err := refused.Preview(ctx, cluster.World{}, check.Options{Only: []string{"NO SUCH RULE"}})
	var bad *check.OptionsError
	if !errors.As(err, &bad) {
		t.Errorf("options that cannot be followed: %v", err)
	}
	s := site(t, 2, clustertest.Spec{})
	p, err := plan.Edits(ctx, loaded(t, s), set("node1", "no.such.key", "x"))
	must(t, err)
	var r *plan.RefusedError
	if _, err := p.Preview(ctx, s.World, check.Options{}); !errors.As(err, &r) {
		t.Errorf("a refused plan: %v", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := edits(t, s, set("node1", "cloud.logLevel", "DEBUG")).Preview(done, s.World, check.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a done context: %v", err)
	}
}
