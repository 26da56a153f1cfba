package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// TestAgreesWithLinux runs the same random operations on an FS
// and on a real folder and compares every result and, at the end, the trees.
func TestAgreesWithLinux(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	base, err := filepath.EvalSymlinks(realFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	var sequences, operations, failures int
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		// A link to ../a may be written through, so there is a folder around.
		around := base + "/x"
		root := around + "/w"
		if err := os.MkdirAll(root, 0o755); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(around)
		asOS := rapid.Bool().Draw(t, "rename as os")
		p := &pair{
			root:   root,
			strict: strictfs.New(strictfs.Options{RenameAsOS: asOS, Volume: strictfs.Volume{UID: os.Getuid(), GID: os.Getgid()}}),
			real:   afero.NewOsFs(),
			asOS:   asOS,
			seen:   outcomes,
		}
		if err := p.strict.MkdirAll(root, 0o755); err != nil {
			t.Fatal(err)
		}
		// A tree to begin with, or most operations would find nothing.
		for _, dir := range []string{"/a", "/a/b", "/c"} {
			p.both(t, "setup", func(fsys afero.Fs) string { return verdict(fsys.Mkdir(root+dir, 0o755)) })
		}
		for _, file := range []string{"/d", "/a/b/c", "/c/e"} {
			p.both(t, "setup", func(fsys afero.Fs) string {
				return verdict(afero.WriteFile(fsys, root+file, []byte("content of "+file), 0o700))
			})
		}
		p.tryOpen(t, root+"/d", os.O_RDWR, 0)
		p.tryOpen(t, root+"/c/e", os.O_RDWR|os.O_APPEND, 0)
		defer p.closeAll()
		t.Repeat(p.actions())
		p.compareTrees(t)
		sequences++
		operations += p.ops
		failures += p.failed
	})
	t.Logf("%d sequences, %d operations compared, %d of which failed on both sides alike, %d distinct outcomes",
		sequences, operations, failures, len(outcomes))
	if os.Getenv("CLUSTERTEST_OUTCOMES") != "" {
		for _, o := range slices.Sorted(maps.Keys(outcomes)) {
			t.Logf("%6d %s", outcomes[o], o)
		}
	}
}

// realFolder gives a new folder on a file system in memory, because thousands
// of fsync calls on a disk take minutes; $CLUSTERTEST_DIR chooses another.
func realFolder(t *testing.T) string {
	for _, dir := range []string{os.Getenv("CLUSTERTEST_DIR"), "/dev/shm"} {
		if dir == "" {
			continue
		}
		if base, err := os.MkdirTemp(dir, "strictfs"); err == nil {
			t.Cleanup(func() { os.RemoveAll(base) })
			return base
		}
	}
	return t.TempDir()
}

type pair struct {
	root   string
	strict *strictfs.FS
	real   afero.Fs
	asOS   bool
	open   [][2]afero.File // strict, real
	ops    int
	failed int
	seen   map[string]int // how often each operation ended in each way
}

// both runs an operation on each side and compares what it says.
func (p *pair) both(t *rapid.T, what string, run func(fsys afero.Fs) string) {
	strict, real := run(p.strict), run(p.real)
	p.compare(t, what, strict, real)
}

func (p *pair) compare(t *rapid.T, what, strict, real string) {
	p.ops++
	if strings.Contains(real, "error") {
		p.failed++
	}
	class := "ok"
	if i := strings.Index(real, "error"); i >= 0 {
		class = real[i:]
	}
	name, _, _ := strings.Cut(what, "/")
	name, _, _ = strings.Cut(name, " handle")
	p.seen[strings.TrimSpace(name)+": "+class]++
	t.Logf("%s: %s", what, real)
	if strict != real {
		t.Fatalf("%s: FS says %s, Linux says %s", what, strict, real)
	}
}

// verdict is an error's class: its type and what it wraps.
func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	class := "error"
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		class = "path error"
	case errors.As(err, &linkErr):
		class = "link error"
	}
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return fmt.Sprintf("%s %s", class, errno)
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.Is(err, fs.ErrClosed):
		return class + " closed"
	case pathErr != nil:
		return class + " " + pathErr.Err.Error()
	}
	return class + " " + strings.TrimPrefix(err.Error(), "os: ")
}

func (p *pair) closeAll() {
	for _, files := range p.open {
		_ = files[0].Close()
		_ = files[1].Close()
	}
}

func (p *pair) compareTrees(t *rapid.T) {
	strict, err := clustertest.Walk(p.strict, p.root+"/..")
	if err != nil {
		t.Fatal(err)
	}
	real, err := clustertest.Walk(p.real, p.root+"/..")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(real, strict); diff != "" {
		t.Fatalf("trees differ (-Linux +FS):\n%s", diff)
	}
}
