//go:build linux

package bench

import (
	"os"
	"path/filepath"
	"testing"
)

// TestApplyPeakMemory shows that what Apply keeps in memory does not grow with
// the tree: the high-water mark of a process of its own, on real file systems in
// memory, whose pages are not the process's. Walks hold the names of one folder
// a level, so the tree has no folder with more than a thousand entries. The
// large tree needs some 12 GiB of memory and more than two minutes, and is left
// out unless the environment has DEPLOYCLUSTER_BENCH_LONG=1.
//
//	DEPLOYCLUSTER_BENCH_LONG=1 go test -timeout 30m -run TestApplyPeakMemory -v
func TestApplyPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, c := range []struct {
		tree tree
		long bool
	}{
		{tree{files: 20_000, folders: 256, bytes: 16}, false},
		{tree{files: 1_000_000, folders: 1024, bytes: 16}, true},
	} {
		t.Run(c.tree.String(), func(t *testing.T) {
			if c.long && os.Getenv("DEPLOYCLUSTER_BENCH_LONG") == "" {
				t.Skip("takes minutes: set DEPLOYCLUSTER_BENCH_LONG=1")
			}
			dir := memoryFolder(t)
			n := uint64(c.tree.files)
			room(t, dir, n*2*4096, n*2+10_000)
			s := newServer(t, dir, c.tree)
			target := filepath.Join(dir, "share")
			if err := os.Mkdir(target, 0o755); err != nil {
				t.Fatal(err)
			}
			a, cpu := applyProgram(t).apply(t, s, filepath.Join(target, "appdata"), nil)
			t.Logf("%v: Apply took %v, processor %v, peak %d KiB (Go runtime %d)", c.tree, a.Apply, cpu, a.PeakKiB, a.HeapKiB)
			if a.Files < int64(n) {
				t.Errorf("only %d files were proven", a.Files)
			}
			if a.PeakKiB > applyPeak {
				t.Errorf("%d KiB were resident, want at most %d", a.PeakKiB, applyPeak)
			}
		})
	}
}
