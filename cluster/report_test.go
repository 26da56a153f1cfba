package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
)

// scene has something to say in every part of a report.
func scene(t *testing.T, only ...string) *cluster.Report {
	t.Helper()
	s := pair(t)
	s.unset("node2", multiserver)
	s.set("node2", "install.server.web.port", "9080")
	s.write("node1", shared+"/incomplete.tmp", "")
	s.add("node1", "tomcat.key.alais=server")
	s.must(s.fs.Deny("/node2"+install+"/bin/classpath.conf", true))
	s.topo.Facts.Backups.Offline = nil
	s.topo.Name = "production"
	return s.check(cluster.Options{Only: only})
}

func TestRenderings(t *testing.T) {
	r := scene(t)
	for file, write := range map[string]func(io.Writer) error{
		"report.txt": func(w io.Writer) error { return r.WriteText(w, cluster.TextOptions{}) },
		"report-narrow.txt": func(w io.Writer) error {
			return r.WriteText(w, cluster.TextOptions{Width: 60, Color: true, Next: "check --again"})
		},
		"report.md":   r.WriteMarkdown,
		"report.json": r.WriteJSON,
		// few rules, for each stands in the file with its page
		"report.sarif": scene(t, "APP008", "LBR001", "OPS003", "PRP005", "PRP008", "PRP011").WriteSARIF,
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
		if err := errors.Join(r.WriteText(&b, cluster.TextOptions{}), r.WriteMarkdown(&b), r.WriteJSON(&b), r.WriteSARIF(&b)); err != nil {
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
	if err := (&cluster.Report{}).WriteJSON(&b); err != nil {
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
	bad := &cluster.Report{Findings: []cluster.Finding{{}}}
	if err := bad.WriteJSON(io.Discard); err == nil {
		t.Error("a finding without a severity was written")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	r := scene(t)
	for name, err := range map[string]error{
		"text": r.WriteText(brokenWriter{}, cluster.TextOptions{}), "markdown": r.WriteMarkdown(brokenWriter{}), "json": r.WriteJSON(brokenWriter{}),
		"sarif": r.WriteSARIF(brokenWriter{}),
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
	r := s.check(cluster.Options{})
	var text, md, sarif bytes.Buffer
	if err := errors.Join(r.WriteText(&text, cluster.TextOptions{}), r.WriteMarkdown(&md), r.WriteSARIF(&sarif)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"text": text.String(), "markdown": md.String(), "SARIF": sarif.String()} {
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
		if err := r.WriteText(&b, cluster.TextOptions{Width: width}); err != nil {
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
	noSeverity := cluster.Rule{ID: "XYZ001", Member: func(*cluster.Pass, *cluster.Member) {}}
	for name, tt := range map[string]struct {
		o    cluster.Options
		want string
	}{
		"only":     {cluster.Options{Only: []string{"VER001", "ABC001"}}, `option Only: rule "ABC001": is not known`},
		"except":   {cluster.Options{Except: []string{"ver001"}}, `option Except: rule "ver001": is not known`},
		"severity": {cluster.Options{Extra: []cluster.Rule{noSeverity}}, `option Extra: rule "XYZ001": has no severity`},
		"taken":    {cluster.Options{Extra: []cluster.Rule{{ID: "VER001", Severity: cluster.Info}}}, "the id is taken"},
		"no id":    {cluster.Options{Extra: []cluster.Rule{{Severity: cluster.Info}}}, "has no id"},
		"no check": {cluster.Options{Extra: []cluster.Rule{{ID: "XYZ001", Severity: cluster.Info}}}, "needs exactly one"},
	} {
		r := cluster.Check(c, tt.o)
		var oe *cluster.OptionsError
		if r.Err == nil || !errors.As(r.Err, &oe) || !strings.Contains(r.Err.Error(), tt.want) {
			t.Errorf("%s: %v", name, r.Err)
		}
		if len(r.Findings)+len(r.Passed) > 0 || len(r.Unknown) == 0 {
			t.Errorf("%s: rules ran, or the report looks clean", name)
		}
		var b bytes.Buffer
		if err := r.WriteText(&b, cluster.TextOptions{}); err != nil || !strings.Contains(b.String(), "NOT JUDGED") {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
	}
	all := cluster.Check(c, cluster.Options{})
	some := cluster.Check(c, cluster.Options{Except: []string{"VER001"}})
	if len(all.Passed) != len(some.Passed)+1 {
		t.Errorf("%d rules passed, %d with one left out", len(all.Passed), len(some.Passed))
	}
}

// TestExtraRule is how a caller adds a rule of their own.
func TestExtraRule(t *testing.T) {
	s := pair(t)
	s.set("node2", "cloud.logLevel", "DEBUG")
	var now time.Time
	var horizon time.Duration
	own := cluster.Rule{
		ID: "OUR001", Title: "Log level is FATAL", Severity: cluster.Warning, Source: "our handbook", Since: "7.0",
		Member: func(p *cluster.Pass, m *cluster.Member) {
			now, horizon = p.Now, p.Horizon
			if e, _ := m.Property("cloud.logLevel"); e.Value != "FATAL" {
				p.Report(cluster.Finding{Pos: e.Pos, Subject: e.Key, Message: "is " + e.Value})
			}
			if _, err := m.FS().Stat(install); err != nil {
				p.Unknown(install, "is gone: %v", "the folder", err)
			}
		},
	}
	r := cluster.Check(s.load(), cluster.Options{Only: []string{"OUR001"}, Extra: []cluster.Rule{own}})
	if len(r.Findings) != 1 {
		t.Fatalf("%+v", r)
	}
	f := r.Findings[0]
	if f.Rule != "OUR001" || f.Node != "node2" || f.Path != propFile || f.Severity != cluster.Warning || f.Source != "our handbook" || f.Title != own.Title {
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
	if err := s.check(cluster.Options{}).WriteText(&b, cluster.TextOptions{Width: -1}); err != nil {
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
		Severity cluster.Severity
		TLS      cluster.TLSEnd
	}
	in := doc{cluster.RoleStandby, cluster.Warning, cluster.TLSAtBalancer}
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
	if cluster.Role(0).String() != "unset" || cluster.Severity(9).String() != "invalid(9)" {
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
