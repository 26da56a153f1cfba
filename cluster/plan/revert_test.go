package plan_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// From wherever Apply stopped before a purge, Revert brings back every byte.
func TestRevertFromEveryOperation(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			tr := newTrial(t, scheme)
			before := walk(t, tr.base, "/")
			retire := plan.ApplyOptions{Through: plan.PhaseRetire}
			_, w := cluster.Single(tr.base, tinyInstall)
			count := strictfs.NewFailing(tr.base.Clone())
			w.FS["local"] = count
			_, err := tr.plan.Apply(context.Background(), w, retire)
			must(t, err)
			n, step := count.Calls(), 1
			if !long.Tests() || underRace {
				step = 23
			}
			for at := 1; at <= n+1; at += step {
				fsys := tr.base.Clone()
				w.FS["local"] = strictfs.NewFailing(fsys, strictfs.Fault{Nth: at, Die: true})
				tr.plan.Apply(context.Background(), w, retire)
				w.FS["local"] = fsys
				if _, err := tr.plan.Revert(context.Background(), w, plan.RevertOptions{}); err != nil {
					t.Fatalf("dead at operation %d of %d: %v", at, n, err)
				}
				if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
					t.Fatalf("dead at operation %d of %d (-before +reverted):\n%s", at, n, d)
				}
				if ok, _ := afero.Exists(fsys, tinyTarget+"/"+reserved.Folder); ok {
					t.Fatalf("dead at operation %d of %d: the journal is left", at, n)
				}
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
