package props

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// bigText is a file of n realistic lines, and its keys.
func bigText(n int) (text string, keys []string) {
	var b strings.Builder
	for i := range n {
		key := fmt.Sprintf("component.%d.setting.name", i)
		keys = append(keys, key)
		if i%10 == 0 {
			fmt.Fprintf(&b, "%s=https\\://host-%d.example.com\\:8443/path\n", key, i)
		} else {
			fmt.Fprintf(&b, "%s=value %d of the file\n", key, i)
		}
	}
	return b.String(), keys
}

// TestMemoryInProportion: reading a file and decoding every value allocates
// less than three times its size; so do files without any pair.
func TestMemoryInProportion(t *testing.T) {
	measure := func(name, text string, keys []string, most float64) {
		data := []byte(text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, err := Parse("f", data)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if _, ok := f.Get(k); !ok {
				t.Fatalf("%s: %s is missing", name, k)
			}
		}
		runtime.ReadMemStats(&after)
		times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(data))
		t.Logf("%s: %d bytes, %.2f times that allocated", name, len(data), times)
		if times > most {
			t.Errorf("%s: %.2f times the input is allocated, more than %v", name, times, most)
		}
	}
	for _, n := range []int{200, 10000, 200000} {
		text, keys := bigText(n)
		measure(fmt.Sprint(n, " keys"), text, keys, 3)
		measure(fmt.Sprint(n, " keys, CRLF"), strings.ReplaceAll(text, "\n", "\r\n"), keys, 3)
		measure(fmt.Sprint(n, " keys, not ASCII"), strings.ReplaceAll(text, "value", "wert \xe9"), keys, 4)
	}
	measure("line ends", strings.Repeat("\n", 1<<20), nil, 1.1)
	measure("comments", strings.Repeat("# c\\\r\n", 1<<18), nil, 1.1)
	measure("one value", "a="+strings.Repeat("x", 1<<20), []string{"a"}, 1.1)
	measure("one escaped value", "a="+strings.Repeat("\\x", 1<<20), []string{"a"}, 2.1)
	measure("backslashes", strings.Repeat("\\\n", 1<<20), nil, 1.1)
	measure("one continued value", "a="+strings.Repeat("\\\n", 1<<20), []string{"a"}, 2.1)
	measure("shortest pairs", strings.Repeat("a\n", 1<<20), []string{"a"}, 24)
	measure("dense, then sparse", strings.Repeat("a\n", 1000)+strings.Repeat("#\n", 1<<20), []string{"a"}, 1.2)
}

// TestTimeInProportion: inputs made to be slow are not. The limit is what a
// quadratic reading would exceed a hundredfold.
func TestTimeInProportion(t *testing.T) {
	const n = 1 << 20
	for name, text := range map[string]string{
		"CR only":            strings.Repeat("a=1\r", n/4),
		"LF, one CR far off": strings.Repeat("a=1\n", n/4) + "\r",
		"backslash far off":  strings.Repeat("a=1\n", n/4) + "\\",
		"backslashes":        strings.Repeat("\\", n),
		"continuations":      "a=" + strings.Repeat("\\\n", n/2),
		"lone backslashes":   strings.Repeat("\\\n", n/2) + "a=1",
		"blanks":             strings.Repeat(" ", n) + "a=1",
		"high bytes":         strings.Repeat("\xe9=\xe9\n", n/4),
		"escaped duplicates": strings.Repeat("\\a=1\n", n/5),
	} {
		start := time.Now()
		f, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		for range f.Entries() {
		}
		f.Delete("a")
		f.Set("b", "1")
		if _, ok := f.Lookup("b"); !ok {
			t.Errorf("%s: b is missing", name)
		}
		took := time.Since(start)
		t.Logf("%s: %v", name, took)
		if took > 20*time.Second {
			t.Errorf("%s takes %v", name, took)
		}
	}
}

// TestManyLookups takes positions of a large file, before and after edits.
func TestManyLookups(t *testing.T) {
	text, keys := bigText(20000)
	f := mustParse(t, text)
	for i, k := range keys {
		if e, ok := f.Lookup(k); !ok || e.Pos.Line != i+1 {
			t.Fatalf("%s is at %v", k, e.Pos)
		}
	}
	for _, k := range keys {
		f.Set(k, "edited")
	}
	for i, k := range keys {
		if e, ok := f.Lookup(k); !ok || e.Pos.Line != i+1 || e.Value != "edited" {
			t.Fatalf("%s is at %v", k, e.Pos)
		}
	}
	for i := range 20000 {
		f.Set(fmt.Sprintf("new.%d", i), "1")
	}
	if e, ok := f.Lookup("new.19999"); !ok || e.Pos.Line != 40000 {
		t.Errorf("the last line is at %v", e.Pos)
	}
}

// TestConcurrentReaders lets the race detector watch everything that only
// reads, on a file as parsed and on one that was edited.
func TestConcurrentReaders(t *testing.T) {
	text, keys := bigText(300)
	edited := mustParse(t, text)
	edited.Set(keys[3], "x")
	edited.Delete(keys[5])
	edited.Set("new", "1")
	for _, f := range []*File{mustParse(t, text), edited} {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, k := range keys {
					f.Get(k)
					f.Lookup(k)
				}
				c := f.Clone()
				c.Set(keys[7], "mine")
				c.Set("another", "mine")
				c.Delete(keys[9])
				_ = f.Bytes()
				_ = f.String()
				_ = Diff(f, c)
				_ = UnifiedDiff(c, f)
				_ = f.Properties()
				for range f.Entries() {
				}
			})
		}
		wg.Wait()
	}
}
