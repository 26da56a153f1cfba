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
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/tlscert"
	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

const (
	storeEntries  = 5000
	storePassword = "changeit"
	storeRounds   = 15
)

// TestReadKeystores measures tlscert.Read against a warm
// java.security.KeyStore.load, and against keystore-go with every chain
// parsed where that reads the format (JKS). All take turns on the same file;
// the figures are medians. Run it alone:
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
			var ours, javas, theirs []time.Duration
			for range storeRounds {
				ours = append(ours, timed(func() { readOurs(t, c.data) }))
				if c.format == "JKS" {
					theirs = append(theirs, timed(func() { readKeystoreGo(t, c.data) }))
				}
				if java != nil {
					javas = append(javas, java.load(t))
				}
			}
			report := fmt.Sprintf("%s, %d entries, %d KiB: tlscert.Read %v", c.format, storeEntries, len(c.data)>>10, median(ours))
			ratio := 0.0
			if java != nil {
				ratio = float64(median(javas)) / float64(median(ours))
				report += fmt.Sprintf("; KeyStore.load %v (%.2fx, heap limit %d MiB)", median(javas), ratio, java.heap>>20)
			} else {
				report += "; java is not installed"
			}
			if len(theirs) > 0 {
				report += fmt.Sprintf("; keystore-go and x509 %v (%.2fx)", median(theirs), float64(median(theirs))/float64(median(ours)))
			}
			report += fmt.Sprintf("; allocated by one Read %d MiB; %d processors", allocated(func() { readOurs(t, c.data) })>>20, runtime.GOMAXPROCS(0))
			t.Log(report)
			if java != nil && ratio < c.least {
				t.Errorf("%.2f times as fast as Java, want %.1f", ratio, c.least)
			}
		})
	}
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

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2].Round(10 * time.Microsecond)
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
	j := &javaLoader{in: in, out: bufio.NewScanner(out)}
	j.heap = j.number(t)
	return j
}

func (j *javaLoader) load(t *testing.T) time.Duration {
	t.Helper()
	if _, err := io.WriteString(j.in, "\n"); err != nil {
		t.Fatal(err)
	}
	return time.Duration(j.number(t))
}

func (j *javaLoader) number(t *testing.T) int64 {
	t.Helper()
	if !j.out.Scan() {
		t.Fatal("java ended early")
	}
	n, err := strconv.ParseInt(strings.TrimSpace(j.out.Text()), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
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
