package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

var update = flag.Bool("update", false, "write the golden files")

// day is the clock of these tests.
var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func call(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, &o, &e, afero.NewOsFs(), day)
	return code, o.String(), e.String()
}

// What the command prints without flags is what a newcomer sees first.
func TestDemoOutput(t *testing.T) {
	few := "PRP005,PRP006,PRP008, LBR001,OPS007"
	for name, args := range map[string][]string{
		"demo.txt":       nil,
		"demo-color.txt": {"-color", "-only", few},
		"demo.json":      {"-format", "json", "-only", few},
		"demo.md":        {"-format", "markdown"},
		"demo.sarif":     {"-format", "sarif", "-only", few, "-except", "OPS007"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := call(t, args...)
			if code != exitErrors || errOut != "" {
				t.Errorf("exit code %d, %s", code, errOut)
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

// site is a cluster of three on the real disk: each member's disk is a folder,
// and so is the network storage, which the third mounts at another path.
type site struct {
	root string
	topo cluster.Topology
}

func newSite(t *testing.T) *site {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	s := &site{root: root, topo: cluster.Topology{Schema: 1, Name: "disk", Storages: []cluster.Storage{{Name: "share", Dir: "share"}}}}
	const install = "/opt/ibm-ucd/server"
	must(t, os.Mkdir(filepath.Join(root, "share"), 0o755))
	for i := range 3 {
		name, at := fmt.Sprintf("ucd%d", i+1), "/media/share"
		if i == 2 {
			at = "/mnt/nas"
		}
		must(t, clustertest.Build(afero.NewOsFs(), filepath.Join(root, name, "opt", "ibm-ucd", "server"), clustertest.Spec{
			AppData: at + "/appdata", AppDataAt: filepath.Join(root, "share", "appdata"), Joined: i > 0,
			Multiserver: true, Spelling: install, Node: name + ".example.com", Alias: clustertest.ServerAlias, Seed: uint64(i + 1),
		}))
		// A link that is absolute on the server would lead this machine astray.
		must(t, os.Symlink("/opt/ibm-ucd", filepath.Join(root, name, "opt", "current")))
		s.topo.Storages = append(s.topo.Storages, cluster.Storage{Name: name, Dir: filepath.Join(root, name)})
		s.topo.Nodes = append(s.topo.Nodes, cluster.Node{
			Name: name, Role: cluster.RoleMember, Install: "/opt/current/server", Host: name + ".example.com",
			Mounts: []cluster.Mount{{Path: "/", Storage: name, Root: "/"}, {Path: at, Storage: "share", Root: "/"}},
		})
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// file writes the topology beside the storages.
func (s *site) file(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(s.topo)
	must(t, err)
	path := filepath.Join(s.root, "topology.json")
	must(t, os.WriteFile(path, b, 0o644))
	return path
}

// report is the JSON report of a run on the topology.
func (s *site) report(t *testing.T, args ...string) (code int, r reportDocument) {
	t.Helper()
	code, out, errOut := call(t, append(args, "-format", "json", "-topology", s.file(t))...)
	if errOut != "" {
		t.Fatal(errOut)
	}
	must(t, json.Unmarshal([]byte(out), &r))
	return code, r
}

type reportDocument struct {
	Counts   map[string]int
	Findings []struct{ Rule, Severity, Node, Message string }
	Unread   []struct {
		Node, Path, Reason string
		Rules              []string
	}
	Members []struct {
		Name, Version, AppData string
		Read                   bool
	}
	Complete          bool
	Passed, NotJudged []string
}

func TestOnDisk(t *testing.T) {
	s := newSite(t)
	code, r := s.report(t)
	if code != exitSound || r.Counts["error"] != 0 {
		t.Errorf("exit code %d, %+v", code, r.Findings)
	}
	for _, id := range []string{"PRP003", "PRP013", "KEY009", "STO002", "VER001"} {
		if !slices.Contains(r.Passed, id) {
			t.Errorf("%s has not passed", id)
		}
	}
	for _, f := range r.Findings { // one storage, two paths
		if f.Rule == "PRP002" && !strings.Contains(f.Message, "the same folder of one storage") {
			t.Errorf("%+v", f)
		}
	}

	// A storage of its own for the third member is found, through the links.
	s.topo.Nodes[2].Mounts[1].Storage = "other"
	s.topo.Storages = append(s.topo.Storages, cluster.Storage{Name: "other", Dir: "other"})
	must(t, os.CopyFS(filepath.Join(s.root, "other"), os.DirFS(filepath.Join(s.root, "share"))))
	must(t, os.WriteFile(filepath.Join(s.root, "other", "appdata", "conf", "encryption.keystore"), []byte("other"), 0o600))
	code, r = s.report(t, "-only", "PRP002")
	if code != exitErrors || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Message, "different folders") {
		t.Errorf("exit code %d, %+v", code, r)
	}
}

// TestOneMemberUnreachable: the others are judged all the same.
func TestOneMemberUnreachable(t *testing.T) {
	s := newSite(t)
	properties := filepath.Join(s.root, "ucd3", "opt", "ibm-ucd", "server", "conf", "server", "installed.properties")
	text, err := os.ReadFile(properties)
	must(t, err)
	must(t, os.WriteFile(properties, bytes.Replace(text, []byte("multiserver=true"), []byte("multiserver=no"), 1), 0o600))
	for name, spoil := range map[string]func(dir string) error{
		"gone": os.RemoveAll,
		"no longer a folder": func(dir string) error {
			return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600))
		},
	} {
		must(t, spoil(filepath.Join(s.root, "ucd2")))
		code, r := s.report(t)
		if code != exitFailure || r.Complete || r.Members[1].Read || !r.Members[0].Read || len(r.Members) != 3 || r.Members[1].Version != "" || r.Members[2].Version == "" {
			t.Errorf("%s: exit code %d, members %+v", name, code, r.Members)
		}
		var of3, of2 []string
		for _, f := range r.Findings {
			switch {
			case f.Severity == "error" && f.Node == "ucd3":
				of3 = append(of3, f.Rule)
			case f.Node == "ucd2":
				of2 = append(of2, f.Rule)
			}
		}
		if !slices.Equal(of3, []string{"PRP005"}) || of2 != nil {
			t.Errorf("%s: findings about ucd3 %v, about ucd2 %v", name, of3, of2)
		}
		n := 0
		for _, u := range r.Unread {
			if u.Node != "ucd2" {
				continue
			}
			n++
			if !strings.Contains(u.Reason, "storage ucd2 cannot be reached") || !slices.Contains(u.Rules, "PRP005") {
				t.Errorf("%s: %+v", name, u)
			}
		}
		if n != 1 || !slices.Contains(r.NotJudged, "PRP005") {
			t.Errorf("%s: %d reasons, not judged %v", name, n, r.NotJudged)
		}
	}
}

// What the balancer's own configuration says is judged; what the topology
// declares comes first.
func TestBalancerFile(t *testing.T) {
	s := newSite(t)
	s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "ucd.example.com"}
	config := filepath.Join(s.root, "haproxy.cfg")
	write := func(balance string) {
		t.Helper()
		text := "defaults\n  mode tcp\n  balance " + balance + "\n"
		for _, port := range []string{"8080", "8443"} {
			text += "listen users" + port + "\n  bind :" + port + "\n"
			for i := range 3 {
				text += fmt.Sprintf("  server ucd%d ucd%[1]d.example.com:%s\n", i+1, port)
			}
		}
		must(t, os.WriteFile(config, []byte(text), 0o600))
	}
	rules := []string{"-only", "LBR001,LBR002,LBR003", "-haproxy", config}

	write("source")
	code, r := s.report(t, rules...)
	if code != exitSound || !slices.Equal(r.Passed, []string{"LBR001", "LBR002", "LBR003"}) {
		t.Errorf("exit code %d, %+v", code, r)
	}
	write("roundrobin")
	if code, r = s.report(t, rules...); code != exitErrors || len(r.Findings) != 1 || r.Findings[0].Rule != "LBR001" || !strings.HasSuffix(r.Findings[0].Message, "haproxy.cfg:3") {
		t.Errorf("exit code %d, %+v", code, r)
	}
	declared := true
	s.topo.Facts.LoadBalancer.Affinity = &declared
	if code, r = s.report(t, rules...); code != exitSound {
		t.Errorf("declared: exit code %d, %+v", code, r)
	}

	s.topo.Facts.LoadBalancer.Affinity = nil
	other := filepath.Join(s.root, "nginx.conf")
	for method, want := range map[string]int{"hash $remote_addr;": exitSound, "least_conn;": exitErrors} {
		text := "events {}\nstream {\n"
		for _, port := range []string{"8080", "8443"} {
			text += "upstream users" + port + " {\n" + method + "\n"
			for i := range 3 {
				text += fmt.Sprintf("server ucd%d.example.com:%s;\n", i+1, port)
			}
			text += "}\nserver { listen " + port + "; proxy_pass users" + port + "; }\n"
		}
		must(t, os.WriteFile(other, []byte(text+"}\n"), 0o600))
		if code, r = s.report(t, "-only", "LBR001,LBR002,LBR003", "-nginx", other); code != want || want == exitSound && len(r.Passed) != 3 || want == exitErrors && !strings.Contains(r.Findings[0].Message, "nginx.conf:4") {
			t.Errorf("NGINX, %s: exit code %d, %+v", method, code, r)
		}
	}
	must(t, os.WriteFile(other, []byte("http {\n"), 0o600))
	if code, _, errOut := call(t, "-topology", s.file(t), "-nginx", other); code != exitFailure || !strings.Contains(errOut, "nginx.conf: a directive") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if code, _, errOut := call(t, "-topology", s.file(t), "-nginx", other, "-haproxy", config); code != exitFailure || !strings.Contains(errOut, "give one") {
		t.Errorf("exit code %d, %s", code, errOut)
	}

	must(t, os.WriteFile(config, []byte("frontend users\n  bind 443\n"), 0o600))
	if code, _, errOut := call(t, "-topology", s.file(t), "-haproxy", config); code != exitFailure || !strings.Contains(errOut, "haproxy.cfg:2:8") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	must(t, os.WriteFile(config, []byte("backend none\n"), 0o600))
	if code, _, errOut := call(t, "-topology", s.file(t), "-haproxy", config); code == exitFailure || !strings.Contains(errOut, "not clear") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}

func TestExitCodes(t *testing.T) {
	s := newSite(t)
	sound := s.file(t)
	write := func(name, content string) string {
		path := filepath.Join(s.root, name)
		must(t, os.WriteFile(path, []byte(content), 0o644))
		return path
	}
	must(t, os.Symlink("share", filepath.Join(s.root, "ucd1", "link")))
	rooted := func(name, root string) string {
		t2 := s.topo
		t2.Nodes = slices.Clone(t2.Nodes)
		t2.Nodes[0].Mounts = []cluster.Mount{{Path: "/", Storage: "ucd1", Root: root}}
		b, err := json.Marshal(t2)
		must(t, err)
		return write(name, string(b))
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"sound", []string{"-topology", sound}, exitSound, ""},
		{"sound, few rules", []string{"-topology", sound, "-only", "PRP005", "-except", "PRP006"}, exitSound, ""},
		{"horizon in days", []string{"-topology", sound, "-horizon", "90d"}, exitSound, ""},
		{"horizon in hours", []string{"-topology", sound, "-horizon", "36h"}, exitSound, ""},
		{"demo", nil, exitErrors, ""},
		{"demo, what is right", []string{"-only", "PRP001"}, exitSound, ""},
		{"unknown rule", []string{"-only", "PRP999"}, exitFailure, `"PRP999": is not known`},
		{"unknown rule left out", []string{"-topology", sound, "-except", "ABC001"}, exitFailure, `"ABC001": is not known`},
		{"no file", []string{"-topology", filepath.Join(s.root, "none.json")}, exitFailure, "none.json"},
		{"malformed", []string{"-topology", write("bad.json", "{\n  \"node\": []\n}")}, exitFailure, `bad.json:2:3: node: unknown field "node"; did you mean "nodes"?`},
		{"undeclared storage", []string{"-topology", write("no-storages.json", `{"nodes":[{"name":"a","install":"/x","mounts":[{"path":"/","storage":"s"}]}]}`)}, exitFailure, "under storages"},
		{"a link before the root", []string{"-topology", rooted("link.json", "/link/deep")}, exitFailure, "nodes[0].mounts[0].root: /link: is a symbolic link"},
		{"dots in the root", []string{"-topology", rooted("dots.json", "/../share")}, exitFailure, "two dots"},
		{"format", []string{"-format", "html"}, exitFailure, "none of text, json"},
		{"horizon", []string{"-horizon", "soon"}, exitFailure, "soon"},
		{"horizon zero", []string{"-horizon", "0d"}, exitFailure, "from 1"},
		{"horizon negative", []string{"-horizon", "-1h"}, exitFailure, "longer than nothing"},
		{"unknown flag", []string{"-force"}, exitFailure, "-force"},
		{"argument", []string{"now"}, exitFailure, "now"},
		{"help", []string{"-help"}, exitSound, "-topology"},
		{"fail on", []string{"-fail-on", "info"}, exitFailure, "none of error, warning, unknown"},
		{"fail on unknown", []string{"-topology", sound, "-fail-on", "unknown"}, exitErrors, ""},
		{"no baseline", []string{"-baseline", filepath.Join(s.root, "none.json")}, exitFailure, "none.json"},
		{"bad baseline", []string{"-baseline", write("empty.json", "{}")}, exitFailure, "schema 0"},
		{"bad suppressions", []string{"-suppress", write("sup.json", `{"schema": 1, "suppressions": [{"rule": "KEY*"}]}`)}, exitFailure, "no reason"},
		{"rules", []string{"-rules"}, exitSound, ""},
		{"horizon in weeks", []string{"-topology", sound, "-horizon", "6w"}, exitSound, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errOut := call(t, tc.args...)
			if code != tc.code || !strings.Contains(errOut, tc.says) || tc.says == "" && errOut != "" {
				t.Errorf("exit code %d, want %d and %q in:\n%s", code, tc.code, tc.says, errOut)
			}
			if (out == "") != (tc.says != "") {
				t.Errorf("%d bytes of report", len(out))
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errOut bytes.Buffer
	if code := run(ctx, nil, &out, &errOut, afero.NewOsFs(), day); code != exitFailure || out.Len() > 0 {
		t.Errorf("interrupted: exit code %d", code)
	}
	if code := run(context.Background(), nil, full{}, &errOut, afero.NewOsFs(), day); code != exitFailure {
		t.Errorf("nowhere to write: exit code %d", code)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestMistakesAreSaidOnce: a wrong flag is one line, not a page.
func TestMistakesAreSaidOnce(t *testing.T) {
	_, _, errOut := call(t, "-horizon", "soon")
	if n := strings.Count(errOut, "soon"); n != 1 || strings.Count(errOut, "\n") != 1 {
		t.Errorf("said %d times:\n%s", n, errOut)
	}
}

// TestBaseline is the life of a report in a pipeline: it is stored, the next run
// counts only what is new, and a run that reads nothing fixes nothing.
func TestBaseline(t *testing.T) {
	s := newSite(t)
	properties := filepath.Join(s.root, "ucd3", "opt", "ibm-ucd", "server", "conf", "server", "installed.properties")
	spoil := func(old, with string) {
		t.Helper()
		text, err := os.ReadFile(properties)
		must(t, err)
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("no %s", old)
		}
		must(t, os.WriteFile(properties, bytes.Replace(text, []byte(old), []byte(with), 1), 0o600))
	}
	spoil("multiserver=true", "multiserver=no")
	topology := s.file(t)
	code, out, _ := call(t, "-topology", topology, "-format", "json")
	if code != exitErrors {
		t.Fatalf("exit code %d", code)
	}
	baseline := filepath.Join(s.root, "baseline.json")
	must(t, os.WriteFile(baseline, []byte(out), 0o600))

	if code, out, _ = call(t, "-topology", topology, "-baseline", baseline); code != exitSound || !strings.Contains(out, ": 0 new, 0 fixed,") {
		t.Errorf("nothing has changed: exit code %d\n%s", code, out)
	}
	spoil("encryption.keystore.alias=", "encryption.keystore.alias=x")
	if code, out, _ = call(t, "-topology", topology, "-baseline", baseline); code != exitErrors || !strings.Contains(out, "new   error") {
		t.Errorf("one more mistake: exit code %d\n%s", code, out)
	}
	spoil("encryption.keystore.alias=x", "encryption.keystore.alias=")
	spoil("multiserver=no", "multiserver=true")
	if code, out, _ = call(t, "-topology", topology, "-baseline", baseline); code != exitSound || !strings.Contains(out, "fixed error PRP005 ucd3") {
		t.Errorf("corrected: exit code %d\n%s", code, out)
	}
	for _, storage := range s.topo.Storages {
		must(t, os.RemoveAll(filepath.Join(s.root, storage.Name)))
	}
	code, out, _ = call(t, "-topology", topology, "-baseline", baseline)
	if code != exitFailure || !strings.Contains(out, " 0 fixed,") || !strings.Contains(strings.Join(strings.Fields(out), " "), "0 of 3 members read") {
		t.Errorf("nothing is readable: exit code %d\n%s", code, out)
	}
}

func TestSuppressFlag(t *testing.T) {
	s := newSite(t)
	file := filepath.Join(s.root, "suppress.json")
	must(t, os.WriteFile(file, []byte(`{"schema": 1, "suppressions": [{"rule": "*", "reason": "a test system"}]}`), 0o600))
	code, out, errOut := call(t, "-suppress", file)
	if code != exitSound || !strings.Contains(out, "suppressed: a test system") {
		t.Errorf("exit code %d %s\n%s", code, errOut, out)
	}
}

// TestUpgradeOfTheDemo: the demo cluster of 7.0.5 on the way to a version whose
// Java it does not have.
func TestUpgradeOfTheDemo(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"-to", "8.2.2"}, &out, &errOut, afero.NewMemMapFs(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); code != exitErrors {
		t.Errorf("code %d", code)
	}
	for _, part := range []string{"ERROR UPG002 ucd1", "UPG005"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the report has no %q", part)
		}
	}
	for _, part := range []string{"Upgrade to 8.2.2 (yes)", "1. 7.0.5.1.1041488 to 8.2.2", "no triple-DES key"} {
		if !strings.Contains(errOut.String(), part) {
			t.Errorf("the way has no %q: %s", part, &errOut)
		}
	}
	if code := run(context.Background(), []string{"-to", "latest"}, &out, &errOut, afero.NewMemMapFs(), time.Time{}); code != exitFailure {
		t.Errorf("code %d for a version that is none", code)
	}
}

// TestQuestionNamesTheFlag: the text names the flag with which the question about
// default passwords is answered, and with it the question is gone.
func TestQuestionNamesTheFlag(t *testing.T) {
	topology := newSite(t).file(t)
	const flag = "permission to try the default one (-try-default-password)"
	for _, c := range []struct {
		args []string
		want bool
	}{{nil, true}, {[]string{"-try-default-password"}, false}, {[]string{"-format", "json"}, false}} {
		_, out, errOut := call(t, append(c.args, "-topology", topology, "-only", "KEY011")...)
		if errOut != "" || strings.Contains(strings.Join(strings.Fields(out), " "), flag) != c.want {
			t.Errorf("%v: %s\n%s", c.args, errOut, out)
		}
	}
}

// TestSomeRulesAreNoVerdict: what -only leaves out, the report does not vouch for.
func TestSomeRulesAreNoVerdict(t *testing.T) {
	code, out, errOut := call(t, "-only", "VER*")
	if code != exitSound || errOut != "" || !strings.Contains(out, "NO ERROR FOUND BY ") || strings.Contains(out, "SOUND:") || strings.Contains(out, "keep this report") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
}

// TestUsageNamesGlobs: every flag is described by itself.
func TestUsageNamesGlobs(t *testing.T) {
	_, _, usage := call(t, "-h")
	if strings.Contains(usage, "the same for") || strings.Count(usage, "globs") < 2 {
		t.Error(usage)
	}
}
