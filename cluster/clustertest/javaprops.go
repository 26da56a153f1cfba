package clustertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// storeProperties writes a properties file as java.util.Properties.store does,
// but with the keys sorted, as installed servers have them: comments, the date
// as a comment, and escaped key=value lines.
func storeProperties(values map[string]string, at time.Time, crlf bool, comments ...string) []byte {
	end := "\n"
	if crlf {
		end = "\r\n"
	}
	var b strings.Builder
	for _, c := range comments {
		b.WriteString("#" + c + end)
	}
	b.WriteString("#" + at.UTC().Format("Mon Jan 02 15:04:05 UTC 2006") + end)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		b.WriteString(javaEscape(key, true) + "=" + javaEscape(values[key], false) + end)
	}
	return []byte(b.String())
}

// javaEscape escapes a key or a value: a backslash before \ = : # !, before
// every blank of a key and the first of a value; letters for tab, line feed,
// return and form feed; and \uXXXX beyond printable ASCII.
func javaEscape(s string, key bool) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == ' ' && (key || i == 0), strings.ContainsRune(`\=:#!`, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < 0x20 || r > 0x7e:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04X`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
