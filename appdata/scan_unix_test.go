//go:build unix

package appdata_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

func TestScanSpecialFiles(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "conf"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "conf/server.keystore"), 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	tree := scan(t, afero.NewOsFs(), root, mustLayout(t, v70, appdata.Folder))
	if n, _ := tree.Node("conf/server.keystore"); n.Kind != appdata.Special {
		t.Errorf("a pipe is %v", n.Kind)
	}
}
