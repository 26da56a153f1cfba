package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// errRemain is the outcome of a run that leaves an Error finding.
var errRemain = errors.New("findings of severity error remain")

// errKept is the outcome of a run that did not do all that it was asked for.
var errKept = errors.New("an original had to be left in its place; see above")

// errUnread is the outcome of a look that did not see everything.
var errUnread = errors.New("something that should have been read was not; see above")

// errNothing is the outcome of -retire or -purge where nothing was applied.
var errNothing = errors.New("the target holds no applied plan whose originals could be retired or purged: is the storage mounted? if it is, run with -apply first")

// errNoRecord is the outcome of -retire or -purge where originals stand beside
// their copies and nothing tells what was copied.
var errNoRecord = errors.New("the server uses the target, and no record of a move is there: nothing was retired or purged. Compare what stands in the old places (APP004 above) with the target, and rename or remove it by hand")

// errNothingApplied is the outcome of -revert where no plan is recorded.
var errNothingApplied = errors.New("there is nothing to revert: no applied plan is recorded on the target; is the storage mounted?")

// job is one run: what it was asked and what it found.
type job struct {
	ctx      context.Context
	o        options
	fsys     afero.Fs
	now      time.Time
	progress func(plan.Event)

	denied        bool // something of the server could not be read
	before, after *check.Report
	plan          *plan.Plan
	survey        *plan.Survey
	result        *plan.Result
	future        afero.Fs // the file system that after was read from
	err           error
}

// demo is a server in memory for a run without flags.
func demo(o options) (afero.Fs, options, error) {
	o.install, o.appdata, o.mount, o.demo = "/opt/ibm-ucd/server", "/media/share/appdata", "/media/share", true
	fsys, err := clustertest.NewFS(o.mount)
	if err != nil {
		return nil, o, err
	}
	return fsys, o, clustertest.Demo(fsys, o.install)
}

func (j *job) do() error {
	j.err = j.steps()
	var refused *plan.RefusedError
	if errors.As(j.err, &refused) && j.denied {
		j.err = fmt.Errorf("%w\n%w", errUnread, refused)
	}
	return j.err
}

// options are the flags as Apply takes them.
func (j *job) options() plan.ApplyOptions {
	o := plan.ApplyOptions{Workers: j.o.workers, PurgeGone: j.o.purgeGone, Durability: plan.DurabilityFull, Progress: j.progress}
	switch {
	case j.o.purge:
		o.Through = plan.PhasePurge
	case j.o.retire:
		o.Through = plan.PhaseRetire
	}
	switch {
	case j.o.apply:
	case j.o.retire:
		o.From = plan.PhaseRetire
	default:
		o.From = plan.PhasePurge
	}
	if j.o.bestEffort {
		o.Durability = plan.DurabilityBestEffort
	}
	return o
}

func (j *job) steps() error {
	t, w := cluster.Single(j.fsys, j.o.install)
	w.Now, w.Password = j.now, cluster.StoredPasswords
	if j.o.stopped || j.o.runbook && !j.o.writes() { // the runbook is made while it still runs, and has it stopped
		stopped := false
		t.Nodes[0].Running = &stopped
	}
	c, err := cluster.Load(j.ctx, t, w)
	if err != nil {
		return err
	}
	j.denied = slices.ContainsFunc(c.Members[0].Gaps, func(g cluster.Gap) bool {
		return g.Kind == cluster.GapDenied || g.Kind == cluster.GapUnreadable || g.Kind == cluster.GapNotLocated
	})
	if j.before, err = check.Run(j.ctx, c, check.Options{}); err != nil {
		return err
	}
	target := plan.Target{AppData: j.o.appdata, MountPoint: j.o.mount, Links: j.o.links, Digest: j.o.digest}
	if j.o.revert {
		return j.takeBack(c, w, target)
	}
	if j.plan, err = j.choose(c, target); err != nil {
		return err
	}
	options := j.options()
	if j.o.prime {
		j.result, err = j.plan.Prime(j.ctx, w, plan.PrimeOptions{Workers: options.Workers, Durability: options.Durability, Progress: options.Progress})
		return err
	}
	if j.plan.Refused() {
		return &plan.RefusedError{Plan: j.plan.ID, Refusals: j.plan.Refusals}
	}
	if !j.o.apply && !j.o.retire && !j.o.purge {
		if j.survey, err = j.plan.Survey(j.ctx, w); err != nil {
			return err
		}
		if len(j.survey.Refusals) > 0 {
			return &plan.RefusedError{Plan: j.plan.ID, Refusals: j.survey.Refusals}
		}
	}
	if j.o.apply || j.o.retire || j.o.purge {
		if j.result, err = j.plan.Apply(j.ctx, w, options); err != nil {
			return err
		}
	} else if w, err = j.plan.Simulate(j.ctx, w); err != nil {
		return err
	}
	j.future = w.FS["local"]
	if c, err = cluster.Load(j.ctx, t, w); err != nil {
		return err
	}
	if j.after, err = check.Run(j.ctx, c, check.Options{}); err != nil {
		return err
	}
	switch {
	case j.result != nil && len(j.result.Kept) > 0:
		return errKept
	case j.plan.AlreadyShared && (j.o.retire || j.o.purge) && slices.ContainsFunc(j.after.Findings, func(f check.Finding) bool { return f.Rule == "APP004" }):
		return errNoRecord
	case !j.after.Complete():
		return errUnread
	case j.after.Count(check.Error) > 0:
		return errRemain
	}
	return nil
}

// takeBack reverts what an earlier run has applied.
func (j *job) takeBack(c *cluster.Cluster, w cluster.World, t plan.Target) (err error) {
	if j.plan, err = plan.Resume(j.ctx, c, "server", t); errors.Is(err, fs.ErrNotExist) {
		err = j.killed(c, w, t)
	}
	if err != nil {
		return err
	}
	j.result, err = j.plan.Revert(j.ctx, w, plan.RevertOptions{Workers: j.o.workers, Progress: j.progress})
	if err == nil && len(j.result.Kept) > 0 {
		err = errKept
	}
	return err
}

// killed plans to take back what a run has left that was killed before it recorded
// its plan, or after it has forgotten it.
func (j *job) killed(c *cluster.Cluster, w cluster.World, t plan.Target) (err error) {
	if j.plan, err = plan.Populate(j.ctx, c, "server", t); err != nil {
		return err
	}
	status, err := j.plan.Preflight(j.ctx, w)
	if err == nil && (status.State != plan.StateUntouched || len(status.Left) == 0) {
		err = errNothingApplied
	}
	return err
}

// choose plans, unless an earlier run has left a plan on the target whose
// originals are to be retired or purged now.
func (j *job) choose(c *cluster.Cluster, t plan.Target) (*plan.Plan, error) {
	stored, err := plan.Resume(j.ctx, c, "server", t)
	switch {
	case !j.o.retire && !j.o.purge, j.o.apply && errors.Is(err, fs.ErrNotExist):
		return plan.Populate(j.ctx, c, "server", t)
	case errors.Is(err, fs.ErrNotExist):
		// All may have been done already; then there is nothing left to do.
		if p, err := plan.Populate(j.ctx, c, "server", t); err != nil || p.AlreadyShared {
			return p, err
		}
		return nil, errNothing
	case err != nil || !j.o.apply:
		return stored, err
	}
	// All at once: as long as the server does not use the target yet, it is
	// planned anew, for it may have changed since.
	if p, err := plan.Populate(j.ctx, c, "server", t); err != nil || !p.AlreadyShared {
		return p, err
	}
	return stored, nil
}
