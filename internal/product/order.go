package product

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// dev is the version text of a development build.
const dev = "dev"

// numbered is how many leading parts of a released version are numbers: the
// release proper, in front of the build number.
const numbered = 4

// Compare returns -1, 0 or +1 as v comes before, with or after w in the
// product's order. It accepts any text and is a total order of what the texts
// mean: two different texts may compare equal ("7.0" and "07..0").
func Compare(v, w string) int {
	for {
		a, restV, moreV := next(v)
		b, restW, moreW := next(w)
		switch {
		case !moreV && !moreW:
			return 0
		case !moreV:
			return -1
		case !moreW:
			return +1
		}
		if c := comparePart(a, b); c != 0 {
			return c
		}
		v, w = restV, restW
	}
}

// IsDev reports whether v is the text of a development build.
func IsDev(v string) bool { return v == dev }

// Valid reports whether v can be read as a version of the product: "dev", or
// one or more parts of which the first four are numbers and not negative. What
// follows them, the build number, may be anything but control characters.
// Versions that are not Valid still have a place in Compare's order, but one
// that says nothing about the release.
func Valid(v string) bool {
	if IsDev(v) {
		return true
	}
	if strings.IndexFunc(v, unicode.IsControl) >= 0 {
		return false
	}
	for i := range numbered {
		part, rest, ok := next(v)
		if !ok {
			return i > 0
		}
		if n, ok := number(part); !ok || n < 0 {
			return false
		}
		v = rest
	}
	return true
}

// SamePrefix reports whether v and w agree in every part that both have, have
// at least one such part, and differ in length: "7.0.2" and "7.0.2.0.1020".
// Such versions may or may not be the same build.
func SamePrefix(v, w string) bool {
	for n := 0; ; n++ {
		a, restV, moreV := next(v)
		b, restW, moreW := next(w)
		if !moreV || !moreW {
			return n > 0 && moreV != moreW
		}
		if comparePart(a, b) != 0 {
			return false
		}
		v, w = restV, restW
	}
}

// In reports whether v lies in the window from since up to, but not including,
// until. An empty bound is open; bounds begin with a number. "dev" counts as the
// newest version: it lies in every window without an end and in no other. A
// version that is not Valid lies in no window, not even in the open one.
//
// Zeros at the end of a bound are ignored, so that a window since "7.1.0" takes
// in "7.1", as people write it. For versions as servers record them, which are
// longer, this makes no difference.
func In(v, since, until string) bool {
	if !Valid(v) {
		return false
	}
	if since != "" && Compare(v, trimZeros(since)) < 0 {
		return false
	}
	return until == "" || Compare(v, trimZeros(until)) < 0
}

// trimZeros cuts the parts that are zero from the end of a bound, but leaves
// its first part.
func trimZeros(bound string) string {
	for {
		i := strings.LastIndexByte(bound, '.')
		if i <= 0 {
			return bound
		}
		if n, ok := number(bound[i+1:]); bound[i+1:] != "" && (!ok || n != 0) {
			return bound
		}
		bound = bound[:i]
	}
}

// next cuts v behind its first part that is not empty; parts end at dots.
func next(v string) (part, rest string, ok bool) {
	v = strings.TrimLeft(v, ".")
	part, rest, _ = strings.Cut(v, ".")
	return part, rest, v != ""
}

// number reads a part as the installer does: surrounding blanks and control
// characters off, then a 32-bit signed integer with an optional sign.
func number(part string) (int, bool) {
	part = strings.TrimFunc(part, func(r rune) bool { return r <= ' ' })
	n, err := strconv.ParseInt(part, 10, 32)
	return int(n), err == nil
}

func comparePart(p, q string) int {
	m, pNum := number(p)
	n, qNum := number(q)
	switch {
	case pNum && qNum:
		return cmp.Compare(m, n)
	case pNum:
		return -1
	case qNum:
		return +1
	}
	return compareFold(p, q)
}

// compareFold orders two texts by their characters, each folded to upper and
// then to lower case, which is what Java's compareToIgnoreCase does. (Java
// compares UTF-16 units; the orders differ only for characters outside the
// basic plane, which versions do not have.)
func compareFold(p, q string) int {
	fold := func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
	return slices.CompareFunc([]rune(p), []rune(q), func(a, b rune) int { return cmp.Compare(fold(a), fold(b)) })
}
