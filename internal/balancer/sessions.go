package balancer

import "cmp"

// Basis is what sessions are kept by.
type Basis uint8

const (
	ByMachine Basis = iota // there is but one server
	ByHash
	BySource
	ByCookie
)

// Keeping is whether a client is kept on one server.
type Keeping struct {
	Kept bool
	// Doubt is why that is not certain.
	Doubt Place
	By    Basis
	// Way is equal for two that send a client to the same member.
	Way string
	// Cookie is the line of the balancer's own cookie, 0 for none. Secure: browsers do
	// not send it over plain HTTP.
	Cookie int
	Secure bool
}

// Users are those who come to some servers.
type Users struct {
	// Backend is what messages call the servers together, Line where that begins.
	Backend string
	Line    int
	// Maybe: it is not certain that users come. TLS: they come with it.
	Maybe, TLS bool
	// Source, Host and Cookies are lines that change the client's address, the Host
	// header and headers with cookies, 0 for none.
	Source, Host, Cookies int
}

// Sessions notes whether sessions of users are kept.
func (t *Teller) Sessions(k Keeping, u Users) {
	by, changed := "", 0
	switch k.By {
	case BySource:
		by, changed = "the client's address, which is changed here", u.Source
	case ByHash:
		by, changed = "the host that is asked for, which is changed here", u.Host
	case ByCookie:
		by, changed = "a cookie, and headers with cookies are changed here", u.Cookies
	}
	switch {
	case k.Doubt.Reason != "":
		t.Unclear(k.Doubt.Line, Affinity, k.Doubt.Reason)
	case !k.Kept && u.Maybe:
		t.MayLose = At(u.Line, u.Backend+" keeps no sessions, and it is not certain that users come to it")
	case !k.Kept:
		t.Lost = cmp.Or(t.Lost, At(u.Line, u.Backend+" keeps no sessions"))
	case changed > 0:
		t.Unclear(changed, Affinity, "sessions are kept by "+by)
	}
	if k.Secure && !u.TLS {
		t.Unclear(k.Cookie, Affinity, "browsers do not send this cookie over plain HTTP, by which users may come")
	}
}
