package props

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// blank is what Java skips around keys and separators. VT and NEL are not
// among them.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }

// lineEnd reports whether c ends a line, by itself or as half of CR LF.
func lineEnd(c byte) bool { return c == '\n' || c == '\r' }

// keyEnds has the bits of the characters that end a key.
const keyEnds = 1<<'=' | 1<<':' | 1<<' ' | 1<<'\t' | 1<<'\f'

// keyEnd reports whether c, when no backslash escapes it, ends a key.
func keyEnd(c byte) bool { return c < 64 && uint64(keyEnds)>>c&1 != 0 }

// skipBlank returns the first offset from i on that holds no blank.
func skipBlank(s string, i int) int {
	for i < len(s) && blank(s[i]) {
		i++
	}
	return i
}

// skipLineEnd returns the offset behind the line end at i; CR LF is one.
func skipLineEnd(s string, i int) int {
	if i >= len(s) {
		return i
	}
	if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}

// countLines counts the line ends in s, CR LF as one.
func countLines(s string) int {
	n := strings.Count(s, "\n")
	if strings.IndexByte(s, '\r') >= 0 {
		n += strings.Count(s, "\r") - strings.Count(s, "\r\n")
	}
	return n
}

// lineStart returns where the line that holds offset i begins.
func lineStart(s string, i int) int {
	for i > 0 && !lineEnd(s[i-1]) {
		i--
	}
	return i
}

// lineBefore returns where the line before the one that begins at i, which is
// not 0, begins, and where its line end does.
func lineBefore(s string, i int) (begin, end int) {
	end = i - 1
	if end > 0 && s[end] == '\n' && s[end-1] == '\r' {
		end--
	}
	return lineStart(s, end), end
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// indexHigh returns the first offset of a byte from 0x80 on, or -1. Such
// bytes are one character in the file and two bytes in a Go string, so text
// that holds one cannot be shared with the file.
func indexHigh(b []byte) int {
	const high = 0x8080808080808080
	i := 0
	for ; i+32 <= len(b); i += 32 {
		four := b[i : i+32 : i+32]
		w := binary.LittleEndian.Uint64(four) | binary.LittleEndian.Uint64(four[8:]) |
			binary.LittleEndian.Uint64(four[16:]) | binary.LittleEndian.Uint64(four[24:])
		if w&high != 0 {
			break
		}
	}
	for ; i+8 <= len(b); i += 8 {
		if w := binary.LittleEndian.Uint64(b[i:]) & high; w != 0 {
			return i + bits.TrailingZeros64(w)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] >= 0x80 {
			return i
		}
	}
	return -1
}
