package plan

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/appdata"
)

// fullOptions say everything that a runbook can be told.
func fullOptions() RunbookOptions {
	return RunbookOptions{
		Survey:         &Survey{Files: 120345, Dirs: 811, Links: 2, HardLinks: 3, Bytes: 734003200000},
		BytesPerSecond: 60 << 20, User: "ucd",
		Plan:   "deploycluster -install /opt/ibm-ucd/server -appdata /media/share/appdata -runbook",
		Apply:  "deploycluster -install /opt/ibm-ucd/server -appdata /media/share/appdata -apply",
		Retire: "deploycluster -install /opt/ibm-ucd/server -appdata /media/share/appdata -retire",
		Purge:  "deploycluster -install /opt/ibm-ucd/server -appdata /media/share/appdata -purge",
		Revert: "deploycluster -install /opt/ibm-ucd/server -appdata /media/share/appdata -revert",
	}
}

func TestRunbookGolden(t *testing.T) {
	for name, p := range samples() {
		t.Run(name, func(t *testing.T) {
			golden(t, "runbook/"+name+".md", rendered(t, p.WriteMarkdown))
		})
	}
	t.Run("figures", func(t *testing.T) {
		p := samples()["in-install"]
		golden(t, "runbook/figures.md", rendered(t, func(w io.Writer) error { return p.WriteRunbook(w, fullOptions()) }))
	})
}

func runbookOf(t testing.TB, p *Plan, o RunbookOptions) string {
	t.Helper()
	return string(rendered(t, func(w io.Writer) error { return p.WriteRunbook(w, o) }))
}

// TestRunbookHasItsSections holds the seven sections in their order, the stop
// rule and the estimate.
func TestRunbookHasItsSections(t *testing.T) {
	for _, name := range []string{"folder-windows", "in-install", "linked", "shared"} {
		out := runbookOf(t, samples()[name], RunbookOptions{})
		at := 0
		for _, want := range []string{
			"Work as", "Outage estimate", "Stop rule", "| 1. Before the outage |", "## 1. Before the outage", "## 2. Stop the server", "## 3. Copy and prove",
			"## 4. Switch", "## 5. First start", "## 6. Retire", "## 7. Back out",
			"### Before the first start", "### After the first start", "## Sources",
		} {
			i := strings.Index(out[at:], want)
			if i < 0 {
				t.Errorf("%s: %q is missing, or not in its place", name, want)
				continue
			}
			at += i
		}
	}
}

// TestRunbookHasEveryStepOnce: nothing of the plan gets lost between the
// sections, not even a step of an unknown phase.
func TestRunbookHasEveryStepOnce(t *testing.T) {
	for name, p := range samples() {
		if p.Refused() || p.Empty() {
			continue
		}
		p.Steps = append(p.Steps, Step{ID: "s98", Action: ActionManual, Title: "Of no phase"}, Step{ID: "s99", Phase: PhaseSwitch, Action: ActionManual, Title: "Late"})
		forward, _, _ := strings.Cut(runbookOf(t, p, RunbookOptions{}), "## 7.")
		for _, s := range p.Steps {
			n := strings.Count(forward, "\n  | "+s.ID+" | ") // in the table of a box
			if s.Action == ActionManual {
				n = strings.Count(forward, "("+s.ID+", person)")
			} else if n == 0 {
				n = strings.Count(forward, "("+s.ID+", program)")
			}
			if n != 1 {
				t.Errorf("%s: step %s is there %d times", name, s.ID, n)
			}
		}
	}
}

// TestRunbookIsShort: a server of ten entries takes at most forty boxes, all
// that the program can be told included.
func TestRunbookIsShort(t *testing.T) {
	for _, name := range []string{"folder-windows", "in-install", "linked"} {
		p := samples()[name]
		var steps []Step
		for _, s := range p.Steps {
			n := 1
			switch s.Action {
			case ActionCopy, ActionLink, ActionRetire, ActionPurge:
				n = 10
			case ActionManual:
				n = 2
			}
			for range n {
				steps = append(steps, s)
			}
		}
		p.Steps = steps
		number(p)
		if n := strings.Count(runbookOf(t, p, fullOptions()), "\n- [ ] "); n > 40 {
			t.Errorf("%s: %d boxes", name, n)
		}
	}
}

