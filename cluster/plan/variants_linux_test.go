package plan_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// Names that people, programs and this library itself give files arrive, and go
// with their originals.
func TestOddNamesMove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	odd := []string{
		"new\nline", "tab\there", `back\slash`, `"quoted"`, "it's", "$(rm -rf x)", "-rf", " leading", "trailing ", "trailing.", "*?[a]", "a:b|c",
		"\xff\xfe not UTF-8", "base64:YQ==", "é composed", "e\u0301 decomposed", "\u202egnp.exe", "run-000001-x", "copying-1", ".probe-abcdef", "folder", "link", "forgotten",
		".x.deploycluster-link", "x.deploycluster-trial", "x.retired-000000000000", "s08.jsonl", "plan.json", "switched", "//end"[2:], strings.Repeat("n", 255),
	}
	for _, scheme := range schemes() {
		_, install, target := onSystem(t, scheme)
		fsys, app := afero.NewOsFs(), appOf(install, scheme)
		for _, dir := range []string{"/var/repository/", "/patches/", "/logs/", "/var/sa/"} {
			must(t, os.MkdirAll(app+dir, 0o750))
			for i, name := range odd {
				switch i % 3 {
				case 0:
					must(t, os.WriteFile(app+dir+name, []byte(name), 0o640))
				case 1:
					must(t, os.Mkdir(app+dir+name, 0o750))
					must(t, os.WriteFile(app+dir+name+"/"+odd[i-1], []byte(name), 0o600))
				case 2:
					must(t, os.Symlink(odd[i-1], app+dir+name))
				}
			}
		}
		want := map[string]string{}
		for _, e := range walk(t, fsys, app) {
			for _, dir := range []string{"var/repository/", "patches/", "logs/", "var/sa/"} {
				if strings.HasPrefix(e.Path, dir) {
					want[e.Path] = string(e.Kind) + e.SHA256 + e.Target
				}
			}
		}
		p, w := populate(t, fsys, install, plan.Target{AppData: target})
		accepted(t, p)
		for _, phase := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge} {
			res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: phase})
			must(t, err)
			for _, k := range res.Kept {
				t.Errorf("%s, %s: kept %s: %s", scheme, phase, k.Path, k.Reason)
			}
		}
		got := map[string]string{}
		for _, e := range walk(t, fsys, target) {
			if _, ok := want[e.Path]; ok {
				got[e.Path] = string(e.Kind) + e.SHA256 + e.Target
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-original +copy)\n%s", scheme, d)
		}
		if list := walk(t, fsys, install); scheme == appdata.Folder && strings.Contains(fmt.Sprint(list), "repository") {
			t.Error("originals are left")
		}
	}
}

// accident is what happens to a machine in the middle of a run.
type accident struct {
	name string
	// do reports whether it has happened, for a storage that is being written to
	// cannot become read-only in that moment.
	do     func(t *testing.T, share, behind string) bool
	repair func(t *testing.T, share, behind string)
}

