package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/magiconair/properties"

	"github.com/deploycluster/deploycluster/props"
)

// propsSize is one row of the comparison.
type propsSize struct {
	keys    int
	batch   int     // files read in one measurement
	rounds  int     // measurements; the median counts
	warm    int     // files that Java reads before
	vsJava  float64 // times as fast as Java, at least
	vsOther float64 // times as fast as magiconair, at least
}

func propsSizes() []propsSize {
	return []propsSize{
		{200, 100, 31, 30000, 1, 5},
		{10000, 5, 31, 600, 1.2, 5},
		{1000000, 1, 5, 5, 3, 5},
	}
}

// propsFile is a file as Java and people write them: every tenth value holds
// escapes. The keys come as other strings than those of the file.
func propsFile(n int) (data []byte, keys []string) {
	for i := range n {
		key := fmt.Sprintf("component.%d.setting.name", i)
		keys = append(keys, key)
		if i%10 == 0 {
			data = fmt.Appendf(data, "%s=https\\://host-%d.example.com\\:8443/path\n", key, i)
		} else {
			data = fmt.Appendf(data, "%s=value %d of the file\n", key, i)
		}
	}
	return data, keys
}

func propsOurs(t testing.TB, data []byte, keys []string) (total int) {
	f, err := props.Parse("f", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		v, ok := f.Get(k)
		if !ok {
			t.Fatal(k, " is missing")
		}
		total += len(v)
	}
	return total
}

func propsMagiconair(t testing.TB, data []byte, keys []string) (total int) {
	l := &properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	p, err := l.LoadBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		v, ok := p.Get(k)
		if !ok {
			t.Fatal(k, " is missing")
		}
		total += len(v)
	}
	return total
}

// TestReadProperties measures props.Parse plus Get of every key against
// java.util.Properties, warm in its own JVM, and against magiconair. All take
// turns on the same file in one run. Processor time counts the collectors and,
// in Java, the compiler too. Run it alone:
//
//	go test -run TestReadProperties -v
func TestReadProperties(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, size := range propsSizes() {
		t.Run(fmt.Sprint(size.keys), func(t *testing.T) {
			data, keys := propsFile(size.keys)
			java := startPropsJava(t, data, keys)
			if java != nil {
				java.run(t, size.warm)
			}
			want := propsOurs(t, data, keys)
			var ours, theirs, javas propsTimes
			var javaBytes uint64
			for range size.rounds {
				ours.measure(size.batch, func() { propsOurs(t, data, keys) })
				theirs.measure(size.batch, func() {
					if got := propsMagiconair(t, data, keys); got != want {
						t.Fatalf("magiconair reads %d bytes of values, not %d", got, want)
					}
				})
				if java != nil {
					wall, cpu, bytes, total := java.run(t, size.batch)
					if total != want {
						t.Fatalf("Java reads %d characters of values, not %d", total, want)
					}
					javas.add(size.batch, wall, cpu)
					javaBytes = bytes / uint64(size.batch)
				}
			}
			row := func(name string, times propsTimes, bytes float64) {
				wall, cpu := times.medians()
				ourWall, ourCPU := ours.medians()
				least, ourLeast := slices.Min(times.wall), slices.Min(ours.wall)
				t.Logf("%-20s median %10.1f us %6.2fx; fastest %10.1f us %6.2fx; processor %10.1f us %6.2fx; allocates %5.2f times the file",
					name, wall/1e3, wall/ourWall, least/1e3, least/ourLeast, cpu/1e3, cpu/ourCPU, bytes/float64(len(data)))
			}
			t.Logf("%d keys, %d bytes, %d processors", size.keys, len(data), runtime.GOMAXPROCS(0))
			allocated := propsAllocated(func() { propsOurs(t, data, keys) })
			row("props", ours, allocated)
			if most := 3 * float64(len(data)); allocated > most {
				t.Errorf("allocates %.0f bytes for a file of %d", allocated, len(data))
			}
			row("magiconair", theirs, propsAllocated(func() { propsMagiconair(t, data, keys) }))
			note := func(name string, times propsTimes, least float64) float64 {
				wall, _ := times.medians()
				ourWall, _ := ours.medians()
				ratio := times.ratio(ours)
				compared(comparison{fmt.Sprintf("props: parse, get %d keys", size.keys), name, time.Duration(ourWall), time.Duration(wall), ratio, least})
				return ratio
			}
			if got := note("magiconair", theirs, size.vsOther); got < size.vsOther {
				t.Errorf("%.2f times as fast as magiconair, want %v", got, size.vsOther)
			}
			if java == nil {
				t.Log("java.util.Properties is left out: java is not installed")
				return
			}
			row("java.util.Properties", javas, float64(javaBytes))
			t.Logf("heap: Java's limit is %d MiB; Go, with its default settings, took %d MiB from the system, all runs included", java.heap>>20, propsHeap()>>20)
			if got := note("java.util.Properties", javas, size.vsJava); got < size.vsJava {
				t.Errorf("%.2f times as fast as Java, want %v", got, size.vsJava)
			}
		})
	}
}

