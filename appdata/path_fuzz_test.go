package appdata_test

import (
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// FuzzPaths holds the path functions to what every text must satisfy.
func FuzzPaths(f *testing.F) {
	for _, install := range []string{unix, win, unc, "C:/ucd", "", "/", "./C:", "//nas/share"} {
		for _, value := range []string{"..", `..\appdata`, "..-appdata", "../../x", "/x", `D:\x`, "c:x", `\\nas\s\x`, "//nas/s", "null", " "} {
			f.Add(install, value)
		}
	}
	f.Fuzz(func(t *testing.T, install, value string) {
		for _, p := range []string{install, value, appdata.Resolve(install, value), appdata.ResolvePath(install, value)} {
			c := serverpath.Clean(p)
			if again := serverpath.Clean(c); again != c {
				t.Errorf("Clean(%q) = %q, but cleaned again %q", p, c, again)
			}
			if !serverpath.Equal(p, c) || !serverpath.Equal(c, p) {
				t.Errorf("%q is not Equal to %q, its cleaned form", p, c)
			}
			if serverpath.Abs(p) != serverpath.Abs(c) {
				t.Errorf("Abs(%q) is not Abs(%q)", p, c)
			}
			if j := serverpath.Join(p); serverpath.Clean(j) != c || serverpath.Join(j) != j {
				t.Errorf("Join(%q) = %q is not the same path, or not settled", p, j)
			}
			if rel, ok := serverpath.Within(p, serverpath.Join(c, "conf", "x")); !ok || rel != "conf/x" {
				t.Errorf("conf/x below %q: %q, %v", p, rel, ok)
			}
		}
		if serverpath.Equal(install, value) != serverpath.Equal(value, install) {
			t.Errorf("Equal(%q, %q) depends on the order", install, value)
		}
		if rel, ok := serverpath.Within(install, value); ok && rel != "." {
			if back, ok := serverpath.Within(value, install); ok {
				t.Errorf("%q and %q lie inside one another (%q, %q)", install, value, rel, back)
			}
			if strings.HasPrefix(rel, "../") || rel == ".." || rel == "" {
				t.Errorf("Within(%q, %q) = %q", install, value, rel)
			}
		}
		if r := appdata.Resolve(install, value); (r == "") != (value == "null" || strings.TrimSpace(value) == "") {
			t.Errorf("Resolve(%q, %q) = %q", install, value, r)
		}
		if !strings.HasPrefix(value, "..") && appdata.Resolve(install, value) != appdata.ResolvePath(install, value) {
			t.Errorf("%q does not begin with two dots, yet the two rules differ", value)
		}
	})
}
