package fsx_test

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"testing"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// tree walks a strict file system by asking only Lstat and Readlink of it, so
// that every outcome can be compared with what the file system itself says.
type tree struct{ fs *strictfs.FS }

type at struct {
	path string
	mode fs.FileMode
}

func (t tree) Child(dir at, name string) (at, error) {
	p := at{path: path.Join(dir.path, name)}
	fi, err := fsx.Lstat(t.fs, p.path)
	if err == nil {
		p.mode = fi.Mode()
	}
	return p, err
}

func (t tree) Parent(p at) at                { return at{path.Dir(p.path), fs.ModeDir} }
func (t tree) IsDir(p at) bool               { return p.mode.IsDir() }
func (t tree) IsLink(p at) bool              { return p.mode&fs.ModeSymlink != 0 }
func (t tree) Readlink(p at) (string, error) { return fsx.Readlink(t.fs, p.path) }
func (t tree) Begin(dir at, text string) (at, []string) {
	if strings.HasPrefix(text, "/") {
		dir = at{"/", fs.ModeDir}
	}
	return dir, strings.Split(text, "/")
}

func TestWalkAgreesWithTheFileSystem(t *testing.T) {
	f := scene(t)
	if err := errors.Join(
		f.MkdirAll("/r/s/t", 0o755), f.SymlinkIfPossible("r", "/p"), f.SymlinkIfPossible("p/s", "/p2"),
		f.SymlinkIfPossible("../../p2/t", "/r/s/q"), f.SymlinkIfPossible("/r/../ld/", "/dots"),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"/", "/d/f", "/l", "/l/", "/ld/f", "/ld/", "/ld/../d/./f", "/d/f/x", "/d/f/..", "/d/f/.", "/d/f/", "/none", "/none/", "/none/x",
		"/gone", "/gone/x", "/round", "/round/x", "/p2/q/../t", "/../../p2/..", "/dots/sub/..//g", "/d/f/../g",
	} {
		for _, follow := range []bool{true, false} {
			got, err := fsx.Walk(tree{f}, at{"/", fs.ModeDir}, strings.Split(name, "/"), follow)
			stat, want := f.Stat(name)
			if !follow {
				stat, _, want = f.LstatIfPossible(name)
			}
			if (err == nil) != (want == nil) || err != nil && !sameErrno(err, want) || err == nil && got.mode.Type() != stat.Mode().Type() {
				t.Errorf("%s, follow %v: %v, %v; the file system says %v, %v", name, follow, got, err, stat, want)
			}
		}
	}
	if got, err := fsx.Walk(tree{f}, at{"/", fs.ModeDir}, []string{"gone"}, true); got.path != "/none" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a link would make: %v, %v", got, err)
	}
}

func sameErrno(a, b error) bool {
	var x, y syscall.Errno
	return errors.As(a, &x) && errors.As(b, &y) && x == y
}
