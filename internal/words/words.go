// Package words renders and compares the texts of messages: names, paths and
// values that come from files or topologies, and so may hold anything.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxShown bounds how much of a foreign text one message shows, in bytes.
const maxShown = 200

// Quote renders a text that came out of a file: quoted, with everything that
// does not print escaped, so that no file can write to a reader's terminal.
func Quote(s string) string {
	if len(s) > maxShown {
		return strconv.Quote(cut(s, maxShown)) + "…"
	}
	return strconv.Quote(s)
}

// cut is the beginning of a longer text, up to a whole character.
func cut(s string, most int) string {
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// maxText bounds a path or a sentence of a report, in bytes. It is the longest
// path that Linux opens.
const maxText = 4 << 10

// Clip bounds a text that may come from a file: what is too long ends in "…".
func Clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return cut(s, maxText) + "…"
}

// Plain makes a text safe for one line of a terminal: what does not print is
// escaped as Go escapes it, the rest stays. Names and paths come from files
// and topologies, so they may hold anything.
func Plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && strconv.IsPrint(r) {
			b.WriteString(s[i : i+n])
		} else {
			q := strconv.Quote(s[i : i+n])
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

// List renders names for a message, quoted only where they need it.
func List(names []string) string {
	const most = 8
	shown := make([]string, 0, most+1)
	for i, n := range names {
		if i == most {
			shown = append(shown, strconv.Itoa(len(names)-most)+" more")
			break
		}
		shown = append(shown, Plain(n))
	}
	return strings.Join(shown, ", ")
}

// Count renders a number of things.
func Count[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Encrypted reports the form in which the server stores passwords.
func Encrypted(v string) bool { return strings.HasPrefix(v, "pbe{") && strings.HasSuffix(v, "}") }

// FoldKey drops what people vary: letter case and separators.
func FoldKey(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// OneApart reports whether one insertion, deletion, replacement or swap of
// neighbours makes a of b.
func OneApart(a, b string) bool {
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
		return false // the same key
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// Markdown escapes a text for one line of Markdown, so that a forge makes nothing
// of it: no markup, no mention of a user, no link of a bare address or number.
func Markdown(s string) string {
	var b strings.Builder
	s = Plain(s)
	for i, r := range s {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>#|~&$", r):
			b.WriteByte('\\')
		case r == '@', r == ':' && strings.HasPrefix(s[i:], "://"), r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			fmt.Fprintf(&b, "&#%d;", r) // a backslash does not keep these from becoming links
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// JSON escapes in a JSON document what does not print, such as the marks that
// turn the direction of writing: a terminal or a web page would act on it. The
// document says the same as before.
func JSON(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case r < utf8.RuneSelf && r != 0x7f || strconv.IsPrint(r):
			out = append(out, doc[i:i+n]...)
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			out = fmt.Appendf(out, "\\u%04x\\u%04x", a, b)
		default:
			out = fmt.Appendf(out, "\\u%04x", r)
		}
		i += n
	}
	return out
}
