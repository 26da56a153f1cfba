package props

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode turns the raw bytes of a key or value into text: bytes are
// ISO-8859-1 characters, escapes are resolved, a backslash before a line end
// and the blanks that begin the next line vanish, a backslash at the very end
// vanishes too. The escapes were checked when the file was scanned.
//
// Java's strings hold UTF-16 units. A pair of surrogates becomes one
// character; a surrogate without its other half has no place in a Go string
// and becomes U+FFFD, while the file keeps its bytes.
func decode(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	var lead rune // a high surrogate that waits for its low one
	for i := 0; i < len(raw); {
		run := i
		for i < len(raw) && raw[i] != '\\' && raw[i] < utf8.RuneSelf {
			i++
		}
		if i > run {
			if lead != 0 {
				b.WriteRune(utf8.RuneError)
				lead = 0
			}
			b.WriteString(raw[run:i])
			continue
		}
		unit := rune(raw[i])
		i++
		if unit == '\\' {
			if i == len(raw) {
				break
			}
			if lineEnd(raw[i]) {
				i = skipBlank(raw, skipLineEnd(raw, i))
				continue
			}
			if unit, i = escaped(raw, i); i < 0 {
				break // only in text that no scan has checked
			}
		}
		if lead != 0 {
			r := utf16.DecodeRune(lead, unit)
			lead = 0
			b.WriteRune(r)
			if r != utf8.RuneError {
				continue
			}
		}
		if unit >= 0xd800 && unit < 0xdc00 {
			lead = unit
		} else {
			b.WriteRune(unit) // U+FFFD for a low surrogate
		}
	}
	if lead != 0 {
		b.WriteRune(utf8.RuneError)
	}
	return b.String()
}

// escaped resolves the escape whose backslash is before i, and returns
// the offset behind it, or -1 if it is malformed.
func escaped(raw string, i int) (unit rune, next int) {
	switch c := raw[i]; c {
	case 't':
		return '\t', i + 1
	case 'n':
		return '\n', i + 1
	case 'r':
		return '\r', i + 1
	case 'f':
		return '\f', i + 1
	case 'u':
		return hexUnit(raw, i+1, len(raw))
	default:
		return rune(c), i + 1
	}
}

// hexUnit reads the four digits of an escape that begins before i, and
// returns the offset behind them, or -1 where fewer than four follow before
// end. The digits may be spread over continuation lines: Java joins lines
// before it looks at escapes.
func hexUnit(s string, i, end int) (rune, int) {
	var unit rune
	for range 4 {
		i = skipContinuation(s, i, end)
		if i >= end {
			return 0, -1
		}
		d := hexDigit(s[i])
		if d < 0 {
			return 0, -1
		}
		unit = unit<<4 | rune(d)
		i++
	}
	return unit, i
}

// skipContinuation steps over a backslash that ends a line and the blanks
// that begin the next one, as often as they follow each other at i. The
// caller knows that no backslash escapes the one at i.
func skipContinuation(s string, i, end int) int {
	for i+1 < end && s[i] == '\\' && lineEnd(s[i+1]) {
		i = skipBlank(s, skipLineEnd(s, i+1))
	}
	return i
}
