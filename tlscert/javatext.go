package tlscert

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeModifiedUTF8 decodes what java.io.DataInput.readUTF accepts: one to
// three bytes a UTF-16 unit, NUL as C0 80 and characters beyond the basic
// plane as two units of three bytes. Overlong forms are accepted as Java does.
// ok is false for what Java refuses. An unpaired surrogate becomes U+FFFD.
func decodeModifiedUTF8(b []byte) (s string, ok bool) {
	if !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return string(b), true
	}
	units := make([]uint16, 0, len(b))
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c < 0x80:
			units = append(units, uint16(c))
			i++
		case c>>5 == 0b110:
			if i+2 > len(b) || b[i+1]&0xC0 != 0x80 {
				return "", false
			}
			units = append(units, uint16(c&0x1F)<<6|uint16(b[i+1]&0x3F))
			i += 2
		case c>>4 == 0b1110:
			if i+3 > len(b) || b[i+1]&0xC0 != 0x80 || b[i+2]&0xC0 != 0x80 {
				return "", false
			}
			units = append(units, uint16(c&0x0F)<<12|uint16(b[i+1]&0x3F)<<6|uint16(b[i+2]&0x3F))
			i += 3
		default:
			return "", false
		}
	}
	return string(utf16.Decode(units)), true
}

// decodeBMP decodes the UTF-16BE text of a BMPString as Java does: an odd
// byte at the end and an unpaired surrogate become U+FFFD.
func decodeBMP(b []byte) string {
	units := make([]uint16, 0, len(b)/2+1)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	if len(b)%2 != 0 {
		units = append(units, utf8.RuneError)
	}
	return string(utf16.Decode(units))
}

// encodeUTF16BE is a password as Java's char array, two bytes a unit, high
// byte first.
func encodeUTF16BE(s string) []byte {
	out, _ := binary.Append(nil, binary.BigEndian, utf16.Encode([]rune(s))) // fails for other types alone
	return out
}

// FoldAlias gives an alias as Java's JKS, JCEKS and PKCS12 stores fold it
// before they look it up: String.toLowerCase in the English locale, with its
// two rules that look at more than one letter: "İ" (U+0130) becomes "i" and a
// combining dot, and a capital sigma at the end of a word becomes the final
// form. Letters that only newer versions of Unicode know may differ.
func FoldAlias(alias string) string {
	if !strings.ContainsFunc(alias, func(r rune) bool { return r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' }) {
		return alias
	}
	if !strings.ContainsAny(alias, "\u0130\u03a3") {
		return strings.ToLower(alias)
	}
	var b strings.Builder
	runes := []rune(alias)
	for i, r := range runes {
		switch {
		case r == '\u0130':
			b.WriteString("i\u0307")
		case r == '\u03a3' && wordEnds(runes, i):
			b.WriteRune('\u03c2')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// wordEnds: a cased letter stands before i and none after, not counting marks
// and the like between them (Unicode's Final_Sigma condition).
func wordEnds(runes []rune, i int) bool {
	before := false
	for j := i - 1; j >= 0; j-- {
		if !caseIgnorable(runes[j]) {
			before = cased(runes[j])
			break
		}
	}
	if !before {
		return false
	}
	for j := i + 1; j < len(runes); j++ {
		if !caseIgnorable(runes[j]) {
			return !cased(runes[j])
		}
	}
	return true
}

func cased(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)
}

func caseIgnorable(r rune) bool {
	switch r {
	case '\'', '.', ':', '·', '\u2019', '\u2018', '\u2024', '\u2027':
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk)
}
