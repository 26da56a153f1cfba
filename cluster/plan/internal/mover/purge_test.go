package mover

import (
	"os"
	"path/filepath"
	"slices"
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

// haunted is a folder that lists a name which nothing has.
type haunted struct{ handle }

func (f haunted) Names() ([]string, error) {
	list, err := f.handle.Names()
	return append(list, "ghost"), err
}

// TestOriginalsThatGoStopNothing: what another hand has deleted since the folder was
// listed does not end the run, and the rest is visited.
func TestOriginalsThatGoStopNothing(t *testing.T) {
	at := t.TempDir()
	for _, name := range []string{"before", "later"} {
		if err := os.WriteFile(filepath.Join(at, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{1, 8} {
		d, err := fsx.Open(afero.NewOsFs(), at)
		if err != nil {
			t.Fatal(err)
		}
		o := &original{dir: newDir(haunted{d}, "")}
		var got []string
		wk := New(Config{Workers: workers}).originalWalker(Item{}, o)
		wk.visit = func(x item) error { got = append(got, x.rel); return nil }
		err = wk.walk(t.Context(), o.dir, "")
		o.drop()
		if want := []string{"", "before", "later"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%d workers: %q, %v; want %q", workers, got, err, want)
		}
	}
}
