package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// comparison is one line of the report: a work done by this library and by what
// it is compared with, in turns, in this run.
type comparison struct {
	work, against string
	ours, theirs  time.Duration // medians by the clock
	ratio         float64       // how many times as fast ours is, as the test counts it
	least         float64       // below it the test fails; 0: shown only
}

// report collects the comparisons of a run. TestMain prints them.
var report struct {
	sync.Mutex
	rows []comparison
}

func compared(c comparison) {
	report.Lock()
	defer report.Unlock()
	report.rows = append(report.rows, c)
}

// TestMain prints, after all that was selected has run, one table in Markdown:
// what was measured, on which machine, with which versions.
func TestMain(m *testing.M) {
	code := m.Run()
	if len(report.rows) > 0 {
		fmt.Print(table(report.rows, machine()))
	}
	os.Exit(code)
}

func table(rows []comparison, about string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n| work | against | ours | theirs | times as fast | at least |\n|---|---|---:|---:|---:|---:|\n", about)
	for _, c := range rows {
		least := "-"
		if c.least > 0 {
			least = fmt.Sprintf("%.2f", c.least)
		}
		fmt.Fprintf(&b, "| %s | %s | %v | %v | %.2f | %s |\n", c.work, c.against, figures(c.ours), figures(c.theirs), c.ratio, least)
	}
	return b.String()
}

// figures keeps three or four digits of a duration.
func figures(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for unit*10_000 <= d {
		unit *= 10
	}
	return d.Round(unit)
}

// machine is what the figures depend on.
func machine() string {
	parts := []string{
		fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0)), runtime.Version(),
	}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(data), "model name"); found {
			name, _, _ := strings.Cut(rest, "\n")
			parts = append(parts, strings.Trim(name, " \t:"))
		}
	}
	for _, args := range [][]string{{"java", "-version"}, {"rsync", "--version"}, {"cp", "--version"}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err == nil {
			line, _, _ := strings.Cut(string(out), "\n")
			parts = append(parts, strings.Join(strings.Fields(line), " "))
		}
	}
	if mod, err := os.ReadFile("go.mod"); err == nil {
		for line := range strings.Lines(string(mod)) {
			if strings.Contains(line, "magiconair") || strings.Contains(line, "keystore-go") {
				parts = append(parts, strings.TrimSpace(line))
			}
		}
	}
	return strings.Join(parts, "; ")
}

func TestTable(t *testing.T) {
	got := table([]comparison{
		{work: "w", against: "a", ours: 1234567 * time.Nanosecond, theirs: 2 * time.Second, ratio: 3, least: 1.5},
		{work: "w", against: "b", ours: time.Millisecond, theirs: time.Millisecond, ratio: 1},
	}, "here")
	want := `
here

| work | against | ours | theirs | times as fast | at least |
|---|---|---:|---:|---:|---:|
| w | a | 1.235ms | 2s | 3.00 | 1.50 |
| w | b | 1ms | 1ms | 1.00 | - |
`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
