package installedversion_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/installedversion"
)

func ExampleRead() {
	fsys := afero.NewMemMapFs()
	_ = afero.WriteFile(fsys, "/appdata/conf/installed.version", []byte("7.0.0.0.984935\n"), 0o644)
	_, _, err := installedversion.Read(fsys, "/appdata/conf/installed.version")
	var e *installedversion.Error
	fmt.Println(errors.As(err, &e), e.Problem)
	// Output: true key absent
}

func TestRead(t *testing.T) {
	for root, fsys := range map[string]afero.Fs{t.TempDir(): afero.NewOsFs(), "/srv/ucd": afero.NewMemMapFs()} {
		for _, c := range []struct {
			content string
			version string
			line    int
			problem installedversion.Problem
		}{
			{"#\n#Mon Jan 01 00:00:00 UTC 2018\ninstalled.version=7.0.0.0.984935\n", "7.0.0.0.984935", 3, ""},
			{"#x\r\ninstalled.version=6.2.1.1.788401\r\n", "6.2.1.1.788401", 2, ""},
			{"installed.version=1\ninstalled.version=dev\n", "dev", 2, ""}, // the last one wins
			{"installed.version=7.0 \n", "7.0 ", 1, ""},                    // exactly as Java reads it
			{"installed.version=garbage", "garbage", 1, ""},
			{"", "", 0, installedversion.KeyAbsent},
			{"7.0.0.0.984935\n", "", 0, installedversion.KeyAbsent},
			{"Installed.Version=7.0\n", "", 0, installedversion.KeyAbsent},
			{"#\ninstalled.version=\n", "", 2, installedversion.Empty},
			{"installed.version= \n", "", 1, installedversion.Empty},
			{"installed.version=7.0\\uX\n", "", 0, installedversion.Malformed},
		} {
			p := path.Join(root, "conf", "installed.version")
			if err := fsys.MkdirAll(path.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := afero.WriteFile(fsys, p, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			v, pos, err := installedversion.Read(fsys, p)
			if v != c.version || pos.Line != c.line || pos.Line > 0 && pos.Name != p {
				t.Errorf("%q: %q at %+v", c.content, v, pos)
			}
			var e *installedversion.Error
			if c.problem == "" && err != nil || c.problem != "" && (!errors.As(err, &e) || e.Problem != c.problem || e.Path != p) {
				t.Errorf("%q: %v, want problem %v", c.content, err, c.problem)
			}
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: an existing file does not exist: %v", c.content, err)
			}
		}

		if err := errors.Join(fsys.MkdirAll(path.Join(root, "folder"), 0o755), afero.WriteFile(fsys, path.Join(root, "file"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]installedversion.Problem{
			"missing": installedversion.Missing, "no/folder/either": installedversion.Missing,
			"file/below": installedversion.Missing, "folder": installedversion.Unreadable,
		} {
			_, _, err := installedversion.Read(fsys, path.Join(root, name))
			var e *installedversion.Error
			if !errors.As(err, &e) || e.Problem != want || errors.Is(err, fs.ErrNotExist) != (want == installedversion.Missing) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("the message does not name the file: %v", err)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	_, _, missing := installedversion.Read(afero.NewMemMapFs(), "/srv/installed.version")
	for err, want := range map[error]string{
		missing: "/srv/installed.version: missing: open /srv/installed.version: file does not exist",
		&installedversion.Error{Path: "/x", Problem: installedversion.Empty}: "/x: empty",
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
