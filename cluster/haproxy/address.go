package haproxy

import (
	"net/netip"
	"strconv"
	"strings"
)

// portRange are the ports of a bind address, both ends included.
type portRange struct{ low, high int }

// bind is one address that a frontend listens on.
type bind struct {
	line  int
	ports portRange
	// local: only this machine gets there, or a program that is not in the file.
	local bool
	// unclear says what of the line is not certain: the ports, or whether TLS
	// ends here.
	portsWhy, localWhy, tlsWhy string
	tls                        bool
}

// readBind reads one address of a bind line; ok is false where HAProxy would
// refuse it.
func readBind(text string) (b bind, ok bool) {
	family, rest, prefixed := strings.Cut(text, "@")
	if prefixed {
		switch family {
		case "ipv4", "ipv6":
			text = rest
		case "unix", "abns", "sockpair":
			return bind{local: true}, true
		default:
			return bind{portsWhy: "a kind of address that this reader does not know"}, true
		}
	}
	if strings.HasPrefix(text, "/") {
		return bind{local: true}, true
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 || strings.HasSuffix(text, "]") {
		if strings.Contains(text, variable) {
			return bind{portsWhy: whyVar, localWhy: whyVar}, true
		}
		return b, false
	}
	host, port := text[:i], text[i+1:]
	if strings.Contains(host, variable) {
		b.localWhy = whyVar
	}
	b.local = loopback(foldHost(host))
	if strings.Contains(port, variable) {
		b.portsWhy = whyVar
		return b, true
	}
	low, high, isRange := strings.Cut(port, "-")
	if !isRange {
		high = low
	}
	var lowOK, highOK bool
	b.ports.low, lowOK = portNumber(low)
	b.ports.high, highOK = portNumber(high)
	return b, lowOK && highOK && b.ports.low <= b.ports.high
}

// serverPort is where a server line sends connections.
type serverPort struct {
	// fixed: to number; otherwise to the client's port plus number.
	fixed  bool
	number int
}

// readServer reads the address of a server line. host is empty for what is no
// machine on the network.
func readServer(text string) (host string, port serverPort, why string, ok bool) {
	if strings.Contains(text, variable) {
		return "", port, whyVar, true
	}
	if family, rest, prefixed := strings.Cut(text, "@"); prefixed {
		switch family {
		case "ipv4", "ipv6":
			text = rest
		case "unix", "abns", "sockpair":
			return "", port, "", true
		default:
			return "", port, "a kind of address that this reader does not know", true
		}
	}
	if strings.HasPrefix(text, "/") {
		return "", port, "", true
	}
	host, number := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, number = text[:i], text[i+1:]
	}
	if number != "" {
		port.fixed = number[0] != '+' && number[0] != '-'
		var err error
		if port.number, err = strconv.Atoi(number); err != nil || port.number < -65535 || port.number > 65535 {
			return "", port, "", false
		}
		if port.fixed && port.number == 0 {
			port.fixed = false // as without a port
		}
	}
	host = foldHost(host)
	if host == "" || host == "*" || host == "0.0.0.0" || host == "::" {
		return "", port, "the address that the client meant", true
	}
	return host, port, "", true
}

func portNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n <= 65535 && text[0] != '+'
}

// foldHost is what two spellings of one host have in common: names have no
// letter case and may end in the root's dot, addresses have one spelling.
func foldHost(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String()
	}
	return strings.TrimSuffix(host, ".")
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}
