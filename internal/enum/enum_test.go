package enum

import (
	"errors"
	"testing"
)

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

type colour string

const (
	red   colour = "red"
	green colour = "green"
)

func TestTextsOfStrings(t *testing.T) {
	for _, c := range []colour{red, green} {
		b, err := Marshal("colour", c, red, green)
		var got colour
		if err2 := Unmarshal("colour", &got, b, red, green); err != nil || err2 != nil || got != c || Text(c) != string(c) {
			t.Errorf("%v: %q, %v, %v", c, b, err, err2)
		}
	}
	for _, c := range []colour{"", "blue", "Red"} {
		if b, err := Marshal("colour", c, red, green); err == nil {
			t.Errorf("%q is written as %q", c, b)
		}
		got := green
		err := Unmarshal("colour", &got, []byte(c), red, green)
		var unknown *UnknownError
		if got != green || !errors.As(err, &unknown) || unknown.Reason() != `is not a known colour; known are "red" and "green"` {
			t.Errorf("%q reads as %q, %v", c, got, err)
		}
	}
	if Text(colour("")) != "unset" {
		t.Error(Text(colour("")))
	}
}
