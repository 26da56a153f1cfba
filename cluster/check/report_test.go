package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
)

// scene has something to say in every part of a report.
func scene(t *testing.T, only ...string) *check.Report {
	t.Helper()
	s := pair(t)
	s.unset("node2", multiserver)
	s.set("node2", "install.server.web.port", "9080")
	s.write("node1", shared+"/incomplete.tmp", "")
	s.add("node1", "tomcat.key.alais=server")
	s.must(s.fs.Deny("/node2"+install+"/bin/classpath.conf", true))
	s.topo.Facts.Backups.Offline = nil
	s.topo.Name = "production"
	return s.check(check.Options{Only: only})
}

func TestRenderings(t *testing.T) {
	r := scene(t)
	for file, write := range map[string]func(io.Writer) error{
		"report.txt": func(w io.Writer) error { return r.WriteText(w, check.TextOptions{}) },
		"report-narrow.txt": func(w io.Writer) error {
			return r.WriteText(w, check.TextOptions{Width: 60, Color: true, Next: "check --again"})
		},
		"report.md":   r.WriteMarkdown,
		"report.json": r.WriteJSON,
		// few rules, for each is in the file with its page
		"report.sarif": func(w io.Writer) error {
			return sarif.Write(w, scene(t, "APP008", "LBR001", "OPS003", "PRP005", "PRP008", "PRP011"), sarif.Options{})
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		path := "testdata/report/" + file
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), b.String()); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

// TestRenderingsAreStable loads and checks again: members are read in
// parallel, and nothing of that may show.
func TestRenderingsAreStable(t *testing.T) {
	render := func() string {
		r := scene(t)
		var b bytes.Buffer
		if err := errors.Join(r.WriteText(&b, check.TextOptions{}), r.WriteMarkdown(&b), r.WriteJSON(&b), sarif.Write(&b, r, sarif.Options{})); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	first := render()
	for range 5 {
		if d := cmp.Diff(first, render()); d != "" {
			t.Fatal(d)
		}
	}
}

func TestJSONDocument(t *testing.T) {
	var b bytes.Buffer
	if err := (&check.Report{}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["schema"] != 1.0 {
		t.Errorf("schema %v", doc["schema"])
	}
	for _, list := range []string{"members", "findings", "unknown", "passed", "notApplicable", "notJudged"} {
		if _, ok := doc[list].([]any); !ok {
			t.Errorf("%s is %v, not a list", list, doc[list])
		}
	}
	if _, has := doc["date"]; has {
		t.Error("a date without a clock")
	}
	bad := &check.Report{Findings: []check.Finding{{}}}
	if err := bad.WriteJSON(io.Discard); err == nil {
		t.Error("a finding without a severity was written")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	r := scene(t)
	for name, err := range map[string]error{
		"text": r.WriteText(brokenWriter{}, check.TextOptions{}), "markdown": r.WriteMarkdown(brokenWriter{}), "json": r.WriteJSON(brokenWriter{}),
		"sarif": sarif.Write(brokenWriter{}, r, sarif.Options{}),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFilesCannotWriteToTheTerminal plants control characters in everything
// that a report may show.
func TestFilesCannotWriteToTheTerminal(t *testing.T) {
	const evil = "\x1b[2J\u202e\x07\u009b31m"
	s := pair(t)
	s.add("node1", `server.appdata.dir=/media/\u001b[2J\u202e\u0007\u009b31m`)
	s.add("node1", `evil\u001b[2J.key=1`)
	s.add("node1", `evil\u001b[2J.key=2`)
	s.add("node2", `install.server.web.host=\u001b[2J\u009b31m`)
	s.add("node2", `agentcomm.uri=https://\u001b[2Jx:1`)
	s.add("node2", `database.type=\u001b[2J`)
	s.write("node2", versionFile, `installed.version=7.0\u001b[2J`)
	s.write("node2", install+"/lib/ext/"+evil+".jar", "")
	s.write("node2", install+"/bin/classpath.conf", "dir /x"+evil+"/patches\n")
	s.remove("node2", shared+"/patches")
	s.link("node2", "/"+evil, shared+"/patches")
	s.topo.Name, s.topo.Nodes[0].Name = evil, "node"+evil
	r := s.check(check.Options{})
	var text, md, log bytes.Buffer
	if err := errors.Join(r.WriteText(&text, check.TextOptions{}), r.WriteMarkdown(&md), sarif.Write(&log, r, sarif.Options{})); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"text": text.String(), "markdown": md.String(), "SARIF": log.String()} {
		for _, c := range []string{"\x1b", "\u202e", "\x07", "\u009b"} {
			if strings.Contains(out, c) {
				i := strings.Index(out, c)
				t.Errorf("%s holds %q: %q", name, c, out[max(0, i-60):i+10])
			}
		}
		if !strings.Contains(out, "[2J") {
			t.Errorf("%s: the scene provokes nothing", name)
		}
	}
	for _, f := range r.Findings {
		if strings.ContainsRune(f.Message, '\x1b') {
			t.Errorf("%s: raw control characters in the message %q", f.Rule, f.Message)
		}
	}
}

func TestTextWidth(t *testing.T) {
	r := scene(t)
	longest := func(width int) int {
		var b bytes.Buffer
		if err := r.WriteText(&b, check.TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, line := range strings.Split(b.String(), "\n") {
			if words := strings.Fields(line); len(words) > 2 {
				n = max(n, utf8.RuneCountInString(line))
			}
		}
		return n
	}
	if n := longest(0); n > 100 {
		t.Errorf("%d columns by default", n)
	}
	if n := longest(-1); n < 130 {
		t.Errorf("%d columns without wrapping", n)
	}
}

func TestOptions(t *testing.T) {
	c := pair(t).load()
	noSeverity := check.Rule{ID: "XYZ001", Title: "T", Source: "S", Member: func(*check.Pass, *cluster.Member) {}}
	for name, tt := range map[string]struct {
		o    check.Options
		want string
	}{
		"only":     {check.Options{Only: []string{"VER001", "ABC001"}}, `option Only: rule "ABC001": is not known`},
		"except":   {check.Options{Except: []string{"ver001"}}, `option Except: rule "ver001": is not known`},
		"severity": {check.Options{Extra: []check.Rule{noSeverity}}, `option Extra: rule "XYZ001": has no severity`},
		"stage":    {check.Options{Extra: []check.Rule{{ID: "XYZ001", Title: "T", Source: "S", Severity: check.Info, Stage: 99, Member: noSeverity.Member}}}, "has no known stage"},
		"taken":    {check.Options{Extra: []check.Rule{{ID: "VER001", Severity: check.Info}}}, "the id is taken"},
		"no id":    {check.Options{Extra: []check.Rule{{Severity: check.Info}}}, "has no id"},
		"no check": {check.Options{Extra: []check.Rule{{ID: "XYZ001", Title: "T", Source: "S", Severity: check.Info}}}, "needs exactly one"},
		"title":    {check.Options{Extra: []check.Rule{{ID: "XYZ001", Title: " ", Source: "S", Severity: check.Info, Member: noSeverity.Member}}}, "has no title"},
		"source":   {check.Options{Extra: []check.Rule{{ID: "XYZ001", Title: "T", Severity: check.Info, Member: noSeverity.Member}}}, "has no source"},
	} {
		r, err := check.Run(context.Background(), c, tt.o)
		var oe *check.OptionsError
		if r != nil || !errors.As(err, &oe) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := check.Run(ctx, c, check.Options{}); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("a done context: %v, %v", r, err)
	}
	all, _ := check.Run(context.Background(), c, check.Options{})
	some, _ := check.Run(context.Background(), c, check.Options{Except: []string{"VER001"}})
	if len(all.Passed) != len(some.Passed)+1 {
		t.Errorf("%d rules passed, %d with one left out", len(all.Passed), len(some.Passed))
	}
}

// TestDocNamesEveryField: the package comment describes the whole document.
func TestDocNamesEveryField(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, comment, _ = bytes.Cut(comment, []byte("# The report as JSON"))
	data, err := os.ReadFile("../../docs/schema/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type properties struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var schema struct {
		properties
		Defs map[string]properties `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	schema.Defs["report"] = schema.properties
	n := 0
	for of, part := range schema.Defs {
		for name := range part.Properties {
			if n++; name != "$schema" && !regexp.MustCompile(`\b`+name+`\b`).Match(comment) {
				t.Errorf("%s of %s is not described", name, of)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d fields", n)
	}
}

// TestSomeRulesAreNoVerdict: a report of a few rules is never that of a sound
// cluster, in any rendering.
func TestSomeRulesAreNoVerdict(t *testing.T) {
	s := three(t, corpusVersion)
	all := len(check.Rules())
	own := check.Rule{ID: "OUR001", Title: "T", Source: "S", Severity: check.Warning, Member: func(p *check.Pass, m *cluster.Member) { p.NotApplicable() }}
	for name, c := range map[string]struct {
		o          check.Options
		asked, out int
		says, next string
	}{
		"all":        {check.Options{}, all, 0, "SOUND: ", "Next: keep this report"},
		"only":       {check.Options{Only: []string{"VER00[13]", "PRP005"}}, 3, all - 3, fmt.Sprintf("NO ERROR FOUND BY 3 OF %d RULES: 0 errors, 0 warnings, 0 info, 0 open questions, %d rules left out\n", all, all-3), "Next: check by all rules: "},
		"except":     {check.Options{Except: []string{"VER001"}}, all - 1, 1, fmt.Sprintf("NO ERROR FOUND BY %d OF %d RULES: ", all-1, all), "Next: check by all rules: "},
		"own":        {check.Options{Only: []string{"OUR001"}, Extra: []check.Rule{own}}, 1, all, fmt.Sprintf("NO ERROR FOUND BY 1 OF %d RULES: ", all+1), "Next: check by all rules: "},
		"suppressed": {check.Options{Only: []string{"PRP005"}, Suppress: []check.Suppression{{Rule: "PRP005", Reason: "x"}}}, 1, all - 1, fmt.Sprintf("NO ERROR FOUND BY 1 OF %d RULES: ", all), "Next: check by all rules: "},
		"no rule":    {check.Options{Only: []string{"PRP005"}, Except: []string{"PRP005"}}, 0, all, fmt.Sprintf("NO ERROR FOUND BY 0 OF %d RULES, AS FAR AS COULD BE JUDGED: ", all), "Next: check by all rules: "},
		"errors":     {check.Options{Only: []string{"PRP005", "OPS003"}}, 2, all - 2, fmt.Sprintf("NOT A SOUND CLUSTER: 1 error, 0 warnings, 0 info, 0 open questions, %d rules left out\n", all-2), "Next: fix the first item, then check again, by all rules"},
	} {
		if name == "suppressed" || name == "errors" {
			s.set("node2", cluster.KeyMultiserver, "no")
		} else {
			s.set("node2", cluster.KeyMultiserver, "true")
		}
		r := s.check(c.o)
		if len(r.LeftOut) != c.out {
			t.Errorf("%s: left out %v", name, r.LeftOut)
		}
		var text, markdown, doc bytes.Buffer
		if err := errors.Join(r.WriteText(&text, check.TextOptions{Width: -1}), r.WriteMarkdown(&markdown), r.WriteJSON(&doc)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), "\n"+c.says) || !strings.Contains(text.String(), "\n"+c.next) {
			t.Errorf("%s: not %q, %q:\n%s", name, c.says, c.next, text.String())
		}
		if !strings.Contains(markdown.String(), "\n**"+strings.TrimSpace(c.says)) {
			t.Errorf("%s: not %q:\n%s", name, c.says, markdown.String())
		}
		if says := fmt.Sprintf("\"rules\": %d,\n    \"leftOut\": %d\n", c.asked, c.out); !strings.Contains(doc.String(), says) {
			t.Errorf("%s: not %s:\n%s", name, says, doc.String())
		}
		if stored, err := check.Read(&doc); err != nil || !slices.Equal(stored.LeftOut, r.LeftOut) {
			t.Errorf("%s: read back: %v, %v", name, stored, err)
		}
	}
}

// TestExtraRule is how a caller adds a rule.
func TestExtraRule(t *testing.T) {
	s := pair(t)
	s.set("node2", "cloud.logLevel", "DEBUG")
	var now time.Time
	var horizon time.Duration
	own := check.Rule{
		ID: "OUR001", Title: "Log level is FATAL", Severity: check.Warning, Source: "our handbook", Since: "7.0",
		Member: func(p *check.Pass, m *cluster.Member) {
			now, horizon = p.Now, p.Horizon
			if e, _ := m.Property("cloud.logLevel"); e.Value != "FATAL" {
				p.Report(check.Finding{Pos: e.Pos, Subject: e.Key, Message: "is " + e.Value})
			}
			if _, err := m.FS().Stat(install); err != nil {
				p.Unknown(install, "is gone: %v", "the folder", err)
			}
		},
	}
	r, _ := check.Run(context.Background(), s.load(), check.Options{Only: []string{"OUR001"}, Extra: []check.Rule{own}})
	if len(r.Findings) != 1 {
		t.Fatalf("%+v", r)
	}
	f := r.Findings[0]
	if f.Rule != "OUR001" || f.Node != "node2" || f.Path != propFile || f.Severity != check.Warning || f.Source != "our handbook" || f.Title != own.Title {
		t.Errorf("%+v", f)
	}
	if !now.Equal(clock()) || horizon != 30*24*time.Hour {
		t.Errorf("clock %v, horizon %v", now, horizon)
	}
}

// TestFixOrder: what writes wrong data comes first, connections last.
func TestFixOrder(t *testing.T) {
	s := pair(t)
	s.topo.Nodes[1].Role, s.topo.Nodes[1].Running = cluster.RoleStandby, declare(true)
	s.unset("node1", "agentcomm.uri")
	s.unset("node1", multiserver)
	s.set("node1", "database.type", "derby")
	var b bytes.Buffer
	if err := s.check(check.Options{}).WriteText(&b, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, id := range []string{"(OPS002)", "(DBS001)", "(PRP005)", "(NET001)"} {
		i := strings.Index(b.String(), id)
		if i <= at {
			t.Errorf("%s is out of order:\n%s", id, &b)
		}
		at = i
	}
}

func TestEnumText(t *testing.T) {
	type doc struct {
		Role     cluster.Role
		Severity check.Severity
		TLS      cluster.TLSEnd
	}
	in := doc{cluster.RoleStandby, check.Warning, cluster.TLSAtBalancer}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"Role":"standby","Severity":"warning","TLS":"balancer"}` {
		t.Fatalf("%s, %v", b, err)
	}
	var out doc
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := json.Marshal(doc{}); err == nil {
		t.Error("unset values were written")
	}
	if err := json.Unmarshal([]byte(`{"Role":"boss"}`), &out); err == nil || !strings.Contains(err.Error(), "boss") {
		t.Error(err)
	}
	if cluster.Role("").String() != "unset" || check.Severity(9).String() != "invalid(9)" {
		t.Error("texts of invalid values")
	}
}

// TestTopologyIsPlainData: the config model survives JSON.
func TestTopologyIsPlainData(t *testing.T) {
	s := pair(t)
	s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "lb", Affinity: declare(true), Ports: []int{8443}, TLSEnds: cluster.TLSAtServers}
	b, err := json.Marshal(s.topo)
	if err != nil {
		t.Fatal(err)
	}
	var back cluster.Topology
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s.topo, back); d != "" {
		t.Error(d)
	}
	if _, err := cluster.Load(context.Background(), back, s.world); err != nil {
		t.Error(err)
	}
}
