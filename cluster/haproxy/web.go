package haproxy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// webConnection looks at where TLS ends, at sessions and at the URL.
func (t *teller) webConnection(w way, m Member, port int) {
	t.web.seen = true
	t.sessions(w)
	b, s := w.bind, w.server
	http := w.front.mode == modeHTTP || w.back.mode == modeHTTP
	secure := port == m.HTTPS && port != m.HTTP
	scheme := "http"
	switch {
	case b.localWhy != "":
		t.unclear(b.line, set(factTLS, factURLs), uncertain("the address", b.localWhy))
		return
	case b.local:
		t.unclear(b.line, set(factTLS, factURLs), "it is reached from this machine, in a way that this reader does not follow")
		return
	case b.tlsWhy != "":
		t.unclear(b.line, set(factTLS, factURLs), uncertain("whether TLS ends here", b.tlsWhy))
		return
	case s.params.tls == unclear:
		t.unclear(s.line, set(factTLS), uncertain("whether the balancer encrypts", s.params.why))
	case secure && s.params.tls == no && b.tls:
		t.unclear(s.line, set(factTLS), "TLS ends at the balancer, and plain text goes to the member's HTTPS port")
	case secure && s.params.tls == no && http:
		t.unclear(s.line, set(factTLS), "plain HTTP goes to the member's HTTPS port")
	case !secure && s.params.tls == yes:
		t.unclear(s.line, set(factTLS), "TLS goes to the member's HTTP port")
	case b.tls:
		t.web.atBalancer = true
	case secure && s.params.tls == no:
		scheme = "https"
		t.web.atServers = true
	}
	if b.tls {
		scheme = "https"
	}
	switch {
	case b.portsWhy != "":
		t.unclear(b.line, set(factURLs), uncertain("the port", b.portsWhy))
	case b.ports.low != b.ports.high && s.port.fixed:
		t.unclear(b.line, set(factURLs), "a range of ports leads to one port of the members")
	default:
		outside := b.ports.low
		if b.ports.low != b.ports.high {
			outside = port - s.port.number
		}
		if url := address(scheme, t.options.Host, outside); w.users.line > 0 {
			t.web.maybe[url] = w.users
		} else {
			t.web.addresses[url] = true
		}
	}
}

// keeping is affinity, asked once.
func (t *teller) keeping(back *proxy, http bool) keeping {
	key := keptKey{back: back, http: http}
	k, known := t.keeps[key]
	if !known {
		k = t.affinity(back, http)
		t.keeps[key] = k
	}
	return k
}

// sessions asks once for each way to a backend whether it keeps sessions on one
// member.
func (t *teller) sessions(w way) {
	front, back := w.front, w.back
	http := front.mode == modeHTTP || back.mode == modeHTTP
	key := keptKey{front, back, http, w.doubt.line > 0 || w.bind.local || w.bind.localWhy != "", w.bind.tls || w.bind.tlsWhy != ""}
	if t.kept[key] {
		return
	}
	t.kept[key] = true
	k := t.keeping(back, http)
	switch {
	case k.decision == unclear:
		t.unclear(k.line, set(factAffinity), k.reason)
	case k.decision == no && key.maybe:
		t.web.mayLose = where{back.servers[0].line, "the backend keeps no sessions, and it is not certain that users come to it"}
	case k.decision == no:
		t.web.lost = true
	case k.by == bySource:
		if line := cmp.Or(front.setsSource, back.setsSource); line > 0 {
			t.unclear(line, set(factAffinity), "sessions are kept by the client's address, which is changed here")
		}
	case k.by == byHash:
		if line := cmp.Or(front.setsHost, back.setsHost); line > 0 {
			t.unclear(line, set(factAffinity), "sessions are kept by the host that is asked for, which is changed here")
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
	if c.secure && !key.tls {
		t.unclear(c.line, set(factAffinity), "browsers do not send this cookie over plain HTTP, by which users may come")
	}
	if !c.covers(t.options.Host) {
		t.unclear(c.line, set(factAffinity), "the cookie is for a domain which the host that users dial is not known to be in")
	}
}

func (t *teller) urls() []string {
	return slices.Sorted(maps.Keys(t.web.addresses))
}

func address(scheme, host string, port int) string {
	if host = hostname.Fold(host); strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		return scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, port)
}
