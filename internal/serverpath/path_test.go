package serverpath_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

func ExampleWithin() {
	rel, ok := serverpath.Within(`C:\ucd\server`, `c:/UCD/server/appdata\patches`)
	fmt.Println(rel, ok)
	_, ok = serverpath.Within("/opt/ucd/server", "/opt/ucd/server-appdata")
	fmt.Println(ok)
	// Output:
	// appdata/patches true
	// false
}

func ExampleJoin() {
	fmt.Println(serverpath.Join(`\\nas\ucd\appdata`, "conf/server.keystore"))
	fmt.Println(serverpath.Clean(`C:\ucd\server\..\\share\.\appdata\`))
	fmt.Println(serverpath.Equal(`C:\ucd`, "c:/UCD/"), serverpath.Equal("/opt/ucd", "/opt/UCD"))
	fmt.Println(serverpath.Abs(`\\nas\ucd`), serverpath.Abs("../appdata"))
	// Output:
	// \\nas\ucd\appdata\conf\server.keystore
	// C:\ucd\share\appdata
	// true false
	// true false
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                        ".",
		".":                       ".",
		"/":                       "/",
		"//":                      "/",
		"/..":                     "/",
		"/a/./b//c/..":            "/a/b",
		"a/../..":                 "..",
		"../..":                   "../..",
		`a\b`:                     `a\b`,
		`\a\..`:                   `\a\..`,
		"//nas/share":             "/nas/share",
		"C:":                      `C:\`,
		"c:/":                     "c:/",
		`C:\..\x`:                 `C:\x`,
		`C:\a/b\..\c`:             `C:\a\c`,
		`C:/a\b\..\c`:             `C:/a/c`,
		"C:a":                     "C:a", // a POSIX name: no separator after the drive
		`\\nas\share`:             `\\nas\share`,
		`\\nas\share\`:            `\\nas\share`,
		`\\nas\share\..\..\x`:     `\\nas\share\x`,
		`\\nas//share/x/.\y`:      `\\nas\share\x\y`,
		`\\nas`:                   `\\nas`,
		`\\`:                      `\\`, // a POSIX name
		`\\nas\..\x`:              `\\nas\x`,
		`\\?\C:\a\..\b`:           `\\?\C:\b`,
		`./C:\x`:                  `./C:\x`, // still a relative POSIX name
		`./C:/..`:                 ".",
		`x/../C:`:                 "./C:",
		"/opt/ünï côdé/\"q\" /..": "/opt/ünï côdé",
	} {
		if got := serverpath.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// On POSIX paths Clean does what the standard library's path.Clean does.
func TestCleanAgreesWithPathPackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"", ".", "..", "a", `b\c`, "..d"})).Draw(t, "parts")
		text := strings.Join(parts, "/")
		if got, want := serverpath.Clean(text), path.Clean(text); got != want {
			t.Fatalf("Clean(%q) = %q, path.Clean gives %q", text, got, want)
		}
	})
}

