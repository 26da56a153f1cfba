//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// purgeFiles is how many originals are retired and purged.
const purgeFiles = 100_000

// TestPurge measures Retire and Purge together against the two commands that an
// administrator would trust: diff -rq of the originals and their copies, then rm -r
// of the originals. Both are whole processes. Retire hashes every original and
// renames it aside; Purge looks at it and at the copy once more, and deletes. On a
// storage in memory, which does not tell of every change, it hashes it again. Run it
// alone:
//
//	go test -run TestPurge -v -timeout 20m
func TestPurge(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	t.Run("ext4", func(t *testing.T) { purge(t, imageFolder(t), "ext4") })
	t.Run("tmpfs", func(t *testing.T) { purge(t, memoryFolder(t), "tmpfs") })
}

// imageFolder makes a folder on an ext4 of its own, which lies in memory, so that no
// disk is measured.
func imageFolder(t *testing.T) string {
	t.Helper()
	dir := memoryFolder(t)
	room(t, dir, imageBytes, 1)
	image, at := filepath.Join(dir, "image"), filepath.Join(dir, "ext4")
	for _, args := range [][]string{
		{"mkdir", at}, {"truncate", "-s", fmt.Sprint(imageBytes), image},
		{"mkfs.ext4", "-q", "-F", "-i", "8192", "-E", "lazy_itable_init=0,lazy_journal_init=0", image}, {"mount", "-o", "loop", image, at},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%v: %v %s", args, err, out)
		}
	}
	t.Cleanup(func() { quietly(t, "umount", at) })
	return at
}

// imageBytes is room for three times purgeFiles.
const imageBytes = 4 << 30

func purge(t *testing.T, dir, storage string) {
	r, rounds := tree{files: purgeFiles, folders: 1024, bytes: 4 << 10}, 5
	room(t, dir, 3*uint64(r.files)*uint64(r.bytes), 3*uint64(r.files))
	s, program := newServer(t, dir, r), applyProgram(t)
	kept := filepath.Join(dir, "kept") // the originals, from which each turn begins
	quietly(t, "cp", "-a", s.appdata, kept)
	target := filepath.Join(dir, "share", "appdata")
	var ours, theirs spent
	for range rounds {
		s.restore(t)
		again(t, filepath.Dir(target))
		program.apply(t, s, target, nil)
		quietly(t, "sync")
		start := time.Now()
		_, cpu := program.apply(t, s, target, []string{"-purge"})
		ours.add(time.Since(start), cpu)
		if _, err := os.Stat(s.appdata); !os.IsNotExist(err) {
			t.Fatalf("the originals are still there: %v", err)
		}
		quietly(t, "cp", "-a", kept, s.appdata)
		quietly(t, "sync")

		start, cpu = time.Now(), 0
		// The folder that is deleted must hold nothing that the other has not.
		for _, args := range [][]string{{"diff", "-rq", s.appdata, kept}, {"rm", "-r", s.appdata}} {
			cpu += quietly(t, args...)
		}
		theirs.add(time.Since(start), cpu)
		quietly(t, "cp", "-a", kept, s.appdata)
	}
	wall, cpu := ours.medians()
	rival, rivalCPU := theirs.medians()
	speed := ours.speed(theirs)
	t.Logf("%s, %v, %d rounds: Retire and Purge median %v, fastest %v, processor %v; diff -rq; rm -r median %v, fastest %v, processor %v: %.2fx",
		storage, r, rounds, wall, short(slices.Min(ours.wall)), cpu, rival, short(slices.Min(theirs.wall)), rivalCPU, speed)
	compared(comparison{fmt.Sprintf("Retire and Purge, %s, %v", storage, r), "diff -rq; rm -r", wall, rival, speed, 1.0})
	if speed < 1 {
		t.Errorf("%.2f times as fast as the two commands, want 1", speed)
	}
}

// again makes an empty folder, whatever was there.
func again(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("rm", "-rf", dir).CombinedOutput(); err != nil {
		t.Fatalf("rm: %v\n%s", err, out)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}
