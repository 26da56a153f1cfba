package props

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
)

// seed is another one in each process, so that a mark says nothing about a
// value to who does not have the value.
var seed = maphash.MakeSeed()

// String renders the pair as a line of a file, its value as Redact shows it.
// Where that hides something, a mark follows that tells entries apart within
// this process, and nothing else: go-cmp compares renderings, and where two are
// equal it prints every field.
func (e Entry) String() string {
	line := e.line()
	if Sensitive(e.Key, e.Value) {
		line += fmt.Sprintf(" [%08x]", uint32(maphash.Comparable(seed, e)))
	}
	return line
}

func (e Entry) line() string {
	return escapeKey(e.Key) + "=" + escapeValue(Redact(e.Key, e.Value))
}

// Equal reports whether two entries have the same key, value and position.
// Because of it go-cmp does not look at the fields.
func (e Entry) Equal(other Entry) bool { return e == other }

// Format renders the pair for every verb without its secret, as a line of a
// file: "%+v" with its position, "%q" quoted.
func (e Entry) Format(s fmt.State, verb rune) {
	switch {
	case verb == 'q':
		io.WriteString(s, strconv.Quote(e.line()))
	case verb == 'v' && s.Flag('+') && e.Pos.IsValid():
		io.WriteString(s, e.Pos.String()+": "+e.line())
	default:
		io.WriteString(s, e.line())
	}
}

// MarshalText renders the pair as a line of a file, its value as Redact shows
// it: in XML and in other encodings that ask for text. An Entry is not read
// back from it.
func (e Entry) MarshalText() ([]byte, error) { return []byte(e.line()), nil }

// GobEncode returns an error: gob is for values that are read back, and an
// Entry shows no secret. Encode the file's Bytes.
func (e Entry) GobEncode() ([]byte, error) {
	return nil, errors.New("a props.Entry is not encoded: it may hold a secret")
}

// LogValue is the pair as a group, its value as Redact shows it.
func (e Entry) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("key", e.Key), slog.String("value", Redact(e.Key, e.Value)), slog.String("pos", e.Pos.String()))
}

// MarshalJSON renders key, value as Redact shows it, whether that hides
// anything, and position. An Entry is therefore not read back from its JSON.
func (e Entry) MarshalJSON() ([]byte, error) {
	shown := Redact(e.Key, e.Value)
	return json.Marshal(struct {
		Key      string   `json:"key"`
		Value    string   `json:"value"`
		Redacted bool     `json:"redacted,omitempty"`
		Pos      Position `json:"pos,omitzero"`
	}{e.Key, shown, shown != e.Value, e.Pos})
}

// String says what the file is, not what is in it.
func (f *File) String() string {
	n := 0
	for range f.Entries() {
		n++
	}
	d := f.read()
	return fmt.Sprintf("properties %s (entries: %d, bytes: %d)", strconv.Quote(d.name), n, d.size())
}

// Format writes String for every verb.
func (f *File) Format(s fmt.State, verb rune) {
	text := f.String()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	io.WriteString(s, text)
}

// LogValue is String.
func (f *File) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalJSON lists the entries as Entry.MarshalJSON renders each, with a
// schema number that changes when a field does.
func (f *File) MarshalJSON() ([]byte, error) {
	entries := []Entry{}
	for e := range f.Entries() {
		entries = append(entries, e)
	}
	return json.Marshal(struct {
		Schema  int     `json:"schema"`
		Name    string  `json:"name"`
		Entries []Entry `json:"entries"`
	}{1, f.read().name, entries})
}

// visible renders bytes of a file as text for a terminal: ISO-8859-1
// characters, control characters other than the tab as escapes.
func visible(raw string) string {
	if strings.IndexFunc(raw, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if r := rune(raw[i]); r == '\t' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			writeUnit(&b, r)
		}
	}
	return b.String()
}
