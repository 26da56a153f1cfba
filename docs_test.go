package deploycluster_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// fence is a fenced block of a page. Its info is the language and, for a file
// that the page's reader saves, the name.
type fence struct {
	lang, file, text string
	line             int
}

func fences(t *testing.T, page string) (list []fence) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var open *fence
	for i, line := range strings.Split(string(data), "\n") {
		info, found := strings.CutPrefix(line, "```")
		switch {
		case !found && open != nil:
			open.text += line + "\n"
		case found && open != nil:
			list, open = append(list, *open), nil
		case found:
			lang, file, _ := strings.Cut(info, " ")
			open = &fence{lang: lang, file: file, line: i + 1}
		}
	}
	return list
}

func pages(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("docs/*.md")
	if err != nil || len(list) < 4 {
		t.Fatalf("only %v: %v", list, err)
	}
	return append(list, "README.md", "CHANGELOG.md")
}

// TestDocumentationRuns follows each page from its top: files are saved under
// their names, programs are built in a module that is not this one, and each
// command is run as it is printed, only below a folder of this test's instead of
// the root of the machine. A comment "exit code N" says what a command returns, one "prints TEXT" what
// its output holds.
func TestDocumentationRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			s := stage(t)
			for _, f := range fences(t, page) {
				switch f.lang {
				case "go":
					s.program(t, f)
				case "json", "haproxy":
					s.write(t, f)
				case "sh":
					for line := range strings.Lines(f.text) {
						s.run(t, strings.TrimSpace(line))
					}
				case "":
				default:
					t.Errorf("line %d: nothing is known of %q", f.line, f.lang)
				}
			}
		})
	}
}

// scene is the machine that the pages are about: a lone server in
// /opt/ibm-ucd/server, a share in /media/share, and in /mnt what the members of
// a cluster show.
type scene struct {
	root   string
	repo   string
	module string // where the page's own program is, if it has one
}

func stage(t *testing.T) *scene {
	t.Helper()
	repo, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{root: t.TempDir(), repo: repo}
	fsys := afero.NewOsFs()
	for _, dir := range []string{"media/share", "etc/deploycluster"} {
		if err := os.MkdirAll(s.at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := clustertest.Demo(fsys, s.at("opt/ibm-ucd/server")); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"ucd1", "ucd2"} {
		err := clustertest.Build(fsys, s.at("mnt/"+name+"/opt/ibm-ucd/server"), clustertest.Spec{
			Spelling: "/opt/ibm-ucd/server", AppData: "/media/share/appdata", AppDataAt: s.at("mnt/share/appdata"),
			Joined: i > 0, Multiserver: true, Node: name + ".example.com", Alias: clustertest.ServerAlias, Seed: uint64(i + 1),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *scene) at(path string) string { return filepath.Join(s.root, filepath.FromSlash(path)) }

// moved brings the paths of a command below the scene's root.
func (s *scene) moved(text string, prefixes ...string) string {
	for _, p := range prefixes {
		text = strings.ReplaceAll(text, p, s.root+p)
	}
	return text
}

func (s *scene) write(t *testing.T, f fence) {
	t.Helper()
	if f.file == "" {
		t.Errorf("line %d: a document without a name is not tried", f.line)
		return
	}
	if err := os.WriteFile(s.moved(f.file, "/etc/"), []byte(s.moved(f.text, "/mnt/")), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.file, "topology") {
		if _, err := cluster.ReadTopology(f.file, []byte(f.text)); err != nil {
			t.Error(err)
		}
	}
}

// program builds a program of a page in a fresh module.
func (s *scene) program(t *testing.T, f fence) {
	t.Helper()
	s.module = s.at("module")
	if err := os.MkdirAll(s.module, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	const path = "github.com/deploycluster/deploycluster"
	fresh := strings.Replace(string(mod), "module "+path, "module example.com/embed", 1) +
		"\nrequire " + path + " v0.0.0\nreplace " + path + " => " + s.repo + "\n"
	for name, data := range map[string][]byte{"main.go": []byte(f.text), "go.mod": []byte(fresh), "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(s.module, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("gofmt", "-l", filepath.Join(s.module, "main.go")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("line %d: gofmt: %s %v", f.line, out, err)
	}
	s.shell(t, s.module, "go vet .", "0")
}

var exitCode = regexp.MustCompile(`# .*exit code (\d)`)

func (s *scene) run(t *testing.T, line string) {
	t.Helper()
	switch {
	case line == "", strings.HasPrefix(line, "#"):
		return
	case strings.HasPrefix(line, "go test "), strings.HasPrefix(line, ".ci/run"):
		s.long(t, line)
		return
	}
	want := "0"
	if m := exitCode.FindStringSubmatch(line); m != nil {
		want = m[1]
	}
	dir := s.repo
	if s.module != "" && strings.HasPrefix(line+" ", "go run . ") {
		dir = s.module
	}
	out := s.shell(t, dir, s.moved(line, "/opt/", "/media/", "/etc/"), want)
	if _, says, ok := strings.Cut(line, "# prints "); ok && !strings.Contains(out, says) {
		t.Errorf("%s\nprints\n%s", line, out)
	}
}

// long is a command that would run this test again: .ci/run has to run it.
func (s *scene) long(t *testing.T, line string) {
	t.Helper()
	ci, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if line != ".ci/run" && !slices.Contains(strings.Split(string(ci), "\n"), line) {
		t.Errorf(".ci/run does not run %q", line)
	}
}

func (s *scene) shell(t *testing.T, dir, line, want string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := string(rune('0' + cmd.ProcessState.ExitCode())); got != want {
		t.Errorf("%s\nexit code %s, want %s\n%s", line, got, want, out.String())
	}
	return out.String()
}

var (
	link     = regexp.MustCompile(`\]\(([^)#:]+)[^):]*\)`)
	testName = regexp.MustCompile("`((?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*)`")
	indented = regexp.MustCompile(`^(    |\t)(go|\./|sh|git|java) `)
)

// TestDocumentationIsTrue: what pages link to and the tests that they name exist,
// and commands are where TestDocumentationRuns sees them.
func TestDocumentationIsTrue(t *testing.T) {
	var tests bytes.Buffer
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		tests.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllSubmatch(data, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), string(m[1]))); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
		for _, m := range testName.FindAllSubmatch(data, -1) {
			if named++; !bytes.Contains(tests.Bytes(), []byte("\nfunc "+string(m[1])+"(")) {
				t.Errorf("%s names %s, which does not exist", page, m[1])
			}
		}
		for line := range strings.Lines(string(data)) {
			if indented.MatchString(line) {
				t.Errorf("%s: a command outside of a fenced block: %s", page, line)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d tests are named", named)
	}
	refusals, err := os.ReadFile("docs/refusals.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range plan.RefusalRules() {
		if row := "| " + r.ID + " | " + r.Title + " | "; !bytes.Contains(refusals, []byte(row)) {
			t.Errorf("docs/refusals.md lacks the row %s", row)
		}
	}
}
