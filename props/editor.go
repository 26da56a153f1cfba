package props

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Put is Set with an error where the value cannot be set as it is: ErrNotText
// for a key or value that is not valid UTF-8, ErrTooLarge. Every error is an
// *EditError, and changes nothing.
func (f *File) Put(key, value string) error {
	if len(key) > maxSize || len(value) > maxSize {
		return &EditError{"put", key[:min(len(key), 100)], ErrTooLarge}
	}
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		return &EditError{"put", key, ErrNotText}
	}
	if err := f.set(key, value); err != nil {
		return &EditError{"put", key, err}
	}
	return nil
}

// InsertAfter adds a line for a key that the file does not have, right behind
// the entry that wins for the key after, written as Set writes a new line. The
// error is an *EditError: ErrNoKey if there is no such entry, ErrKeyExists, or
// as Put has it. It takes time in proportion to the file.
func (f *File) InsertAfter(after, key, value string) error {
	fail := func(err error) error { return &EditError{"insert", key, err} }
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		return fail(ErrNotText)
	}
	d := f.read()
	i := d.find(after)
	switch {
	case i < 0:
		return fail(ErrNoKey)
	case d.find(key) >= 0:
		return fail(ErrKeyExists)
	case d.size()+len(key)+len(value) > maxSize:
		return fail(ErrTooLarge)
	}
	if len(d.edits.list) > 0 {
		d.reset(d.text())
		i = d.find(after)
	}
	at := skipLineEnd(d.src, int(d.spans[i].valueEnd&^flag))
	if at == len(d.src) {
		if err := d.append(key, value); err != nil {
			return fail(err)
		}
		return nil
	}
	raw := escapeKey(key)
	raw += d.separator(raw) + escapeValue(value) + d.lineStyle().lineEnd
	if len(d.src)+len(raw) > maxSize {
		return fail(ErrTooLarge)
	}
	d.reset(d.src[:at] + raw + d.src[at:])
	return nil
}

// Rename gives every entry of the key another key; values, separators, order
// and all other bytes stay. The error is an *EditError: ErrNoKey, ErrKeyExists
// if another entry has the new key, ErrNotText or ErrTooLarge. It takes time
// in proportion to the file.
func (f *File) Rename(key, to string) error {
	fail := func(err error) error { return &EditError{"rename", key, err} }
	if !utf8.ValidString(to) {
		return fail(ErrNotText)
	}
	d := f.read()
	i := d.find(key)
	switch {
	case i < 0:
		return fail(ErrNoKey)
	case d.key(i) == to:
		return nil
	case d.find(to) >= 0:
		return fail(ErrKeyExists)
	case len(to) > maxSize:
		return fail(ErrTooLarge)
	}
	key = d.key(i)
	if len(d.edits.list) > 0 {
		d.reset(d.text())
	}
	raw := escapeKey(to)
	var b strings.Builder
	at := 0
	for i := range d.spans {
		if d.key(i) != key {
			continue
		}
		s := &d.spans[i]
		end := int(s.keyEnd &^ flag)
		b.WriteString(d.src[at:int(s.keyStart&^flag)])
		b.WriteString(raw)
		// Without a sign, blanks would part an empty key from nothing.
		if separator := d.src[end:int(s.valueStart&^flag)]; to == "" && !strings.ContainsAny(separator, "=:") {
			b.WriteByte('=')
		}
		if at = end; b.Len()+len(d.src)-at > maxSize {
			return fail(ErrTooLarge)
		}
	}
	b.WriteString(d.src[at:])
	d.reset(b.String())
	return nil
}

// Keys returns each key once, where it first appears: the keys that Java's
// Properties would hold.
func (f *File) Keys() []string {
	var keys []string
	for key := range f.read().winners {
		keys = append(keys, key)
	}
	return keys
}

// Len returns the number of keys; Entries may yield more.
func (f *File) Len() int {
	n := 0
	for range f.read().winners {
		n++
	}
	return n
}

// Duplicates returns the entries of every key that has more than one, in file
// order: Java uses the last of each.
func (f *File) Duplicates() [][]Entry {
	d := f.read()
	var groups [][]Entry
	place := map[int]int{} // by the entry that wins
	for i := range d.spans {
		if d.edits.at(i).deleted {
			continue
		}
		last := d.find(d.key(i))
		if last == i && d.spans[i].keyEnd&flag == 0 {
			continue
		}
		n, known := place[last]
		if !known {
			n = len(groups)
			place[last] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], d.entry(i))
	}
	// A key that was deleted and added anew looks as if it had an older entry.
	return slices.DeleteFunc(groups, func(g []Entry) bool { return len(g) < 2 })
}

// BOM returns "UTF-8", "UTF-16BE" or "UTF-16LE" if the file begins with the
// byte order mark of that encoding, and else "". Java reads a mark as text: it
// becomes part of the first key, or makes a pair of what looks like a comment.
func (f *File) BOM() string {
	text := f.read().current().src
	for mark, name := range map[string]string{"\xef\xbb\xbf": "UTF-8", "\xfe\xff": "UTF-16BE", "\xff\xfe": "UTF-16LE"} {
		if strings.HasPrefix(text, mark) {
			return name
		}
	}
	return ""
}

// Comments returns the comment right above the entry that wins for the key: a
// text for each line, read as ISO-8859-1, without the # or ! and the blanks
// around it. An empty line ends a comment. What was commented out may be a
// secret, and is returned as it is.
func (f *File) Comments(key string) []string {
	d := f.read()
	i := d.find(key)
	if i < 0 {
		return nil
	}
	var lines []string
	at, i := d.entryStart(i), i-1
	for at > 0 {
		if i >= 0 {
			if e := d.edits.at(i); e.deleted && e.to == at {
				at, i = e.from, i-1
				continue
			}
		}
		from, end := lineBefore(d.src, at)
		if first := d.joined(i, from); first >= 0 { // the LF belongs to a CR before the gap
			at, i = d.edits.at(first).from, first-1
			continue
		}
		if i >= 0 && from <= int(d.spans[i].valueEnd&^flag) && !d.edits.at(i).deleted {
			break // the entry before
		}
		text := strings.TrimLeft(d.src[from:end], " \t\f")
		if text == "" || text[0] != '#' && text[0] != '!' {
			break
		}
		lines = append(lines, latin1(strings.Trim(text[1:], " \t\f")))
		at = from
	}
	slices.Reverse(lines)
	return lines
}

// WriteTo writes what Bytes returns.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	var sum int64
	for piece := range f.read().pieces {
		n, err := io.WriteString(w, piece)
		sum += int64(n)
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// latin1 returns the text of bytes in ISO-8859-1.
func latin1(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		b.WriteRune(rune(raw[i]))
	}
	return b.String()
}
