package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// defaultJMSPort is what an empty server.jms.port means. (Installer 7.0.0.)
const defaultJMSPort = 7918

const (
	keyJMSPort   = "server.jms.port"
	needsPorts   = "facts.loadBalancer.ports"
	portsUnclear = "which of the members' ports the load balancer forwards to"
)

// unforwarded is what of a member's web ports the balancer does not reach.
type unforwarded struct {
	severity Severity
	// subject is the key of the port that matters most.
	subject string
	message string
}

func checkForwarded(p *Pass, c *cluster.Cluster) {
	lb := p.balancer(c)
	if lb == nil {
		return
	}
	if why := lb.Open["urls"]; why != "" && len(lb.URLs) == 0 {
		p.Unknown("", notDeclared(lb, "where the load balancer listens", "urls"), "facts.loadBalancer.urls")
	}
	forwarded := forwardedPorts(lb, c)
	if len(forwarded) == 0 {
		why := notDeclared(lb, portsUnclear, "ports")
		if len(lb.Ports) > 0 {
			why = fmt.Sprintf("%s is not declared: no member has one of the declared ports %s, so that they are the balancer's own", portsUnclear, strings.Trim(strings.ReplaceAll(fmt.Sprint(lb.Ports), " ", ", "), "[]"))
		}
		p.Unknown("", why, needsPorts)
		return
	}
	missing := map[*cluster.Member]unforwarded{}
	var members []*cluster.Member
	for _, m := range behind(c) {
		if !p.properties(m) {
			continue
		}
		if u, ok := p.unforwardedBy(lb, m); !ok {
			missing[m] = u
			members = append(members, m)
		}
	}
	unclear := false
	for _, alike := range gather(members, func(m *cluster.Member) unforwarded { return missing[m] }) {
		u := missing[alike[0]]
		f := atProperty(alike[0], u.subject)
		f.Severity, f.Message = u.severity, u.message
		f.Fix = "let the load balancer forward to the port, or bring the member to a port that it forwards to"
		f.Related = relatedKeys(alike[1:], u.subject)
		p.Report(f)
		unclear = unclear || lb.TLSEnds == "" && u.severity < Error
	}
	if unclear {
		p.Unknown("", notDeclared(lb, "where TLS ends", "tlsEnds")+"; it decides which of the two web ports has to be forwarded", "facts.loadBalancer.tlsEnds")
	}
}

// unforwardedBy holds one member's web ports against the balancer's. ok: both
// are forwarded, or what is not known has been said.
func (p *Pass) unforwardedBy(lb *cluster.LoadBalancer, m *cluster.Member) (_ unforwarded, ok bool) {
	plain := webPort{cluster.KeyWebPort, portsOf(m, cluster.KeyWebPort), lb}
	secure := webPort{cluster.KeyWebSecurePort, portsOf(m, cluster.KeyWebSecurePort), lb}
	atServers, atBalancer := lb.TLSEnds == cluster.TLSAtServers, lb.TLSEnds == cluster.TLSAtBalancer
	for _, w := range []webPort{plain, secure} {
		if len(w.ports) == 0 && (w.key == plain.key || atServers) { // otherwise it is a server without HTTPS
			p.unknownAt(m, m.InstalledPath(), w.key+" holds no port", "the port in installed.properties")
		}
	}
	switch {
	case atServers && secure.missing():
		return unforwarded{Error, secure.key, "TLS ends at the servers, and " + secure.message() + plain.nor()}, false
	case atBalancer && plain.missing() && !secure.open():
		return unforwarded{Error, plain.key, "TLS ends at the load balancer, and " + plain.message() + secure.nor()}, false
	case !atServers && !atBalancer && plain.missing() && secure.missing():
		return unforwarded{Error, secure.key, secure.message() + plain.nor()}, false
	case plain.missing() && (!secure.missing() || atBalancer):
		return unforwarded{Warning, plain.key, plain.message()}, false
	case !secure.missing():
		return unforwarded{}, true
	}
	u := unforwarded{Warning, secure.key, secure.message()}
	if atBalancer && strings.EqualFold(m.Value(cluster.KeyAlwaysSecure), "y") {
		u.message += "; " + cluster.KeyAlwaysSecure + " is on, so that the member may answer what comes to its HTTP port with a redirect there"
	}
	return u, false
}