func TestWithin(t *testing.T) {
	for _, c := range []struct{ base, path, rel string }{ // rel "" for: not within
		{"/a", "/a", "."},
		{"/a", "/a/b/c", "b/c"},
		{"/a/", "/a//b/../c", "c"},
		{"/a", "/a/../b", ""},
		{"/a", "/ab", ""},
		{"/a", "/", ""},
		{"/a", "a/b", ""},
		{"/A", "/a/b", ""},
		{"/", "/a", "a"},
		{".", "a", "a"},
		{"", "a", "a"},
		{".", "../a", ""},
		{"..", "../a", "a"},
		{"..", "../..", ""},
		{"a", "a/../b", ""},
		{`C:\a`, `c:/A\B`, "B"},
		{`C:\a`, `C:\ab`, ""},
		{`C:\a`, `D:\a\b`, ""},
		{`C:\`, `C:\x`, "x"},
		{"C:", `C:\x`, "x"},
		{`C:\a`, "/a/b", ""},
		{`\\nas\share`, `\\NAS\Share\x`, "x"},
		{`\\nas\share`, "//nas/share/x", "x"}, // one side is Windows: both are
		{"//nas/share", `\\nas\share\x`, "x"},
		{`\\nas\share`, `\\nas\other\x`, ""},
		{`\\nas\share`, `\\nas\share2`, ""},
	} {
		rel, ok := serverpath.Within(c.base, c.path)
		if rel != c.rel || ok != (c.rel != "") {
			t.Errorf("Within(%q, %q) = %q, %v, want %q", c.base, c.path, rel, ok, c.rel)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ path, dir, name string }{
		{"/", "/", ""}, {"/a", "/", "a"}, {"/a/b", "/a", "b"}, {`/a/b\c`, "/a", `b\c`}, {"a", "a", ""},
		{`C:\`, `C:\`, ""}, {`C:\a`, `C:\`, "a"}, {`C:\a\b`, `C:\a`, "b"}, {`C:/a\b`, `C:/a`, "b"}, {"C:/a", "C:/", "a"},
		{`\\nas\share\x`, `\\nas\share`, "x"},
	} {
		if dir, name := serverpath.Split(c.path); dir != c.dir || name != c.name {
			t.Errorf("Split(%q) = %q, %q", c.path, dir, name)
		}
	}
}

func TestRoot(t *testing.T) {
	for _, c := range []struct{ path, root, parts, parent string }{
		{"/", "/", "", "/"}, {"/a//b/", "/", "a b", "/a"}, {`/a\b`, "/", `a\b`, "/"}, {"/a", "/", "a", "/"},
		{`C:\a/b\..`, `C:\`, "a b ..", `C:\a\b`}, {"c:/a", `c:\`, "a", `c:\`}, {"C:", `C:\`, "", `C:\`},
		{`\\nas\share\x`, `\\nas\share`, "x", `\\nas\share`}, {`\\nas\share`, `\\nas\share`, "", `\\nas\share`}, {`\\nas`, `\\nas`, "", `\\nas`},
	} {
		root, parts := serverpath.Root(c.path)
		if root != c.root || strings.Join(parts, " ") != c.parts {
			t.Errorf("Root(%q) = %q, %q", c.path, root, parts)
		}
		if got := serverpath.Parent(c.path); got != c.parent {
			t.Errorf("Parent(%q) = %q, want %q", c.path, got, c.parent)
		}
	}
}

func TestVolumes(t *testing.T) {
	for _, c := range []struct{ link, text, key, parts string }{
		{"/a/l", "/x/y", "/", " x y"}, {"/a/l", "x/../y/", "", "x .. y "}, {"/a/l", `C:\x`, "", `C:\x`},
		{`C:\a\l`, `\x`, "c:", " x"}, {`C:\a\l`, `d:\x`, "d:", " x"}, {`C:\a\l`, `..\x`, "", ".. x"},
		{`\\NAS\share\l`, `\x`, `\\nas\share\`, " x"}, {`C:\a\l`, `\\nas\Share\x`, `\\nas\share\`, "x"},
	} {
		v, _ := serverpath.SplitVolume(c.link)
		to, parts, abs := v.SplitLink(c.text)
		if abs != (c.key != "") || abs && to.Key != c.key || strings.Join(parts, " ") != c.parts {
			t.Errorf("link %s -> %s: volume %+v, parts %q, absolute %v", c.link, c.text, to, parts, abs)
		}
		if same := serverpath.FoldName("A", v.Windows) == serverpath.FoldName("a", v.Windows); same != v.Windows {
			t.Errorf("%s: A and a are one name: %v", c.link, same)
		}
	}
	if v, _ := serverpath.SplitVolume("C:/a/b"); v.Root != "C:/" || v.Sep != "/" {
		t.Errorf("%+v", v)
	}
}

func TestSplitVolume(t *testing.T) {
	for _, c := range []struct{ path, root, key, parts string }{
		{"/a/b", "/", "/", ",a,b"},
		{"/a//b/", "/", "/", ",a,,b,"},
		{"/", "/", "/", ","},
		{"", "/", "/", ""},
		{`/a\b`, "/", "/", `,a\b`},
		{"//h/s", "/", "/", ",,h,s"},
		{`1:\a`, "/", "/", `1:\a`},
		{`C:\a/b`, `C:\`, "c:", ",a,b"},
		{"c:/a", "c:/", "c:", ",a"},
		{"C:", `C:\`, "c:", ""},
		{`\\H\S\a\`, `\\H\S\`, `\\h\s\`, "a,"},
		{`\\h\s`, `\\h\s\`, `\\h\s\`, ""},
	} {
		v, parts := serverpath.SplitVolume(c.path)
		if v.Root != c.root || v.Key != c.key || strings.Join(parts, ",") != c.parts {
			t.Errorf("SplitVolume(%q) = %+v, %q", c.path, v, parts)
		}
	}
}

// Paths that need no cutting give what cutting gives.
func TestPlainPathsAreCutAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "b", "..", ".", "", "..a", ".b", `c\d`, "C:", "a..", "..."})
		text := func(name string) string {
			return rapid.SampledFrom([]string{"/", "/", "", "./", `C:\`, `C:/`, "//", `\\nas\s\`}).Draw(t, name) + strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, name), "/")
		}
		base, path := text("base"), text("path")
		rel, ok := serverpath.Within(base, path)
		// A "." in front of a separator takes the long way and changes nothing.
		dotted := path + "/."
		if r, k := serverpath.Within(base, dotted); path != "" && serverpath.Windows(path) == serverpath.Windows(dotted) && (r != rel || k != ok) {
			t.Fatalf("Within(%q, %q) = %q, %v; with %q: %q, %v", base, path, rel, ok, dotted, r, k)
		}
		if one, two := serverpath.Join(base, path), serverpath.Join(base, path, "."); one != two {
			t.Fatalf("Join(%q, %q) = %q; with a dot %q", base, path, one, two)
		}
	})
}
