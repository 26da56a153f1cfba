package strictfs_test

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func TestVolumes(t *testing.T) {
	type vol = strictfs.Volume
	t.Run("read-only", func(t *testing.T) {
		f := disk(t, strictfs.Options{}, "/d", "/d/f=1")
		must(t, f.SetVolume("/", func(v *vol) { v.ReadOnly = true }))
		_, err := f.Create("/new")
		want(t, "create", err, syscall.EROFS)
		_, err = f.OpenFile("/d/f", os.O_WRONLY, 0)
		want(t, "open for writing", err, syscall.EROFS)
		want(t, "mkdir", f.Mkdir("/x", 0o755), syscall.EROFS)
		want(t, "mkdir of what exists", f.Mkdir("/d", 0o755), syscall.EEXIST)
		want(t, "mkdirall of what exists", f.MkdirAll("/d", 0o755), nil)
		want(t, "remove", f.Remove("/d/f"), syscall.EROFS)
		want(t, "removeall", f.RemoveAll("/d"), syscall.EROFS)
		want(t, "rename", f.Rename("/d", "/e"), syscall.EROFS)
		want(t, "chmod", f.Chmod("/d", 0o700), syscall.EROFS)
		want(t, "symlink", f.SymlinkIfPossible("a", "/l"), syscall.EROFS)
		want(t, "link", f.Link("/d/f", "/g"), syscall.EROFS)
		data, err := afero.ReadFile(f, "/d/f")
		if string(data) != "1" || err != nil {
			t.Errorf("read %q, %v", data, err)
		}
	})
	t.Run("case", func(t *testing.T) {
		f := disk(t, strictfs.Options{RenameAsOS: true, Volume: vol{CaseInsensitive: true}}, "/Dir", "/Dir/File=1")
		_, err := f.Stat("/dIR/fILE")
		want(t, "other case", err, nil)
		want(t, "mkdir", f.Mkdir("/DIR", 0o755), syscall.EEXIST)
		must(t, f.Rename("/Dir", "/dir"))
		list, err := clustertest.Walk(f, "/")
		must(t, err)
		if list[1].Path != "dir" || list[2].Path != "dir/File" {
			t.Errorf("listing %v", list)
		}
	})
	t.Run("smb names", func(t *testing.T) {
		f := disk(t, strictfs.Options{Volume: vol{SMBNames: true}}, "/ok=1")
		for _, name := range []string{"a:b", "end.", "end ", "NUL", "com1.txt", "a\x01", `a\b`, "what?", "lpt9", "CON .x"} {
			want(t, "mkdir "+name, f.Mkdir("/"+name, 0o755), syscall.EINVAL)
			want(t, "rename "+name, f.Rename("/ok", "/"+name), syscall.EINVAL)
			_, err := f.Create("/" + name)
			want(t, "create "+name, err, syscall.EINVAL)
			_, err = f.Stat("/" + name)
			want(t, "stat "+name, err, fs.ErrNotExist)
		}
		for _, name := range []string{".retired-1", "com0", "comma", "NULL", "ü é"} {
			want(t, "mkdir "+name, f.Mkdir("/"+name, 0o755), nil)
		}
	})
	t.Run("quota", func(t *testing.T) {
		f := disk(t, strictfs.Options{Volume: vol{MaxBytes: 10, MaxFiles: 3}}, "/a=12345")
		h, err := f.Create("/b")
		must(t, err)
		n, err := h.Write([]byte("1234567"))
		want(t, "write", err, syscall.ENOSPC)
		if n != 5 {
			t.Errorf("%d bytes written, want the 5 that fit", n)
		}
		n, err = h.Write([]byte("8"))
		want(t, "write to a full disk", err, syscall.ENOSPC)
		if n != 0 {
			t.Errorf("%d bytes written", n)
		}
		_, err = h.WriteAt([]byte("over"), 1)
		want(t, "overwrite on a full disk", err, nil)
		want(t, "extend", h.Truncate(6), syscall.ENOSPC)
		must(t, f.Remove("/a"))
		_, err = h.Write([]byte("67"))
		want(t, "write after a removal", err, nil)
		must(t, f.Mkdir("/c", 0o755), f.Mkdir("/d", 0o755))
		want(t, "fourth inode", f.Mkdir("/e", 0o755), syscall.ENOSPC)
		want(t, "second name", f.Link("/b", "/e"), nil)
		must(t, f.SetVolume("/", func(v *vol) { v.MaxFileSize, v.MaxBytes = 8, 0 }))
		n, err = h.WriteAt([]byte("abcd"), 6)
		want(t, "too large", err, syscall.EFBIG)
		if n != 2 {
			t.Errorf("%d bytes written, want 2", n)
		}
	})
	t.Run("attributes", func(t *testing.T) {
		f := disk(t, strictfs.Options{Volume: vol{UID: 65534, GID: 65533, NoChown: true, FixedModes: true, NoSymlinks: true, TimeStep: 2 * time.Second}}, "/d", "/f=1")
		want(t, "chown", f.Chown("/f", 0, 0), syscall.EPERM)
		want(t, "chown to the same", f.Chown("/f", 65534, -1), nil)
		want(t, "chmod", f.Chmod("/f", 0o600), nil)
		want(t, "symlink", f.SymlinkIfPossible("f", "/l"), syscall.EPERM)
		must(t, f.Chtimes("/f", time.Time{}, time.Date(2020, 1, 1, 0, 0, 3, 5, time.UTC)))
		info, err := f.Stat("/f")
		must(t, err)
		dir, err := f.Stat("/d")
		must(t, err)
		got := fmt.Sprint(info.Mode(), dir.Mode(), info.ModTime())
		if want := "-rw-r--r-- drwxr-xr-x 2020-01-01 00:00:02 +0000 UTC"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if st, ok := strictfs.StatOf(info); !ok || st.UID != 65534 || st.GID != 65533 || st.Nlink != 1 {
			t.Errorf("stat %+v %v", st, ok)
		}
	})
	t.Run("no sync", func(t *testing.T) {
		f := disk(t, strictfs.Options{Volume: vol{NoFileSync: true, NoFolderSync: true}}, "/f=1")
		for _, name := range []string{"/", "/f"} {
			h, err := f.Open(name)
			must(t, err)
			want(t, "sync of "+name, h.Sync(), syscall.EINVAL)
			must(t, h.Close())
		}
	})
}

