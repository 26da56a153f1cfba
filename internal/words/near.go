package words

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
	for k := range known {
		if !sameFolded(word, k) && !OneApart(word, k) {
			continue
		}
		if meant == "" || k < meant {
			meant = k
		}
	}
	return meant, meant != ""
}

// sameFolded reports whether two words differ only in what people vary: the case
// of ASCII letters, and separators.
func sameFolded(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && separator(a[i]) {
			i++
		}
		for j < len(b) && separator(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if lower(a[i]) != lower(b[j]) {
			return false
		}
		i, j = i+1, j+1
	}
}

// Nearest returns the known name that an unknown one, however short, is most likely
// meant to be: the same but for letter case and separators, or one letter more, less,
// other or swapped. The first by text wins. It is for the few names that can be in one
// place; the unknown one may be a secret, so only a known one is ever returned.
func Nearest(name string, known iter.Seq[string]) string {
	if len(name) > 100 { // no slip of a name that is known
		return ""
	}
	best, folded := "", FoldKey(name)
	if folded == "" {
		return ""
	}
	for k := range known {
		if (FoldKey(k) == folded || OneApart(strings.ToLower(k), strings.ToLower(name))) && (best == "" || k < best) {
			best = k
		}
	}
	return best
}

func separator(c byte) bool { return c == '.' || c == '-' || c == '_' || c == ' ' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
