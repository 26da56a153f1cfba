package plan_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// settingsTrial is a cluster whose settings change again and again from the same
// start.
type settingsTrial struct {
	base   *strictfs.FS
	world  cluster.World
	plan   *plan.Plan
	before map[string]string // the files that change, by path
	after  map[string]string
	want   []clustertest.Entry
	tried  map[string]bool // states from which it was gone on
}

// files lists the own files of the members that are changed.
func (tr *settingsTrial) files(fsys afero.Fs) (out []clustertest.Entry, err error) {
	for _, n := range tr.plan.Topology.Nodes {
		if !slices.ContainsFunc(tr.plan.Steps, func(s plan.Step) bool { return s.Node == n.Name && s.Action.Changes() }) {
			continue
		}
		list, err := clustertest.Walk(fsys, "/"+n.Name)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			e.Path = n.Name + "/" + e.Path
			out = append(out, e)
		}
	}
	return out, nil
}

// settingsTrials are plans of all kinds that are carried out file by file.
func settingsTrials() map[string]func(testing.TB) (*clustertest.Site, *plan.Plan) {
	ctx := context.Background()
	small := clustertest.Spec{Version: "7.2.3.4.1148450", Alias: "server", RepositoryFiles: -1, Plugins: -1, Logs: -1}
	return map[string]func(testing.TB) (*clustertest.Site, *plan.Plan){
		"edits": func(t testing.TB) (*clustertest.Site, *plan.Plan) {
			s := site(t, 3, small)
			return s, edits(t, s, variety()...)
		},
		"align": func(t testing.TB) (*clustertest.Site, *plan.Plan) {
			s := site(t, 3, small)
			s.Write("node1", clustertest.Install+"/opt/tomcat/conf/tomcat.keystore", string(fixture(t, "web.jks")))
			s.Set("node1", cluster.KeyTomcatAlias, webAlias)
			s.Remove("node3", clustertest.Install+"/opt/tomcat/conf/tomcat.keystore") // there is none to keep
			p, err := plan.AlignCertificate(ctx, loaded(t, s), "node1")
			must(t, err)
			return s, accepted(t, p)
		},
		"join": func(t testing.TB) (*clustertest.Site, *plan.Plan) {
			alone := small
			alone.Alias = "tomcat"
			s := lonely(t, small, alone)
			return s, joined(t, s, plan.JoinOptions{})
		},
		"join without a folder": func(t testing.TB) (*clustertest.Site, *plan.Plan) {
			alone := small
			alone.Scheme = appdata.InInstall
			s := lonely(t, small, alone)
			return s, joined(t, s, plan.JoinOptions{})
		},
	}
}

func newSettingsTrial(t testing.TB, make func(testing.TB) (*clustertest.Site, *plan.Plan)) *settingsTrial {
	t.Helper()
	s, p := make(t)
	s.FS.(*strictfs.FS).SyncAll()
	tr := &settingsTrial{base: s.FS.(*strictfs.FS), world: s.World, plan: p, before: map[string]string{}, after: map[string]string{}, tried: map[string]bool{}}
	sim, err := tr.plan.Simulate(context.Background(), s.World)
	must(t, err)
	for _, st := range tr.plan.Steps {
		at := st.From.Path
		if st.Action == plan.ActionReplace {
			at = st.To.Path
		} else if st.Action != plan.ActionSet {
			continue
		}
		for fsys, to := range map[afero.Fs]map[string]string{s.FS: tr.before, sim.FS["disk"]: tr.after} {
			data, err := afero.ReadFile(fsys, at)
			if errors.Is(err, fs.ErrNotExist) {
				data, err = []byte("absent"), nil
			}
			must(t, err)
			to[at] = string(data)
		}
	}
	tr.want, err = tr.files(sim.FS["disk"])
	must(t, err)
	return tr
}

// on is the world over another file system.
func (tr *settingsTrial) on(fsys afero.Fs) cluster.World {
	w := tr.world
	w.FS = map[string]afero.Fs{"disk": fsys}
	return w
}

// goOn checks that every file is the old one or the new one, and applies again.
func (tr *settingsTrial) goOn(fsys afero.Fs) error {
	for name, before := range tr.before {
		data, err := afero.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			data, err = []byte("absent"), nil
		}
		if err != nil {
			return err
		}
		if got := string(data); got != before && got != tr.after[name] {
			return fmt.Errorf("%s is neither the old file nor the new one", name)
		}
	}
	now, err := tr.files(fsys)
	if err != nil {
		return err
	}
	state := fmt.Sprintf("%+v", now)
	if tr.tried[state] {
		return nil
	}
	tr.tried[state] = true
	if err := tr.explained(fsys); err != nil {
		return err
	}
	if _, err := tr.plan.Apply(context.Background(), tr.on(fsys), plan.ApplyOptions{}); err != nil {
		return err
	}
	got, err := tr.files(fsys)
	if err != nil {
		return err
	}
	if d := cmp.Diff(tr.want, withoutTemp(got)); d != "" {
		return errors.New("the end differs from the simulation (-simulated +real):\n" + d)
	}
	return nil
}

// explained: the next look says how far the plan got, names the files that were
// changed and those that were not, and has no reason against going on.
func (tr *settingsTrial) explained(fsys afero.Fs) error {
	status, err := tr.plan.Preflight(context.Background(), tr.on(fsys))
	if err != nil {
		return err
	}
	text := strings.Join(status.Left, "\n")
	switch {
	case len(status.Refusals) > 0:
		return fmt.Errorf("Preflight refuses to go on: %v", status.Refusals)
	case status.State == plan.StateSwitching && (!strings.Contains(text, "changed are") || !strings.Contains(text, "not changed are") || !strings.Contains(status.Next, "revert")):
		return fmt.Errorf("half-way Preflight says %+v", status)
	case status.State != plan.StateSwitching && text != "":
		return fmt.Errorf("Preflight says %s, and %s is left", status.State, text)
	}
	return nil
}

