package replacefile

import (
	"io/fs"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// The mode that the caller asks for arrives with the content, in one step; where
// only the mode differs the file is replaced too, and otherwise nothing is.
func TestModeArrivesWithTheContent(t *testing.T) {
	for _, system := range []bool{false, true} {
		var fsys afero.Fs = strictfs.New(strictfs.Options{})
		path := "/f"
		if system {
			fsys, path = afero.NewOsFs(), t.TempDir()+"/f"
		}
		if err := afero.WriteFile(fsys, path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			data    string
			mode    fs.FileMode
			want    fs.FileMode
			changes bool
		}{{"new", 0o600, 0o600, true}, {"new", 0o600, 0o600, false}, {"new", 0o640, 0o640, true}, {"other", 0, 0o640, true}} {
			changes := 0
			hooked := strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Changes() {
					changes++
				}
			}})
			if err := Write(hooked, path, []byte(c.data), Options{Mode: c.mode}); err != nil {
				t.Fatal(err)
			}
			data, err := afero.ReadFile(fsys, path)
			info, serr := fsys.Stat(path)
			if err != nil || serr != nil || string(data) != c.data || info.Mode().Perm() != c.want || changes > 0 != c.changes {
				t.Errorf("%+v: %q, %v, %d changes", c, data, info.Mode(), changes)
			}
		}
		if err := Remove(fsys, path); err != nil {
			t.Error(err)
		}
		if there, _ := afero.Exists(fsys, path); there {
			t.Error("it is still there")
		}
		if err := Remove(fsys, path); err == nil {
			t.Error("removed twice")
		}
	}
}
