// Package spelling finds the known key that a misspelled one is most likely
// meant to be.
package spelling

import (
	"iter"
	"strings"
)

// Near returns the known word that word is most likely meant to be: the same but
// for letter case and separators, or one letter more, less, other or swapped.
// Of several it returns the first in alphabetical order. Words of less than
// eight bytes have too many neighbours to guess, and one of more than a hundred
// is no key.
func Near(word string, known iter.Seq[string]) (meant string, ok bool) {
	if len(word) < 8 || len(word) > 100 {
		return "", false
	}
	folded := fold(word)
	for k := range known {
		if fold(k) != folded && !oneApart(word, k) {
			continue
		}
		if meant == "" || k < meant {
			meant = k
		}
	}
	return meant, meant != ""
}

// fold drops what people vary: letter case and separators.
func fold(word string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(word))
}

// oneApart reports whether one insertion, deletion, replacement or swap of
// neighbours makes a of b.
func oneApart(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	switch {
	case i == len(a):
		return false // the same word
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
