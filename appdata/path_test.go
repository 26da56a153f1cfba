package appdata_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

func ExampleResolve() {
	for _, value := range []string{"..", "../appdata", "..-appdata", "../../share", "/media/share/appdata"} {
		fmt.Println(appdata.Resolve("/opt/ibm-ucd/server", value))
	}
	fmt.Println(appdata.Resolve(`C:\Program Files\ibm-ucd\server`, `..\appdata`))
	// Output:
	// /opt/ibm-ucd/server
	// /opt/ibm-ucd/server/appdata
	// /opt/ibm-ucd/server-appdata
	// /opt/ibm-ucd/server/../share
	// /media/share/appdata
	// C:\Program Files\ibm-ucd\server\appdata
}

func ExampleResolvePath() {
	fmt.Println(appdata.ResolvePath("/opt/ibm-ucd/server", "../appdata/conf/server.keystore"))
	fmt.Println(appdata.ResolvePath("/opt/ibm-ucd/server", "..-appdata/conf/server.keystore"))
	// Output:
	// /opt/ibm-ucd/server/appdata/conf/server.keystore
	// /opt/ibm-ucd/server/bin/..-appdata/conf/server.keystore
}

func ExampleStored() {
	fmt.Println(appdata.Stored("/opt/ucd/server", "/opt/ucd/server/appdata"))
	fmt.Println(appdata.Stored("/opt/ucd/server", "/opt/ucd/server-appdata"))
	fmt.Println(appdata.HasTrapPrefix("/opt/ucd/server", "/opt/ucd/server-appdata"))
	// Output:
	// ../appdata
	// ..-appdata
	// true
}

const (
	unix = "/opt/ucd/server"
	win  = `C:\ucd\server`
	unc  = `\\nas\ucd\server`
)

