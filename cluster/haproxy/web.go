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
	http := w.http()
	key := keptKey{front, back, http, w.doubt.Line > 0 || w.bind.local || w.bind.localWhy != "", w.bind.tls || w.bind.tlsWhy != ""}
	if t.kept[key] {
		return
	}
	t.kept[key] = true
	k := t.keeping(back, http)
	switch {
	case k.decision == unclear:
		t.Unclear(k.line, balancer.Affinity, k.reason)
	case k.decision == no && key.maybe:
		t.MayLose = balancer.At(back.servers[0].line, "the backend keeps no sessions, and it is not certain that users come to it")
	case k.decision == no:
		t.Lost = cmp.Or(t.Lost, balancer.At(cmp.Or(back.balance.line, back.line), "the backend keeps no sessions"))
	case k.by == bySource:
		if line := cmp.Or(front.setsSource, back.setsSource); line > 0 {
			t.Unclear(line, balancer.Affinity, "sessions are kept by the client's address, which is changed here")
		}
	case k.by == byHash:
		if line := cmp.Or(front.setsHost, back.setsHost); line > 0 {
			t.Unclear(line, balancer.Affinity, "sessions are kept by the host that is asked for, which is changed here")
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
		t.Unclear(line, balancer.Affinity, "sessions are kept by a cookie, and headers with cookies are changed here")
	}
	c := back.cookie
	if c == nil || k.line != c.line {
		return // it is the servers' own
	}
	if c.secure && !key.tls {
		t.Unclear(c.line, balancer.Affinity, "browsers do not send this cookie over plain HTTP, by which users may come")
	}
	if !c.covers(t.Host) {
		t.Unclear(c.line, balancer.Affinity, "the cookie is for a domain which the host that users dial is not known to be in")
	}
}
