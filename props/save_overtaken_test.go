package props

import (
	"errors"
	"os"
	"testing"

	"github.com/spf13/afero"
)

// TestSaveOfNothing: a Load that failed gives a nil File.
func TestSaveOfNothing(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		path := dir + "/f"
		put(t, fsys, path, "a=1\n", 0o640)
		f, err := Load(fsys, dir+"/none")
		if f != nil || err == nil {
			t.Fatal(f, err)
		}
		var typed *FileError
		if err := f.Save(fsys, path); !errors.As(err, &typed) || typed.Path != path {
			t.Errorf("error is %v", err)
		}
		if err := f.Save(fsys, dir+"/new"); err == nil {
			t.Error("nothing was saved")
		}
		if list, err := afero.ReadDir(fsys, dir); err != nil || len(list) != 1 {
			t.Errorf("%d files, %v", len(list), err)
		}
		if got, _ := afero.ReadFile(fsys, path); string(got) != "a=1\n" {
			t.Errorf("the file holds %q", got)
		}
	})
}

// stalled waits in Sync until it is told to go on.
type stalled struct {
	afero.Fs
	waits, goOn chan struct{}
}

func (s stalled) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	f, err := s.Fs.OpenFile(name, flag, perm)
	return stalledFile{f, s}, err
}

type stalledFile struct {
	afero.File
	s stalled
}

func (f stalledFile) Sync() error {
	close(f.s.waits)
	<-f.s.goOn
	return f.File.Sync()
}

// TestSaveOvertaken: of two Files that were loaded from one path, the slow one
// says that it was overtaken.
func TestSaveOvertaken(t *testing.T) {
	onDiskAndInMemory(t, func(t *testing.T, fsys afero.Fs, dir string) {
		path := dir + "/installed.properties"
		put(t, fsys, path, "a=1\nb=1\n", 0o660)
		one, err := Load(fsys, path)
		if err != nil {
			t.Fatal(err)
		}
		two := one.Clone()
		one.Set("a", "2")
		two.Set("b", "2")
		s := stalled{fsys, make(chan struct{}), make(chan struct{})}
		result := make(chan error)
		go func() { result <- one.Save(s, path) }()
		<-s.waits
		if err := two.Save(fsys, path); err != nil {
			t.Error(err)
		}
		close(s.goOn)
		if err := <-result; !errors.Is(err, ErrChanged) {
			t.Errorf("the slow one: %v", err)
		}
		if got, _ := afero.ReadFile(fsys, path); string(got) != "a=1\nb=2\n" {
			t.Errorf("the file holds %q", got)
		}
		if fi, err := fsys.Stat(path); err != nil || fi.Mode().Perm() != 0o660 {
			t.Errorf("mode %v, %v", fi.Mode(), err)
		}
		if list, err := afero.ReadDir(fsys, dir); err != nil || len(list) != 1 {
			t.Errorf("%d files, %v", len(list), err)
		}
		// What it has is still there to be saved elsewhere, or after a Load.
		if err := one.Save(fsys, path+".mine"); err != nil {
			t.Error(err)
		}
	})
}
