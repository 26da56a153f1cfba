package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// want fails the test unless err is the errno (nil for none).
func want(t *testing.T, what string, err, errno error) {
	t.Helper()
	if !errors.Is(err, errno) {
		t.Errorf("%s: %v, want %v", what, err, errno)
	}
}

// must stops the test at an error in setting the scene.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// disk is an FS with folders, files (by their content) and links.
func disk(t testing.TB, o strictfs.Options, files ...string) *strictfs.FS {
	t.Helper()
	f := strictfs.New(o)
	for _, line := range files {
		name, rest, isFile := strings.Cut(line, "=")
		from, to, isLink := strings.Cut(line, ">")
		switch {
		case isFile:
			must(t, afero.WriteFile(f, name, []byte(rest), 0o640))
		case isLink:
			must(t, f.SymlinkIfPossible(to, from))
		default:
			must(t, f.MkdirAll(line, 0o755))
		}
	}
	return f
}

func TestRenameRules(t *testing.T) {
	scene := []string{"/dir/sub", "/empty", "/full", "/full/x=1", "/file=f", "/other=o", "/link>file"}
	tests := []struct {
		from, to    string
		posix, asOS error
	}{
		{"/file", "/other", nil, nil},
		{"/empty", "/new", nil, nil},
		{"/dir", "/empty", nil, syscall.EEXIST},
		{"/dir", "/full", syscall.ENOTEMPTY, syscall.EEXIST},
		{"/file", "/empty", syscall.EISDIR, syscall.EEXIST},
		{"/dir", "/file", syscall.ENOTDIR, syscall.ENOTDIR},
		{"/dir", "/dir/sub/x", syscall.EINVAL, syscall.EINVAL},
		{"/dir/sub", "/dir", syscall.ENOTEMPTY, syscall.EEXIST},
		{"/missing", "/new", syscall.ENOENT, syscall.ENOENT},
		{"/file", "/missing/new", syscall.ENOENT, syscall.ENOENT},
		{"/file", "/file", nil, nil},
		{"/dir", "/dir", nil, syscall.EEXIST},
		{"/link", "/other", nil, nil},
		{"/dir/..", "/new", syscall.EBUSY, syscall.EBUSY},
		{"/file/", "/new", syscall.ENOTDIR, syscall.ENOTDIR},
		{"/dir/", "/new/", nil, nil},
	}
	for _, test := range tests {
		for _, asOS := range []bool{false, true} {
			f := disk(t, strictfs.Options{RenameAsOS: asOS}, scene...)
			err, wanted := f.Rename(test.from, test.to), test.posix
			if asOS {
				wanted = test.asOS
			}
			if asOS && test.from == test.to && wanted != nil {
				wanted = syscall.EEXIST
			}
			want(t, fmt.Sprintf("rename %s %s as os %v", test.from, test.to, asOS), err, wanted)
			var linkErr *os.LinkError
			if err != nil && !errors.As(err, &linkErr) {
				t.Errorf("rename %s %s: error is a %T", test.from, test.to, err)
			}
		}
	}
	f := disk(t, strictfs.Options{}, scene...)
	must(t, f.Rename("/link", "/other"))
	if target, err := f.ReadlinkIfPossible("/other"); err != nil || target != "file" {
		t.Errorf("a renamed link leads to %q, %v", target, err)
	}
}

func TestLinkHops(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/end=x", "/l1>end", "/circle>circle")
	for i := 2; i <= 41; i++ {
		must(t, f.SymlinkIfPossible(fmt.Sprintf("l%d", i-1), fmt.Sprintf("/l%d", i)))
	}
	_, err := f.Stat("/l40")
	want(t, "40 links", err, nil)
	_, err = f.Stat("/l41")
	want(t, "41 links", err, syscall.ELOOP)
	_, err = f.Open("/circle")
	want(t, "circle", err, syscall.ELOOP)
	_, _, err = f.LstatIfPossible("/circle")
	want(t, "lstat of a circle", err, nil)
}

