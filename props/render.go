package props

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
)

// String renders the pair as a line of a file, its value as Redact shows it.
func (e Entry) String() string {
	return escapeKey(e.Key) + "=" + escapeValue(Redact(e.Key, e.Value))
}

// Format renders the pair for every verb without its secret: "%+v" with its
// position, "%q" quoted, anything else as String.
func (e Entry) Format(s fmt.State, verb rune) {
	switch {
	case verb == 'q':
		io.WriteString(s, strconv.Quote(e.String()))
	case verb == 'v' && s.Flag('+') && e.Pos.IsValid():
		io.WriteString(s, e.Pos.String()+": "+e.String())
	default:
		io.WriteString(s, e.String())
	}
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