// withoutTemp is a listing without the temporary files that a killed save leaves.
func withoutTemp(list []clustertest.Entry) (out []clustertest.Entry) {
	for _, e := range list {
		if !isTemp(e.Path) {
			out = append(out, e)
		}
	}
	return out
}

// points are the operations of a whole run; in a short test some.
func (tr *settingsTrial) points(t *testing.T) (n, step int) {
	t.Helper()
	f := strictfs.NewFailing(tr.base.Clone())
	_, err := tr.plan.Apply(context.Background(), tr.on(f), plan.ApplyOptions{})
	must(t, err)
	if !long.Tests() {
		return f.Calls(), 41
	}
	return f.Calls(), 1
}

func TestEditsFailAtEveryOperationThenResume(t *testing.T) {
	for name, make := range settingsTrials() {
		t.Run(name, func(t *testing.T) {
			tr := newSettingsTrial(t, make)
			n, step := tr.points(t)
			tried := 0
			for at := 1; at <= n; at += step {
				for _, fault := range []strictfs.Fault{{Err: syscall.EIO}, {Err: syscall.EIO, After: true}, {Err: syscall.ENOSPC}, {Short: 1}, {Late: strictfs.OpSync}, {Late: strictfs.OpClose}} {
					fault.Nth = at
					fsys := tr.base.Clone()
					f := strictfs.NewFailing(fsys, fault)
					_, err := tr.plan.Apply(context.Background(), tr.on(f), plan.ApplyOptions{})
					if f.Fired() == 0 {
						continue
					}
					tried++
					if again := tr.goOn(fsys); again != nil {
						t.Fatalf("operation %d of %d, %+v: Apply said %v; applied again: %v", at, n, fault, err, again)
					}
				}
			}
			t.Logf("%d operations, %d points", n, tried)
			if tried < n/step {
				t.Errorf("only %d points were tried", tried)
			}
		})
	}
}

func TestEditsDieAtEveryOperationThenResume(t *testing.T) {
	for name, make := range settingsTrials() {
		t.Run(name, func(t *testing.T) {
			tr := newSettingsTrial(t, make)
			n, step := tr.points(t)
			tried := 0
			for at := 1; at <= n; at += step {
				fsys := tr.base.Clone()
				f := strictfs.NewFailing(fsys, strictfs.Fault{Nth: at, Die: true})
				_, _ = tr.plan.Apply(context.Background(), tr.on(f), plan.ApplyOptions{})
				for choice := range strictfs.Choices(len(fsys.Pending()), strictfs.DataStates(), 4, uint64(at)) {
					tried++
					after := fsys.Crash(choice)
					if err := tr.goOn(after); err != nil {
						t.Fatalf("operation %d of %d, crash %s: applied again: %v", at, n, choice.Name, err)
					}
				}
			}
			t.Logf("%d operations, %d outcomes", n, tried)
			if tried < n/step {
				t.Errorf("only %d outcomes were tried", tried)
			}
		})
	}
}

// isBack sees that a storage holds what it held before, after a run that was cut off
// at an operation.
func (tr *settingsTrial) isBack(t *testing.T, fsys afero.Fs, before []clustertest.Entry, at int) {
	t.Helper()
	got, err := tr.files(fsys)
	must(t, err)
	if d := cmp.Diff(before, withoutTemp(got)); d != "" {
		t.Fatalf("operation %d (-before +now):\n%s", at, d)
	}
}

// A run that is cut off at any point can be taken back as well.
func TestEditsRevertFromEveryPoint(t *testing.T) {
	for name, make := range settingsTrials() {
		t.Run(name, func(t *testing.T) {
			tr := newSettingsTrial(t, make)
			n, step := tr.points(t)
			before, err := tr.files(tr.base)
			must(t, err)
			for at := 1; at <= n; at += step {
				fsys := tr.base.Clone()
				_, _ = tr.plan.Apply(context.Background(), tr.on(strictfs.NewFailing(fsys, strictfs.Fault{Nth: at, Die: true})), plan.ApplyOptions{})
				if _, err := tr.plan.Revert(context.Background(), tr.on(fsys), plan.RevertOptions{}); err != nil {
					t.Fatalf("operation %d of %d: %v", at, n, err)
				}
				tr.isBack(t, fsys, before, at)
			}
		})
	}
}

// A Revert that is cut off is completed by another one.
func TestEditsKilledRevertGoesOn(t *testing.T) {
	for name, make := range settingsTrials() {
		t.Run(name, func(t *testing.T) {
			tr := newSettingsTrial(t, make)
			before, err := tr.files(tr.base)
			must(t, err)
			done := tr.base.Clone()
			_, err = tr.plan.Apply(context.Background(), tr.on(done), plan.ApplyOptions{})
			must(t, err)
			_, step := tr.points(t)
			for at := 1; ; at += step {
				fsys := done.Clone()
				f := strictfs.NewFailing(fsys, strictfs.Fault{Nth: at, Die: true})
				_, _ = tr.plan.Revert(context.Background(), tr.on(f), plan.RevertOptions{})
				if f.Fired() == 0 {
					break
				}
				if _, err := tr.plan.Revert(context.Background(), tr.on(fsys), plan.RevertOptions{}); err != nil {
					t.Fatalf("killed at operation %d, reverted again: %v", at, err)
				}
				tr.isBack(t, fsys, before, at)
			}
		})
	}
}

// isTemp tells the temporary file of a save.
func isTemp(name string) bool { return strings.Contains(name, ".deploycluster-") }
