package replacefile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// place is a file system with a folder to work in.
type place struct {
	name string
	fsys afero.Fs
	dir  string
}

func places(t *testing.T) []place {
	mem := afero.NewMemMapFs()
	if err := mem.MkdirAll("/opt/ucd server/conf", 0o755); err != nil {
		t.Fatal(err)
	}
	return []place{
		{"disk", afero.NewOsFs(), t.TempDir()},
		{"memory", mem, "/opt/ucd server/conf"},
	}
}

func write(t *testing.T, fsys afero.Fs, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := afero.WriteFile(fsys, path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := fsys.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, fsys afero.Fs, path string) string {
	t.Helper()
	data, err := afero.ReadFile(fsys, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func names(t *testing.T, fsys afero.Fs, dir string) string {
	t.Helper()
	list, err := afero.ReadDir(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, fi := range list {
		all = append(all, fi.Name())
	}
	return strings.Join(all, " ")
}

func TestReplace(t *testing.T) {
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) {
			path := p.dir + "/f"
			write(t, p.fsys, path, "old", 0o640)
			for _, left := range []string{tempName("f"), ".f.deploycluster-new"} {
				write(t, p.fsys, p.dir+"/"+left, "left over", 0o644)
			}
			others := []string{tempName("g"), ".f.x.deploycluster-new", "f.deploycluster-new"}
			for _, name := range others {
				write(t, p.fsys, p.dir+"/"+name, "another's", 0o644)
			}
			if err := Write(p.fsys, path, []byte("new"), Options{Expect: []byte("old"), NewMode: 0o600, Sole: true}); err != nil {
				t.Fatal(err)
			}
			for _, name := range others {
				if got := content(t, p.fsys, p.dir+"/"+name); got != "another's" {
					t.Errorf("%s holds %q", name, got)
				}
				if err := p.fsys.Remove(p.dir + "/" + name); err != nil {
					t.Fatal(err)
				}
			}
			if got := content(t, p.fsys, path); got != "new" {
				t.Errorf("content is %q", got)
			}
			fi, err := p.fsys.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if fi.Mode().Perm() != 0o640 {
				t.Errorf("mode is %v", fi.Mode())
			}
			if got := names(t, p.fsys, p.dir); got != "f" {
				t.Errorf("the folder holds %s", got)
			}
		})
	}
}

func TestNewFile(t *testing.T) {
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) {
			for name, mode := range map[string]fs.FileMode{"a": 0, "b": 0o664} {
				path := p.dir + "/" + name
				if err := Write(p.fsys, path, []byte("new"), Options{NewMode: mode, Expect: []byte{}, OrAbsent: true}); err != nil {
					t.Fatal(err)
				}
				fi, err := p.fsys.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				want := mode
				if want == 0 {
					want = 0o600
				}
				if fi.Mode().Perm() != want || content(t, p.fsys, path) != "new" {
					t.Errorf("mode is %v, want %v", fi.Mode(), want)
				}
			}
			if err := Write(p.fsys, p.dir+"/c", []byte("new"), Options{Expect: []byte{}}); !errors.Is(err, ErrChanged) {
				t.Errorf("a file that should exist: %v", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "no", "f")
	err := Write(afero.NewOsFs(), missing, nil, Options{})
	var typed *Error
	if !errors.As(err, &typed) || typed.Path != missing || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestRefusesWhatChanged(t *testing.T) {
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) {
			path := p.dir + "/f"
			write(t, p.fsys, path, "other", 0o640)
			err := Write(p.fsys, path, []byte("new"), Options{Expect: []byte("old"), OrAbsent: true})
			if !errors.Is(err, ErrChanged) || strings.Contains(err.Error(), "other") {
				t.Errorf("error is %v", err)
			}
			if got := content(t, p.fsys, path); got != "other" {
				t.Errorf("content is %q", got)
			}
			// Somebody writes while the temporary file is being made.
			for op, before := range map[string]string{"sync": "other", "chmod": "other", "write": ""} {
				f := newFaulty(p.fsys, 0)
				path := p.dir + "/raced"
				_ = p.fsys.Remove(path)
				if before != "" {
					write(t, p.fsys, path, before, 0o600)
				}
				f.hook = func(o, name string) {
					if o == op && isTemp(filepath.Base(name), filepath.Base(path)) {
						write(t, p.fsys, path, "raced", 0o600)
					}
				}
				if op == "chmod" {
					if err := p.fsys.Chmod(path, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if err := Write(f, path, []byte("new"), Options{}); !errors.Is(err, ErrChanged) {
					t.Errorf("%s: error is %v", op, err)
				}
				if got := content(t, p.fsys, path); got != "raced" {
					t.Errorf("%s: content is %q", op, got)
				}
			}
			if got := names(t, p.fsys, p.dir); got != "f raced" {
				t.Errorf("the folder holds %s", got)
			}
		})
	}
}

func TestNothingToWrite(t *testing.T) {
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) {
			path := p.dir + "/f"
			write(t, p.fsys, path, "same", 0o640)
			before, err := p.fsys.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			f := newFaulty(p.fsys, 0)
			if err := Write(f, path, []byte("same"), Options{}); err != nil {
				t.Fatal(err)
			}
			for _, op := range f.ops {
				if op != "lstat" && op != "stat" && op != "open" && op != "read" && op != "close" {
					t.Errorf("%s", op)
				}
			}
			after, err := p.fsys.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if same, ok := fileowner.Same(before, after); ok && !same || !before.ModTime().Equal(after.ModTime()) {
				t.Error("the file was touched")
			}
		})
	}
}

