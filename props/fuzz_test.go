package props

import (
	"strings"
	"testing"
)

// FuzzEdits plays edits that bytes choose, in any file.
func FuzzEdits(f *testing.F) {
	for i, v := range seeds(f) {
		f.Add(v.Input, []byte{byte(i), byte(i * 7), 3, 9, byte(i), 200, 17, 4})
	}
	f.Add([]byte("#\ra=1\n\nb=2\n#\rc=3\n\n"), []byte{1, 0, 1, 1, 1, 2})
	f.Fuzz(func(t *testing.T, in, script []byte) {
		got, err := Parse("f", in)
		if err != nil || len(in) > 2000 {
			return
		}
		for ; len(script) >= 2; script = script[2:] {
			keys := append(got.Keys(), "new", "", "a b", "\xff", "#")
			key := keys[int(script[1])%len(keys)]
			other := keys[int(script[1]/3)%len(keys)]
			model := pairsOf(got)
			switch script[0] % 6 {
			case 0, 5:
				checkSet(t, got, key, strings.Repeat(" é\\", int(script[0])%4))
			case 1, 2:
				got.Delete(key)
				for _, p := range pairsOf(got) {
					if p.Key == storable(key) {
						t.Fatalf("%q is left", key)
					}
				}
				if _, ok := got.Get(key); ok {
					t.Fatalf("%q is found", key)
				}
			case 3:
				if got.InsertAfter(other, key, "v") == nil && len(pairsOf(got)) != len(model)+1 {
					t.Fatalf("inserted %q: %v becomes %v", key, model, pairsOf(got))
				}
			case 4:
				if got.Rename(other, key) == nil && len(pairsOf(got)) != len(model) {
					t.Fatalf("renamed %q: %v becomes %v", other, model, pairsOf(got))
				}
			}
			checkWhole(t, got)
			fresh, err := Parse("f", got.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range got.Keys() {
				if a, b := strings.Join(got.Comments(k), "\n"), strings.Join(fresh.Comments(k), "\n"); a != b {
					t.Fatalf("%q: the comment of %q is %q, read anew %q", got.Bytes(), k, a, b)
				}
			}
		}
	})
}

// FuzzUnifiedDiff: nothing for equal bytes, something for others, and no
// secret that a key names.
func FuzzUnifiedDiff(f *testing.F) {
	for i, v := range seeds(f) {
		f.Add(v.Input, []byte("a=1\nb=2\n"), byte(i))
		f.Add(v.Input, v.Input[:i%(len(v.Input)+1)], byte(i))
	}
	f.Fuzz(func(t *testing.T, x, y []byte, ending byte) {
		if strings.Contains(string(x)+string(y), "S3c") {
			return
		}
		secret := "\n" + "db.password=" + marker + []string{"\n", "\r\n", "\\\n " + marker + "\n", "\\"}[ending%4]
		a, err := Parse("a", append(x, secret...))
		if err != nil {
			return
		}
		b, err := Parse("b", append(y, secret...))
		if err != nil {
			return
		}
		for _, pair := range [][2]*File{{a, b}, {b, a}, {nil, a}, {a, a.Clone()}} {
			out := UnifiedDiff(pair[0], pair[1])
			if (out == "") != pair[0].Equal(pair[1]) {
				t.Fatalf("%q and %q: %q", pair[0].Bytes(), pair[1].Bytes(), out)
			}
			if e, ok := a.Get("db.password"); ok && strings.Contains(e, marker) && strings.Contains(out, marker) {
				if _, ok := b.Get("db.password"); ok {
					t.Fatalf("%q and %q: %q", pair[0].Bytes(), pair[1].Bytes(), out)
				}
			}
			if strings.IndexByte(out, 0) >= 0 {
				t.Fatalf("a mark is left: %q", out)
			}
		}
	})
}
