package props

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/internal/long"
)

func TestPut(t *testing.T) {
	f := mustParse(t, "a=1\n")
	if err := f.Put("a", "2"); err != nil {
		t.Error(err)
	}
	if err := f.Put("b\u00e9", "3"); err != nil {
		t.Error(err)
	}
	want := "a=2\nb\\u00E9=3\n"
	for _, c := range [][2]string{{"a\xffb", "1"}, {"a", "\xff"}, {"\xed\xa0\x80", ""}} {
		err := f.Put(c[0], c[1])
		var typed *EditError
		if !errors.Is(err, ErrNotText) || !errors.As(err, &typed) || typed.Key != c[0] || typed.Op != "put" {
			t.Errorf("Put(%q, %q): %v", c[0], c[1], err)
		}
	}
	if got := string(f.Bytes()); got != want {
		t.Errorf("%q", got)
	}
	var none *File
	if err := none.Put("a", "1"); err == nil {
		t.Error("nothing was edited")
	}
	none.Set("a", "1") // no panic
	var zero File
	if err := zero.Put("a", "1"); err != nil || string(zero.Bytes()) != "a=1\n" {
		t.Error(err)
	}
}

// TestKeysThatAreNoText: what Set stores, Get and Delete find by the same key.
func TestKeysThatAreNoText(t *testing.T) {
	for _, key := range []string{"a\xffb", "\xff", "\xed\xa0\x80", "\xc3", "ok\xf0\x9f"} {
		f := mustParse(t, "x=1\n")
		f.Set(key, "v")
		if v, ok := f.Get(key); !ok || v != "v" {
			t.Errorf("Get(%q) = %q, %v", key, v, ok)
		}
		if e, ok := f.Lookup(key); !ok || e.Key != storable(key) || e.Pos.Line != 2 {
			t.Errorf("Lookup(%q) = %+v, %v", key, e, ok)
		}
		f.Set(key, "w")
		checkWhole(t, f)
		if !f.Delete(key) || string(f.Bytes()) != "x=1\n" {
			t.Errorf("%q is not deleted: %q", key, f.Bytes())
		}
	}
}

// TestTooLarge fills a file to its limit; it allocates two GiB.
func TestTooLarge(t *testing.T) {
	if !long.Tests() {
		t.Skip("a file of 2 GiB only with -long")
	}
	huge := strings.Repeat("x", 1<<30)
	f := mustParse(t, "a=1\nb=2\n")
	if err := f.Put("a", huge); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func() error{
		"replace": func() error { return f.Put("b", huge) },
		"append":  func() error { return f.Put("c", huge) },
		"insert":  func() error { return f.InsertAfter("a", "c", huge) },
	} {
		if err := edit(); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Set("b", huge)
	if v, _ := f.Get("b"); v != "2" || f.Len() != 2 {
		t.Error("a file beyond its limit")
	}
	f.Delete("a")
	if got := string(f.Bytes()); got != "b=2\n" {
		t.Errorf("%d bytes", len(got))
	}
	huge = ""
	zeros := make([]byte, 1<<31) // never touched, so it takes no memory
	if err := f.Put("b", unsafe.String(&zeros[0], len(zeros))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := Parse("f", zeros); !errors.Is(err, ErrTooLarge) || !strings.HasPrefix(err.Error(), "f: 2147483648 bytes") {
		t.Error(err)
	}
}

func TestInsertAfter(t *testing.T) {
	for _, c := range []struct{ before, after, key, value, want string }{
		{"a=1\nb=2\n", "a", "k", "v", "a=1\nk=v\nb=2\n"},
		{"a=1\nb=2\n", "b", "k", "v", "a=1\nb=2\nk=v\n"},
		{"a : 1,\\\r\n  2\r\n# c\r\nb : 2", "a", "k", " v", "a : 1,\\\r\n  2\r\nk : \\ v\r\n# c\r\nb : 2"},
		{"a=1\nb=2", "b", "k", "v", "a=1\nb=2\nk=v\n"},
		{"a=1\nb=2\\", "b", "k", "v", "a=1\nb=2\\\n\nk=v\n"},
		{"a=1\n#\na=2\nb=3\n", "a", "k", "v", "a=1\n#\na=2\nk=v\nb=3\n"},
		{"a=1\r\n\r\nb=2\r\n", "a", "k", "v", "a=1\r\nk=v\r\n\r\nb=2\r\n"},
		{"\\\n", "", "k", "v", "\\\n=\nk=v\n"},
		{"a 1\nb 2\n", "a", "", "v", "a 1\n=v\nb 2\n"},
	} {
		f := mustParse(t, c.before)
		if err := f.InsertAfter(c.after, c.key, c.value); err != nil {
			t.Error(err)
		}
		if got := string(f.Bytes()); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.before, got, c.want)
		}
		checkWhole(t, f)
	}
	f := mustParse(t, "a=1\nb=2\nc=3\n")
	f.Set("a", "x")
	f.Delete("b")
	if err := f.InsertAfter("a", "k", "v"); err != nil || string(f.Bytes()) != "a=x\nk=v\nc=3\n" {
		t.Errorf("%v %q", err, f.Bytes())
	}
	before := f.Bytes()
	for _, c := range []struct {
		after, key, value string
		want              error
	}{
		{"b", "n", "", ErrNoKey}, {"a", "c", "", ErrKeyExists}, {"a", "a", "", ErrKeyExists}, {"a", "n\xff", "", ErrNotText}, {"a", "n", "\xff", ErrNotText},
	} {
		var typed *EditError
		if err := f.InsertAfter(c.after, c.key, c.value); !errors.Is(err, c.want) || !errors.As(err, &typed) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if !bytes.Equal(before, f.Bytes()) {
		t.Error("a refused edit changed the file")
	}
	if err := (*File)(nil).InsertAfter("a", "b", ""); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
}

func TestRename(t *testing.T) {
	for _, c := range []struct{ before, key, to, want string }{
		{"a=1\nb=2\n", "a", "x y", "x\\ y=1\nb=2\n"},
		{" a : 1,\\\n  2\n# a\na 3\n", "a", "b", " b : 1,\\\n  2\n# a\nb 3\n"},
		{"a\\\n  b=1\n", "ab", "c", "c=1\n"},
		{"a 1\n", "a", "", "= 1\n"},
		{"a\nb=1\n", "a", "", "=\nb=1\n"},
		{"a:1\n", "a", "", ":1\n"},
		{"=1\n", "", "#x", "\\#x=1\n"},
		{"\\", "", "x", "x\\"},
		{"\\u0061=1", "a", "b", "b=1"},
		{"a=1", "a", "a", "a=1"},
	} {
		f := mustParse(t, c.before)
		want := pairsOf(f)
		for i := range want {
			if want[i].Key == c.key {
				want[i].Key = c.to
			}
		}
		if err := f.Rename(c.key, c.to); err != nil {
			t.Error(err)
		}
		if got := string(f.Bytes()); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.before, got, c.want)
		}
		if diff := cmp.Diff(want, pairsOf(f)); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.before, diff)
		}
		checkWhole(t, f)
	}
	f := mustParse(t, "a=1\nb=2\nc=3\n")
	f.Delete("c")
	for _, c := range []struct {
		key, to string
		want    error
	}{{"c", "d", ErrNoKey}, {"a", "b", ErrKeyExists}, {"a", "\xff", ErrNotText}} {
		if err := f.Rename(c.key, c.to); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := f.Rename("a", "c"); err != nil || string(f.Bytes()) != "c=1\nb=2\n" {
		t.Errorf("%v %q", err, f.Bytes())
	}
}

