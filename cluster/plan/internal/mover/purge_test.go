package mover

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// TestPurgeRemovesFoldersOnly: what has the name of an emptied folder by then, and
// is none, is somebody's.
func TestPurgeRemovesFoldersOnly(t *testing.T) {
	above := t.TempDir()
	name := filepath.Join(above, "folder")
	for _, c := range []struct {
		make  func() error
		stays bool
	}{
		{func() error { return os.Symlink(above, name) }, true},
		{func() error { return os.WriteFile(name, nil, 0o600) }, true},
		{func() error { return os.Mkdir(name, 0o700) }, false},
	} {
		if err := c.make(); err != nil {
			t.Fatal(err)
		}
		d, err := fsx.Open(afero.NewOsFs(), above)
		if err != nil {
			t.Fatal(err)
		}
		p := &purger{m: New(Config{}), o: &original{}}
		x := item{rel: "var/folder", dir: newDir(d, ""), name: "folder"}
		err = p.folder(x)
		x.dir.drop()
		_, there := os.Lstat(name)
		if err != nil || c.stays != (there == nil) || c.stays != (p.kept == 1) {
			t.Errorf("%v; there: %v; kept %d: %s", err, there, p.kept, p.first)
		}
		_ = os.Remove(name)
	}
}
