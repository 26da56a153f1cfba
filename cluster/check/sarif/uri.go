package sarif

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// fileURI renders a path of a server as a URI (RFC 8089): file:///opt/ucd,
// file:///C:/ucd, and file://nas/share for a UNC path. A path that is not
// absolute becomes a relative reference. Bytes that are not plain letters,
// digits or unreserved marks are percent-encoded, whatever their encoding.
func fileURI(path string) string {
	if !serverpath.Windows(path) {
		if serverpath.Abs(path) {
			// An empty host keeps a path that begins with two slashes one.
			return "file://" + percent(path, "/")
		}
		return percent(path, "/")
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if host, ok := strings.CutPrefix(path, "//"); ok {
		return "file://" + percent(strings.TrimLeft(host, "/"), "/")
	}
	return "file:///" + path[:2] + percent(path[2:], "/")
}

// percent encodes every byte but the unreserved ones of RFC 3986 and those of
// keep.
func percent(s, keep string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80, strings.IndexByte("-._~", c) >= 0, strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}
