package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func TestFailing(t *testing.T) {
	scene := func() *strictfs.FS { return disk(t, strictfs.Options{}, "/d", "/d/a=1", "/d/b=2", "/e=3") }
	t.Run("by number", func(t *testing.T) {
		f := strictfs.NewFailing(scene(), strictfs.Fault{Nth: 2, Err: syscall.ESTALE})
		_, err := f.Stat("/d")
		want(t, "first", err, nil)
		_, err = f.Stat("/d")
		want(t, "second", err, syscall.ESTALE)
		var pathErr *fs.PathError
		if !errors.As(err, &pathErr) || pathErr.Path != "/d" {
			t.Errorf("error %#v", err)
		}
		_, err = f.Stat("/d")
		want(t, "third", err, nil)
		if f.Calls() != 3 || f.Fired() != 1 {
			t.Errorf("%d calls, %d fired", f.Calls(), f.Fired())
		}
	})
	t.Run("by operation and path", func(t *testing.T) {
		f := strictfs.NewFailing(scene(),
			strictfs.Fault{Op: strictfs.OpRemove, Path: "/d/*"},
			strictfs.Fault{Op: strictfs.OpRename, Path: "x", Err: syscall.EBUSY},
			strictfs.Fault{Op: strictfs.OpMkdir, Path: "/d/**", Nth: 2, Onward: true, Err: syscall.EDQUOT},
			strictfs.Fault{Op: strictfs.OpStat, Path: "[", Err: syscall.EPERM},
		)
		want(t, "remove", f.Remove("/d/a"), syscall.EIO)
		want(t, "remove of another", f.Remove("/e"), nil)
		want(t, "rename to x", f.Rename("/d/b", "/d/x"), syscall.EBUSY)
		want(t, "first mkdir", f.Mkdir("/d/m", 0o755), nil)
		want(t, "second mkdir", f.Mkdir("/d/m/n", 0o755), syscall.EDQUOT)
		want(t, "third mkdir", f.Mkdir("/d/o", 0o755), syscall.EDQUOT)
		want(t, "mkdir elsewhere", f.Mkdir("/d2", 0o755), nil)
		want(t, "malformed pattern", second(f.Stat("/d")), nil)
	})
	t.Run("changes", func(t *testing.T) {
		f := strictfs.NewFailing(scene(), strictfs.Fault{Changes: true})
		_, err := afero.ReadFile(f, "/e")
		want(t, "read", err, nil)
		want(t, "write", afero.WriteFile(f, "/e", nil, 0o600), syscall.EIO)
		want(t, "open for reading", second(f.OpenFile("/e", os.O_RDONLY, 0)), nil)
	})
	t.Run("short", func(t *testing.T) {
		base := scene()
		f := strictfs.NewFailing(base, strictfs.Fault{Op: strictfs.OpWrite, Short: 2, Err: syscall.ENOSPC}, strictfs.Fault{Op: strictfs.OpWriteAt, Short: 2})
		h, err := f.Create("/s")
		must(t, err)
		n, err := h.Write([]byte("abcdef"))
		if n != 2 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d %v", n, err)
		}
		n, err = h.WriteAt([]byte("uvw"), 2)
		if n != 2 || !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%d %v", n, err)
		}
		if data, _ := afero.ReadFile(base, "/s"); string(data) != "abuv" {
			t.Errorf("on disk: %q", data)
		}
	})
	t.Run("after", func(t *testing.T) {
		base := scene()
		f := strictfs.NewFailing(base, strictfs.Fault{Op: strictfs.OpRename, After: true})
		want(t, "rename", f.Rename("/e", "/moved"), syscall.EIO)
		_, err := base.Stat("/moved")
		want(t, "its effect", err, nil)
		want(t, "a real failure", f.Rename("/none", "/x"), fs.ErrNotExist)
	})
	t.Run("late", func(t *testing.T) {
		for _, late := range []strictfs.Op{strictfs.OpSync, strictfs.OpClose} {
			base := scene()
			f := strictfs.NewFailing(base, strictfs.Fault{Path: "s", Nth: 2, Late: late, Err: syscall.EIO})
			h, err := f.Create("/s")
			must(t, err)
			for range 3 {
				n, err := h.Write([]byte("ab"))
				if n != 2 || err != nil {
					t.Errorf("write says %d %v", n, err)
				}
			}
			sync, close := h.Sync(), h.Close()
			if late == strictfs.OpSync {
				want(t, "sync", sync, syscall.EIO)
				want(t, "close", close, nil)
			} else {
				want(t, "sync", sync, nil)
				want(t, "close", close, syscall.EIO)
			}
			if data, _ := afero.ReadFile(base, "/s"); string(data) != "ab\x00\x00ab" {
				t.Errorf("on disk: %q", data)
			}
		}
	})
	t.Run("die", func(t *testing.T) {
		base, share := scene(), scene()
		f := strictfs.NewFailing(base, strictfs.Fault{Op: strictfs.OpWrite, Short: 1, Die: true})
		other := f.Share(share)
		h, err := f.Create("/s")
		must(t, err)
		o, err := other.Open("/e")
		must(t, err)
		n, err := h.Write([]byte("abc"))
		if n != 1 || !errors.Is(err, strictfs.ErrDied) {
			t.Errorf("%d %v", n, err)
		}
		want(t, "sync", h.Sync(), strictfs.ErrDied)
		want(t, "close", h.Close(), strictfs.ErrDied)
		want(t, "remove", f.Remove("/d/a"), strictfs.ErrDied)
		want(t, "on the other storage", other.Remove("/d/a"), strictfs.ErrDied)
		want(t, "open file there", o.Close(), strictfs.ErrDied)
		if data, _ := afero.ReadFile(base, "/s"); string(data) != "a" {
			t.Errorf("on disk: %q", data)
		}
		for _, fsys := range []afero.Fs{base, share} {
			if _, err := fsys.Stat("/d/a"); err != nil {
				t.Errorf("a dead process has removed a file: %v", err)
			}
		}
		if f.Calls() != 3 {
			t.Errorf("%d calls, want the 3 of the living", f.Calls())
		}
	})
}

func TestFailingReleasesFiles(t *testing.T) {
	base := disk(t, strictfs.Options{}, "/f=12345")
	f := strictfs.NewFailing(base, strictfs.Fault{Op: strictfs.OpOpen, After: true}, strictfs.Fault{Op: strictfs.OpClose})
	want(t, "open", second(f.Open("/f")), syscall.EIO)
	h, err := f.OpenFile("/f", os.O_RDONLY, 0)
	must(t, err)
	want(t, "close", h.Close(), syscall.EIO)
	must(t, base.Remove("/f"))
	if bytes, _, _ := base.Used("/"); bytes != 0 {
		t.Error("a handle was left open below")
	}
}

func ExampleNewFailing() {
	base := strictfs.New(strictfs.Options{})
	f := strictfs.NewFailing(base, strictfs.Fault{Op: strictfs.OpWrite, Path: "*.keystore", Short: 3, Err: syscall.ENOSPC})
	fmt.Println(afero.WriteFile(f, "/conf.xml", []byte("<conf/>"), 0o600))
	fmt.Println(afero.WriteFile(f, "/server.keystore", []byte("key material"), 0o600))
	info, err := base.Stat("/server.keystore")
	fmt.Println(info.Size(), err)
	// Output:
	// <nil>
	// write /server.keystore: no space left on device
	// 3 <nil>
}
