package props

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// hexDigits are upper case, as Properties.store writes them. (Ant writes
// lower case; both read the same.)
const hexDigits = "0123456789ABCDEF"

// escapeKey renders a key as Properties.store does: every space escaped.
func escapeKey(key string) string { return escape(key, true) }

// escapeValue renders a value as Properties.store does: only a leading space
// escaped, so that blanks at the end stay visible as what they are.
func escapeValue(value string) string { return escape(value, false) }

func escape(text string, spaces bool) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/4 + 8)
	for i, r := range text {
		switch r {
		case ' ':
			if spaces || i == 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(' ')
		case '\t':
			b.WriteString(`\t`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\f':
			b.WriteString(`\f`)
		case '\\', '=', ':', '#', '!':
			b.WriteByte('\\')
			b.WriteByte(byte(r))
		default:
			switch {
			case r >= 0x20 && r <= 0x7e:
				b.WriteByte(byte(r))
			case r > 0xffff:
				lead, trail := utf16.EncodeRune(r)
				writeUnit(&b, lead)
				writeUnit(&b, trail)
			default:
				writeUnit(&b, r)
			}
		}
	}
	return b.String()
}

// plain reports whether text is written as it is, in a key as in a value.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c <= ' ' || c > '~':
			return false
		case c == '\\' || c == '=' || c == ':' || c == '#' || c == '!':
			return false
		}
	}
	return true
}

func writeUnit(b *strings.Builder, unit rune) {
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hexDigits[unit>>shift&0xf])
	}
}

// storable returns text as a properties file can hold it: every byte that is
// not part of valid UTF-8 becomes U+FFFD.
func storable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
