package replacefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/long"
)

// counter is a text that says n on every line, so that a part of it shows.
func counter(n int) string { return strings.Repeat(strconv.Itoa(n)+"\n", 2000) }

// count reads a counter; whole is false if the text is not one.
func count(text string) (n int, whole bool) {
	first, _, _ := strings.Cut(text, "\n")
	n, err := strconv.Atoi(first)
	return n, err == nil && text == counter(n)
}

// increment adds one to the counter at path, once, or fails with ErrChanged.
func increment(fsys afero.Fs, path string) error {
	old, err := afero.ReadFile(fsys, path)
	if err != nil {
		return err
	}
	n, whole := count(string(old))
	if !whole {
		return fmt.Errorf("a torn file of %d bytes", len(old))
	}
	return Write(fsys, path, []byte(counter(n+1)), Options{Expect: old})
}

// watch reads the file until stop is called; it must be whole each time.
func watch(t *testing.T, fsys afero.Fs, path string, mode fs.FileMode) (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !done.Load() {
			data, err := afero.ReadFile(fsys, path)
			if err != nil {
				t.Error(err)
				return
			}
			if _, whole := count(string(data)); !whole {
				t.Errorf("a reader sees a torn file of %d bytes", len(data))
				return
			}
			if fi, err := fsys.Stat(path); err != nil || fi.Mode().Perm() != mode {
				t.Errorf("a reader sees mode %v, %v", fi.Mode(), err)
				return
			}
		}
	})
	return func() { done.Store(true); wg.Wait() }
}

// slow takes its time with every second file that it syncs.
type slow struct {
	afero.Fs
	n *atomic.Int32
}

func (s slow) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	f, err := s.Fs.OpenFile(name, flag, perm)
	return slowFile{f, s.n}, err
}

type slowFile struct {
	afero.File
	n *atomic.Int32
}

func (s slowFile) Sync() error {
	if s.n.Add(1)%2 == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	return s.File.Sync()
}

