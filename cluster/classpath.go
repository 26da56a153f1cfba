package cluster

import (
	"bytes"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

// ClasspathLine is one line of bin/classpath.conf: one instruction a line, a
// keyword (dir, set, file, jardir, nativedir), an absolute path and, from 7.0 on,
// sometimes the tail "!fail-on-conflict" (installer 7.0.0). It is no properties
// file: a backslash is a backslash. Raw is the line with its ending; an instruction
// is Raw[:keyword]… cut into its parts, so that an edit keeps the rest.
type ClasspathLine struct {
	Raw string
	// Keyword is empty for a blank line, a comment or an unknown form.
	Keyword string
	// Value is the path, without the white space around it.
	Value string
	// Tail is what follows the path from " !" on, with its leading blank.
	Tail string
	// Pos is where Value starts.
	Pos props.Position
	// Place is where Value leads, links followed; of a path that does not exist,
	// where it would be. Load fills it in, for as many paths as a real file has.
	Place Place
}

// parseClasspath reads the file's bytes. Every input is readable: what is no
// instruction is kept as it is.
func parseClasspath(path string, data []byte) []ClasspathLine {
	offset, line := 0, 1
	lines := make([]ClasspathLine, 0, bytes.Count(data, []byte("\n"))+1)
	for raw := range strings.SplitAfterSeq(string(data), "\n") {
		if raw == "" {
			continue
		}
		l := ClasspathLine{Raw: raw}
		body := strings.TrimRight(raw, "\r\n")
		word := strings.TrimLeft(body, " \t")
		lead := len(body) - len(word)
		if i := strings.IndexAny(word, " \t"); i > 0 && classpathKeyword(word[:i]) {
			rest := strings.TrimLeft(word[i:], " \t")
			start := lead + len(word) - len(rest)
			value := strings.TrimRight(rest, " \t")
			if j := strings.LastIndex(value, " !"); j >= 0 {
				value = strings.TrimRight(value[:j], " \t")
			}
			l.Keyword, l.Value, l.Tail = word[:i], value, rest[len(value):]
			l.Pos = props.Position{Name: path, Line: line, Column: start + 1, Offset: offset + start}
		}
		lines = append(lines, l)
		offset += len(raw)
		line++
	}
	return lines
}

func classpathKeyword(w string) bool {
	return slices.Contains([]string{"dir", "set", "file", "jardir", "nativedir"}, w)
}
