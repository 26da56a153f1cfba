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
			// An empty folder is nothing to tell.
			files := slices.ContainsFunc(left, func(path string) bool { return strings.HasSuffix(path, ".json") })
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

// The records of another target stay, and so do all while the target does not hold
// what the server needs: another storage may be mounted there.
func TestRecordsStayThatAreNeeded(t *testing.T) {
	const records = tinyInstall + "/conf/server/" + reserved.Folder
	const mine = `{"schema": 1, "plan": "a", "sha256": "b", "appData": "` + tinyTarget + `"}`
	const other = `{"schema": 1, "plan": "a", "sha256": "b", "appData": "/mnt/other"}`
	for _, scheme := range schemes() {
		tr := newTrial(t, scheme)
		fsys := tr.base.Clone()
		must(t, tr.apply(fsys))
		must(t, fsys.Mkdir(records, 0o755))
		for name, text := range map[string]string{"a.json": mine, "a-000001.json": mine, "a-000002.json.new": "", "b.json": other, "notes": "x"} {
			write(records+"/"+name, text)(t, fsys)
		}
		p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		purge := func(want ...string) {
			t.Helper()
			_, _ = p.Apply(context.Background(), w, everything) // it may refuse, which is as well
			var got []string
			for _, path := range ours(t, fsys) {
				got = append(got, strings.TrimPrefix("/"+path, records))
			}
			if d := cmp.Diff(append([]string{""}, want...), got); d != "" {
				t.Errorf("%s (-want +got)\n%s", scheme, d)
			}
		}
		must(t, fsys.Rename(tinyTarget+"/conf/server.keystore", tinyShare+"/away"))
		purge("/a-000001.json", "/a-000002.json.new", "/a.json", "/b.json", "/notes")
		must(t, fsys.Rename(tinyShare+"/away", tinyTarget+"/conf/server.keystore"))
		purge("/b.json", "/notes")
	}
}
