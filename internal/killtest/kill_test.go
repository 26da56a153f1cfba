//go:build unix

package killtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/reserved"
)

// effort is how many kills there are, how many of one run before it may finish,
// and how many files a server has.
func effort() (kills, ofRun, files int) {
	if long.Tests() {
		return 200, 25, 2000
	}
	return 9, 3, 60
}

// TestKilled builds the command of examples/populate, lets it move the application data of servers
// with a few thousand files, and kills it, with SIGKILL, over and over. After
// each kill every original must exist in full under its own name, the name that
// it was retired to, or as a copy; and when the command, started again, gets to
// its end at last, the server and the storage must be what a run that nobody
// disturbed leaves.
//
// A kill comes at a random moment of the time that a whole run takes, or a few
// milliseconds after a phase has begun: some phases are too short for chance.
func TestKilled(t *testing.T) {
	killsWanted, killsARun, killFiles := effort()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(root, "populate")
	if out, err := exec.Command("go", "build", "-o", program, "../../examples/populate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	seed := uint64(5)
	rng := rand.New(rand.NewPCG(seed, 0))
	var victims []*victim
	for _, s := range []clustertest.Spec{
		{Scheme: appdata.InInstall, CRLF: true},
		{Scheme: appdata.Folder},
		{Scheme: appdata.Linked, Version: "6.1.0.4.589412"},
	} {
		// All three work in the same place, so that the paths inside the
		// servers' files are the same in every run.
		victims = append(victims, newVictim(t, filepath.Join(root, "run"), program, s, killsARun, killFiles, rng))
	}
	kills, phases, runs := 0, map[string]int{}, 0
	for ; kills < killsWanted; runs++ {
		kills += victims[runs%len(victims)].run(t, rng, runs, phases)
	}
	t.Logf("%d kills of a live process in %d runs, seed %d, %d files a server", kills, runs, seed, killFiles)
	for _, name := range slices.Sorted(maps.Keys(phases)) {
		t.Logf("%4d %s", phases[name], name)
	}
}

// victim is a server whose moves are killed.
type victim struct {
	name    string
	dir     string // of the run; the server is in server, the storage in share
	program string
	spec    clustertest.Spec
	kills   int          // of one run before it may finish
	files   int          // of the repository, the plugins and the logs
	write   func() error // writes the server anew

	start, end map[string]clustertest.Entry // the listings of an undisturbed run
	took       time.Duration                // and how long it takes
}

func (v *victim) install() string { return filepath.Join(v.dir, "server") }
func (v *victim) target() string  { return filepath.Join(v.dir, "share", "appdata") }

// data is the application data folder, as a path of a listing.
func (v *victim) data() string {
	if v.spec.Scheme == appdata.Folder {
		return "server/appdata/"
	}
	return "server/"
}

func newVictim(t *testing.T, dir, program string, s clustertest.Spec, kills, files int, rng *rand.Rand) *victim {
	t.Helper()
	v := &victim{name: s.Scheme.String(), dir: dir, program: program, spec: s, kills: kills, files: files}
	content := make([]byte, 300<<10)
	for i := range content {
		content[i] = byte(rng.Uint32())
	}
	seed := rng.Uint64()
	v.write = func() error { return v.build(rand.New(rand.NewPCG(seed, 1)), content) }
	v.fresh(t)
	v.start = v.list(t)
	began := time.Now()
	if out, err := v.command("-apply", "-retire", "-purge").CombinedOutput(); err != nil {
		t.Fatalf("%s: an undisturbed run: %v\n%s", v.name, err, out)
	}
	v.took = time.Since(began)
	v.end = v.list(t)
	gone := 0
	for path := range v.start {
		if _, ok := v.end[path]; !ok {
			gone++
		}
	}
	if gone < files || len(v.end) < len(v.start) {
		t.Fatalf("%s: an undisturbed run moved only %d of %d entries, or left only %d", v.name, gone, len(v.start), len(v.end))
	}
	// The test must be able to see a loss.
	if lost := v.lost(v.end); len(lost) > 0 {
		t.Fatalf("%s: an undisturbed run loses %v", v.name, lost)
	}
	broken := maps.Clone(v.end)
	for path := range v.end {
		if strings.Contains(path, "/blob/") && strings.Contains(path, "/file ") {
			delete(broken, path)
			break
		}
	}
	if lost := v.lost(broken); len(lost) != 1 {
		t.Fatalf("%s: one file is missing and %d are seen", v.name, len(lost))
	}
	t.Logf("%s: %d entries; an undisturbed run takes %v", v.name, len(v.start), v.took.Round(time.Millisecond))
	return v
}

// build writes the server: what an installed one holds, and repository, plugins
// and logs of sizes from nothing to 300 KiB, with links among them.
func (v *victim) build(rng *rand.Rand, content []byte) error {
	if err := clustertest.Build(afero.NewOsFs(), v.install(), v.spec); err != nil {
		return err
	}
	at := filepath.Join(v.dir, filepath.FromSlash(v.data()))
	for i := range v.files {
		dir := fmt.Sprintf("var/repository/blob/%02x/%x", i%61, i%3)
		switch {
		case i%5 == 3:
			dir = fmt.Sprintf("logs/store/%02x", i%37)
		case i%20 == 2:
			dir = "var/plugins/command/repo"
		}
		dir = filepath.Join(at, filepath.FromSlash(dir))
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		n := rng.IntN(4 << 10)
		switch rng.IntN(100) {
		case 0:
			n = rng.IntN(len(content))
		case 1, 2, 3:
			n = 0
		case 4, 5, 6, 7, 8, 9:
			n = rng.IntN(32 << 10)
		}
		from := rng.IntN(len(content) - n)
		mode := []fs.FileMode{0o640, 0o644, 0o600, 0o440}[rng.IntN(4)]
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file %d", i)), content[from:from+n], mode); err != nil {
			return err
		}
		if i%200 == 7 {
			if err := os.Symlink(fmt.Sprintf("file %d", i), filepath.Join(dir, fmt.Sprintf("link %d", i))); err != nil {
				return err
			}
		}
	}
	return os.Mkdir(filepath.Join(v.dir, "share"), 0o755)
}

