package haproxy

import (
	"slices"
	"strconv"

	"github.com/deploycluster/deploycluster/internal/balancer"
)

// teller follows connections from the frontends to the members.
type teller struct {
	*Config
	*balancer.Teller
	conditions bool
	// kept are the ways whose sessions have been judged, keeps what backends do.
	kept  map[keptKey]bool
	keeps map[keptKey]balancer.Keeping
	// tables are the stick tables, by the names of their proxies.
	tables map[string]*stickTable
	// inner is a section that is reached from this machine.
	inner *proxy
	told  map[*source]bool
	ends  map[*proxy]*end
}

// end is what a backend is to the members.
type end struct {
	// servers are those with a member's host, or a host that is not certain.
	servers []server
	// may: others could be members too, but their addresses are not understood.
	may bool
}

type keptKey struct {
	front, back *proxy
	http, maybe bool
	// tls: users come with it.
	tls bool
}

func newTeller(c *Config, o Options) *teller {
	t := &teller{
		Config: c, conditions: o.Conditions, tables: map[string]*stickTable{},
		kept: map[keptKey]bool{}, keeps: map[keptKey]balancer.Keeping{}, told: map[*source]bool{}, ends: map[*proxy]*end{},
	}
	var members []balancer.Member
	for _, m := range o.Members {
		members = append(members, balancer.Member(m))
	}
	t.Teller = balancer.NewTeller(c.name, o.Host, members)
	return t
}

// doubts tells the doubts of a section and of the defaults behind it. told
// holds for each whether its web facts have been told too.
func (t *teller) doubts(s *source, web bool) {
	for ; s != nil; s = s.from {
		if all, told := t.told[s]; told && (all || !web) {
			return
		}
		t.told[s] = web
		for _, d := range s.own {
			if !web {
				d.facts &^= balancer.Affinity | balancer.TLSEnds | balancer.URLs
			}
			t.Unclear(d.line, d.facts, d.reason)
		}
	}
}

func (t *teller) walk() {
	for _, x := range t.proxies {
		if x.table != nil && t.tables[x.name] == nil {
			t.tables[x.name] = x.table
		}
		if !x.back {
			continue
		}
		e := &end{may: x.unsure()}
		for _, s := range x.servers {
			if len(t.At(s.host)) > 0 || s.hostWhy != "" {
				e.servers = append(e.servers, s)
			}
		}
		t.ends[x] = e
		t.Found = t.Found || len(e.servers) > 0
	}
	if !t.Found {
		t.Unclear(0, balancer.All, "no server line has a host of the members")
	}
	for _, front := range t.proxies {
		if front.front && !front.disabled {
			t.from(front)
		}
	}
}

// unsure reports a doubt about everything: what stands there could be a way to
// the members.
func (x *proxy) unsure() bool {
	return slices.ContainsFunc(x.own, func(d doubt) bool { return d.facts == balancer.All })
}

// choice is a backend that requests from one address may come to.
type choice struct {
	line  int
	backs []*proxy
	// certain: all that comes there does. steady: for all requests of one client
	// the same is decided.
	certain, steady bool
}

// choices are the backends that a frontend chooses from for what comes in at an
// address, in order; the last one takes all the rest.
func (t *teller) choices(front *proxy, b bind) (out []choice) {
	seen := map[string]bool{}
	edited := front.setsSource > 0 || front.setsHost > 0
	add := func(r rule, holds decision) (ended bool) {
		if r.why != "" && holds != no {
			if t.Found {
				t.Unclear(r.line, balancer.All, "which backend is used is decided while HAProxy runs, by "+r.why)
			}
			return holds == yes
		}
		if holds == no || seen[r.backend] && holds != yes {
			return false
		}
		seen[r.backend] = true
		out = append(out, choice{line: r.line, backs: t.backs[r.backend], certain: holds == yes, steady: holds == yes || front.steady(r.condition) && !edited})
		return holds == yes
	}
	for _, r := range front.rules {
		if t.TooFar(1) || add(r, front.holds(r.condition, b)) {
			return out
		}
	}
	if front.fallback != nil {
		add(*front.fallback, yes)
	} else if front.back {
		out = append(out, choice{line: front.line, backs: []*proxy{front}, certain: true, steady: true})
	}
	return out
}

// from follows what comes in at one frontend.
func (t *teller) from(front *proxy) {
	leads := false
	for _, b := range front.binds {
		passes, at := t.passes(front, b, front.mode == modeHTTP)
		if passes == no {
			t.Answered = at
			continue
		}
		// moving is a backend that some requests of a client come to and others do
		// not.
		var moving *proxy
		for _, c := range t.choices(front, b) {
			for _, back := range c.backs {
				if e := t.ends[back]; back.disabled || len(e.servers) == 0 && !e.may {
					continue
				}
				leads = true
				if len(c.backs) > 1 {
					t.Unclear(c.line, balancer.All, "several backends have the name")
				}
				w := way{front: front, back: back, bind: b, choice: c, doubt: at}
				if !t.along(w) {
					continue
				}
				if moving != nil && !t.agree(moving, back, w.http()) {
					t.Unclear(c.line, balancer.Affinity, "requests of one client may come to this backend or to that of line "+
						strconv.Itoa(moving.line)+", which may send it to different members")
				}
				if moving == nil && !c.steady {
					moving = back
				}
			}
		}
	}
	if !leads && t.Found && front.unsure() {
		// What is not clear of it could lead to the members.
		t.doubts(&front.source, true)
	}
}

