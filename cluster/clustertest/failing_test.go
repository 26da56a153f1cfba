package clustertest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

func TestFailing(t *testing.T) {
	scene := func() *clustertest.StrictFs { return disk(t, clustertest.Options{}, "/d", "/d/a=1", "/d/b=2", "/e=3") }
	t.Run("by number", func(t *testing.T) {
		f := clustertest.NewFailing(scene(), clustertest.Fault{Nth: 2, Err: syscall.ESTALE})
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
		f := clustertest.NewFailing(scene(),
			clustertest.Fault{Op: clustertest.OpRemove, Path: "/d/*"},
			clustertest.Fault{Op: clustertest.OpRename, Path: "x", Err: syscall.EBUSY},
			clustertest.Fault{Op: clustertest.OpMkdir, Path: "/d/**", Nth: 2, Onward: true, Err: syscall.EDQUOT},
			clustertest.Fault{Op: clustertest.OpStat, Path: "[", Err: syscall.EPERM},
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
		f := clustertest.NewFailing(scene(), clustertest.Fault{Changes: true})
		_, err := afero.ReadFile(f, "/e")
		want(t, "read", err, nil)
		want(t, "write", afero.WriteFile(f, "/e", nil, 0o600), syscall.EIO)
		want(t, "open for reading", second(f.OpenFile("/e", os.O_RDONLY, 0)), nil)
	})
	t.Run("short", func(t *testing.T) {
		base := scene()
		f := clustertest.NewFailing(base, clustertest.Fault{Op: clustertest.OpWrite, Short: 2, Err: syscall.ENOSPC}, clustertest.Fault{Op: clustertest.OpWriteAt, Short: 2})
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
		f := clustertest.NewFailing(base, clustertest.Fault{Op: clustertest.OpRename, After: true})
		want(t, "rename", f.Rename("/e", "/moved"), syscall.EIO)
		_, err := base.Stat("/moved")
		want(t, "its effect", err, nil)
		want(t, "a real failure", f.Rename("/none", "/x"), fs.ErrNotExist)
	})
	t.Run("late", func(t *testing.T) {
		for _, late := range []clustertest.Op{clustertest.OpSync, clustertest.OpClose} {
			base := scene()
			f := clustertest.NewFailing(base, clustertest.Fault{Path: "s", Nth: 2, Late: late, Err: syscall.EIO})
			h, err := f.Create("/s")
			must(t, err)
			for range 3 {
				n, err := h.Write([]byte("ab"))
				if n != 2 || err != nil {
					t.Errorf("write says %d %v", n, err)
				}
			}
			sync, close := h.Sync(), h.Close()
			if late == clustertest.OpSync {
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
		f := clustertest.NewFailing(base, clustertest.Fault{Op: clustertest.OpWrite, Short: 1, Die: true})
		other := f.Share(share)
		h, err := f.Create("/s")
		must(t, err)
		o, err := other.Open("/e")
		must(t, err)
		n, err := h.Write([]byte("abc"))
		if n != 1 || !errors.Is(err, clustertest.ErrDied) {
			t.Errorf("%d %v", n, err)
		}
		want(t, "sync", h.Sync(), clustertest.ErrDied)
		want(t, "close", h.Close(), clustertest.ErrDied)
		want(t, "remove", f.Remove("/d/a"), clustertest.ErrDied)
		want(t, "on the other storage", other.Remove("/d/a"), clustertest.ErrDied)
		want(t, "open file there", o.Close(), clustertest.ErrDied)
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
	base := disk(t, clustertest.Options{}, "/f=12345")
	f := clustertest.NewFailing(base, clustertest.Fault{Op: clustertest.OpOpen, After: true}, clustertest.Fault{Op: clustertest.OpClose})
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
	base := clustertest.NewStrict(clustertest.Options{})
	f := clustertest.NewFailing(base, clustertest.Fault{Op: clustertest.OpWrite, Path: "*.keystore", Short: 3, Err: syscall.ENOSPC})
	fmt.Println(afero.WriteFile(f, "/conf.xml", []byte("<conf/>"), 0o600))
	fmt.Println(afero.WriteFile(f, "/server.keystore", []byte("key material"), 0o600))
	info, err := base.Stat("/server.keystore")
	fmt.Println(info.Size(), err)
	// Output:
	// <nil>
	// write /server.keystore: no space left on device
	// 3 <nil>
}
