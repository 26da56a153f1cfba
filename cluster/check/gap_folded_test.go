package check_test

import (
	"slices"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestUnreadFolderIsNamedOnce: a folder that nobody may look into is named
// once, with all rules that need what is in it.
func TestUnreadFolderIsNamedOnce(t *testing.T) {
	for _, folder := range []string{"/appdata", "/appdata/conf", "/appdata/var"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			s := three(t, corpusVersion)
			s.must(s.fs.Deny("/share"+folder, true))
			r := s.check(check.Options{})
			for _, id := range []string{"APP002", "APP003", "APP010"} {
				if !slices.Contains(r.NotJudged, id) {
					t.Errorf("%s was judged", id)
				}
			}
			named := map[string]int{}
			for _, u := range r.Unread {
				if u.Reason == "permission denied" {
					named[u.Node+" "+u.Path]++
					if len(u.Rules) == 0 {
						t.Errorf("no rule needs %s", u.Path)
					}
				}
			}
			if len(named) != 3 {
				t.Errorf("%v", named)
			}
		})
	}
}
