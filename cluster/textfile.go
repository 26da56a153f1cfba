package cluster

import (
	"bytes"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

// What makes a properties file unreadable as a whole, although Java loads it
// without an error.
const (
	// Java reads the mark as three characters of the first key.
	// (java.util.Properties, load: ISO-8859-1.)
	byteOrderMark = "begins with a byte order mark, which Java reads as part of the first key"
	wideText      = "is encoded in UTF-16 or UTF-32, which Java reads as a NUL beside every character"
	emptyText     = "is empty" // or nothing but white space
	cutOffText    = "ends in NUL characters, as a file does that was not written out before its machine went down"
	nulInText     = "has NUL characters in it"
)

// damaged reports a properties file that no editor of such files has left so.
func damaged(path, problem string) *FileError {
	e := &FileError{Path: path, Kind: GapMalformed, Reason: problem, Fix: "restore the file from a backup of this server"}
	switch problem {
	case byteOrderMark:
		e.Fix = "save the file without the byte order mark"
	case wideText:
		e.Fix = `save the file as ISO-8859-1, with \uXXXX for what that lacks`
	case nulInText:
		e.Fix = "remove the NUL characters, or restore the file from a backup of this server"
	}
	return e
}

// parseText reads a properties file that is not damaged as a whole.
func parseText(path string, data []byte) (*props.File, error) {
	if problem := textProblem(data); problem != "" {
		return nil, damaged(path, problem)
	}
	return props.Parse(path, data)
}

// textProblem looks at a file's bytes as a whole. It is empty where nothing is wrong.
func textProblem(data []byte) string {
	for _, mark := range [][]byte{{0xFF, 0xFE}, {0xFE, 0xFF}, {0, 0, 0xFE, 0xFF}} {
		if bytes.HasPrefix(data, mark) {
			return wideText
		}
	}
	rest, marked := bytes.CutPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	text := bytes.TrimRight(rest, "\x00")
	switch {
	case len(rest) > 0 && len(text) == 0:
		return cutOffText
	case len(bytes.TrimSpace(rest)) == 0:
		return emptyText
	case marked && !strings.HasPrefix(strings.TrimSpace(string(rest[:min(len(rest), 80)])), "#"):
		return byteOrderMark // before a comment it does no harm
	case wide(data):
		return wideText
	case len(text) < len(data):
		return cutOffText
	case slices.Contains(data, 0):
		return nulInText
	}
	return ""
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
