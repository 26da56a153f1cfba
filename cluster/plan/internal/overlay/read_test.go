package overlay

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

// TestAnswersWhileStepsAreAdded is for the race detector.
func TestAnswersWhileStepsAreAdded(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/a/f = 1; /r/g = 2; /a/l -> ../r; /a/up -> ..")
	o := worldOn(t, base, "copy /x /a follow")
	shared, err := o.FS("s").Open("/x")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 30 {
				if err := o.Write(inS(fmt.Sprintf("/x/%d-%d", i, j)), []byte("n"), 0); err != nil {
					t.Error(err)
				}
				if b, err := afero.ReadFile(o.FS("s"), "/x/l/g"); string(b) != "2" {
					t.Error(b, err)
				}
				if _, err := afero.ReadDir(o.FS("s"), "/x"); err != nil {
					t.Error(err)
				}
				if _, err := shared.Readdirnames(1); err != nil && err != io.EOF {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	names, err := afero.ReadDir(o.FS("s"), "/x")
	if len(names) != 4*30+3 || err != nil {
		t.Error(len(names), err)
	}
}

// callCount counts what a storage is asked.
type callCount struct {
	afero.Fs
	mu    sync.Mutex
	calls []string
}

func (c *callCount) note(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, op)
}

func (c *callCount) Stat(p string) (os.FileInfo, error) {
	c.note("lstat") // this storage has no other way to ask
	return c.Fs.Stat(p)
}

func (c *callCount) Open(p string) (afero.File, error) {
	c.note("open")
	return c.Fs.Open(p)
}

// TestCostIsThatOfTheSteps plans the same on 10 and on 10,000 files.
func TestCostIsThatOfTheSteps(t *testing.T) {
	count := func(files int) (planning, reading []string) {
		base := afero.NewMemMapFs()
		for i := range files {
			if err := afero.WriteFile(base, fmt.Sprintf("/opt/ucd/appdata/var/repository/%d/%d", i%100, i), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		buildTree(t, base, "/share/; /opt/ucd/appdata/conf/k = 1")
		c := &callCount{Fs: base}
		o := worldOn(t, c,
			"copy /share/appdata /opt/ucd/appdata exclude conf/k,var/none", "write /share/appdata/conf/k 2", "copy /share/again /share/appdata follow",
			"rename /opt/ucd/appdata /opt/ucd/appdata.retired", "remove /opt/ucd/appdata.retired/var")
		planning = slices.Clone(c.calls)
		c.calls = nil
		if fi, err := o.FS("s").Stat("/share/again/var/repository/9/9"); err != nil || fi.IsDir() {
			t.Fatal(fi, err)
		}
		return planning, c.calls
	}
	few, fewRead := count(10)
	many, manyRead := count(10_000)
	if diff := cmp.Diff(few, many); diff != "" {
		t.Errorf("planning (-10 +10,000 files):\n%s", diff)
	}
	if diff := cmp.Diff(fewRead, manyRead); diff != "" {
		t.Errorf("reading (-10 +10,000 files):\n%s", diff)
	}
	if len(many) == 0 || len(many) > 40 || slices.Contains(many, "open") || slices.Contains(manyRead, "open") {
		t.Errorf("planning asked %v", many)
	}
	t.Logf("%d calls to plan 5 steps", len(many))
}

func TestListsAFolderWhenAsked(t *testing.T) {
	base := afero.NewMemMapFs()
	buildTree(t, base, "/a/b/f = 1; /a/c/g = 2")
	c := &callCount{Fs: base}
	o := worldOn(t, c, "copy /x /a", "write /x/b/n 3")
	c.calls = nil
	d, err := o.FS("s").Open("/x/b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat(); err != nil || slices.Contains(c.calls, "open") {
		t.Errorf("an open folder asked %v", c.calls)
	}
	c.calls = nil
	for range 3 {
		if _, err := d.Readdirnames(1); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"open"}, c.calls); diff != "" {
		t.Errorf("listing (-want +asked):\n%s", diff)
	}
}

func TestOfAnUnknownStorage(t *testing.T) {
	o := New(map[string]afero.Fs{"s": afero.NewMemMapFs(), "none": nil})
	if o.FS("none") != nil || o.FS("other") != nil || len(o.Storages()) != 1 || o.Storages()["s"] == nil {
		t.Errorf("world %v", o.Storages())
	}
	other := cluster.Place{Storage: "other", Path: "/a"}
	for _, err := range []error{
		o.Mkdir(other, 0o755), o.Write(other, nil, 0), o.Symlink(other, "x"), o.Remove(other), o.Rename(other, other),
		o.Copy(other, inS("/"), Shape{}), o.Copy(inS("/a"), other, Shape{}),
	} {
		if err == nil || !strings.Contains(err.Error(), `/a: the world has no storage "other"`) {
			t.Error(err)
		}
	}
}

// brokenFs cannot read one path and says so with a path of its own.
type brokenFs struct{ afero.Fs }

func (b brokenFs) Stat(p string) (os.FileInfo, error) {
	if strings.HasSuffix(p, "/broken") {
		return nil, &fs.PathError{Op: "stat", Path: "/real/path", Err: syscall.EIO}
	}
	return b.Fs.Stat(p)
}

func (b brokenFs) Open(p string) (afero.File, error) {
	if strings.HasSuffix(p, "/shut") {
		return nil, &fs.PathError{Op: "open", Path: "/real/path", Err: fs.ErrPermission}
	}
	return b.Fs.Open(p)
}

func TestPassesErrorsOn(t *testing.T) {
	base := brokenFs{afero.NewMemMapFs()}
	buildTree(t, base, "/a/x/broken = 1; /a/f = 2; /a/shut = 3; /d/shut/f = 4")
	o := worldOn(t, base, "copy /b /a", "copy /c /a follow", "copy /b /d")
	for _, dir := range []string{"/a", "/c"} {
		_, err := o.FS("s").Stat(dir + "/x/broken")
		wantPathError(t, err, dir+"/x/broken", syscall.EIO)
		_, err = o.FS("s").Open(dir + "/shut")
		wantPathError(t, err, dir+"/shut", fs.ErrPermission)
		d, err := o.FS("s").Open(dir + "/x")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Readdir(-1)
		wantPathError(t, err, dir+"/x", syscall.EIO)
	}
	d, err := o.FS("s").Open("/d/shut")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Readdirnames(-1)
	wantPathError(t, err, "/d/shut", fs.ErrPermission)
	for _, err := range []error{
		o.Remove(inS("/a/x/broken")), o.Write(inS("/a/x/broken"), nil, 0), o.Mkdir(inS("/a/x/broken"), 0o700),
		o.Symlink(inS("/a/x/broken"), "t"), o.Rename(inS("/a/x/broken"), inS("/z")), o.Copy(inS("/z"), inS("/a/x/broken"), Shape{}),
		o.Copy(inS("/a/x/broken"), inS("/a/f"), Shape{}), o.Rename(inS("/a/f"), inS("/a/x/broken")),
	} {
		wantPathError(t, err, "/a/x/broken", syscall.EIO)
	}
	if err := o.Copy(inS("/y"), inS("/a"), Shape{Exclude: []string{"x/broken"}}); err != nil {
		t.Error("what is excluded need not be readable:", err)
	}
	_, err = o.FS("s").Stat("/y/x/broken")
	wantPathError(t, err, "/y/x/broken", syscall.ENOENT)
	if err := o.Copy(inS("/z"), inS("/a"), Shape{Exclude: []string{"x/broken/far"}}); err != nil {
		t.Error("nothing below the source is looked at:", err)
	}
	_, err = o.FS("s").Stat("/z/x/broken/far")
	wantPathError(t, err, "/z/x/broken/far", syscall.EIO)
}

func wantPathError(t *testing.T, err error, path string, is error) {
	t.Helper()
	pe := (*fs.PathError)(nil)
	if !errors.As(err, &pe) || pe.Path != path || !errors.Is(err, is) || strings.Contains(err.Error(), "/real") {
		t.Errorf("%v, want %s: %v", err, path, is)
	}
}

func TestFilesRead(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/a/f = 0123456789; /d/; /l -> a/f")
	o := worldOn(t, base, "copy /mapped /a", "write /planned 0123456789")
	for _, p := range []string{"/mapped/f", "/planned", "/l"} {
		f, err := o.FS("s").Open(p)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4)
		if n, err := f.ReadAt(buf, 8); n != 2 || err != io.EOF || string(buf[:2]) != "89" {
			t.Errorf("%s: ReadAt = %d %q %v", p, n, buf, err)
		}
		if n, err := f.Seek(-4, io.SeekEnd); n != 6 || err != nil {
			t.Errorf("%s: Seek = %d %v", p, n, err)
		}
		if b, err := io.ReadAll(f); string(b) != "6789" || err != nil {
			t.Errorf("%s: read %q %v", p, b, err)
		}
		_, seekErr := f.Seek(-1, io.SeekStart)
		_, atErr := f.ReadAt(buf, -1)
		_, dirErr := f.Readdir(1)
		_, nameErr := f.Readdirnames(1)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		_, readErr := f.Read(buf)
		for i, c := range []struct{ got, want error }{
			{seekErr, syscall.EINVAL}, {atErr, nil}, {dirErr, syscall.ENOTDIR}, {nameErr, syscall.ENOTDIR},
			{readErr, fs.ErrClosed}, {f.Close(), fs.ErrClosed},
		} {
			pe := (*fs.PathError)(nil)
			if !errors.As(c.got, &pe) || pe.Path != p || c.want != nil && !errors.Is(c.got, c.want) {
				t.Errorf("%s, %d: %v, want %v", p, i, c.got, c.want)
			}
		}
	}
	d, err := o.FS("s").Open("/d")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(nil); !errors.Is(err, syscall.EISDIR) {
		t.Error(err)
	}
	if _, err := d.Seek(1, io.SeekStart); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Readdir(-1); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

func TestRefusesToWrite(t *testing.T) {
	base := afero.NewMemMapFs()
	buildTree(t, base, "/a/f = 1")
	o := worldOn(t, base, "write /g 2")
	fsys := o.FS("s")
	f, err := fsys.Open("/a/f")
	if err != nil {
		t.Fatal(err)
	}
	d, err := fsys.OpenFile("/a", os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, do := range []func() error{
		func() error { _, err := fsys.Create("/x"); return err },
		func() error { _, err := fsys.OpenFile("/a/f", os.O_RDWR, 0); return err },
		func() error { _, err := fsys.OpenFile("/x", os.O_CREATE, 0o600); return err },
		func() error { return fsys.Mkdir("/x", 0o700) },
		func() error { return fsys.MkdirAll("/x/y", 0o700) },
		func() error { return fsys.Remove("/a/f") },
		func() error { return fsys.RemoveAll("/a") },
		func() error { return fsys.Rename("/a", "/b") },
		func() error { return fsys.Chmod("/a", 0o700) },
		func() error { return fsys.Chown("/a", 1, 1) },
		func() error { return fsys.Chtimes("/a", time.Time{}, time.Time{}) },
		func() error { _, err := f.Write([]byte("x")); return err },
		func() error { _, err := f.WriteString("x"); return err },
		func() error { _, err := f.WriteAt([]byte("x"), 0); return err },
		func() error { return f.Truncate(0) },
		func() error { return d.Truncate(0) },
	} {
		if err := do(); !errors.Is(err, syscall.EROFS) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if err := fsys.(afero.Linker).SymlinkIfPossible("a", "/l"); !errors.Is(err, afero.ErrNoSymlink) {
		t.Error(err)
	}
	if _, err := fsys.(afero.LinkReader).ReadlinkIfPossible("/a"); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"/a/", "/a/f = 1"}, listTree(t, base, "/")); diff != "" {
		t.Errorf("the storage changed:\n%s", diff)
	}
}
