package fileowner

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/afero"
)

// info is a FileInfo of nothing but a Sys.
type info struct{ sys any }

func (info) Name() string       { return "f" }
func (info) Size() int64        { return 0 }
func (info) Mode() fs.FileMode  { return 0 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (i info) Sys() any         { return i.sys }

type told struct{}

func (told) Owner() (uid, gid int, ok bool) { return 7, 8, true }
func (told) Identity() (FileID, bool)       { return FileID{1, 2, 3}, true }

func TestSysThatTells(t *testing.T) {
	if uid, gid, ok := Of(info{told{}}); uid != 7 || gid != 8 || !ok {
		t.Error(uid, gid, ok)
	}
	if id, ok := Device(info{told{}}); id != (FileID{1, 2, 3}) || !ok {
		t.Error(id, ok)
	}
	if same, ok := Same(info{told{}}, info{told{}}); !same || !ok {
		t.Error(same, ok)
	}
}

func TestUnknownIsAResult(t *testing.T) {
	mem := afero.NewMemMapFs()
	if err := afero.WriteFile(mem, "/f", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fi, err := mem.Stat("/f")
	if err != nil {
		t.Fatal(err)
	}
	for name, fi := range map[string]fs.FileInfo{"memory": fi, "none": nil, "nil": info{nil}, "other": info{"x"}} {
		if _, _, ok := Of(fi); ok {
			t.Errorf("%s: an owner is known", name)
		}
		if _, ok := Device(fi); ok {
			t.Errorf("%s: a device is known", name)
		}
		if _, ok := Same(fi, fi); ok {
			t.Errorf("%s: sameness is known", name)
		}
	}
}

func TestOperatingSystem(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(a, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Link(a, link); err != nil {
		t.Skip("hard links are not available: ", err)
	}
	stat := func(p string) fs.FileInfo {
		fi, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		return fi
	}
	uid, gid, ok := Of(stat(a))
	if !ok {
		t.Skip("this system's FileInfo does not tell the owner")
	}
	if uid != os.Getuid() {
		t.Errorf("owner %d, want %d", uid, os.Getuid())
	}
	_ = gid // a set-group-id folder may choose it
	if same, ok := Same(stat(a), stat(link)); !same || !ok {
		t.Error("a hard link is another file")
	}
	if same, ok := Same(stat(a), stat(b)); same || !ok {
		t.Error("two files are one")
	}
	if id, ok := Device(stat(a)); id.Links != 2 || !ok {
		t.Errorf("%d links, want 2", id.Links)
	}
}
