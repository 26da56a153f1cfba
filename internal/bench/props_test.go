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
		{200, 100, 21, 30000, 1, 5},
		{10000, 3, 21, 600, 2, 5},
		{1000000, 1, 7, 8, 3, 5},
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
// turns on the same file in one run; the figures are medians. Run it alone:
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
			var ours, javas, theirs []float64
			var javaBytes uint64
			for range size.rounds {
				ours = append(ours, propsMeasure(size.batch, func() { propsOurs(t, data, keys) }))
				theirs = append(theirs, propsMeasure(size.batch, func() {
					if got := propsMagiconair(t, data, keys); got != want {
						t.Fatalf("magiconair reads %d bytes of values, not %d", got, want)
					}
				}))
				if java != nil {
					ns, bytes, total := java.run(t, size.batch)
					if total != want {
						t.Fatalf("Java reads %d characters of values, not %d", total, want)
					}
					javas = append(javas, float64(ns)/float64(size.batch))
					javaBytes = bytes / uint64(size.batch)
				}
			}
			us := propsMedian(ours)
			other := propsMedian(theirs)
			t.Logf("%d keys, %d bytes, %d processors", size.keys, len(data), runtime.GOMAXPROCS(0))
			t.Logf("props                %12.1f us          allocates %.2f times the file", us/1e3,
				propsAllocated(func() { propsOurs(t, data, keys) })/float64(len(data)))
			t.Logf("magiconair           %12.1f us  %5.2fx  allocates %.2f times the file", other/1e3, other/us,
				propsAllocated(func() { propsMagiconair(t, data, keys) })/float64(len(data)))
			if other/us < size.vsOther {
				t.Errorf("%.2f times as fast as magiconair, want %v", other/us, size.vsOther)
			}
			if java == nil {
				t.Log("java.util.Properties is left out: java is not installed")
				return
			}
			j := propsMedian(javas)
			t.Logf("java.util.Properties %12.1f us  %5.2fx  allocates %.2f times the file (heap limit %d MiB)", j/1e3, j/us,
				float64(javaBytes)/float64(len(data)), java.heap>>20)
			if j/us < size.vsJava {
				t.Errorf("%.2f times as fast as Java, want %v", j/us, size.vsJava)
			}
		})
	}
}

// propsMeasure returns the nanoseconds of one of n runs.
func propsMeasure(n int, run func()) float64 {
	start := time.Now()
	for range n {
		run()
	}
	return float64(time.Since(start)) / float64(n)
}

func propsMedian(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

func propsAllocated(run func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
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
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	j := &propsJava{in: in, out: bufio.NewReader(out)}
	if _, err := fmt.Fscanln(j.out, &j.heap); err != nil {
		t.Fatal(err)
	}
	return j
}

// run reads the file n times and returns what that took in all.
func (j *propsJava) run(t *testing.T, n int) (ns int64, bytes uint64, total int) {
	t.Helper()
	if _, err := fmt.Fprintln(j.in, n); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(j.out, &ns, &bytes, &total); err != nil {
		t.Fatal(err)
	}
	return ns, bytes, total
}

func BenchmarkPropsParseAndGetAll(b *testing.B) {
	for _, n := range []int{200, 10000, 1000000} {
		data, keys := propsFile(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			start := propsCPU()
			for b.Loop() {
				propsOurs(b, data, keys)
			}
			b.ReportMetric(float64(propsCPU()-start)/float64(b.N), "cpu-ns/op")
		})
	}
}

func BenchmarkMagiconairLoadAndGetAll(b *testing.B) {
	for _, n := range []int{200, 10000} {
		data, keys := propsFile(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				propsMagiconair(b, data, keys)
			}
		})
	}
}
