package plan_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// TestPurgeTakesOnlyWhatWasRetired: a call that may do no more than purge
// renames nothing aside, and the state says at each point what comes next.
func TestPurgeTakesOnlyWhatWasRetired(t *testing.T) {
	ctx := context.Background()
	fsys := tiny(t, appdata.InInstall)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
	step := func(from, through plan.Phase, want plan.State) (*plan.Result, error) {
		t.Helper()
		res, err := p.Apply(ctx, w, plan.ApplyOptions{From: from, Through: through, Workers: 1})
		status, serr := p.Preflight(ctx, w)
		if serr != nil || status.State != want || status.Next == "" {
			t.Errorf("%+v, %v; want %s", status, serr, want)
		}
		return res, err
	}
	first, err := step(0, plan.PhaseSwitch, plan.StateSwitched)
	must(t, err)
	// Whether a person has started the server is as unknown as it was.
	again, err := step(0, plan.PhaseSwitch, plan.StateSwitched)
	must(t, err)
	for _, id := range again.Skipped {
		if slices.Contains(first.Manual, id) && p.Steps[slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.ID == id })].Phase == plan.PhaseSwitch {
			t.Errorf("step %s is for a person, and is told to have been done before", id)
		}
	}
	before := shape(t, fsys)
	var refused *plan.RefusedError
	if _, err := step(plan.PhasePurge, plan.PhasePurge, plan.StateSwitched); !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT021" {
		t.Errorf("purging what was never retired: %v", err)
	}
	if !slices.Equal(before, shape(t, fsys)) {
		t.Error("the refused call changed something")
	}
	_, err = step(plan.PhaseRetire, plan.PhaseRetire, plan.StateRetired)
	must(t, err)

	// One original gets its name back by hand.
	aside := ""
	for _, s := range p.Steps {
		if s.Action == plan.ActionPurge && s.From.Path == tinyInstall+"/patches" {
			aside = s.Aside.Path
		}
	}
	must(t, fsys.Rename(aside, tinyInstall+"/patches"))
	res, err := step(plan.PhasePurge, plan.PhasePurge, plan.StateSwitched)
	must(t, err)
	if len(res.Kept) != 1 || res.Kept[0].Path != tinyInstall+"/patches" {
		t.Errorf("kept: %+v", res.Kept)
	}
	if _, err := fsys.Stat(tinyInstall + "/patches/fix.jar"); err != nil {
		t.Errorf("what was not retired is gone: %v", err)
	}
	_, err = step(plan.PhaseRetire, plan.PhasePurge, plan.StatePurged)
	must(t, err)
	res, err = step(plan.PhasePurge, plan.PhasePurge, plan.StatePurged)
	if err != nil || len(res.Done)+len(res.Kept) > 0 {
		t.Errorf("purged again: %v %v %v", res.Done, res.Kept, err)
	}
}

// TestPurgedServerHasNothingToDo: after everything is done, a new plan for the
// same target is carried out from any phase without a complaint.
func TestPurgedServerHasNothingToDo(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	through(plan.PhasePurge)(t, fsys)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
	before := shape(t, fsys)
	for _, from := range []plan.Phase{plan.PhaseRetire, plan.PhasePurge} {
		res, err := p.Apply(context.Background(), w, plan.ApplyOptions{From: from, Through: plan.PhasePurge})
		if err != nil || len(res.Done)+len(res.Kept) > 0 {
			t.Errorf("from %v: %v, %v, %v", from, res.Done, res.Kept, err)
		}
	}
	if !slices.Equal(before, shape(t, fsys)) {
		t.Error("something changed")
	}
}

// TestRunningIsOfNow: that the server was stopped when its plan was made says
// nothing about the day on which the plan is reverted.
func TestRunningIsOfNow(t *testing.T) {
	ctx := context.Background()
	fsys := tiny(t, appdata.Folder)
	stopped := false
	topology, w := cluster.Single(fsys, tinyInstall)
	topology.Nodes[0].Running = &stopped
	c, err := cluster.Load(ctx, topology, w)
	must(t, err)
	p, err := plan.Populate(ctx, c, "server", plan.Target{AppData: tinyTarget})
	must(t, err)
	_, err = accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Workers: 1})
	must(t, err)
	write(tinyInstall+"/var/server.pid", "17")(t, fsys)

	now, _ := loadedAt(t, fsys, tinyInstall)
	resumed, err := plan.Resume(ctx, now, "server", plan.Target{AppData: tinyTarget})
	must(t, err)
	var refused *plan.RefusedError
	if _, err := resumed.Revert(ctx, w, plan.RevertOptions{}); !errors.As(err, &refused) || refused.Refusals[0].Rule != "OPS001" {
		t.Errorf("reverted under a server that runs: %v", err)
	}
}

// TestPurgedIsSaid: whatever the scheme, a plan that was carried out to its end
// says so, and purging once more does nothing and complains of nothing.
func TestPurgedIsSaid(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys := tiny(t, scheme)
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
			for _, o := range []plan.ApplyOptions{{}, {From: plan.PhaseRetire, Through: plan.PhaseRetire}, {From: plan.PhasePurge, Through: plan.PhasePurge}} {
				_, err := accepted(t, p).Apply(ctx, w, o)
				must(t, err)
			}
			status, err := p.Preflight(ctx, w)
			must(t, err)
			if status.State != plan.StatePurged {
				t.Errorf("state %s: %s", status.State, status.Next)
			}
			before := shape(t, fsys)
			res, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhasePurge, Through: plan.PhasePurge})
			if err != nil || len(res.Done)+len(res.Kept) > 0 || !slices.Equal(before, shape(t, fsys)) {
				t.Errorf("purged again: %v, %v, %v", res.Done, res.Kept, err)
			}
		})
	}
}
