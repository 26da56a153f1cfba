//go:build linux

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// applyPeak is what Apply may have resident, in KiB, however large the tree.
const applyPeak = 64 << 10

// TestApplyInMemory measures Apply on memory-backed storage, where nothing but
// its own work and the system calls count, against the two ways to copy a tree
// and prove it with tools: cp -a then diff -rq, rsync -a then rsync -anc.
//
// Apply is a whole process: Load, Populate, and Apply up to the switch, with the
// survey, the copies, their proof byte for byte, the manifests with a SHA-256 of
// each file, the second look at originals and target, and the edits. The tools
// copy the same application data folder, and are whole processes too. All write
// to folders that do not exist. Run it alone:
//
//	go test -run TestApplyInMemory -v
func TestApplyInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, c := range []struct {
		tree   tree
		rounds int
		least  float64
	}{
		{tree{files: 20_000, folders: 256, bytes: 16 << 10}, 5, 0.65},
		{tree{files: 1, folders: 1, bytes: 1 << 30}, 5, 1.0},
	} {
		t.Run(c.tree.String(), func(t *testing.T) {
			dir := memoryFolder(t)
			room(t, dir, 3*uint64(c.tree.files)*uint64(c.tree.bytes), 3*uint64(c.tree.files))
			contest{
				server: newServer(t, dir, c.tree), tree: c.tree, rounds: c.rounds,
				ways: []way{{"Apply", nil, c.least}},
				rivals: []rival{
					{"cp -a; diff -rq", func(from, to string) [][]string {
						return [][]string{{"cp", "-a", from, to}, {"diff", "-rq", from, to}}
					}},
					{"rsync -a; rsync -anc", func(from, to string) [][]string {
						return [][]string{{"rsync", "-a", from + "/", to + "/"}, {"rsync", "-anci", from + "/", to + "/"}}
					}},
				},
			}.run(t)
		})
	}
}

// TestApplyOnDisk measures the same on a disk, with everything synced. The tools
// sync the whole machine once, after they have copied; so Apply is held against
// them with one syncfs(2) for many files (ApplyOptions.SyncStorage). With an
// fsync(2) of each file it is measured too. What others have written is synced
// before each turn, so that no one pays for it, and what is read back comes from
// the system's cache on both sides. Copies are deleted after the last round:
// ext4 leaves the inodes of deleted files alone for minutes and searches for
// others, which would count for whoever comes next.
//
//	TMPDIR=/a/folder/on/a/disk go test -timeout 20m -run TestApplyOnDisk -v
func TestApplyOnDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, c := range []struct {
		tree         tree
		whole, every float64 // the least with one syncfs for many files, and with an fsync of each
	}{
		{tree{files: 20_000, folders: 256, bytes: 16 << 10}, 1.0, 0.7},
		{tree{files: 1, folders: 1, bytes: 1 << 30}, 1.3, 0},
	} {
		r := c.tree
		t.Run(r.String(), func(t *testing.T) {
			dir, rounds := diskFolder(t), 5
			copies := uint64(1 + rounds*3)
			room(t, dir, copies*uint64(r.files)*uint64(r.bytes), copies*uint64(r.files))
			contest{
				server: newServer(t, dir, r), tree: r, rounds: rounds, before: "sync", keep: true,
				ways: []way{{"Apply, syncfs", []string{"-syncfs"}, c.whole}, {"Apply, fsync", nil, c.every}},
				rivals: []rival{{"cp -a; sync; diff -rq", func(from, to string) [][]string {
					return [][]string{{"cp", "-a", from, to}, {"sync"}, {"diff", "-rq", from, to}}
				}}},
			}.run(t)
		})
	}
}

// rival copies a folder and proves the copy with programs that print nothing
// and exit with 0 if all is well.
type rival struct {
	name     string
	commands func(from, to string) [][]string
}

// way is how Apply is called.
type way struct {
	name  string
	flags []string // of testdata/apply
	least float64  // times as fast as the best rival; 0 is shown only
}

// contest lets all take turns and holds each way against the best rival.
type contest struct {
	server *server
	tree   tree
	rounds int
	before string // a program that is run before each turn
	keep   bool   // copies are deleted after the last round
	ways   []way
	rivals []rival
}

