// Package enum holds what every enumeration of this module does alike: the
// zero value is unset and invalid, JSON carries the text, and an unknown text
// is an error that lists the known ones.
//
// An enumeration is a string type, whose values are its texts. One whose values
// have an order is a number, with [Names] for its texts.
package enum

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// UnknownError reports a text that is not one of an enumeration's.
type UnknownError struct {
	Text, What string
	Known      []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("%q %s", e.Text, e.Reason()) }

// Reason is the error without the text, which may be anything.
func (e *UnknownError) Reason() string {
	known := make([]string, len(e.Known))
	for i, k := range e.Known {
		known[i] = strconv.Quote(k)
	}
	list := strings.Join(known, ", ")
	if last := len(known) - 1; last > 0 {
		list = strings.Join(known[:last], ", ") + " and " + known[last]
	}
	return fmt.Sprintf("is not a known %s; known are %s", e.What, list)
}

// Text renders any value, the invalid ones too.
func Text[T ~string](v T) string {
	if v == "" {
		return "unset"
	}
	return string(v)
}

// Marshal returns the text of a value that is one of the known ones; what names
// the enumeration in the error.
func Marshal[T ~string](what string, v T, known ...T) ([]byte, error) {
	if v == "" || !slices.Contains(known, v) {
		return nil, fmt.Errorf("%s %s cannot be written", what, Text(v))
	}
	return []byte(v), nil
}

// Unmarshal sets v to the known value with a text; any other text is an
// *UnknownError, and leaves v as it is.
func Unmarshal[T ~string](what string, v *T, text []byte, known ...T) error {
	e := &UnknownError{Text: string(text), What: what}
	for _, k := range known {
		if string(k) == e.Text && k != "" {
			*v = k
			return nil
		}
		e.Known = append(e.Known, string(k))
	}
	return e
}

// Names are the texts of an enumeration of numbers, by value. Names[0] stands
// for unset and is ignored.
type Names []string

// Text renders any value, the invalid ones too.
func (n Names) Text(v int) string {
	switch {
	case v == 0:
		return "unset"
	case v > 0 && v < len(n):
		return n[v]
	}
	return fmt.Sprintf("invalid(%d)", v)
}

// Marshal renders a valid value; what names the enumeration in the error.
func (n Names) Marshal(what string, v int) ([]byte, error) {
	if v <= 0 || v >= len(n) {
		return nil, fmt.Errorf("%s %s cannot be written", what, n.Text(v))
	}
	return []byte(n[v]), nil
}

// Unmarshal returns the value with a text, or an *UnknownError.
func (n Names) Unmarshal(what string, b []byte) (int, error) {
	v := slices.Index(n, string(b))
	if v <= 0 {
		return 0, &UnknownError{Text: string(b), What: what, Known: n[1:]}
	}
	return v, nil
}
