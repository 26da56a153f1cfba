package overlay

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

func inS(path string) cluster.Place { return cluster.Place{Storage: "s", Path: path} }

// worldOn plans steps, as in stepCase, on a storage.
func worldOn(t *testing.T, base afero.Fs, steps ...string) *World {
	t.Helper()
	o := New(map[string]afero.Fs{"s": base})
	for _, s := range steps {
		if err := scriptStep(o, s); err != nil {
			t.Fatal(s, err)
		}
	}
	return o
}

func TestListsAsTheSystemDoes(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("n%d.Ä b", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"d", "d2", "old"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := filepath.ToSlash(dir)
	o := worldOn(t, afero.NewOsFs(), "remove "+p+"/d", "rename "+p+"/old "+p+"/n1-new", "symlink "+p+"/a n1", "write "+p+"/zz 1")
	f, err := o.FS("s").Open(p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for {
		list, err := f.Readdir(7)
		for _, fi := range list {
			names = append(names, fi.Name()+" "+fi.Mode().Type().String())
		}
		if err == io.EOF {
			break
		}
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
	}
	if rest, err := f.Readdir(0); len(rest) != 0 || err != nil {
		t.Errorf("at the end Readdir(0) = %v, %v", rest, err)
	}
	if rest, err := f.Readdirnames(1); len(rest) != 0 || err != io.EOF {
		t.Errorf("at the end Readdirnames(1) = %v, %v", rest, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var again []string
	for {
		list, err := f.Readdirnames(9)
		again = append(again, list...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, err := range []error{
		os.Remove(filepath.Join(dir, "d")), os.Rename(filepath.Join(dir, "old"), filepath.Join(dir, "n1-new")),
		os.Symlink("n1", filepath.Join(dir, "a")), os.WriteFile(filepath.Join(dir, "zz"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var want, wantNames []string
	for _, e := range entries {
		want = append(want, e.Name()+" "+e.Type().String())
		wantNames = append(wantNames, e.Name())
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("Readdir (-system +overlay):\n%s", diff)
	}
	if diff := cmp.Diff(wantNames, again); diff != "" {
		t.Errorf("Readdirnames (-system +overlay):\n%s", diff)
	}
}

// TestIsAFileSystem lets the standard library's own test loose on a
// world with copies, edits, links and gaps.
func TestIsAFileSystem(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/w/a/f = 1; /w/a/g = 22; /w/b/h = 333; /w/l -> a; /w/k -> a/f")
	o := worldOn(t, base, "copy /w/c /w/a", "write /w/c/f edited", "remove /w/a/g", "mkdir /w/new", "copy /w/b /w/c", "rename /w/k /w/j", "symlink /w/b/k f")
	fsys := afero.NewIOFS(afero.NewBasePathFs(o.FS("s"), "/w"))
	if err := fstest.TestFS(fsys, "a/f", "b/f", "b/h", "c/g", "new"); err != nil {
		t.Error(err)
	}
}

func TestInfoIsTheFutures(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir())
	past := time.Unix(1e9, 0)
	if err := os.WriteFile(dir+"/old", []byte("content"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir+"/old", 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(dir+"/old", past, past); err != nil {
		t.Fatal(err)
	}
	o := worldOn(t, afero.NewOsFs(), "copy "+dir+"/new "+dir+"/old", "write "+dir+"/old x", "write "+dir+"/fresh x", "symlink "+dir+"/l new")
	if err := o.Mkdir(inS(dir+"/d"), 0o2750|fs.ModeSymlink); err != nil {
		t.Fatal(err)
	}
	data := []byte("data")
	if err := o.Write(inS(dir+"/secret"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	copy(data, "gone")
	if b, err := afero.ReadFile(o.FS("s"), dir+"/secret"); string(b) != "data" {
		t.Errorf("the caller's bytes are not the plan's: %q, %v", b, err)
	}
	fsys := o.FS("s")
	for _, c := range []struct {
		path, want string
		sys        bool
	}{
		{dir + "/new", "new 7 -rw-r----- 1000000000", true},
		{dir + "/l", "l 7 -rw-r----- 1000000000", true},
		{dir + "/./d/../new", "new 7 -rw-r----- 1000000000", true},
		{dir + "/old", "old 1 -rw-r----- 1000000000", true},
		{dir + "/fresh", "fresh 1 -rw-r--r-- -", false},
		{dir + "/secret", "secret 4 -rw------- -", false},
		{dir + "/d/", "d 0 drwxr-x--- -", true},
	} {
		fi, err := fsys.Stat(c.path)
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := fsys.Open(c.path)
		if err != nil {
			t.Error(err)
			continue
		}
		fi2, err := f.Stat()
		if err != nil || f.Name() != c.path || f.Sync() != nil || f.Close() != nil {
			t.Error(c.path, f.Name(), err)
		}
		if diff := cmp.Diff(c.want, infoText(fi)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, diff)
		}
		if diff := cmp.Diff(c.want, infoText(fi2)); diff != "" {
			t.Errorf("%s opened (-want +got):\n%s", c.path, diff)
		}
		if (fi.Sys() != nil) != c.sys {
			t.Errorf("%s: Sys %v", c.path, fi.Sys())
		}
	}
	// A new folder is on the device of the one that holds it, and is no other file.
	made, err1 := fsys.Stat(dir + "/d")
	above, err2 := fsys.Stat(dir)
	x, ok1 := fileowner.Device(made)
	y, ok2 := fileowner.Device(above)
	if _, _, owned := fileowner.Of(made); err1 != nil || err2 != nil || ok1 != ok2 || x.Dev != y.Dev || ok1 && x.Ino == y.Ino || owned {
		t.Errorf("a new folder is on %v, %t, and the one above on %v, %t", x, ok1, y, ok2)
	}
	if fi, _ := fsys.Stat("/"); fi.Name() != "/" {
		t.Errorf("the root's name is %q", fi.Name())
	}
}

func TestMergedModes(t *testing.T) {
	for _, keep := range []bool{false, true} {
		base := afero.NewMemMapFs()
		for dir, mode := range map[string]fs.FileMode{"/a": 0o750, "/a/d": 0o751, "/a/n": 0o752, "/e": 0o700, "/e/d": 0o701, "/e/o": 0o702} {
			if err := base.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := base.Chmod(dir, mode|fs.ModeDir); err != nil {
				t.Fatal(err)
			}
		}
		o := worldOn(t, base)
		if err := o.Copy(inS("/e"), inS("/a"), Shape{KeepMode: keep}); err != nil {
			t.Fatal(err)
		}
		want := map[string]fs.FileMode{"/e": 0o750, "/e/d": 0o751, "/e/n": 0o752, "/e/o": 0o702}
		if keep {
			want["/e"] = 0o700
		}
		for dir, mode := range want {
			if fi, err := o.FS("s").Stat(dir); err != nil || fi.Mode() != mode|fs.ModeDir {
				t.Errorf("keep %v: %s has mode %v, want %v", keep, dir, fi.Mode(), mode)
			}
		}
	}
}

func infoText(fi fs.FileInfo) string {
	at := "-"
	if !fi.ModTime().IsZero() {
		at = fmt.Sprint(fi.ModTime().Unix())
	}
	return fmt.Sprintf("%s %d %v %s", fi.Name(), fi.Size(), fi.Mode().Type()|fi.Mode().Perm(), at)
}
