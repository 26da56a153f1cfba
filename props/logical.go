package props

import "strings"

// escapedLine reads a line that is not a comment and has a backslash before its
// first line end, which is at end, and the lines that continue it. p is the
// first byte that counts. It returns where the next line begins, or -1 after
// an error.
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
	for {
		for i < content && src[i] != '\\' && !keyEnd(src[i]) {
			i++
		}
		j := skipContinuation(src, i, content)
		if j >= content || keyEnd(src[j]) {
			break
		}
		sp.keyStart |= flag // an escape, or a continuation within the key
		if i = s.unit(j, content); i < 0 {
			return s.fail(j, p, first)
		}
	}
	sp.keyEnd = uint32(i)

	i = skipContinuation(src, i, content)
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
