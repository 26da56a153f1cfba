package tlscert

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
)

// foldedAttribute: the attribute type has a short name in RFC 2253. Java folds
// case and blanks in these alone when it compares names.
func foldedAttribute(oid string) bool {
	switch oid {
	case "\x55\x04\x03", "\x55\x04\x06", "\x55\x04\x07", "\x55\x04\x08", // CN, C, L, ST
		"\x55\x04\x09", "\x55\x04\x0a", "\x55\x04\x0b", // STREET, O, OU
		"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", // DC
		"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01": // UID
		return true
	}
	return false
}

// canonicalName reads the content of a distinguished name into a text that is
// equal for names that X500Principal.equals holds equal: in attributes with a
// short name, printable and UTF-8 values are compared without regard to case
// and to the number of blanks; everything else byte by byte. Java composes
// accents beforehand (NFKD) and this function does not, so two spellings of
// one accent count as two names.
//
// Each attribute becomes its type, a mark, its length and its text; each
// relative name ends with another mark.
func canonicalName(content []byte) (string, error) {
	r := readerOf(content)
	out := make([]byte, 0, len(content)+16)
	for r.more() {
		set := r.expect(tagSet, "relative distinguished name")
		out = appendRDN(out, r.within(set))
	}
	if r.failed() {
		return "", r.err()
	}
	return string(out), nil
}

// checkName fails where canonicalName does, and says whether the name has no
// attribute. Most names are read for this alone.
func checkName(r berReader) (empty bool) {
	empty = true
	for r.more() {
		set := r.expect(tagSet, "relative distinguished name")
		empty = empty && len(set.content) == 0
		checkRDN(r.within(set))
	}
	return empty
}

func checkRDN(r berReader) {
	for r.more() {
		readAttribute(&r)
	}
}

// readAttribute reads the type and the value of an attribute, and the value with
// its header.
func readAttribute(r *berReader) (typ, value element, full []byte) {
	in := r.sequence(r.next(), "attribute of a name")
	typ, value = in.next(), in.next()
	in.checkOID(typ, "type of an attribute")
	in.end("attribute of a name")
	return typ, value, in.full(value)
}

// sameName: X500Principal.equals holds two names equal that can be read.
func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, _ := canonicalName(a)
	y, _ := canonicalName(b)
	return x == y
}

// appendRDN appends the attributes of one relative name and the mark after it.
func appendRDN(out []byte, r berReader) []byte {
	start, several := len(out), []string(nil)
	for r.more() {
		begin := len(out)
		out = appendAttribute(out, &r)
		if begin > start || r.more() {
			several = append(several, string(out[begin:]))
		}
	}
	if several != nil { // a set: the order means nothing
		slices.Sort(several)
		out = append(out[:start], strings.Join(several, "")...)
	}
	return append(out, 0)
}

func appendAttribute(out []byte, r *berReader) []byte {
	typ, v, value := readAttribute(r)
	oid, mark := string(typ.content), byte(1)
	if foldedAttribute(oid) && (v.tag == tagUTF8 || v.tag == tagPrintable) {
		value, mark = foldName(v.content), 2
	}
	out = append(binary.AppendUvarint(out, uint64(len(oid))), oid...)
	out = append(out, mark)
	return append(binary.AppendUvarint(out, uint64(len(value))), value...)
}

// foldName lowers letters and leaves one blank where there are several, none at
// the ends.
func foldName(b []byte) []byte {
	plain, ascii := true, true
	for i, c := range b {
		ascii = ascii && c < 0x80
		plain = plain && c < 0x80 && (c > ' ' || c == ' ' && i > 0 && i < len(b)-1 && b[i-1] != ' ') && (c < 'A' || c > 'Z')
	}
	switch {
	case plain:
		return b
	case !ascii:
		s := strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, string(b))
		return []byte(strings.Join(strings.Fields(s), " "))
	}
	out := make([]byte, 0, len(b))
	for i, c := range b {
		switch {
		case c == ' ' || '\t' <= c && c <= '\r':
			continue
		case len(out) > 0 && (b[i-1] == ' ' || '\t' <= b[i-1] && b[i-1] <= '\r'):
			out = append(out, ' ')
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}
