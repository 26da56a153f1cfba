package props

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"
)

const crlf = "#\r\n#Mon Nov 01 10:00:00 UTC 2026\r\nserver.appdata.dir=..\r\nserver.keystore.password=pbe{abc\\=\\=}\r\nlast = 1"

func put(t *testing.T, fsys afero.Fs, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := afero.WriteFile(fsys, path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := fsys.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func onDiskAndInMemory(t *testing.T, run func(t *testing.T, fsys afero.Fs, dir string)) {
	t.Run("disk", func(t *testing.T) { run(t, afero.NewOsFs(), t.TempDir()) })
	t.Run("memory", func(t *testing.T) {
		fsys := afero.NewMemMapFs()
		if err := fsys.MkdirAll("/opt/ucd/conf/server", 0o755); err != nil {
			t.Fatal(err)
		}
		run(t, fsys, "/opt/ucd/conf/server")
	})
}

func TestLoadAndSave(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		path := dir + "/installed.properties"
		put(t, fsys, path, crlf, 0o660)
		f, err := Load(fsys, path)
		if err != nil {
			t.Fatal(err)
		}
		if e, _ := f.Lookup("server.appdata.dir"); e.Pos != (Position{path, 3, 1, 34}) {
			t.Errorf("position is %+v", e.Pos)
		}
		f.Set("server.appdata.dir", "/media/share/appdata")
		f.Set("com.urbancode.ds.UDeployServer.multiserver", "true")
		if err := f.Save(fsys, path); err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(crlf, "=..", "=/media/share/appdata", 1) + "\r\ncom.urbancode.ds.UDeployServer.multiserver=true\r\n"
		if got, err := afero.ReadFile(fsys, path); err != nil || string(got) != want {
			t.Errorf("the file holds %q, %v", got, err)
		}
		if fi, err := fsys.Stat(path); err != nil || fi.Mode().Perm() != 0o660 {
			t.Errorf("mode %v, %v", fi.Mode(), err)
		}
		if list, err := afero.ReadDir(fsys, dir); err != nil || len(list) != 1 {
			t.Errorf("%d files, %v", len(list), err)
		}

		// Again, from the same File.
		f.Delete("last")
		if err := f.Save(fsys, path); err != nil {
			t.Fatal(err)
		}
		// Somebody else wrote: refused, by the file and by its clone; under
		// another name it is written.
		put(t, fsys, path, "other=1\n", 0o660)
		for _, g := range []*File{f, f.Clone()} {
			g.Set("x", "1")
			err := g.Save(fsys, path)
			var typed *FileError
			if !errors.Is(err, ErrChanged) || !errors.As(err, &typed) || typed.Path != path || typed.Op != "save" {
				t.Errorf("error is %v", err)
			}
		}
		if got, _ := afero.ReadFile(fsys, path); string(got) != "other=1\n" {
			t.Errorf("the other's file became %q", got)
		}
		if err := f.Save(fsys, path+".new"); err != nil {
			t.Error(err)
		}
		again, err := Parse(path, f.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Save(fsys, path); err != nil {
			t.Errorf("what was parsed expects nothing: %v", err)
		}
	})
}

func TestSaveNewFile(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		for name, mode := range map[string]fs.FileMode{
			"installed.properties": 0o640, "secured-installed.properties": 0o600, "secured-notes.txt": 0o640,
		} {
			if err := mustParse(t, "a=1\n").Save(fsys, dir+"/"+name); err != nil {
				t.Fatal(err)
			}
			if fi, err := fsys.Stat(dir + "/" + name); err != nil || fi.Mode().Perm() != mode {
				t.Errorf("%s: mode %v, %v; want %v", name, fi.Mode(), err, mode)
			}
		}
		// Loaded, and gone since: somebody deleted it.
		path := dir + "/installed.properties"
		f, err := Load(fsys, path)
		if err != nil {
			t.Fatal(err)
		}
		if err := fsys.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(fsys, path); !errors.Is(err, ErrChanged) {
			t.Errorf("a file that was deleted: %v", err)
		}
		if _, err := fsys.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it was made again: %v", err)
		}
	})
}

func TestSaveThroughLink(t *testing.T) {
	dir := t.TempDir()
	fsys := afero.NewOsFs()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	put(t, fsys, real, "a=1\n", 0o600)
	if err := os.Symlink("real", link); err != nil {
		t.Skip("links are not available: ", err)
	}
	f, err := Load(fsys, link)
	if err != nil {
		t.Fatal(err)
	}
	f.Set("a", "2")
	if err := f.Save(struct{ afero.Fs }{fsys}, link); !errors.Is(err, ErrLink) {
		t.Errorf("a file system that cannot read links: %v", err)
	}
	if err := f.Save(fsys, link); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(real); string(got) != "a=2\n" {
		t.Errorf("the target holds %q", got)
	}
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link is no link any more")
	}
}

