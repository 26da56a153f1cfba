package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

func TestPreview(t *testing.T) {
	fsys, err := clustertest.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	if err := clustertest.Demo(fsys, "/opt/ibm-ucd/server"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := preview(context.Background(), fsys, "/opt/ibm-ucd/server", "/media/share/appdata", &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "2 findings fixed, 1 new, 1 left") || !strings.Contains(out.String(), "0 errors") {
		t.Errorf("the preview is not clean:\n%s", &out)
	}
	if fi, err := fsys.Stat("/media"); err == nil {
		t.Errorf("the preview wrote %s", fi.Name())
	}
}

// The README shows this program, letter by letter after its comment.
func TestReadmeShowsThisProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, program, ok := strings.Cut(string(source), "\npackage main\n")
	if !ok || !strings.Contains(string(readme), "```go\npackage main\n"+program+"```\n") {
		t.Error("the README does not show main.go as it is")
	}
}
