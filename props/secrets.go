package props

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"
)

// spot is a part of a value that holds a credential.
type spot struct{ from, to int }

// secrets finds the credentials in a value whose key does not give it away:
// the spots to hide, in order and apart from each other, or that the whole
// value is one. Where a text can be read in two ways, more is hidden rather
// than less. It looks at each byte a bounded number of times.
func (w Words) secrets(value string) (spots []spot, whole bool) {
	if len(value) < 4 || !strings.ContainsAny(value, "{@=<\"-: .'") {
		return nil, false
	}
	low := lowerASCII(value)
	if encrypted(low) || strings.Contains(low, "private key-----") || strings.Contains(low, "bearer ") ||
		basic(value, low) || webToken(value) {
		return nil, true
	}
	spots = append(spots, userInfo(low)...)
	spots = append(spots, oracleUser(low)...)
	found, whole := w.parameters(value)
	if whole {
		return nil, true
	}
	spots = append(spots, found...)

	slices.SortFunc(spots, func(a, b spot) int { return a.from - b.from })
	kept := spots[:0]
	for _, s := range spots {
		if n := len(kept); n > 0 && s.from <= kept[n-1].to {
			kept[n-1].to = max(kept[n-1].to, s.to)
		} else {
			kept = append(kept, s)
		}
	}
	return kept, false
}

// encrypted finds pbe{ and crypt_v followed by digits and {.
func encrypted(low string) bool {
	if strings.Contains(low, "pbe{") {
		return true
	}
	for rest := low; ; {
		_, after, ok := strings.Cut(rest, "crypt_v")
		if !ok {
			return false
		}
		if strings.HasPrefix(strings.TrimLeft(after, "0123456789"), "{") {
			return true
		}
		rest = after
	}
}

// basic finds "Basic " and user:password in base64.
func basic(value, low string) bool {
	for at := 0; ; {
		i := strings.Index(low[at:], "basic ")
		if i < 0 {
			return false
		}
		at += i + len("basic ")
		end := at
		for end < len(value) && (letter(value[end]) || digit(value[end]) || value[end] == '+' || value[end] == '/') {
			end++
		}
		if text, err := base64.RawStdEncoding.DecodeString(value[at:end]); err == nil && utf8.Valid(text) && bytes.IndexByte(text, ':') >= 0 {
			return true
		}
	}
}

// webToken finds a JSON web token: three parts in base64, of which the first
// is a JSON object.
func webToken(value string) bool {
	for at := 0; ; {
		i := strings.Index(value[at:], "eyJ")
		if i < 0 {
			return false
		}
		at += i
		dots, end := 0, at
		for end < len(value) && (letter(value[end]) || digit(value[end]) || strings.IndexByte("-_.", value[end]) >= 0) {
			if value[end] == '.' {
				dots++
			}
			end++
		}
		if dots == 2 {
			return true
		}
		at = end
	}
}

// nameByte reports whether c may be part of a parameter's name.
func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digit(c) || strings.IndexByte("_.-$%+", c) >= 0
}

// parameters finds name=value and "name: value" with a sensitive name. The
// notations "name": …, <name>…, <x name="name" value=…> and --name … hide the
// whole value.
func (w Words) parameters(value string) (spots []spot, whole bool) {
	for i := 0; i < len(value); i++ {
		sign := value[i]
		if sign != '=' && sign != ':' && sign != '>' && sign != '"' && sign != '\'' && !blank(sign) {
			continue
		}
		stop := i // behind the name
		if sign == '=' || sign == ':' {
			for stop > 0 && blank(value[stop-1]) {
				stop--
			}
		}
		if sign == '"' || sign == '\'' {
			for stop > 0 && value[stop-1] == '\\' {
				stop--
			}
		}
		start := stop
		for start > 0 && nameByte(value[start-1]) {
			start--
		}
		query := sign == '=' && start > 0 && (value[start-1] == '?' || value[start-1] == '&')
		if start == stop || !w.sensitiveName(value[start:stop]) && !(query && sensitiveQuery(value[start:stop])) {
			continue
		}
		from, to := i+1, len(value)
		switch {
		case sign == '>':
			return nil, true
		case sign == '"' || sign == '\'':
			if start > 0 && value[start-1] == sign && pairFollows(value, i+1) {
				return nil, true
			}
			continue // the word ends a text
		case blank(sign):
			if value[start] == '-' || start > 0 && value[start-1] == '<' {
				return nil, true
			}
			continue // a word of prose
		case sign == '=':
			to = w.endOfParameter(value, start, from)
		case strings.HasPrefix(value[from:], "//"):
			continue // a scheme
		}
		if strings.HasPrefix(value[from:], Hidden) {
			to = from + len(Hidden)
		}
		if to > from {
			spots = append(spots, spot{from, to})
			i = to - 1
		}
	}
	return spots, false
}

// pairFollows reports whether what follows a name in quotation marks at
// i is its value: "name": …, "name"=…, ["name", …], name="name">… or
// name="name" value=….
func pairFollows(value string, i int) bool {
	name := skipBlank(value, i)
	for i = name; i < len(value) && nameByte(value[i]); i++ {
	}
	sign := skipBlank(value, i)
	return sign < len(value) && (value[sign] == '=' || i == name && strings.IndexByte(":,>]", value[sign]) >= 0)
}

// endOfParameter returns where the value ends that follows the sign before
// from and whose name begins at start. What introduced the name says what ends
// the value, so that a password keeps the punctuation of other notations to
// itself.
func (w Words) endOfParameter(s string, start, from int) int {
	before := start
	for before > 0 && blank(s[before-1]) {
		before--
	}
	intro := byte(' ')
	if before == 0 && start == 0 {
		return len(s) // the whole value is this parameter
	}
	if before > 0 {
		intro = s[before-1]
	}
	search := skipBlank(s, from)
	if search < len(s) && strings.IndexByte("{\"'", s[search]) >= 0 {
		if search = endOfQuoted(s, search); search == len(s) {
			return search
		}
	}
	var ends string
	switch intro {
	case '?', '&':
		ends = "&"
	case ';', ':':
		ends = ";"
	case '(':
		ends = ")"
	case ',', '{', '[':
		ends = ")}]"
	default:
		return endOfWords(s, search)
	}
	if k := strings.IndexAny(s[search:], ends); k >= 0 {
		return search + k
	}
	return len(s)
}

// endOfQuoted returns the offset of the last byte of what braces or quotation
// marks protect from i on, or the length of s. Doubled or behind a backslash
// the closing one is meant.
func endOfQuoted(s string, i int) int {
	closer := s[i]
	if closer == '{' {
		closer = '}'
	}
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && closer != '}':
			i++
		case s[i] != closer:
		case i+1 < len(s) && s[i+1] == closer:
			i++
		default:
			return i
		}
	}
	return len(s)
}

// endOfWords returns where the next option or parameter follows a blank from i
// on: a password may hold blanks.
func endOfWords(s string, i int) int {
	for i < len(s) {
		k := strings.IndexAny(s[i:], " \t\r\n\f")
		if k < 0 {
			return len(s)
		}
		end := i + k
		for i = end; i < len(s) && (blank(s[i]) || lineEnd(s[i])); i++ {
		}
		name := i
		for i < len(s) && nameByte(s[i]) {
			i++
		}
		if next := skipBlank(s, i); i > name && (s[name] == '-' || next < len(s) && s[next] == '=') {
			return end
		}
	}
	return len(s)
}