// webPort is one of a member's web ports, before a balancer.
type webPort struct {
	key   string
	ports []int
	lb    *cluster.LoadBalancer
}

func (w webPort) open() bool    { return len(w.ports) > 0 && slices.Contains(w.lb.Ports, w.ports[0]) }
func (w webPort) missing() bool { return len(w.ports) > 0 && !w.open() }

func (w webPort) message() string {
	return fmt.Sprintf("the load balancer does not forward to %d, %s", w.ports[0], w.key)
}

// nor goes on with this port after the message about the other one.
func (w webPort) nor() string {
	if !w.missing() {
		return ""
	}
	return fmt.Sprintf(", nor to %d, %s", w.ports[0], w.key)
}

// memberPort is a port of the members that is not for the users of a balancer.
type memberPort struct {
	// key is the property that holds the port, fact the declared fact of a load
	// balancer about the kind as a whole.
	key, fact string
	declared  func(lb *cluster.LoadBalancer) *bool
	// of is a member's port, 0 for none.
	of   func(m *cluster.Member) int
	tell func(port int) Finding
}

func jmsPort() memberPort {
	return memberPort{
		key: keyJMSPort, fact: "jms",
		declared: func(lb *cluster.LoadBalancer) *bool { return lb.JMS },
		of:       func(m *cluster.Member) int { return cmp.Or(append(portsOf(m, keyJMSPort), defaultJMSPort)...) },
		tell: func(port int) Finding {
			return Finding{
				Message: fmt.Sprintf("the load balancer forwards to the JMS port %d", port),
				Fix:     "take the port out of the load balancer, and list the members in the agents' configuration instead",
			}
		},
	}
}

func webSocketPort() memberPort {
	return memberPort{
		key: cluster.KeyAgentURI, fact: "webSocket",
		declared: func(lb *cluster.LoadBalancer) *bool { return lb.WebSocket },
		of: func(m *cluster.Member) int {
			u, _ := hostname.Parse(m.Value(cluster.KeyAgentURI))
			n, _ := strconv.Atoi(u.Port)
			return n
		},
		tell: func(port int) Finding {
			return Finding{
				Message: fmt.Sprintf("the load balancer forwards to port %d of %s: agents and relays may connect that way, members must not", port, cluster.KeyAgentURI),
				Fix:     "nothing, as long as every member's " + cluster.KeyAgentURI + " names the member itself",
			}
		},
	}
}

// check finds the members' ports of the kind among those that the balancer forwards
// to: one finding for each port.
func (k memberPort) check(p *Pass, c *cluster.Cluster) {
	members, ok := p.windowed(c)
	if !ok {
		return
	}
	lb := p.balancer(c)
	members = slices.DeleteFunc(members, func(m *cluster.Member) bool { return m.Node.Role == cluster.RoleFrontEnd })
	if lb == nil || len(members) == 0 {
		return
	}
	declared, forwarded := k.declared(lb), forwardedPorts(lb, c)
	if declared == nil && len(forwarded) == 0 {
		p.Unknown("", notDeclared(lb, "whether a load balancer forwards to the port of "+k.key, k.fact), "facts.loadBalancer."+k.fact+", or "+needsPorts)
		return
	}
	balanced := slices.DeleteFunc(members, func(m *cluster.Member) bool {
		n := k.of(m)
		named := slices.Contains(forwarded, n) && !slices.Contains(portsOf(m, cluster.KeyWebPort), n) && !slices.Contains(portsOf(m, cluster.KeyWebSecurePort), n)
		return n == 0 || !named && (declared == nil || !*declared) // an agentcomm.uri may have no port
	})
	for _, alike := range gather(balanced, k.of) {
		f, at := k.tell(k.of(alike[0])), atProperty(alike[0], k.key)
		f.Node, f.Path, f.Pos, f.Subject = at.Node, at.Path, at.Pos, k.key
		f.Related = relatedKeys(alike[1:], k.key)
		p.Report(f)
	}
}
