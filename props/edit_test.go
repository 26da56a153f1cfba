package props

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
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

// modelSet is what Set means for the pairs.
func modelSet(pairs []pair, key, value string) []pair {
	key, value = string([]rune(key)), string([]rune(value))
	pairs = slices.Clone(pairs)
	for i, p := range slices.Backward(pairs) {
		if p.Key == key {
			pairs[i].Value = value
			return pairs
		}
	}
	return append(pairs, pair{key, value})
}

func modelDelete(pairs []pair, key string) []pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return p.Key == key })
}

// fataler is what checkWhole needs of *testing.T and *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkWhole compares a file that was edited with a fresh reading of its
// bytes, by the package and by the reference: pairs, positions, lookups.
func checkWhole(t fataler, f *File) {
	t.Helper()
	text := f.Bytes()
	fresh, err := Parse(f.read().name, text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if diff := cmp.Diff(entriesOf(fresh), entriesOf(f)); diff != "" {
		t.Fatalf("%q: -parsed anew +edited\n%s", text, diff)
	}
	want, err := reference(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if diff := cmp.Diff(want, pairsOf(f), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q: -reference +got\n%s", text, diff)
	}
	last := map[string]Entry{}
	for e := range f.Entries() {
		last[e.Key] = e
	}
	for key, want := range last {
		got, ok := f.Lookup(key)
		if !ok || got != want {
			t.Fatalf("%q: Lookup(%q) = %+v, %v; Entries says %+v", text, key, got.Pos, ok, want.Pos)
		}
		if v, ok := f.Get(key); !ok || v != want.Value {
			t.Fatalf("%q: Get(%q) = %q, %v", text, key, v, ok)
		}
		at := want.Pos
		line := text[at.Offset-at.Column+1:]
		if at.Column < 1 || bytes.ContainsAny(text[at.Offset-at.Column+1:at.Offset], "\r\n") ||
			referenceLineOf(text, at.Offset) != at.Line || len(line) == 0 {
			t.Fatalf("%q: key %q is not at %v", text, key, at)
		}
		if key != "" && plain(key) && text[at.Offset] != '\\' && key[:1] != string(text[at.Offset]) {
			t.Fatalf("%q: key %q does not begin at %v", text, key, at)
		}
	}
}

// referenceLineOf counts lines up to an offset in the slow way.
func referenceLineOf(text []byte, offset int) int {
	line := 1
	for i := 0; i < offset; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			line++
		}
	}
	return line
}

func entriesOf(f *File) []Entry { return slices.Collect(f.Entries()) }

// checkSet applies Set and verifies the promise about the bytes.
func checkSet(t fataler, f *File, key, value string) {
	t.Helper()
	before, pairs := f.Bytes(), pairsOf(f)
	e, had := f.Lookup(string([]rune(key)))
	f.Set(key, value)
	after := f.Bytes()
	if diff := cmp.Diff(modelSet(pairs, key, value), pairsOf(f)); diff != "" {
		t.Fatalf("Set(%q, %q) on %q: -want +got\n%s", key, value, before, diff)
	}
	if !had {
		if !bytes.HasPrefix(after, before) {
			t.Fatalf("Set(%q, %q) on %q rewrites it to %q", key, value, before, after)
		}
		return
	}
	if e.Value == string([]rune(value)) {
		if !bytes.Equal(before, after) {
			t.Fatalf("Set(%q) to what it is changes %q to %q", key, before, after)
		}
		return
	}
	// What differs begins behind the key's first byte and holds no line end
	// but those that a backslash joins.
	head := 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < min(len(before), len(after))-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	gone := string(before[head : len(before)-tail])
	if head < e.Pos.Offset {
		t.Fatalf("Set(%q, %q) on %q changes bytes before offset %d: %q", key, value, before, e.Pos.Offset, after)
	}
	joined := strings.NewReplacer("\\\r\n", "", "\\\n", "", "\\\r", "").Replace(string(before[e.Pos.Offset : len(before)-tail]))
	if strings.ContainsAny(joined, "\r\n") && tail > 0 {
		t.Fatalf("Set(%q, %q) on %q changes other lines: %q", key, value, before, gone)
	}
}

// TestEditModel plays random edits against a list of pairs.
func TestEditModel(t *testing.T) {
	keys := rapid.SampledFrom([]string{"a", "b", "", "key", "a b", "é", "=", "\\", "#", "\xff", "😀", "new", "k1", "k2"})
	values := rapid.OneOf(
		rapid.SampledFrom([]string{"", "1", " lead", "trail ", `C:\x`, "a=b", "\n", "é€😀", "\xff", "\ufffd", "\\"}),
		rapid.StringOf(rapid.SampledFrom([]rune(" \t\n\r=:#!\\abé€😀"))),
	)
	texts := rapid.Custom(func(t *rapid.T) string {
		atoms := []string{
			"a=1", "b : 2", "key", "a", "=", ":", " ", "\t", "\n", "\r", "\r\n", "\\", "\\\n", "\\\r\n", "\\\r  ", "\\\r",
			"\\\\", "# c", "!", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\ ", "\\=", "\xe9", "k1=v\r\n", "k2 v\r\n", "  ",
		}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(atoms), 0, 16).Draw(t, "atoms"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		f, err := Parse("f", []byte(text))
		if err != nil {
			t.Skip("malformed")
		}
		model := pairsOf(f)
		type other struct {
			f    *File
			text string
		}
		var others []other
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if diff := cmp.Diff(model, pairsOf(f), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("-model +got\n%s", diff)
				}
				checkWhole(t, f)
				for _, o := range others {
					if got := string(o.f.Bytes()); got != o.text {
						t.Fatalf("a clone changed from %q to %q", o.text, got)
					}
				}
			},
			"set": func(t *rapid.T) {
				k, v := keys.Draw(t, "key"), values.Draw(t, "value")
				checkSet(t, f, k, v)
				model = modelSet(model, k, v)
			},
			"delete": func(t *rapid.T) {
				k := keys.Draw(t, "key")
				before, comments := f.Bytes(), 0
				_, comments = referenceLines(before)
				f.Delete(k)
				if _, left := referenceLines(f.Bytes()); left != comments {
					t.Fatalf("Delete(%q) removes a comment of %q: %q", k, before, f.Bytes())
				}
				model = modelDelete(model, k)
			},
			"clone": func(*rapid.T) {
				c := f.Clone()
				others = append(others, other{f, string(f.Bytes())})
				f = c
			},
			"parse anew": func(t *rapid.T) {
				g, err := Parse("f", f.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				f = g
			},
		})
	})
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
