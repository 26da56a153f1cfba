package plan

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
)

func TestOverlayFilesRead(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/a/f = 0123456789; /d/; /l -> a/f")
	o := overlayOn(t, base, "copy /mapped /a", "write /planned 0123456789")
	for _, p := range []string{"/mapped/f", "/planned", "/l"} {
		f, err := o.fs("s").Open(p)
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
	d, err := o.fs("s").Open("/d")
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

func TestOverlayRefusesToWrite(t *testing.T) {
	base := afero.NewMemMapFs()
	buildTree(t, base, "/a/f = 1")
	o := overlayOn(t, base, "write /g 2")
	fsys := o.fs("s")
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
