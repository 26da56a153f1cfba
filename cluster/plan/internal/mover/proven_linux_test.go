package mover

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// TestClockIsThatOfTheOriginal: where an original is a mount point, its own storage
// decides whether times of change are trusted, not the one of the folder above.
func TestClockIsThatOfTheOriginal(t *testing.T) {
	above := t.TempDir()
	at := filepath.Join(above, "original")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with its mounts
		if unix.Unshare(unix.CLONE_NEWNS) != nil || unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil || unix.Mount("ramfs", at, "ramfs", 0, "") != nil {
			t.Log("not tried: needs root, to mount a file system in a namespace of its own")
			return
		}
		d, err := fsx.Open(afero.NewOsFs(), above)
		if err != nil {
			t.Error(err)
			return
		}
		o := &original{dir: newDir(d, ""), name: "original"}
		defer o.drop()
		if o.info, err = d.Lstat("original"); err != nil {
			t.Error(err)
			return
		}
		since, err := New(Config{RunID: "clock1"}).clock(o)
		if err != nil || !since.IsZero() {
			t.Errorf("%v, %v: the times of a ramfs are trusted", since, err)
		}
	}()
	<-done
}