// TestTemplatesEscape: whatever a template prints is escaped, wherever in it that is,
// unless it is escaped already.
func TestTemplatesEscape(t *testing.T) {
	raw := "a"
	for _, text := range []string{
		"{{.}}", "{{$x := .}}{{$x}}", "{{if .}}{{.}}{{end}}", "{{if false}}{{else}}{{.}}{{end}}", "{{if false}}{{else if true}}{{.}}{{end}}",
		"{{range list}}{{.}}{{end}}", "{{range none}}{{else}}{{$}}{{end}}", "{{with .}}{{.}}{{end}}", `{{printf "%s" .}}`, "{{. | print}}",
		`{{define "x"}}{{.}}{{end}}{{template "x" .}}`,
	} {
		x, err := template.New("x.tmpl").Funcs(template.FuncMap{
			"list": func() []string { return []string{raw} }, "none": func() []string { return nil },
			"escape": func(v any) string { return "<" + fmt.Sprint(v) + ">" },
		}).Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range x.Templates() {
			escapeAll(part.Tree, part.Root)
		}
		var out bytes.Buffer
		if err := x.Execute(&out, raw); err != nil || out.String() != "<a>" {
			t.Errorf("%s prints %s, %v", text, out.String(), err)
		}
	}
	out, err := render("listing.tmpl", "headline", func(s string) string { return "<" + s + ">" }, &Plan{Kind: KindAlign, Node: "a"}, (&Plan{}).words())
	if err != nil || string(out) != "give every member the certificate of <a>" {
		t.Errorf("%s, %v", out, err)
	}
}

// TestRunbookBoxesSayWhatToExpect: every box has a command or a person's word,
// and what should come of it.
func TestRunbookBoxesSayWhatToExpect(t *testing.T) {
	for name, p := range samples() {
		boxes := strings.Split(runbookOf(t, p, fullOptions()), "\n- [ ] ")
		if p.Refused() || p.Empty() {
			if len(boxes) > 1 {
				t.Errorf("%s: has boxes to tick", name)
			}
			continue
		}
		for _, b := range boxes[1:] {
			if !strings.Contains(b, "\n  Expect: ") {
				t.Errorf("%s: a box without expectation:\n%s", name, b)
			}
		}
	}
}

// TestRunbookBackOutIsReversed: what was done last is taken back first, and
// the commands for it are there.
func TestRunbookBackOutIsReversed(t *testing.T) {
	_, back, _ := strings.Cut(runbookOf(t, samples()["linked"], RunbookOptions{}), "## 7.")
	sa := strings.Index(back, "  /opt/ibm-ucd/server/var/sa /media/share/appdata/var/sa ")
	key := strings.Index(back, "  /opt/ibm-ucd/server/conf/encryption.keystore /media/share/appdata/conf/encryption.keystore /opt/ibm-ucd/server/conf/encryption.keystore.retired-0123456789ab")
	repo := strings.Index(back, "  /opt/ibm-ucd/server/var/repository /media/share/appdata/var/repository /opt/ibm-ucd/server/var/repository.retired-0123456789ab")
	if sa < 0 || key < sa || repo < key {
		t.Errorf("at %d, %d, %d:\n%s", sa, key, repo, back)
	}
	_, back, _ = strings.Cut(runbookOf(t, samples()["in-install"], RunbookOptions{}), "## 7.")
	props, path := strings.Index(back, "  + server.appdata.dir=..\n"), strings.Index(back, "  + dir /opt/ibm-ucd/server/patches !fail-on-conflict\n")
	if props < 0 || path < props {
		t.Errorf("at %d, %d:\n%s", props, path, back)
	}
}

