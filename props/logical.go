package props

import "strings"

// escapedLine reads a line that is not a comment and has a backslash before its
// first line end, which is at end, and the lines that continue it. p is the
// first byte that counts. It returns where the next line begins, or -1 after
// an error.
func (s *scanner) escapedLine(p, end int) int {
	first := s.line
	content, end, next, skip := s.logicalEnd(p, end)
	if skip {
		return next
	}
	sp := span{uint32(p), 0, 0, uint32(end)}
	i, bad := s.escapedKey(&sp, p, content)
	if bad {
		return s.fail(i, p, first)
	}
	i, separated := skipSeparator(s.src, i, content)
	if !separated {
		sp.valueEnd |= flag
	}
	sp.valueStart = uint32(i)
	if content < end {
		sp.valueStart |= flag
	}
	if i, bad = s.escapedValue(&sp, i, content); bad {
		return s.fail(i, p, first)
	}
	s.add(sp, first)
	return next
}

// logicalEnd follows the continuations of the line from p to end: where its
// content ends, which is before a dangling backslash, where its last natural
// line ends, and where the next line begins. skip: Java sees no pair here.
func (s *scanner) logicalEnd(p, end int) (content, last, next int, skip bool) {
	src := s.src
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
			return content, end, next, false
		}
		if next == len(src) { // nothing follows that could continue the line
			content, s.d.open, s.d.dangling = end-1, true, end == len(src)
			if end-1 == p { // the line is this one backslash
				if next > end+1 {
					return content, end, next, true // CR LF: Java forgets the line
				}
				s.d.bare = true
			}
			return content, end, next, false
		}
		if end-1 == p {
			return content, end, next, true // a backslash alone: the next line begins anew
		}
		if begin = skipBlank(src, next); begin == len(src) {
			s.d.open = true
			return begin, begin, begin, false
		}
		end = s.lineEnd(begin)
	}
}

// escapedKey passes over the key at p. Where an escape is malformed, bad is true
// and the offset is that of the escape.
func (s *scanner) escapedKey(sp *span, p, content int) (i int, bad bool) {
	for i = p; ; {
		for i < content && s.src[i] != '\\' && !keyEnd(s.src[i]) {
			i++
		}
		j := skipContinuation(s.src, i, content)
		if j >= content || keyEnd(s.src[j]) {
			break
		}
		sp.keyStart |= flag // an escape, or a continuation within the key
		if i = s.unit(j, content); i < 0 {
			return j, true
		}
	}
	sp.keyEnd = uint32(i)
	return i, false
}

// skipSeparator passes over what stands between a key and its value: blanks,
// and one sign among them.
func skipSeparator(src string, i, content int) (value int, separated bool) {
	i = skipContinuation(src, i, content)
	for sign := false; i < content; {
		if c := src[i]; c == '=' || c == ':' {
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
	return i, separated
}

// escapedValue passes over the value at i, as escapedKey does over a key.
func (s *scanner) escapedValue(sp *span, i, content int) (at int, bad bool) {
	for i < content {
		k := strings.IndexByte(s.src[i:content], '\\')
		if k < 0 {
			break
		}
		sp.valueStart |= flag
		i += k
		if lineEnd(s.src[i+1]) {
			i = skipContinuation(s.src, i, content)
			continue
		}
		j := i
		if i = s.unit(j, content); i < 0 {
			return j, true
		}
	}
	return i, false
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
