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
	if !strings.Contains(out.String(), "then 0 errors") {
		t.Errorf("the preview is not clean:\n%s", &out)
	}
	if fi, err := fsys.Stat("/media"); err == nil {
		t.Errorf("the preview wrote %s", fi.Name())
	}
}

// The README shows the function of this program, letter by letter.
func TestReadmeShowsThisProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(readme), "```go\n")
	block, _, ok2 := strings.Cut(block, "```")
	if !ok || !ok2 {
		t.Fatal("the README has no Go block")
	}
	if !strings.Contains(string(source), block) {
		t.Errorf("the README's Go block is not part of main.go:\n%s", block)
	}
}
