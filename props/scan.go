package props

import (
	"slices"
	"strings"
)

// span is where one entry stands in the file. The top bit of each offset is a
// flag, which keeps an entry at 16 bytes: files of a million lines exist.
type span struct {
	keyStart   uint32 // flag: the key's text differs from its bytes
	keyEnd     uint32 // flag: an older entry has the same key
	valueStart uint32 // flag: the value's text differs from its bytes
	valueEnd   uint32 // flag: nothing separates key and value
}

// flag is the top bit of an offset. valueEnd is where the line end or the end
// of the file stands: a backslash that dangles there belongs to the value, so
// that replacing the value removes it.
const flag = 1 << 31

// MaxSize is the largest number of bytes that are read as properties.
const MaxSize = flag - 1

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
	p := from
	for p < len(s.src) && p >= 0 {
		p = s.logicalLine(p)
	}
	d.lines = s.line
	if n := len(s.src); n > from && !lineEnd(s.src[n-1]) {
		d.open = true
	}
	return s.err
}

// logicalLine reads the line that begins at p, with its continuation lines,
// and returns where the next one begins, or -1 after an error.
func (s *scanner) logicalLine(p int) int {
	p = skipBlank(s.src, p)
	if p == len(s.src) {
		return p
	}
	c := s.src[p]
	if lineEnd(c) {
		s.line++
		return skipLineEnd(s.src, p)
	}
	end := s.lineEnd(p)
	if c == '#' || c == '!' {
		return s.behind(end)
	}
	if s.slash < p {
		s.slash = s.next('\\', p)
	}
	if s.slash < end {
		return s.escapedLine(p, end)
	}

	// The usual line: neither escapes nor continuation.
	src := s.src
	keyStop := p
	for keyStop < end && !keyEnd(src[keyStop]) {
		keyStop++
	}
	value := keyStop
	for value < end && blank(src[value]) {
		value++
	}
	if value < end && (src[value] == '=' || src[value] == ':') {
		value++
		for value < end && blank(src[value]) {
			value++
		}
	}
	sp := span{uint32(p), uint32(keyStop), uint32(value), uint32(end)}
	if keyStop == end {
		sp.valueEnd |= flag
	}
	s.add(sp, s.line)
	return s.behind(end)
}

// escapedLine is logicalLine for a line with a backslash before its end. p is
// the first byte that counts, end the first line end.
func (s *scanner) escapedLine(p, end int) int {
	src := s.src
	content, next := end, 0 // content ends before a dangling backslash
	first := s.line
	for begin := p; ; {
		odd := false
		for i := end; i > begin && src[i-1] == '\\'; i-- {
			odd = !odd
		}
		content, next = end, end
		if end < len(src) {
			next = skipLineEnd(src, end)
			s.line++
		}
		if !odd {
			break
		}
		if next == len(src) { // nothing follows that could continue the line
			content, s.d.open, s.d.dangling = end-1, true, end == len(src)
			if end-1 == p { // the line is this one backslash
				if next > end+1 {
					return next // CR LF: Java forgets the line
				}
				s.d.bare = true
			}
			break
		}
		if end-1 == p {
			return next // a backslash alone: the next line begins anew
		}
		begin = skipBlank(src, next)
		if begin == len(src) {
			content, end, next = begin, begin, begin
			s.d.open = true
			break
		}
		end = s.lineEnd(begin)
	}

	sp := span{uint32(p), 0, 0, uint32(end)}
	i := p
	stop := p
	for {
		j := skipContinuation(src, i, content)
		if j >= content {
			break
		}
		c := src[j]
		if keyEnd(c) {
			break
		}
		if j != i || c == '\\' {
			sp.keyStart |= flag
		}
		if i = s.unit(j, content); i < 0 {
			return s.fail(j, p, first)
		}
		stop = i
	}
	sp.keyEnd = uint32(stop)

	i = skipContinuation(src, stop, content)
	separated, sign := false, false
	for i < content {
		c := src[i]
		if c == '=' || c == ':' {
			if sign {
				break
			}
			sign = true
		} else if !blank(c) {
			break
		}
		separated = true
		i = skipContinuation(src, i+1, content)
	}
	if !separated {
		sp.valueEnd |= flag
	}
	sp.valueStart = uint32(i)
	if content < end {
		sp.valueStart |= flag
	}
	for i < content {
		k := strings.IndexByte(src[i:content], '\\')
		if k < 0 {
			break
		}
		sp.valueStart |= flag
		i += k
		if lineEnd(src[i+1]) {
			i = skipContinuation(src, i, content)
			continue
		}
		j := i
		if i = s.unit(j, content); i < 0 {
			return s.fail(j, p, first)
		}
	}
	s.add(sp, first)
	return next
}

// unit returns the offset behind the character or escape at i, or -1 if it is
// a malformed escape.
func (s *scanner) unit(i, end int) int {
	if s.src[i] != '\\' {
		return i + 1
	}
	if s.src[i+1] != 'u' {
		return i + 2
	}
	_, i = hexUnit(s.src, i+2, end)
	return i
}

// fail reports the malformed escape at i of the logical line whose first byte
// is at p, behind first line ends.
func (s *scanner) fail(i, p, first int) int {
	s.err = &SyntaxError{
		Name:   s.d.name,
		Line:   first + countLines(s.src[p:i]) + 1,
		Column: i - lineStart(s.src, i) + 1,
		Offset: i,
		Reason: `malformed \u escape: four hexadecimal digits must follow`,
	}
	return -1
}

// add keeps an entry whose key begins behind line line ends.
func (s *scanner) add(sp span, line int) {
	if s.high < int(sp.keyStart&^flag) {
		s.high = s.nextHigh(int(sp.keyStart &^ flag))
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
	d := s.d
	if len(d.spans) == cap(d.spans) {
		d.spans = slices.Grow(d.spans, s.expect(len(d.spans), int(sp.valueEnd&^flag)))
	}
	if len(d.spans)%marked == 0 {
		d.marks = append(d.marks, uint32(line+1))
	}
	d.spans = append(d.spans, sp)
}

// expect guesses how many entries follow the n that were found before offset
// at, from their density so far: most files then need two allocations, and
// none is given more room than lines like those seen could fill.
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

// behind steps over the line end at end.
func (s *scanner) behind(end int) int {
	if end == len(s.src) {
		return end
	}
	s.line++
	return skipLineEnd(s.src, end)
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
