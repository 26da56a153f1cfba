package haproxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// webConnection looks at where TLS ends, at sessions and at the URL.
func (t *teller) webConnection(front, back *proxy, r rule, b bind, s server, m Member, port int) {
	t.web.seen = true
	http := front.mode == modeHTTP || back.mode == modeHTTP
	t.sessions(back, http, r.conditional && !t.options.Conditions)
	scheme := "http"
	switch {
	case b.local || b.localWhy != "":
		why := "it is reached from this machine, in a way that this reader does not follow"
		if b.localWhy != "" {
			why = "the address has " + b.localWhy
		}
		t.unclear(b.line, set(factTLS, factURLs), why)
		return
	case b.tlsWhy != "":
		t.unclear(b.line, set(factTLS, factURLs), "whether TLS ends here is not certain: "+b.tlsWhy)
		return
	case b.tls:
		scheme = "https"
		t.web.atBalancer = true
	case s.params.tls == unclear:
		t.unclear(s.line, set(factTLS), "whether the balancer encrypts is not certain")
	case port == m.HTTPS && port != m.HTTP && s.params.tls == no && http:
		t.unclear(s.line, set(factTLS), "plain HTTP goes to the member's HTTPS port")
	case port == m.HTTPS && port != m.HTTP && s.params.tls == no:
		scheme = "https"
		t.web.atServers = true
	}
	switch {
	case b.portsWhy != "":
		t.unclear(b.line, set(factURLs), "the port has "+b.portsWhy)
	case b.ports.low != b.ports.high && s.port.fixed:
		t.unclear(b.line, set(factURLs), "a range of ports leads to one port of the members")
	default:
		outside := b.ports.low
		if b.ports.low != b.ports.high {
			outside = port - s.port.number
		}
		url := address(scheme, t.options.Host, outside)
		if r.conditional && !t.options.Conditions {
			t.web.maybe[url] = where{r.line, "the backend is used under a condition"}
		} else {
			t.web.addresses[url] = true
		}
	}
}

// sessions asks once for each backend whether it keeps sessions on one member.
func (t *teller) sessions(back *proxy, http, conditional bool) {
	key := keptKey{back, http, conditional}
	if t.kept[key] {
		return
	}
	t.kept[key] = true
	d, line, reason := back.affinity(http, t.cookies)
	switch {
	case d == unclear:
		t.unclear(line, set(factAffinity), reason)
	case d == no && conditional:
		t.web.mayLose = where{back.servers[0].line, "the backend keeps no sessions, and is used under a condition"}
	case d == no:
		t.web.lost = true
	}
}

func (t *teller) urls() []string {
	return slices.Sorted(maps.Keys(t.web.addresses))
}

func address(scheme, host string, port int) string {
	if host = foldHost(host); strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		return scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, port)
}
