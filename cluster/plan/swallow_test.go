package plan_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// A storage that does not answer is not one that has nothing: a look that fails
// stops the run, and is never read as "not there".
func TestFailedLooksAreReported(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr, applied := retiredTrial(t, scheme)
			for _, c := range []struct {
				name string
				base *strictfs.FS
				do   verb
			}{{"apply", tr.base, applyThrough(plan.PhaseSwitch)}, {"purge", applied, applyThrough(plan.PhasePurge)}, {"revert", applied, revert}} {
				var calls []strictfs.Call
				f := strictfs.NewHooked(c.base.Clone(), strictfs.Hooks{Before: func(c *strictfs.Call) { calls = append(calls, *c) }})
				must(t, c.do(tr.plan, local(f), "0000000001"))
				begun := false
				for i, call := range calls {
					begun = begun || call.Changes() && !strings.Contains(call.Path, ".nowhere-")
					if !begun || !looks(call) || forgiven(calls, i) || !long.Tests() && i%5 != 0 {
						continue
					}
					f := strictfs.NewFailing(c.base.Clone(), strictfs.Fault{Nth: i + 1, Err: syscall.EIO})
					if err := c.do(tr.plan, local(f), "0000000001"); err == nil {
						next := ""
						if i+1 < len(calls) {
							next = fmt.Sprint(calls[i+1].Op, " ", calls[i+1].Path)
						}
						t.Errorf("%s: %s %s failed, and nothing was said (before %s)", c.name, call.Op, call.Path, next)
					}
				}
			}
		})
	}
}

func looks(c strictfs.Call) bool {
	switch c.Op {
	case strictfs.OpLstat, strictfs.OpStat, strictfs.OpOpen, strictfs.OpReaddirnames, strictfs.OpReadlink:
		return true
	}
	return false
}

// forgiven are the looks that may fail: the opening of a folder to sync it, which
// not every storage can, the devices that a rename tells as well, and the look at
// a file that was just replaced.
// What cannot be removed of this run's temporary files is left to the next one.
func forgiven(calls []strictfs.Call, i int) bool {
	if strings.Contains(calls[i].Path, "/copying-") || calls[i].Op == strictfs.OpStat && strings.HasPrefix(tinyShare, calls[i].Path) {
		return true
	}
	for j := max(0, i-6); j < min(i+4, len(calls)); j++ {
		switch c := calls[j]; {
		case j > i && c.Op == strictfs.OpSync && c.Path == calls[i].Path,
			j > i && strings.Contains(c.Path, ".nowhere-"),
			j < i && c.Op == strictfs.OpRename && c.To == calls[i].Path && strings.Contains(c.Path, ".deploycluster-new"):
			return true
		}
	}
	return false
}

// What planning could not look at is said: a folder above the target by a
// refusal, a file that may name an old place by a step.
func TestFailedLooksOfPlanningAreSaid(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.Chown(tinyApp, 500, 500))
	must(t, afero.WriteFile(fsys, tinyInstall+"/bin/set_env", []byte("JAVA_OPTS=\n"), 0o640))
	for _, c := range []struct {
		op   strictfs.Op
		path string
	}{{strictfs.OpLstat, "/media"}, {strictfs.OpReaddirnames, tinyInstall + "/conf/server"}, {strictfs.OpRead, tinyInstall + "/bin/set_env"}} {
		for n, seen := 1, 1; seen >= n; n++ { // the first look that fails, then the second
			seen = 0
			_, w := cluster.Single(strictfs.Intercept(fsys, func(call *strictfs.Call, next func() error) error {
				if call.Op == c.op && call.Path == c.path {
					if seen++; seen == n {
						return syscall.EIO
					}
				}
				return next()
			}), tinyInstall)
			topology, _ := cluster.Single(fsys, tinyInstall)
			said := ""
			loaded, err := cluster.Load(context.Background(), topology, w)
			if seen >= n {
				continue // a look of Load, which says so in the cluster
			}
			must(t, err)
			p, err := plan.Populate(context.Background(), loaded, "server", plan.Target{AppData: tinyTarget})
			if err == nil {
				for _, r := range p.Refusals {
					said += r.Path + " " + r.Message + "\n"
				}
				for _, s := range p.Steps {
					said += s.Title + "\n"
				}
			} else {
				said = err.Error()
			}
			if seen == 0 && n == 1 {
				t.Errorf("nothing has looked at %s", c.path)
			}
			if seen >= n && (!strings.Contains(said, c.path) || !strings.Contains(said, syscall.EIO.Error())) {
				t.Errorf("%s %s failed, look %d:\n%s", c.op, c.path, n, said)
			}
		}
	}
}
