package tlscert

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestFoldsAsJava compares with String.toLowerCase(Locale.ENGLISH). In the
// class sigma-and-other Java's word breaks decide, which this package does not
// know: there the alias that Java looks for is at least a near one.
func TestFoldsAsJava(t *testing.T) {
	data, err := os.ReadFile("testdata/fold/fold.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n, differ := 0, 0
	for line := range bytes.Lines(data) {
		n++
		var c struct{ Class, In, Out string }
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		got := FoldAlias(c.In)
		if got == c.Out {
			continue
		}
		if differ++; c.Class != "sigma-and-other" {
			t.Errorf("%s: FoldAlias(%q) = %q, Java has %q", c.Class, c.In, got, c.Out)
		}
		_, err := storeOf(entryOf(c.Out, PrivateKey)).Find(c.In)
		if a, ok := err.(*AliasError); !ok || len(a.Near) != 1 || a.Near[0] != c.Out {
			t.Errorf("Find(%q) does not offer %q: %v", c.In, c.Out, err)
		}
	}
	if n != 202 || differ != 21 {
		t.Errorf("%d cases, %d of which differ", n, differ)
	}
}
