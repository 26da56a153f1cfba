package props

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSetChangesOnlyValueBytes shows the bytes before and after.
func TestSetChangesOnlyValueBytes(t *testing.T) {
	for _, c := range []struct{ name, before, key, value, want string }{
		{"plain", "a=1\nb=2\nc=3\n", "b", "x", "a=1\nb=x\nc=3\n"},
		{"same value", "a = \\u0031\n", "a", "1", "a = \\u0031\n"},
		{"same value, lone surrogate", "a=\\ud800\n", "a", "\ufffd", "a=\\ud800\n"},
		{"separator and blanks stay", "\t a  :  1\r\n", "a", "2", "\t a  :  2\r\n"},
		{"blank as separator", "a 1\n", "a", "2", "a 2\n"},
		{"last duplicate", "a=1\na=2\n", "a", "3", "a=1\na=3\n"},
		{"escaped key", "a\\ b=1\n", "a b", "2", "a\\ b=2\n"},
		{"continued value", "a=1,\\\r\n  2,\\\r\n  3\r\nb=1\r\n", "a", "9", "a=9\r\nb=1\r\n"},
		{"value behind a continuation", "a=\\\n  1\nb=1\n", "a", "2", "a=\\\n  2\nb=1\n"},
		{"empty value behind a continuation", "a=\\\n  \nb=1\n", "a", "2", "a=\\\n  2\nb=1\n"},
		{"to empty between CR and LF", "a=\\\r\\\r1\nb=2\n", "a", "", "a=\nb=2\n"},
		{"to empty behind a continuation", "a=\\\n1\nb=2\n", "a", "", "a=\\\n\nb=2\n"},
		{"to empty", "a=1\nb=2\n", "a", "", "a=\nb=2\n"},
		{"from empty", "a=\nb=2\n", "a", "1", "a=1\nb=2\n"},
		{"no separator", "a\nb=2\n", "a", "1", "a=1\nb=2\n"},
		{"no separator, spaced file", "a\nb = 2\n", "a", "1", "a = 1\nb = 2\n"},
		{"no separator, continued", "a\\\n\nb 2\n", "a", "1", "a 1\nb 2\n"},
		{"no separator at the end", "b=1\na", "a", "1", "b=1\na=1"},
		{"trailing blank is a separator", "a \nb=2\n", "a", "1", "a 1\nb=2\n"},
		{"dangling backslash", "a=1\\", "a", "2", "a=2"},
		{"dangling backslash, no value", "a=\\", "a", "2", "a=2"},
		{"dangling backslash, no separator", "a\\", "a", "2", "a=2"},
		{"dangling backslash and line end", "a=1\\\n", "a", "2", "a=2\n"},
		{"empty key", "=v\n", "", "w", "=w\n"},
		{"backslash only", "\\", "", "w", "=w"},
		{"backslash only in a file of blanks", "a 1\n\\", "", "w", "a 1\n=w"},
		{"backslash only in a spaced file", "a : 1\n\\", "", "w", "a : 1\n: w"},
		{"unterminated", "a=1", "a", "2", "a=2"},
		{"escapes", "a=1\n", "a", " C:\\x=#!\té€😀 ", "a=\\ C\\:\\\\x\\=\\#\\!\\t\\u00E9\\u20AC\\uD83D\\uDE00 \n"},
		{"invalid UTF-8", "a=1\n", "a", "\xff\xfe", "a=\\uFFFD\\uFFFD\n"},

		{"new", "a=1\n", "b", "2", "a=1\nb=2\n"},
		{"new in nothing", "", "b", "2", "b=2\n"},
		{"new key is escaped", "", "a b:c", "2", "a\\ b\\:c=2\n"},
		{"new, CRLF", "#\r\na = 1\r\n", "b", "2", "#\r\na = 1\r\nb = 2\r\n"},
		{"new, CR", "a:1\r", "b", "2", "a:1\rb:2\r"},
		{"new, mostly CRLF", "a=1\r\nb=2\nc=3\r\n", "d", "4", "a=1\r\nb=2\nc=3\r\nd=4\r\n"},
		{"new, spaced colons", "a : 1\nb : 2\nc=3\n", "d", "4", "a : 1\nb : 2\nc=3\nd : 4\n"},
		{"new, aligned", "a      = 1\nlonger = 2\n", "b", "3", "a      = 1\nlonger = 2\nb = 3\n"},
		{"new, blanks", "a 1\nb 2\n", "c", "3", "a 1\nb 2\nc 3\n"},
		{"new, tabs", "a\t1\nb\t\t2\n", "c", "3", "a\t1\nb\t\t2\nc\t3\n"},
		{"new, empty key among blanks", "a 1\nb 2\n", "", "3", "a 1\nb 2\n=3\n"},
		{"new, only empty values", "a = \nb = \n", "c", "3", "a = \nb = \nc = 3\n"},
		{"new, tie", "a:1\nb=2\n", "c", "3", "a:1\nb=2\nc:3\n"},
		{"new behind an unterminated pair", "a=1", "b", "2", "a=1\nb=2\n"},
		{"new behind an unterminated pair, CRLF", "x=0\r\na=1", "b", "2", "x=0\r\na=1\r\nb=2\r\n"},
		{"new behind an unterminated comment", "# c", "b", "2", "# c\nb=2\n"},
		{"new behind a comment with a backslash", "# c\\", "b", "2", "# c\\\nb=2\n"},
		{"new behind blanks", "a=1\n  ", "b", "2", "a=1\n  \nb=2\n"},
		{"new behind a backslash", "a=1\\", "b", "2", "a=1\\\n\nb=2\n"},
		{"new behind a backslash, CRLF", "x=\r\na=1\\", "b", "2", "x=\r\na=1\\\r\n\r\nb=2\r\n"},
		{"new behind a continuation", "a=1\\\n", "b", "2", "a=1\\\n\nb=2\n"},
		{"new behind a continuation and blanks", "a=1\\\n  ", "b", "2", "a=1\\\n  \nb=2\n"},
		{"new behind a continuation, CR in an LF file", "x=\ny=\na=1\\\r", "b", "2", "x=\ny=\na=1\\\r\n\nb=2\n"},
		{"new behind a backslash only", "\\", "b", "2", "\\\n=\nb=2\n"},
		{"new behind a backslash line only", "\\\n", "b", "2", "\\\n=\nb=2\n"},
		{"new behind a forgotten backslash", "\\\r\n", "b", "2", "\\\r\n\r\nb=2\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, c.before)
			before := pairsOf(f)
			f.Set(c.key, c.value)
			if got := string(f.Bytes()); got != c.want {
				t.Errorf("Set(%q, %q) on\n%q gives\n%q, want\n%q", c.key, c.value, c.before, got, c.want)
			}
			if diff := cmp.Diff(modelSet(before, c.key, c.value), pairsOf(f)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			checkWhole(t, f)
		})
	}
}