// TestFailAtEveryOperation fails each operation in turn: the file is the old
// one or, once it was renamed into place, the new one without an error, and no
// temporary file is left.
func TestFailAtEveryOperation(t *testing.T) {
	for _, p := range places(t) {
		for _, exists := range []bool{true, false} {
			t.Run(p.name, func(t *testing.T) {
				path, left := p.dir+"/f", tempName("f")
				for n := 1; ; n++ {
					_ = p.fsys.Remove(path)
					if exists {
						write(t, p.fsys, path, "old", 0o640)
					}
					write(t, p.fsys, p.dir+"/"+left, "left over", 0o600)
					f := newFaulty(p.fsys, n)
					err := Write(f, path, []byte("new text"), Options{Sole: true})
					if len(f.ops) < n {
						if err != nil {
							t.Errorf("without a fault: %v", err)
						}
						if n < 15 {
							t.Errorf("only %d operations: %v", len(f.ops), f.ops)
						}
						return
					}
					now, readErr := afero.ReadFile(p.fsys, path)
					switch {
					case err == nil:
						if string(now) != "new text" {
							t.Errorf("%s fails unnoticed (operation %d)", f.ops[n-1], n)
						}
					case !errors.Is(err, errInjected):
						t.Errorf("%s fails: %v", f.ops[n-1], err)
					case exists && string(now) != "old", !exists && !errors.Is(readErr, fs.ErrNotExist):
						t.Errorf("%s fails, and the file holds %q", f.ops[n-1], now)
					}
					var typed *Error
					if err != nil && (!errors.As(err, &typed) || typed.Path != path || typed.Op == "") {
						t.Errorf("error %#v", err)
					}
					got := strings.ReplaceAll(names(t, p.fsys, p.dir), left, "")
					if strings.Contains(got, "deploycluster") && f.ops[n-1] != "remove" {
						t.Errorf("%s fails, and %s is left", f.ops[n-1], got)
					}
				}
			})
		}
	}
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	disk := afero.NewOsFs()
	link := func(to, from string) string {
		t.Helper()
		from = filepath.Join(dir, from)
		if err := os.MkdirAll(filepath.Dir(from), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, from); err != nil {
			t.Skip("links are not available: ", err)
		}
		return from
	}
	share := filepath.Join(dir, "share", "conf")
	if err := os.MkdirAll(share, 0o755); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(share, "f")
	write(t, disk, real, "old", 0o640)
	relative := link("../../share/conf/f", "install/conf/f")
	absolute := link(real, "absolute")
	twice := link("absolute", "twice")
	link("share/conf", "linkedconf") // a folder
	link("../share/conf/f", "share/up")
	through := filepath.Join(dir, "linkedconf", "f")

	for _, path := range []string{relative, absolute, twice, through} {
		t.Run(path[len(dir):], func(t *testing.T) {
			write(t, disk, real, "old", 0o640)
			if err := Write(disk, path, []byte("new"), Options{Expect: []byte("old")}); err != nil {
				t.Fatal(err)
			}
			if got := content(t, disk, real); got != "new" {
				t.Errorf("the target holds %q", got)
			}
			if fi, err := os.Lstat(path); err != nil || path != through && fi.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("the link is no link any more: %v, %v", fi, err)
			}
			if got := names(t, disk, share); got != "f" {
				t.Errorf("the target's folder holds %s", got)
			}
			if path == through {
				return
			}
			write(t, disk, real, "old", 0o640)
			for name, fsys := range map[string]afero.Fs{"no Lstat": noLinks{disk}, "no Readlink": noReadlink{disk}} {
				if err := Write(fsys, path, []byte("new"), Options{}); !errors.Is(err, ErrLink) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if got := content(t, disk, real); got != "old" {
				t.Errorf("the target holds %q", got)
			}
		})
	}

	if err := Write(noLinks{disk}, real, []byte("plain"), Options{}); err != nil || content(t, disk, real) != "plain" {
		t.Errorf("a plain file without Lstat: %v", err)
	}

	dangling := link("nowhere", "dangling")
	loop := link("loop", "loop")
	for _, path := range []string{dangling, loop} {
		for name, fsys := range map[string]afero.Fs{"disk": disk, "no Lstat": noLinks{disk}} {
			if err := Write(fsys, path, []byte("x"), Options{}); err == nil {
				t.Errorf("%s %s was written through", name, path)
			}
			if fi, err := os.Lstat(path); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("%s: %s is no link any more", name, path)
			}
		}
	}
	if err := Write(disk, dangling, nil, Options{}); !errors.Is(err, ErrLink) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("dangling: %v", err)
	}

	// 40 links are followed, 41 are not.
	chain := real
	for i := range 41 {
		chain = link(chain, "chain"+string(rune('A'+i)))
		err := Write(disk, chain, []byte{byte(i)}, Options{})
		if i < 40 && err != nil || i == 40 && !errors.Is(err, ErrLink) {
			t.Errorf("%d links: %v", i+1, err)
		}
	}

	// A part of a file system: the link's text is a path outside of it.
	inside := filepath.Join(dir, "base", dir, "share", "conf")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, disk, filepath.Join(inside, "f"), "decoy", 0o640)
	link(real, "base/leaving")
	write(t, disk, real, "old", 0o640)
	base := afero.NewBasePathFs(disk, filepath.Join(dir, "base"))
	if err := Write(base, "/leaving", []byte("new"), Options{}); !errors.Is(err, ErrLink) {
		t.Errorf("a link that leaves the part: %v", err)
	}
	if got := content(t, disk, filepath.Join(inside, "f")); got != "decoy" {
		t.Errorf("the decoy holds %q", got)
	}
}

func TestKeepsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	disk := afero.NewOsFs()
	write(t, disk, path, "old", 0o640)
	if err := os.Chown(path, 12345, 23456); err != nil {
		t.Skip("the owner cannot be changed here: ", err)
	}
	if err := os.Chmod(path, 0o4750); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(disk, path, []byte("new"), Options{}); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if uid, gid, _ := fileowner.Of(after); uid != 12345 || gid != 23456 {
		t.Errorf("owner is %d:%d", uid, gid)
	}
	if after.Mode() != before.Mode() {
		t.Errorf("mode is %v, was %v", after.Mode(), before.Mode())
	}

	// Root squash: the owner cannot be kept, so nothing is replaced.
	for _, squash := range []afero.Fs{refusing{disk}, ignoring{disk}} {
		if err := Write(squash, path, []byte("newer"), Options{}); err == nil {
			t.Errorf("%T: the owner was lost", squash)
		}
	}
	if got := content(t, disk, path); got != "new" {
		t.Errorf("content is %q", got)
	}
	if got := names(t, disk, filepath.Dir(path)); got != "f" {
		t.Errorf("the folder holds %s", got)
	}
}

type refusing struct{ afero.Fs }

func (refusing) Chown(name string, _, _ int) error {
	return &fs.PathError{Op: "chown", Path: name, Err: fs.ErrPermission}
}

type ignoring struct{ afero.Fs }

func (ignoring) Chown(string, int, int) error { return nil }

// lying stores other bytes than it was given.
type lying struct{ afero.Fs }

func (l lying) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	file, err := l.Fs.OpenFile(name, flag, perm)
	return lyingFile{file}, err
}

type lyingFile struct{ afero.File }

func (l lyingFile) Write(p []byte) (int, error) {
	return l.File.Write(bytes.ReplaceAll(p, []byte("n"), []byte("m")))
}

func TestReadsBack(t *testing.T) {
	for _, p := range places(t) {
		path := p.dir + "/f"
		write(t, p.fsys, path, "old", 0o640)
		if err := Write(lying{p.fsys}, path, []byte("new"), Options{}); err == nil {
			t.Errorf("%s: other bytes were taken for good", p.name)
		}
		if got := content(t, p.fsys, path); got != "old" {
			t.Errorf("%s: content is %q", p.name, got)
		}
	}
}

func TestBestEffort(t *testing.T) {
	p := places(t)[1]
	path := p.dir + "/f"
	write(t, p.fsys, path, "old", 0o640)
	for n, best := range []bool{false, true} {
		f := newFaulty(p.fsys, 0)
		f.hook = func(op, name string) {
			if op == "sync" && isTemp(filepath.Base(name), filepath.Base(path)) {
				f.n = len(f.ops)
			}
		}
		err := Write(f, path, []byte("new"), Options{BestEffort: best})
		if (err == nil) != best {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestInTheWay(t *testing.T) {
	for _, p := range places(t) {
		path := p.dir + "/f"
		write(t, p.fsys, path, "old", 0o640)
		// A folder that has the name of a left-over is not ours, nor in the way.
		if err := p.fsys.MkdirAll(p.dir+"/"+tempName("f")+"/x", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := Write(p.fsys, path, []byte("new"), Options{Sole: true}); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		if err := Write(p.fsys, p.dir, []byte("new"), Options{}); err == nil {
			t.Errorf("%s: a folder was replaced", p.name)
		}
	}
}

func TestTempNames(t *testing.T) {
	long := strings.Repeat("é", 120)
	for _, base := range []string{"f", "installed.properties", "x y", long + ".properties", long + ".properties2", strings.Repeat("x", 255)} {
		a, b := tempName(base), tempName(base)
		if a == b || !isTemp(a, base) || !isTemp(b, base) || isTemp(base, base) || len(a) > 100 || !utf8.ValidString(a) {
			t.Errorf("%q: %q, %q", base, a, b)
		}
		if isTemp(a, base+"x") || isTemp(a, "g") || isTemp(a[1:], base) || isTemp(a+"x", base) {
			t.Errorf("%q is another's", a)
		}
	}
}
