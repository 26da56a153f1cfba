package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

// overlayCase is a storage, the steps planned on it, and what it then shows.
// A line of base or want is "/folder/", "/file = content" or "/link -> text";
// a place is a path in storage s or, as in "t:/path", in another one, which
// has /tree/x, /tree/sub/y and the links /tree/abs and /tree/rel to x. A step that has to fail ends in "! error".
type overlayCase struct {
	name, base, steps, want string
}

func overlayCases() []overlayCase {
	return []overlayCase{
		{
			name:  "a retired folder is gone through a linked parent too",
			base:  "/opt/ucd/appdata/f = 1; /server -> opt/ucd; /abs -> /opt/ucd/appdata/f",
			steps: "rename /opt/ucd/appdata /opt/ucd/appdata.retired-1; stat /server/appdata/f ! ENOENT; stat /abs ! ENOENT; stat /server/appdata.retired-1/f",
			want:  "/abs -> /opt/ucd/appdata/f; /opt/; /opt/ucd/; /opt/ucd/appdata.retired-1/; /opt/ucd/appdata.retired-1/f = 1; /server -> opt/ucd",
		},
		{
			name:  "what is removed through a linked parent is gone in its place",
			base:  "/opt/ucd/logs/f = 1; /server -> /opt/ucd",
			steps: "remove /server/logs; stat /opt/ucd/logs ! ENOENT",
			want:  "/opt/; /opt/ucd/; /server -> /opt/ucd",
		},
		{
			name:  "links to what is removed dangle, however they get there",
			base:  "/a/f = 1; /l1 -> a/f; /l2 -> l1; /l3 -> a/../a",
			steps: "remove /a; stat /l1 ! ENOENT; stat /l2 ! ENOENT; stat /l3/f ! ENOENT; mkdir /l3 ! EEXIST",
			want:  "/l1 -> a/f; /l2 -> l1; /l3 -> a/../a",
		},
		{
			name:  "removing a link leaves its target",
			base:  "/a/f = 1; /l -> a",
			steps: "remove /l; remove /l; remove /nothing/there",
			want:  "/a/; /a/f = 1",
		},
		{
			name:  "removing removes",
			base:  "/a/b/f = 1; /a/g = 2; /h = 3",
			steps: "remove /a; stat /a ! ENOENT; stat /a/b/f ! ENOENT; remove /h/x ! ENOTDIR; remove / ! EBUSY",
			want:  "/h = 3",
		},
		{
			name:  "a copy keeps what its source was",
			base:  "/a/f = old; /a/g = 2",
			steps: "write /a/f new; copy /b /a; write /a/f newer; remove /a/g; write /b/f mine; remove /a",
			want:  "/b/; /b/f = mine; /b/g = 2",
		},
		{
			name:  "a copy of a copy, edited on the way",
			base:  "/a/d/f = 1",
			steps: "copy /b /a; write /b/d/f 2; copy /c /b; mkdir /c/d/e; copy /b/again /c",
			want:  "/a/; /a/d/; /a/d/f = 1; /b/; /b/again/; /b/again/d/; /b/again/d/e/; /b/again/d/f = 2; /b/d/; /b/d/f = 2; /c/; /c/d/; /c/d/e/; /c/d/f = 2",
		},
		{
			name:  "a tree copied into itself ends",
			base:  "/a/f = 1",
			steps: "copy /a/b /a; copy /a/b /a; copy /all / exclude all",
			want:  "/a/; /a/b/; /a/b/b/; /a/b/b/f = 1; /a/b/f = 1; /a/f = 1; /all/; /all/a/; /all/a/b/; /all/a/b/b/; /all/a/b/b/f = 1; /all/a/b/f = 1; /all/a/f = 1",
		},
		{
			name:  "a copy from below a planned link",
			base:  "/a/f = 1",
			steps: "symlink /l /a; copy /b /l/f; remove /a; copy /c /l/f ! ENOENT",
			want:  "/b = 1; /l -> /a",
		},
		{
			name:  "a copy of another storage: link texts stay, and are then read here",
			base:  "/share/lost+found/",
			steps: "copy /share t:/tree exclude sub; copy /y t:/tree/sub/y; copy /full t:/tree follow; stat /share/abs ! ENOENT; stat /share/rel",
			want: "/full/; /full/abs = x; /full/rel = x; /full/sub/; /full/sub/y = y; /full/x = x; " +
				"/share/; /share/abs -> /tree/x; /share/lost+found/; /share/rel -> x; /share/x = x; /y = y",
		},
		{
			name:  "excluded paths stay out, those that lead nowhere do nothing",
			base:  "/a/conf/installed.version = 7; /a/conf/k = 1; /a/logs/f = 1; /a/l -> conf",
			steps: "copy /b /a exclude conf/installed.version,logs,l/k,none/at/all,conf/k/x; copy /c /a exclude .. ! EINVAL; copy /d /a exclude . ! EINVAL; copy /e /a exclude /conf ! EINVAL; mkdir /b/logs",
			want: "/a/; /a/conf/; /a/conf/installed.version = 7; /a/conf/k = 1; /a/l -> conf; /a/logs/; /a/logs/f = 1; " +
				"/b/; /b/conf/; /b/conf/k = 1; /b/l -> conf; /b/logs/",
		},
		{
			name:  "links are copied as links, or as what they lead to",
			base:  "/store/r/f = 1; /a/repo -> ../store/r; /a/abs -> /store/r/f; /a/gone -> nowhere; /a/loop -> loop",
			steps: "copy /kept /a; copy /full /a follow; copy /one /a/repo follow; copy /link /a/repo; copy /none /a/gone follow ! ENOENT; remove /store",
			want: "/a/; /a/abs -> /store/r/f; /a/gone -> nowhere; /a/loop -> loop; /a/repo -> ../store/r; " +
				"/full/; /full/abs = 1; /full/gone -> nowhere; /full/loop -> loop; /full/repo/; /full/repo/f = 1; " +
				"/kept/; /kept/abs -> /store/r/f; /kept/gone -> nowhere; /kept/loop -> loop; /kept/repo -> ../store/r; " +
				"/link -> ../store/r; /one/; /one/f = 1",
		},
		{
			name:  "following ends where a folder would be copied into itself",
			base:  "/a/up -> ..; /a/b/self -> .; /a/b/other -> ../c; /a/c/back -> ../b; /a/f = 1",
			steps: "copy /x /a follow",
			want: "/a/; /a/b/; /a/b/other -> ../c; /a/b/self -> .; /a/c/; /a/c/back -> ../b; /a/f = 1; /a/up -> ..; " +
				"/x/; /x/b/; /x/b/other/; /x/b/other/back -> ../b; /x/b/self -> .; /x/c/; /x/c/back/; /x/c/back/other -> ../c; /x/c/back/self -> .; /x/f = 1; /x/up -> ..",
		},
		{
			name:  "what is excluded may lie behind a followed link",
			base:  "/store/r/f = 1; /store/r/g = 2; /a/repo -> ../store/r",
			steps: "copy /x /a follow exclude repo/f",
			want:  "/a/; /a/repo -> ../store/r; /store/; /store/r/; /store/r/f = 1; /store/r/g = 2; /x/; /x/repo/; /x/repo/g = 2",
		},
		{
			name:  "a followed link is that of the moment of the copy",
			base:  "/r1/f = 1; /r2/f = 2; /a/repo -> /r1",
			steps: "write /r1/f edited; copy /x /a follow; remove /a/repo; symlink /a/repo /r2; copy /y /a follow; remove /r1; remove /r2",
			want:  "/a/; /a/repo -> /r2; /x/; /x/repo/; /x/repo/f = edited; /y/; /y/repo/; /y/repo/f = 2",
		},
		{
			name:  "a renamed folder takes edits and links along",
			base:  "/a/d/f = 1; /a/d/l -> f; /a/d/up -> ../g; /a/g = 2",
			steps: "write /a/d/f 2; symlink /a/d/n f; rename /a/d /b; mkdir /a/d; write /a/d/f 3; stat /b/up ! ENOENT; stat /b/n",
			want:  "/a/; /a/d/; /a/d/f = 3; /a/g = 2; /b/; /b/f = 2; /b/l -> f; /b/n -> f; /b/up -> ../g",
		},
		{
			name:  "renaming what is renamed already, and back",
			base:  "/a/f = 1; /l -> a",
			steps: "rename /a /b; rename /b/f /b/g; rename /b /a; rename /l/g /g; rename /l /m; rename /a /a",
			want:  "/a/; /g = 1; /m -> a",
		},
		{
			name: "what cannot be renamed",
			base: "/a/b/f = 1; /d/; /f = 2; /l -> a/b",
			steps: "rename /a /a/b/c ! EINVAL; rename /a /l/c ! EINVAL; rename /a /d ! EEXIST; rename /a /f ! ENOTDIR; rename /f /d ! EEXIST; rename /none /x ! ENOENT; " +
				"rename /a /none/x ! ENOENT; rename / /x ! EBUSY; rename /a t:/a ! EXDEV; rename /f /l/f",
			want: "/a/; /a/b/; /a/b/f = 2; /d/; /l -> a/b",
		},
		{
			name:  "an edit goes to the target of a link, and may make it",
			base:  "/a/f = old; /l -> a/f; /new -> a/g; /bad -> none/g; /dir -> a",
			steps: "write /l edited; write /new made; write /bad x ! ENOENT; write /dir x ! EISDIR; write /a/f/x x ! ENOTDIR",
			want:  "/a/; /a/f = edited; /a/g = made; /bad -> none/g; /dir -> a; /l -> a/f; /new -> a/g",
		},
		{
			name:  "a folder is made one level at a time",
			base:  "/a/f = 1; /l -> a; /bad -> none; /lf -> a/f",
			steps: "mkdir /a; mkdir /l; mkdir /x/y ! ENOENT; mkdir /x; mkdir /x/y; mkdir /a/f ! ENOTDIR; mkdir /a/f/x ! ENOTDIR; mkdir /bad ! EEXIST; mkdir /lf ! ENOTDIR; mkdir /; mkdir /l/z/",
			want:  "/a/; /a/f = 1; /a/z/; /bad -> none; /l -> a; /lf -> a/f; /x/; /x/y/",
		},
		{
			name:  "a link is made where nothing stands",
			base:  "/a/f = 1; /l -> none",
			steps: "symlink /a x ! EEXIST; symlink /l x ! EEXIST; symlink /a/f/x y ! ENOTDIR; symlink /none/x y ! ENOENT; symlink /m a//f; symlink /n m",
			want:  "/a/; /a/f = 1; /l -> none; /m -> a//f; /n -> m",
		},
		{
			name:  "what a folder is copied onto",
			base:  "/a/f = 1; /a/d/g = 2; /e/lost+found/; /e/f = 3; /e/d/h = 4; /file = 5; /bad -> none; /to -> e",
			steps: "copy /to /a; copy /file /a ! ENOTDIR; copy /bad /a ! EEXIST; copy /a /file ! EISDIR; copy /x/y /a ! ENOENT; copy /q /none ! ENOENT; copy /bad /file",
			want:  "/a/; /a/d/; /a/d/g = 2; /a/f = 1; /bad = 5; /e/; /e/d/; /e/d/g = 2; /e/d/h = 4; /e/f = 1; /e/lost+found/; /file = 5; /to -> e",
		},
		{
			name:  "steps inside a merged folder",
			base:  "/a/d/f = 1; /e/d/g = 2; /e/k = 3",
			steps: "copy /e /a; remove /e/d/g; write /e/d/f 4; rename /e/d /e/m; remove /e/k",
			want:  "/a/; /a/d/; /a/d/f = 1; /e/; /e/m/; /e/m/f = 4",
		},
		{
			name:  "a copied file replaces a link itself",
			base:  "/f = 1; /g = 2; /l -> g",
			steps: "copy /l /f",
			want:  "/f = 1; /g = 2; /l = 1",
		},
		{
			name:  "links of links of parents",
			base:  "/r/s/t/f = 1; /p -> r; /p2 -> p/s; /r/s/q -> ../../p2/t",
			steps: "stat /p2/q/f; stat /p2/../s/q/f; stat /p2/t/f/ ! ENOTDIR; stat /p2/t/f/.. ! ENOTDIR; write /p2/q/g 2; rename /p/s /p/u; stat /p2/q/f ! ENOENT; stat /r/u/q/f ! ENOENT",
			want:  "/p -> r; /p2 -> p/s; /r/; /r/u/; /r/u/q -> ../../p2/t; /r/u/t/; /r/u/t/f = 1; /r/u/t/g = 2",
		},
		{
			name:  "loops end",
			base:  "/l -> l; /m -> n; /n -> m; /d/",
			steps: "stat /l ! ELOOP; stat /m/x ! ELOOP; write /l x ! ELOOP; copy /x /m follow ! ELOOP; copy /y /m/x ! ELOOP; remove /m/x ! ELOOP; rename /l /d/l",
			want:  "/d/; /d/l -> l; /m -> n; /n -> m",
		},
	}
}

