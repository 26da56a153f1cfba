package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
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

var update = flag.Bool("update", false, "write the golden files")

// day is the clock of these tests.
var day = time.Date(2024, 5, 6, 7, 8, 0, 0, time.UTC)

func call(fsys afero.Fs, args ...string) (code int, out string) {
	var buf bytes.Buffer
	code = run(context.Background(), args, &buf, nil, fsys, day)
	return code, buf.String()
}

// What the command prints without flags is what a newcomer sees first.
func TestDemoOutput(t *testing.T) {
	for name, args := range map[string][]string{
		"demo.txt":   nil,
		"all.txt":    {"-v"},
		"apply.txt":  {"-apply", "-retire", "-purge"},
		"runbook.md": {"-runbook"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := call(nil, args...)
			if code != exitDone {
				t.Errorf("exit code %d", code)
			}
			if n := strings.Count(out, "\n"); n > 80 && (name == "demo.txt" || name == "apply.txt") {
				t.Errorf("%d lines are more than two screens", n)
			}
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), out); d != "" {
				t.Errorf("(-want +got; -update accepts it)\n%s", d)
			}
		})
	}
}

// server builds a real server on disk and returns its folder and a target.
func server(t *testing.T, s clustertest.Spec) (install, target string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	install = filepath.Join(root, "opt", "ucd", "server")
	if err := clustertest.Build(afero.NewOsFs(), install, s); err != nil {
		t.Fatal(err)
	}
	share := filepath.Join(root, "media", "share")
	if err := os.MkdirAll(share, 0o755); err != nil {
		t.Fatal(err)
	}
	return install, filepath.Join(share, "appdata")
}

