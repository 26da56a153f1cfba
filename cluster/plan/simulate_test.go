package plan_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// stage is a file system to try a move on, with the folder that stands for
// its root.
type stage struct {
	name  string
	links bool
	make  func(t *testing.T) (afero.Fs, string)
}

func stages() []stage {
	return []stage{
		{"OsFs", true, func(t *testing.T) (afero.Fs, string) {
			root, err := filepath.EvalSymlinks(t.TempDir())
			must(t, err)
			return afero.NewOsFs(), root
		}},
		{"MemMapFs", false, func(t *testing.T) (afero.Fs, string) { return afero.NewMemMapFs(), "/r" }},
		{"StrictFs", true, func(t *testing.T) (afero.Fs, string) {
			fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
			must(t, fsys.Mkdir("/r", 0o755))
			return fsys, "/r"
		}},
	}
}

// The one invariant: what Simulate shows is what Apply makes, after every
// phase, path by path.
func TestSimulateEqualsApply(t *testing.T) {
	t.Parallel()
	for _, st := range stages() {
		for _, scheme := range schemes() {
			if scheme == appdata.Linked && !st.links {
				continue
			}
			for _, crlf := range []bool{false, true} {
				name := st.name + "/" + scheme.String() + map[bool]string{false: "/LF", true: "/CRLF"}[crlf]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					fsys, root := st.make(t)
					install, target := root+"/opt/ibm ucd/sérver's", root+"/media/share/appdata"
					must(t, fsys.MkdirAll(root+"/media/share", 0o755))
					must(t, clustertest.Build(fsys, install, spec(scheme, crlf)))
					before := walk(t, fsys, root)
					p, w := populate(t, fsys, install, plan.Target{AppData: target})
					accepted(t, p)
					edited := linesOf(t, fsys, p)
					for _, phase := range []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge} {
						sim, err := p.SimulateThrough(context.Background(), w, phase)
						must(t, err)
						want := walk(t, sim.FS["local"], root)
						res, err := p.Apply(context.Background(), w, plan.ApplyOptions{
							Through: phase,
						})
						must(t, err)
						if len(res.Kept) > 0 {
							t.Errorf("kept: %v", res.Kept)
						}
						if d := cmp.Diff(want, walk(t, fsys, root)); d != "" {
							t.Fatalf("after %s (-simulated +real):\n%s", phase, d)
						}
						again, err := p.Apply(context.Background(), w, plan.ApplyOptions{
							Through: phase,
						})
						if phase < plan.PhasePurge { // after it, nothing is left to hold the plan against
							must(t, err)
						}
						if d := cmp.Diff(want, walk(t, fsys, root)); d != "" || len(again.Done) > 0 {
							t.Fatalf("applied again after %s: done %v (-before +after):\n%s", phase, again.Done, d)
						}
						if phase == plan.PhaseSwitch {
							onlyIntended(t, edited, fsys, p)
							briefsList(t, fsys, target, before, strings.TrimPrefix(install, root+"/"), scheme)
							serverWorked(t, fsys, target, root, p, w)
						}
					}
					gone(t, before, walk(t, fsys, root), p, root)
				})
			}
		}
	}
}

// linesOf reads the files that a plan edits, by line, endings included.
func linesOf(t *testing.T, fsys afero.Fs, p *plan.Plan) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	for _, s := range p.Steps {
		if s.Action == plan.ActionEdit {
			data, err := afero.ReadFile(fsys, s.From.Path)
			must(t, err)
			lines[s.From.Path] = strings.SplitAfter(string(data), "\n")
		}
	}
	return lines
}

