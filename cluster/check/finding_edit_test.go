package check_test

import (
	"slices"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/props"
)

// TestEditsCure makes the edits that findings carry and checks again: the fix
// as data is one only if the finding is gone after it, and if it is one of a
// file that the member has.
func TestEditsCure(t *testing.T) {
	seen := map[string]bool{}
	type trial struct {
		rule, name string
		site       func(*testing.T) *site
	}
	var trials []trial
	for _, c := range allCases() {
		if len(c.want) > 0 {
			trials = append(trials, trial{c.rule, c.name, func(t *testing.T) *site { return c.run(t) }})
		}
	}
	for _, d := range defects() {
		if slices.ContainsFunc(check.Rules(), func(r check.Rule) bool { return r.ID == d.rule && r.Edits != "" }) {
			trials = append(trials, trial{d.rule, d.name, func(t *testing.T) *site {
				s := d.site(t)
				d.seed(s)
				return s
			}})
		}
	}
	for _, c := range trials {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			s := c.site(t)
			o := check.Options{Only: []string{c.rule}}
			type place struct{ node, path, subject, message string }
			edited := map[place]bool{}
			for _, f := range s.check(o).Findings {
				for _, e := range f.Edits {
					if e.Node != f.Node || e.Key == "" && e.Op != "append" {
						t.Errorf("%s edits %+v", f.Message, e)
						continue
					}
					seen[c.rule] = true
					edited[place{f.Node, f.Path, f.Subject, f.Message}] = true
					s.edited(e)
				}
			}
			if len(edited) == 0 {
				return
			}
			for _, f := range s.check(o).Findings {
				if edited[place{f.Node, f.Path, f.Subject, f.Message}] {
					t.Errorf("still there: %s %s: %s", f.Rule, f.Node, f.Message)
				}
			}
		})
	}
	for _, r := range check.Rules() {
		if seen[r.ID] != (r.Edits != "") {
			t.Errorf("%s: findings of the cases carry edits: %v, and Rule.Edits is %q", r.ID, seen[r.ID], r.Edits)
		}
	}
}

// TestFindingInOneLine: the one line tells the place as exactly as the report does.
func TestFindingInOneLine(t *testing.T) {
	f := check.Finding{Rule: "PRP008", Severity: check.Warning, Node: "ucd3", Path: "/a/b.properties", Message: "is misspelled"}
	if got, want := f.String(), "warning PRP008 ucd3: is misspelled [/a/b.properties]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f.Pos = props.Position{Name: f.Path, Line: 65, Column: 1}
	if got, want := f.String(), "warning PRP008 ucd3: is misspelled [/a/b.properties:65:1]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f.Pos, f.Message = props.Position{}, "/a/b.properties does not exist"
	if got, want := f.String(), "warning PRP008 ucd3: /a/b.properties does not exist"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
