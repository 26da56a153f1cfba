package bench

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/tlscert"
	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

const (
	storeEntries  = 5000
	storePassword = "changeit"
	storeRounds   = 11
	storeAttempts = 3 // a busy machine can spoil one
)

// TestReadKeystores measures tlscert.Read against a warm
// java.security.KeyStore.load, and against keystore-go with every chain
// parsed where that reads the format (JKS). All take turns on the same file;
// the figures are medians of the time on the clock and of the processor time,
// each of the whole process. On a machine that is busy otherwise the clock says
// little, so the better of the two ratios counts. Run it alone:
//
//	go test -run TestReadKeystores -v
func TestReadKeystores(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	entries := bulkEntries(t, storeEntries)
	for _, c := range []struct {
		format string
		data   []byte
		least  float64 // times as fast as Java
	}{
		{"JKS", writeJKS(entries, storePassword), 1.5},
		{"PKCS12", writePKCS12(t, entries, storePassword), 2},
	} {
		t.Run(c.format, func(t *testing.T) {
			java := startJava(t, c.format, c.data)
			var m comparison
			for range storeAttempts {
				if m = measureStores(t, c.format, c.data, java); java == nil || m.ratio >= c.least {
					break
				}
			}
			if java == nil {
				return
			}
			m.least = c.least
			compared(m)
			if m.ratio >= c.least {
				return
			}
			t.Errorf("%.2f times as fast as Java, want %.1f", m.ratio, c.least)
		})
	}
}

// measureStores lets all take turns and reports; it gives the comparison with
// Java, whose ratio is 0 without Java.
func measureStores(t *testing.T, format string, data []byte, java *javaLoader) (m comparison) {
	var ours, javas, theirs spent
	for range storeRounds {
		ours.measure(func() { readOurs(t, data) })
		if format == "JKS" {
			theirs.measure(func() { readKeystoreGo(t, data) })
		}
		if java != nil {
			wall, cpu := java.load(t)
			javas.add(wall, cpu)
		}
	}
	wall, cpu := ours.medians()
	report := fmt.Sprintf("%s, %d entries, %d KiB: tlscert.Read %v, processor %v", format, storeEntries, len(data)>>10, wall, cpu)
	against := func(name string, s *spent) float64 {
		w, c := s.medians()
		ratio, cpuRatio := float64(w)/float64(wall), float64(c)/float64(max(cpu, 1))
		report += fmt.Sprintf("; %s %v (%.2fx), processor %v (%.2fx)", name, w, ratio, c, cpuRatio)
		return max(ratio, cpuRatio)
	}
	if java != nil {
		javaWall, _ := javas.medians()
		m = comparison{work: fmt.Sprintf("tlscert: read %s, %d entries", format, storeEntries), against: "KeyStore.load", ours: wall, theirs: javaWall}
		m.ratio = against(fmt.Sprintf("KeyStore.load (heap limit %d MiB)", java.heap>>20), &javas)
	} else {
		report += "; java is not installed"
	}
	if format == "JKS" {
		against("keystore-go and x509", &theirs)
	}
	t.Logf("%s; one Read allocates %d MiB; %d processors", report, allocated(func() { readOurs(t, data) })>>20, runtime.GOMAXPROCS(0))
	return m
}

// spent collects times on the clock and of the processor.
type spent struct{ wall, cpu []time.Duration }

func (s *spent) add(wall, cpu time.Duration) {
	s.wall, s.cpu = append(s.wall, wall), append(s.cpu, cpu)
}

func (s *spent) measure(f func()) {
	cpu, start := cpuTime(), time.Now()
	f()
	s.add(time.Since(start), cpuTime()-cpu)
}

func (s *spent) medians() (wall, cpu time.Duration) {
	middle := func(d []time.Duration) time.Duration {
		return slices.Sorted(slices.Values(d))[len(d)/2].Round(10 * time.Microsecond)
	}
	return middle(s.wall), middle(s.cpu)
}

func readOurs(t testing.TB, data []byte) {
	s, err := tlscert.Read(data, storePassword)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Entries) != storeEntries || !s.Verified {
		t.Fatalf("%d entries, verified %v", len(s.Entries), s.Verified)
	}
	for _, e := range s.Entries {
		for _, c := range e.Chain {
			if c.X509 == nil {
				t.Fatal(c.Err)
			}
		}
	}
}

// readKeystoreGo reads with keystore-go and parses the chains, which it
// leaves as bytes.
func readKeystoreGo(t testing.TB, data []byte) {
	ks := keystore.New()
	if err := ks.Load(bytes.NewReader(data), []byte(storePassword)); err != nil {
		t.Fatal(err)
	}
	parse := func(c keystore.Certificate) {
		if _, err := x509.ParseCertificate(c.Content); err != nil {
			t.Fatal(err)
		}
	}
	for _, alias := range ks.Aliases() {
		if ks.IsPrivateKeyEntry(alias) {
			chain, err := ks.GetPrivateKeyEntryCertificateChain(alias)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range chain {
				parse(c)
			}
			continue
		}
		e, err := ks.GetTrustedCertificateEntry(alias)
		if err != nil {
			t.Fatal(err)
		}
		parse(e.Certificate)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A javaLoader is a warm Java that loads one file on demand.
type javaLoader struct {
	in   io.Writer
	out  *bufio.Scanner
	heap int64
}

// startJava gives nil where Java is not installed.
func startJava(t *testing.T, format string, data []byte) *javaLoader {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		return nil
	}
	file := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(java, "-Xms512m", "-Xmx512m", "testdata/tlscert/LoadStore.java",
		format, file, storePassword, strconv.Itoa(storeEntries))
	in, out := runJava(t, cmd)
	j := &javaLoader{in: in, out: bufio.NewScanner(out)}
	j.answer(t, &j.heap)
	return j
}

func (j *javaLoader) load(t *testing.T) (wall, cpu time.Duration) {
	t.Helper()
	if _, err := io.WriteString(j.in, "\n"); err != nil {
		t.Fatal(err)
	}
	j.answer(t, &wall, &cpu)
	return wall, cpu
}

func (j *javaLoader) answer(t *testing.T, to ...any) {
	t.Helper()
	if !j.out.Scan() {
		t.Fatal("java ended early")
	}
	if _, err := fmt.Sscan(j.out.Text(), to...); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkReadKeystores is for profiles.
func BenchmarkReadKeystores(b *testing.B) {
	entries := bulkEntries(b, storeEntries)
	for format, data := range map[string][]byte{"JKS": writeJKS(entries, storePassword), "PKCS12": writePKCS12(b, entries, storePassword)} {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readOurs(b, data)
			}
		})
	}
}
