package check_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
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
			for _, want := range []string{"NOT ALL READ", "0 of 3 members read", "   1. node1"} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, &text)
				}
			}
		})
	}
}

// TestFolderThatIsNotThere: one step of what to fix first names the storage and the
// place; the error about the same folder has that step's number.
func TestFolderThatIsNotThere(t *testing.T) {
	for name, c := range map[string]struct {
		hide        func(s *site)
		first, also string
	}{
		"no installation": {func(s *site) { s.must(s.fs.RemoveAll(s.real("node2", install))) },
			"   1. node2: /opt/ibm-ucd/server: does not exist; give the installation folder (the storage disk has no folder /node2/opt/ibm-ucd/server: is it mounted here, and the right one?)\n", "APP007"},
		"not even the storage": {func(s *site) { s.must(s.fs.RemoveAll("/node2")) },
			"   1. node2: /opt/ibm-ucd/server: does not exist; give the installation folder (the storage disk has no folder /node2/opt/ibm-ucd/server: is it mounted here, and the right one?)\n", "APP007"},
		"a file in its place": {func(s *site) {
			s.must(s.fs.RemoveAll(s.real("node2", install)))
			s.write("node2", install, "")
		}, "   1. node2: /opt/ibm-ucd/server: not a directory; give the installation folder (the storage disk has no folder /node2/opt/ibm-ucd/server: is it mounted here, and the right one?)\n", "APP007"},
	} {
		s := three(t, corpusVersion)
		c.hide(s)
		r := s.check(check.Options{})
		var text strings.Builder
		if err := r.WriteText(&text, check.TextOptions{Width: -1}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), c.first) || strings.Contains(text.String(), "   2. node2") || !strings.Contains(text.String(), "ERROR "+c.also+" node2") || !strings.Contains(text.String(), "  fix 1  name the installation folder") {
			t.Errorf("%s:\n%s", name, &text)
		}
	}
}

// TestFixesAreNumbered: an error's fix has the number that it has in the list of what
// to fix first, in the text and in Markdown.
func TestFixesAreNumbered(t *testing.T) {
	r := scene(t)
	var text, markdown strings.Builder
	if err := errors.Join(r.WriteText(&text, check.TextOptions{Width: -1}), r.WriteMarkdown(&markdown)); err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, line := range strings.Split(text.String(), "\n") {
		number, rest, ok := strings.Cut(strings.TrimSpace(line), ". ")
		rest, rule, of := strings.Cut(rest, " (")
		if !ok || !of || i > 25 || len(rule) != 7 {
			continue
		}
		found++
		_, fix, _ := strings.Cut(rest, ": ")
		if want := "\n  fix " + number + "  " + fix; !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
		if want := "\n- fix " + number + ": "; !strings.Contains(markdown.String(), want) {
			t.Errorf("no %q in\n%s", want, markdown.String())
		}
	}
	if found != r.Count(check.Error) {
		t.Errorf("%d numbers, %d errors:\n%s", found, r.Count(check.Error), text.String())
	}
}

// TestSameIsSaidOnce: what members have to say alike is one line, and of findings of
// one rule with one source and one fix only the first names them.
func TestSameIsSaidOnce(t *testing.T) {
	s := clustertest.NewCluster(3, clustertest.Spec{})
	s.World.TryDefaultPassword = true
	r, err := s.Check(check.Options{Only: []string{"KEY011"}})
	if err != nil {
		t.Fatal(err)
	}
	var text, markdown strings.Builder
	if err := errors.Join(r.WriteText(&text, check.TextOptions{Width: -1}), r.WriteMarkdown(&markdown)); err != nil {
		t.Fatal(err)
	}
	count := func(s string) int { return strings.Count(text.String(), s) }
	if len(r.Findings) < 3 || count("\nINFO KEY011 ") != len(r.Findings) || count("  also   node2, node3 ") != len(r.Findings) || count("  source ") != 0 || count("default passwords]") != 1 ||
		count("  fix    stop every member") != 1 || count("  fix    as for the first KEY011 finding") != len(r.Findings)-1 {
		t.Error(text.String())
	}
	for _, f := range r.Findings {
		if len(f.Related) != 2 || !strings.Contains(text.String(), "("+f.Subject+")") {
			t.Errorf("%s: %v", f, f.Related)
		}
	}
	if strings.Count(markdown.String(), "  - also: node2, node3 ") != len(r.Findings) {
		t.Error(markdown.String())
	}
}