func TestRunbookEstimate(t *testing.T) {
	p := samples()["in-install"]
	for _, c := range []struct {
		survey *Survey
		rate   int64
		want   string
	}{
		{nil, 100, "unknown; run Survey for figures (bytes, files)"},
		{&Survey{Files: 1, Dirs: 2, Bytes: 10}, 0, "1 file in 2 folders, 10 bytes. For the time, divide"},
		{&Survey{Files: 1, Dirs: 2, Bytes: 10}, 10, "1 file in 2 folders, 10 bytes; about 1 min to copy and prove at 10 bytes a second"},
		{&Survey{Bytes: 5 << 30}, 1 << 20, "0 files in 0 folders, 5.0 GiB (5368709120 bytes); about 1 h 26 min to copy and prove at 1.0 MiB (1048576 bytes) a second"},
		{&Survey{Links: 4, HardLinks: 5}, -1, "0 files in 0 folders, 0 bytes, and 4 links; files with a second name, each of which becomes a file by itself: 5. For the time, divide"},
		{&Survey{Bytes: 1<<63 - 1}, 1, "0 files in 0 folders, 8.0 EiB (9223372036854775807 bytes); about 2562047788015215 h 31 min"},
	} {
		out := runbookOf(t, p, RunbookOptions{Survey: c.survey, BytesPerSecond: c.rate})
		if !strings.Contains(out, "- Outage estimate: "+c.want) {
			_, line, _ := strings.Cut(out, "- Outage")
			line, _, _ = strings.Cut(line, "\n")
			t.Errorf("%+v at %d: want %q in%s", c.survey, c.rate, c.want, line)
		}
	}
}

// A survey that found reasons against copying makes a refused runbook, with
// no box to tick.
func TestRunbookOfARefusedSurvey(t *testing.T) {
	o := RunbookOptions{Survey: &Survey{Refusals: []Refusal{{Rule: "TGT005", Path: "/opt/ibm-ucd/server/var/pipe", Message: "is a named pipe"}}, More: 7}}
	out := runbookOf(t, samples()["in-install"], o)
	for _, want := range []string{"REFUSED – nothing will be changed", "TGT005", "/opt/ibm-ucd/server/var/pipe", "and 7 more"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(out, "- [ ]") {
		t.Error("there are boxes to tick")
	}
}

// The mark is explained where a step bears it.
func TestRunbookMarksInferredSteps(t *testing.T) {
	out := runbookOf(t, samples()["in-install"], RunbookOptions{})
	if !strings.Contains(out, "† marks a step") || strings.Count(out, "†") < 2 {
		t.Error("an inferred step is not marked, or the mark is not explained")
	}
}

// The command that shows an edited property must not show the password that
// stands under a longer key.
func TestRunbookShowsNoOtherKey(t *testing.T) {
	out := runbookOf(t, samples()["in-install"], RunbookOptions{})
	m := regexp.MustCompile(`grep -nE '([^']*)'`).FindStringSubmatch(out)
	if m == nil {
		t.Fatal("no command shows the edited properties")
	}
	re, err := regexp.CompilePOSIX(m[1])
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"server.appdata.dir=..": true, " server.appdata.dir : ..": true, "server.appdata.dir ..": true,
		"server.appdata.dir.password=x": false, "server-appdata-dir=..": false, "#server.appdata.dir=..": false,
	} {
		if re.MatchString(line) != want {
			t.Errorf("%q: shown %v", line, !want)
		}
	}
}

// skeleton is what remains of a runbook without what names can change: how
// each line begins, outside and inside of code blocks.
func skeleton(t interface {
	Helper()
	Fatalf(string, ...any)
}, out string) []string {
	t.Helper()
	start := regexp.MustCompile(`^(#+ |- \[ \] \*\*[0-9.]+\*\* |\d+\. |- [A-Z][a-z ]+: |- \*\*|\*\*|  Expect: |  \| |  - |  |\| |\|-|[A-Z†]|$)`)
	var lines []string
	fence := ""
	for _, l := range strings.Split(out, "\n") {
		body := strings.TrimSpace(l)
		switch {
		case fence != "" && body == fence:
			fence = ""
			lines = append(lines, "end")
		case fence != "":
			lines = append(lines, "code")
		case strings.HasPrefix(body, "```"):
			fence = strings.TrimRight(body, "difshpowerl")
			if strings.Trim(fence, "`") != "" {
				t.Fatalf("an odd fence: %q", l)
			}
			lines = append(lines, "begin")
		case !start.MatchString(l):
			t.Fatalf("a line that begins in no known way: %q", l)
		default:
			lines = append(lines, start.FindString(l))
		}
	}
	if fence != "" {
		t.Fatalf("a code block does not end")
	}
	return lines
}