func TestKeysAndDuplicates(t *testing.T) {
	f := mustParse(t, "b=1\na=1\n=e\n\\u0062=2\nc=1\na=1\nb=3\n")
	if got := f.Keys(); !slices.Equal(got, []string{"b", "a", "", "c"}) || f.Len() != 4 {
		t.Errorf("%q, %d", got, f.Len())
	}
	groups := func() (out []string) {
		for _, g := range f.Duplicates() {
			text := ""
			for _, e := range g {
				text += e.Key + e.Value + "@" + e.Pos.String() + " "
			}
			out = append(out, text)
		}
		return out
	}
	if diff := cmp.Diff([]string{"b1@f:1:1 b2@f:4:1 b3@f:7:1 ", "a1@f:2:1 a1@f:6:1 "}, groups()); diff != "" {
		t.Error(diff)
	}
	f.Delete("b")
	f.Set("b", "new")
	f.Set("a", "x")
	if diff := cmp.Diff([]string{"a1@f:1:1 ax@f:4:1 "}, groups()); diff != "" {
		t.Error(diff)
	}
	var none *File
	if none.Keys() != nil || none.Len() != 0 || none.Duplicates() != nil || none.BOM() != "" || none.Comments("a") != nil {
		t.Error("nothing holds something")
	}
}

func TestBOM(t *testing.T) {
	for text, want := range map[string]string{
		"\xef\xbb\xbfa=1\n": "UTF-8", "\xfe\xff\x00a": "UTF-16BE", "\xff\xfea\x00": "UTF-16LE", "a=1\n": "", "": "", "\xef\xbb": "",
		"\n\xef\xbb\xbf": "",
	} {
		if got := mustParse(t, text).BOM(); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	f := mustParse(t, "a=1\n\xfe\xff=2\n")
	f.Delete("a")
	if got := f.BOM(); got != "UTF-16BE" {
		t.Errorf("after an edit: %q", got)
	}
}

func TestComments(t *testing.T) {
	f := mustParse(t, "# not it\n\n#  one\t\r\n ! two \xe9\r\na=1\n#about b\nb=2\\\n#part of b\nc=3\n#x\\\n#y\n\\\n  d=4\n! z\n")
	for key, want := range map[string][]string{
		"a": {"one", "two é"}, "b": {"about b"}, "c": nil, "d": {`x\`, "y"}, "none": nil,
	} {
		if diff := cmp.Diff(want, f.Comments(key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	f.Delete("a")
	if diff := cmp.Diff([]string{"one", "two é", "about b"}, f.Comments("b")); diff != "" {
		t.Error(diff)
	}
	f.Delete("b")
	f.Set("c", "9")
	fresh := mustParse(t, string(f.Bytes()))
	for _, key := range f.Keys() {
		if diff := cmp.Diff(fresh.Comments(key), f.Comments(key)); diff != "" {
			t.Errorf("%s: -parsed anew +edited\n%s", key, diff)
		}
	}
}

type full struct{ room int }

func (w *full) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return len(p) + w.room, errInjected
	}
	return len(p), nil
}

func TestWriteTo(t *testing.T) {
	f := mustParse(t, "a=1\nb=2\nc=3\n")
	f.Set("b", "long")
	f.Delete("c")
	var b bytes.Buffer
	if n, err := f.WriteTo(&b); err != nil || n != int64(b.Len()) || !bytes.Equal(b.Bytes(), f.Bytes()) {
		t.Errorf("%d, %v, %q", n, err, b.Bytes())
	}
	if n, err := f.WriteTo(&full{5}); !errors.Is(err, errInjected) || n != 5 {
		t.Errorf("%d, %v", n, err)
	}
}
