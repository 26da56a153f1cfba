// Package balancer collects what the readers of load balancers' configurations
// find, and makes declared facts of it: what is not certain is left undeclared,
// with a line and a reason.
package balancer

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// Facts is a set of facts of cluster.LoadBalancer.
type Facts uint8

// The facts, in the order of cluster.LoadBalancer.
const (
	URLs Facts = 1 << iota
	Affinity
	Ports
	TLSEnds
	JMS
	WebSocket

	All = URLs | Affinity | Ports | TLSEnds | JMS | WebSocket
)

// names are the JSON names of the facts.
func (f Facts) names() (out []string) {
	for i, name := range []string{"urls", "affinity", "ports", "tlsEnds", "jms", "webSocket"} {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Member is a server that connections may come to.
type Member struct {
	// Name is for messages.
	Name  string
	Hosts []string
	// HTTP, HTTPS, JMS and WebSocket are its ports, 0 for none.
	HTTP, HTTPS, JMS, WebSocket int
}

// Place is a line of a configuration, and why something is not certain there.
// Line 0 is the file as a whole; the zero Place is nothing.
type Place struct {
	Line   int
	Reason string
}

// At is a Place.
func At(line int, reason string) Place { return Place{line, reason} }

// Open are facts that are not clear.
type Open struct {
	Place
	// Facts are their JSON names.
	Facts []string
}

// Teller collects what a configuration does for some members.
type Teller struct {
	// Name is the file's.
	Name string
	// Host is the name that users dial, empty if it is not known.
	Host    string
	Members []Member
	// Cookies are the session cookies that the members set.
	Cookies map[string]bool
	// Found: the configuration names a host of the members, or may.
	Found bool
	// WebSeen: a connection reaches a web port, or may.
	WebSeen bool
	// Lost is where sessions are not kept, MayLose where they are not if users come
	// there.
	Lost, MayLose Place
	// Answered is a rule that keeps all requests from the members.
	Answered Place
	// AtBalancer and AtServers are where TLS ends.
	AtBalancer, AtServers bool

	steps int
	hosts map[string][]int
	// reached are the ports that connections certainly reach, by member; maybe
	// those that they may reach, and why that is not certain.
	reached        map[int]map[int]bool
	maybe          map[int]map[int]Place
	jms, webSocket bool
	// addresses are where users come in, or may.
	addresses map[string]Place
	open      Facts
	said      []saying
	once      map[Place]int
}

type saying struct {
	Place
	facts Facts
}

// NewTeller is a Teller that has found nothing.
func NewTeller(name, host string, members []Member) *Teller {
	t := &Teller{
		Name: name, Host: host, Members: members, hosts: map[string][]int{}, reached: map[int]map[int]bool{}, maybe: map[int]map[int]Place{},
		Cookies: map[string]bool{}, addresses: map[string]Place{}, once: map[Place]int{},
	}
	for i, m := range members {
		if m.HTTP > 0 {
			t.Cookies["JSESSIONID_"+strconv.Itoa(m.HTTP)] = true
		}
		for _, h := range m.Hosts {
			if h = hostname.Fold(h); !slices.Contains(t.hosts[h], i) {
				t.hosts[h] = append(t.hosts[h], i)
			}
		}
	}
	return t
}

// maxSteps bounds the ways that are followed: frontends times servers times
// addresses. A balancer of hundreds of each stays below it.
const maxSteps = 1 << 20

// TooFar counts ways that are followed, and says so where there are too many.
func (t *Teller) TooFar(n int) bool {
	if t.steps += n; t.steps <= maxSteps {
		return false
	}
	t.Unclear(0, All, "there are too many ways through this configuration")
	return true
}

// At lists the members with a host.
func (t *Teller) At(host string) []int { return t.hosts[host] }

// Machine names the machine of a host: two names of one member are one.
func (t *Teller) Machine(host string) string {
	if list := t.hosts[host]; len(list) == 1 {
		return fmt.Sprint("member ", list[0])
	}
	return "host " + host
}

// Unclear opens facts and says why, once.
func (t *Teller) Unclear(line int, f Facts, reason string) {
	if f == 0 {
		return
	}
	t.open |= f
	at := Place{line, reason}
	i, ok := t.once[at]
	if !ok {
		i = len(t.said)
		t.once[at] = i
		t.said = append(t.said, saying{Place: at})
	}
	t.said[i].facts |= f
}

// Reach notes that connections come to a port of a member; doubt says why that
// is not certain.
func (t *Teller) Reach(port, member int, doubt Place) {
	if doubt != (Place{}) {
		if t.maybe[port] == nil {
			t.maybe[port] = map[int]Place{}
		}
		if _, said := t.maybe[port][member]; !said {
			t.maybe[port][member] = doubt
		}
		return
	}
	if t.reached[port] == nil {
		t.reached[port] = map[int]bool{}
	}
	t.reached[port][member] = true
	m := t.Members[member]
	web := port == m.HTTP || port == m.HTTPS
	t.jms = t.jms || port == m.JMS && !web
	t.webSocket = t.webSocket || port == m.WebSocket && !web
}

// Address notes that users come in at a port; doubt says why that is not
// certain.
func (t *Teller) Address(scheme string, port int, doubt Place) {
	url := address(scheme, t.Host, port)
	if before, known := t.addresses[url]; !known || before != (Place{}) {
		t.addresses[url] = doubt
	}
}

// Connection is a connection to a web port of a member, as far as it decides where
// TLS ends.
type Connection struct {
	// Line is what sends it to the member.
	Line int
	// Secure: it is the member's HTTPS port. Ended: it came with TLS, which ends at
	// the balancer. Encrypts: the balancer speaks TLS with the member. HTTP: the
	// balancer looks at requests.
	Secure, Ended, Encrypts, HTTP bool
}

// Web notes where TLS ends for a connection, and returns the scheme by which users
// come.
func (t *Teller) Web(c Connection) (scheme string) {
	switch {
	case c.Secure && !c.Encrypts && c.Ended:
		t.Unclear(c.Line, TLSEnds, "TLS ends at the balancer, and plain text goes to the member's HTTPS port")
	case c.Secure && !c.Encrypts && c.HTTP:
		t.Unclear(c.Line, TLSEnds, "plain HTTP goes to the member's HTTPS port")
	case !c.Secure && c.Encrypts:
		t.Unclear(c.Line, TLSEnds, "TLS goes to the member's HTTP port")
	case c.Ended:
		t.AtBalancer = true
	case c.Secure && !c.Encrypts:
		t.AtServers = true
		return "https"
	}
	if c.Ended {
		return "https"
	}
	return "http"
}