func TestOverlaySteps(t *testing.T) {
	for _, c := range overlayCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Run("OsFs", func(t *testing.T) { c.run(t, afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())) })
			if !strings.Contains(c.base, "->") {
				t.Run("MemMapFs", func(t *testing.T) { c.run(t, afero.NewMemMapFs()) })
			}
		})
	}
}

func (c overlayCase) run(t *testing.T, base afero.Fs) {
	other := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, c.base)
	buildTree(t, other, "/tree/x = x; /tree/sub/y = y; /tree/abs -> /tree/x; /tree/rel -> x")
	o := newOverlays(map[string]afero.Fs{"s": base, "t": other})
	for _, line := range strings.Split(c.steps, "; ") {
		step, want, _ := strings.Cut(line, " ! ")
		if got := scriptStep(o, step); errorName(got) != want {
			t.Errorf("%s: %v", line, got)
		} else if pe := (*fs.PathError)(nil); got != nil && (!errors.As(got, &pe) || !strings.HasPrefix(pe.Path, "/")) {
			t.Errorf("%s: %#v is no *fs.PathError with a path", line, got)
		}
	}
	if diff := cmp.Diff(strings.Split(c.want, "; "), listTree(t, o.fs("s"), "/")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// scriptStep does one step of a case; stat follows links.
func scriptStep(o *overlays, line string) error {
	f := strings.Fields(line)
	place := func(i int) cluster.Place {
		if p, ok := strings.CutPrefix(f[i], "t:"); ok {
			return cluster.Place{Storage: "t", Path: p}
		}
		return cluster.Place{Storage: "s", Path: f[i]}
	}
	switch f[0] {
	case "stat":
		_, err := o.fs("s").Stat(f[1])
		return err
	case "mkdir":
		return o.mkdir(place(1), 0o755)
	case "write":
		return o.write(place(1), []byte(f[2]), 0)
	case "symlink":
		return o.symlink(place(1), f[2])
	case "rename":
		return o.rename(place(1), place(2))
	case "remove":
		return o.remove(place(1))
	}
	shape := copyShape{Follow: slices.Contains(f, "follow")}
	if i := slices.Index(f, "exclude"); i > 0 {
		shape.Exclude = strings.Split(f[i+1], ",")
	}
	return o.copyTree(place(1), place(2), shape)
}

func errorName(err error) string {
	if err == nil {
		return ""
	}
	for name, e := range errnoByName() {
		if errors.Is(err, e) {
			return name
		}
	}
	if errors.Is(err, fs.ErrInvalid) {
		return "EINVAL"
	}
	return err.Error()
}

// buildTree makes what the lines say, in a storage as it is today.
func buildTree(t *testing.T, fsys afero.Fs, lines string) {
	t.Helper()
	for _, line := range strings.Split(lines, "; ") {
		var err error
		if p, text, ok := strings.Cut(line, " -> "); ok {
			if err = fsys.MkdirAll(path.Dir(p), 0o755); err == nil {
				err = makeLink(fsys, text, p)
			}
		} else if p, text, ok := strings.Cut(line, " = "); ok {
			if err = fsys.MkdirAll(path.Dir(p), 0o755); err == nil {
				err = afero.WriteFile(fsys, p, []byte(text), 0o644)
			}
		} else {
			err = fsys.MkdirAll(line, 0o755)
		}
		if err != nil {
			t.Fatal(line, err)
		}
	}
}

// listTree shows all below dir as the lines that build it, in listing order.
func listTree(t *testing.T, fsys afero.Fs, dir string) (lines []string) {
	t.Helper()
	f, err := fsys.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := f.Readdir(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, fi := range list {
		p := path.Join(dir, fi.Name())
		switch {
		case fi.IsDir():
			lines = append(append(lines, p+"/"), listTree(t, fsys, p)...)
		case fi.Mode()&fs.ModeSymlink != 0:
			text, err := fsys.(afero.LinkReader).ReadlinkIfPossible(p)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, p+" -> "+text)
		default:
			data, err := afero.ReadFile(fsys, p)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(data)) != fi.Size() {
				t.Errorf("%s: size %d, content %q", p, fi.Size(), data)
			}
			lines = append(lines, fmt.Sprintf("%s = %s", p, data))
		}
	}
	return lines
}

// makeLink makes a link with exactly this text; afero.BasePathFs would turn
// the text into a path of the machine.
func makeLink(fsys afero.Fs, text, p string) error {
	real, err := fsys.(*afero.BasePathFs).RealPath(p)
	if err != nil {
		return err
	}
	return os.Symlink(text, real)
}

func errnoByName() map[string]error {
	return map[string]error{
		"ENOENT": fs.ErrNotExist, "EEXIST": syscall.EEXIST, "ENOTDIR": syscall.ENOTDIR, "EISDIR": syscall.EISDIR,
		"ELOOP": syscall.ELOOP, "EINVAL": syscall.EINVAL, "EBUSY": syscall.EBUSY, "EXDEV": syscall.EXDEV, "EROFS": syscall.EROFS,
	}
}
