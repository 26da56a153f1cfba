package installer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/installer"
)

var update = flag.Bool("update", false, "write the wanted findings anew")

// TestFilesOfTheField checks files as public automations write them: each folder
// of testdata/files is one cluster, want.txt the findings in the order of Check.
// MARKER begins every secret, STRAY what may be one.
func TestFilesOfTheField(t *testing.T) {
	dirs, err := filepath.Glob("testdata/files/*")
	if err != nil || len(dirs) < 11 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	used := map[string]bool{}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			names, _ := filepath.Glob(dir + "/*.properties")
			var files []*installer.Answers
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				a, err := installer.Read(filepath.Base(name), data)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, a)
			}
			found, unknown := installer.Check(installer.Options{}, files...)
			var got bytes.Buffer
			for _, f := range found {
				used[f.Rule] = true
				fmt.Fprintf(&got, "%s %s %s:%d %s: %s; %s\n", f.Severity, f.Rule, f.Path, f.Pos.Line, f.Subject, f.Message, f.Fix)
				for _, what := range []string{f.Title, f.Message, f.Fix, f.Source, f.Why, f.Path} {
					if what == "" {
						t.Errorf("%s lacks a part: %+v", f.Rule, f)
					}
				}
			}
			for _, u := range unknown {
				fmt.Fprintf(&got, "unknown %s %s: %s\n", u.Rule, u.Path, u.Reason)
				if u.Needs == "" {
					t.Errorf("%s does not say what it needs", u.Rule)
				}
			}
			noMarker(t, found, unknown, files)
			if text := fmt.Sprintf("%+v%+v", found, unknown); strings.Contains(text, "STRAY") {
				t.Errorf("a key that may be a password is shown: %s", text)
			}
			want := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(want, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
	for i := 1; i <= 16; i++ {
		if id := fmt.Sprintf("ANS%03d", i); !used[id] {
			t.Errorf("no file draws a finding of %s", id)
		}
	}
}

// noMarker looks for secrets in everything that can be printed.
func noMarker(t *testing.T, values ...any) {
	t.Helper()
	for _, v := range values {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(data), fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%q", v)} {
			if strings.Contains(text, "MARKER") {
				t.Errorf("%T shows a secret: %s", v, text)
			}
		}
	}
}
