package plan_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// ours are the paths that only this library uses.
func ours(t *testing.T, fsys *strictfs.FS) (list []string) {
	t.Helper()
	all, err := clustertest.Walk(fsys, "/")
	must(t, err)
	for _, e := range all {
		if strings.Contains(e.Path, reserved.Folder) {
			list = append(list, e.Path)
		}
	}
	return list
}

// A purge dies when all originals are gone, before every operation that it has yet
// to do: what it leaves is told by the next look, and the next purge removes it.
func TestWhatAPurgeLeavesIsTold(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		tr, retired := retiredTrial(t, scheme)
		told := 0
		everyDeath(t, retired, 1, tr.apply, func(at int, disk *strictfs.FS) error {
			if d := cmp.Diff(tr.want, walk(t, disk, "/")); d != "" {
				return nil // not gone yet
			}
			disk = disk.Clone()
			left := ours(t, disk)
			c, w := loadedAt(t, disk, tinyInstall)
			p, err := plan.Populate(context.Background(), c, "server", plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			must(t, err)
			status, err := p.Preflight(context.Background(), w)
			must(t, err)
			// An empty folder on the server is nothing to tell.
			files := slices.ContainsFunc(left, func(path string) bool { return strings.Contains(path, ".json") })
			if planned := slices.Contains(left, strings.TrimPrefix(tinyTarget, "/")+"/"+reserved.Folder+"/plan.json"); !planned && files && len(status.Left) == 0 {
				return fmt.Errorf("%s: there are %v, and nothing is said of them", scheme, left)
			}
			told += len(status.Left)
			if p, err = tr.found(disk); err != nil {
				return err
			}
			if err := tr.finish(disk, p); err != nil {
				return fmt.Errorf("%s: %w, after %v", scheme, err, left)
			}
			return nil
		})
		if told == 0 {
			t.Errorf("%s: nothing was left", scheme)
		}
	}
}

// Of what was recorded goes what a run has marked as done, if it is about this
// target.
func TestOnlyRecordsThatAreDoneGo(t *testing.T) {
	const records = tinyInstall + "/conf/server/" + reserved.Folder
	record := func(at string) string {
		return `{"schema": 1, "plan": "a", "sha256": "b", "appData": "` + at + `"}`
	}
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		fsys := tr.base.Clone()
		must(t, tr.apply(fsys))
		must(t, fsys.Mkdir(records, 0o755))
		for name, text := range map[string]string{
			"a.json": record(tinyTarget), "a-000001.json.done": record(tinyTarget), "a-000002.json.new": "",
			"b.json.done": record("/mnt/other"), "c.json.bak": record(tinyTarget), "notes": "x",
		} {
			write(records+"/"+name, text)(t, fsys)
		}
		p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		_, err := p.Apply(context.Background(), w, everything)
		must(t, err)
		var got []string
		for _, path := range ours(t, fsys) {
			got = append(got, strings.TrimPrefix("/"+path, records))
		}
		if d := cmp.Diff([]string{"", "/a.json", "/b.json.done", "/c.json.bak", "/notes"}, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", scheme, d)
		}
	}
}

// A purge finds no folder of ours on the target, which is away for a moment: a
// storage was brought back without it, or somebody looks at it elsewhere. Nothing is
// forgotten.
func TestPurgeWithoutTheJournalForgetsNothing(t *testing.T) {
	ctx, target := context.Background(), plan.Target{AppData: tinyTarget, MountPoint: tinyShare}
	const own = tinyTarget + "/" + reserved.Folder
	for _, scheme := range schemes() {
		_, fsys := retiredTrial(t, scheme)
		must(t, fsys.Rename(own, tinyShare+"/away"))
		p, w := populate(t, fsys, tinyInstall, target)
		_, err := p.Apply(ctx, w, plan.ApplyOptions{From: plan.PhasePurge, Through: plan.PhasePurge})
		must(t, err)
		must(t, fsys.Rename(tinyShare+"/away", own))
		c, w := loadedAt(t, fsys, tinyInstall)
		p, err = plan.Resume(ctx, c, "server", target)
		must(t, err)
		_, err = p.Apply(ctx, w, everything)
		must(t, err)
		if left := ours(t, fsys); len(left) > 0 {
			t.Errorf("%s: %v is left", scheme, left)
		}
	}
}