// onlyIntended checks that the edited files differ from what they were in the
// lines that the plan names and in no other byte.
func onlyIntended(t *testing.T, before map[string][]string, fsys afero.Fs, p *plan.Plan) {
	t.Helper()
	after := linesOf(t, fsys, p)
	for _, s := range p.Steps {
		if s.Action != plan.ActionEdit {
			continue
		}
		old, now := before[s.From.Path], after[s.From.Path]
		meant, added := map[int]bool{}, len(s.Edit.Append)
		for _, c := range s.Edit.Replace {
			meant[c.Line] = true
		}
		for _, set := range s.Edit.Set {
			if set.Line == 0 {
				added++
			}
			meant[set.Line] = true
		}
		if len(now) != len(old)+added {
			t.Errorf("%s: %d lines became %d, %d were to be added", s.ServerFrom, len(old), len(now), added)
			continue
		}
		for i, line := range old[:len(old)-1] { // the last one is the empty rest
			if line == now[i] == meant[i+1] {
				t.Errorf("%s: line %d, to change: %v\n- %q\n+ %q", s.ServerFrom, i+1, meant[i+1], line, now[i])
			}
			if strings.HasSuffix(line, "\r\n") != strings.HasSuffix(now[i], "\r\n") {
				t.Errorf("%s: line %d got another ending", s.ServerFrom, i+1)
			}
		}
	}
}

// serverWorked changes the target as a running server does and applies again:
// nothing may be touched.
func serverWorked(t *testing.T, fsys afero.Fs, target, root string, p *plan.Plan, w cluster.World) {
	t.Helper()
	must(t, afero.WriteFile(fsys, target+"/conf/server.keystore", []byte("an agent's certificate was added"), 0o600))
	must(t, afero.WriteFile(fsys, target+"/logs/new.txt", []byte("the output of a new process"), 0o640))
	logs, err := afero.Glob(fsys, target+"/logs/*")
	must(t, err)
	for _, name := range logs {
		must(t, fsys.RemoveAll(name)) // rotated away, which is no loss
	}
	before := walk(t, fsys, root)
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
	must(t, err)
	if d := cmp.Diff(before, walk(t, fsys, root)); d != "" {
		t.Errorf("applied again after the server had worked (-before +after):\n%s", d)
	}
}

func spec(scheme appdata.Scheme, crlf bool) clustertest.Spec {
	s := clustertest.Spec{Scheme: scheme, CRLF: crlf}
	if scheme == appdata.Linked {
		s.Version = "6.1.0.4.589412"
	}
	return s
}

// briefsList checks that every path of the vendor's list that the server had
// is on the target, and conf/installed.version in both places.
func briefsList(t *testing.T, fsys afero.Fs, target string, before []clustertest.Entry, install string, scheme appdata.Scheme) {
	t.Helper()
	old := pathsOf(before)
	app := install
	if scheme == appdata.Folder {
		app += "/appdata"
	}
	found := 0
	for _, rel := range []string{
		"var/plugins", "var/repository", "var/sa", "logs", "conf/server/notification-templates", "conf/encryption.keystore",
		"conf/server.keystore", "conf/collectors", "patches", "conf/server/log4j.properties",
	} {
		if _, had := old[app+"/"+rel]; !had {
			continue
		}
		found++
		if _, err := fsys.Stat(target + "/" + rel); err != nil {
			t.Errorf("%s is not on the target: %v", rel, err)
		}
	}
	if found < 9 {
		t.Errorf("the server had only %d entries of the list; this test needs a fuller one", found)
	}
	if _, err := fsys.Stat(target + "/conf/installed.version"); err != nil {
		t.Error(err)
	}
}

// gone checks that exactly the moved originals have disappeared in the end.
func gone(t *testing.T, before, after []clustertest.Entry, p *plan.Plan, root string) {
	t.Helper()
	now := pathsOf(after)
	moved := func(path string) bool {
		for _, s := range p.Steps {
			if s.Action != plan.ActionPurge {
				continue
			}
			rel := strings.TrimPrefix(s.From.Path, root+"/")
			if path == rel || strings.HasPrefix(path, rel+"/") {
				return true
			}
		}
		return false
	}
	for _, e := range before {
		after, still := now[e.Path]
		switch {
		case moved(e.Path) && still && after.Kind != clustertest.KindLink:
			t.Errorf("%s was to go and is still there", e.Path)
		case !moved(e.Path) && !still:
			t.Errorf("%s is gone", e.Path)
		}
	}
	for _, e := range after {
		if strings.Contains(e.Path, reserved.RetiredMark) {
			t.Errorf("%s is left", e.Path)
		}
	}
}

