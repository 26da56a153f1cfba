// Package hostname compares the names and addresses of hosts as text: nothing is
// looked up.
package hostname

import (
	"net/netip"
	"strings"
)

// Fold is what two spellings of one host have in common: letter case, the
// brackets of an IPv6 address, its way of writing zeros, and the dot of the root
// of DNS do not matter.
func Fold(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	host = strings.Trim(strings.TrimSuffix(host, "."), "[]")
	if a, ok := address(host); ok {
		return a.Unmap().String()
	}
	return host
}

// address reads an IP address. Names, which most hosts have, cost nothing.
func address(host string) (netip.Addr, bool) {
	if !strings.Contains(host, ":") && strings.Trim(host, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

// Loopback reports whether a host means the machine that uses it.
func Loopback(host string) bool {
	host = Fold(host)
	if a, ok := address(host); ok {
		return a.IsLoopback() || a.IsUnspecified()
	}
	switch host {
	case "localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback":
		return true
	}
	// The resolver of most systems reads numbers that are no address, too.
	return strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") && strings.Trim(host, "0123456789.") == ""
}

// Short is the first label of a name; an address has none but itself.
func Short(host string) string { return short(Fold(host)) }

// short is Short of a host that is folded already.
func short(host string) string {
	if _, ok := address(host); ok {
		return host
	}
	name, _, _ := strings.Cut(host, ".")
	return name
}

// Same reports whether two texts can be one host: they are equal once folded, or
// one is the other's name without its domain.
func Same(a, b string) bool {
	a, b = Fold(a), Fold(b)
	return a != "" && b != "" && (a == b || (!strings.Contains(a, ".") || !strings.Contains(b, ".")) && short(a) == short(b))
}

// Split takes "host", "host:port", "[v6]" and "[v6]:port" apart; an IPv6 address
// without brackets has no port.
func Split(s string) (host, port string) {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, _ = strings.Cut(rest, "]")
		return host, strings.TrimPrefix(port, ":")
	}
	if strings.Count(s, ":") > 1 {
		if _, err := netip.ParseAddr(s); err == nil {
			return s, ""
		}
	}
	host, port, _ = strings.Cut(s, ":")
	return host, port
}
