package cluster

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/deploycluster/deploycluster/props"
)

// jsonReader reads JSON text from left to right and remembers where values
// begin. encoding/json is not used for it: that takes unknown and repeated
// fields, any letter case and broken UTF-8, and does not say where a value
// stands.
type jsonReader struct {
	name string
	data []byte
	off  int
	// at holds the offset of every value that was read, by its path.
	at map[string]int
}

// jsonType is a type of JSON, named as errors name it.
type jsonType string

const (
	jsonNothing jsonType = "nothing"
	jsonObject  jsonType = "an object"
	jsonArray   jsonType = "a list"
	jsonText    jsonType = "a text"
	jsonNumber  jsonType = "a number"
	jsonBool    jsonType = "true or false"
	jsonNull    jsonType = "null"
)

// peek says what begins here, by its first byte.
func (r *jsonReader) peek() jsonType {
	if r.off >= len(r.data) {
		return jsonNothing
	}
	switch c := r.data[r.off]; {
	case c == '{':
		return jsonObject
	case c == '[':
		return jsonArray
	case c == '"':
		return jsonText
	case c == '-' || '0' <= c && c <= '9':
		return jsonNumber
	case c == 't' || c == 'f':
		return jsonBool
	case c == 'n':
		return jsonNull
	}
	return jsonNothing
}

func (r *jsonReader) space() {
	for r.off < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.off]) >= 0 {
		r.off++
	}
}

// skip passes white space, then c if it is there.
func (r *jsonReader) skip(c byte) bool {
	r.space()
	if r.off < len(r.data) && r.data[r.off] == c {
		r.off++
		return true
	}
	return false
}

