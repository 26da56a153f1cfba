package props

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

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
	key = string([]rune(key))
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
			"insert": func(t *rapid.T) {
				after, k, v := keys.Draw(t, "after"), keys.Draw(t, "key"), values.Draw(t, "value")
				before := f.Bytes()
				if err := f.InsertAfter(after, k, v); err != nil {
					if !bytes.Equal(before, f.Bytes()) {
						t.Fatalf("a refused edit changes %q to %q", before, f.Bytes())
					}
					return
				}
				for i, p := range slices.Backward(model) {
					if p.Key == string([]rune(after)) {
						model = slices.Insert(slices.Clone(model), i+1, pair{k, v})
						return
					}
				}
				t.Fatalf("%q is inserted behind %q, which %q does not have", k, after, before)
			},
			"rename": func(t *rapid.T) {
				k, to := string([]rune(keys.Draw(t, "key"))), keys.Draw(t, "to")
				if f.Rename(k, to) != nil {
					return
				}
				model = slices.Clone(model)
				for i := range model {
					if model[i].Key == k {
						model[i].Key = to
					}
				}
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
