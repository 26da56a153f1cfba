package cluster_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// across is a view over two storages: the server's disk at "/", and a share at
// /media/share that the inspection reads at /export.
func across(t *testing.T) (*cluster.View, *strictfs.FS, *strictfs.FS) {
	t.Helper()
	disk, nas := strictfs.New(strictfs.Options{}), strictfs.New(strictfs.Options{})
	for fsys, files := range map[*strictfs.FS][]string{
		disk: {"/opt/ucd/conf/a.txt", "/srv/b.txt"},
		nas:  {"/export/appdata/c.txt", "/secret/d.txt"},
	} {
		for _, f := range files {
			if err := errors.Join(fsys.MkdirAll(filepath.Dir(f), 0o755), afero.WriteFile(fsys, f, []byte(f), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := cluster.Node{Name: "n", Install: "/opt/ucd", Mounts: []cluster.Mount{
		{Path: "/", Storage: "disk", Root: "/"}, {Path: "/media/share/", Storage: "nas", Root: "/export/"},
	}}
	return cluster.World{FS: map[string]afero.Fs{"disk": disk, "nas": nas}}.View(n), disk, nas
}

func TestViewFollowsLinksAcrossStorages(t *testing.T) {
	v, disk, nas := across(t)
	for _, l := range []struct {
		fs         *strictfs.FS
		text, name string
	}{
		{disk, "/media/share/appdata", "/opt/ucd/appdata"},
		{disk, "../../media/share", "/opt/ucd/rel"},
		{disk, "loop2", "/opt/ucd/loop1"},
		{disk, "loop1", "/opt/ucd/loop2"},
		{disk, "/nowhere", "/opt/ucd/gone"},
		{disk, "/opt/ucd/conf/a.txt/x", "/opt/ucd/notdir"},
		{nas, "/srv/b.txt", "/export/back"},
		{nas, "../../secret/d.txt", "/export/escape"},
		{nas, "/opt/ucd/appdata/c.txt", "/export/appdata/round"},
	} {
		if err := l.fs.SymlinkIfPossible(l.text, l.name); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"/opt/ucd/conf/a.txt":                "disk:/opt/ucd/conf/a.txt",
		"/opt/ucd/appdata/c.txt":             "nas:/export/appdata/c.txt",
		"/opt/ucd/appdata/../back":           "disk:/srv/b.txt",
		"/opt/ucd/rel/appdata/c.txt":         "nas:/export/appdata/c.txt",
		"/media/share/back":                  "disk:/srv/b.txt",
		"/media/share/appdata/round":         "nas:/export/appdata/c.txt",
		"/opt/ucd/./conf/../conf//a.txt":     "disk:/opt/ucd/conf/a.txt",
		"/media/share":                       "nas:/export",
		"/media/share/appdata/..":            "nas:/export",
		"/":                                  "disk:/",
		"/opt/ucd/appdata/c.txt/../../x/../": "ENOTDIR",
		"/opt/ucd/loop1":                     "ELOOP",
		"/opt/ucd/gone":                      "ENOENT",
		"/opt/ucd/gone/x":                    "ENOENT",
		"/opt/ucd/notdir":                    "ENOTDIR",
		"/opt/ucd/conf/a.txt/x":              "ENOTDIR",
		"/media/share/escape":                "ENOENT", // .. stays in the server's tree: /secret, not the storage's
		"relative":                           "EINVAL",
	} {
		r, err := v.Resolve(path)
		got := r.Place.String()
		switch {
		case errors.Is(err, syscall.ELOOP):
			got = "ELOOP"
		case errors.Is(err, syscall.ENOTDIR):
			got = "ENOTDIR"
		case errors.Is(err, fs.ErrNotExist):
			got = "ENOENT"
		case errors.Is(err, fs.ErrInvalid):
			got = "EINVAL"
		case err != nil:
			got = err.Error()
		case r.Info == nil:
			got += " without info"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if data, err := afero.ReadFile(v, "/opt/ucd/appdata/c.txt"); err != nil || string(data) != "/export/appdata/c.txt" {
		t.Errorf("%q, %v", data, err)
	}
	if text, err := v.ReadlinkIfPossible("/opt/ucd/appdata"); err != nil || text != "/media/share/appdata" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := v.ReadlinkIfPossible("/opt/ucd/conf"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("readlink of a folder: %v", err)
	}
	if fi, _, err := v.LstatIfPossible("/opt/ucd/appdata"); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("lstat: %v, %v", fi, err)
	}
	if fi, err := v.Stat("/opt/ucd/appdata"); err != nil || !fi.IsDir() {
		t.Errorf("stat: %v, %v", fi, err)
	}
}

// TestViewToCreate: a missing last component is a place to create something.
func TestViewToCreate(t *testing.T) {
	v, _, _ := across(t)
	r, err := v.Resolve("/media/share/new")
	if !errors.Is(err, fs.ErrNotExist) || r.Place.String() != "nas:/export/new" {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = v.Resolve("/media/share/new/deeper")
	if !errors.Is(err, fs.ErrNotExist) || r.Place != (cluster.Place{}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestViewWithoutAMount(t *testing.T) {
	disk := afero.NewMemMapFs()
	if err := afero.WriteFile(disk, "/copy/conf/x", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	n := cluster.Node{Name: "n", Install: "/opt/ucd", Mounts: []cluster.Mount{{Path: "/opt/ucd", Storage: "disk", Root: "/copy"}}}
	v := cluster.World{FS: map[string]afero.Fs{"disk": disk}}.View(n)
	if _, err := v.Stat("/opt/ucd/conf/x"); err != nil {
		t.Error(err)
	}
	// The folders above a mount exist for the server; nothing shows them.
	if r, err := v.Resolve("/opt"); err != nil || r.Info != nil || r.Place != (cluster.Place{}) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, path := range []string{"/etc", "/opt/ucd2", "/opt/ucd/../other"} {
		if _, err := v.Resolve(path); !errors.Is(err, cluster.ErrNotLocated) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := new(cluster.World).View(n).Stat("/opt/ucd/conf/x"); !errors.Is(err, cluster.ErrNotLocated) {
		t.Errorf("a storage that nobody gave: %v", err)
	}
}

func TestViewRefusesToWrite(t *testing.T) {
	v, _, _ := across(t)
	const p = "/media/share/appdata/c.txt"
	_, create := v.Create(p)
	_, open := v.OpenFile(p, os.O_RDWR, 0)
	for name, err := range map[string]error{
		"create": create, "open": open, "mkdir": v.Mkdir(p, 0), "mkdirall": v.MkdirAll(p, 0), "remove": v.Remove(p),
		"removeall": v.RemoveAll(p), "rename": v.Rename(p, p+"2"), "chmod": v.Chmod(p, 0), "chown": v.Chown(p, 0, 0),
		"chtimes": v.Chtimes(p, clock(), clock()),
	} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := v.OpenFile(p, os.O_RDONLY, 0); err != nil {
		t.Error(err)
	}
	if v.Name() != "View(n)" {
		t.Error(v.Name())
	}
}

func TestViewOfWindowsPaths(t *testing.T) {
	disk := strictfs.New(strictfs.Options{})
	for _, f := range []string{"/c/Program Files/UCD/Conf/File.txt", "/d/other.txt"} {
		if err := errors.Join(disk.MkdirAll(filepath.Dir(f), 0o755), afero.WriteFile(disk, f, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for text, name := range map[string]string{
		`C:\Program Files\UCD`: "/c/link", `\Program Files\UCD\Conf`: "/c/rooted", `Program Files/UCD`: "/c/mixed", `D:\other.txt`: "/c/drive",
	} {
		if err := disk.SymlinkIfPossible(text, name); err != nil {
			t.Fatal(err)
		}
	}
	n := cluster.Node{Name: "n", Install: `C:\Program Files\UCD`, Mounts: []cluster.Mount{
		{Path: `c:\`, Storage: "disk", Root: "/c"}, {Path: "D:/", Storage: "disk", Root: "/d"}, {Path: `\\nas\share\sub`, Storage: "disk", Root: "/d"},
	}}
	v := cluster.World{FS: map[string]afero.Fs{"disk": disk}}.View(n)
	const file = "disk:/c/Program Files/UCD/Conf/File.txt"
	for path, want := range map[string]string{
		`C:\Program Files\UCD\Conf\File.txt`:   file,
		`c:/program files\ucd/CONF/file.TXT`:   file,
		`C:\link\conf\file.txt`:                file,
		`C:\rooted\file.txt`:                   file,
		`C:\mixed\conf\file.txt`:               file,
		`C:\drive`:                             "disk:/d/other.txt",
		`\\NAS\share\SUB\other.txt`:            "disk:/d/other.txt",
		`C:\Program Files\UCD\..\UCD\Conf\.\.`: "disk:/c/Program Files/UCD/Conf",
	} {
		if r, err := v.Resolve(path); err != nil || r.Place.String() != want {
			t.Errorf("%s: %s, %v, want %s", path, r.Place, err, want)
		}
	}
	for _, path := range []string{`E:\x`, `\\nas\other\x`} {
		if _, err := v.Resolve(path); !errors.Is(err, cluster.ErrNotLocated) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestViewAgreesWithTheSystem compares a view of a whole disk with the
// kernel's own resolution, except for a separator after a file's name, which
// Java drops.
func TestViewAgreesWithTheSystem(t *testing.T) {
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Skip(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "a/b/c"), 0o755))
	must(os.WriteFile(filepath.Join(root, "a/f"), nil, 0o644))
	for name, text := range map[string]string{
		"up": "a/b/..", "abs": filepath.Join(root, "a/b"), "chain": "abs/c", "self": "self", "dangling": "a/none", "tofile": "a/f", "dot": ".",
		"a/b/out": "../../chain/..",
	} {
		must(os.Symlink(text, filepath.Join(root, name)))
	}
	n := cluster.Node{Name: "n", Install: "/x", Mounts: []cluster.Mount{{Path: "/", Storage: "d", Root: "/"}}}
	v := cluster.World{FS: map[string]afero.Fs{"d": afero.NewOsFs()}}.View(n)
	for _, rel := range []string{
		"up/f", "abs/c", "chain", "chain/../..", "self", "dangling", "tofile", "tofile/x", "dot/dot/a/b", "a/b/out/c", "a/b/out", "up/../a/f",
		"a/f/..", "none", "none/..", "a//b/./c/", "abs/../f",
	} {
		path := root + "/" + rel
		want, wantErr := os.Stat(path)
		got, err := v.Stat(path)
		switch {
		case (err == nil) != (wantErr == nil):
			t.Errorf("%s: %v, the system says %v", rel, err, wantErr)
		case err == nil && !os.SameFile(got, want):
			t.Errorf("%s: another file", rel)
		}
	}
}

// clock is the date of every test.
func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