func (r *jsonReader) literal(path, word string) *TopologyError {
	rest := r.data[r.off:]
	if len(rest) < len(word) || string(rest[:len(word)]) != word || len(rest) > len(word) && wordByte(rest[len(word)]) {
		return r.fail(path, r.off, "is neither a number, a quoted text, true, false nor null")
	}
	r.off += len(word)
	return nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= utf8.RuneSelf || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// members reads an object. target gives the place for the value of a key that
// begins at an offset; done is told once the value was read, if it is not nil.
func (r *jsonReader) members(path string, target func(key string, start int) (reflect.Value, *TopologyError), done func(string, reflect.Value)) *TopologyError {
	r.off++ // the brace
	seen := map[string]int{}
	for r.space(); !r.skip('}'); r.space() {
		if len(seen) > 0 {
			if !r.skip(',') {
				return r.fail(path, r.off, "a comma or a closing brace is missing")
			}
			r.space()
		}
		start := r.off
		if r.peek() != jsonText {
			return r.fail(path, start, "a field name in double quotes is missing")
		}
		key, err := r.str(path)
		if err != nil {
			return err
		}
		if was, dup := seen[key]; dup {
			return r.fail(member(path, key), start, "field %s stands twice, first in line %d", named(key), r.position(was).Line)
		}
		seen[key] = start
		v, err := target(key, start)
		if err != nil {
			return err
		}
		if !r.skip(':') {
			return r.fail(path, r.off, "a colon is missing after the field name")
		}
		if err := r.value(v, member(path, key)); err != nil {
			return err
		}
		if done != nil {
			done(key, v)
		}
	}
	return nil
}

// member is the path of an object's member. A name that is no plain word, and
// so may be anything that was pasted, stands quoted and redacted.
func member(path, key string) string {
	word := key != "" && len(key) <= 64 && !props.Sensitive("", key)
	for i := range len(key) {
		word = word && (wordByte(key[i]) && key[i] < utf8.RuneSelf || key[i] == '-')
	}
	switch {
	case !word:
		return path + "[" + named(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// str reads a quoted text.
func (r *jsonReader) str(path string) (string, *TopologyError) {
	r.off++ // the quote
	var b strings.Builder
	for {
		if r.off >= len(r.data) {
			return "", r.fail(path, r.off, "the text has no closing quote")
		}
		switch c := r.data[r.off]; {
		case c == '"':
			r.off++
			return b.String(), nil
		case c == '\\':
			if err := r.escape(&b, path); err != nil {
				return "", err
			}
		case c < ' ':
			return "", r.fail(path, r.off, "a control character stands in a text; it has to be escaped")
		default:
			c, n := utf8.DecodeRune(r.data[r.off:])
			if c == utf8.RuneError && n == 1 {
				return "", r.fail(path, r.off, "is not UTF-8")
			}
			b.Write(r.data[r.off : r.off+n])
			r.off += n
		}
	}
}

func (r *jsonReader) escape(b *strings.Builder, path string) *TopologyError {
	start := r.off
	if r.off++; r.off >= len(r.data) {
		return r.fail(path, r.off, "the text has no closing quote")
	}
	c := r.data[r.off]
	r.off++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		return nil
	}
	if c != 'u' {
		return r.fail(path, start, `a backslash has to be doubled, or be part of an escape such as \n`)
	}
	u, ok := r.hex()
	if ok && utf16.IsSurrogate(u) {
		ok = r.off+1 < len(r.data) && r.data[r.off] == '\\' && r.data[r.off+1] == 'u'
		if ok {
			r.off += 2
			var low rune
			low, ok = r.hex()
			u = utf16.DecodeRune(u, low)
			ok = ok && u != utf8.RuneError
		}
	}
	if !ok {
		return r.fail(path, start, `\u is not followed by four hexadecimal digits, or is half of a pair`)
	}
	b.WriteRune(u)
	return nil
}

func (r *jsonReader) hex() (u rune, ok bool) {
	if r.off+4 > len(r.data) {
		return 0, false
	}
	for _, c := range r.data[r.off : r.off+4] {
		i := strings.IndexByte("0123456789abcdef", c|0x20)
		if i < 0 || c < '0' {
			return 0, false
		}
		u = u<<4 | rune(i)
	}
	r.off += 4
	return u, true
}

// digits reads a number as it is written.
func (r *jsonReader) digits(path string) (string, *TopologyError) {
	start := r.off
	some := func() bool {
		from := r.off
		for r.off < len(r.data) && '0' <= r.data[r.off] && r.data[r.off] <= '9' {
			r.off++
		}
		return r.off > from
	}
	one := func(set string) bool {
		if r.off < len(r.data) && strings.IndexByte(set, r.data[r.off]) >= 0 {
			r.off++
			return true
		}
		return false
	}
	one("-")
	ok := one("0") || some()
	if ok && one(".") {
		ok = some()
	}
	if ok && one("eE") {
		one("+-")
		ok = some()
	}
	if !ok || r.off < len(r.data) && (wordByte(r.data[r.off]) || r.data[r.off] == '.') {
		return "", r.fail(path, start, "is not a number as JSON writes it")
	}
	return string(r.data[start:r.off]), nil
}

func (r *jsonReader) fail(path string, off int, reason string, args ...any) *TopologyError {
	return &TopologyError{Field: path, Reason: fmt.Sprintf(reason, args...), Pos: r.position(off)}
}

// offset finds where a value begins, or the one around it that is there.
func (r *jsonReader) offset(path string) int {
	for {
		if off, ok := r.at[path]; ok {
			return off
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// position counts lines up to an offset; it is for errors only. Lines end at
// LF, CR or CR LF, as in the files of package props.
func (r *jsonReader) position(off int) props.Position {
	p := props.Position{Name: r.name, Line: 1, Offset: off}
	begin := 0
	for i, c := range r.data[:off] {
		if c == '\n' || c == '\r' && (i+1 == len(r.data) || r.data[i+1] != '\n') {
			p.Line++
			begin = i + 1
		}
	}
	p.Column = off - begin + 1
	return p
}
