package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/long"
)

// needed are the files of node1 that a sound cluster cannot do without.
var needed = []string{
	install + "/conf/installed.version", propFile, secFile, install + "/bin/classpath.conf",
	install + "/opt/tomcat/conf/server.xml", install + "/opt/tomcat/conf/tomcat.keystore", install + "/lib/ext",
	"/media/share/appdata/conf/encryption.keystore", "/media/share/appdata/conf/server.keystore", "/media/share/appdata/conf/installed.version",
}

// TestUnreadIsNeverAPass: whichever of them are gone, or may not be read, the
// report is not a pass: it has an Error, or it says that it is not complete. A
// file that may not be read always makes it incomplete.
func TestUnreadIsNeverAPass(t *testing.T) {
	step := 101
	if long.Tests() {
		step = 1
	}
	for set := 1; set < 1<<len(needed); set += step {
		for _, deny := range []bool{false, true} {
			s := three(t, corpusVersion)
			var which []string
			for i, f := range needed {
				if set&(1<<i) == 0 {
					continue
				}
				which = append(which, f)
				if deny {
					s.must(s.fs.Deny(s.real("node1", f), true))
				} else {
					s.must(s.fs.RemoveAll(s.real("node1", f)))
				}
			}
			r := s.check(check.Options{})
			if r.Complete() && (deny || r.Count(check.Error) == 0) {
				t.Errorf("denied: %v, %s: a pass with findings %v", deny, strings.Join(which, " "), rulesOf(r.Findings))
			}
		}
	}
}

// TestNothingReachable: a topology of which nothing can be seen is reported as
// that, for every member.
func TestNothingReachable(t *testing.T) {
	for name, hide := range map[string]func(s *site){
		"no storage": func(s *site) { clear(s.world.FS) },
		"no mounts": func(s *site) {
			for i := range s.topo.Nodes {
				s.topo.Nodes[i].Mounts = nil
			}
		},
		"no installation": func(s *site) {
			for _, n := range s.topo.Nodes {
				s.must(s.fs.RemoveAll(s.real(n.Name, install)))
			}
		},
		"a file in its place": func(s *site) {
			for _, n := range s.topo.Nodes {
				s.must(s.fs.RemoveAll(s.real(n.Name, install)))
				s.write(n.Name, install, "")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := three(t, corpusVersion)
			hide(s)
			r := s.check(check.Options{})
			var unread []string
			for _, u := range r.Unread {
				unread = append(unread, u.Node)
			}
			if want := []string{"node1", "node2", "node3"}; r.Complete() || !slices.Equal(unread, want) {
				t.Errorf("complete: %v, not read: %v", r.Complete(), r.Unread)
			}
			var text strings.Builder
			if err := r.WriteText(&text, check.TextOptions{Width: -1}); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"NOT ALL READ", "0 of 3 members read", "   1. node1, node2, node3: "} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, &text)
				}
			}
		})
	}
}
