package props

import (
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
	out := make([]byte, 0, len(raw)+8)
	var lead rune // a high surrogate that waits for its low one
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			if lead != 0 {
				out, lead = utf8.AppendRune(out, utf8.RuneError), 0
			}
			if c < utf8.RuneSelf {
				out = append(out, c)
			} else {
				out = utf8.AppendRune(out, rune(c))
			}
			i++
			continue
		}
		if i++; i == len(raw) {
			break
		}
		if c = raw[i]; lineEnd(c) {
			i = skipBlank(raw, skipLineEnd(raw, i))
			continue
		}
		i++
		unit := rune(c)
		switch c {
		case 't':
			unit = '\t'
		case 'n':
			unit = '\n'
		case 'r':
			unit = '\r'
		case 'f':
			unit = '\f'
		case 'u':
			if unit, i = hexUnit(raw, i, len(raw)); i < 0 {
				return string(out) // only in text that no scan has checked
			}
		}
		if lead != 0 {
			r := utf16.DecodeRune(lead, unit)
			out, lead = utf8.AppendRune(out, r), 0
			if r != utf8.RuneError {
				continue
			}
		}
		if unit >= 0xd800 && unit < 0xdc00 {
			lead = unit
		} else { // AppendRune makes a low surrogate U+FFFD
			out = utf8.AppendRune(out, unit)
		}
	}
	if lead != 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return string(out)
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
