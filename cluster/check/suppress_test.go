package check_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// faulty is a cluster of three with one known Error at node2.
func faulty(t *testing.T) *site {
	s := three(t, corpusVersion)
	s.set("node2", cluster.KeyMultiserver, "no")
	return s
}

func rulesOf(list []check.Finding) (out []string) {
	for _, f := range list {
		out = append(out, f.Rule+" "+f.Node)
	}
	return out
}

func TestSuppress(t *testing.T) {
	s := faulty(t)
	now := s.world.Now
	for _, c := range []struct {
		name       string
		suppress   check.Suppression
		clockless  bool
		found, off []string
		open       bool
	}{
		{name: "by rule", suppress: check.Suppression{Rule: "PRP005", Reason: "until the next window"}, off: []string{"PRP005 node2"}},
		{name: "by glob", suppress: check.Suppression{Rule: "PRP*", Reason: "x"}, off: []string{"PRP005 node2"}},
		{name: "by member", suppress: check.Suppression{Rule: "PRP005", Node: "node2", Reason: "x"}, off: []string{"PRP005 node2"}},
		{name: "another member", suppress: check.Suppression{Rule: "PRP005", Node: "node1", Reason: "x"}, found: []string{"PRP005 node2"}},
		{name: "by path", suppress: check.Suppression{Rule: "PRP005", Path: "/opt/*/server/conf/server/*.properties", Reason: "x"}, off: []string{"PRP005 node2"}},
		{name: "below a folder", suppress: check.Suppression{Rule: "PRP005", Path: "/opt/**", Reason: "x"}, off: []string{"PRP005 node2"}},
		{name: "another path", suppress: check.Suppression{Rule: "PRP005", Path: "/srv/**", Reason: "x"}, found: []string{"PRP005 node2"}},
		{name: "still in force", suppress: check.Suppression{Rule: "PRP005", Reason: "x", Until: now.Add(time.Hour)}, off: []string{"PRP005 node2"}},
		{name: "ended", suppress: check.Suppression{Rule: "PRP005", Node: "node2", Reason: "x", Until: now}, found: []string{"PRP005 node2", "SUP001 node2"}},
		{name: "no clock", suppress: check.Suppression{Rule: "PRP005", Reason: "x", Until: now.Add(time.Hour)}, clockless: true, found: []string{"PRP005 node2"}, open: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.world.Now = now
			if c.clockless {
				s.world.Now = time.Time{}
			}
			r := s.check(check.Options{Only: []string{"PRP005", "SUP001"}, Suppress: []check.Suppression{c.suppress}})
			var off []string
			for _, s := range r.Suppressed {
				off = append(off, s.Finding.Rule+" "+s.Finding.Node)
			}
			if got := rulesOf(r.Findings); !slices.Equal(got, c.found) || !slices.Equal(off, c.off) {
				t.Errorf("findings %v, want %v; suppressed %v, want %v", got, c.found, off, c.off)
			}
			if open := slices.Contains(r.NotJudged, "SUP001"); open != c.open {
				t.Errorf("not judged: %v", open)
			}
		})
	}
	for name, bad := range map[string]check.Suppression{
		"no reason": {Rule: "PRP005", Reason: " "}, "no rule": {Reason: "x"}, "unknown rule": {Rule: "PRP999", Reason: "x"},
		"malformed": {Rule: "PRP005", Path: "[", Reason: "x"}, "no such rules": {Rule: "XYZ*", Reason: "x"},
	} {
		c := s.load()
		r, err := check.Run(t.Context(), c, check.Options{Suppress: []check.Suppression{bad}})
		var option *check.OptionsError
		if r != nil || !errors.As(err, &option) || option.Option != "Suppress[0]" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadSuppressions(t *testing.T) {
	list, err := check.ReadSuppressions(strings.NewReader(`{"$schema": "x", "schema": 1, "suppressions": [{"rule": "KEY007", "reason": "test", "until": "2027-01-01T00:00:00Z"}]}`))
	if err != nil || len(list) != 1 || list[0].Until.Year() != 2027 {
		t.Errorf("%v, %v", list, err)
	}
	for text, says := range map[string]string{
		``:                          "a value is missing",
		`{"suppressions": []}`:      "schema 0",
		`{"schema": 2, "rul": 1}`:   "schema 2",
		`{"schema": 1, "rules": 1}`: `line 1, column 15: rules: unknown field "rules"`,
		`{"schema": 1, "suppressions": [{"rule": "KEY007"}]}`:                                      "line 1, column 32: suppressions[0]: has no reason",
		"{\"schema\": 1,\n \"suppressions\": [{\"rule\": 7, \"reason\": \"\"}]}":                   "line 2, column 28: suppressions[0].rule: is a number; the field takes a text",
		`{"schema": 1, "suppressions": [{"rul": "KEY007", "reason": "x"}]}`:                        `suppressions[0].rul: unknown field "rul"; did you mean "rule"?`,
		`{"schema": 1, "suppressions": [{"rule": "A", "reason": "x", "rule": "B"}]}`:               `field "rule" is given twice`,
		`{"schema": 1, "suppressions": [{"rule": "A", "reason": "x", "until": "1 March 2027"}]}`:   `suppressions[0].until: does not have the form that the field takes, such as "2027-03-01"`,
		`{"schema": 1, "suppressions": [{"rule": "A", "reason": "x", "until": "2027-02-30"}]}`:     `such as "2027-03-01"`,
		`{"schema": 1, "suppressions": [{"rule": "A", "reason": "x", "until": 1804291200}]}`:       `is a number; the field takes a text such as "2027-03-01"`,
		`{"schema": 1, "suppressions": [{"rule": "A", "reason": "x", "until": "hunter2-secret"}]}`: `such as "2027-03-01"`,
	} {
		_, err := check.ReadSuppressions(strings.NewReader(text))
		var doc *check.DocumentError
		if !errors.As(err, &doc) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSuppressionUntilADate: a date counts to the end of that day in UTC.
func TestSuppressionUntilADate(t *testing.T) {
	list, err := check.ReadSuppressions(strings.NewReader(`{"schema": 1, "suppressions": [
		{"rule": "PRP005", "reason": "x", "until": "2027-02-28"},
		{"rule": "PRP005", "reason": "x", "until": "2027-02-28T06:00:00+02:00"},
		{"rule": "PRP005", "reason": "x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Time{time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 2, 28, 4, 0, 0, 0, time.UTC), {}} {
		if !list[i].Until.Equal(want) {
			t.Errorf("suppressions[%d]: %s, want %s", i, list[i].Until, want)
		}
	}
	s := faulty(t)
	for now, suppressed := range map[string]int{"2027-02-28T23:59:59Z": 1, "2027-03-01T00:00:00Z": 0} {
		s.world.Now, _ = time.Parse(time.RFC3339, now)
		if r := s.check(check.Options{Only: []string{"PRP005"}, Suppress: list[:1]}); len(r.Suppressed) != suppressed {
			t.Errorf("%s: %v", now, r.Suppressed)
		}
	}
}

// TestRead: a report is what WriteJSON writes, or what a later version will.
func TestRead(t *testing.T) {
	for _, text := range []string{
		`{"schema":1,"members":[],"findings":[]}`,
		`{"schema":1,"later":null,"members":[{"name":"a","later":{"b":null}}],"findings":[{"rule":"PRP005","severity":"error","later":[1]}]}`,
	} {
		if _, err := check.Read(strings.NewReader(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, says := range map[string]string{
		`{"schema":1,"members":[],"findings":null}`:                                                       "line 1, column 37: findings: is null",
		`{"schema":1,"members":null,"findings":[]}`:                                                       "members: is null",
		`{"schema":1,"findings":[],"members":[],"unread":null}`:                                           "unread: is null",
		`{"schema":1,"members":[],"findings":[{"rule":"PRP005","severity":"error","related":null}]}`:      "findings[0].related: is null",
		`{"schema":1,"x":{"y":[]},"members":[],"findings":[],"passed":null}`:                              "passed: is null",
		`{"schema":1,"members":[]}`:                                                                       "findings: is missing",
		`{"schema":1,"findings":[]}`:                                                                      "members: is missing",
		`{"schema":1,"members":[],"findings":[{"rule":"PRP005","severity":"fatal"}]}`:                     `findings[0].severity: is not a known severity; known are "info", "warning" and "error"`,
		`{"schema":1,"members":[],"findings":[{"rule":"PRP005","severity":"error"},{"severity":"info"}]}`: "findings[1]: has no rule",
		`{"schema":1,"members":[],"findings":[],"date":"yesterday"}`:                                      `date: does not have the form that the field takes, such as "2027-03-01T00:00:00Z"`,
		`{"schema":1,"members":[],"members":[],"findings":[]}`:                                            `field "members" is given twice`,
	} {
		_, err := check.Read(strings.NewReader(text))
		var doc *check.DocumentError
		if !errors.As(err, &doc) || doc.Document != "report" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCompare: a report that was read back is as good as the one that was
// written, and only what was judged can be fixed.
func TestCompare(t *testing.T) {
	s := faulty(t)
	before := s.check(check.Options{})
	var b bytes.Buffer
	if err := before.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	stored, err := check.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := check.Compare(stored, before); len(d.New)+len(d.Fixed) > 0 || len(d.Kept) != len(before.Findings) {
		t.Errorf("the same report: %+v", d)
	}

	s.set("node2", cluster.KeyMultiserver, "true")
	s.set("node3", cluster.KeyMultiserver, "no")
	d := check.Compare(stored, s.check(check.Options{}))
	if got := rulesOf(d.New); !slices.Equal(got, []string{"PRP005 node3"}) {
		t.Errorf("new: %v", got)
	}
	if got := rulesOf(d.Fixed); !slices.Equal(got, []string{"PRP005 node2"}) {
		t.Errorf("fixed: %v", got)
	}

	d = check.Compare(stored, s.check(check.Options{Except: []string{"PRP005"}}))
	if len(d.Fixed) > 0 || !slices.Contains(rulesOf(d.Kept), "PRP005 node2") {
		t.Errorf("a rule that did not run fixes %v", rulesOf(d.Fixed))
	}
	for node := range s.topo.Nodes {
		s.topo.Nodes[node].Mounts = nil
	}
	d = check.Compare(stored, s.check(check.Options{}))
	if len(d.Fixed) > 0 {
		t.Errorf("a report that read nothing fixes %v", rulesOf(d.Fixed))
	}
}

func TestSeverities(t *testing.T) {
	s := faulty(t)
	r := s.check(check.Options{Severities: map[string]check.Severity{"PRP005": check.Info}})
	if r.Count(check.Error) != 0 || !slices.Contains(rulesOf(r.Findings), "PRP005 node2") {
		t.Errorf("%v", rulesOf(r.Findings))
	}
	if _, err := check.Run(t.Context(), s.load(), check.Options{Severities: map[string]check.Severity{"PRP999": check.Info}}); err == nil {
		t.Error("an unknown rule was accepted")
	}
}

func TestGlobs(t *testing.T) {
	s := faulty(t)
	r := s.check(check.Options{Only: []string{"PRP*"}, Except: []string{"PRP01?"}})
	for _, id := range append(slices.Clone(r.Passed), rulesOf(r.Findings)...) {
		if !strings.HasPrefix(id, "PRP") || strings.HasPrefix(id, "PRP01") {
			t.Errorf("%s ran", id)
		}
	}
	if len(r.Passed) == 0 {
		t.Error("nothing passed")
	}
	if _, err := check.Run(t.Context(), s.load(), check.Options{Only: []string{"XYZ*"}}); err == nil {
		t.Error("a glob that matches nothing was accepted")
	}
}
