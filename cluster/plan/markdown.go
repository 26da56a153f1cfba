package plan

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/words"
)

// mdText escapes what Markdown, its tables and its HTML give a meaning to
// within a line. Line endings and other control characters become visible
// escapes first, so that nothing begins a line of its own.
func mdText(s string) safe { return safe(words.Markdown(visible(s))) }

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
	ticks := strings.Repeat("`", max(3, longestTicks(strings.Join(lines, "\n"))+1))
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

func longestTicks(s string) (longest int) {
	for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return r != '`' }) {
		longest = max(longest, len(run))
	}
	return longest
}
