package replacefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"
)

// rooted is a storage that declares itself. What is not to be used of it for
// writing is refused.
type rooted struct {
	afero.Fs
	dir   string
	asked []string
}

func (r *rooted) OpenRoot(name string) (*os.Root, error) {
	r.asked = append(r.asked, name)
	return os.OpenRoot(filepath.Join(r.dir, name))
}

func (r *rooted) OpenFile(name string, _ int, _ fs.FileMode) (afero.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errInjected}
}

func TestDeclaredStorage(t *testing.T) {
	dir, disk := t.TempDir(), afero.NewOsFs()
	if err := os.MkdirAll(filepath.Join(dir, "conf", "server"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := "/conf/server/f"
	write(t, disk, dir+path, "old", 0o640)
	r := &rooted{Fs: afero.NewBasePathFs(disk, dir), dir: dir}
	if err := Write(r, path, []byte("new"), Options{Expect: []byte("old")}); err != nil {
		t.Fatal(err)
	}
	if got := content(t, disk, dir+path); got != "new" {
		t.Errorf("the file holds %q", got)
	}
	if len(r.asked) != 1 || r.asked[0] != "/conf/server" {
		t.Errorf("asked for %q", r.asked)
	}
	if err := Write(r, "/conf/server/new", []byte("new"), Options{NewMode: 0o604}); err != nil {
		t.Error(err)
	}
	if got := names(t, disk, dir+"/conf/server"); got != "f new" {
		t.Errorf("the folder holds %s", got)
	}
	if err := Write(r, "/none/f", []byte("new"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestWrappersAreNotUnwrapped: what a caller put around the disk stays in
// force.
func TestWrappersAreNotUnwrapped(t *testing.T) {
	dir, disk := t.TempDir(), afero.NewOsFs()
	path := filepath.Join(dir, "f")
	write(t, disk, path, "old", 0o640)
	for _, fsys := range []afero.Fs{afero.NewReadOnlyFs(disk), afero.NewReadOnlyFs(afero.NewBasePathFs(disk, "/"))} {
		if err := Write(fsys, path, []byte("new"), Options{}); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EPERM) {
			t.Errorf("%T: %v", fsys, err)
		}
	}
	f := newFaulty(disk, 0)
	if err := Write(f, path, []byte("new"), Options{}); err != nil {
		t.Error(err)
	}
	if all := strings.Join(f.ops, " "); !strings.Contains(all, "create") || !strings.Contains(all, "rename") || !strings.Contains(all, "sync") {
		t.Errorf("the wrapper saw only %s", all)
	}
	base := afero.NewBasePathFs(disk, dir)
	if err := Write(base, "/f", []byte("newer"), Options{}); err != nil || content(t, disk, path) != "newer" {
		t.Errorf("a part of a file system: %v", err)
	}
}

func TestLongNames(t *testing.T) {
	for _, p := range places(t) {
		name := strings.Repeat("n", 255)
		path := p.dir + "/" + name
		write(t, p.fsys, path, "old", 0o640)
		if err := Write(p.fsys, path, []byte("new"), Options{}); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		if got := names(t, p.fsys, p.dir); got != name || content(t, p.fsys, path) != "new" {
			t.Errorf("%s: the folder holds %s", p.name, got)
		}
		if p.name != "disk" {
			continue
		}
		for _, path := range []string{path + "n", p.dir + strings.Repeat("/n", 3000)} {
			err := Write(p.fsys, path, []byte("new"), Options{})
			if !errors.Is(err, syscall.ENAMETOOLONG) || !strings.Contains(err.Error(), "use a shorter one") {
				t.Errorf("%d bytes: %v", len(path), err)
			}
		}
	}
}

// TestNothingToWriteTouchesNothing, not even the folder.
func TestNothingToWriteTouchesNothing(t *testing.T) {
	dir, disk := t.TempDir(), afero.NewOsFs()
	path := filepath.Join(dir, "f")
	write(t, disk, path, "same", 0o640)
	left := filepath.Join(dir, tempName("f")) // of a run that may be going on
	write(t, disk, left, "theirs", 0o600)
	stat := func(p string) fs.FileInfo {
		fi, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		return fi
	}
	folderBefore, before := stat(dir), stat(path)
	for range 3 {
		if err := Write(disk, path, []byte("same"), Options{Expect: []byte("same")}); err != nil {
			t.Fatal(err)
		}
	}
	if now := stat(dir); !now.ModTime().Equal(folderBefore.ModTime()) {
		t.Error("the folder was touched")
	}
	if now := stat(path); !os.SameFile(now, before) || !now.ModTime().Equal(before.ModTime()) {
		t.Error("the file was touched")
	}
	if got := content(t, disk, left); got != "theirs" {
		t.Errorf("another run's file holds %q", got)
	}
}
