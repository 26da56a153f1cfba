package cluster

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// plain makes a text safe for one line of a terminal: what does not print is
// escaped as Go escapes it, the rest stays. Names and paths come from files
// and topologies, so they may hold anything.
func plain(s string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && strconv.IsPrint(r) {
			b.WriteString(s[i : i+n])
		} else {
			q := strconv.Quote(s[i : i+n])
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}