// TestSavesAtOnce: a reader sees whole files of one mode, no temporary file is
// left, a save that was overtaken says so; where the folder is locked, no save
// that succeeded is lost.
func TestSavesAtOnce(t *testing.T) {
	for _, p := range append(places(t), place{"slow disk", slow{afero.NewOsFs(), new(atomic.Int32)}, t.TempDir()}) {
		t.Run(p.name, func(t *testing.T) {
			path := p.dir + "/f"
			write(t, p.fsys, path, counter(0), 0o640)
			stop := watch(t, p.fsys, path, 0o640)
			var saved, refused atomic.Int32
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					for range 25 {
						switch err := increment(p.fsys, path); {
						case err == nil:
							saved.Add(1)
						case errors.Is(err, ErrChanged):
							refused.Add(1)
						default:
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			stop()
			n, whole := count(content(t, p.fsys, path))
			t.Logf("%d saved, %d refused, the counter is at %d", saved.Load(), refused.Load(), n)
			if !whole || n > int(saved.Load())+int(refused.Load()) || n == 0 {
				t.Errorf("the counter is at %d, %v", n, whole)
			}
			if p.name == "disk" && n != int(saved.Load()) {
				t.Errorf("%d saves succeeded, and the counter is at %d", saved.Load(), n)
			}
			if got := names(t, p.fsys, p.dir); got != "f" {
				t.Errorf("the folder holds %s", got)
			}
		})
	}
}

// TestSavesOfProcesses is TestSavesAtOnce for several processes, of which some
// are killed.
func TestSavesOfProcesses(t *testing.T) {
	const variable = "REPLACEFILE_TEST_PATH"
	if path := os.Getenv(variable); path != "" {
		saved := 0
		for range 40 {
			switch err := increment(afero.NewOsFs(), path); {
			case err == nil:
				saved++
			case !errors.Is(err, ErrChanged):
				t.Fatal(err)
			}
		}
		fmt.Printf("saved %d\n", saved)
		return
	}
	if !long.Tests() {
		t.Skip("-short: no other processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	disk, dir := afero.NewOsFs(), t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, disk, path, counter(0), 0o640)
	stop := watch(t, disk, path, 0o640)
	saved := 0
	var outputs []io.ReadCloser
	var commands []*exec.Cmd
	for range 4 {
		cmd := exec.Command(self, "-test.run=^TestSavesOfProcesses$")
		cmd.Env = append(os.Environ(), variable+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		commands, outputs = append(commands, cmd), append(outputs, out)
	}
	for i, out := range outputs {
		lines, n, said := bufio.NewScanner(out), 0, false
		for lines.Scan() {
			if _, err := fmt.Sscanf(lines.Text(), "saved %d", &n); err == nil {
				said = true
			}
		}
		if err := commands[i].Wait(); err != nil || !said {
			t.Errorf("process %d: %v", i, err)
		}
		saved += n
	}
	stop()
	n, whole := count(content(t, disk, path))
	t.Logf("%d saves of four processes", saved)
	if !whole || n != saved {
		t.Errorf("%d saves succeeded, and the counter is at %d", saved, n)
	}
	if got := names(t, disk, dir); got != "f" {
		t.Errorf("the folder holds %s", got)
	}

	// A killed process leaves a whole file, and the next save works.
	victim := exec.Command(self, "-test.run=^TestSavesOfProcesses$")
	victim.Env = append(os.Environ(), variable+"="+path)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 1000 && names(t, disk, dir) == "f"; i++ {
		time.Sleep(time.Millisecond)
	}
	_ = victim.Process.Kill()
	_ = victim.Wait()
	if _, whole := count(content(t, disk, path)); !whole {
		t.Error("a killed process left a torn file")
	}
	if err := increment(disk, path); err != nil {
		t.Errorf("after a process was killed: %v", err)
	}
	if err := Write(disk, path, []byte(content(t, disk, path)), Options{Sole: true}); err != nil {
		t.Error(err)
	}
	if got := names(t, disk, dir); got != "f" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestOvertaken plays what another program can do at the worst moment.
func TestOvertaken(t *testing.T) {
	for _, p := range places(t) {
		path := p.dir + "/f"
		for name, c := range map[string]struct {
			op    string
			worst func()
			want  string
		}{
			"deleted before the rename": {"sync", func() { _ = p.fsys.Remove(path) }, ""},
			"mode set meanwhile":        {"sync", func() { _ = p.fsys.Chmod(path, 0o600) }, "old"},
			"replaced after the rename": {"renamed", func() { write(t, p.fsys, path, "theirs", 0o640) }, "theirs"},
		} {
			_ = p.fsys.Remove(path)
			write(t, p.fsys, path, "old", 0o640)
			f := newFaulty(p.fsys, 0)
			last, done := "", false
			f.hook = func(op, name string) {
				if !done && (op == c.op && op != "renamed" || c.op == "renamed" && last == "rename") {
					done = true
					c.worst()
				}
				last = op
			}
			if err := Write(f, path, []byte("new"), Options{}); !errors.Is(err, ErrChanged) {
				t.Errorf("%s, %s: %v", p.name, name, err)
			}
			if got, _ := afero.ReadFile(p.fsys, path); string(got) != c.want {
				t.Errorf("%s, %s: the file holds %q", p.name, name, got)
			}
			if got := names(t, p.fsys, p.dir); strings.Contains(got, suffix) {
				t.Errorf("%s, %s: the folder holds %s", p.name, name, got)
			}
		}
	}
}

// A writer that is suspended before its rename goes on at any moment of another's
// Write with the same bytes as before: either it finds nothing to rename any more,
// or the other says that the file was changed.
func TestWriteOfTheSameIsNoSecondLook(t *testing.T) {
	for _, p := range places(t) {
		path, temp, changed := p.dir+"/f", p.dir+"/"+tempName("f"), 0
		for at, ops := 0, 1; at < ops; at++ {
			write(t, p.fsys, path, "old", 0o640)
			write(t, p.fsys, temp, "theirs", 0o640)
			f := newFaulty(p.fsys, 0)
			n, renamed := 0, false
			f.hook = func(string, string) {
				if n == at {
					renamed = p.fsys.Rename(temp, path) == nil
				}
				n++
			}
			err := Write(f, path, []byte("old"), Options{Expect: []byte("old"), Sole: true})
			ops = n
			switch got, _ := afero.ReadFile(p.fsys, path); {
			case errors.Is(err, ErrChanged):
				changed++
			case err != nil:
				t.Errorf("%s, operation %d of %d: %v", p.name, at, n, err)
			case string(got) != "old":
				t.Errorf("%s, operation %d of %d: the file was replaced, and nothing was said", p.name, at, n)
			case !renamed && names(t, p.fsys, p.dir) != "f":
				t.Errorf("%s, operation %d of %d: the folder holds %s", p.name, at, n, names(t, p.fsys, p.dir))
			}
		}
		if changed == 0 {
			t.Errorf("%s: no rename came in between", p.name)
		}
	}
}