// failing fails one operation on names that end as given.
type failing struct {
	afero.Fs
	op, suffix string
}

var errInjected = errors.New("injected")

func (f failing) fail(op, name string) error {
	if op == f.op && strings.HasSuffix(name, f.suffix) {
		return &fs.PathError{Op: op, Path: name, Err: errInjected}
	}
	return nil
}

func (f failing) Open(name string) (afero.File, error) {
	if err := f.fail("open", name); err != nil {
		return nil, err
	}
	file, err := f.Fs.Open(name)
	return failingFile{file, f}, err
}

func (f failing) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := f.fail("create", name); err != nil {
		return nil, err
	}
	file, err := f.Fs.OpenFile(name, flag, perm)
	return failingFile{file, f}, err
}

func (f failing) Stat(name string) (os.FileInfo, error) {
	if err := f.fail("stat", name); err != nil {
		return nil, err
	}
	return f.Fs.Stat(name)
}

func (f failing) Rename(from, to string) error {
	if err := f.fail("rename", to); err != nil {
		return err
	}
	return f.Fs.Rename(from, to)
}

type failingFile struct {
	afero.File
	f failing
}

func (f failingFile) Read(p []byte) (int, error) {
	if err := f.f.fail("read", f.Name()); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f failingFile) Write(p []byte) (int, error) {
	if err := f.f.fail("write", f.Name()); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f failingFile) Sync() error {
	if err := f.f.fail("sync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

func TestSaveFailureChangesNothing(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		path := dir + "/installed.properties"
		put(t, fsys, path, crlf, 0o640)
		for _, fault := range []failing{
			{fsys, "create", "-new"}, {fsys, "write", "-new"}, {fsys, "sync", "-new"}, {fsys, "open", "-new"},
			{fsys, "read", "-new"}, {fsys, "rename", ".properties"}, {fsys, "read", ".properties"}, {fsys, "stat", ".properties"},
		} {
			f, err := Load(fsys, path)
			if err != nil {
				t.Fatal(err)
			}
			f.Set("server.appdata.dir", "/new")
			err = f.Save(fault, path)
			var typed *FileError
			if !errors.As(err, &typed) || !errors.Is(err, errInjected) || typed.Path != path {
				t.Errorf("%s fails: %v", fault.op, err)
			}
			if got, err := afero.ReadFile(fsys, path); err != nil || string(got) != crlf {
				t.Errorf("%s fails, and the file holds %q, %v", fault.op, got, err)
			}
			if list, err := afero.ReadDir(fsys, dir); err != nil || len(list) != 1 {
				t.Errorf("%s fails, and %d files are left, %v", fault.op, len(list), err)
			}
			if err := f.Save(fsys, path); err != nil {
				t.Errorf("the next Save: %v", err)
			}
			put(t, fsys, path, crlf, 0o640)
		}
	})
}

func TestLoadErrors(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		path := dir + "/f"
		_, err := Load(fsys, path)
		var typed *FileError
		if !errors.As(err, &typed) || typed.Op != "load" || typed.Path != path || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("missing: %v", err)
		}
		if _, err := Load(fsys, dir); !errors.As(err, &typed) {
			t.Errorf("a folder: %v", err)
		}
		put(t, fsys, path, "a=1\nb=\\uzzzz secret\n", 0o600)
		var syntax *SyntaxError
		if _, err := Load(fsys, path); !errors.As(err, &syntax) || syntax.Name != path || syntax.Line != 2 || strings.Contains(err.Error(), "secret") {
			t.Errorf("malformed: %v", err)
		}
		put(t, fsys, path, "a=1\n", 0o600)
		for _, op := range []string{"open", "read", "stat"} {
			if _, err := Load(failing{fsys, op, "/f"}, path); !errors.As(err, &typed) || !errors.Is(err, errInjected) {
				t.Errorf("%s fails: %v", op, err)
			}
		}
		if _, err := Load(huge{fsys}, path); err == nil {
			t.Error("a huge file was read")
		} else if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "1099511627776") {
			t.Errorf("a huge file: %v", err)
		}
	})
}

// huge says that every file is a tebibyte long.
type huge struct{ afero.Fs }

func (h huge) Stat(name string) (os.FileInfo, error) {
	fi, err := h.Fs.Stat(name)
	return hugeInfo{fi}, err
}

type hugeInfo struct{ os.FileInfo }

func (hugeInfo) Size() int64 { return 1 << 40 }
