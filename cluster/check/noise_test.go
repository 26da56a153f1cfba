package check_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// asInstalled is a sound cluster of three as installers leave it: with the
// certificate that they make and the passwords that they choose, all of which are
// tried.
func asInstalled(t *testing.T, version string) *site {
	t.Helper()
	s := kitSite(t, clustertest.NewCluster(3, clustertest.Spec{Version: version}))
	s.world.Password, s.world.TryDefaultPassword = cluster.StoredPasswords, true
	return s
}

// TestSoundClusterIsQuiet: what is only worth knowing does not bury what is not.
func TestSoundClusterIsQuiet(t *testing.T) {
	const most = 5
	for _, version := range []string{"6.2.1.1.788401", "7.0.5.1.1041488", "7.1.2.0.1100000", corpusVersion, "7.3.2.0.1240000", "8.0.1.0.1300000"} {
		r := asInstalled(t, version).check(check.Options{})
		if e, w, i := r.Count(check.Error), r.Count(check.Warning), r.Count(check.Info); e+w > 0 || i > most {
			t.Errorf("%s: %d errors, %d warnings, %d infos, want at most %d infos: %q", version, e, w, i, most, verdicts(r))
		}
	}
}

// fixLine is the beginning of a fix in the text, with its number if it has one.
var fixLine = regexp.MustCompile(`^  fix (\d+ +|   )`)

// repeated returns the fixes that a rendering writes out more than once: in the
// findings, or in the list of what to fix first.
func repeated(t *testing.T, r *check.Report) (out []string) {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	list, findings, ok := strings.Cut(b.String(), "\n\nERROR ")
	if !ok {
		list, findings = "", b.String()
	}
	_, list, _ = strings.Cut(list, "\nFix first, in this order\n")
	first := map[string]bool{}
	for line := range strings.Lines(list) {
		_, step, _ := strings.Cut(strings.TrimSpace(line), ". ")
		if _, text, ok := strings.Cut(step, ": "); ok {
			step = text
		}
		if first[step] {
			out = append(out, "fix first: "+step)
		}
		first[step] = true
	}
	said := map[string]bool{}
	for line := range strings.Lines(findings) {
		_, fix, ok := strings.Cut(fixLine.ReplaceAllString(line, "\x00"), "\x00")
		if ok && said[fix] && !strings.HasPrefix(fix, "as for ") {
			out = append(out, fix)
		}
		said[fix] = said[fix] || ok
	}
	return out
}

// TestRepeatedFixesAreSaidOnce: ten members with one mistake are told about it ten
// times, and once what to do.
func TestRepeatedFixesAreSaidOnce(t *testing.T) {
	s := kitSite(t, clustertest.NewCluster(10, clustertest.Spec{Version: corpusVersion, Alias: clustertest.ServerAlias}))
	for i := range 9 {
		node := fmt.Sprintf("node%d", i+1)
		s.set(node, cluster.KeyMultiserver, "false")
		s.set(node, cluster.KeyTomcatAlias, "nothing")
		s.set(node, cluster.KeyAgentURI, "wss://localhost:7919")
		s.set(node, "server.jms.port", "8443")
	}
	r := s.check(check.Options{})
	if r.Count(check.Error) < 27 {
		t.Fatalf("%d errors: %q", r.Count(check.Error), verdicts(r))
	}
	if again := repeated(t, r); len(again) > 0 {
		t.Errorf("%q", again)
	}
	told := map[string]bool{}
	for _, f := range r.Findings {
		told[f.Fix] = true
	}
	var text, page strings.Builder
	if err := r.WriteText(&text, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	for fix := range told {
		if !regexp.MustCompile("\n  fix( \\d+)? +" + regexp.QuoteMeta(fix) + "\n").MatchString(text.String()) {
			t.Errorf("the text lacks the fix %q", fix)
		}
	}
	if n := len(regexp.MustCompile(`- fix( \d+)?: as for `).FindAllString(page.String(), -1)); n != len(r.Findings)-len(told) {
		t.Errorf("%d references on the page to %d of %d fixes", n, len(told), len(r.Findings))
	}
}

// TestAlikeUnreadAreCounted: a folder full of what cannot be read is told by a few
// entries and a number.
func TestAlikeUnreadAreCounted(t *testing.T) {
	s := single(t)
	const folder = install + "/lib/ext"
	for i := range 20 {
		s.must(s.fs.MkdirAll(fmt.Sprintf("/node1%s/%02d.jar", folder, i), 0o755))
	}
	r := s.check(check.Options{})
	var one, more []check.Unread
	for _, u := range r.Unread {
		switch u.Path {
		case folder:
			more = append(more, u)
		default:
			one = append(one, u)
		}
	}
	if len(one) != 8 || len(more) != 1 || !strings.HasPrefix(more[0].Reason, "holds 12 more entries that were not read: ") || !slices.Equal(more[0].Rules, one[0].Rules) {
		t.Errorf("%d entries, and %+v", len(one), more)
	}
}

// TestLongNumbersOfFixes: the number of a fix never touches its text.
func TestLongNumbersOfFixes(t *testing.T) {
	var r check.Report
	for i := range 120 {
		r.Findings = append(r.Findings, check.Finding{Rule: "PRP005", Severity: check.Error, Node: fmt.Sprint("n", i), Message: "x", Fix: fmt.Sprint("set ", i)})
	}
	var text strings.Builder
	if err := r.WriteText(&text, check.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n  fix 1  set 0\n", "\n  fix 99 set 98\n", "\n  fix 100 set 99\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

// A reference to a fix names the finding that has it, and no other: by its member,
// or by its place where the member has several of the rule.
func TestReferencesToFixesAreClear(t *testing.T) {
	finding := func(rule, node, fix string) check.Finding {
		return check.Finding{Rule: rule, Severity: check.Warning, Node: node, Message: "m", Fix: fix, Title: "a requirement"}
	}
	r := &check.Report{Findings: []check.Finding{
		finding("AAA001", "n1", "one"), finding("AAA001", "n1", "two"), finding("AAA001", "n2", "three"),
		finding("BBB001", "n1", "one"), finding("BBB002", "n1", "two"), finding("BBB003", "n1", "three"),
	}}
	var page strings.Builder
	if err := r.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^ *- fix: (.*)$|^(## .*|Required: .*)$`).FindAllStringSubmatch(page.String(), -1) {
		got = append(got, m[1]+m[2])
	}
	want := []string{
		"## WARNING AAA001: 3 findings", "Required: a requirement.", "one", "two", "three",
		"## WARNING BBB001 n1: m", "Required: a requirement.", "as for the first AAA001 finding",
		"## WARNING BBB002 n1: m", "Required: a requirement.", "as for AAA001 finding 2",
		"## WARNING BBB003 n1: m", "Required: a requirement.", "as for AAA001 n2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}
