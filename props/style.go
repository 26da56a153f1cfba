package props

import "strings"

// style is how a file's lines are written.
type style struct {
	lineEnd string
	// separator is between key and value: "=", ":" or one blank, with a
	// space before and after where most lines have blanks there.
	separator string
	// loneCR says that there may be a CR where an edit lets an LF follow it.
	loneCR bool
}

// lineStyle looks at what the file is made of, once.
func (d *doc) lineStyle() style {
	if d.style == nil {
		d.style = &style{
			lineEnd:   usualLineEnd(d.src),
			separator: d.usualSeparator(),
			loneCR:    strings.Count(d.src, "\r") > strings.Count(d.src, "\r\n") && strings.Contains(d.src, "\n"),
		}
	}
	return *d.style
}

// separator is what is between the raw key and a value. Behind an empty
// key blanks would not count, and alone would part nothing.
func (d *doc) separator(rawKey string) string {
	sep := d.lineStyle().separator
	if rawKey == "" {
		if sep = strings.TrimLeft(sep, " \t"); sep == "" {
			return "="
		}
	}
	return sep
}

// usualLineEnd returns the line ending that most lines have; among equals LF
// comes before CR LF, and CR last. Without any line end it is LF.
func usualLineEnd(src string) string {
	crlf := strings.Count(src, "\r\n")
	lf := strings.Count(src, "\n") - crlf
	cr := strings.Count(src, "\r") - crlf
	switch {
	case crlf > lf && crlf >= cr:
		return "\r\n"
	case cr > lf && cr > crlf:
		return "\r"
	}
	return "\n"
}

// usualSeparator returns what is between most keys and values; among
// equals the one that comes first in the file. Blanks that align values count
// as one space. Lines without a value count only where no line has one.
func (d *doc) usualSeparator() string {
	count := map[string]int{}
	for _, empty := range []bool{false, true} {
		for i := range d.spans {
			s := &d.spans[i]
			if s.valueEnd&flag != 0 || (s.valueStart&^flag == s.valueEnd&^flag) != empty {
				continue
			}
			if sep := separatorOf(d.src[s.keyEnd&^flag : s.valueStart&^flag]); sep != "" {
				count[sep]++
			}
		}
		best := ""
		for i := range d.spans { // again in file order, so that a tie has one answer
			s := &d.spans[i]
			sep := separatorOf(d.src[s.keyEnd&^flag : s.valueStart&^flag])
			if count[sep] > count[best] {
				best = sep
			}
		}
		if best != "" {
			return best
		}
	}
	return "="
}

// separatorOf normalises the bytes between a key and its value; "" where they
// are no example to follow, because they are none or cross a line end.
func separatorOf(raw string) string {
	if raw == "" || strings.ContainsAny(raw, "\\\r\n") {
		return ""
	}
	sign := strings.IndexAny(raw, "=:")
	if sign < 0 {
		if raw[0] == '\t' {
			return "\t"
		}
		return " "
	}
	sep := raw[sign : sign+1]
	if sign > 0 {
		sep = " " + sep
	}
	if sign+1 < len(raw) {
		sep += " "
	}
	return sep
}