func TestHandlesOutliveNames(t *testing.T) {
	f := disk(t, strictfs.Options{Volume: strictfs.Volume{MaxBytes: 20}}, "/a=old text")
	h, err := f.OpenFile("/a", os.O_RDWR, 0)
	must(t, err, f.Rename("/a", "/b"), afero.WriteFile(f, "/a", []byte("new"), 0o600), f.Remove("/b"))
	data, err := io.ReadAll(h)
	if string(data) != "old text" || err != nil {
		t.Errorf("read %q, %v", data, err)
	}
	if used, files, _ := f.Used("/"); used != 11 || files != 2 {
		t.Errorf("%d bytes in %d files while the removed file is open, want 11 in 2", used, files)
	}
	must(t, h.Close())
	if used, files, _ := f.Used("/"); used != 3 || files != 1 {
		t.Errorf("%d bytes in %d files after the close, want 3 in 1", used, files)
	}
	_, err = h.Read(make([]byte, 1))
	want(t, "read after close", err, fs.ErrClosed)
	want(t, "second close", h.Close(), fs.ErrClosed)
}

func TestSpecialFiles(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/d")
	must(t, f.Mknod("/d/pipe", fs.ModeNamedPipe|0o600), f.Mknod("/d/sock", fs.ModeSocket|0o600),
		f.Mknod("/d/tty", fs.ModeDevice|fs.ModeCharDevice|0o600), f.Mknod("/d/disk", fs.ModeDevice|0o600))
	want(t, "mknod of a file", f.Mknod("/d/x", 0o600), syscall.EINVAL)
	_, err := f.Open("/d/pipe")
	want(t, "open pipe", err, syscall.EDEADLK)
	_, err = f.Open("/d/sock")
	want(t, "open socket", err, syscall.ENXIO)
	list, err := clustertest.Walk(f, "/d")
	must(t, err)
	for _, e := range list[1:] {
		if e.Kind != clustertest.KindSpecial {
			t.Errorf("%s is a %s", e.Path, e.Kind)
		}
	}
	must(t, f.RemoveAll("/d"))
}

func TestTimes(t *testing.T) {
	at := time.Date(2030, 5, 6, 7, 8, 9, 10, time.UTC)
	f := disk(t, strictfs.Options{Clock: func() time.Time { return at }}, "/d")
	at = at.Add(time.Hour)
	must(t, afero.WriteFile(f, "/d/f", []byte("x"), 0o600))
	at = at.Add(time.Hour)
	must(t, f.Chmod("/d/f", 0o640))
	info, err := f.Stat("/d/f")
	must(t, err)
	dir, err := f.Stat("/d")
	must(t, err)
	st, _ := strictfs.StatOf(info)
	for what, got := range map[string]time.Time{
		"file": info.ModTime().Add(time.Hour), "folder": dir.ModTime().Add(time.Hour), "change": st.Ctime,
	} {
		if !got.Equal(at) {
			t.Errorf("%s time is %v, want %v", what, got, at)
		}
	}
	g := disk(t, strictfs.Options{}, "/a=1", "/b=2")
	a, err := g.Stat("/a")
	must(t, err)
	b, err := g.Stat("/b")
	must(t, err)
	if !b.ModTime().After(a.ModTime()) || a.ModTime().Year() != 2024 {
		t.Errorf("built-in clock: %v, then %v", a.ModTime(), b.ModTime())
	}
}

// TestConcurrently is for the race detector.
func TestConcurrently(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/shared=0123456789")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			dir := fmt.Sprintf("/a/b/%d", i%3)
			for k := range 50 {
				name := fmt.Sprintf("%s/%d-%d", dir, i, k)
				if err := errors.Join(
					f.MkdirAll(dir, 0o755),
					afero.WriteFile(f, name+".tmp", []byte(name), 0o600),
					f.Rename(name+".tmp", name),
				); err != nil {
					t.Error(err)
				}
				if _, err := afero.ReadFile(f, "/shared"); err != nil {
					t.Error(err)
				}
				if k%10 == 0 {
					f.CrashWith(nil, strictfs.DataCut)
					f.Pending()
				}
			}
		})
	}
	wg.Wait()
	list, err := clustertest.Walk(f, "/a")
	must(t, err)
	if want := 1 + 1 + 3 + 8*50; len(list) != want {
		t.Errorf("%d entries, want %d", len(list), want)
	}
}
