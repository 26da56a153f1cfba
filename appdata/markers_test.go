package appdata_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

func ExampleReadInstalledVersion() {
	fsys := afero.NewMemMapFs()
	_ = afero.WriteFile(fsys, "/appdata/conf/installed.version", []byte("7.0.0.0.984935\n"), 0o644)
	_, _, err := appdata.ReadInstalledVersion(fsys, "/appdata/conf/installed.version")
	var e *appdata.InstalledVersionError
	fmt.Println(errors.As(err, &e), e.Problem)
	// Output: true key absent
}

func TestReadInstalledVersion(t *testing.T) {
	onEachFs(t, func(t *testing.T, fsys afero.Fs, root string) {
		for _, c := range []struct {
			content string
			version string
			line    int
			problem appdata.VersionProblem
		}{
			{"#\n#Mon Jan 01 00:00:00 UTC 2018\ninstalled.version=7.0.0.0.984935\n", "7.0.0.0.984935", 3, ""},
			{"#x\r\ninstalled.version=6.2.1.1.788401\r\n", "6.2.1.1.788401", 2, ""},
			{"installed.version=1\ninstalled.version=dev\n", "dev", 2, ""}, // the last one wins
			{"installed.version=7.0 \n", "7.0 ", 1, ""},                    // exactly as Java reads it
			{"installed.version=garbage", "garbage", 1, ""},
			{"", "", 0, appdata.VersionKeyAbsent},
			{"7.0.0.0.984935\n", "", 0, appdata.VersionKeyAbsent},
			{"Installed.Version=7.0\n", "", 0, appdata.VersionKeyAbsent},
			{"#\ninstalled.version=\n", "", 2, appdata.VersionEmpty},
			{"installed.version= \n", "", 1, appdata.VersionEmpty},
			{"installed.version=7.0\\uX\n", "", 0, appdata.VersionMalformed},
		} {
			p := path.Join(root, "conf", "installed.version")
			fill(t, fsys, root, "conf/")
			if err := afero.WriteFile(fsys, p, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			v, pos, err := appdata.ReadInstalledVersion(fsys, p)
			if v != c.version || pos.Line != c.line || pos.Line > 0 && pos.Name != p {
				t.Errorf("%q: %q at %+v", c.content, v, pos)
			}
			var e *appdata.InstalledVersionError
			if c.problem == "" && err != nil || c.problem != "" && (!errors.As(err, &e) || e.Problem != c.problem || e.Path != p) {
				t.Errorf("%q: %v, want problem %v", c.content, err, c.problem)
			}
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: an existing file does not exist: %v", c.content, err)
			}
		}

		fill(t, fsys, root, "file", "folder/")
		for name, want := range map[string]appdata.VersionProblem{
			"missing": appdata.VersionMissing, "no/folder/either": appdata.VersionMissing,
			"file/below": appdata.VersionMissing, "folder": appdata.VersionUnreadable,
		} {
			_, _, err := appdata.ReadInstalledVersion(fsys, path.Join(root, name))
			var e *appdata.InstalledVersionError
			if !errors.As(err, &e) || e.Problem != want || errors.Is(err, fs.ErrNotExist) != (want == appdata.VersionMissing) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("the message does not name the file: %v", err)
			}
		}
	})
}