func (v *victim) fresh(t *testing.T) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(v.dir), os.Mkdir(v.dir, 0o755), v.write()); err != nil {
		t.Fatal(err)
	}
}

// list is all that is there, by path; what Apply keeps for itself is left out.
func (v *victim) list(t *testing.T) map[string]clustertest.Entry {
	t.Helper()
	list, err := clustertest.Walk(afero.NewOsFs(), v.dir, "share/appdata/"+reserved.Folder)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]clustertest.Entry{}
	for _, e := range list {
		out[e.Path] = e
	}
	return out
}

func (v *victim) command(flags ...string) *exec.Cmd {
	args := append([]string{"-install", v.install(), "-appdata", v.target(), "-links", "keep"}, flags...)
	return exec.CommandContext(context.Background(), v.program, args...)
}

// run moves the server once, with kills on the way, and gives their number. An
// even run does all in one command, an odd one in the three of an administrator.
func (v *victim) run(t *testing.T, rng *rand.Rand, number int, phases map[string]int) (kills int) {
	t.Helper()
	v.fresh(t)
	stages := [][]string{{"-apply", "-retire", "-purge"}}
	if number%2 == 1 {
		stages = [][]string{{"-apply"}, {"-retire"}, {"-purge"}}
	}
	for len(stages) > 0 {
		var out bytes.Buffer
		cmd := v.command(stages[0]...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		if kills < v.kills {
			v.await(rng, number, kills, ended)
			cmd.Process.Kill() // it may have ended by itself; how it ended is looked at below
		}
		err := <-ended
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			kills++
			now := v.list(t)
			phase := v.phase(now)
			phases[phase]++
			if lost := v.lost(now); len(lost) > 0 {
				t.Fatalf("%s, run %d, kill %d (%s): %d originals are lost, such as %v\n%s", v.name, number, kills, phase, len(lost), lost[:min(5, len(lost))], v.state(now))
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s, run %d, after %d kills, %v: %v\n%s\n%s", v.name, number, kills, stages[0], err, out.String(), v.state(v.list(t)))
		}
		stages = stages[1:]
	}
	now := v.list(t)
	if d := cmp.Diff(v.end, now); d != "" {
		t.Fatalf("%s, run %d: after %d kills the end differs from that of an undisturbed run (-want +got):\n%.4000s", v.name, number, kills, d)
	}
	if _, err := os.Lstat(filepath.Join(v.target(), reserved.Folder)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s, run %d: after %d kills the journal is left: %v", v.name, number, kills, err)
	}
	return kills
}

// await returns when the next kill is due or the process has ended, which it
// tells; what it took from ended it puts back.
func (v *victim) await(rng *rand.Rand, run, kills int, ended chan error) {
	wait := func(d time.Duration) bool {
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-time.After(d):
			return true
		}
	}
	share := rng.Float64()
	begun := v.begun()
	switched := strings.Contains(begun, "switched")
	switch {
	case kills == 0: // the first kills of all runs divide the time of a whole run evenly
		const parts = 8
		wait(time.Duration((float64(run*5%parts) + share) / parts * float64(v.took)))
	case !switched && rng.IntN(3) > 0, switched && rng.IntN(2) > 0: // the others go on from there
		wait(time.Duration(share * float64(v.took/8)))
	default:
		for v.begun() == begun {
			if !wait(300 * time.Microsecond) {
				return
			}
		}
		wait(time.Duration(share * share * float64(4*time.Millisecond)))
	}
}

// begun is what a glance at the disk shows, and changes whenever another phase
// begins.
func (v *victim) begun() string {
	var b strings.Builder
	for _, name := range []string{reserved.Folder, reserved.Folder + "/plan.json", "conf/installed.version", reserved.Folder + "/switched"} {
		if _, err := os.Lstat(filepath.Join(v.target(), filepath.FromSlash(name))); err == nil {
			b.WriteString(name + " ")
		}
	}
	for _, name := range []string{"bin/classpath.conf", "conf/server/installed.properties"} {
		if fi, err := os.Lstat(filepath.Join(v.install(), filepath.FromSlash(name))); err == nil {
			fmt.Fprintf(&b, "%d ", fi.Size())
		}
	}
	if strings.Contains(b.String(), "switched") { // until then every copy shows in the journal's folder
		list, _ := os.ReadDir(filepath.Join(v.target(), reserved.Folder)) // it may have gone just now
		fmt.Fprintf(&b, "%d ", len(list))
	}
	for _, in := range []string{"", "var", "conf"} {
		list, _ := os.ReadDir(filepath.Join(v.install(), in)) // one that is being changed shows in the next glance
		aside := 0
		for _, e := range list {
			if strings.Contains(e.Name(), reserved.RetiredMark) {
				aside++
			}
		}
		fmt.Fprintf(&b, "%d ", aside)
	}
	return b.String()
}

var retiredName = regexp.MustCompile(regexp.QuoteMeta(reserved.RetiredMark) + "[^/]*")
