package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// From wherever Apply stopped before a purge, Revert brings back every byte.
func TestRevertFromEveryOperation(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scheme)
			before := walk(t, tr.base, "/")
			retire := func(fsys afero.Fs) error {
				_, err := tr.plan.Apply(context.Background(), local(fsys), plan.ApplyOptions{Through: plan.PhaseRetire, Workers: 1})
				return err
			}
			everyDeath(t, tr.base.Clone(), 5, retire, func(_ int, disk *strictfs.FS) error {
				return isReverted(tr.plan, disk.Clone(), before)
			})
		})
	}
}

// isReverted reverts, and sees that everything is as before, and no journal left.
func isReverted(p *plan.Plan, fsys *strictfs.FS, before []clustertest.Entry) error {
	if _, err := p.Revert(context.Background(), local(fsys), plan.RevertOptions{}); err != nil {
		return err
	}
	if ok, _ := afero.Exists(fsys, tinyTarget+"/"+reserved.Folder); ok {
		return errors.New("the journal is left")
	}
	got, err := clustertest.Walk(fsys, "/")
	if d := cmp.Diff(before, got); d != "" {
		return errors.New("(-before +reverted)\n" + d)
	}
	return err
}

// TestRevertStopsWhereTheServerStarts: a server that has started since a Revert has
// looked is found before the first edit is taken back.
func TestRevertStopsWhereTheServerStarts(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	p, w := tinyPlan(t, fsys, "")
	_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	unchangedUnder(t, fsys, tinyTarget, func() {
		_, err = p.Revert(context.Background(), w, plan.RevertOptions{Progress: func(e plan.Event) {
			if e.Step.Action == plan.ActionRetire {
				write(tinyInstall+"/var/server.pid", "1")(t, fsys)
			}
		}})
	})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || refused.Refusals[0].Rule != "OPS001" {
		t.Errorf("%v", err)
	}
	data, err := afero.ReadFile(fsys, tinyProps)
	must(t, err)
	if !strings.Contains(string(data), tinyTarget) {
		t.Error("the edit was taken back")
	}
}

// TestRevertKeepsWhatTheServerWritesMeanwhile: what a server has written to the target
// since a Revert has looked at it is no copy any more, whatever its size.
func TestRevertKeepsWhatTheServerWritesMeanwhile(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys, want := tiny(t, scheme), map[string]string{"/var/repository/blob/aa/one": "artifact ONE", "/var/repository/blob/aa/two": "no longer empty"}
			old := time.Now().Add(-time.Hour)
			must(t, fsys.Chtimes(appOf(tinyInstall, scheme)+"/var/repository/blob/aa/one", old, old))
			p, w := tinyPlan(t, fsys, "")
			_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
			must(t, err)
			res, err := p.Revert(context.Background(), w, plan.RevertOptions{Progress: func(e plan.Event) {
				for rel, data := range want {
					if e.Step.Action == plan.ActionEdit {
						must(t, afero.WriteFile(fsys, tinyTarget+rel, []byte(data), 0o640))
					}
				}
			}})
			must(t, err)
			for rel, data := range want {
				if got, err := afero.ReadFile(fsys, tinyTarget+rel); err != nil || string(got) != data {
					t.Errorf("%s: %q, %v", rel, got, err)
				}
			}
			if len(res.Kept) != len(want) {
				t.Errorf("kept %+v", res.Kept)
			}
		})
	}
}

func TestRevertAfterServerRanRefuses(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys, p, w := switched(t, scheme)
			serverRan(t, fsys)
			before := walk(t, fsys, "/")
			_, err := p.Revert(context.Background(), w, plan.RevertOptions{})
			var ran *plan.Error
			if !errors.As(err, &ran) || ran.Reason != plan.ReasonRan {
				t.Fatalf("Revert: %v", err)
			}
			got := map[string]string{}
			for _, c := range ran.Changes {
				got[c.Path] = c.What
			}
			want := map[string]string{
				tinyTarget + "/conf/server.keystore":         "changed",
				tinyTarget + "/var/repository/blob/aa/one":   "gone",
				tinyTarget + "/var/repository/blob/aa/three": "new",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRevertAfterPurgeRefuses(t *testing.T) {
	fsys, p, w := switched(t, appdata.InInstall)
	_, err := p.Apply(context.Background(), w, everything)
	must(t, err)
	before := walk(t, fsys, "/")
	_, err = p.Revert(context.Background(), w, plan.RevertOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("Revert: %v", err)
	}
	if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
		t.Error(d)
	}
}
