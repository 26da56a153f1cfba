package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// markdown writes a runbook: numbered sections of numbered check boxes, with
// the sources collected for the end.
type markdown struct {
	buf     bytes.Buffer
	windows bool
	sources []string
	section int
	number  int
}

// box is one line of a runbook that a person ticks.
type box struct {
	// id and who tell the step of the plan; both are empty for a line that is
	// no step.
	id, who string
	// title, why and expect are sentences. They may hold names, so all
	// Markdown in them is escaped.
	title, why, expect string
	// prints is the literal output of the command.
	prints string
	source string
	// inferred puts the mark behind the title.
	inferred bool
	diff     []string
	notes    []note
	commands []string
}

// note is a remark under a box, with a source of its own.
type note struct{ text, source string }

// inferredMark marks steps that rest on an inferred fact.
const inferredMark = "†"

func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.buf, format, args...)
	m.buf.WriteByte('\n')
}

// cite gives a source its number and returns the reference to it.
func (m *markdown) cite(source string) string {
	if source == "" {
		return ""
	}
	i := slices.Index(m.sources, source)
	if i < 0 {
		i = len(m.sources)
		m.sources = append(m.sources, source)
	}
	return fmt.Sprintf(" [%d]", i+1)
}

// gap ends a paragraph: one blank line, never two.
func (m *markdown) gap() {
	if !bytes.HasSuffix(m.buf.Bytes(), []byte("\n\n")) {
		m.line("")
	}
}

func (m *markdown) heading(title string) {
	m.section++
	m.number = 0
	m.gap()
	m.line("## %d. %s\n", m.section, title)
}

// box writes one box. Everything below its first line is indented by two, the
// width of the list marker, and so belongs to it.
func (m *markdown) box(b box) {
	m.number++
	m.buf.WriteString("- [ ] **")
	fmt.Fprintf(&m.buf, "%d.%d**", m.section, m.number)
	switch {
	case b.id != "" && b.who != "":
		fmt.Fprintf(&m.buf, " (%s, %s)", mdText(b.id), b.who)
	case b.id != "" || b.who != "":
		fmt.Fprintf(&m.buf, " (%s)", mdText(b.id+b.who))
	}
	m.buf.WriteString(" " + mdText(sentence(b.title)))
	if b.inferred {
		m.buf.WriteString(" " + inferredMark)
	}
	if b.why != "" {
		m.buf.WriteString(" Why: " + mdText(sentence(b.why)))
	}
	m.line("%s\n", m.cite(b.source))
	m.fence("diff", b.diff)
	for _, n := range b.notes {
		m.line("  %s%s\n", mdText(n.text), m.cite(n.source))
	}
	m.fence(m.lang(), b.commands)
	switch {
	case b.prints != "" && b.expect != "":
		m.line("  Expect: %s, %s\n", mdCode(b.prints), mdText(b.expect))
	case b.prints != "":
		m.line("  Expect: %s\n", mdCode(b.prints))
	case b.expect != "":
		m.line("  Expect: %s\n", mdText(b.expect))
	}
}

func (m *markdown) lang() string {
	if m.windows {
		return "powershell"
	}
	return "sh"
}

// fence writes a code block inside a box. Its marks are longer than any run
// of backticks in it.
func (m *markdown) fence(lang string, lines []string) {
	if len(lines) == 0 {
		return
	}
	marks := 3
	for _, l := range lines {
		marks = max(marks, longestTicks(l)+1)
	}
	ticks := strings.Repeat("`", marks)
	m.line("  %s%s", ticks, lang)
	for _, l := range lines {
		m.line("  %s", visible(l))
	}
	m.line("  %s\n", ticks)
}

// references writes the list that cite numbered.
func (m *markdown) references() {
	if len(m.sources) == 0 {
		return
	}
	m.gap()
	m.line("## Sources\n")
	for i, s := range m.sources {
		m.line("%d. %s", i+1, mdText(s))
	}
}

// mdText escapes what Markdown, its tables and its HTML give a meaning to
// within a line. Line endings and other control characters become visible
// escapes first, so that nothing begins a line of its own.
func mdText(s string) string {
	var b strings.Builder
	for _, r := range visible(s) {
		switch r {
		case '&':
			b.WriteString("&amp;")
			continue
		case '\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '~', '$':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mdCode returns a code span: its marks are longer than any run of backticks
// inside, and a blank keeps them apart from backticks and blanks at the ends.
func mdCode(s string) string {
	s = visible(s)
	if s == "" {
		return "(empty)"
	}
	ticks := strings.Repeat("`", longestTicks(s)+1)
	first, last := s[0], s[len(s)-1]
	if first == '`' || last == '`' || (first == ' ' || last == ' ') && strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// sentence ends a text with a full stop, unless it ends in a mark already.
func sentence(s string) string {
	if s == "" || strings.ContainsRune(".!?:", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}

func longestTicks(s string) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
