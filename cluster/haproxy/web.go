package haproxy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// webConnection looks at where TLS ends, at sessions and at the URL.
func (t *teller) webConnection(front, back *proxy, r rule, b bind, s server, m Member, port int) {
	t.web.seen = true
	http := front.mode == modeHTTP || back.mode == modeHTTP
	t.sessions(keptKey{front, back, http, r.conditional && !t.options.Conditions, b.tls || b.tlsWhy != ""})
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
		if redirectsAll(front, back) {
			t.web.maybe[url] = where{b.line, "every request is redirected to https"}
		} else if r.conditional && !t.options.Conditions {
			t.web.maybe[url] = where{r.line, "the backend is used under a condition"}
		} else {
			t.web.addresses[url] = true
		}
	}
}

// sessions asks once for each way to a backend whether it keeps sessions on one
// member.
func (t *teller) sessions(key keptKey) {
	if t.kept[key] {
		return
	}
	t.kept[key] = true
	front, back := key.front, key.back
	k := back.affinity(key.http, t.cookies, t.tables)
	switch {
	case k.decision == unclear:
		t.unclear(k.line, set(factAffinity), k.reason)
	case k.decision == no && key.maybe:
		t.web.mayLose = where{back.servers[0].line, "the backend keeps no sessions, and is used under a condition"}
	case k.decision == no:
		t.web.lost = true
	case k.by == bySource:
		if line := cmp.Or(front.setsSource, back.setsSource); line > 0 {
			t.unclear(line, set(factAffinity), "sessions are kept by the client's address, which is changed here")
		}
	case k.by == byCookie:
		t.cookieArrives(key, k)
	}
}

// cookieArrives looks for what keeps a browser from bringing the cookie back by
// which sessions are kept.
func (t *teller) cookieArrives(key keptKey, k keeping) {
	front, back := key.front, key.back
	if line := cmp.Or(front.editsCookies, back.editsCookies); line > 0 {
		t.unclear(line, set(factAffinity), "sessions are kept by a cookie, and headers with cookies are changed here")
	}
	c := back.cookie
	if c == nil || k.line != c.line {
		return // it is the servers' own
	}
	if c.secure && !key.tls && !front.redirectsPlain && !back.redirectsPlain {
		t.unclear(c.line, set(factAffinity), "browsers do not send this cookie over plain HTTP, by which users may come")
	}
	if !c.covers(t.options.Host) {
		t.unclear(c.line, set(factAffinity), "the cookie is for a domain which the host that users dial is not known to be in")
	}
}

// redirectsAll reports that requests are answered before they get to a server.
func redirectsAll(front, back *proxy) bool {
	return (front.redirectsAll || back.redirectsAll) && (front.mode == modeHTTP || back.mode == modeHTTP)
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
