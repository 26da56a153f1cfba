package sarif

import (
	"net/url"
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
			return "file://" + percent(path)
		}
		return percent(path)
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if host, ok := strings.CutPrefix(path, "//"); ok {
		return "file://" + percent(strings.TrimLeft(host, "/"))
	}
	return "file:///" + path[:2] + percent(path[2:])
}

// percent encodes every byte but the unreserved ones of RFC 3986 and slashes.
func percent(s string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(s))
}
