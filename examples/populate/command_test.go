package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// The commands of a runbook carry out the runbook's own plan: a shell splits them
// into arguments that give the same plan id, and all of them together move the
// data, rename the originals aside and go back.
func TestRunbookCommandsAreForItsPlan(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("sh is not installed")
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(root, "it's $HOME `now` *")
	install, share := filepath.Join(root, "server"), filepath.Join(root, "share")
	fsys := afero.NewOsFs()
	if err := clustertest.Build(fsys, install, clustertest.Spec{Scheme: appdata.InInstall}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(share, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-install", install, "-appdata", filepath.Join(share, "appdata"), "-links", "keep", "-best-effort", "-workers", "3"}
	pid := filepath.Join(install, "var", "server.pid")
	if err := os.WriteFile(pid, []byte("4711"), 0o644); err != nil { // it runs, days before the outage
		t.Fatal(err)
	}
	code, book := call(fsys, append(args, "-runbook")...)
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, book)
	}
	id := regexp.MustCompile("- Plan: `([0-9a-f]+)`").FindStringSubmatch(book)[1]
	lines := regexp.MustCompile(`(?m)^  populate (.*)$`).FindAllStringSubmatch(book, -1)
	var done []string
	for _, l := range lines {
		out, err := exec.Command(sh, "-c", `printf '%s\n' `+l[1]).Output()
		if err != nil {
			t.Fatalf("%s: %v", l[1], err)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		last := len(words) - 1
		if d := cmp.Diff(args, words[:last]); d != "" {
			t.Errorf("(-given +printed)\n%s", d)
		}
		done = append(done, words[last])
		if words[last] == "-purge" {
			continue // it would leave nothing to go back to
		}
		if words[last] == "-apply" {
			// Planned again on the day, after -prime, it is the same plan.
			if code, again := call(fsys, append(args, "-runbook")...); code != exitDone || !strings.Contains(again, "- Plan: `"+id+"`") {
				t.Errorf("on the day: exit code %d\n%s", code, again)
			}
			if code, out := call(fsys, words...); code != exitRefused || !strings.Contains(out, "OPS001") {
				t.Errorf("the server runs: exit code %d\n%s", code, out)
			}
			if err := os.Remove(pid); err != nil {
				t.Fatal(err)
			}
		}
		code, out2 := call(fsys, words...)
		if code != exitDone {
			t.Errorf("%v: exit code %d\n%s", words, code, out2)
		}
		if words[last] == "-runbook" && out2 != book {
			t.Errorf("another runbook:\n%s", cmp.Diff(book, out2))
		}
		aside := filepath.Join(install, "patches.retired-"+id)
		if _, err := os.Stat(aside); words[last] == "-retire" && err != nil {
			t.Errorf("not the runbook's plan: %v", err)
		}
	}
	if d := cmp.Diff([]string{"-runbook", "-prime", "-apply", "-retire", "-purge", "-revert"}, done); d != "" {
		t.Errorf("(-want +printed)\n%s", d)
	}
	if _, err := os.Stat(filepath.Join(install, "patches")); err != nil {
		t.Errorf("not reverted: %v", err)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ text, posix, windows string }{
		{"/opt/ibm-ucd", "/opt/ibm-ucd", "/opt/ibm-ucd"},
		{`C:\Program Files\ucd`, `'C:\Program Files\ucd'`, `'C:\Program Files\ucd'`},
		{`C:\ucd`, `'C:\ucd'`, `C:\ucd`},
		{"a'b’c", `'a'\''b’c'`, `'a''b’’c'`},
		{"a,b", "a,b", "'a,b'"},
		{"", "''", "''"},
	} {
		if got := quote(false, c.text); got != c.posix {
			t.Errorf("POSIX: %q is %s, want %s", c.text, got, c.posix)
		}
		if got := quote(true, c.text); got != c.windows {
			t.Errorf("PowerShell: %q is %s, want %s", c.text, got, c.windows)
		}
	}
}
