package cluster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

// TextProblem is what makes a properties file unreadable as a whole, although
// Java loads it without an error. The zero value is no problem.
type TextProblem int

const (
	// TextByteOrderMark: Java reads the mark as three characters of the first
	// key. (java.util.Properties, load: ISO-8859-1.)
	TextByteOrderMark TextProblem = iota + 1
	// TextWide: the file is UTF-16 or UTF-32, so that Java reads a NUL beside
	// every character.
	TextWide
	// TextEmpty: nothing is in the file, or nothing but white space.
	TextEmpty
	// TextCutOff: the file ends in NULs or holds nothing else, as a file does
	// whose content was lost when its machine went down.
	TextCutOff
	// TextNUL: there are NULs inside the text.
	TextNUL
)

// TextError reports a properties file that no editor of such files has left so.
type TextError struct {
	Path    string
	Problem TextProblem
}

func (e *TextError) Error() string { return fmt.Sprintf("%s: %s", e.Path, e.Reason()) }

// Reason says what is wrong, without the path.
func (e *TextError) Reason() string {
	switch e.Problem {
	case TextByteOrderMark:
		return "begins with a byte order mark, which Java reads as part of the first key"
	case TextWide:
		return "is encoded in UTF-16 or UTF-32, which Java reads as a NUL beside every character"
	case TextEmpty:
		return "is empty"
	case TextCutOff:
		return "ends in NUL characters, as a file does that was not written out before its machine went down"
	case TextNUL:
		return "has NUL characters in it"
	}
	return "is no text"
}

// Fix says what to do about it.
func (e *TextError) Fix() string {
	switch e.Problem {
	case TextByteOrderMark:
		return "save the file without the byte order mark"
	case TextWide:
		return `save the file as ISO-8859-1, with \uXXXX for what that lacks`
	case TextNUL:
		return "remove the NUL characters, or restore the file from a backup of this server"
	}
	return "restore the file from a backup of this server"
}

// parseText reads a properties file that is not damaged as a whole.
func parseText(path string, data []byte) (*props.File, error) {
	if problem := textProblem(data); problem != 0 {
		return nil, &TextError{Path: path, Problem: problem}
	}
	return props.Parse(path, data)
}

// textProblem looks at a file's bytes as a whole.
func textProblem(data []byte) TextProblem {
	for _, mark := range [][]byte{{0xFF, 0xFE}, {0xFE, 0xFF}, {0, 0, 0xFE, 0xFF}} {
		if bytes.HasPrefix(data, mark) {
			return TextWide
		}
	}
	rest, marked := bytes.CutPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	text := bytes.TrimRight(rest, "\x00")
	switch {
	case len(rest) > 0 && len(text) == 0:
		return TextCutOff
	case len(bytes.TrimSpace(rest)) == 0:
		return TextEmpty
	case marked && !strings.HasPrefix(strings.TrimSpace(string(rest[:min(len(rest), 80)])), "#"):
		return TextByteOrderMark // before a comment it does no harm
	case wide(data):
		return TextWide
	case len(text) < len(data):
		return TextCutOff
	case slices.Contains(data, 0):
		return TextNUL
	}
	return 0
}

// wide reports NULs at every other place, and nowhere else, as ASCII in UTF-16
// has them: a text of two characters is the shortest that shows it.
func wide(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	data = data[:len(data)&^1]
	zero := [2]int{}
	for i, b := range data {
		if b == 0 {
			zero[i&1]++
		}
	}
	half := len(data) / 2
	return zero[0] == 0 && zero[1] > half*3/4 || zero[1] == 0 && zero[0] > half*3/4
}