func (c contest) run(t *testing.T) {
	t.Helper()
	rivals := installed(t, c.rivals)
	program := applyProgram(t)
	turns := 0
	fresh := func() string {
		turns++
		share := filepath.Join(c.server.dir, fmt.Sprintf("share-%d", turns))
		if last := filepath.Join(c.server.dir, fmt.Sprintf("share-%d", turns-1)); !c.keep {
			if err := os.RemoveAll(last); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(share, 0o755); err != nil {
			t.Fatal(err)
		}
		if c.before != "" {
			quietly(t, c.before)
		}
		return filepath.Join(share, "appdata")
	}
	ours, theirs := make([]spent, len(c.ways)), make([]spent, len(rivals))
	peaks := make([]int64, len(c.ways))
	for round := range c.rounds {
		for i, w := range c.ways {
			target := fresh()
			start := time.Now()
			done, cpu := program.apply(t, c.server, target, w.flags)
			ours[i].add(time.Since(start), cpu)
			if done.Files < int64(c.tree.files) || done.Bytes < int64(c.tree.files)*int64(c.tree.bytes) {
				t.Fatalf("only %d files with %d bytes were proven", done.Files, done.Bytes)
			}
			if peaks[i] = max(peaks[i], done.PeakKiB); done.PeakKiB > applyPeak {
				t.Errorf("%d KiB were resident, want at most %d", done.PeakKiB, applyPeak)
			}
			if round == 0 {
				quietly(t, "diff", "-rq", "-x", ".deploycluster", "-x", "installed.version", c.server.appdata, target)
			}
			c.server.restore(t)
		}
		for i, other := range rivals {
			target := fresh()
			start, cpu := time.Now(), time.Duration(0)
			for _, args := range other.commands(c.server.appdata, target) {
				cpu += quietly(t, args...)
			}
			theirs[i].add(time.Since(start), cpu)
		}
	}
	t.Logf("%v, %d rounds, %d processors", c.tree, c.rounds, runtime.GOMAXPROCS(0))
	for i, other := range rivals {
		wall, cpu := theirs[i].medians()
		t.Logf("%-20s median %8v; fastest %8v; processor %8v", other.name, wall, short(slices.Min(theirs[i].wall)), cpu)
	}
	for i, w := range c.ways {
		wall, cpu := ours[i].medians()
		line := fmt.Sprintf("%-20s median %8v; fastest %8v; processor %8v; peak %d KiB", w.name, wall, short(slices.Min(ours[i].wall)), cpu, peaks[i])
		best := 0.0 // against the rival that is hardest to beat
		for j, other := range rivals {
			rival, rivalCPU := theirs[j].medians()
			speed := ours[i].speed(theirs[j])
			line += fmt.Sprintf("; %.2fx %s, with %.2f times its processor time", speed, other.name, float64(cpu)/float64(rivalCPU))
			compared(comparison{fmt.Sprintf("%s, %v", w.name, c.tree), other.name, wall, rival, speed, w.least})
			if best == 0 || speed < best {
				best = speed
			}
		}
		t.Log(line)
		if best < w.least {
			t.Errorf("%s is %.2f times as fast as the better of them, want %.2f", w.name, best, w.least)
		}
	}
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// speed is how many times as fast s is as other: by the medians, or by the
// fastest turns where that is more.
func (s spent) speed(other spent) float64 {
	a, _ := s.medians()
	b, _ := other.medians()
	return max(float64(b)/float64(a), float64(slices.Min(other.wall))/float64(slices.Min(s.wall)))
}

// installed leaves out the rivals whose programs are missing, and says so.
func installed(t *testing.T, all []rival) (here []rival) {
	t.Helper()
	for _, r := range all {
		missing := ""
		for _, args := range r.commands("", "") {
			if _, err := exec.LookPath(args[0]); err != nil {
				missing = args[0]
			}
		}
		if missing == "" {
			here = append(here, r)
		} else {
			t.Logf("%s is left out: %s is not installed", r.name, missing)
		}
	}
	if len(here) == 0 {
		t.Skip("nothing to compare with")
	}
	return here
}

// quietly runs a program that must succeed and print nothing; it gives the
// processor time.
func quietly(t testing.TB, args ...string) time.Duration {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("%s: %v\n%.2000s", strings.Join(args, " "), err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// applyCommand is the program of testdata/apply, built.
type applyCommand struct{ path string }

// applied is what it reports.
type applied struct {
	Files, Bytes int64
	Apply        time.Duration
	PeakKiB      int64
	HeapKiB      int64
}

func applyProgram(t testing.TB) applyCommand {
	t.Helper()
	p := applyCommand{filepath.Join(t.TempDir(), "apply")}
	if out, err := exec.Command("go", "build", "-o", p.path, "./testdata/apply").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return p
}

// apply populates target from a server, in a process of its own.
func (p applyCommand) apply(t testing.TB, s *server, target string, more []string) (applied, time.Duration) {
	t.Helper()
	cmd := exec.Command(p.path, append([]string{"-install", s.install, "-appdata", target}, more...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var a applied
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatal(err)
	}
	return a, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