func TestResolve(t *testing.T) {
	for _, c := range []struct{ install, value, want string }{
		{unix, "..", unix},
		{unix, "../", unix},
		{unix, `..\`, unix},
		{unix, "../.", unix},
		{unix, "./..", unix}, // no two dots in front: relative to bin
		{unix, "../appdata", unix + "/appdata"},
		{unix, "..//appdata/", unix + "/appdata"},
		{unix, `..\appdata`, unix + "/appdata"},
		{unix, `..\appdata\x`, unix + "/appdata/x"},
		{unix, `../app\data`, unix + `/app\data`}, // a POSIX name
		{unix, "..-appdata", "/opt/ucd/server-appdata"},
		{unix, "..appdata", "/opt/ucd/serverappdata"},
		{unix, "...", "/opt/ucd/server."},
		{unix, "../../share", unix + "/../share"},
		{unix, "../appdata ", unix + "/appdata "}, // Java keeps the blank
		{unix, "/media/share/appdata", "/media/share/appdata"},
		{unix, "/media//share/./appdata/", "/media/share/appdata"},
		{unix, "/media/x/../appdata", "/media/x/../appdata"},
		{unix, "/", "/"},
		{unix, "appdata", unix + "/bin/appdata"},
		{unix, "x/../appdata", unix + "/bin/x/../appdata"},
		{unix, `D:\appdata`, `D:\appdata`}, // a Windows server read elsewhere
		{unix, `\\nas\share\appdata`, `\\nas\share\appdata`},
		{unix, "", ""},
		{unix, " \t", ""},
		{unix, "null", ""},
		{unix + "/", "..", unix},
		{unix + "/", "..-appdata", "/opt/ucd/server-appdata"},
		{"/opt//ucd/server", "../appdata", unix + "/appdata"},
		{"/", "../appdata", "/appdata"},
		{"", "../appdata", "appdata"},
		{"", "..", "."},
		{"srv", "..", "srv"},

		{win, "..", win},
		{win, `..\`, win},
		{win, "../", win},
		{win, `..\appdata`, `C:\ucd\server\appdata`},
		{win, "../appdata", `C:\ucd\server\appdata`},
		{win, "../appdata\\x", `C:\ucd\server\appdata\x`},
		{win, "..-appdata", `C:\ucd\server-appdata`},
		{win, `..\..\share`, `C:\ucd\server\..\share`},
		{win, `D:\share\appdata`, `D:\share\appdata`},
		{win, "D:/share/appdata", "D:/share/appdata"},
		{win, `D:/share\appdata`, "D:/share/appdata"},
		{win, `\\nas\share\appdata`, `\\nas\share\appdata`},
		{win, "//nas/share/appdata", `\\nas\share\appdata`},
		{win, `\\nas\share`, `\\nas\share`},
		{win, "/share/appdata", `C:\share\appdata`},
		{win, `\share\appdata`, `C:\share\appdata`},
		{win, "appdata", `C:\ucd\server\bin\appdata`},
		{win, "c:appdata", `C:\ucd\server\bin\appdata`},
		{win, "D:appdata", `D:\appdata`},
		{win, "null", ""},
		{win + `\`, "..-x", `C:\ucd\server-x`},
		{"C:/ucd/server", "../appdata", "C:/ucd/server/appdata"},
		{"C:/ucd/server", `..\appdata`, "C:/ucd/server/appdata"},
		{`C:\`, `..\x`, `C:\x`},
		{unc, `..\appdata`, `\\nas\ucd\server\appdata`},
		{unc, `\x`, `\\nas\ucd\x`},
		{unc, "..-x", `\\nas\ucd\server-x`},
	} {
		if got := appdata.Resolve(c.install, c.value); got != c.want {
			t.Errorf("Resolve(%q, %q) = %q, want %q", c.install, c.value, got, c.want)
		}
	}
}

func TestResolvePath(t *testing.T) {
	for _, c := range []struct{ install, value, want string }{
		{unix, "..", unix},
		{unix, "../conf/encryption.keystore", unix + "/conf/encryption.keystore"},
		{unix, `..\conf\encryption.keystore`, unix + "/conf/encryption.keystore"},
		{unix, "./../conf/x", unix + "/conf/x"},
		{unix, "../../share/x", unix + "/../share/x"},
		{unix, "..-appdata/conf/x", unix + "/bin/..-appdata/conf/x"},
		{unix, "...", unix + "/bin/..."},
		{unix, "x/../../y", unix + "/bin/x/../../y"},
		{unix, "server.keystore", unix + "/bin/server.keystore"},
		{unix, "/media/share/appdata/conf/x", "/media/share/appdata/conf/x"},
		{unix, `C:\ucd\conf\x`, `C:\ucd\conf\x`},
		{unix, "", ""},
		{unix, "null", ""},
		{"/", "../x", "/x"},
		{"", "../x", "x"},
		{"", "x", "bin/x"},

		{win, "../conf/x", `C:\ucd\server\conf\x`},
		{win, `..\conf\x`, `C:\ucd\server\conf\x`},
		{win, `..-appdata\conf\x`, `C:\ucd\server\bin\..-appdata\conf\x`},
		{win, `c:..\x`, `C:\ucd\server\x`},
		{win, `D:\x`, `D:\x`},
		{win, "//nas/share/x", `\\nas\share\x`},
		{"C:/ucd", "../x", "C:/ucd/x"},
		{unc, "../conf/x", `\\nas\ucd\server\conf\x`},
	} {
		if got := appdata.ResolvePath(c.install, c.value); got != c.want {
			t.Errorf("ResolvePath(%q, %q) = %q, want %q", c.install, c.value, got, c.want)
		}
	}
}

func TestHasTrapPrefix(t *testing.T) {
	for _, c := range []struct {
		install, path string
		want          bool
	}{
		{unix, unix + "-appdata", true},
		{unix, unix + "2/appdata", true},
		{unix, unix + ".d", true},
		{unix + "/", unix + "-appdata", true},
		{unix, unix, false},
		{unix, unix + "/", false},
		{unix, unix + "/appdata", false},
		{unix, unix + "/../appdata", false},
		{unix, "/opt/ucd/serv", false},
		{unix, "/opt/ucd/SERVER-appdata", false},
		{unix, "/opt//ucd/server-appdata", false},
		{unix, unix + `\x`, true},
		{win, win + "-appdata", true},
		{win, win + `\appdata`, false},
		{win, win + "/appdata", false},
		{win, `c:\ucd\server-appdata`, false}, // the installer compares exactly
		{win, "C:/ucd/server-appdata", false},
		{"", "/x", false},
		{"/", "/x", false},
	} {
		if got := appdata.HasTrapPrefix(c.install, c.path); got != c.want {
			t.Errorf("HasTrapPrefix(%q, %q) = %v, want %v", c.install, c.path, got, c.want)
		}
	}
}

// What the installer stores for a path it also reads back as that path, inside
// the install folder or merely beside it; every other reader does so only inside.
func TestStoredReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		install := rapid.SampledFrom([]string{unix, win, unc, "/srv/a b"}).Draw(t, "install")
		tail := rapid.SampledFrom([]string{"", "-appdata", "/appdata", "/x/../y", "2", "/..", "/.."}).Draw(t, "tail")
		p := install + tail
		stored := appdata.Stored(install, p)
		if !strings.HasPrefix(stored, "..") {
			t.Fatalf("Stored(%q, %q) = %q", install, p, stored)
		}
		if got := appdata.Resolve(install, stored); !serverpath.Equal(got, p) {
			t.Fatalf("%q stored as %q reads back as %q", p, stored, got)
		}
		readsBack := serverpath.Equal(appdata.ResolvePath(install, stored), p)
		if trap := appdata.HasTrapPrefix(install, p); readsBack == trap {
			t.Fatalf("%q stored as %q: trap %v, but another property reads it back %v", p, stored, trap, readsBack)
		}
	})
	if got := appdata.Stored(unix, "/media/share"); got != "/media/share" {
		t.Errorf("a path elsewhere is stored as %q", got)
	}
	if got, want := appdata.Stored(unix, unix+"/copy"+unix+"/a"), "../copy../a"; got != want {
		t.Errorf("a path that repeats the install folder is stored as %q, want %q", got, want)
	}
	if got := appdata.Stored("/", "/x"); got != "/x" {
		t.Errorf("with the root as install folder: %q", got)
	}
}
