package fsx_test

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// What is no folder is told from other errors, and a pipe is not waited for.
func TestOpenWhatIsNoFolder(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(dir+"/file", nil, 0o600), syscall.Mkfifo(dir+"/pipe", 0o600), os.Symlink("pipe", dir+"/link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "pipe", "link"} {
		done := make(chan error, 1)
		go func() {
			_, err := fsx.Open(afero.NewOsFs(), dir+"/"+name)
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, syscall.ENOTDIR) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: it is waited for", name)
		}
	}
	if _, err := fsx.Open(afero.NewOsFs(), dir+"/none"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
