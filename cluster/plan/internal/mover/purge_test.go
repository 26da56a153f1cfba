package mover

import (
	"errors"
	"io/fs"
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

// fickle is a folder in which a file becomes something else when it was looked at.
type fickle struct {
	handle
	become func(name string) error
}

func (f fickle) Lstat(name string) (fs.FileInfo, error) {
	info, err := f.handle.Lstat(name)
	return info, errors.Join(err, f.become(name))
}

// TestOriginalThatBecomesSomethingElseHasChanged: between the look at an original and
// its reading, too, that is no more than a change of it.
func TestOriginalThatBecomesSomethingElseHasChanged(t *testing.T) {
	at := t.TempDir()
	for what, become := range map[string]func(name string) error{
		"folder": func(name string) error { return os.Mkdir(name, 0o700) },
		"link":   func(name string) error { return os.Symlink(at, name) },
	} {
		name := filepath.Join(at, "file")
		if err := os.WriteFile(name, []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := fsx.Open(afero.NewOsFs(), at)
		if err != nil {
			t.Fatal(err)
		}
		x := item{name: "file", dir: newDir(fickle{d, func(string) error { return errors.Join(os.Remove(name), become(name)) }}, "")}
		same, err := (&scratch{}).still(t.Context(), &judged{it: x, size: 1})
		x.dir.drop()
		if same || err != nil {
			t.Errorf("%s: %t, %v", what, same, err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
