package appdata_test

import (
	"io/fs"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

// fill makes files (folders, where a name ends in a slash) below root.
func fill(t testing.TB, fsys afero.Fs, root string, names ...string) {
	t.Helper()
	for _, name := range names {
		p := path.Join(root, name)
		var err error
		if strings.HasSuffix(name, "/") {
			err = fsys.MkdirAll(p, 0o755)
		} else if err = fsys.MkdirAll(path.Dir(p), 0o755); err == nil {
			err = afero.WriteFile(fsys, p, []byte(name), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// entries is a complete application data folder of 7.0, with content below its
// items.
func entries() []string {
	return []string{
		"var/plugins/command/stage/", "var/repository/blob/00/x", "var/repository/ptr/", "var/sa/",
		"logs/store/ab/cd/stdOut.txt", "conf/server/notification-templates/default.xml",
		"conf/encryption.keystore", "conf/server.keystore", "conf/collectors/environment.patterns",
		"patches/fix.jar.off", "conf/server/log4j.properties", "conf/installed.version",
	}
}

// onEachFs runs a test on a real disk and in memory, and through the wrappers
// that callers put around them.
func onEachFs(t *testing.T, test func(t *testing.T, fsys afero.Fs, root string)) {
	t.Run("OsFs", func(t *testing.T) { test(t, afero.NewOsFs(), t.TempDir()) })
	t.Run("MemMapFs", func(t *testing.T) { test(t, afero.NewMemMapFs(), "/srv/ucd") })
	t.Run("BasePathFs", func(t *testing.T) {
		test(t, afero.NewBasePathFs(afero.NewOsFs(), t.TempDir()), "")
	})
	t.Run("BasePathFs at /", func(t *testing.T) {
		test(t, afero.NewBasePathFs(afero.NewMemMapFs(), "/data"), "/")
	})
}

func mustLayout(t testing.TB, version string, s appdata.Scheme) []appdata.Item {
	t.Helper()
	layout, err := appdata.Layout(version, s)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

// watchedFs counts the calls made to a file system and can refuse them.
type watchedFs struct {
	afero.Fs
	calls   atomic.Int64
	refuse  func(op, name string) error // nil: nothing is refused
	opened  []string
	perRead int // names given out by one Readdirnames; 0: as asked for
}

func (w *watchedFs) call(op, name string) error {
	w.calls.Add(1)
	if w.refuse != nil {
		if err := w.refuse(op, name); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	return nil
}

func (w *watchedFs) Open(name string) (afero.File, error) {
	w.opened = append(w.opened, name)
	if err := w.call("open", name); err != nil {
		return nil, err
	}
	f, err := w.Fs.Open(name)
	if err != nil {
		return nil, err
	}
	return &watchedFile{File: f, fs: w, name: name}, nil
}

func (w *watchedFs) Stat(name string) (fs.FileInfo, error) {
	if err := w.call("stat", name); err != nil {
		return nil, err
	}
	return w.Fs.Stat(name)
}

func (w *watchedFs) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	if err := w.call("lstat", name); err != nil {
		return nil, false, err
	}
	return w.Fs.(afero.Lstater).LstatIfPossible(name)
}

func (w *watchedFs) ReadlinkIfPossible(name string) (string, error) {
	if err := w.call("readlink", name); err != nil {
		return "", err
	}
	if r, ok := w.Fs.(afero.LinkReader); ok {
		return r.ReadlinkIfPossible(name)
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: afero.ErrNoReadlink}
}

type watchedFile struct {
	afero.File
	fs   *watchedFs
	name string
}

func (f *watchedFile) Readdirnames(n int) ([]string, error) {
	if err := f.fs.call("readdirnames", f.name); err != nil {
		return nil, err
	}
	if f.fs.perRead > 0 {
		n = f.fs.perRead
	}
	return f.File.Readdirnames(n)
}

func (f *watchedFile) Close() error {
	f.fs.calls.Add(1)
	return f.File.Close()
}

// windowsFs takes the paths of a Windows server, as a caller's view of that
// server's storages does. It has none of afero's optional methods.
type windowsFs struct {
	afero.Fs
	bad []string // names that were not such paths
}

func (w *windowsFs) local(name string) string {
	rel, ok := strings.CutPrefix(name, `C:\`)
	if !ok || strings.Contains(rel, "/") {
		w.bad = append(w.bad, name)
	}
	return "/c/" + strings.ReplaceAll(rel, `\`, "/")
}

func (w *windowsFs) Open(name string) (afero.File, error) { return w.Fs.Open(w.local(name)) }

func (w *windowsFs) Stat(name string) (fs.FileInfo, error) { return w.Fs.Stat(w.local(name)) }
