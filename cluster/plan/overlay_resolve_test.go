package plan

import (
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
)

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

func TestOverlayWindowsPaths(t *testing.T) {
	mem := afero.NewMemMapFs()
	buildTree(t, mem, `/c:/ibm/ucd/appdata/f = 1; /c:/ibm/ucd/appdata/sub/g = 2; /nas/share/lost = 3; /d:/x = 4; /c:/server = link C:\IBM\ucd; /c:/ibm/up = link ..\ibm/ucd\appdata; /c:/ibm/rooted = link \ibm\ucd; /c:/ibm/nas = link \\NAS\Share; /c:/ibm/other = link D:\x`)
	o := newOverlays(map[string]afero.Fs{"s": windowsFs{mem}})
	for _, err := range []error{
		o.mkdir(inS(`\\nas\share\ucd`), 0o755),
		o.copyTree(inS(`\\NAS\share\ucd\AppData`), inS(`c:\IBM\UCD/appdata`), copyShape{Exclude: []string{"SUB"}}),
		o.write(inS(`C:\Server\appdata\F`), []byte("new"), 0),
		o.rename(inS(`C:\IBM\UCD\appdata`), inS(`c:\ibm\ucd\appdata.retired`)),
		o.symlink(inS(`C:/IBM/UCD/new`), `appdata.retired\SUB`),
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
		data, err := afero.ReadFile(o.fs("s"), p)
		if got := string(data) + errorName(err); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
	f, err := o.fs("s").Open(`C:\ibm\UCD\`)
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
	if err := o.mkdir(inS(`Z:\x`), 0o755); errorName(err) != "ENOENT" {
		t.Errorf("a folder on a drive that is not there: %v", err)
	}
	if err := o.rename(inS(`D:\x`), inS(`C:\x`)); errorName(err) != "EXDEV" {
		t.Errorf("a rename to another drive: %v", err)
	}
}

// TestOverlayFollowsLinksAsAServerDoes copies from a server that has storage t
// mounted at /mnt: a text that begins so leads there.
func TestOverlayFollowsLinksAsAServerDoes(t *testing.T) {
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
	o := newOverlays(map[string]afero.Fs{"s": base, "t": other})
	for _, err := range []error{
		o.copyTree(inS("/x"), inS("/a"), copyShape{Follow: true, Leads: leads, Exclude: []string{"far"}}),
		o.copyTree(inS("/y"), inS("/top"), copyShape{Follow: true, Leads: leads, Exclude: []string{"back"}}),
		o.copyTree(inS("/z"), inS("/a"), copyShape{Follow: true, Leads: leads}),
		o.remove(cluster.Place{Storage: "t", Path: "/repo"}),
		o.remove(inS("/a")), o.remove(inS("/h")), o.remove(inS("/top")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := o.fs("s").Stat("/z/far")
	wantPathError(t, err, "/z/far", os.ErrPermission)
	if err := o.remove(inS("/z")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/x/", "/x/gone -> /mnt/none", "/x/here = 1", "/x/repo/", "/x/repo/back -> /a", "/x/repo/f = 2", "/x/repo/in = 2",
		"/y/", "/y/f = 2", "/y/in = 2",
	}
	if diff := cmp.Diff(want, listTree(t, o.fs("s"), "/")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOverlayPassesFortyLinks(t *testing.T) {
	base := afero.NewBasePathFs(afero.NewOsFs(), t.TempDir())
	buildTree(t, base, "/0 = end")
	for i := range 41 {
		if err := makeLink(base, strconv.Itoa(i), "/"+strconv.Itoa(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	o := overlayOn(t, base)
	if b, err := afero.ReadFile(o.fs("s"), "/40"); string(b) != "end" {
		t.Error(b, err)
	}
	if _, err := o.fs("s").Stat("/41"); errorName(err) != "ELOOP" {
		t.Error(err)
	}
	if err := o.symlink(inS("/l"), "41/x"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.fs("s").Stat("/l"); errorName(err) != "ELOOP" {
		t.Error(err)
	}
}

func TestSplitVolume(t *testing.T) {
	for _, c := range []struct{ path, root, key, parts, name string }{
		{"/a/b", "/", "/", ",a,b", "b"},
		{"/a//b/", "/", "/", ",a,,b,", "b"},
		{"/", "/", "/", ",", "/"},
		{"", "/", "/", "", "/"},
		{`/a\b`, "/", "/", `,a\b`, `a\b`},
		{"//h/s", "/", "/", ",,h,s", "s"},
		{`1:\a`, "/", "/", `1:\a`, `1:\a`},
		{`C:\a/b`, `C:\`, "c:", ",a,b", "b"},
		{"c:/a", "c:/", "c:", ",a", "a"},
		{"C:", `C:\`, "c:", "", `C:\`},
		{`\\H\S\a\`, `\\H\S\`, `\\h\s\`, "a,", "a"},
		{`\\h\s`, `\\h\s\`, `\\h\s\`, "", `\\h\s\`},
	} {
		v, parts := splitVolume(c.path)
		got := []string{v.root, v.key, strings.Join(parts, ","), lastName(c.path)}
		if diff := cmp.Diff([]string{c.root, c.key, c.parts, c.name}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.path, diff)
		}
	}
}
