package props

import (
	"maps"
	"slices"
	"strings"
)

// edit replaces the bytes of src from from to to: a value by another one, or
// the whole of an entry's lines by nothing.
type edit struct {
	from, to int
	raw      string // what stands there now
	value    string // the text of raw
	deleted  bool
}

// shift is by how much an edit moves what stands behind it.
type shift struct{ bytes, lines int }

func (s *shift) add(o shift) { s.bytes += o.bytes; s.lines += o.lines }
func (s *shift) sub(o shift) { s.bytes -= o.bytes; s.lines -= o.lines }

// shift of an edit: raw never holds a line end.
func (e edit) shift(src string) shift {
	return shift{bytes: len(e.raw) - (e.to - e.from), lines: -countLines(src[e.from:e.to])}
}

// Set gives key the value. Where the key exists, only the bytes of the value
// of the entry that wins change; continuation lines belong to the value. If
// the value is the same text already, no byte changes, however it is escaped.
// Otherwise a line is added at the end, written as the file's other lines
// are: their line ending and their separator, whichever most of them use (LF
// and "=" in a file that has none). A last line without a line end, or one
// that a backslash would continue, is ended first.
//
// Text is escaped as Properties.store does it. Bytes that are not valid UTF-8
// are stored as U+FFFD each. A file does not grow beyond MaxSize: a line that
// would do so is not added.
func (f *File) Set(key, value string) {
	if f.d == nil {
		d := new(doc)
		f.d = &d
	}
	d := f.read()
	key, value = storable(key), storable(value)
	i := d.find(key)
	switch {
	case i < 0:
		d.append(key, value)
	case d.value(i) != value:
		d.replace(i, value)
	}
}

// Delete removes every entry of the key, with all of its lines and their line
// ends, and nothing else: were only the last one removed, an older duplicate
// would take its place. It reports whether there was one.
func (f *File) Delete(key string) bool {
	d := f.read()
	last := d.find(key)
	if last < 0 {
		return false
	}
	d.remove(last)
	if d.spans[last].keyEnd&flag != 0 {
		for i := range last {
			if !d.edits[i].deleted && d.hasKey(i, key) {
				d.remove(i)
			}
		}
	}
	if d.lineStyle().loneCR {
		d.reset(d.text()) // a CR and an LF that now meet are one line end
	}
	return true
}

// replace gives entry i another value.
func (d *doc) replace(i int, value string) {
	s := d.spans[i]
	e := edit{from: int(s.valueStart &^ flag), to: int(s.valueEnd &^ flag), raw: escapeValue(value), value: value}
	if s.valueEnd&flag != 0 { // no separator: what stands behind the key is a continuation at most
		e.from = int(s.keyEnd &^ flag)
		e.raw = d.separator(d.rawKey(i)) + e.raw
	}
	// Nothing between the CR of a continuation and the LF that ends the entry
	// would make them one line end, and the next line part of the value. So
	// the continuation goes with the value.
	for e.raw == "" && e.to < len(d.src) && d.src[e.to] == '\n' && e.from > 1 && d.src[e.from-1] == '\r' {
		e.from -= len("\\\r")
	}
	d.edit(i, e)
}

// remove deletes the lines of entry i, with those before it that hold nothing
// but the backslash that joins them to it.
func (d *doc) remove(i int) {
	s := d.spans[i]
	from := lineStart(d.src, int(s.keyStart&^flag))
	for from > 0 {
		end := from - 1 // the line end of the line before
		if end > 0 && d.src[end] == '\n' && d.src[end-1] == '\r' {
			end--
		}
		begin := lineStart(d.src, end)
		if d.src[skipBlank(d.src, begin):end] != `\` {
			break
		}
		from = begin
	}
	d.edit(i, edit{from: from, to: skipLineEnd(d.src, int(s.valueEnd&^flag)), deleted: true})
}

// edit makes e what is edited at entry i.
func (d *doc) edit(i int, e edit) {
	if d.edits == nil {
		d.edits = make(map[int]edit)
	}
	for len(d.shifts) < len(d.marks) {
		d.shifts = append(d.shifts, shift{})
	}
	sum := &d.shifts[i/marked]
	if old, ok := d.edits[i]; ok {
		sum.sub(old.shift(d.src))
	}
	sum.add(e.shift(d.src))
	d.edits[i] = e
}

// movedBefore sums the edits before entry i.
func (d *doc) movedBefore(i int) shift {
	var sum shift
	if len(d.edits) == 0 {
		return sum
	}
	for mark := range min(i/marked, len(d.shifts)) {
		sum.add(d.shifts[mark])
	}
	for k := i / marked * marked; k < i; k++ {
		if e, ok := d.edits[k]; ok {
			sum.add(e.shift(d.src))
		}
	}
	return sum
}

// append adds a line for a key that has no entry.
func (d *doc) append(key, value string) {
	raw := escapeKey(key)
	raw += d.separator(raw) + escapeValue(value) + d.lineStyle().lineEnd
	if d.open && len(d.edits) > 0 {
		d.reset(d.text())
	}
	if d.open {
		raw = d.closing() + raw
	}
	if len(d.src)+len(raw) > MaxSize {
		return
	}
	if d.open {
		d.reset(d.src + raw)
		return
	}
	if d.grow == nil {
		d.grow = new(strings.Builder)
		d.grow.Grow(len(d.src) + max(len(d.src)/4, 4*len(raw)))
		d.grow.WriteString(d.src)
	}
	from := len(d.src)
	d.grow.WriteString(raw)
	d.src = d.grow.String()
	d.index.grown(d, len(d.spans))
	d.scan(from, nil)
	d.index.insert(d, len(d.spans)-1)
}

// closing returns what must stand behind the last byte so that a new line
// begins there and every entry stays what it is.
func (d *doc) closing() string {
	end := d.lineStyle().lineEnd
	last := d.src[len(d.src)-1]
	switch {
	case d.bare && d.dangling:
		// A backslash that is the whole last line is an entry with an empty
		// key; continued by a "=" it remains one.
		return end + "=" + end
	case d.bare:
		return "=" + end
	case d.dangling:
		return end + end // an empty line ends what the backslash continues
	case last == '\r' && end == "\n":
		return end + end // CR and LF would be one line end, and continued
	}
	return end
}

// reset makes text the content, scanned anew. The text holds no escape that
// was not checked before.
func (d *doc) reset(text string) {
	fresh := doc{name: d.name, src: text, style: d.style, disk: d.disk}
	fresh.scan(0, []byte(text))
	fresh.index.rebuild(&fresh, len(fresh.spans), len(fresh.spans))
	*d = fresh
}

// size is the number of bytes of the file as edited.
func (d *doc) size() int {
	n := len(d.src)
	for _, s := range d.shifts {
		n += s.bytes
	}
	return n
}

// pieces yields the file as edited, in order.
func (d *doc) pieces(yield func(string) bool) {
	at := 0
	for _, i := range slices.Sorted(maps.Keys(d.edits)) {
		e := d.edits[i]
		if !yield(d.src[at:e.from]) || !yield(e.raw) {
			return
		}
		at = e.to
	}
	yield(d.src[at:])
}

// text is the file as edited.
func (d *doc) text() string {
	if len(d.edits) == 0 {
		return d.src
	}
	var b strings.Builder
	b.Grow(d.size())
	for piece := range d.pieces {
		b.WriteString(piece)
	}
	return b.String()
}
