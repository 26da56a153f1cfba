package props

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/internal/long"
)

// cost is work whose time must grow with n and not with its square. prepare
// is not measured.
type cost struct {
	name string
	n    int
	make func(n int) (work func())
}

func deleteAll(t *testing.T, text func(n int) string, key string) func(n int) func() {
	return func(n int) func() {
		f := mustParse(t, text(n))
		return func() {
			for i := range n {
				if !f.Delete(fmt.Sprintf(key, i)) {
					t.Fatal("nothing to delete")
				}
			}
		}
	}
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func costs(t *testing.T) []cost {
	diff := func(a, b func(n int) string) func(n int) func() {
		return func(n int) func() {
			x, y := mustParse(t, a(n)), mustParse(t, b(n))
			return func() { UnifiedDiff(x, y) }
		}
	}
	empty := func(int) string { return "" }
	redact := func(piece string) func(n int) func() {
		return func(n int) func() {
			value := "u:x" + strings.Repeat(piece, n)
			return func() { Redact("k", value) }
		}
	}
	all := []cost{
		{"delete", 16000, deleteAll(t, func(n int) string { return lines(n, "k%d=1\n") }, "k%d")},
		{"delete of duplicates", 8000, deleteAll(t, func(n int) string { return strings.Repeat(lines(n, "k%d=1\n"), 2) }, "k%d")},
		{"delete of one key again and again", 8000, func(n int) func() {
			f := mustParse(t, "a=1\na=2\n")
			return func() {
				for range n {
					f.Delete("a")
					f.Set("a", "1")
				}
			}
		}},
		{"delete beside a lone CR", 8000, deleteAll(t, func(n int) string { return lines(n, "k%d=1\n") + "x=1\r" }, "k%d")},
		{"delete between CR and LF", 8000, deleteAll(t, func(n int) string { return lines(n, "#\rk%d=1\n\n") }, "k%d")},
		{"delete of neighbours among CR", 8000, deleteAll(t, func(n int) string { return "\n\r" + lines(n, "k%d=1\r") + "\n" }, "k%d")},
		{"lookup behind edits", 16000, func(n int) func() {
			f := mustParse(t, lines(n, "k%d=1\n"))
			return func() {
				for i := range n {
					f.Set(fmt.Sprint("k", i), "edited")
					f.Lookup(fmt.Sprint("k", n-1-i))
				}
			}
		}},
		{"diff of every value", 50000, func(n int) func() {
			a, b := mustParse(t, lines(n, "k%d=1\n")), mustParse(t, lines(n, "k%d=2\n"))
			a.Set("k0", "edited")
			return func() { Diff(a, b) }
		}},
		{"unified diff, one long value", 8000, diff(empty, func(n int) string {
			return "k=" + strings.Repeat("some words,\\\n   ", n) + "\n"
		})},
		{"unified diff, one long secret", 8000, diff(empty, func(n int) string {
			return "password=" + strings.Repeat("some words,\\\n   ", n) + "\n"
		})},
		{"unified diff, comments that end in a backslash", 8000, diff(empty, func(n int) string { return strings.Repeat("# c\\\n", n) })},
		{"unified diff, hidden comments", 8000, diff(empty, func(n int) string { return strings.Repeat("# password is\\\n", n) })},
		{"unified diff, equal lines", 50000, diff(
			func(n int) string { return strings.Repeat("#\\\n", n) + "a=1\n" },
			func(n int) string { return strings.Repeat("#\\\n", n) + "a=2\n" })},
		{"unified diff, other order", 16000, diff(
			func(n int) string { return lines(n, "k%d=1\n") },
			func(n int) string {
				l := strings.SplitAfter(lines(n, "k%d=1\n"), "\n")
				slices.Reverse(l)
				return strings.Join(l, "") + "\n"
			})},
		{"Redact, headers", 8000, redact("basic ")},
		{"entries, keys and duplicates", 50000, func(n int) func() {
			f := mustParse(t, strings.Repeat(lines(n/2, "k%d=1\n"), 2))
			f.Set("k1", "edited")
			return func() {
				for range f.Entries() {
				}
				f.Keys()
				f.Duplicates()
			}
		}},
	}
	for _, piece := range []string{"//a:b", "//a:1/", "//a:b@", " //a:b", "://a:b ", "//a:12?x", "password ", "'password' ", `"password" x`, "=", " = ", "a=",
		"x;", "{", "'", "\\", "password='", "eyJ.", "crypt_v1", "<password", ".1", "@", ":", "oracle:", "//[", "a.", "//${a}:", "//a:1,"} {
		all = append(all, cost{"Redact of " + piece, 200000 / len(piece), redact(piece)})
	}
	for _, piece := range []string{"pass", ".1", "aB", "password.x", "token.x.", "secret.value.", "key.", "P"} {
		all = append(all, cost{"Sensitive, key of " + piece, 60000 / len(piece), func(n int) func() {
			key := strings.Repeat(piece, n)
			return func() { Sensitive(key, "x") }
		}})
	}
	return all
}

// TestCostsAreLinear: four times the input takes less than six times as long.
// The shortest of several runs counts. Before a verdict there are more, with
// larger inputs: where the smaller one fits a cache that the larger one does
// not, that is measured too, and a square is 16 times at every size.
func TestCostsAreLinear(t *testing.T) {
	best := func(c cost, n, runs int) time.Duration {
		least := time.Duration(1<<63 - 1)
		for range runs {
			work := c.make(n)
			runtime.GC()
			start := cpuTime()
			work()
			least = min(least, cpuTime()-start)
		}
		return least
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The collector's work depends on the heap's history.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, c := range costs(t) {
		n := c.n
		if !long.Tests() {
			n /= 4
		}
		var one, four time.Duration
		linear := func() bool { return four < 6*one || four < 2*time.Millisecond }
		for try, runs := range []int{2, 4, 8, 8} {
			n <<= min(try, 1)
			if one, four = best(c, n, runs), best(c, 4*n, runs); linear() {
				break
			}
		}
		t.Logf("%s: n=%d %v, 4n %v, %.1f times", c.name, n, one, four, float64(four)/float64(one))
		if !linear() {
			t.Errorf("%s: %d take %v, four times as many %v", c.name, n, one, four)
		}
	}
}

// TestSizes are the inputs that once took minutes, or the stack.
func TestSizes(t *testing.T) {
	if !long.Tests() {
		t.Skip("the largest inputs only with -long")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limit := func(name string, most time.Duration, work func()) {
		start := cpuTime()
		work()
		if took := cpuTime() - start; took > most {
			t.Errorf("%s takes %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
	comments := strings.Repeat("#\\\n", 700000)
	a, b := mustParse(t, comments+"a=1\n"), mustParse(t, comments+"a=2\n")
	limit("comments with backslashes", 3*time.Second, func() {
		if got := UnifiedDiff(a, b); !strings.HasSuffix(got, "-a=1\n+a=2\n") {
			t.Errorf("%d bytes of diff", len(got))
		}
	})
	for _, n := range []int{400000, 800000} {
		var x, y bytes.Buffer
		for i := range n {
			fmt.Fprintf(&x, "component.%d.setting=one %d\n", i, i)
			fmt.Fprintf(&y, "component.%d.setting=two %d\n", i, i)
		}
		a, b := mustParse(t, x.String()), mustParse(t, y.String())
		limit(fmt.Sprint("Diff of ", n), 3*time.Second*time.Duration(n/400000), func() {
			if got := len(Diff(a, b)); got != n {
				t.Errorf("%d changes", got)
			}
		})
	}
}