func TestDeleteRemovesEveryEntryOfTheKey(t *testing.T) {
	for _, c := range []struct{ name, before, key, want string }{
		{"one", "a=1\nb=2\n", "a", "b=2\n"},
		{"duplicates", "a=1\n# c\na=2\r\n\na 3\nb=2\n", "a", "# c\n\nb=2\n"},
		{"escaped duplicate", "a=1\n\\u0061=2\n", "a", ""},
		{"continuation lines", "a=1,\\\n  2\nb=1\n", "a", "b=1\n"},
		{"comment above stays", "# about a\na=1\n", "a", "# about a\n"},
		{"leading blanks", "x=\n \t a=1\n", "a", "x=\n"},
		{"joined by lone backslashes", "x=\n\\\n  \\\r\n a=1\ny=\n", "a", "x=\ny=\n"},
		{"not joined by a comment", "\\\n#c\na=1\n", "a", "\\\n#c\n"},
		{"unterminated", "b=1\na=1", "a", "b=1\n"},
		{"dangling", "b=1\na=1\\", "a", "b=1\n"},
		{"dangling and line end", "b=1\na=1\\\n", "a", "b=1\n"},
		{"empty key, backslash", "b=1\n\\\n\\\n", "", "b=1\n"},
		{"between CR and LF", "x=1\ra=1\nb=2\n\ny=3\n", "a", "x=1\rb=2\n\ny=3\n"},
		{"CR meets LF", "x=1\ra=1\n\ny=3\n", "a", "x=1\r\ny=3\n"},
		{"absent", "b=1\n", "a", "b=1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, c.before)
			_, had := f.Get(c.key)
			if got := f.Delete(c.key); got != had {
				t.Errorf("Delete returns %v", got)
			}
			if got := string(f.Bytes()); got != c.want {
				t.Errorf("%q becomes %q, want %q", c.before, got, c.want)
			}
			if f.Delete(c.key) {
				t.Error("deleted twice")
			}
			checkWhole(t, f)
		})
	}
}

// TestManyEdits crosses the blocks in which line numbers and shifts are kept.
func TestManyEdits(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "# %d\nkey.%d = 1,\\\n  2\r\n", i, i)
	}
	f := mustParse(t, text.String())
	for i := 0; i < 3000; i += 7 {
		f.Set(fmt.Sprintf("key.%d", i), strings.Repeat("x", i%13))
	}
	for i := 0; i < 3000; i += 5 {
		f.Delete(fmt.Sprintf("key.%d", i))
	}
	for i := range 2000 {
		f.Set(fmt.Sprintf("new.%d", i), "v")
		if i%3 == 0 {
			f.Set(fmt.Sprintf("new.%d", i-i%6), "changed")
		}
	}
	checkWhole(t, f)
}

// TestEntriesIsASnapshot edits while ranging.
func TestEntriesIsASnapshot(t *testing.T) {
	f := mustParse(t, "a=1\nb=2\nc=3\n")
	var seen []string
	for e := range f.Entries() {
		seen = append(seen, e.Key+e.Value)
		f.Delete(e.Key)
		f.Set("x"+e.Key, e.Value)
		f.Set("c", "9")
	}
	if got := strings.Join(seen, " "); got != "a1 b2 c3" {
		t.Errorf("ranged over %s", got)
	}
	if got, want := string(f.Bytes()), "xa=1\nxb=2\nxc=3\nc=9\n"; got != want {
		t.Errorf("left is %q, want %q", got, want)
	}
	checkWhole(t, f)
}
