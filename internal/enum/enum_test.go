package enum

import "testing"

func TestEveryTextReadsBack(t *testing.T) {
	n := Names{"", "first", "second"}
	for v := 1; v < len(n); v++ {
		b, err := n.Marshal("thing", v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := n.Unmarshal("thing", b); err != nil || got != v {
			t.Errorf("%q reads back as %d, %v; want %d", b, got, err, v)
		}
	}
}

func TestInvalidValuesAreErrors(t *testing.T) {
	n := Names{"", "first"}
	for _, v := range []int{-1, 0, 2} {
		if b, err := n.Marshal("thing", v); err == nil {
			t.Errorf("%d is written as %q", v, b)
		}
	}
	for _, s := range []string{"", "unset", "First"} {
		if v, err := n.Unmarshal("thing", []byte(s)); err == nil {
			t.Errorf("%q reads as %d", s, v)
		}
	}
	if got := n.Text(0) + " " + n.Text(9); got != "unset invalid(9)" {
		t.Error(got)
	}
}
