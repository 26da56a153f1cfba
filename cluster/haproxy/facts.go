package haproxy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
)

// Options say what is not in the file.
type Options struct {
	// Host is the name that users dial. It goes into the result, and the URLs
	// are made with it; empty, there are none.
	Host string
	// Members are the servers to look for.
	Members []Member
	// Conditions takes every condition of a use_backend line as met: for a
	// balancer that serves several applications, and tells them by the host.
	Conditions bool
}

// Unclear is a fact that could not be told from the file.
type Unclear struct {
	// Name and Line are the place; Line is 0 for the file as a whole.
	Name string
	Line int
	// Facts are the JSON names of the facts of cluster.LoadBalancer, in its
	// order.
	Facts []string
	// Reason says why.
	Reason string
}

// String renders the value as one line without its end.
func (u Unclear) String() string {
	at := u.Name
	if u.Line > 0 {
		at = fmt.Sprintf("%s:%d", u.Name, u.Line)
	}
	return fmt.Sprintf("%s: %s: not clear: %v", at, u.Reason, u.Facts)
}

// The facts, by their JSON names and in the order of cluster.LoadBalancer.
const (
	factURLs = iota
	factAffinity
	factPorts
	factTLS
	factJMS
	factWebSocket
	factCount

	everyFact factSet = 1<<factCount - 1
)

func factNames() [factCount]string {
	return [factCount]string{"urls", "affinity", "ports", "tlsEnds", "jms", "webSocket"}
}

// factSet is a set of facts.
type factSet uint8

func set(list ...int) (s factSet) {
	for _, f := range list {
		s |= 1 << f
	}
	return s
}

func (s factSet) has(f int) bool { return s&(1<<f) != 0 }

// facts are those that a topic stands for. web: the proxy leads to a web port,
// or might.
func (t topic) facts(web bool) (s factSet) {
	if t&topicPorts != 0 {
		s |= set(factPorts, factJMS, factWebSocket)
	}
	if web && t&topicAffinity != 0 {
		s |= set(factAffinity)
	}
	if web && t&topicTLS != 0 {
		s |= set(factTLS)
	}
	if web && t&topicURLs != 0 {
		s |= set(factURLs)
	}
	return s
}

// Facts tells what the configuration does for the members. What is unclear is
// left undeclared; the list says why, by line.
func (c *Config) Facts(o Options) (cluster.LoadBalancer, []Unclear) {
	t := newTeller(c, o)
	t.walk()
	return t.result()
}

// result makes the declared facts of what has been found.
func (t *teller) result() (cluster.LoadBalancer, []Unclear) {
	lb := cluster.LoadBalancer{Host: t.options.Host}
	t.holes()
	if len(t.reached)+len(t.maybe) == 0 && !t.open.has(factPorts) {
		t.unclear(0, set(factPorts), "no connection reaches the members")
		if t.answered.line > 0 {
			t.unclear(t.answered.line, set(factPorts), t.answered.reason)
		}
	}
	if !t.open.has(factPorts) {
		for port := range t.reached {
			lb.Ports = append(lb.Ports, port)
		}
		slices.Sort(lb.Ports)
	}
	lb.JMS = t.forwards(factJMS, t.jms)
	lb.WebSocket = t.forwards(factWebSocket, t.webSocket)
	if !t.web.seen && t.found {
		t.unclear(0, set(factAffinity, factTLS, factURLs), "no connection reaches a web port of the members")
	}
	if w := t.web.mayLose; w.line > 0 && !t.web.lost {
		t.unclear(w.line, set(factAffinity), w.reason)
	}
	if !t.open.has(factAffinity) {
		kept := !t.web.lost
		lb.Affinity = &kept
	}
	if !t.open.has(factTLS) {
		switch {
		case t.web.atBalancer && t.web.atServers:
			t.unclear(0, set(factTLS), "TLS ends at the balancer for some connections and at the servers for others")
		case t.web.atBalancer:
			lb.TLSEnds = cluster.TLSAtBalancer
		case t.web.atServers:
			lb.TLSEnds = cluster.TLSAtServers
		default:
			t.unclear(0, set(factTLS), "no connection with TLS reaches the members")
		}
	}
	if t.options.Host == "" {
		t.unclear(0, set(factURLs), "the host that users dial is not in the file")
	}
	for url, w := range t.web.maybe {
		if !t.web.addresses[url] {
			t.unclear(w.line, set(factURLs), w.reason)
		}
	}
	if !t.open.has(factURLs) {
		lb.URLs = t.urls()
	}
	return lb, t.list()
}

// forwards tells whether a port is balanced: found certainly, or not at all.
func (t *teller) forwards(fact int, found bool) *bool {
	if !found && t.open.has(fact) {
		return nil
	}
	t.open &^= set(fact)
	return &found
}

// holes finds web ports that connections reach on one member and not on
// another.
func (t *teller) holes() {
	for i, m := range t.options.Members {
		for _, port := range []int{m.HTTP, m.HTTPS} {
			by := t.reached[port]
			if _, may := t.maybe[port][i]; by == nil || by[i] || may {
				continue
			}
			other := t.options.Members[slices.Min(slices.Collect(maps.Keys(by)))]
			t.unclear(0, set(factPorts), fmt.Sprintf("no connection reaches port %d of %q, while one reaches that of %q", port, m.Name, other.Name))
		}
	}
	for port, members := range t.maybe {
		for i, w := range members {
			if t.reached[port][i] {
				continue
			}
			m := t.options.Members[i]
			f := set(factPorts)
			if port == m.JMS {
				f |= set(factJMS)
			}
			if port == m.WebSocket {
				f |= set(factWebSocket)
			}
			t.unclear(w.line, f, w.reason)
		}
	}
}

// list orders what is unclear by line, and drops what is declared all the same.
func (t *teller) list() (out []Unclear) {
	names := factNames()
	for _, d := range t.said {
		u := Unclear{Name: t.name, Line: d.line, Reason: d.reason}
		for f := range factCount {
			if d.facts.has(f) && t.open.has(f) {
				u.Facts = append(u.Facts, names[f])
			}
		}
		if len(u.Facts) > 0 {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b Unclear) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}
