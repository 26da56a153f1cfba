package nginx

import (
	"github.com/deploycluster/deploycluster/internal/balancer"
)

// teller follows connections to the members.
type teller struct {
	*balancer.Teller
	*Config
	kept map[*upstream]balancer.Keeping
}

func (t *teller) walk() {
	for _, p := range t.doubts {
		t.Unclear(p.Line, balancer.All, p.Reason)
	}
	for _, u := range t.upstreams {
		for _, s := range u.servers {
			t.Found = t.Found || len(t.At(s.host)) > 0
		}
	}
	for _, f := range t.fronts {
		for _, p := range f.passes {
			if u := t.target(f, p); u != nil && (u.why != "" || p.why != "") {
				t.Found = true
			}
			if host, _, ok := hostPort(p.name, p.port); ok && len(t.At(host)) > 0 {
				t.Found = true
			}
		}
	}
	if !t.Found {
		t.Unclear(0, balancer.All, "no server has a host of the members")
	}
	for _, f := range t.fronts {
		for _, l := range f.listens {
			t.from(f, l)
		}
		for _, p := range f.doubts {
			if t.Found {
				t.Unclear(p.Line, balancer.All, p.Reason)
			}
		}
	}
}

// target is the upstream that a proxy_pass leads to.
func (t *teller) target(f front, p pass) *upstream {
	if p.why != "" {
		return &upstream{line: p.line, why: p.why}
	}
	if u := t.upstreams[key(f.stream, p.name)]; u != nil {
		return u
	}
	host, port, ok := hostPort(p.name, p.port)
	if !ok {
		return &upstream{line: p.line, why: "the address is not understood"}
	}
	return &upstream{line: p.line, servers: []server{{line: p.line, host: host, port: port}}}
}

// from follows what comes in at one address.
func (t *teller) from(f front, l listen) {
	switch {
	case f.answers > 0:
		t.Answered = balancer.At(f.answers, "every request is answered here")
		return
	case f.answersPlain > 0 && !l.ssl:
		t.Answered = balancer.At(f.answersPlain, "every request without TLS is answered here")
		return
	}
	var first *balancer.Keeping
	for _, p := range f.passes {
		u := t.target(f, p)
		if u.why != "" {
			if t.Found {
				t.Unclear(u.line, balancer.All, u.why)
			}
			continue
		}
		web := false
		if t.TooFar(1 + len(u.servers)) {
			return
		}
		for _, s := range u.servers {
			if s.down {
				continue
			}
			for _, i := range t.At(s.host) {
				t.TooFar(1)
				t.Reach(s.port, i, balancer.Place{})
				if m := t.Members[i]; s.port == m.HTTP || s.port == m.HTTPS {
					web = true
					t.web(f, l, p, s, m)
				}
			}
		}
		if !web {
			continue
		}
		k, known := t.kept[u]
		if !known {
			k = u.keeps(t.Teller)
			t.kept[u] = k
		}
		t.sessions(l, u, k)
		if first == nil {
			first = &k
		} else if k.Kept && first.Kept && k.Way != first.Way {
			t.Unclear(p.line, balancer.Affinity, "requests of one client may come here or to another upstream, which may send it to different members")
		}
	}
}

// sessions notes whether an upstream keeps sessions.
func (t *teller) sessions(l listen, u *upstream, k balancer.Keeping) {
	t.Sessions(k, balancer.Users{
		Backend: "this upstream", Line: u.line, Maybe: l.local, TLS: l.ssl, Source: t.realIP, Cookies: t.cookieEdits,
	})
}

// web notes where TLS ends, and the URL.
func (t *teller) web(f front, l listen, p pass, s server, m balancer.Member) {
	t.WebSeen = true
	if l.local {
		t.Unclear(l.line, balancer.TLSEnds|balancer.URLs, "it is reached from this machine, in a way that this reader does not follow")
		return
	}
	secure := s.port == m.HTTPS && s.port != m.HTTP
	scheme := t.Web(balancer.Connection{Line: p.line, Secure: secure, Ended: l.ssl, Encrypts: p.tls, HTTP: !f.stream})
	t.Address(scheme, l.port, balancer.Place{})
}
