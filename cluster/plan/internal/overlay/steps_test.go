package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"golang.org/x/tools/txtar"

	"github.com/deploycluster/deploycluster/cluster"
)

// TestSteps runs the cases of testdata/steps.txtar.
func TestSteps(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/steps.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range archive.Files {
		t.Run(c.Name, func(t *testing.T) {
			var base, steps, want []string
			for line := range strings.Lines(string(c.Data)) {
				line = strings.TrimSuffix(line, "\n")
				if step, ok := strings.CutPrefix(line, "> "); ok {
					steps = append(steps, step)
				} else if after, ok := strings.CutPrefix(line, "= "); ok {
					want = append(want, after)
				} else {
					base = append(base, line)
				}
			}
			t.Run("OsFs", func(t *testing.T) { trySteps(t, afero.NewBasePathFs(afero.NewOsFs(), t.TempDir()), base, steps, want) })
			if !strings.Contains(strings.Join(base, "; "), "->") {
				t.Run("MemMapFs", func(t *testing.T) { trySteps(t, afero.NewMemMapFs(), base, steps, want) })
			}
		})
	}
}

func trySteps(t *testing.T, fsys afero.Fs, base, steps, want []string) {
	other := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, fsys, strings.Join(base, "; "))
	buildTree(t, other, "/tree/x = x; /tree/sub/y = y; /tree/abs -> /tree/x; /tree/rel -> x")
	o := New(map[string]afero.Fs{"s": fsys, "t": other})
	for _, line := range steps {
		step, fails, _ := strings.Cut(line, " ! ")
		if got := scriptStep(o, step); errorName(got) != fails {
			t.Errorf("%s: %v", line, got)
		} else if pe := (*fs.PathError)(nil); got != nil && (!errors.As(got, &pe) || !strings.HasPrefix(pe.Path, "/")) {
			t.Errorf("%s: %#v is no *fs.PathError with a path", line, got)
		}
	}
	if diff := cmp.Diff(want, listTree(t, o.FS("s"), "/")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// scriptStep does one step of a case; stat follows links.
func scriptStep(o *World, line string) error {
	f := strings.Fields(line)
	place := func(i int) cluster.Place {
		if p, ok := strings.CutPrefix(f[i], "t:"); ok {
			return cluster.Place{Storage: "t", Path: p}
		}
		return cluster.Place{Storage: "s", Path: f[i]}
	}
	switch f[0] {
	case "stat":
		_, err := o.FS("s").Stat(f[1])
		return err
	case "mkdir":
		return o.Mkdir(place(1), 0o755)
	case "write":
		return o.Write(place(1), []byte(f[2]), 0)
	case "symlink":
		return o.Symlink(place(1), f[2])
	case "rename":
		return o.Rename(place(1), place(2))
	case "remove":
		return o.Remove(place(1))
	}
	shape := Shape{Follow: slices.Contains(f, "follow")}
	if i := slices.Index(f, "exclude"); i > 0 {
		shape.Exclude = strings.Split(f[i+1], ",")
	}
	return o.Copy(place(1), place(2), shape)
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

// windowsFs reads as a Windows machine's file system does: drives and shares,
// either separator, any case. It keeps its files below /c: and /host/share in
// lower case, and links as files whose content begins with "link ".
type windowsFs struct{ afero.Fs }

func windowsName(p string) string {
	return path.Clean("/" + strings.ToLower(strings.ReplaceAll(p, `\`, "/")))
}

type windowsInfo struct{ os.FileInfo }

func (windowsInfo) Mode() os.FileMode { return os.ModeSymlink | 0o777 }

func (w windowsFs) LstatIfPossible(p string) (os.FileInfo, bool, error) {
	fi, err := w.Fs.Stat(windowsName(p))
	if _, linkErr := w.ReadlinkIfPossible(p); err == nil && linkErr == nil {
		return windowsInfo{fi}, true, nil
	}
	return fi, true, err
}

func (w windowsFs) ReadlinkIfPossible(p string) (string, error) {
	data, err := afero.ReadFile(w.Fs, windowsName(p))
	text, ok := strings.CutPrefix(string(data), "link ")
	if err == nil && !ok {
		err = os.ErrInvalid
	}
	return text, err
}

func (w windowsFs) Open(p string) (afero.File, error) { return w.Fs.Open(windowsName(p)) }

func TestWindowsPaths(t *testing.T) {
	mem := afero.NewMemMapFs()
	buildTree(t, mem, `/c:/ibm/ucd/appdata/f = 1; /c:/ibm/ucd/appdata/sub/g = 2; /nas/share/lost = 3; /d:/x = 4; /c:/server = link C:\IBM\ucd; /c:/ibm/up = link ..\ibm/ucd\appdata; /c:/ibm/rooted = link \ibm\ucd; /c:/ibm/nas = link \\NAS\Share; /c:/ibm/other = link D:\x`)
	o := New(map[string]afero.Fs{"s": windowsFs{mem}})
	for _, err := range []error{
		o.Mkdir(inS(`\\nas\share\ucd`), 0o755),
		o.Copy(inS(`\\NAS\share\ucd\AppData`), inS(`c:\IBM\UCD/appdata`), Shape{Exclude: []string{"SUB"}}),
		o.Write(inS(`C:\Server\appdata\F`), []byte("new"), 0),
		o.Rename(inS(`C:\IBM\UCD\appdata`), inS(`c:\ibm\ucd\appdata.retired`)),
		o.Symlink(inS(`C:/IBM/UCD/new`), `appdata.retired\SUB`),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for p, want := range map[string]string{
		`\\nas\SHARE\ucd\appdata\f`:           "1",
		`\\nas\share/ucd/APPDATA/sub/g`:       "ENOENT",
		`\\nas\share\lost`:                    "3",
		`C:\ibm\nas\ucd\appdata\f`:            "1",
		`C:\ibm\other`:                        "4",
		`d:/X`:                                "4",
		`c:\ibm\ucd\appdata\f`:                "ENOENT",
		`C:\SERVER\AppData\f`:                 "ENOENT",
		`C:\Server\appdata.RETIRED\f`:         "new",
		`C:\ibm\rooted\appdata.retired\sub\g`: "2",
		`C:\ibm\up\f`:                         "ENOENT",
		`C:/ibm/ucd/NEW/g`:                    "2",
		`C:\ibm\ucd\appdata.retired\..\new\G`: "2",
		`Z:\nothing`:                          "ENOENT",
	} {
		data, err := afero.ReadFile(o.FS("s"), p)
		if got := string(data) + errorName(err); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
	f, err := o.FS("s").Open(`C:\ibm\UCD\`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := f.Readdirnames(-1)
	if diff := cmp.Diff([]string{"appdata.retired", "new"}, names); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if fi, err := f.Stat(); err != nil || fi.Name() != "UCD" {
		t.Error(fi, err)
	}
	if err := o.Mkdir(inS(`Z:\x`), 0o755); errorName(err) != "ENOENT" {
		t.Errorf("a folder on a drive that is not there: %v", err)
	}
	if err := o.Rename(inS(`D:\x`), inS(`C:\x`)); errorName(err) != "EXDEV" {
		t.Errorf("a rename to another drive: %v", err)
	}
}

// TestFollowsLinksAsAServerDoes copies from a server that has storage t
// mounted at /mnt: a text that begins so leads there.
func TestFollowsLinksAsAServerDoes(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	other := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/a/repo -> /mnt/repo; /a/here -> /h; /a/gone -> /mnt/none; /a/far -> /else; /h = 1; /top -> /mnt/repo")
	buildTree(t, other, "/repo/f = 2; /repo/back -> /a; /repo/in -> /mnt/repo/f")
	leads := func(w map[string]afero.Fs, link cluster.Place) (cluster.Place, error) {
		text, err := w[link.Storage].(afero.LinkReader).ReadlinkIfPossible(link.Path)
		switch rest, mounted := strings.CutPrefix(text, "/mnt"); {
		case err != nil:
			return cluster.Place{}, err
		case mounted:
			return cluster.Place{Storage: "t", Path: rest}, nil
		case text == "/else":
			return cluster.Place{}, &os.PathError{Op: "resolve", Path: "/real/else", Err: os.ErrPermission}
		}
		return inS(text), nil
	}
	o := New(map[string]afero.Fs{"s": base, "t": other})
	for _, err := range []error{
		o.Copy(inS("/x"), inS("/a"), Shape{Follow: true, Leads: leads, Exclude: []string{"far"}}),
		o.Copy(inS("/y"), inS("/top"), Shape{Follow: true, Leads: leads, Exclude: []string{"back"}}),
		o.Copy(inS("/z"), inS("/a"), Shape{Follow: true, Leads: leads}),
		o.Remove(cluster.Place{Storage: "t", Path: "/repo"}),
		o.Remove(inS("/a")), o.Remove(inS("/h")), o.Remove(inS("/top")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := o.FS("s").Stat("/z/far")
	wantPathError(t, err, "/z/far", os.ErrPermission)
	if err := o.Remove(inS("/z")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/x/", "/x/gone -> /mnt/none", "/x/here = 1", "/x/repo/", "/x/repo/back -> /a", "/x/repo/f = 2", "/x/repo/in = 2",
		"/y/", "/y/f = 2", "/y/in = 2",
	}
	if diff := cmp.Diff(want, listTree(t, o.FS("s"), "/")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPassesFortyLinks(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/0 = end")
	for i := range 41 {
		if err := makeLink(base, strconv.Itoa(i), "/"+strconv.Itoa(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	o := worldOn(t, base)
	if b, err := afero.ReadFile(o.FS("s"), "/40"); string(b) != "end" {
		t.Error(b, err)
	}
	if _, err := o.FS("s").Stat("/41"); errorName(err) != "ELOOP" {
		t.Error(err)
	}
	if err := o.Symlink(inS("/l"), "41/x"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.FS("s").Stat("/l"); errorName(err) != "ELOOP" {
		t.Error(err)
	}
}
