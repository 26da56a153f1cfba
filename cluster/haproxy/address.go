package haproxy

import (
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// portRange are the ports of a bind address, both ends included.
type portRange struct{ low, high int }

// bind is one address that a frontend listens on.
type bind struct {
	line  int
	ports portRange
	// local: only this machine gets there, or a program that is not in the file.
	local bool
	tls   bool
	// portsWhy, localWhy and tlsWhy say what of it is not certain.
	portsWhy, localWhy, tlsWhy string
}

const whyFamily = "a kind of address that this reader does not know"

// family cuts the address family off. here is false for what is no address of
// the network, such as a socket file.
func family(text string) (rest string, here, known bool) {
	family, rest, prefixed := strings.Cut(text, "@")
	switch {
	case !prefixed:
		return text, !strings.HasPrefix(text, "/"), true
	case family == "ipv4" || family == "ipv6":
		return rest, true, true
	}
	return rest, false, family == "unix" || family == "abns" || family == "sockpair"
}

// readBind reads one address of a bind line; why is what makes its variables
// uncertain. ok is false where HAProxy would refuse it.
func readBind(text, why string) (b bind, ok bool) {
	text, here, known := family(text)
	if !known {
		return bind{portsWhy: whyFamily}, true
	}
	if !here {
		return bind{local: true}, true
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 || strings.HasSuffix(text, "]") {
		if strings.Contains(text, variable) {
			return bind{portsWhy: why, localWhy: why}, true
		}
		return b, false
	}
	host, port := text[:i], text[i+1:]
	if strings.Contains(host, variable) {
		b.localWhy = why
	}
	b.local = hostname.Loopback(host) && !anyAddress(hostname.Fold(host))
	if strings.Contains(port, variable) {
		b.portsWhy = why
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
	// why says why the port is not certain, empty if it is.
	why string
}

// readServer reads the address of a server line. host is empty for what is no
// machine on the network, and holds a variable where it is not certain.
func readServer(w word) (host string, port serverPort, why string, ok bool) {
	text, here, known := family(w.text)
	if !known {
		return "", port, whyFamily, true
	}
	if !here {
		return "", port, "", true
	}
	host, number := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, number = text[:i], text[i+1:]
	} else if strings.Contains(text, variable) {
		port.why = w.why // the value may bring a port
	}
	switch {
	case strings.Contains(number, variable):
		port.why = w.why
	case number != "":
		port.fixed = number[0] != '+' && number[0] != '-'
		var err error
		if port.number, err = strconv.Atoi(number); err != nil || port.number < -65535 || port.number > 65535 {
			return "", port, "", false
		}
		if port.fixed && port.number == 0 {
			port.fixed = false // as without a port
		}
	}
	host = hostname.Fold(host)
	if anyAddress(host) {
		return "", port, "the address that the client meant", true
	}
	return host, port, "", true
}

func portNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n <= 65535 && text[0] != '+'
}

// anyAddress reports a host that stands for whatever address there is.
func anyAddress(host string) bool {
	return host == "" || host == "*" || host == "0.0.0.0" || host == "::"
}