// propsTimes are nanoseconds of one run each: by the clock, and of processors.
type propsTimes struct{ wall, cpu []float64 }

func (p *propsTimes) add(n int, wall, cpu int64) {
	p.wall = append(p.wall, float64(wall)/float64(n))
	p.cpu = append(p.cpu, float64(cpu)/float64(n))
}

// measure takes the time of n runs. What others left for the collector is
// collected before.
func (p *propsTimes) measure(n int, run func()) {
	runtime.GC()
	cpu, start := cpuTime(), time.Now()
	for range n {
		run()
	}
	p.add(n, int64(time.Since(start)), int64(cpuTime()-cpu))
}

func (p *propsTimes) medians() (wall, cpu float64) {
	return slices.Sorted(slices.Values(p.wall))[len(p.wall)/2], slices.Sorted(slices.Values(p.cpu))[len(p.cpu)/2]
}

// ratio is how many times as long as other these took: the medians by the
// clock or, where that says more, the fastest runs. On a busy machine the
// median measures whatever else runs there.
func (p *propsTimes) ratio(other propsTimes) float64 {
	wall, _ := p.medians()
	otherWall, _ := other.medians()
	return max(wall/otherWall, slices.Min(p.wall)/slices.Min(other.wall))
}

func propsAllocated(run func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

func propsHeap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapSys
}

// propsJava is a JVM that waits to be told how often to read the file.
type propsJava struct {
	in   io.Writer
	out  *bufio.Reader
	heap int64
}

// startPropsJava returns nil where java is not installed.
func startPropsJava(t *testing.T, data []byte, keys []string) *propsJava {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		return nil
	}
	dir := t.TempDir()
	file, list := filepath.Join(dir, "f"), filepath.Join(dir, "keys")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, []byte(strings.Join(keys, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(java, "-Xmx4g", filepath.Join("testdata", "props", "LoadProps.java"), file, list)
	in, out := runJava(t, cmd)
	j := &propsJava{in: in, out: bufio.NewReader(out)}
	if _, err := fmt.Fscanln(j.out, &j.heap); err != nil {
		t.Fatal(err)
	}
	return j
}

// run reads the file n times and returns what that took in all.
func (j *propsJava) run(t *testing.T, n int) (wall, cpu int64, bytes uint64, total int) {
	t.Helper()
	if _, err := fmt.Fprintln(j.in, n); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(j.out, &wall, &cpu, &bytes, &total); err != nil {
		t.Fatal(err)
	}
	return wall, cpu, bytes, total
}

func BenchmarkPropsParseAndGetAll(b *testing.B) {
	for _, n := range []int{200, 10000, 1000000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data, keys := propsFile(n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				propsOurs(b, data, keys)
			}
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
		})
	}
}

func BenchmarkMagiconairLoadAndGetAll(b *testing.B) {
	for _, n := range []int{200, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data, keys := propsFile(n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				propsMagiconair(b, data, keys)
			}
		})
	}
}