// The simulated world is judged like a real one, and is clean.
func TestSimulatedWorldIsSound(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
			must(t, fsys.MkdirAll(tinyShare, 0o755))
			if _, err := fsys.Mount(tinyShare, strictfs.Volume{}); err != nil {
				t.Fatal(err)
			}
			must(t, clustertest.Build(fsys, tinyInstall, spec(scheme, true)))
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
			accepted(t, p)
			sim, err := p.Simulate(context.Background(), w)
			must(t, err)
			c, err := cluster.Load(context.Background(), p.Topology, sim)
			must(t, err)
			report, err := check.Run(context.Background(), c, check.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Findings {
				if f.Severity == check.Error {
					t.Errorf("%s %s %s: %s", f.Rule, f.Path, f.Subject, f.Message)
				}
			}
		})
	}
}

// Planning and simulating cost the same however much the server stores.
func TestCostDoesNotDependOnTheRepository(t *testing.T) {
	calls := map[int]int{}
	many := 1_000_000
	if !long.Tests() {
		many = 20_000
	}
	for _, files := range []int{1_000, many} {
		fsys := tiny(t, appdata.Folder)
		fill(t, fsys, tinyInstall+"/appdata/var/repository/blob", files)
		counting := strictfs.NewCounting(fsys)
		p, w := populate(t, counting, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		accepted(t, p)
		sim, err := p.Simulate(context.Background(), w)
		must(t, err)
		_, err = cluster.Load(context.Background(), p.Topology, sim)
		must(t, err)
		calls[files] = counting.Total()
		t.Logf("%d files: %d file-system calls", files, calls[files])
	}
	if calls[1_000] != calls[many] {
		t.Errorf("calls: %v", calls)
	}
}

// fill makes empty files, a thousand to a folder.
func fill(t *testing.T, fsys afero.Fs, dir string, files int) {
	t.Helper()
	for i := range files {
		sub := dir + "/" + string(rune('a'+i/1000%26)) + string(rune('a'+i/26000%26)) + string(rune('a'+i/676000%26))
		if i%1000 == 0 {
			must(t, fsys.MkdirAll(sub, 0o750))
		}
		f, err := fsys.Create(sub + "/" + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)))
		must(t, err)
		must(t, f.Close())
	}
}

// What will take more room on the target than it does now is counted.
func TestSurveyCountsWhatGrows(t *testing.T) {
	root := t.TempDir()
	fsys := afero.NewOsFs()
	install := root + "/opt/ucd/server"
	writeTiny(t, fsys, install, appdata.Folder)
	must(t, os.Truncate(install+"/appdata/patches/fix.jar", 1<<20))
	if err := os.Link(install+"/appdata/var/repository/blob/aa/one", install+"/appdata/var/repository/blob/aa/again"); err != nil {
		t.Skip("no hard links here:", err)
	}
	info, err := os.Stat(install + "/appdata/patches/fix.jar")
	must(t, err)
	p, w := populate(t, fsys, install, plan.Target{AppData: root + "/media/share/appdata"})
	s, err := accepted(t, p).Survey(context.Background(), w)
	must(t, err)
	want := int64(1)
	if room, ok := fileowner.Allocated(info); !ok || room >= 1<<20 {
		want = 0 // this file system keeps no holes, or does not tell
	}
	if s.HardLinks != 2 || s.Sparse != want {
		t.Errorf("%d hard links, %d sparse files, want 2 and %d", s.HardLinks, s.Sparse, want)
	}
}
