package clustertest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/props"
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
	for _, c := range append(comments, at.UTC().Format("Mon Jan 02 15:04:05 UTC 2006")) {
		b.WriteString("#" + c + end)
	}
	f, _ := props.Parse("", []byte(b.String())) // comments alone are no mistake
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f.Set(key, values[key])
	}
	return f.Bytes()
}