// TestRunbookIsNotBrokenByNames: whatever the names are, the runbook has the
// same lines in the same roles, prints harmlessly, and its text holds no
// Markdown but ours.
func TestRunbookIsNotBrokenByNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked}).Draw(t, "scheme")
		windows := rapid.Bool().Draw(t, "windows")
		make := func(x sample, name string) string {
			p := x.plan()
			p.ID = name
			p.Warnings = []Refusal{{Rule: name, Path: name, Message: name, Fix: name, Source: "a" + name}}
			s := &p.Steps[0]
			s.Title, s.Why, s.Source, s.Expect, s.Undo, s.Commands = name, name, "b"+name, name, name, []string{name, name}
			o := fullOptions()
			o.User, o.Apply = name, name
			var buf bytes.Buffer
			if err := p.WriteRunbook(&buf, o); err != nil {
				t.Fatal(err)
			}
			return buf.String()
		}
		plain := unixSample(scheme)
		if windows {
			plain = windowsSample()
		}
		// Values with a colon or the like get a remark; let both have it.
		plain.old += "="
		hostile := hostileSample(t, scheme, windows)
		hostile.old += "="
		name := "x" + anyName().Draw(t, "other")
		out := make(hostile, name)
		if err := harmless(out); err != nil {
			t.Fatal(err)
		}
		want, got := skeleton(t, make(plain, "x")), skeleton(t, out)
		if strings.Join(want, "|") != strings.Join(got, "|") {
			t.Fatalf("the structure changed:\n%q\n%q", want, got)
		}
	})
}

// Plans that Populate does not make, or rarely: each is said plainly and none
// loses a step.
func TestRenderingCorners(t *testing.T) {
	anonymous := unixSample(appdata.InInstall).plan()
	for i := range anonymous.Steps {
		anonymous.Steps[i].ID = ""
	}
	mount := unixSample(appdata.InInstall)
	mount.target = mount.mount
	for _, c := range []struct {
		name string
		p    *Plan
		want []string
	}{
		{"no ids", anonymous, []string{"(s01, person)", "s18  Delete"}},
		{"the target is the mount point", mount.plan(), []string{"Unmount `/media/share`, and empty that storage"}},
		{"only people", &Plan{Kind: "other", Node: "n", Steps: []Step{{ID: "s01", Phase: 9, Action: ActionManual, Title: "Call"}}},
			[]string{"other n", "Nothing to do: no step changes a file.", "**Nothing to do:**", "## 1. For a person", "- [ ] **1.1** (s01, person) Call.", "[person] Call", "Phase invalid(9)"}},
		{"nothing at all", &Plan{}, []string{"Plan : unset", "- Server: (empty), version `unknown`", "0 steps"}},
		{"edits without content", &Plan{Steps: []Step{{ID: "s01", Phase: PhaseSwitch, Action: ActionEdit, Title: "Edit", Edit: &FileChange{}}, {ID: "s02", Phase: PhaseSwitch, Action: ActionEdit, Title: "Edit"}}},
			[]string{"(s01, program)", "(s02, program)", "Stop the server and make sure that none of its processes is left", "Nothing to retire.", "Nothing to copy"}},
	} {
		out := string(rendered(t, c.p.WriteText)) + runbookOf(t, c.p, RunbookOptions{})
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is missing in\n%s", c.name, want, out)
			}
		}
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"a_b*c": `a\_b\*c`, "[x](y)": `\[x\](y)`, "a|b": `a\|b`, "`a`": "\\`a\\`", "<b>&amp;": `\<b\>\&amp;`,
		"# x": `\# x`, `C:\x`: `C:\\x`, "$x$": `\$x\$`, "a\n- [ ] b": `a\\x0a- \[ \] b`, "~~x~~": `\~\~x\~\~`,
	} {
		if got := mdText(in); string(got) != want {
			t.Errorf("text %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", "``a": "``` ``a ```", " a": "`  a `", "  ": "`  `", "": "(empty)",
		"a\x1b": "`a\\x1b`", `C:\`: "`C:\\`", "a|b": "`a|b`",
	} {
		if got := mdCode(in); string(got) != want {
			t.Errorf("code %q: %q, want %q", in, got, want)
		}
	}
}
