package props

import (
	"slices"
	"strings"
)

// edit replaces the bytes of src from from to to: a value by another one, or
// the whole of an entry's lines by nothing.
type edit struct {
	from, to int
	raw      string // what is there now; it never holds a line end
	value    string // the text of raw
	moves    shift  // of what follows it
	gapEnd   int32  // at either end of a gap, the entry at the other one
	any      bool   // it is an edit
	deleted  bool
}

// edits are at most one for each entry.
type edits struct {
	list  []edit
	place []int32 // in list, counting from 1, by entry; 0 is none
}

// at returns the edit of entry i; without one it is the zero edit.
func (x *edits) at(i int) edit {
	if i >= 0 && i < len(x.place) && x.place[i] > 0 {
		return x.list[x.place[i]-1]
	}
	return edit{}
}

// set makes e the edit of entry i of n.
func (x *edits) set(i, n int, e edit) {
	if len(x.place) < n {
		x.place = append(x.place, make([]int32, n-len(x.place))...)
	}
	e.any = true
	if x.place[i] > 0 {
		x.list[x.place[i]-1] = e
		return
	}
	x.list = append(x.list, e)
	x.place[i] = int32(len(x.list))
}

func (x *edits) clone() edits { return edits{slices.Clone(x.list), slices.Clone(x.place)} }

// Set gives key the value. Where the key exists, only the bytes of the value
// of the entry that wins change; continuation lines belong to the value. If
// the value is the same text already, no byte changes, however it is escaped.
// Otherwise a line is added at the end, written as the file's other lines
// are: their line ending and their separator, whichever most of them use (LF
// and "=" in a file that has none). A last line without a line end, or one
// that a backslash would continue, is ended first.
//
// Text is escaped as Properties.store does it. Bytes that are not valid UTF-8
// are stored as U+FFFD each; Get, Lookup and Delete look for such a key in the
// same way. Where Put returns another error than for such text, Set does
// nothing.
func (f *File) Set(key, value string) { _ = f.set(storable(key), storable(value)) }

// Delete removes every entry of the key, with all of its lines and their line
// ends, and nothing else: were only the last one removed, an older duplicate
// would take its place. It reports whether there was one.
func (f *File) Delete(key string) bool {
	d := f.read()
	last := d.find(key)
	if last < 0 {
		return false
	}
	for i := last; i >= 0 && !d.edits.at(i).deleted; i = d.olderThan(i) {
		d.remove(i)
	}
	return true
}

// set is Set for text that can be stored.
func (f *File) set(key, value string) error {
	if f == nil {
		return errNil
	}
	d := f.d.Load()
	if d == nil {
		d = new(doc)
		f.d.Store(d)
	}
	if len(key) > maxSize || len(value) > maxSize {
		return ErrTooLarge
	}
	i := d.find(key)
	switch {
	case i < 0:
		return d.append(key, value)
	case d.value(i) != value:
		return d.replace(i, value)
	}
	return nil
}

// olderThan returns the entry before entry i with the same key, or -1. Where
// it is deleted, so are all that are older.
func (d *doc) olderThan(i int) int {
	if d.spans[i].keyEnd&flag == 0 {
		return -1
	}
	if d.older == nil {
		var x index
		x.rebuild(d, 0, len(d.spans))
		d.older = make([]int32, len(d.spans))
		for k := range d.spans {
			_, older, _ := x.slot(d, d.key(k))
			d.older[k] = int32(older)
			x.insert(d, k)
		}
	}
	return int(d.older[i])
}

// replace gives entry i another value.
func (d *doc) replace(i int, value string) error {
	s := d.spans[i]
	e := edit{from: int(s.valueStart &^ flag), to: int(s.valueEnd &^ flag), raw: escapeValue(value), value: value}
	if s.valueEnd&flag != 0 { // no separator: a continuation at most follows the key
		e.from = int(s.keyEnd &^ flag)
		e.raw = d.separator(d.rawKey(i)) + e.raw
	}
	// Nothing between the CR of a continuation and the LF that ends the entry
	// would make them one line end, and the next line part of the value. So
	// the continuation goes with the value.
	for e.raw == "" && e.to < len(d.src) && d.src[e.to] == '\n' && e.from > 1 && d.src[e.from-1] == '\r' {
		e.from -= len("\\\r")
	}
	if d.size()-d.edits.at(i).moves.bytes+len(e.raw)-(e.to-e.from) > maxSize {
		return ErrTooLarge
	}
	d.edit(i, e)
	return nil
}

// entryStart is where the lines of entry i begin: those before it that hold
// nothing but the backslash that joins them to it are among them.
func (d *doc) entryStart(i int) int {
	from := lineStart(d.src, int(d.spans[i].keyStart&^flag))
	for from > 0 {
		begin, end := lineBefore(d.src, from)
		if d.src[skipBlank(d.src, begin):end] != `\` {
			break
		}
		from = begin
	}
	return from
}

// remove deletes the lines of entry i.
func (d *doc) remove(i int) {
	from, to := d.entryStart(i), skipLineEnd(d.src, int(d.spans[i].valueEnd&^flag))
	d.edit(i, edit{from: from, to: to, deleted: true})
	if d.lineStyle().loneCR {
		d.closeGap(i)
	}
}

// edit makes e what is edited at entry i.
func (d *doc) edit(i int, e edit) {
	e.moves = shift{bytes: len(e.raw) - (e.to - e.from), lines: -countLines(d.src[e.from:e.to])}
	by := e.moves
	by.sub(d.edits.at(i).moves)
	d.edits.set(i, len(d.spans), e)
	d.shifts.grow(len(d.marks))
	d.shifts.add(i/marked, by)
}

// movedBefore sums the edits before entry i.
func (d *doc) movedBefore(i int) shift {
	if len(d.edits.list) == 0 {
		return shift{}
	}
	sum := d.shifts.before(i / marked)
	for k := i / marked * marked; k < i; k++ {
		sum.add(d.edits.at(k).moves)
	}
	return sum
}

// append adds a line for a key that has no entry.
func (d *doc) append(key, value string) error {
	raw := escapeKey(key)
	raw += d.separator(raw) + escapeValue(value) + d.lineStyle().lineEnd
	closing := ""
	if d.open {
		closing = d.closing()
	}
	if d.size()+len(closing)+len(raw) > maxSize || len(d.src)+len(closing)+len(raw) > maxSize {
		return ErrTooLarge
	}
	if d.open {
		text := d.text()
		if len(d.edits.list) > 0 {
			d.reset(text)
			if closing = ""; d.open {
				closing = d.closing()
			}
		}
		d.reset(text + closing + raw)
		return nil
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
	if d.older != nil {
		d.older = append(d.older, -1)
	}
	d.index.insert(d, len(d.spans)-1)
	return nil
}

// closing returns what must follow the last byte so that a new line
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
	return len(d.src) + d.shifts.before(len(d.shifts)).bytes
}

// pieces yields the file as edited, in order.
func (d *doc) pieces(yield func(string) bool) {
	at := 0
	for _, place := range d.edits.place {
		if place == 0 {
			continue
		}
		e := d.edits.list[place-1]
		if !yield(d.src[at:e.from]) || !yield(e.raw) {
			return
		}
		at = e.to
	}
	yield(d.src[at:])
}

// text is the file as edited.
func (d *doc) text() string {
	if len(d.edits.list) == 0 {
		return d.src
	}
	var b strings.Builder
	b.Grow(d.size())
	for piece := range d.pieces {
		b.WriteString(piece)
	}
	return b.String()
}