// agree reports that two backends send a client to the same member, or that one
// of them is known not to keep it on one.
func (t *teller) agree(a, b *proxy, http bool) bool {
	x, y := t.keeping(a, http), t.keeping(b, http)
	return a == b || !x.Kept || !y.Kept || x.Way == y.Way
}

// passes tells whether what comes in at an address gets past the rules of a
// section that answer, redirect or refuse. at is where that is not certain.
func (t *teller) passes(x *proxy, b bind, http bool) (d decision, at balancer.Place) {
	var list []*ending
	for e := x.settings.ends; e != nil && len(list) < maxTests; e = e.before {
		list = append(list, e)
	}
	t.TooFar(len(list))
	allowed := map[string]decision{}
	for _, e := range slices.Backward(list) {
		if e.http && !http {
			continue
		}
		switch holds := x.holds(e.condition, b); {
		case holds == no || allowed[e.set] == yes:
		case e.allow:
			allowed[e.set] = max(allowed[e.set], holds)
		case holds == yes && allowed[e.set] == no:
			return no, balancer.At(e.line, "every request is answered or redirected here")
		case e.https && !b.tls && at.Line == 0:
			at = balancer.At(e.line, "plain HTTP is redirected to https, as far as the condition says")
		}
	}
	return yes, at
}

// way is what connections take: an address, a choice of the frontend, a
// backend, a server, a member.
type way struct {
	front, back *proxy
	bind        bind
	choice      choice
	server      server
	// doubt says why it is not certain that connections come along, users why it
	// is not certain that the members' users do.
	doubt, users balancer.Place
}

// http reports whether requests are looked at on the way.
func (w way) http() bool { return w.front.mode == modeHTTP || w.back.mode == modeHTTP }

// along follows connections from a frontend to one backend. It reports whether
// they may come to a web port.
func (t *teller) along(w way) (web bool) {
	passes, at := t.passes(w.back, w.bind, w.http())
	if passes == no {
		t.Answered = at
		return false
	}
	switch {
	case w.doubt.Line > 0:
	case !w.choice.certain && !t.conditions:
		w.doubt = balancer.At(w.choice.line, "the backend is used under a condition")
	default:
		w.doubt = at
	}
	web = t.ends[w.back].may
	for _, w.server = range t.ends[w.back].servers {
		if p := w.server.params; p.off == yes || p.drained == yes {
			continue
		}
		if w.server.hostWhy != "" {
			for i := range t.Members {
				web = t.connection(w, i) || web
			}
			continue
		}
		for _, i := range t.At(w.server.host) {
			web = t.connection(w, i) || web
		}
	}
	t.doubts(&w.front.source, web)
	t.doubts(&w.back.source, web)
	return web
}

// connection is one way to one member. It reports whether it may lead to a web
// port.
func (t *teller) connection(w way, i int) (web bool) {
	if t.TooFar(1) {
		return false
	}
	m, s := t.Members[i], w.server
	switch {
	case w.doubt.Line > 0:
		w.users = w.doubt
	case s.hostWhy != "":
		w.doubt = balancer.At(s.line, uncertain("the server's host", s.hostWhy))
		w.users = w.doubt
	case s.params.off == unclear || s.params.drained == unclear:
		w.doubt = balancer.At(s.line, uncertain("whether the server takes part", s.params.why))
	}
	why, at := s.port.why, s.line
	if why == "" && !s.port.fixed {
		why, at = w.bind.portsWhy, w.bind.line
	}
	if why != "" {
		t.Unclear(at, balancer.All&^balancer.Affinity, uncertain("the port", why))
		t.WebSeen = true
		t.sessions(w)
		return true
	}
	for _, port := range t.ports(w.bind, s, m) {
		t.Reach(port, i, w.doubt)
		if port == m.HTTP || port == m.HTTPS {
			web = true
			t.webConnection(w, m, port)
		}
	}
	return web
}

// ports are the ports of a member that a server line leads to. Of a range only
// those that the member uses: nobody listens on the others.
func (t *teller) ports(b bind, s server, m balancer.Member) []int {
	if s.port.fixed {
		return []int{s.port.number}
	}
	low, high := b.ports.low+s.port.number, b.ports.high+s.port.number
	if b.ports.low == 0 {
		return nil // a socket file, or not clear
	}
	if low == high && low > 0 && low <= 65535 {
		return []int{low}
	}
	var out []int
	for _, p := range []int{m.HTTP, m.HTTPS, m.JMS, m.WebSocket} {
		if p > 0 && low <= p && p <= high && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