// The three calls of an administrator, one after the other, on a real disk.
func TestApplyRetirePurge(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall, CRLF: true})
	fsys := afero.NewOsFs()
	base := []string{"-install", install, "-appdata", target}
	before, err := clustertest.Walk(fsys, install)
	if err != nil {
		t.Fatal(err)
	}
	if code, out := call(fsys, base...); code != exitDone || !strings.Contains(out, "Nothing was changed") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if after, err := clustertest.Walk(fsys, install); err != nil || cmp.Diff(before, after) != "" {
		t.Errorf("something was changed without -apply: %v %s", err, cmp.Diff(before, after))
	}
	if code, out := call(fsys, append(base, "-retire")...); code != exitRefused || !strings.Contains(out, "-apply first") {
		t.Errorf("retire before apply: exit code %d\n%s", code, out)
	}
	for _, step := range []struct {
		flag, gone, there string
	}{
		{"-apply", "", "patches"},
		{"-apply", "", "patches"}, // again: nothing to do
		{"-retire", "patches", "bin"},
		{"-purge", "patches", "bin"},
	} {
		code, out := call(fsys, append(base, step.flag)...)
		if code != exitDone {
			t.Fatalf("%s: exit code %d\n%s", step.flag, code, out)
		}
		if _, err := os.Stat(filepath.Join(install, step.there)); err != nil {
			t.Errorf("%s: %v", step.flag, err)
		}
		if step.gone != "" {
			if _, err := os.Stat(filepath.Join(install, step.gone)); err == nil {
				t.Errorf("%s: %s is still there", step.flag, step.gone)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(install, "*"+reserved.RetiredMark+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(target, reserved.Folder)); err == nil {
		t.Error("the journal is left")
	}
	for _, at := range []string{install, target} {
		if _, err := os.Stat(filepath.Join(at, "conf", "installed.version")); err != nil {
			t.Error(err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	install, target := server(t, clustertest.Spec{})
	fsys := afero.NewOsFs()
	if err := os.WriteFile(filepath.Join(install, "var", "server.pid"), []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken, brokenTarget := server(t, clustertest.Spec{})
	properties := filepath.Join(broken, "conf", "server", "installed.properties")
	if err := os.WriteFile(properties, []byte("a=1\nb=\\uZZZZ\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	linked, linkedTarget := server(t, clustertest.Spec{})
	if err := os.Symlink("/srv/elsewhere", filepath.Join(linked, "appdata", "var", "repository", "deep")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"running server", []string{"-install", install, "-appdata", target, "-apply"}, exitRefused, "OPS001"},
		{"declared as stopped", []string{"-install", install, "-appdata", target, "-stopped"}, exitDone, "Nothing was changed"},
		{"malformed properties", []string{"-install", broken, "-appdata", brokenTarget}, exitRefused, "installed.properties:2:"},
		{"no installation", []string{"-install", filepath.Dir(install), "-appdata", target}, exitRefused, "APP007"},
		{"a link deep inside", []string{"-install", linked, "-appdata", linkedTarget}, exitRefused, "TGT010"},
		{"a link that is kept", []string{"-install", linked, "-appdata", linkedTarget, "-links", "keep"}, exitDone, "1 links"},
		{"one flag without the other", []string{"-install", install}, exitFailure, "need each other"},
		{"unknown flag", []string{"-force"}, exitFailure, "-force"},
		{"argument", []string{"now"}, exitFailure, "now"},
		{"bad policy", []string{"-links", "eat"}, exitFailure, "eat"},
		{"help", []string{"-help"}, exitDone, "-appdata"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out := call(fsys, tc.args...)
			if code != tc.code || !strings.Contains(out, tc.says) {
				t.Errorf("exit code %d, want %d and %q in:\n%s", code, tc.code, tc.says, out)
			}
		})
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	code, out := call(nil, "-json", "-apply")
	if code != exitDone {
		t.Errorf("exit code %d", code)
	}
	d := json.NewDecoder(strings.NewReader(out))
	var doc struct {
		Schema  int
		Applied bool
		Plan    struct{ ID string }
		After   struct{ Findings []struct{ Severity string } }
	}
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != 1 || !doc.Applied || doc.Plan.ID == "" || d.More() {
		t.Errorf("%+v", doc)
	}
	for _, f := range doc.After.Findings {
		if f.Severity == "error" {
			t.Errorf("an error is left: %+v", f)
		}
	}
}

func TestProgress(t *testing.T) {
	now := day
	clock := func() time.Time { now = now.Add(time.Second); return now }
	for name, terminal := range map[string]bool{"terminal": true, "file": false} {
		var buf bytes.Buffer
		tell := progressTo(&buf, terminal, clock)
		for i := range int64(10) {
			tell(plan.Event{Kind: plan.EventProgress, Files: i + 1, TotalFiles: 10, Bytes: (i + 1) << 20, TotalBytes: 10 << 20})
		}
		tell(plan.Event{Kind: plan.EventKept, Message: "one: changed"})
		out := buf.String()
		if !strings.Contains(out, "100.0 %  10 of 10 files, 10.0 MiB of 10.0 MiB, 1.0 MiB/s, 0s left") || !strings.Contains(out, "kept: one: changed") {
			t.Errorf("%s:\n%s", name, out)
		}
		if lines := strings.Count(out, "\n"); !terminal && lines > 5 || terminal && lines != 2 {
			t.Errorf("%s: %d lines", name, lines)
		}
	}
}

// What was copied while the server ran is not copied again after the stop.
func TestPrimeThenApply(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall})
	pid := filepath.Join(install, "var", "server.pid")
	if err := os.WriteFile(pid, []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	fsys := afero.NewOsFs()
	base := []string{"-install", install, "-appdata", target, "-workers", "2"}
	for range 2 {
		code, out := call(fsys, append(base, "-prime")...)
		if code != exitDone || !strings.Contains(out, "The server is as it was") {
			t.Fatalf("exit code %d\n%s", code, out)
		}
	}
	if code, out := call(fsys, append(base, "-apply")...); code != exitRefused || !strings.Contains(out, "OPS001") {
		t.Errorf("the server runs: exit code %d\n%s", code, out)
	}
	if err := os.Remove(pid); err != nil {
		t.Fatal(err)
	}
	code, out := call(fsys, append(base, "-apply", "-retire", "-purge")...)
	if code != exitDone || !strings.Contains(out, "; 1 files with") {
		t.Errorf("conf/installed.version alone should be copied: exit code %d\n%s", code, out)
	}
	if code, out := call(fsys, append(base, "-prime", "-apply")...); code != exitFailure {
		t.Errorf("both at once: exit code %d\n%s", code, out)
	}
}

// A file that may not be read is no refusal that a person settles in the plan.
func TestDeniedFileIsAFailure(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall})
	fsys := strictfs.NewFailing(afero.NewOsFs(), strictfs.Fault{Path: "installed.properties", Op: strictfs.OpOpen, Err: os.ErrPermission})
	code, out := call(fsys, "-install", install, "-appdata", target, "-prime")
	if code != exitFailure {
		t.Errorf("-prime: exit code %d\n%s", code, out)
	}
	code, out = call(fsys, "-install", install, "-appdata", target)
	if code != exitFailure || !strings.Contains(out, "grant access") || !strings.Contains(out, errUnread.Error()) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A look at a move says how far it is, and nothing that was true before.
func TestEveryLookSaysHowFarItIs(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall})
	fsys := afero.NewOsFs()
	base := []string{"-install", install, "-appdata", target}
	for _, c := range []struct{ flag, says, look string }{
		{"-prime", "The server is as it was", "has begun to copy here"},
		{"-apply", "not yet renamed aside", "still beside their copies"},
		{"-revert", " steps taken back", "With -apply the plan is carried out"},
		{"-apply", "not yet renamed aside", "still beside their copies"},
		{"-retire", " steps done", "renamed aside and not deleted yet"},
		{"-purge", " steps done", "nothing is to be moved"},
		{"-purge", "Nothing was left to purge", "nothing is to be moved"},
	} {
		code, out := call(fsys, append(base, c.flag)...)
		if code != exitDone || !strings.Contains(out, c.says) || c.flag != "-apply" && strings.Contains(out, "TGT012") && c.flag != "-prime" {
			t.Errorf("%s: exit code %d, want 0 and %q\n%s", c.flag, code, c.says, out)
		}
		if code, out = call(fsys, base...); code != exitDone || !strings.Contains(out, c.look) {
			t.Errorf("a look after %s: exit code %d, want 0 and %q\n%s", c.flag, code, c.look, out)
		}
	}
}

// Where every record of a move is lost, originals that stand in their places are
// not passed over in silence, again and again.
func TestRetireWithoutAnyRecord(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall})
	fsys := afero.NewOsFs()
	base := []string{"-install", install, "-appdata", target}
	if code, out := call(fsys, append(base, "-apply")...); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, own := range []string{filepath.Join(target, ".deploycluster"), filepath.Join(install, "conf", "server", ".deploycluster")} {
		if err := os.RemoveAll(own); err != nil {
			t.Fatal(err)
		}
	}
	for _, flag := range []string{"-retire", "-purge"} {
		if code, out := call(fsys, append(base, flag)...); code != exitRefused || !strings.Contains(out, "no record of a move is there") {
			t.Errorf("%s: exit code %d\n%s", flag, code, out)
		}
		if _, err := os.Stat(filepath.Join(install, "patches")); err != nil {
			t.Error(err)
		}
	}
}
