package haproxy

import (
	"cmp"

	"github.com/deploycluster/deploycluster/internal/balancer"
)

// webConnection looks at where TLS ends, at sessions and at the URL.
func (t *teller) webConnection(w way, m balancer.Member, port int) {
	t.WebSeen = true
	t.sessions(w)
	b, s := w.bind, w.server
	switch {
	case b.localWhy != "":
		t.Unclear(b.line, balancer.TLSEnds|balancer.URLs, uncertain("the address", b.localWhy))
		return
	case b.local:
		if t.inner != nil && t.inner != w.front {
			t.Unclear(b.line, balancer.Affinity, "several sections are reached from this machine, and which of them one client comes to is not followed")
		}
		t.inner = w.front
		t.Unclear(b.line, balancer.TLSEnds|balancer.URLs, "it is reached from this machine, in a way that this reader does not follow")
		return
	case b.tlsWhy != "":
		t.Unclear(b.line, balancer.TLSEnds|balancer.URLs, uncertain("whether TLS ends here", b.tlsWhy))
		return
	}
	scheme := "http"
	if b.tls {
		scheme = "https"
	}
	if s.params.tls == unclear {
		t.Unclear(s.line, balancer.TLSEnds, uncertain("whether the balancer encrypts", s.params.why))
	} else {
		secure := port == m.HTTPS && port != m.HTTP
		scheme = t.Web(balancer.Connection{Line: s.line, Secure: secure, Ended: b.tls, Encrypts: s.params.tls == yes, HTTP: w.http()})
	}
	switch {
	case b.portsWhy != "":
		t.Unclear(b.line, balancer.URLs, uncertain("the port", b.portsWhy))
	case b.ports.low != b.ports.high && s.port.fixed:
		t.Unclear(b.line, balancer.URLs, "a range of ports leads to one port of the members")
	default:
		outside := b.ports.low
		if b.ports.low != b.ports.high {
			outside = port - s.port.number
		}
		t.Address(scheme, outside, w.users)
	}
}

// keeping is affinity, asked once.
func (t *teller) keeping(back *proxy, http bool) balancer.Keeping {
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
	http := w.http()
	key := keptKey{front, back, http, w.doubt.Line > 0 || w.bind.local || w.bind.localWhy != "", w.bind.tls || w.bind.tlsWhy != ""}
	if t.kept[key] {
		return
	}
	t.kept[key] = true
	k := t.keeping(back, http)
	line := cmp.Or(back.balance.line, back.line)
	if key.maybe {
		line = back.servers[0].line
	}
	t.Sessions(k, balancer.Users{
		Backend: "the backend", Line: line, Maybe: key.maybe, TLS: key.tls,
		Source:  cmp.Or(front.setsSource, back.setsSource),
		Host:    cmp.Or(front.setsHost, back.setsHost),
		Cookies: cmp.Or(front.editsCookies, back.editsCookies),
	})
	if k.Cookie > 0 && !back.cookie.covers(t.Host) {
		t.Unclear(k.Cookie, balancer.Affinity, "the cookie is for a domain which the host that users dial is not known to be in")
	}
}