// The share becomes read-only, full, or goes away, at many points of a whole
// move. No original is lost, nothing is written where the share was, and once it
// is back the same call completes the move.
func TestShareFailsHalfWay(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	accidents := []accident{
		{"read-only", func(t *testing.T, share, _ string) bool {
			return syscall.Mount("tmpfs", share, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") == nil
		}, func(t *testing.T, share, _ string) {
			must(t, syscall.Mount("tmpfs", share, "tmpfs", syscall.MS_REMOUNT, ""))
		}},
		{"unmounted", func(t *testing.T, share, _ string) bool {
			must(t, syscall.Unmount(share, syscall.MNT_DETACH))
			return true
		}, func(t *testing.T, share, behind string) {
			must(t, syscall.Mount(behind, share, "", syscall.MS_BIND, ""))
		}},
		{"full", func(t *testing.T, share, _ string) bool {
			f, err := os.Create(share + "/filler")
			must(t, err)
			for err == nil {
				_, err = f.Write(make([]byte, 64<<10))
			}
			for block := make([]byte, 1); ; {
				if _, err := f.Write(block); err != nil {
					break
				}
			}
			must(t, f.Close())
			return true
		}, func(t *testing.T, share, _ string) { must(t, os.Remove(share+"/filler")) }},
		{"another one is mounted", func(t *testing.T, share, behind string) bool {
			if !there(afero.NewOsFs(), behind+"/appdata/.deploycluster") {
				return false // nobody could tell
			}
			must(t, syscall.Mount("tmpfs", share, "tmpfs", 0, "size=1m"))
			return true
		}, func(t *testing.T, share, _ string) { must(t, syscall.Unmount(share, syscall.MNT_DETACH)) }},
	}
	step := long.Of(31, 997)
	for _, a := range accidents {
		for _, scheme := range schemes() {
			for at, more := 40, true; more; at += step {
				root, install, target := onSystem(t, scheme)
				share, behind := root+"/share", root+"/behind"
				must(t, os.Mkdir(behind, 0o755))
				must(t, syscall.Mount("tmpfs", behind, "tmpfs", 0, "size=2m"))
				must(t, syscall.Mount(behind, share, "", syscall.MS_BIND, ""))
				fsys := afero.NewOsFs()
				p, _ := populate(t, fsys, install, plan.Target{AppData: target, MountPoint: share})
				accepted(t, p)
				calls, done := 0, false
				failing := strictfs.Folders(fsys, func(_ strictfs.Op, _ string, next func() error) error {
					if calls++; calls >= at && !done {
						done = a.do(t, share, behind)
					}
					return next()
				})
				sums := map[string]bool{}
				for _, sum := range filesOnly(t, fsys, appOf(install, scheme)+"/var") {
					sums[sum] = true
				}
				res, err := p.Apply(ctx, local(failing), plan.ApplyOptions{Through: plan.PhasePurge, Workers: 1})
				more = done
				if more && err == nil && len(res.Kept) == 0 && a.name != "full" && a.name != "read-only" && there(fsys, install+"/appdata") {
					t.Errorf("%s, %s, operation %d: nothing is said", a.name, scheme, at)
				}
				if more {
					for _, e := range walk(t, fsys, share) {
						if a.name == "another one is mounted" && e.Path != "." && string(e.Kind) == "file" {
							t.Errorf("%s, %s, operation %d: written to another storage: %s", a.name, scheme, at, e.Path)
						}
					}
					a.repair(t, share, behind)
				}
				for _, dir := range []string{install, share} {
					for _, sum := range filesOnly(t, fsys, dir) {
						delete(sums, sum)
					}
				}
				if len(sums) > 0 {
					t.Fatalf("%s, %s, operation %d: the content of %d files is gone: %v", a.name, scheme, at, len(sums), err)
				}
				// As a person goes on: with the plan that is there, or a new one.
				c, w := loadedAt(t, fsys, install)
				q, rerr := plan.Resume(ctx, c, "server", plan.Target{AppData: target, MountPoint: share})
				if rerr != nil {
					q, rerr = plan.Populate(ctx, c, "server", plan.Target{AppData: target, MountPoint: share})
					must(t, rerr)
				}
				again, aerr := q.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
				if aerr != nil || len(again.Kept) > 0 {
					t.Errorf("%s, %s, operation %d: Apply said %v; repaired: %v, kept %v", a.name, scheme, at, err, aerr, again.Kept)
				}
				syscall.Unmount(share, syscall.MNT_DETACH)
				must(t, syscall.Unmount(behind, syscall.MNT_DETACH))
				if list, err := os.ReadDir(share); err != nil || len(list) > 0 {
					t.Errorf("%s, %s, operation %d: below the mount point there is %v, %v", a.name, scheme, at, list, err)
				}
				if t.Failed() {
					return
				}
			}
		}
	}
}
