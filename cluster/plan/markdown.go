package plan

import (
	"strings"
)

// mdText escapes what Markdown, its tables and its HTML give a meaning to
// within a line. Line endings and other control characters become visible
// escapes first, so that nothing begins a line of its own.
func mdText(s string) safe {
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
	return safe(b.String())
}

// mdCode returns a code span: its marks are longer than any run of backticks
// inside, and a blank keeps them apart from backticks and blanks at the ends.
func mdCode(s string) safe {
	s = visible(s)
	if s == "" {
		return "(empty)"
	}
	ticks := strings.Repeat("`", longestTicks(s)+1)
	first, last := s[0], s[len(s)-1]
	if first == '`' || last == '`' || (first == ' ' || last == ' ') && strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	return safe(ticks + s + ticks)
}

// mdCell is mdCode for a table, in which a bar ends a cell even inside code.
func mdCell(s string) safe { return safe(strings.ReplaceAll(string(mdCode(s)), "|", `\|`)) }

// mdFence returns a code block for the inside of a box, or nothing for no lines.
// Its marks are longer than any run of backticks in it.
func mdFence(lang string, lines []string) safe {
	if len(lines) == 0 {
		return ""
	}
	marks := 3
	for _, l := range lines {
		marks = max(marks, longestTicks(l)+1)
	}
	ticks := strings.Repeat("`", marks)
	var b strings.Builder
	b.WriteString("  " + ticks + lang + "\n")
	for _, l := range lines {
		b.WriteString("  " + visible(l) + "\n")
	}
	b.WriteString("  " + ticks)
	return safe(b.String())
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