func TestMounts(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/media/share", "/media/share/below=1", "/here", "/here/f=2", "/other")
	dev, err := f.Mount("/media/share", strictfs.Volume{CaseInsensitive: true})
	must(t, err)
	info, err := f.Stat("/media/share")
	must(t, err)
	local, err := f.Stat("/here")
	must(t, err)
	a, _ := strictfs.StatOf(info)
	b, _ := strictfs.StatOf(local)
	if a.Dev != dev || b.Dev == dev {
		t.Errorf("devices %d and %d, want the first to be %d", a.Dev, b.Dev, dev)
	}
	_, err = f.Stat("/media/share/below")
	want(t, "what is under the mount", err, fs.ErrNotExist)
	must(t, afero.WriteFile(f, "/media/share/New", []byte("3"), 0o600))
	_, err = f.Stat("/media/share/../share/NEW")
	want(t, "through ..", err, nil)
	want(t, "rename across", f.Rename("/here/f", "/media/share/f"), syscall.EXDEV)
	want(t, "link across", f.Link("/here/f", "/media/share/f"), syscall.EXDEV)
	want(t, "rename of a mount point", f.Rename("/media/share", "/media/x"), syscall.EBUSY)
	want(t, "remove of a mount point", f.Remove("/media/share"), syscall.EBUSY)
	want(t, "removeall of a mount point", f.RemoveAll("/media"), syscall.EBUSY)
	_, err = f.Stat("/media/share/New")
	want(t, "what removeall leaves on the share", err, fs.ErrNotExist)
	must(t, f.Unmount("/media/share"))
	_, err = f.Stat("/media/share/below")
	want(t, "after unmount", err, nil)
	want(t, "second unmount", f.Unmount("/media/share"), syscall.EINVAL)

	must(t, f.Bind("/here", "/other"))
	must(t, afero.WriteFile(f, "/other/f", []byte("changed"), 0o600))
	if data, err := afero.ReadFile(f, "/here/f"); string(data) != "changed" {
		t.Errorf("through the alias: %q, %v", data, err)
	}
	one, err := f.Stat("/here/f")
	must(t, err)
	two, err := f.Stat("/other/f")
	must(t, err)
	x, _ := strictfs.StatOf(one)
	y, _ := strictfs.StatOf(two)
	if x.Dev != y.Dev || x.Ino != y.Ino {
		t.Errorf("two identities: %+v and %+v", x, y)
	}
	want(t, "rename through the alias", f.Rename("/here/f", "/other/g"), syscall.EXDEV)
	want(t, "remove of a bound folder", f.Remove("/other"), syscall.EBUSY)
	want(t, "mount on a file", func() error { _, err := f.Mount("/here/f", strictfs.Volume{}); return err }(), syscall.ENOTDIR)
}

