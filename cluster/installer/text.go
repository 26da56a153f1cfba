package installer

import (
	"cmp"
	"net"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/jdbc"
)

// parseAgentURI reads wss://host:port, and gives host:port. ok is false for a text
// of another form, credentials and a path included.
func parseAgentURI(text string) (a hostname.URL, address string, ok bool) {
	a, _ = hostname.Parse(text)
	_, rest, _ := strings.Cut(strings.TrimSuffix(text, "/"), "://")
	return a, net.JoinHostPort(a.Host, a.Port), a.Scheme == "wss" && a.Host != "" && a.Port != "" && !strings.ContainsAny(rest, "@/?#")
}

// sameDatabase compares what two JDBC URLs mean: whether it is one database, and
// whether its hosts are named alike. ok is false where one of them cannot be
// read.
func sameDatabase(a, b string) (database, hosts, ok bool) {
	x, okX := jdbc.Parse(a)
	y, okY := jdbc.Parse(b)
	if !okX || !okY {
		return false, false, false
	}
	database = x.Vendor == y.Vendor && x.Name == y.Name && cmp.Or(x.Schema, y.Schema) == cmp.Or(y.Schema, x.Schema)
	return database, x.Address() == y.Address(), true
}

// namesItself reports whether a JDBC URL names the machine that uses it.
func namesItself(text string) bool {
	u, ok := jdbc.Parse(text)
	return ok && u.Loopback()
}
