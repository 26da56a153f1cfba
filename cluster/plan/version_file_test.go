package plan_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// The application data of a server that was upgraded in the days of 6.2 names an
// older version than the installation. The storage gets that of the installation;
// the old bytes stay with the original, come back with Revert, and are reported
// when the rest is purged.
func TestStaleVersionFileIsReplacedAndKept(t *testing.T) {
	ctx := context.Background()
	const stale = "#Mon Jan 01 00:00:00 UTC 2018\r\ninstalled.version=6.2.7.1.960481\r\n"
	fsys := tiny(t, appdata.Folder)
	write(tinyApp+"/conf/installed.version", stale)(t, fsys)
	before := walk(t, fsys, "/")
	p, w := tinyPlan(t, fsys, "")
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	fresh, err := afero.ReadFile(fsys, tinyInstall+"/conf/installed.version")
	must(t, err)
	if have, err := afero.ReadFile(fsys, tinyTarget+"/conf/installed.version"); err != nil || string(have) != string(fresh) {
		t.Errorf("the storage has %q, %v", have, err)
	}
	_, err = p.Revert(ctx, w, plan.RevertOptions{})
	must(t, err)
	if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
		t.Fatalf("(-before +reverted)\n%s", d)
	}
	res, err := p.Apply(ctx, w, everything)
	must(t, err)
	if len(res.Kept) != 1 || !strings.Contains(res.Kept[0].Reason, "installed.version") {
		t.Errorf("kept: %v", res.Kept)
	}
	kept, err := afero.ReadFile(fsys, tinyApp+".purging-"+p.ID+"/conf/installed.version")
	if err != nil || string(kept) != stale {
		t.Errorf("the old bytes are %q, %v", kept, err)
	}
}

// An Apply that had copied the version file was interrupted, and the server was
// upgraded before the next one: its version of now replaces that of then, and
// Revert leaves neither.
func TestVersionFileOfAnEarlierRunIsReplaced(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		fsys := tiny(t, scheme)
		p, w := tinyPlan(t, fsys, "")
		dieAt(t, fsys, p, w, strictfs.Fault{Op: strictfs.OpRename, Path: "switched"})
		if !there(fsys, tinyTarget+"/conf/installed.version") {
			t.Fatalf("%s: the earlier run had not got that far", scheme)
		}
		build := ".1041488"
		if scheme == appdata.Linked {
			build = ".589412"
		}
		replace(tinyInstall+"/conf/installed.version", build, build[:len(build)-2]+"99")(t, fsys)
		before := walk(t, fsys, tinyInstall)
		p, w = tinyPlan(t, fsys, "")
		_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
		must(t, err)
		if data, err := afero.ReadFile(fsys, tinyTarget+"/conf/installed.version"); err != nil || !strings.Contains(string(data), "99\n") {
			t.Errorf("%s: the storage has %q, %v", scheme, data, err)
		}
		_, err = p.Revert(ctx, w, plan.RevertOptions{})
		must(t, err)
		if d := cmp.Diff(before, walk(t, fsys, tinyInstall)); d != "" || there(fsys, tinyTarget) {
			t.Errorf("%s (-before +reverted)\n%s", scheme, d)
		}
	}
}
