package plan_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// interruptedRevert reverts until a step of this action was taken back.
func interruptedRevert(t *testing.T, p *plan.Plan, fsys afero.Fs, at plan.Action) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := p.Revert(ctx, local(fsys), plan.RevertOptions{Progress: func(e plan.Event) {
		if e.Step.Action == at {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the Revert was not interrupted: %v", err)
	}
}

// TestRevertGoesOnPastAFileThatWasChanged: once an edit is taken back, its file is
// the administrator's again, and what is changed there stops no Revert that goes on.
func TestRevertGoesOnPastAFileThatWasChanged(t *testing.T) {
	for _, scheme := range schemes() {
		for _, at := range []plan.Action{plan.ActionEdit, plan.ActionCopy} {
			t.Run(scheme.String()+"/"+string(at), func(t *testing.T) {
				fsys, p, w := switched(t, scheme)
				interruptedRevert(t, p, fsys, at)
				data, err := afero.ReadFile(fsys, tinyProps)
				must(t, err)
				data = append(data, "# by hand\r\nhibernate.connection.username=other\r\n"...)
				must(t, afero.WriteFile(fsys, tinyProps, data, 0o640))
				_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
				must(t, err)
				now, err := afero.ReadFile(fsys, tinyProps)
				must(t, err)
				if string(now) != string(data) || there(fsys, tinyTarget) || !there(fsys, appOf(tinyInstall, scheme)+"/conf/server.keystore") {
					t.Errorf("after the second Revert:\n%v", walk(t, fsys, "/"))
				}
			})
		}
	}
}

// TestRevertBarsApply: once a Revert has taken anything back, nothing but a Revert
// goes on there.
func TestRevertBarsApply(t *testing.T) {
	for _, scheme := range schemes() {
		for _, at := range []plan.Action{plan.ActionRetire, plan.ActionEdit} {
			if scheme == appdata.Linked && at == plan.ActionRetire {
				at = plan.ActionLink // which has given the original its name
			}
			tr, fsys := retiredTrial(t, scheme)
			interruptedRevert(t, tr.plan, fsys, at)
			before := walk(t, fsys, "/")
			for _, through := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge} {
				if err := applyThrough(through)(tr.plan, local(fsys), "apply0"); reason(err) != plan.ReasonJournal {
					t.Errorf("%s, %s, through %v: %v", scheme, at, through, err)
				}
				if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
					t.Errorf("%s, %s, through %v (-before +now)\n%s", scheme, at, through, d)
				}
			}
			must(t, revert(tr.plan, local(fsys), "revert"))
		}
	}
}

// TestRevertThatCannotEndIsGivenUp: a Revert is interrupted before it has taken back
// an edit, and the server runs on the target. It can never go back, so the plan goes
// on.
func TestRevertThatCannotEndIsGivenUp(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys, p, w := switched(t, scheme)
			_, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
			must(t, err)
			if scheme != appdata.Linked {
				interruptedRevert(t, p, fsys, plan.ActionRetire)
			} else { // nothing comes before the edit
				write(tinyTarget+"/"+reserved.Folder+"/reverting", p.ID)(t, fsys)
			}
			serverRan(t, fsys)
			further := func() error {
				_, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhaseRetire, Through: plan.PhaseRetire})
				return err
			}
			if err := further(); reason(err) != plan.ReasonJournal {
				t.Errorf("Apply while a Revert is under way: %v", err)
			}
			unchangedUnder(t, fsys, "/", func() {
				if _, err := p.Revert(ctx, w, plan.RevertOptions{}); reason(err) != plan.ReasonRan {
					t.Errorf("Revert: %v", err)
				}
			})
			must(t, further())
		})
	}
}

// TestRevertTellsWhatStaysAside: where something new has the name of an original, that
// stays aside, and Revert says so.
func TestRevertTellsWhatStaysAside(t *testing.T) {
	fsys, p, w := switched(t, appdata.InInstall)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	write(tinyInstall+"/patches/new.jar", "new")(t, fsys)
	res, err := p.Revert(context.Background(), w, plan.RevertOptions{})
	must(t, err)
	aside := tinyInstall + "/patches.retired-" + p.ID
	if len(res.Kept) != 1 || !strings.Contains(res.Kept[0].Reason, aside) || !there(fsys, aside+"/fix.jar") || !there(fsys, tinyInstall+"/patches/new.jar") {
		t.Errorf("kept %v", res.Kept)
	}
}

// TestRevertWithoutTheMarkTakesEditsBack: where the mark that the switch was begun is
// lost from the target, the server's files tell that it was.
func TestRevertWithoutTheMarkTakesEditsBack(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			before := walk(t, tiny(t, scheme), "/")
			fsys, p, w := switched(t, scheme)
			must(t, fsys.Remove(tinyTarget+"/"+reserved.Folder+"/switched"))
			_, err := p.Revert(context.Background(), w, plan.RevertOptions{})
			must(t, err)
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Errorf("(-before +reverted):\n%s", d)
			}
		})
	}
}

// TestKilledRevertIsResumed: a Revert dies anywhere, and another process, which
// knows nothing but the disk, goes on with what is recorded there.
func TestKilledRevertIsResumed(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr, retired := retiredTrial(t, scheme)
		before, err := clustertest.Walk(tr.base, "/")
		must(t, err)
		taken := 0
		everyDeath(t, retired, 7, func(fsys afero.Fs) error { return revert(tr.plan, local(fsys), "revert") }, func(_ int, disk *strictfs.FS) error {
			disk = disk.Clone()
			c, w := loadedAt(t, disk, tinyInstall)
			p, err := plan.Resume(context.Background(), c, "server", plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			if err == nil {
				taken++
				err = revert(p, w, "second")
			} else if errors.Is(err, fs.ErrNotExist) { // all is back but our folder, and the target itself
				p, err = plan.Populate(context.Background(), c, "server", plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
				must(t, err)
				if err = revert(p, w, "second"); err == nil {
					err = removed(disk.Remove(tinyTarget))
				}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", scheme, err)
			}
			now, err := clustertest.Walk(disk, "/")
			if d := cmp.Diff(before, now); d != "" {
				return fmt.Errorf("%s (-before +reverted)\n%s", scheme, d)
			}
			return err
		})
		if taken == 0 {
			t.Errorf("%s: no Revert went on", scheme)
		}
	}
}

// removed is nil for what is gone.
func removed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
