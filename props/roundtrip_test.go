package props

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRoundTripIdentical: what was not edited comes back byte for byte.
func TestRoundTripIdentical(t *testing.T) {
	var inputs [][]byte
	for _, v := range vectors(t) {
		if v.OK {
			inputs = append(inputs, v.Input)
		}
	}
	recorded := len(inputs)
	files, err := filepath.Glob("testdata/ant/*/*.properties")
	if err != nil || len(files) != 73 {
		t.Fatalf("%d files of Ant, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, data)
	}
	inputs = append(inputs, generated(rand.New(rand.NewPCG(5, 6)), 5000)...)
	read := 0
	for _, in := range inputs {
		f, err := Parse("f", in)
		if err != nil {
			continue
		}
		read++
		checkRoundTrip(t, f, in)
	}
	if recorded != 810 || read < recorded+70+3000 {
		t.Errorf("%d recorded and %d inputs in all were read", recorded, read)
	}
}

func checkRoundTrip(t *testing.T, f *File, in []byte) {
	t.Helper()
	want := bytes.Clone(in)
	if got := f.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%q comes back as %q", want, got)
	}
	if got := f.Clone().Bytes(); !bytes.Equal(got, want) {
		t.Errorf("the clone of %q is %q", want, got)
	}
	for e := range f.Entries() { // Set to what it is
		if v, _ := f.Get(e.Key); v == e.Value {
			f.Set(e.Key, e.Value)
		}
	}
	if got := f.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%q, each value set to what it is, becomes %q", want, got)
	}
	f.Delete("no such key, not even by chance")
	if got := f.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%q, less nothing, becomes %q", want, got)
	}
}

// TestNothingIsShared: neither what Parse was given nor what Bytes returned
// leads back into the file.
func TestNothingIsShared(t *testing.T) {
	in := []byte("a=1\nb=2\n")
	f, err := Parse("f", in)
	if err != nil {
		t.Fatal(err)
	}
	copy(in, "x=9")
	copy(f.Bytes(), "y=8")
	c := f.Clone()
	c.Set("a", "clone")
	c.Set("new", "clone")
	c.Delete("b")
	f.Set("other", "original")
	if got := string(f.Bytes()); got != "a=1\nb=2\nother=original\n" {
		t.Errorf("the file became %q", got)
	}
	if got := string(c.Bytes()); got != "a=clone\nnew=clone\n" {
		t.Errorf("the clone became %q", got)
	}
	d, e := f.Clone(), f.Clone()
	for range 100 { // both extend what they share
		d.Set("d"+string(d.Bytes()[:1]), "1")
		d.Set("d", "1")
		e.Set("e", "2")
	}
	checkWhole(t, d)
	checkWhole(t, e)
}

// TestZeroFile: nothing is an empty file.
func TestZeroFile(t *testing.T) {
	var none *File
	for _, f := range []*File{none, {}} {
		if _, ok := f.Get("a"); ok || len(f.Bytes()) != 0 || len(pairsOf(f)) != 0 || f.Delete("a") || f.Properties().Len() != 0 {
			t.Error("nothing holds something")
		}
		if _, ok := f.Lookup("a"); ok {
			t.Error("nothing holds something")
		}
		c := f.Clone()
		c.Set("a", "1")
		if got := string(c.Bytes()); got != "a=1\n" {
			t.Errorf("%q", got)
		}
	}
	var zero File
	zero.Set("a", "1")
	checkWhole(t, &zero)
}

func TestEqual(t *testing.T) {
	a, b := mustParse(t, "a=1\n"), mustParse(t, "a=2\n")
	if a.Equal(b) || !a.Equal(a.Clone()) || (*File)(nil).Equal(a) {
		t.Error("equal is not what it should be")
	}
	b.Set("a", "1")
	named, err := Parse("another name", a.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]*File{"f": a, "g": a}, map[string]*File{"f": b, "g": named}); diff != "" {
		t.Error(diff)
	}
}

func TestSyntaxError(t *testing.T) {
	for _, c := range []struct {
		in                   string
		line, column, offset int
	}{
		{"a=\\u12", 1, 3, 2},
		{"\\u00g0=1", 1, 1, 0},
		{"a=1\r\n# \\u\r\n  b\\\r\n  c = x\\\\\\uxyz\r\n", 4, 10, 26},
		{"a=\\u00\\\n  4\nb=\\u1\n", 1, 3, 2},
		{"\\\n\\\r\na=\\u004\n", 3, 3, 7},
		{"a\\u00=1", 1, 2, 1},
		{"a=1\rb=\\u", 2, 3, 6},
	} {
		f, err := Parse("dir/f", []byte(c.in))
		var e *SyntaxError
		if f != nil || !errors.As(err, &e) {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		want := SyntaxError{"dir/f", c.line, c.column, c.offset, `malformed \u escape: four hexadecimal digits must follow`}
		if diff := cmp.Diff(want, *e); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.in, diff)
		}
	}
	err := &SyntaxError{Name: "f", Line: 2, Column: 3, Offset: 9, Reason: "r"}
	if got := err.Error(); got != "f:2:3: r (offset 9)" {
		t.Error(got)
	}
}

// seeds are two short vectors of each class.
func seeds(f *testing.F) []vector {
	var some []vector
	taken := map[string]int{}
	for _, v := range vectors(f) {
		if taken[v.Class] < 2 && len(v.Input) < 200 {
			taken[v.Class]++
			some = append(some, v)
		}
	}
	return some
}

// FuzzParse compares with the slow reader that shares nothing with Parse.
func FuzzParse(f *testing.F) {
	for _, v := range seeds(f) {
		f.Add(v.Input)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		want, wantErr := reference(in)
		got, err := Parse("f", in)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: error %v, the reference says %v", in, err, wantErr)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(want, pairsOf(got), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q: -reference +got\n%s", in, diff)
		}
		checkWhole(t, got)
	})
}

// FuzzRoundTripIdentical is TestRoundTripIdentical on any bytes.
func FuzzRoundTripIdentical(f *testing.F) {
	for _, v := range seeds(f) {
		f.Add(v.Input)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, err := Parse("f", in); err == nil {
			checkRoundTrip(t, got, in)
		}
	})
}

// FuzzSetChangesOnlyValueBytes sets a key of the file, or a new one, in any
// file.
func FuzzSetChangesOnlyValueBytes(f *testing.F) {
	for i, v := range seeds(f) {
		f.Add(v.Input, uint8(i), "new.key", " C:\\x=é😀")
	}
	f.Fuzz(func(t *testing.T, in []byte, which uint8, key, value string) {
		got, err := Parse("f", in)
		if err != nil {
			return
		}
		if entries := entriesOf(got); len(entries) > 0 && which%4 != 0 {
			key = entries[int(which)%len(entries)].Key
		}
		checkSet(t, got, key, value)
		checkWhole(t, got)
		checkSet(t, got, key, "")
		checkSet(t, got, "another", value)
		checkWhole(t, got)
		got.Delete(key)
		checkWhole(t, got)
	})
}
