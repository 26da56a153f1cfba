package replacefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/long"
)

// TestMountedFile: a file that is a mount cannot be replaced.
func TestMountedFile(t *testing.T) {
	const variable = "REPLACEFILE_TEST_MOUNT"
	if path := os.Getenv(variable); path != "" {
		disk := afero.NewOsFs()
		for name, fsys := range map[string]afero.Fs{"disk": disk, "wrapped": struct{ afero.Fs }{disk}} {
			err := Write(fsys, path, []byte("new"), Options{})
			if !errors.Is(err, syscall.EBUSY) || !strings.Contains(err.Error(), "mount its folder") {
				t.Errorf("%s: %v", name, err)
			}
			if got := names(t, disk, filepath.Dir(path)); got != "f" {
				t.Errorf("%s: the folder holds %s", name, got)
			}
			if got := content(t, disk, path); got != "old" {
				t.Errorf("%s: the file holds %q", name, got)
			}
			if err := Write(fsys, path, []byte("old"), Options{}); err != nil {
				t.Errorf("%s: nothing to write: %v", name, err)
			}
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, afero.NewOsFs(), path, "old", 0o640)
	if err := exec.Command("unshare", "-m", "mount", "--bind", path, path).Run(); err != nil {
		t.Skip("mounts are not available here: ", err)
	}
	cmd := exec.Command("unshare", "-m", "sh", "-c", `mount --bind "$1" "$1" && exec "$2" -test.run='^TestMountedFile$'`, "sh", path, self)
	cmd.Env = append(os.Environ(), variable+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// as runs work as another user, on a thread that ends with it.
func as(t *testing.T, user int, work func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can work as another user")
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		runtime.LockOSThread() // never unlocked: the thread goes away
		if err := errors.Join(unix.Setfsgid(user), unix.Setfsuid(user)); err != nil {
			t.Error(err)
			return
		}
		work()
	})
	wg.Wait()
}

func TestOtherUsers(t *testing.T) {
	dir, err := os.MkdirTemp("", "replacefile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	disk := afero.NewOsFs()
	open, shut, sticky := filepath.Join(dir, "open"), filepath.Join(dir, "shut"), filepath.Join(dir, "sticky")
	for d, mode := range map[string]fs.FileMode{dir: 0o755, open: 0o777, shut: 0o755, sticky: 0o777 | fs.ModeSticky} {
		if err := errors.Join(os.MkdirAll(d, 0o755), os.Chmod(d, mode)); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{open, shut, sticky} {
		write(t, disk, d+"/theirs", "old", 0o444)
		write(t, disk, d+"/secret", "old", 0o600)
	}
	as(t, 65534, func() {
		for _, c := range []struct{ path, says string }{
			{open + "/theirs", "belongs to user 0, group 0"},
			{sticky + "/theirs", "belongs to user 0, group 0"},
			{shut + "/theirs", "may not be written by this user"},
			{open + "/secret", "may not be read by this user"},
			{shut + "/new", "may not be written by this user"},
		} {
			for name, fsys := range map[string]afero.Fs{"disk": disk, "wrapped": struct{ afero.Fs }{disk}} {
				err := Write(fsys, c.path, []byte("new"), Options{})
				if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s, %s: %v", name, c.path, err)
				}
			}
		}
		if err := Write(disk, open+"/new", []byte("new"), Options{}); err != nil {
			t.Error(err)
		}
	})
	for _, d := range []string{open, shut, sticky} {
		if got := content(t, disk, d+"/theirs") + content(t, disk, d+"/secret"); got != "oldold" || strings.Contains(names(t, disk, d), suffix) {
			t.Errorf("%s: %q, %s", d, got, names(t, disk, d))
		}
	}
}

// accessList is rw for the owner, r for a user, nothing for others.
func accessList(user uint32) []byte {
	out := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, math.MaxUint32}, {2, 4, user}, {4, 4, math.MaxUint32}, {16, 4, math.MaxUint32}, {32, 0, math.MaxUint32}} {
		out = binary.LittleEndian.AppendUint16(out, e.tag)
		out = binary.LittleEndian.AppendUint16(out, e.perm)
		out = binary.LittleEndian.AppendUint32(out, e.id)
	}
	return out
}

