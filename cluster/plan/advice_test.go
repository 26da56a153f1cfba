package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// An error is a sentence about its path, and its advice is one that helps: planning
// again brings nothing back.
func TestStaleErrorsAdvise(t *testing.T) {
	ctx := context.Background()
	const kept = clustertest.Install + "/conf/server/installed.properties"
	s := site(t, 1, clustertest.Spec{})
	p := edits(t, s, set("node1", "cloud.logLevel", "DEBUG"))
	_, err := p.Apply(ctx, s.World, plan.ApplyOptions{})
	must(t, err)
	s.Remove("node1", kept+".before-"+p.ID)
	must(t, s.Err())
	_, err = p.Revert(ctx, s.World, plan.RevertOptions{})
	want := kept + ".before-" + p.ID + " is missing, so the file as it was before the plan is lost; restore " + kept + " from a backup"
	var stale *plan.StaleError
	if !errors.As(err, &stale) || err.Error() != want {
		t.Errorf("Revert without what was kept:\n%v, want\n%s", err, want)
	}

	fsys := tiny(t, appdata.InInstall)
	moved, w := tinyPlan(t, fsys, "")
	must(t, applyThrough(plan.PhaseSwitch)(moved, w, "0000000001"))
	file, err := fsys.OpenFile(tinyInstall+"/bin/classpath.conf", 1, 0)
	must(t, err)
	_, err = file.WriteAt([]byte("# nobody "), 0)
	must(t, errors.Join(err, file.Close()))
	if err = revert(moved, w, "0000000002"); err == nil || strings.Contains(err.Error(), "plan again") {
		t.Errorf("Revert over a changed file: %v", err)
	}

	for _, c := range []struct {
		err  error
		want string
	}{
		{&plan.StaleError{Path: "/a", Reason: "is gone"}, "/a is gone; plan again"},
		{&plan.StaleError{Path: "/a", Reason: "on node1 k is 1", Fix: "wait"}, "/a: on node1 k is 1; wait"},
		{&plan.Error{Reason: plan.ReasonSameStorage, Path: "/a", Detail: "is the same storage as /b"}, "/a is the same storage as /b"},
		{&plan.RefusedError{Plan: "x", Refusals: []plan.Refusal{
			{Rule: "OPS001", Path: "/a/server.pid", Message: "exists, so the server runs or was killed", Fix: "stop the server"},
			{Rule: "TGT014", Path: "/a", Message: "the file cannot be read"},
		}}, "plan x is refused; nothing was changed\n  OPS001: /a/server.pid exists, so the server runs or was killed; fix: stop the server\n  TGT014: /a: the file cannot be read"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Where no reference can be resolved, the refusal names what an administrator
// gives.
func TestSecretRefusalNamesTheFlag(t *testing.T) {
	s := site(t, 1, clustertest.Spec{})
	p := edits(t, s, cluster.Edit{Node: "node1", Op: "set", Key: "hibernate.connection.password", Secret: "vault/db"})
	s.World.Secret = nil
	_, err := p.Apply(context.Background(), s.World, plan.ApplyOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "nothing resolves references; fix: make World.Secret resolve it (validate: -secrets FILE)") {
		t.Error(err)
	}
}
