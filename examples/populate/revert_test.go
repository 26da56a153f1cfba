package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// What was applied, or applied and retired, is taken back on a real disk: names,
// bytes, modes and links are those of the start. Once the server has worked on
// the target, or something was deleted, nothing is changed.
func TestRevert(t *testing.T) {
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked} {
		for _, how := range [][]string{{"-apply"}, {"-apply", "-retire"}} {
			t.Run(scheme.String()+strings.Join(how, ""), func(t *testing.T) {
				spec := clustertest.Spec{Scheme: scheme, CRLF: true}
				if scheme == appdata.Linked {
					spec.Version = "6.1.0.4.589412"
				}
				install, target := server(t, spec)
				fsys, root := afero.NewOsFs(), filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(install))))
				start, err := clustertest.Walk(fsys, root)
				if err != nil {
					t.Fatal(err)
				}
				base := []string{"-install", install, "-appdata", target}
				if code, out := call(fsys, append(base, how...)...); code != exitDone {
					t.Fatalf("%v: exit code %d\n%s", how, code, out)
				}
				code, out := call(fsys, append(base, "-revert")...)
				if code != exitDone || !strings.Contains(out, "The server is as it was") {
					t.Errorf("exit code %d\n%s", code, out)
				}
				now, err := clustertest.Walk(fsys, root)
				if d := cmp.Diff(start, now); err != nil || d != "" {
					t.Errorf("(-start +reverted) %v\n%s", err, d)
				}
				if code, out := call(fsys, append(base, "-revert")...); code == exitDone {
					t.Errorf("reverted twice\n%s", out)
				}

				if code, out := call(fsys, append(base, how...)...); code != exitDone {
					t.Fatalf("%v again: exit code %d\n%s", how, code, out)
				}
				if err := os.WriteFile(filepath.Join(target, "var", "repository", "new"), []byte("an import"), 0o640); err != nil {
					t.Fatal(err)
				}
				before, err := clustertest.Walk(fsys, root)
				if err != nil {
					t.Fatal(err)
				}
				if code, out := call(fsys, append(base, "-revert")...); code != exitRefused || !strings.Contains(out, "var/repository/new") {
					t.Errorf("the server ran: exit code %d\n%s", code, out)
				}
				if after, err := clustertest.Walk(fsys, root); err != nil || cmp.Diff(before, after) != "" {
					t.Errorf("something was changed: %v %s", err, cmp.Diff(before, after))
				}
			})
		}
	}
}

// What a run has left that was killed before it recorded its plan is removed, and
// so is the target that it made. Where nothing is left, the target stays.
func TestRevertClearsWhatAKilledRunLeft(t *testing.T) {
	install, target := server(t, clustertest.Spec{Scheme: appdata.InInstall})
	fsys, root := afero.NewOsFs(), filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(install))))
	list := func() []clustertest.Entry {
		t.Helper()
		list, err := clustertest.Walk(fsys, root)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	mkdir := func(path string) {
		t.Helper()
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	start := list()
	own := filepath.Join(target, ".deploycluster")
	for _, left := range []func(){
		func() { mkdir(own) },
		func() {
			mkdir(filepath.Join(own, "copying-000001-0123456789"))
			if err := os.WriteFile(filepath.Join(own, "run-000001-0123456789"), []byte("0123456789"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		left()
		if code, out := call(fsys, "-install", install, "-appdata", target, "-revert"); code != exitDone {
			t.Errorf("exit code %d\n%s", code, out)
		}
		if d := cmp.Diff(start, list()); d != "" {
			t.Errorf("(-start +now)\n%s", d)
		}
	}
	mkdir(target)
	made := list()
	if code, out := call(fsys, "-install", install, "-appdata", target, "-revert"); code == exitDone || !strings.Contains(out, "nothing to revert") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if d := cmp.Diff(made, list()); d != "" {
		t.Errorf("(-made +now)\n%s", d)
	}
}
