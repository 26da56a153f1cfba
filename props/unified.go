package props

import (
	"fmt"
	"sort"
	"strings"
)

// contextLines stand around a change.
const contextLines = 3

// UnifiedDiff renders the lines that differ between two files as diff -u
// does, with secrets hidden in changed lines and in context: by the rules of
// Sensitive for pairs, and in comments wherever a word speaks of a secret. A
// changed secret shows as a line that goes and one that comes. It is for
// people to read, not for patch. Files with equal bytes give "".
//
// Lines are shown as ISO-8859-1, control characters as escapes. A line whose
// ending is not the usual one of a says which it has.
func UnifiedDiff(a, b *File) string {
	x, y := newLineView(a), newLineView(b)
	if x.d.src == y.d.src {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", visible(x.d.name), visible(y.d.name))
	usual := usualLineEnd(x.d.src)
	line := func(mark byte, v *lineView, i int) {
		out.WriteByte(mark)
		out.WriteString(visible(v.redacted(i)))
		if end := v.lineEnd(i); end != usual {
			out.WriteString(" (" + lineEndName(end) + ")")
		}
		out.WriteByte('\n')
	}

	// Between any two runs something differs; changes with little between them
	// share a hunk.
	runs := matchLines(x.lines, y.lines)
	for i := 1; i < len(runs); {
		first := i
		for ; i+1 < len(runs) && runs[i].n <= 2*contextLines; i++ {
		}
		before, after := min(contextLines, runs[first-1].n), min(contextLines, runs[i].n)
		fromA := runs[first-1].a + runs[first-1].n - before
		fromB := runs[first-1].b + runs[first-1].n - before
		toA, toB := runs[i].a+after, runs[i].b+after
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", hunkRange(fromA, toA), hunkRange(fromB, toB))
		p, q := fromA, fromB
		for k := first; k <= i; k++ {
			for ; p < runs[k-1].a+runs[k-1].n; p, q = p+1, q+1 {
				line(' ', y, q)
			}
			for ; p < runs[k].a; p++ {
				line('-', x, p)
			}
			for ; q < runs[k].b; q++ {
				line('+', y, q)
			}
		}
		for ; p < toA; p, q = p+1, q+1 {
			line(' ', y, q)
		}
		i++
	}
	return out.String()
}

// hunkRange renders the lines from up to to, which count from 0, as diff -u
// does.
func hunkRange(from, to int) string {
	switch n := to - from; n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprintf("%d", from+1)
	default:
		return fmt.Sprintf("%d,%d", from+1, n)
	}
}

func lineEndName(end string) string {
	switch end {
	case "\n":
		return "LF"
	case "\r":
		return "CR"
	case "\r\n":
		return "CR LF"
	}
	return "no line end"
}

// lineView is a file by lines, for display.
type lineView struct {
	d      *doc
	lines  []string
	starts []int
}

func newLineView(f *File) *lineView {
	d := f.read()
	if len(d.edits) > 0 {
		d = d.frozen()
		d.reset(d.text())
	}
	v := &lineView{d: d, lines: textLines(d.src)}
	at := 0
	for _, l := range v.lines {
		v.starts = append(v.starts, at)
		at += len(l)
	}
	return v
}

// text is line i without its end.
func (v *lineView) text(i int) string { return strings.TrimRight(v.lines[i], "\r\n") }

func (v *lineView) lineEnd(i int) string { return v.lines[i][len(v.text(i)):] }

// redacted is line i as it may be shown.
func (v *lineView) redacted(i int) string {
	text := v.text(i)
	from := v.starts[i]
	to := from + len(text)
	// The entry of a line is the last one whose key begins before its end.
	n := sort.Search(len(v.d.spans), func(k int) bool { return int(v.d.spans[k].keyStart&^flag) >= to }) - 1
	if n >= 0 && int(v.d.spans[n].valueEnd&^flag) >= from && (int(v.d.spans[n].valueEnd&^flag) > from || from == to) {
		return v.redactedPair(n, from, to)
	}
	if body := strings.TrimLeft(text, " \t\f"); body != "" && (body[0] == '#' || body[0] == '!') {
		return v.redactedComment(i)
	}
	return text
}

// redactedPair shows the part from from to to of entry n: as it is where the
// entry is not sensitive or its value has not begun.
func (v *lineView) redactedPair(n, from, to int) string {
	key, value := v.d.key(n), v.d.value(n)
	start := int(v.d.spans[n].valueStart &^ flag)
	shown := Redact(key, value)
	switch {
	case shown == value || to <= start && from != start:
		return v.d.src[from:to]
	case from <= start:
		return v.d.src[from:start] + escapeValue(shown)
	default:
		return Hidden // a continuation of the value
	}
}

// redactedComment shows a comment. What it comments out may be a pair with a
// secret; of that the key is shown. Any other comment that names a secret, or
// looks like one, is hidden, and so is a comment that a backslash seems to
// continue from one that is.
func (v *lineView) redactedComment(i int) string {
	text := v.text(i)
	start := len(text) - len(strings.TrimLeft(text, " \t\f#!"))
	mark, body := text[:start], text[start:]
	if i > 0 && strings.HasSuffix(v.text(i-1), `\`) && strings.HasSuffix(v.redacted(i-1), Hidden) {
		return mark + Hidden
	}
	if f, err := Parse("", []byte(body)); err == nil {
		d := f.read()
		for n := range d.spans {
			s := &d.spans[n]
			key, value := d.key(n), d.value(n)
			sign := strings.ContainsAny(body[s.keyEnd&^flag:s.valueStart&^flag], "=:")
			if shown := Redact(key, value); sign && shown != value {
				return mark + body[:s.valueStart&^flag] + escapeValue(shown)
			}
		}
	}
	low := lowerASCII(decode(body))
	for _, word := range sensitiveWords() {
		if strings.Contains(low, word) {
			return mark + Hidden
		}
	}
	if spots, whole := secrets(decode(body)); whole || len(spots) > 0 {
		return mark + Hidden
	}
	return text
}
