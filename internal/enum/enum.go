// Package enum holds what every enumeration of this module does alike: the
// zero value is unset and invalid, JSON carries the text, and an unknown text
// is an error that lists the known ones.
package enum

import "fmt"

// Names are an enumeration's texts by value. Names[0] stands for unset and
// is ignored.
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

// Unmarshal reads a valid text.
func (n Names) Unmarshal(what string, b []byte) (int, error) {
	for i := 1; i < len(n); i++ {
		if n[i] == string(b) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is no %s; known are %q", b, what, []string(n[1:]))
}
