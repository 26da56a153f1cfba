package fsx_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// scene is a file system with a file, a folder of three, a pipe and links.
func scene(t *testing.T) *strictfs.FS {
	t.Helper()
	f := strictfs.New(strictfs.Options{})
	err := errors.Join(
		f.MkdirAll("/d/sub", 0o755),
		afero.WriteFile(f, "/d/f", []byte("hello"), 0o640), afero.WriteFile(f, "/d/g", nil, 0o640),
		f.Mknod("/pipe", fs.ModeNamedPipe|0o600),
		f.SymlinkIfPossible("d/f", "/l"), f.SymlinkIfPossible("/d", "/ld"), f.SymlinkIfPossible("pipe", "/lp"),
		f.SymlinkIfPossible("none", "/gone"), f.SymlinkIfPossible("round", "/round"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// opened is a file system that counts what is opened and has no Lstat and no
// Readlink.
type opened struct {
	afero.Fs
	n int
}

func (o *opened) Open(name string) (afero.File, error) {
	o.n++
	return o.Fs.Open(name)
}

func TestLstat(t *testing.T) {
	f := scene(t)
	for _, c := range []struct {
		fsys  afero.Fs
		lstat func(afero.Fs, string) (fs.FileInfo, error)
		name  string
		link  bool
	}{
		{f, fsx.Lstat, "/l", true},
		{f, fsx.LstatListed, "/l", true},
		{struct{ afero.Fs }{f}, fsx.Lstat, "/l", false},
		{struct{ afero.Fs }{f}, fsx.LstatListed, "/l", true},
		{struct{ afero.Fs }{f}, fsx.LstatListed, "/gone", true},
		{struct{ afero.Fs }{f}, fsx.LstatListed, "/d/f", false},
		{afero.NewBasePathFs(f, "/"), fsx.LstatListed, "/l", true},
	} {
		fi, err := c.lstat(c.fsys, c.name)
		if err != nil || (fi.Mode()&fs.ModeSymlink != 0) != c.link {
			t.Errorf("%s on %T: %v, %v, want link: %v", c.name, c.fsys, fi, err, c.link)
		}
	}
	for _, fsys := range []afero.Fs{f, struct{ afero.Fs }{f}} {
		if _, err := fsx.LstatListed(fsys, "/d/none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("nothing there: %v", err)
		}
	}
	if text, err := fsx.Readlink(f, "/l"); text != "d/f" || err != nil {
		t.Error(text, err)
	}
	if _, err := fsx.Readlink(struct{ afero.Fs }{f}, "/l"); !errors.Is(err, afero.ErrNoReadlink) {
		t.Error(err)
	}
}

func TestReadLooksBeforeItOpens(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int
		want  string
		err   error
		opens bool
	}{
		{"/d/f", 5, "hello", nil, true},
		{"/l", 5, "hello", nil, true},
		{"/d/f", 4, "", fsx.ErrTooLarge, false},
		{"/pipe", 9, "", fsx.ErrNotRegular, false},
		{"/lp", 9, "", fsx.ErrNotRegular, false},
		{"/d", 9, "", fsx.ErrNotRegular, false},
		{"/gone", 9, "", fs.ErrNotExist, false},
		{"/round", 9, "", syscall.ELOOP, false},
	} {
		f := &opened{Fs: scene(t)}
		data, err := fsx.ReadFile(f, c.name, int64(c.limit))
		if string(data) != c.want || !errors.Is(err, c.err) || c.opens != (f.n > 0) {
			t.Errorf("ReadFile(%s, %d) = %q, %v with %d opens", c.name, c.limit, data, err, f.n)
		}
	}
	for _, c := range []struct {
		name  string
		limit int
		want  string
		err   error
		opens bool
	}{
		{"/d", 3, "f g sub", nil, true},
		{"/ld", 3, "f g sub", nil, true},
		{"/d", 2, "", fsx.ErrTooLarge, true},
		{"/pipe", 9, "", syscall.ENOTDIR, false},
		{"/d/f", 9, "", syscall.ENOTDIR, false},
		{"/gone", 9, "", fs.ErrNotExist, false},
	} {
		f := &opened{Fs: scene(t)}
		list, err := fsx.ReadNames(f, c.name, c.limit)
		slices.Sort(list)
		if strings.Join(list, " ") != c.want || !errors.Is(err, c.err) || c.opens != (f.n > 0) {
			t.Errorf("ReadNames(%s, %d) = %q, %v with %d opens", c.name, c.limit, list, err, f.n)
		}
	}
}

// growing is a file system on which a file has grown since it was looked at.
type growing struct{ afero.Fs }

func (g growing) Open(name string) (afero.File, error) {
	if err := afero.WriteFile(g.Fs, name, make([]byte, 1000), 0o600); err != nil {
		return nil, err
	}
	return g.Fs.Open(name)
}

func TestReadIsBounded(t *testing.T) {
	if data, err := fsx.ReadFile(growing{scene(t)}, "/d/f", 100); !errors.Is(err, fsx.ErrTooLarge) || data != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	f := strictfs.New(strictfs.Options{})
	for i := range 3000 {
		if err := afero.WriteFile(f, fmt.Sprintf("/%d", i), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	counting := strictfs.NewCounting(f)
	if _, err := fsx.ReadNames(counting, "/", 100); !errors.Is(err, fsx.ErrTooLarge) {
		t.Error(err)
	}
	if !slices.Contains(counting.Counts(), strictfs.Count{Op: strictfs.OpReaddirnames, N: 1}) {
		t.Errorf("a folder that is too large is read further: %v", counting.Counts())
	}
	if list, err := fsx.ReadNames(f, "/", 3000); err != nil || len(list) != 3000 {
		t.Error(len(list), err)
	}
	failing := strictfs.NewFailing(f, strictfs.Fault{Op: strictfs.OpReaddirnames, Nth: 2})
	if _, err := fsx.ReadNames(failing, "/", 3000); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
}

func TestFollow(t *testing.T) {
	f := scene(t)
	for i := range fsx.MaxHops {
		if err := f.SymlinkIfPossible(fmt.Sprintf("hop%d", i), fmt.Sprintf("/hop%d", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.SymlinkIfPossible("d/f", "/hop0"), f.SymlinkIfPossible("../l", "/d/up")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, target string
		there        bool
		err          error
	}{
		{"/d/f", "/d/f", true, nil},
		{"/l", "/d/f", true, nil},
		{"/ld/f", "/ld/f", true, nil},
		{"/d/up", "/d/../d/f", true, nil},
		{"/d/none", "/d/none", false, nil},
		{"/hop39", "/d/f", true, nil},
		{"/hop40", "", false, fsx.ErrLink},
		{"/gone", "", false, fsx.ErrLink},
		{"/gone", "", false, fs.ErrNotExist},
		{"/round", "", false, fsx.ErrLink},
	} {
		target, fi, err := fsx.Follow(f, c.path)
		if target != c.target || (fi != nil) != c.there || !errors.Is(err, c.err) {
			t.Errorf("Follow(%s) = %q, %v, %v", c.path, target, fi, err)
		}
	}
	if _, _, err := fsx.Follow(struct{ afero.Fs }{f}, "/l"); !errors.Is(err, fsx.ErrLink) || !errors.Is(err, afero.ErrNoReadlink) {
		t.Errorf("a link that cannot be read: %v", err)
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ path, dir, base, folder string }{
		{"f", "", "f", "."}, {"/f", "/", "f", "/"}, {"a/b/f", "a/b/", "f", "a/b"}, {`C:\a\f`, `C:\a\`, "f", `C:\a`},
		{`C:\f`, `C:\`, "f", `C:\`}, {`\\nas\share\f`, `\\nas\share\`, "f", `\\nas\share`}, {`C:/a\f`, `C:/a\`, "f", `C:/a`},
	} {
		dir, base := fsx.Split(c.path)
		if dir != c.dir || base != c.base || fsx.Dir(c.path) != c.folder {
			t.Errorf("Split(%q) = %q, %q; Dir is %q", c.path, dir, base, fsx.Dir(c.path))
		}
	}
}
