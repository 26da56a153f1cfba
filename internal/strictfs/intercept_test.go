package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// everything calls every operation of a file system once.
func everything(t *testing.T, f afero.Fs) {
	t.Helper()
	must(t, f.Mkdir("/d", 0o755), f.MkdirAll("/e/f", 0o755))
	h, err := f.Create("/d/a")
	must(t, err)
	_, err = h.Write([]byte("abc"))
	must(t, err)
	_, err = h.WriteString("def")
	must(t, err)
	_, err = h.WriteAt([]byte("X"), 0)
	must(t, err)
	_, err = h.Seek(0, io.SeekStart)
	must(t, err)
	buf := make([]byte, 6)
	if n, err := h.Read(buf); n != 6 || err != nil || string(buf) != "Xbcdef" {
		t.Errorf("read %d %q %v", n, buf, err)
	}
	if n, err := h.ReadAt(buf[:2], 4); n != 2 || err != nil {
		t.Errorf("readat %d %v", n, err)
	}
	info, err := h.Stat()
	must(t, err, h.Truncate(2), h.Sync())
	if info.Size() != 6 || h.Name() != "/d/a" {
		t.Errorf("stat %d bytes of %s", info.Size(), h.Name())
	}
	must(t, h.Close())
	d, err := f.Open("/d")
	must(t, err)
	infos, err := d.Readdir(1)
	if len(infos) != 1 || err != nil {
		t.Errorf("readdir %v %v", infos, err)
	}
	names, err := d.Readdirnames(-1)
	if len(names) != 0 || err != nil {
		t.Errorf("readdirnames %v %v", names, err)
	}
	must(t, d.Close())
	h, err = f.OpenFile("/d/a", os.O_RDONLY, 0)
	must(t, err, h.Close())
	l := f.(afero.Symlinker)
	must(t, l.SymlinkIfPossible("a", "/d/l"))
	target, err := l.ReadlinkIfPossible("/d/l")
	must(t, err)
	link, possible, err := l.LstatIfPossible("/d/l")
	must(t, err)
	if target != "a" || !possible || link.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("link to %q, %v %v", target, possible, link.Mode())
	}
	_, err = f.Stat("/d/l")
	must(t, err, f.Chmod("/d/a", 0o600), f.Chown("/d/a", -1, -1), f.Chtimes("/d/a", time.Time{}, time.Unix(5, 0)))
	must(t, f.Rename("/d/a", "/d/b"), f.Remove("/d/b"), f.RemoveAll("/d"))
}

var allOps = []strictfs.Op{
	"chmod", "chown", "chtimes", "close", "create", "fstat", "fsync", "ftruncate", "lstat", "mkdir", "mkdirall",
	"open", "openfile", "read", "readat", "readdir", "readdirnames", "readlink", "remove", "removeall", "rename",
	"seek", "stat", "symlink", "write", "writeat",
}

func TestCountingSeesEveryOperation(t *testing.T) {
	c := strictfs.NewCounting(strictfs.New(strictfs.Options{}))
	everything(t, c)
	var ops []strictfs.Op
	total := 0
	for _, count := range c.Counts() {
		ops = append(ops, count.Op)
		total += count.N
	}
	if diff := cmp.Diff(allOps, ops); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if c.Total() != total || total != len(allOps)+3 { // one more write, two more closes
		t.Errorf("total %d, sum %d, want %d", c.Total(), total, len(allOps)+3)
	}
	shared := c.Share(afero.NewMemMapFs())
	must(t, shared.Mkdir("/x", 0o755))
	if c.Total() != total+1 {
		t.Errorf("total %d after a call of the shared one, want %d", c.Total(), total+1)
	}
	c.Reset()
	if c.Total() != 0 {
		t.Error("reset forgets nothing")
	}
}

