package props

import (
	"slices"
	"strings"
)

// span is where one entry is in the file. The top bit of each offset is a
// flag, which keeps an entry at 16 bytes: files of a million lines exist.
type span struct {
	keyStart   uint32 // flag: the key's text differs from its bytes
	keyEnd     uint32 // flag: an older entry has the same key
	valueStart uint32 // flag: the value's text differs from its bytes
	valueEnd   uint32 // flag: nothing separates key and value
}

// flag is the top bit of an offset. valueEnd is where the line end or the end
// of the file is: a backslash that dangles there belongs to the value, so
// that replacing the value removes it.
const flag = 1 << 31

// maxSize is the largest number of bytes that are read as properties.
const maxSize = flag - 1

// marked is the distance between the entries whose line number is kept.
const marked = 64

// scanner walks over a file's bytes. lf, cr, slash and high are the next
// offsets of these bytes: each is looked for only once it was passed, so a
// file without backslashes is searched for them once.
type scanner struct {
	d                   *doc
	src                 string
	raw                 []byte // the same bytes, for wide loads; nil: only ASCII
	lf, cr, slash, high int
	line                int // line ends before the current offset
	err                 *SyntaxError
}

// scan reads d.src from offset from on, where a logical line begins, and
// appends its entries to d.spans. raw holds the bytes of d.src; it is nil where
// the caller knows that only ASCII follows.
func (d *doc) scan(from int, raw []byte) *SyntaxError {
	s := scanner{d: d, src: d.src, raw: raw, lf: -1, cr: -1, slash: -1, high: -1, line: d.lines}
	d.open, d.bare, d.dangling = false, false, false
	for p := from; p < len(s.src); {
		if p = s.plainLines(p); p == len(s.src) {
			break
		}
		if p = s.escapedLine(p, s.lineEnd(p)); p < 0 {
			return s.err
		}
	}
	d.lines = s.line
	if n := len(s.src); n > from && !lineEnd(s.src[n-1]) {
		d.open = true
	}
	return nil
}

// plainLines reads the lines from p on. It returns the first byte that counts
// of the first pair with a backslash on its line, or the end of the file. All
// but few lines are read here, so what a line needs is kept in registers.
func (s *scanner) plainLines(p int) int {
	src := s.src
	lf, cr, line := s.lf, s.cr, s.line
	for p < len(src) {
		c := src[p]
		if blank(c) {
			p++
			continue
		}
		if lineEnd(c) {
			line++
			p = skipLineEnd(src, p)
			continue
		}
		if lf < p {
			lf = s.next('\n', p)
		}
		if cr < p {
			cr = s.next('\r', p)
		}
		end := min(lf, cr)
		if c != '#' && c != '!' {
			if s.slash < p {
				s.slash = s.next('\\', p)
			}
			if s.slash < end {
				break
			}
			text := src[p:end]
			key := 0
			for key < len(text) && !keyEnd(text[key]) {
				key++
			}
			value := skipBlank(text, key)
			if value < len(text) && (text[value] == '=' || text[value] == ':') {
				value = skipBlank(text, value+1)
			}
			sp := span{uint32(p), uint32(p + key), uint32(p + value), uint32(end)}
			if key == len(text) {
				sp.valueEnd |= flag
			}
			s.add(sp, line)
		}
		p = end
		if p < len(src) {
			line++
			p = skipLineEnd(src, p)
		}
	}
	s.lf, s.cr, s.line = lf, cr, line
	return p
}

// add keeps an entry whose key begins behind line line ends.
func (s *scanner) add(sp span, line int) {
	if s.high < int(sp.valueEnd&^flag) {
		s.flagHigh(&sp)
	}
	d := s.d
	if len(d.spans) == cap(d.spans) {
		d.spans = slices.Grow(d.spans, s.expect(len(d.spans), int(sp.valueEnd&^flag)))
	}
	if len(d.spans)%marked == 0 {
		d.marks = append(d.marks, uint32(line+1))
	}
	d.spans = append(d.spans, sp)
}

// flagHigh marks key and value if they hold a byte from 0x80 on.
func (s *scanner) flagHigh(sp *span) {
	if start := int(sp.keyStart &^ flag); s.high < start {
		s.high = s.nextHigh(start)
	}
	if s.high < int(sp.keyEnd) {
		sp.keyStart |= flag
		s.high = s.nextHigh(int(sp.keyEnd))
	}
	value := int(sp.valueStart &^ flag)
	if s.high < value {
		s.high = s.nextHigh(value)
	}
	if s.high < int(sp.valueEnd&^flag) {
		sp.valueStart |= flag
	}
}

// expect guesses how many entries follow the n that were found before offset
// at, from their density so far: most files then need few allocations. A file
// that is dense at its beginning only gets room for 16 times what was seen.
func (s *scanner) expect(n, at int) int {
	if n < marked {
		return min(marked, (len(s.src)-at)/2+1)
	}
	more := float64(n) / float64(at) * float64(len(s.src)-at)
	return min(int(more*1.02)+marked, 16*n, (len(s.src)-at)/2+1)
}

// lineEnd returns the offset of the first line end from p on, or that of the
// end of the file.
func (s *scanner) lineEnd(p int) int {
	if s.lf < p {
		s.lf = s.next('\n', p)
	}
	if s.cr < p {
		s.cr = s.next('\r', p)
	}
	return min(s.lf, s.cr)
}

// next returns the offset of the first c from p on, or that of the end.
func (s *scanner) next(c byte, p int) int {
	if i := strings.IndexByte(s.src[p:], c); i >= 0 {
		return p + i
	}
	return len(s.src)
}

// nextHigh is next for any byte from 0x80 on.
func (s *scanner) nextHigh(p int) int {
	if s.raw != nil {
		if i := indexHigh(s.raw[p:]); i >= 0 {
			return p + i
		}
	}
	return len(s.src)
}
