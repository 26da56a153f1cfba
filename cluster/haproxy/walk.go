package haproxy

import (
	"slices"
	"strconv"
)

// maxSteps bounds the ways that are followed: frontends times servers times
// addresses. A balancer of hundreds of each stays below it.
const maxSteps = 1 << 20

// teller follows connections from the frontends to the members.
type teller struct {
	*Config
	options Options
	// hosts are the members by host.
	hosts map[string][]int
	// cookies are the session cookies that the members set.
	cookies map[string]bool
	// found: a server line has a host of the members.
	found bool
	steps int

	// reached are the ports that connections certainly reach, by member; maybe
	// those that they may reach, and why that is not certain.
	reached map[int]map[int]bool
	maybe   map[int]map[int]where
	// jms and webSocket: such a port is certainly reached.
	jms, webSocket bool
	web            struct {
		// seen: a connection reaches a web port, or may.
		seen bool
		// lost: a backend keeps no sessions; mayLose is where one that is used
		// under a condition does not.
		lost                  bool
		mayLose               where
		atBalancer, atServers bool
		// addresses are where users come in, maybe where they may.
		addresses map[string]bool
		maybe     map[string]where
	}
	kept map[keptKey]bool
	// tables are the stick tables, by the names of their proxies.
	tables map[string]*stickTable

	// open are the facts that are not clear; said is why.
	open factSet
	said []saying
	once map[saying]int
	told map[*source]bool
	ends map[*proxy]*end
}

// end is what a backend is to the members.
type end struct {
	// servers are those with a member's host.
	servers []server
	// may: others could be members too, but their addresses are not clear.
	may bool
}

type where struct {
	line   int
	reason string
}

type saying struct {
	line   int
	reason string
	facts  factSet
}

type keptKey struct {
	front, back *proxy
	http, maybe bool
	// tls: users come with it.
	tls bool
}

func newTeller(c *Config, o Options) *teller {
	t := &teller{
		Config: c, options: o, hosts: map[string][]int{}, cookies: map[string]bool{},
		reached: map[int]map[int]bool{}, maybe: map[int]map[int]where{},
		kept: map[keptKey]bool{}, once: map[saying]int{}, told: map[*source]bool{}, ends: map[*proxy]*end{},
	}
	t.tables = map[string]*stickTable{}
	t.web.addresses, t.web.maybe = map[string]bool{}, map[string]where{}
	for i, m := range o.Members {
		for _, h := range m.Hosts {
			if h = foldHost(h); !slices.Contains(t.hosts[h], i) {
				t.hosts[h] = append(t.hosts[h], i)
			}
		}
		if m.HTTP > 0 {
			t.cookies["JSESSIONID_"+strconv.Itoa(m.HTTP)] = true
		}
	}
	return t
}

// unclear opens facts and says why, once.
func (t *teller) unclear(line int, f factSet, reason string) {
	if f == 0 {
		return
	}
	t.open |= f
	key := saying{line: line, reason: reason}
	i, ok := t.once[key]
	if !ok {
		i = len(t.said)
		t.once[key] = i
		t.said = append(t.said, key)
	}
	t.said[i].facts |= f
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
			t.unclear(d.line, d.topics.facts(web), d.reason)
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
			if len(t.hosts[s.host]) > 0 {
				e.servers = append(e.servers, s)
			}
		}
		t.ends[x] = e
		t.found = t.found || len(e.servers) > 0
	}
	if !t.found {
		t.unclear(0, everyFact, "no server line has a host of the members")
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
	return slices.ContainsFunc(x.own, func(d doubt) bool { return d.topics == topicAll })
}

// from follows what comes in at one frontend.
func (t *teller) from(front *proxy) {
	rules := slices.Clone(front.rules)
	if !front.decided {
		switch {
		case front.fallback != nil:
			rules = append(rules, *front.fallback)
		case front.back:
			rules = append(rules, rule{backend: front.name})
		}
	}
	leads := false
	at := map[string]int{}
	for _, r := range rules {
		if i, seen := at[r.backend]; seen && (i == 1 || r.conditional) {
			continue // it has been followed, and as certainly
		}
		at[r.backend] = 1
		if r.conditional {
			at[r.backend] = 2
		}
		if r.backend == variable {
			if t.found {
				t.unclear(r.line, everyFact, "which backend is used is decided while HAProxy runs")
			}
			continue
		}
		backs := t.backs[r.backend]
		if r.line == 0 {
			backs = []*proxy{front} // a listen section's own servers
		}
		for _, back := range backs {
			if e := t.ends[back]; back.disabled || len(e.servers) == 0 && !e.may {
				continue
			}
			leads = true
			if len(backs) > 1 {
				t.unclear(r.line, everyFact, "several backends have the name")
			}
			t.along(front, back, r)
		}
	}
	if !leads && t.found && front.unsure() {
		// What is not clear of it could lead to the members.
		t.doubts(&front.source, true)
	}
}

// along follows connections from a frontend to one backend.
func (t *teller) along(front, back *proxy, r rule) {
	web := t.ends[back].may
	for _, s := range t.ends[back].servers {
		for _, i := range t.hosts[s.host] {
			for _, b := range front.binds {
				if t.steps++; t.steps > maxSteps {
					t.unclear(0, everyFact, "there are too many ways through this configuration")
					return
				}
				web = t.connection(front, back, r, b, s, i) || web
			}
		}
	}
	t.doubts(&front.source, web)
	t.doubts(&back.source, web)
}

// connection is one way: an address of the frontend, a server, a member. It
// reports whether it may lead to a web port.
func (t *teller) connection(front, back *proxy, r rule, b bind, s server, i int) (web bool) {
	if s.params.off == yes || s.params.drained == yes {
		return false
	}
	m := t.options.Members[i]
	doubt := where{}
	switch {
	case s.params.off == unclear || s.params.drained == unclear:
		doubt = where{s.line, "whether the server takes part is not certain"}
	case r.conditional && !t.options.Conditions:
		doubt = where{r.line, "the backend is used under a condition"}
	case redirectsAll(front, back):
		doubt = where{b.line, "every request is redirected to https"}
	case !b.tls && (front.redirects || back.redirects) && (front.mode == modeHTTP || back.mode == modeHTTP):
		doubt = where{b.line, "plain HTTP is redirected to https, as far as the condition says"}
	}
	for _, port := range t.ports(b, s, m) {
		if doubt.line > 0 {
			t.may(port, i, doubt)
		} else {
			t.reach(port, i, m)
		}
		if port == m.HTTP || port == m.HTTPS {
			web = true
			t.webConnection(front, back, r, b, s, m, port)
		}
	}
	if !s.port.fixed && b.portsWhy != "" {
		t.unclear(b.line, everyFact, "the port has "+b.portsWhy+", and the server uses the client's")
		web = true
	}
	return web
}

func (t *teller) may(port, i int, w where) {
	if t.maybe[port] == nil {
		t.maybe[port] = map[int]where{}
	}
	if _, said := t.maybe[port][i]; !said {
		t.maybe[port][i] = w
	}
}

func (t *teller) reach(port, i int, m Member) {
	if t.reached[port] == nil {
		t.reached[port] = map[int]bool{}
	}
	t.reached[port][i] = true
	t.jms = t.jms || port == m.JMS && port != m.HTTP && port != m.HTTPS
	t.webSocket = t.webSocket || port == m.WebSocket && port != m.HTTP && port != m.HTTPS
}

// ports are the ports of a member that a server line leads to. Of a range only
// those that the member uses: nobody listens on the others.
func (t *teller) ports(b bind, s server, m Member) []int {
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