func TestWrappersPassEverythingThrough(t *testing.T) {
	for name, wrap := range map[string]func(afero.Fs) afero.Fs{
		"failing without faults": func(f afero.Fs) afero.Fs { return strictfs.NewFailing(f) },
		"slow":                   func(f afero.Fs) afero.Fs { return strictfs.NewSlow(f, strictfs.Sleep(0)) },
		"hooked":                 func(f afero.Fs) afero.Fs { return strictfs.NewHooked(f, strictfs.Hooks{}) },
		"nested": func(f afero.Fs) afero.Fs {
			return strictfs.NewCounting(strictfs.NewFailing(strictfs.NewHooked(f, strictfs.Hooks{})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := strictfs.New(strictfs.Options{})
			wrapped := wrap(base)
			everything(t, wrapped)
			if wrapped.Name() != base.Name() {
				t.Errorf("name %q", wrapped.Name())
			}
		})
	}
}

func TestInterceptWithoutLinks(t *testing.T) {
	// An Fs without the optional methods.
	base := struct{ afero.Fs }{afero.NewMemMapFs()}
	f := strictfs.Intercept(base, func(_ *strictfs.Call, next func() error) error { return next() }).(afero.Symlinker)
	must(t, base.Mkdir("/d", 0o755))
	_, possible, err := f.LstatIfPossible("/d")
	if possible || err != nil {
		t.Errorf("lstat %v %v, want Stat's answer", possible, err)
	}
	_, err = f.ReadlinkIfPossible("/d")
	want(t, "readlink", err, afero.ErrNoReadlink)
	want(t, "symlink", f.SymlinkIfPossible("a", "/l"), afero.ErrNoSymlink)
}

// TestInterceptLies: what is not carried out and given no error.
func TestInterceptLies(t *testing.T) {
	base := disk(t, strictfs.Options{}, "/f=text")
	lie := false
	f := strictfs.Intercept(base, func(_ *strictfs.Call, next func() error) error {
		if lie {
			return nil
		}
		return next()
	})
	h, err := f.OpenFile("/f", os.O_RDWR, 0)
	must(t, err)
	lie = true
	n, err := h.Write([]byte("other"))
	if n != 5 || err != nil {
		t.Errorf("write says %d %v", n, err)
	}
	_, err = h.Read(make([]byte, 3))
	want(t, "read", err, io.EOF)
	must(t, h.Sync(), h.Truncate(0), f.Remove("/f"), f.Rename("/f", "/g"))
	for what, err := range map[string]error{
		"open":     second(f.Open("/f")),
		"stat":     second(f.Stat("/f")),
		"fstat":    second(h.Stat()),
		"readlink": second(f.(afero.Symlinker).ReadlinkIfPossible("/f")),
	} {
		want(t, what, err, strictfs.ErrNotDone)
	}
	lie = false
	if data, err := afero.ReadFile(base, "/f"); string(data) != "text" || err != nil {
		t.Errorf("the lies have changed the file: %q %v", data, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestInterceptChangesData(t *testing.T) {
	base := disk(t, strictfs.Options{}, "/f=text")
	f := strictfs.Intercept(base, func(c *strictfs.Call, next func() error) error {
		if c.Op == strictfs.OpWrite {
			c.Data = c.Data[:1]
		}
		err := next()
		if c.Op == strictfs.OpRead && len(c.Data) > 0 {
			c.Data[0] ^= 0x20
		}
		return err
	})
	data, err := afero.ReadFile(f, "/f")
	if string(data) != "Text" || err != nil {
		t.Errorf("read %q %v, want a flipped bit", data, err)
	}
	h, err := f.Create("/g")
	must(t, err)
	n, err := h.Write([]byte("abc"))
	if n != 1 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("short write gives %d %v", n, err)
	}
}

func TestHooked(t *testing.T) {
	base := disk(t, strictfs.Options{}, "/source=first")
	var order []string
	f := strictfs.NewHooked(base, strictfs.Hooks{
		Before: func(c *strictfs.Call) {
			order = append(order, "before "+string(c.Op))
			if c.Op == strictfs.OpRead {
				// The source changes while it is read.
				must(t, afero.WriteFile(base, "/source", []byte("second"), 0o600))
			}
		},
		After: func(c *strictfs.Call, err error) {
			order = append(order, fmt.Sprintf("after %s %v", c.Op, err))
		},
	})
	h, err := f.Open("/source")
	must(t, err)
	buf := make([]byte, 10)
	n, err := h.Read(buf)
	if string(buf[:n]) != "second" || err != nil {
		t.Errorf("read %q %v", buf[:n], err)
	}
	wanted := []string{"before open", "after open <nil>", "before read", "after read <nil>"}
	if diff := cmp.Diff(wanted, order); diff != "" {
		t.Error(diff)
	}
}

func TestHandlesAreNumbered(t *testing.T) {
	var mu sync.Mutex
	seen := map[int64]string{}
	f := strictfs.NewHooked(disk(t, strictfs.Options{}, "/a=1", "/b=2"), strictfs.Hooks{Before: func(c *strictfs.Call) {
		mu.Lock()
		defer mu.Unlock()
		if c.Op == strictfs.OpClose {
			seen[c.Handle] = c.Path
		} else if c.Handle != 0 {
			t.Errorf("%s has handle %d", c.Op, c.Handle)
		}
	}})
	a, err := f.Open("/a")
	must(t, err)
	b, err := f.Open("/b")
	must(t, err, b.Close(), a.Close())
	if diff := cmp.Diff(map[int64]string{1: "/a", 2: "/b"}, seen); diff != "" {
		t.Error(diff)
	}
}

func ExampleNewCounting() {
	c := strictfs.NewCounting(strictfs.New(strictfs.Options{}))
	if err := afero.WriteFile(c, "/f", []byte("text"), 0o600); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.Total(), c.Counts())
	// Output: 3 [{close 1} {openfile 1} {write 1}]
}

func ExampleNewSlow() {
	now := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)
	base := strictfs.New(strictfs.Options{Clock: func() time.Time { return now }})
	// Every call takes a second of a clock that nobody waits for.
	f := strictfs.NewSlow(base, func(strictfs.Op, string) { now = now.Add(time.Second) })
	if err := afero.WriteFile(f, "/f", []byte("text"), 0o600); err != nil {
		fmt.Println(err)
	}
	fmt.Println(now.Format(time.TimeOnly))
	// Output: 00:00:03
}

func ExampleIntercept() {
	var trace []string
	f := strictfs.Intercept(strictfs.New(strictfs.Options{}), func(c *strictfs.Call, next func() error) error {
		if c.Changes() {
			trace = append(trace, string(c.Op)+" "+c.Path)
		}
		return next()
	})
	if err := errors.Join(f.Mkdir("/d", 0o755), f.Rename("/d", "/e")); err != nil {
		fmt.Println(err)
	}
	slices.Sort(trace)
	fmt.Println(trace)
	// Output: [mkdir /d rename /d]
}
