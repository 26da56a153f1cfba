package props

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// UnifiedDiff renders the lines that differ between two files as diff -u
// does, with secrets hidden in changed lines and in context: by the rules of
// Sensitive for pairs, and in comments wherever a word names a secret. A
// changed secret shows as a line that goes and one that comes. It is for
// people to read, not for patch. Files with equal bytes give "".
//
// Lines are shown as ISO-8859-1, control characters as escapes. A line whose
// ending is not the usual one of a says which it has. The time grows with the
// number of lines n as n·log n, whatever the lines are.
func UnifiedDiff(a, b *File) string { return Words(nil).UnifiedDiff(a, b) }

// UnifiedDiff is the function UnifiedDiff with these words as secrets too.
func (w Words) UnifiedDiff(a, b *File) string {
	x, y := a.read().current(), b.read().current()
	if x.src == y.src {
		return ""
	}
	r := renderer{words: w, usual: usualLineEnd(x.src), marks: map[string]int{}}
	text := diff.Diff(visible(x.name), r.render(x), visible(y.name), r.render(y))
	_, text, _ = bytes.Cut(text, []byte("\n")) // the line "diff a b"

	var out strings.Builder
	out.Grow(len(text))
	for line := range bytes.Lines(text) {
		shown, _, marked := bytes.Cut(line, []byte{0})
		out.Write(shown)
		if marked {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// current is the content without pending edits.
func (d *doc) current() *doc {
	if len(d.edits.list) == 0 {
		return d
	}
	d = d.frozen()
	d.reset(d.text())
	return d
}

// renderer turns files into lines that may be shown. Two of its lines are
// equal only if the lines of the files are: where a rendering is not the line
// itself, a NUL and the number of the line follow.
type renderer struct {
	words Words
	usual string         // the line ending that is not named
	marks map[string]int // by line
}

func (r *renderer) render(d *doc) []byte {
	var out bytes.Buffer
	out.Grow(len(d.src) + len(d.src)/8)
	v := lineView{words: r.words, d: d, entry: -1}
	for at := 0; at < len(d.src); {
		end := len(d.src)
		if k := strings.IndexAny(d.src[at:], "\r\n"); k >= 0 {
			end = at + k
		}
		next := skipLineEnd(d.src, end)
		text := d.src[at:end]
		shown := visible(v.redacted(at, end))
		out.WriteString(shown)
		if ending := d.src[end:next]; ending != r.usual {
			out.WriteString(" (" + lineEndName(ending) + ")")
		}
		if shown != text || d.src[end:next] != r.usual {
			line := d.src[at:next]
			mark, known := r.marks[line]
			if !known {
				mark = len(r.marks)
				r.marks[line] = mark
			}
			out.WriteByte(0)
			out.WriteString(strconv.Itoa(mark))
		}
		out.WriteByte('\n')
		at = next
	}
	return out.Bytes()
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

// lineView shows the lines of a file, each asked for once and in order.
type lineView struct {
	words Words
	d     *doc
	entry int // the last entry whose key begins before the line's end, or -1

	shown     string // the value of entry as it may be shown
	sensitive bool   // shown is not the value
	hiding    bool   // the line before is a hidden comment that ends in a backslash
}

// redacted is the line from from to to, less its end, as it may be shown.
func (v *lineView) redacted(from, to int) string {
	text := v.d.src[from:to]
	spans := v.d.spans
	for v.entry+1 < len(spans) && int(spans[v.entry+1].keyStart&^flag) < to {
		v.entry++
		key, value := v.d.key(v.entry), v.d.value(v.entry)
		v.shown = v.words.Redact(key, value)
		v.sensitive = v.shown != value
	}
	if v.entry >= 0 {
		if end := int(spans[v.entry].valueEnd &^ flag); end > from || end == from && from == to {
			v.hiding = false
			return v.redactedPair(from, to)
		}
	}
	if body := strings.TrimLeft(text, " \t\f"); body == "" || body[0] != '#' && body[0] != '!' {
		v.hiding = false
		return text
	}
	shown := v.redactedComment(text)
	v.hiding = strings.HasSuffix(shown, Hidden) && strings.HasSuffix(text, `\`)
	return shown
}

// redactedPair shows a part of an entry: as it is where the entry is not
// sensitive or its value has not begun.
func (v *lineView) redactedPair(from, to int) string {
	start := int(v.d.spans[v.entry].valueStart &^ flag)
	switch {
	case !v.sensitive || to <= start && from != start:
		return v.d.src[from:to]
	case from <= start:
		return v.d.src[from:start] + escapeValue(v.shown)
	default:
		return Hidden // a continuation of the value
	}
}

// redactedComment shows a comment. What it comments out may be a pair with a
// secret; of that the key is shown. Any other comment that names a secret, or
// looks like one, is hidden, and so is a comment that a backslash seems to
// continue from one that is.
func (v *lineView) redactedComment(text string) string {
	start := len(text) - len(strings.TrimLeft(text, " \t\f#!"))
	mark, body := text[:start], text[start:]
	if v.hiding {
		return mark + Hidden
	}
	if len(body) < 2 {
		return text
	}
	d := doc{src: body}
	if err := d.scan(0, []byte(body)); err == nil && len(d.spans) > 0 {
		s := &d.spans[0]
		sign := strings.ContainsAny(body[s.keyEnd&^flag:s.valueStart&^flag], "=:")
		if value := d.value(0); sign {
			if shown := v.words.Redact(d.key(0), value); shown != value {
				return mark + body[:s.valueStart&^flag] + escapeValue(shown)
			}
		}
	}
	if plain := decode(body); v.words.named(plain) || v.words.Sensitive("", plain) {
		return mark + Hidden
	}
	return text
}
