package plan

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

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

// TestOverlayAnswersWhileStepsAreAdded is for the race detector.
func TestOverlayAnswersWhileStepsAreAdded(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/a/f = 1; /r/g = 2; /a/l -> ../r; /a/up -> ..")
	o := overlayOn(t, base, "copy /x /a follow")
	shared, err := o.fs("s").Open("/x")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 30 {
				if err := o.write(inS(fmt.Sprintf("/x/%d-%d", i, j)), []byte("n"), 0); err != nil {
					t.Error(err)
				}
				if b, err := afero.ReadFile(o.fs("s"), "/x/l/g"); string(b) != "2" {
					t.Error(b, err)
				}
				if _, err := afero.ReadDir(o.fs("s"), "/x"); err != nil {
					t.Error(err)
				}
				if _, err := shared.Readdirnames(1); err != nil && err != io.EOF {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	names, err := afero.ReadDir(o.fs("s"), "/x")
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

// TestOverlayCostIsThatOfTheSteps plans the same on 10 and on 10,000 files.
func TestOverlayCostIsThatOfTheSteps(t *testing.T) {
	count := func(files int) (planning, reading []string) {
		base := afero.NewMemMapFs()
		for i := range files {
			if err := afero.WriteFile(base, fmt.Sprintf("/opt/ucd/appdata/var/repository/%d/%d", i%100, i), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		buildTree(t, base, "/share/; /opt/ucd/appdata/conf/k = 1")
		c := &callCount{Fs: base}
		o := overlayOn(t, c,
			"copy /share/appdata /opt/ucd/appdata exclude conf/k,var/none", "write /share/appdata/conf/k 2", "copy /share/again /share/appdata follow",
			"rename /opt/ucd/appdata /opt/ucd/appdata.retired", "remove /opt/ucd/appdata.retired/var")
		planning = slices.Clone(c.calls)
		c.calls = nil
		if fi, err := o.fs("s").Stat("/share/again/var/repository/9/9"); err != nil || fi.IsDir() {
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

func TestOverlayListsAFolderWhenAsked(t *testing.T) {
	base := afero.NewMemMapFs()
	buildTree(t, base, "/a/b/f = 1; /a/c/g = 2")
	c := &callCount{Fs: base}
	o := overlayOn(t, c, "copy /x /a", "write /x/b/n 3")
	c.calls = nil
	d, err := o.fs("s").Open("/x/b")
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

func TestOverlayOfAnUnknownStorage(t *testing.T) {
	o := newOverlays(map[string]afero.Fs{"s": afero.NewMemMapFs(), "none": nil})
	if o.fs("none") != nil || o.fs("other") != nil || len(o.world()) != 1 || o.world()["s"] == nil {
		t.Errorf("world %v", o.world())
	}
	other := cluster.Place{Storage: "other", Path: "/a"}
	for _, err := range []error{
		o.mkdir(other, 0o755), o.write(other, nil, 0), o.symlink(other, "x"), o.remove(other), o.rename(other, other),
		o.copyTree(other, inS("/"), copyShape{}), o.copyTree(inS("/a"), other, copyShape{}),
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

func TestOverlayPassesErrorsOn(t *testing.T) {
	base := brokenFs{afero.NewMemMapFs()}
	buildTree(t, base, "/a/x/broken = 1; /a/f = 2; /a/shut = 3; /d/shut/f = 4")
	o := overlayOn(t, base, "copy /b /a", "copy /c /a follow", "copy /b /d")
	for _, dir := range []string{"/a", "/c"} {
		_, err := o.fs("s").Stat(dir + "/x/broken")
		wantPathError(t, err, dir+"/x/broken", syscall.EIO)
		_, err = o.fs("s").Open(dir + "/shut")
		wantPathError(t, err, dir+"/shut", fs.ErrPermission)
		d, err := o.fs("s").Open(dir + "/x")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Readdir(-1)
		wantPathError(t, err, dir+"/x", syscall.EIO)
	}
	d, err := o.fs("s").Open("/d/shut")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Readdirnames(-1)
	wantPathError(t, err, "/d/shut", fs.ErrPermission)
	for _, err := range []error{
		o.remove(inS("/a/x/broken")), o.write(inS("/a/x/broken"), nil, 0), o.mkdir(inS("/a/x/broken"), 0o700),
		o.symlink(inS("/a/x/broken"), "t"), o.rename(inS("/a/x/broken"), inS("/z")), o.copyTree(inS("/z"), inS("/a/x/broken"), copyShape{}),
		o.copyTree(inS("/a/x/broken"), inS("/a/f"), copyShape{}), o.rename(inS("/a/f"), inS("/a/x/broken")),
	} {
		wantPathError(t, err, "/a/x/broken", syscall.EIO)
	}
	if err := o.copyTree(inS("/y"), inS("/a"), copyShape{Exclude: []string{"x/broken"}}); err != nil {
		t.Error("what is excluded need not be readable:", err)
	}
	err = o.copyTree(inS("/z"), inS("/a"), copyShape{Exclude: []string{"x/broken/far"}})
	wantPathError(t, err, "/a", syscall.EIO)
}

func wantPathError(t *testing.T, err error, path string, is error) {
	t.Helper()
	pe := (*fs.PathError)(nil)
	if !errors.As(err, &pe) || pe.Path != path || !errors.Is(err, is) || strings.Contains(err.Error(), "/real") {
		t.Errorf("%v, want %s: %v", err, path, is)
	}
}
