package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestEditsCure makes the edits that findings carry and checks again: the fix
// as data is one only if the finding is gone after it, and if it is one of a
// file that the member has.
func TestEditsCure(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCases() {
		if len(c.want) == 0 {
			continue
		}
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			s := c.run(t)
			o := check.Options{Only: []string{c.rule}}
			type place struct{ node, path, subject, message string }
			edited := map[place]bool{}
			for _, f := range s.check(o).Findings {
				for _, e := range f.Edits {
					if e.Node != f.Node || e.Key == "" || e.Op != "set" && e.Op != "remove" {
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
	for _, id := range []string{"PRP005", "PRP013", "PRP018", "PRP019"} {
		if !seen[id] {
			t.Errorf("no case of %s carries an edit", id)
		}
	}
}
