package plan_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// awkward is a folder name that quoting has to get right everywhere.
const awkward = "it's $(here) `now` [a] \"b\" * ü"

// onDisk makes a small server on a real disk, below a folder with an awkward
// name.
func onDisk(t *testing.T, scheme appdata.Scheme) (*plan.Plan, cluster.World, string) {
	t.Helper()
	for _, tool := range []string{"sh", "cmp", "diff", "grep", "sha256sum", "readlink"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	top := filepath.Join(t.TempDir(), awkward)
	share := filepath.Join(top, "share")
	must(t, os.MkdirAll(share, 0o755))
	fsys := afero.NewOsFs()
	writeTiny(t, fsys, filepath.Join(top, "server"), scheme)
	p, w := populate(t, fsys, filepath.Join(top, "server"), plan.Target{AppData: filepath.Join(share, "appdata")})
	return accepted(t, p), w, top
}

// command is a command of a runbook, and what the runbook says it prints.
type command struct{ box, script, prints string }

var boxPattern = regexp.MustCompile("(?s)^\\*\\*([0-9.]+)\\*\\*.*?\n  ```sh\n(.*?)\n  ```\n.*?\n  Expect: (?:(`+) ?(.*?) ?(`+)|no output)[.,;\n]")

// commands are the boxes of a section that have a command and a literal
// output.
func commands(t *testing.T, p *plan.Plan, section string) []command {
	t.Helper()
	var buf bytes.Buffer
	must(t, p.WriteMarkdown(&buf))
	_, out, _ := strings.Cut(buf.String(), "\n"+section+"\n")
	if i := strings.Index(out, "\n## "); i >= 0 {
		out = out[:i]
	}
	var list []command
	for _, b := range strings.Split(out, "- [ ] ")[1:] {
		if i := strings.Index(b, "\n#"); i >= 0 {
			b = b[:i]
		}
		m := boxPattern.FindStringSubmatch(b)
		if m == nil {
			continue
		}
		c := command{box: m[1], script: strings.ReplaceAll(m[2], "\n  ", "\n")}
		c.script = strings.TrimPrefix(c.script, "  ")
		if m[3] != "" {
			c.prints = m[4] + "\n"
		}
		list = append(list, c)
	}
	return list
}

// outputs are what the commands print, run one after the other in one window.
func outputs(t *testing.T, list []command) []string {
	t.Helper()
	const mark = "--- box ---\n"
	var script strings.Builder
	for _, c := range list {
		script.WriteString(c.script + "\necho '" + strings.TrimSpace(mark) + "'\n")
	}
	cmd := exec.Command("sh")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	must(t, err)
	got := strings.Split(string(out), mark)
	if len(got) != len(list)+1 {
		t.Fatalf("%d commands print %q", len(list), out)
	}
	return got[:len(list)]
}

// wantOutputs runs commands and wants what the runbook says.
func wantOutputs(t *testing.T, list []command) {
	t.Helper()
	for i, out := range outputs(t, list) {
		if c := list[i]; out != c.prints {
			t.Errorf("box %s\n%s\nprints %q, and the runbook says %q", c.box, c.script, out, c.prints)
		}
	}
}

// TestRunbookCommandsPrintWhatItSays works through the runbook on a real disk:
// each command that has a literal output prints it once the step is done, and
// does not before.
func TestRunbookCommandsPrintWhatItSays(t *testing.T) {
	ctx := context.Background()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			p, w, _ := onDisk(t, scheme)
			section := func(title string, atLeast int) []command {
				list := commands(t, p, title)
				if len(list) < atLeast {
					t.Fatalf("%s has %d commands with an output, want %d", title, len(list), atLeast)
				}
				return list
			}
			wantOutputs(t, section("## 2. Stop the server", 1))
			copies := section("## 3. Copy and prove", 2)
			for i, out := range outputs(t, copies) {
				if out == copies[i].prints {
					t.Errorf("box %s prints %q before its step was done", copies[i].box, out)
				}
			}
			_, err := p.Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
			wantOutputs(t, copies)
			if scheme == appdata.Linked {
				wantOutputs(t, section("## 4. Switch", 1))
			}
			res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
			must(t, err)
			if len(res.Kept) > 0 {
				t.Fatalf("kept: %v", res.Kept)
			}
			wantOutputs(t, printing("gone\n", section("## 6. Retire", 1)))
		})
	}
}

func printing(text string, list []command) (out []command) {
	for _, c := range list {
		if c.prints == text {
			out = append(out, c)
		}
	}
	return out
}

// TestRunbookRetiredCommands looks between Retire and Purge.
func TestRunbookRetiredCommands(t *testing.T) {
	p, w, _ := onDisk(t, appdata.InInstall)
	_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	list := printing("retired\n", commands(t, p, "## 6. Retire"))
	if len(list) != 1 {
		t.Errorf("%d commands show the retired originals", len(list))
	}
	wantOutputs(t, list)
}

// TestRunbookBackOutBringsAllBack runs the commands of the way back, puts the
// edited files back as a person would from the backup, and finds the server
// as it was.
func TestRunbookBackOutBringsAllBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		scheme  appdata.Scheme
		o       plan.ApplyOptions
		section string
	}{
		{"linked, before the start", appdata.Linked, plan.ApplyOptions{}, "### Before the first start"},
		{"in-install, before the start", appdata.InInstall, plan.ApplyOptions{}, "### Before the first start"},
		{"folder, retired", appdata.Folder, plan.ApplyOptions{Through: plan.PhaseRetire}, "### After the first start"},
		{"in-install, retired", appdata.InInstall, plan.ApplyOptions{Through: plan.PhaseRetire}, "### After the first start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, w, top := onDisk(t, c.scheme)
			fsys, server := afero.NewOsFs(), filepath.Join(top, "server")
			before := walk(t, fsys, server)
			backup := map[string][]byte{}
			for _, s := range p.Steps {
				if s.Action == plan.ActionEdit {
					data, err := os.ReadFile(s.ServerFrom)
					must(t, err)
					backup[s.ServerFrom] = data
				}
			}
			_, err := p.Apply(context.Background(), w, c.o)
			must(t, err)
			for path, data := range backup {
				info, err := os.Stat(path)
				must(t, err)
				must(t, os.WriteFile(path, data, info.Mode()))
			}
			// After the first start the boxes of before it follow.
			list := commands(t, p, c.section)
			if c.section != "### Before the first start" {
				list = append(list, commands(t, p, "### Before the first start")...)
			}
			for range 2 { // a command that was run is harmless when it is run again
				wantOutputs(t, list)
			}
			if d := cmp.Diff(before, walk(t, fsys, server)); d != "" {
				t.Errorf("the server is not what it was (-before +after):\n%s", d)
			}
			if _, err := os.Stat(p.Target.AppData); !os.IsNotExist(err) {
				t.Errorf("the target is still in its place: %v", err)
			}
		})
	}
}
