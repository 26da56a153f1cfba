package plan_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// TestEditsPreflight: before, after, half-way, with a fact that has changed, and
// without the secrets; and nothing is written by looking.
func TestEditsPreflight(t *testing.T) {
	ctx := context.Background()
	s := site(t, 2, clustertest.Spec{Alias: "server"})
	p := edits(t, s, set("node1", "install.server.web.port", "8081"), set("node2", "install.server.web.port", "8081"))
	look := func() *plan.Status {
		t.Helper()
		before := walk(t, s.FS, "/")
		status, err := p.Preflight(ctx, s.World)
		must(t, err)
		if d := cmp.Diff(before, walk(t, s.FS, "/")); d != "" {
			t.Errorf("Preflight has written:\n%s", d)
		}
		return status
	}
	if got := look(); got.State != plan.StateUntouched || len(got.Refusals)+len(got.Left) > 0 {
		t.Errorf("before: %+v", got)
	}
	s.Set("node2", "install.server.web.port", "9999")
	if got := look(); len(got.Refusals) != 1 || got.Refusals[0].Rule != "TGT012" || !strings.Contains(got.Refusals[0].Message, "install.server.web.port") {
		t.Errorf("a fact has changed: %+v", got)
	}
	s.Set("node2", "install.server.web.port", "8081") // by hand, as the plan would
	if got := look(); got.State != plan.StateSwitching || len(got.Left) != 1 || len(got.Refusals) > 0 {
		t.Errorf("half-way: %+v", got)
	}
	_, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
	must(t, err)
	if got := look(); got.State != plan.StateSwitched || len(got.Refusals)+len(got.Left) > 0 {
		t.Errorf("after: %+v", got)
	}

	p = edits(t, s, variety()[2])
	s.World.Secret = nil
	if got := look(); got.State != plan.StateUntouched || len(got.Refusals) != 1 || got.Refusals[0].Rule != "EDT003" {
		t.Errorf("no secrets: %+v", got)
	}
}
