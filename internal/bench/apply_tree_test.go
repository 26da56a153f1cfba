//go:build linux

package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// tmpfsMagic is f_type of a tmpfs: statfs(2).
const tmpfsMagic = 0x01021994

// memoryFolder makes a folder on memory-backed storage that is removed with
// the test.
func memoryFolder(t *testing.T) string {
	t.Helper()
	const shm = "/dev/shm"
	if !isTmpfs(shm) {
		t.Skip(shm + " is no tmpfs")
	}
	dir, err := os.MkdirTemp(shm, "deploycluster-bench-")
	if err != nil {
		t.Skip("cannot write to "+shm+":", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// diskFolder makes a folder on a disk: below TMPDIR.
func diskFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if isTmpfs(dir) {
		t.Skip(dir + " is a tmpfs; set TMPDIR to a folder on a disk")
	}
	return dir
}

func isTmpfs(dir string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(dir, &s) == nil && s.Type == tmpfsMagic
}

// room skips the test where a folder's storage has not the space.
func room(t *testing.T, dir string, bytes, files uint64) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	if free := s.Bavail * uint64(s.Bsize); free < bytes {
		t.Skipf("%s has %d MiB left, needs %d", dir, free>>20, bytes>>20)
	}
	if s.Ffree < files {
		t.Skipf("%s has room for %d files, needs %d", dir, s.Ffree, files)
	}
}

// tree is the content of a repository. Its files are spread evenly over
// folders in two levels, and no two have the same bytes.
type tree struct {
	files, folders int
	bytes          int // of each file
}

func (r tree) String() string { return fmt.Sprintf("%d files of %d bytes", r.files, r.bytes) }

// server is a server with the scheme Folder whose repository is a tree.
type server struct {
	dir     string // everything is below
	install string
	appdata string // its application data, with the tree
	changed map[string][]byte
}

// newServer builds one. What Apply changes on it is remembered: see restore.
func newServer(t *testing.T, dir string, r tree) *server {
	t.Helper()
	s := &server{dir: dir, install: filepath.Join(dir, "server"), changed: map[string][]byte{}}
	s.appdata = filepath.Join(s.install, "appdata")
	if err := clustertest.Build(afero.NewOsFs(), s.install, clustertest.Spec{Scheme: appdata.Folder}); err != nil {
		t.Fatal(err)
	}
	if err := r.write(filepath.Join(s.appdata, "var", "repository", "blob")); err != nil {
		t.Fatal(err)
	}
	for _, rel := range []string{"conf/server/installed.properties", "bin/classpath.conf"} {
		data, err := os.ReadFile(filepath.Join(s.install, rel))
		if err != nil {
			t.Fatal(err)
		}
		s.changed[rel] = data
	}
	return s
}

// restore takes the switch back, so that the server can be populated again.
func (s *server) restore(t *testing.T) {
	t.Helper()
	for rel, data := range s.changed {
		if err := os.WriteFile(filepath.Join(s.install, rel), data, 0o640); err != nil {
			t.Fatal(err)
		}
	}
}

func (r tree) write(at string) error {
	src := rand.NewChaCha8([32]byte{'a', 'p', 'p', 'l', 'y'})
	block := make([]byte, min(max(r.bytes, 1), 1<<20))
	for i := range r.files {
		dir := filepath.Join(at, fmt.Sprintf("%02x", i%r.folders%256), fmt.Sprintf("%02x", i%r.folders/256))
		if i < r.folders {
			if err := os.MkdirAll(dir, 0o750); err != nil {
				return err
			}
		}
		if err := writeRandom(filepath.Join(dir, fmt.Sprintf("%064x", i)), r.bytes, block, src); err != nil {
			return err
		}
	}
	return nil
}

func writeRandom(name string, n int, block []byte, src *rand.ChaCha8) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	for n > 0 && err == nil {
		b := block[:min(n, len(block))]
		src.Read(b) // never fails
		_, err = f.Write(b)
		n -= len(b)
	}
	return errors.Join(err, f.Close())
}