func TestDeny(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/d", "/d/f=1", "/g=2")
	must(t, f.Deny("/d", true), f.Deny("/g", true))
	_, err := f.Open("/d")
	want(t, "open folder", err, syscall.EACCES)
	_, err = f.Stat("/d/f")
	want(t, "search folder", err, fs.ErrPermission)
	_, err = f.Open("/g")
	want(t, "open file", err, syscall.EACCES)
	want(t, "make in folder", f.Mkdir("/d/x", 0o755), syscall.EACCES)
	want(t, "removeall", f.RemoveAll("/d"), syscall.EACCES)
	_, err = f.Stat("/d")
	want(t, "stat", err, nil)
	must(t, f.Deny("/d", false))
	_, err = f.Stat("/d/f")
	want(t, "stat when allowed again", err, nil)
}

func TestSceneErrors(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/d", "/f=1")
	_, _, usedErr := f.Used("/none")
	for what, err := range map[string]error{
		"mount":     second(f.Mount("/none", strictfs.Volume{})),
		"unmount":   f.Unmount("/none"),
		"bind from": f.Bind("/none", "/d"),
		"bind to":   f.Bind("/d", "/none"),
		"volume":    f.SetVolume("/none", func(*strictfs.Volume) {}),
		"deny":      f.Deny("/none", true),
		"used":      usedErr,
	} {
		wanted := fs.ErrNotExist
		if what == "unmount" {
			wanted = syscall.EINVAL
		}
		want(t, what, err, wanted)
	}
	want(t, "bind of a file", f.Bind("/f", "/d"), syscall.ENOTDIR)
	want(t, "bind to itself", f.Bind("/d", "/d"), syscall.EBUSY)
	want(t, "mount on the root", second(f.Mount("/", strictfs.Volume{})), syscall.EBUSY)
}

// TestCrashWithMounts: each volume loses what it was not told to keep, and the
// mounts stay.
func TestCrashWithMounts(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/share", "/alias", "/local")
	_, err := f.Mount("/share", strictfs.Volume{MaxBytes: 100})
	must(t, err, f.Bind("/local", "/alias"))
	f.SyncAll()
	must(t, afero.WriteFile(f, "/share/kept", []byte("1"), 0o600), afero.WriteFile(f, "/local/lost", []byte("2"), 0o600))
	syncPath(t, f, "/share", "/share/kept")
	after := f.CrashWith(nil, strictfs.DataOld)
	if got, want := show(t, after), "alias local share share/kept=1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	bytes, files, err := after.Used("/share")
	if bytes != 1 || files != 1 || err != nil {
		t.Errorf("%d bytes in %d files, %v", bytes, files, err)
	}
	must(t, afero.WriteFile(after, "/alias/x", nil, 0o600))
	_, err = after.Stat("/local/x")
	want(t, "through the alias", err, nil)
	must(t, after.Unmount("/share"))
	_, err = after.Stat("/share/kept")
	want(t, "under the mount", err, fs.ErrNotExist)
}

func ExampleFS_Mount() {
	f := strictfs.New(strictfs.Options{})
	if err := f.MkdirAll("/media/share", 0o755); err != nil {
		fmt.Println(err)
	}
	if _, err := f.Mount("/media/share", strictfs.Volume{MaxBytes: 4}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(afero.WriteFile(f, "/media/share/f", []byte("too much"), 0o600))
	fmt.Println(f.Rename("/media/share/f", "/f"))
	fmt.Println(f.Unmount("/media/share"))
	_, err := f.Stat("/media/share/f")
	fmt.Println(err)
	// Output:
	// write /media/share/f: no space left on device
	// rename /media/share/f /f: invalid cross-device link
	// <nil>
	// stat /media/share/f: no such file or directory
}
