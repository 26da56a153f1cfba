package props

import (
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// File is a properties file: what Java reads in it, and the bytes in which a
// person or a program wrote that down. It is made by Parse or Load; the zero
// File is an empty one. A File must not be copied by value: use Clone.
//
// Any number of goroutines may read a File at once (Get, Lookup, Entries,
// Bytes, Clone, Diff …) as long as none edits or saves it.
type File struct {
	// Whatever prints a value by reflection (go-cmp, a File by value under %s)
	// sees an address here, and cannot follow it to the text.
	d atomic.Pointer[doc]
}

// Entry is one pair of a file, as Java reads it. Printing, logging or
// encoding an Entry shows the value only as Redact shows it; the field Value
// itself is the plain text.
type Entry struct {
	Key, Value string
	// Pos is that of the key's first byte in Bytes as they are now.
	Pos Position
}

// doc is a file's content: the bytes as they were scanned, and what was
// edited since. An edit never changes src in place and never moves a span; an
// added line extends src.
type doc struct {
	name  string
	src   string
	grow  *strings.Builder // where set, src is its text
	spans []span
	marks []uint32 // the line of every marked-th entry
	lines int      // line ends in src
	index index

	open     bool // text behind the last byte would not begin a logical line
	dangling bool // … because a backslash is the last byte of an entry
	bare     bool // … and that entry is this backslash only

	edits  edits
	shifts shiftTree // summed over marked entries each; nil before an edit
	older  []int32   // the entry before of the same key, or -1; nil until Delete asks
	style  *style    // how added lines are written; nil until one is

	disk *onDisk // what Load read
}

// onDisk remembers what Load read, so that Save does not overwrite what
// somebody else wrote meanwhile.
type onDisk struct {
	path, data string
}

// Parse reads data exactly as java.util.Properties.load(InputStream) does, in
// ISO-8859-1. It keeps a copy. name is used in positions and errors only.
//
// The error is a *SyntaxError for a malformed \u escape, which is all that
// Java refuses, or ErrTooLarge for 2 GiB or more. Parse takes time
// and memory in proportion to the data: a copy, 16 bytes an entry, and an
// index of at most 11 bytes an entry.
func Parse(name string, data []byte) (*File, error) {
	if len(data) > maxSize {
		return nil, tooLarge(name, int64(len(data)))
	}
	d := &doc{name: name, src: string(data)}
	if err := d.scan(0, data); err != nil {
		return nil, err
	}
	d.index.rebuild(d, len(d.spans), len(d.spans))
	return newFile(d), nil
}

func newFile(d *doc) *File {
	f := new(File)
	f.d.Store(d)
	return f
}

// read is the content for reading; never nil.
func (f *File) read() *doc {
	if f == nil {
		return new(doc)
	}
	if d := f.d.Load(); d != nil {
		return d
	}
	return new(doc)
}

// Bytes returns a copy of the file as it is now: identical to the input until
// it is edited, and after that in every byte that no edit was about.
func (f *File) Bytes() []byte {
	d := f.read()
	out := make([]byte, 0, d.size())
	for piece := range d.pieces {
		out = append(out, piece...)
	}
	return out
}

// Get returns the value that Java's getProperty returns: where a key
// appears more than once, the last one wins. Keys are case-sensitive. The value may
// share the memory of the whole file's text; strings.Clone frees it of that.
func (f *File) Get(key string) (value string, ok bool) {
	d := f.read()
	i := d.find(key)
	if i < 0 {
		return "", false
	}
	return d.value(i), true
}

// Lookup is Get with the position of the entry that wins.
func (f *File) Lookup(key string) (Entry, bool) {
	d := f.read()
	i := d.find(key)
	if i < 0 {
		return Entry{}, false
	}
	return d.entry(i), true
}

// Entries yields every pair in file order, duplicates and pairs with an empty
// key included. It yields the file as it is when the iteration begins; edits
// made meanwhile are not seen by it.
func (f *File) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		d := f.read().frozen()
		at, line, moved := 0, 1, shift{}
		for i := range d.spans {
			start := int(d.spans[i].keyStart &^ flag)
			line += countLines(d.src[at:start])
			at = start
			e := d.edits.at(i)
			if !e.deleted {
				if !yield(Entry{Key: d.key(i), Value: d.value(i), Pos: d.positionOf(start, line, moved)}) {
					return
				}
			}
			moved.add(e.moves)
		}
	}
}

// Equal reports whether both files have the same bytes, whatever their names.
// Test packages that compare by an Equal method use it.
func (f *File) Equal(other *File) bool {
	d, o := f.read(), other.read()
	return d.size() == o.size() && d.text() == o.text()
}

// Clone returns an independent copy: editing one never shows in the other.
// Clones share the text that neither has edited.
func (f *File) Clone() *File {
	d := f.read().frozen()
	d.index.slots = slices.Clone(d.index.slots)
	d.shifts = slices.Clone(d.shifts)
	return newFile(d)
}

// frozen returns a copy of d that edits of d do not reach. The copy itself
// may be edited only after it got its own index and shifts.
func (d *doc) frozen() *doc {
	c := *d
	c.grow = nil
	c.spans = slices.Clip(d.spans)
	c.marks = slices.Clip(d.marks)
	c.edits = d.edits.clone()
	c.older = slices.Clip(d.older)
	return &c
}

// entry is entry i as it is now.
func (d *doc) entry(i int) Entry { return Entry{Key: d.key(i), Value: d.value(i), Pos: d.position(i)} }

// find returns the entry that wins for key, or -1. A key that is not valid
// UTF-8 is looked for as Set stores it.
func (d *doc) find(key string) int {
	i := d.index.find(d, key)
	if i < 0 && !utf8.ValidString(key) {
		i = d.index.find(d, storable(key))
	}
	if i >= 0 && len(d.edits.list) > 0 && d.edits.at(i).deleted {
		return -1
	}
	return i
}

// rawKey is the bytes of entry i's key.
func (d *doc) rawKey(i int) string {
	s := &d.spans[i]
	return d.src[s.keyStart&^flag : s.keyEnd&^flag]
}

// key is the text of entry i's key.
func (d *doc) key(i int) string {
	if d.spans[i].keyStart&flag != 0 {
		return decode(d.rawKey(i))
	}
	return d.rawKey(i)
}

// value is the text of entry i's value as edited.
func (d *doc) value(i int) string {
	if len(d.edits.list) > 0 {
		if e := d.edits.at(i); e.any {
			return e.value
		}
	}
	s := &d.spans[i]
	raw := d.src[s.valueStart&^flag : s.valueEnd&^flag]
	if s.valueStart&flag != 0 {
		return decode(raw)
	}
	return raw
}

// position returns where entry i's key begins in the file as edited.
func (d *doc) position(i int) Position {
	mark := i / marked
	first := int(d.spans[mark*marked].keyStart &^ flag)
	start := int(d.spans[i].keyStart &^ flag)
	return d.positionOf(start, int(d.marks[mark])+countLines(d.src[first:start]), d.movedBefore(i))
}

// positionOf is the position of offset start of src, which is on a line of src
// and moved by the edits before it.
func (d *doc) positionOf(start, line int, moved shift) Position {
	return Position{
		Name:   d.name,
		Line:   line + moved.lines,
		Column: start - lineStart(d.src, start) + 1,
		Offset: start + moved.bytes,
	}
}
