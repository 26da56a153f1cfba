package balancer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// Result makes the declared facts of what has been found.
func (t *Teller) Result() (cluster.LoadBalancer, []Open) {
	lb := cluster.LoadBalancer{Host: t.Host}
	t.holes()
	if len(t.reached)+len(t.maybe) == 0 && t.open&Ports == 0 {
		t.Unclear(0, Ports, "no connection reaches the members")
		if t.Answered.Line > 0 {
			t.Unclear(t.Answered.Line, Ports, t.Answered.Reason)
		}
	}
	if t.open&Ports == 0 {
		lb.Ports = slices.Sorted(maps.Keys(t.reached))
	}
	lb.JMS = t.forwards(JMS, t.jms)
	lb.WebSocket = t.forwards(WebSocket, t.webSocket)
	if !t.WebSeen && t.Found {
		t.Unclear(0, Affinity|TLSEnds|URLs, "no connection reaches a web port of the members")
	}
	if w := t.MayLose; w.Line > 0 && t.Lost.Line == 0 {
		t.Unclear(w.Line, Affinity, w.Reason)
	}
	if t.open&Affinity == 0 {
		kept := t.Lost.Line == 0
		if lb.Affinity = &kept; !kept {
			lb.From = map[string]string{"affinity": t.Name + ":" + strconv.Itoa(t.Lost.Line)}
		}
	}
	if t.open&TLSEnds == 0 {
		switch {
		case t.AtBalancer && t.AtServers:
			t.Unclear(0, TLSEnds, "TLS ends at the balancer for some connections and at the servers for others")
		case t.AtBalancer:
			lb.TLSEnds = cluster.TLSAtBalancer
		case t.AtServers:
			lb.TLSEnds = cluster.TLSAtServers
		default:
			t.Unclear(0, TLSEnds, "no connection with TLS reaches the members")
		}
	}
	if t.Host == "" {
		t.Unclear(0, URLs, "the host that users dial is not in the file")
	}
	for _, doubt := range t.addresses {
		if doubt != (Place{}) {
			t.Unclear(doubt.Line, URLs, doubt.Reason)
		}
	}
	if t.open&URLs == 0 {
		lb.URLs = slices.Sorted(maps.Keys(t.addresses))
	}
	open := t.list()
	lb.Open = t.why(open)
	return lb, open
}

// why is the first reason for each fact that is open.
func (t *Teller) why(open []Open) map[string]string {
	out := map[string]string{}
	for _, o := range open {
		at := t.Name
		if o.Line > 0 {
			at += ":" + strconv.Itoa(o.Line)
		}
		for _, f := range o.Facts {
			if out[f] == "" {
				out[f] = at + ": " + o.Reason
			}
		}
	}
	return out
}

// forwards tells whether a port is balanced: found certainly, or not at all.
func (t *Teller) forwards(fact Facts, found bool) *bool {
	if !found && t.open&fact != 0 {
		return nil
	}
	t.open &^= fact
	return &found
}

// holes finds web ports that connections reach on one member and not on
// another.
func (t *Teller) holes() {
	for i, m := range t.Members {
		for _, port := range []int{m.HTTP, m.HTTPS} {
			by := t.reached[port]
			if _, may := t.maybe[port][i]; by == nil || by[i] || may {
				continue
			}
			other := t.Members[slices.Min(slices.Collect(maps.Keys(by)))]
			t.Unclear(0, Ports, fmt.Sprintf("no connection reaches port %d of %q, while one reaches that of %q", port, m.Name, other.Name))
		}
	}
	for port, members := range t.maybe {
		for i, w := range members {
			if t.reached[port][i] {
				continue
			}
			f := Ports
			if port == t.Members[i].JMS {
				f |= JMS
			}
			if port == t.Members[i].WebSocket {
				f |= WebSocket
			}
			t.Unclear(w.Line, f, w.Reason)
		}
	}
}

// list orders what is unclear by line, and drops what is declared all the same.
func (t *Teller) list() (out []Open) {
	for _, s := range t.said {
		if f := s.facts & t.open; f != 0 {
			out = append(out, Open{s.Place, f.names()})
		}
	}
	slices.SortStableFunc(out, func(a, b Open) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Reason, b.Reason))
	})
	return out
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
