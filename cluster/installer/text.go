package installer

import (
	"cmp"
	"net"
	"net/url"

	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/jdbc"
)

// agentURI is agentcomm.uri cut into its parts, the host folded.
type agentURI struct{ scheme, host, port string }

// parseAgentURI reads wss://host:port. ok is false for a text of another form,
// credentials and a path included.
func parseAgentURI(text string) (a agentURI, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return a, false
	}
	a = agentURI{u.Scheme, hostname.Fold(u.Hostname()), u.Port()}
	return a, a.scheme == "wss" && a.port != "" && u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

// address is host:port.
func (a agentURI) address() string { return net.JoinHostPort(a.host, a.port) }

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