// TestKeepsAccessList: it is carried, and none that the folder hands down is
// added.
func TestKeepsAccessList(t *testing.T) {
	const list = "system.posix_acl_access"
	get := func(path string) []byte {
		out := make([]byte, 1000)
		n, err := unix.Getxattr(path, list, out)
		if errors.Is(err, unix.ENODATA) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		return out[:n]
	}
	dir, disk := t.TempDir(), afero.NewOsFs()
	with, without := filepath.Join(dir, "with"), filepath.Join(dir, "without")
	write(t, disk, with, "old", 0o640)
	write(t, disk, without, "old", 0o640)
	want := accessList(12345)
	if err := unix.Setxattr(with, list, want, 0); errors.Is(err, unix.ENOTSUP) {
		t.Skip("this storage has no access lists")
	} else if err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(dir, "system.posix_acl_default", accessList(54321), 0); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{with, without} {
		if err := Write(disk, path, []byte("new"), Options{}); err != nil {
			t.Error(err)
		}
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o640 {
			t.Errorf("%s: mode %v, %v", path, fi.Mode(), err)
		}
	}
	if got := get(with); !bytes.Equal(got, want) {
		t.Errorf("the list became %x", got)
	}
	if got := get(without); got != nil {
		t.Errorf("a list came: %x", got)
	}
}

// TestSwappedTemporaryFile: who exchanges the temporary file for a link cannot
// turn mode, owner or content of another file.
func TestSwappedTemporaryFile(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir, disk := t.TempDir(), afero.NewOsFs()
	path, victim := filepath.Join(dir, "sub", "f"), filepath.Join(dir, "victim")
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, disk, victim, "victim", 0o600)
	write(t, disk, path, "0", 0o666)
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var swaps atomic.Int32
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			list, _ := os.ReadDir(filepath.Dir(path))
			for _, e := range list {
				if isTemp(e.Name(), "f") {
					name := filepath.Join(filepath.Dir(path), e.Name())
					if os.Remove(name) == nil && (os.Symlink(victim, name) == nil || os.Link(victim, name) == nil) {
						swaps.Add(1)
					}
				}
			}
		}
	})
	wrong := 0
	for i := range 300 {
		if Write(disk, path, []byte(strings.Repeat("x", i)), Options{}) != nil {
			wrong++
		}
		// What was swapped in at the last moment is the target now; a link there
		// would be followed as any other.
		if fi, err := os.Lstat(path); err != nil || !fi.Mode().IsRegular() || i%50 == 49 {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			write(t, disk, path, "0", 0o666)
			if err := os.Chown(path, 12345, 12345); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d swaps, %d of 300 runs refused", swaps.Load(), wrong)
	if swaps.Load() == 0 {
		t.Error("nothing was swapped")
	}
	fi, err := os.Stat(victim)
	if err != nil {
		t.Fatal(err)
	}
	if uid, gid, _ := fileowner.Of(fi); uid != 0 || gid != 0 || fi.Mode().Perm() != 0o600 {
		t.Errorf("the victim belongs to %d:%d, mode %v", uid, gid, fi.Mode())
	}
	if got := content(t, disk, victim); got != "victim" {
		t.Errorf("the victim holds %q", got)
	}
}

func TestLockedFolder(t *testing.T) {
	if !long.Tests() {
		t.Skip("-short: ten seconds of waiting")
	}
	dir, disk := t.TempDir(), afero.NewOsFs()
	write(t, disk, dir+"/f", "old", 0o640)
	self, err := fsx.Open(disk, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	unlock, err := fsx.Lock(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(disk, dir+"/f", []byte("new"), Options{}); !errors.Is(err, fsx.ErrLocked) {
		t.Errorf("a locked folder: %v", err)
	}
	if got := names(t, disk, dir); got != "f" || content(t, disk, dir+"/f") != "old" {
		t.Errorf("the folder holds %s", got)
	}
	unlock()
	if err := Write(disk, dir+"/f", []byte("new"), Options{}); err != nil {
		t.Error(err)
	}
}
