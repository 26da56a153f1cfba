package plan_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
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
func (tr *settingsTrial) goOn(fsys *strictfs.FS) error {
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

func (tr *settingsTrial) apply(fsys afero.Fs) error {
	_, err := tr.plan.Apply(context.Background(), tr.on(fsys), plan.ApplyOptions{})
	return err
}

func (tr *settingsTrial) revert(fsys afero.Fs) error {
	_, err := tr.plan.Revert(context.Background(), tr.on(fsys), plan.RevertOptions{})
	return err
}

// everySettings tries something with plans of all kinds.
func everySettings(t *testing.T, try func(t *testing.T, tr *settingsTrial)) {
	t.Parallel()
	for name, make := range settingsTrials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			try(t, newSettingsTrial(t, make))
		})
	}
}

func TestEditsFailAtEveryOperationThenResume(t *testing.T) {
	everySettings(t, func(t *testing.T, tr *settingsTrial) {
		points := everyFault(t, tr.base, 41, tr.apply, tr.goOn)
		t.Logf("%d points, %d states to go on from", points, len(tr.tried))
	})
}

func TestEditsDieAtEveryOperationThenResume(t *testing.T) {
	everySettings(t, func(t *testing.T, tr *settingsTrial) {
		points := 0
		n := everyDeath(t, tr.base.Clone(), 5, tr.apply, func(at int, disk *strictfs.FS) error {
			for choice := range strictfs.Choices(len(disk.Pending()), strictfs.DataStates(), 4, uint64(at)) {
				points++
				if err := tr.goOn(disk.Crash(choice)); err != nil {
					return fmt.Errorf("crash %s: applied again: %w", choice.Name, err)
				}
			}
			return nil
		})
		t.Logf("%d operations, %d outcomes, %d states to go on from", n, points, len(tr.tried))
	})
}

// isBack reverts, and sees that a storage holds what it held before.
func (tr *settingsTrial) isBack(fsys afero.Fs, before []clustertest.Entry) error {
	if err := tr.revert(fsys); err != nil {
		return err
	}
	got, err := tr.files(fsys)
	if d := cmp.Diff(before, withoutTemp(got)); err == nil && d != "" {
		return errors.New("(-before +now)\n" + d)
	}
	return err
}

// A run that is cut off at any point can be taken back as well.
func TestEditsRevertFromEveryPoint(t *testing.T) {
	everySettings(t, func(t *testing.T, tr *settingsTrial) {
		before, err := tr.files(tr.base)
		must(t, err)
		everyDeath(t, tr.base.Clone(), 3, tr.apply, func(_ int, disk *strictfs.FS) error {
			return tr.isBack(disk.Clone(), before)
		})
	})
}

// A Revert that is cut off is completed by another one.
func TestEditsKilledRevertGoesOn(t *testing.T) {
	everySettings(t, func(t *testing.T, tr *settingsTrial) {
		before, err := tr.files(tr.base)
		must(t, err)
		done := tr.base.Clone()
		must(t, tr.apply(done))
		everyDeath(t, done, 3, tr.revert, func(_ int, disk *strictfs.FS) error {
			return tr.isBack(disk.Clone(), before)
		})
	})
}

// isTemp tells the temporary file of a save.
func isTemp(name string) bool { return strings.Contains(name, ".deploycluster-") }
