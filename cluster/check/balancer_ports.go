package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
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
	at := map[unforwarded]int{}
	var missing []unforwarded
	var members [][]*cluster.Member
	for _, m := range behind(c) {
		if !p.properties(m) {
			continue
		}
		u, ok := p.unforwardedBy(lb, m)
		if ok {
			continue
		}
		i, seen := at[u]
		if !seen {
			i = len(missing)
			at[u] = i
			missing, members = append(missing, u), append(members, nil)
		}
		members[i] = append(members[i], m)
	}
	unclear := false
	for i, u := range missing {
		first := members[i][0]
		f := atProperty(first, u.subject)
		f.Node, f.Severity, f.Message = first.Node.Name, u.severity, u.message
		f.Fix = "let the load balancer forward to the port, or bring the member to a port that it forwards to"
		for _, m := range members[i][1:] {
			f.Related = append(f.Related, relatedKey(m, u.subject))
		}
		p.Report(f)
		unclear = unclear || lb.TLSEnds == "" && u.severity < Error
	}
	if unclear {
		p.Unknown("", notDeclared(lb, "where TLS ends", "tlsEnds")+"; it decides which of the two web ports has to be forwarded", "facts.loadBalancer.tlsEnds")
	}
}

// unforwardedBy holds one member's web ports against the balancer's. ok: both
// are forwarded, or what is not known has been said.
func (p *Pass) unforwardedBy(lb *cluster.LoadBalancer, m *cluster.Member) (u unforwarded, ok bool) {
	plainPort, securePort := portsOf(m, cluster.KeyWebPort), portsOf(m, cluster.KeyWebSecurePort)
	open := func(ports []int) bool { return len(ports) > 0 && slices.Contains(lb.Ports, ports[0]) }
	lacks := func(ports []int) bool { return len(ports) > 0 && !open(ports) }
	unset := func(key string) {
		p.unknownAt(m, m.InstalledPath(), key+" holds no port", "the port in installed.properties")
	}
	if len(plainPort) == 0 {
		unset(cluster.KeyWebPort)
	}
	if len(securePort) == 0 && lb.TLSEnds == cluster.TLSAtServers {
		unset(cluster.KeyWebSecurePort) // otherwise it is a server without HTTPS
	}
	switch lb.TLSEnds {
	case cluster.TLSAtServers:
		switch {
		case lacks(securePort):
			u.severity, u.subject = Error, cluster.KeyWebSecurePort
			u.message = "TLS ends at the servers, and " + notForwarded(securePort, cluster.KeyWebSecurePort)
			if lacks(plainPort) {
				u.message += ", nor to " + strconv.Itoa(plainPort[0]) + ", " + cluster.KeyWebPort
			}
			return u, false
		case lacks(plainPort):
			return unforwarded{Warning, cluster.KeyWebPort, notForwarded(plainPort, cluster.KeyWebPort)}, false
		}
	case cluster.TLSAtBalancer:
		switch {
		case lacks(plainPort) && !open(securePort):
			u.severity, u.subject = Error, cluster.KeyWebPort
			u.message = "TLS ends at the load balancer, and " + notForwarded(plainPort, cluster.KeyWebPort)
			if lacks(securePort) {
				u.message += ", nor to " + strconv.Itoa(securePort[0]) + ", " + cluster.KeyWebSecurePort
			}
			return u, false
		case lacks(plainPort):
			return unforwarded{Warning, cluster.KeyWebPort, notForwarded(plainPort, cluster.KeyWebPort)}, false
		case lacks(securePort):
			u = unforwarded{Warning, cluster.KeyWebSecurePort, notForwarded(securePort, cluster.KeyWebSecurePort)}
			if strings.EqualFold(m.Value(cluster.KeyAlwaysSecure), "y") {
				u.message += "; " + cluster.KeyAlwaysSecure + " is on, so that the member may answer what comes to its HTTP port with a redirect there"
			}
			return u, false
		}
	default:
		switch {
		case lacks(plainPort) && lacks(securePort):
			u.severity, u.subject = Error, cluster.KeyWebSecurePort
			u.message = notForwarded(securePort, cluster.KeyWebSecurePort) + ", nor to " + strconv.Itoa(plainPort[0]) + ", " + cluster.KeyWebPort
			return u, false
		case lacks(securePort):
			return unforwarded{Warning, cluster.KeyWebSecurePort, notForwarded(securePort, cluster.KeyWebSecurePort)}, false
		case lacks(plainPort):
			return unforwarded{Warning, cluster.KeyWebPort, notForwarded(plainPort, cluster.KeyWebPort)}, false
		}
	}
	return u, true
}

func notForwarded(ports []int, key string) string {
	return fmt.Sprintf("the load balancer does not forward to %d, %s", ports[0], key)
}

// balanced finds the members' ports of one kind among those that a balancer
// forwards to: one finding for each port. declared is what the caller says of
// the kind as a whole, field how to say it.
func (p *Pass) balanced(c *cluster.Cluster, lb *cluster.LoadBalancer, members []*cluster.Member, key string, declared *bool, field string, port func(*cluster.Member) int, tell func(port int) Finding) {
	if len(members) == 0 {
		return
	}
	forwarded := forwardedPorts(lb, c)
	if declared == nil && len(forwarded) == 0 {
		p.Unknown("", notDeclared(lb, "whether a load balancer forwards to the port of "+key, strings.TrimPrefix(field, "facts.loadBalancer.")), field+", or "+needsPorts)
		return
	}
	found := map[int][]*cluster.Member{}
	var order []int
	for _, m := range members {
		n := port(m)
		if n == 0 {
			continue // an agentcomm.uri without a port
		}
		named := slices.Contains(forwarded, n) && !slices.Contains(portsOf(m, cluster.KeyWebPort), n) && !slices.Contains(portsOf(m, cluster.KeyWebSecurePort), n)
		if !named && (declared == nil || !*declared) {
			continue
		}
		if len(found[n]) == 0 {
			order = append(order, n)
		}
		found[n] = append(found[n], m)
	}
	for _, n := range order {
		first := found[n][0]
		f := tell(n)
		at := atProperty(first, key)
		f.Node, f.Path, f.Pos, f.Subject = first.Node.Name, at.Path, at.Pos, key
		for _, m := range found[n][1:] {
			f.Related = append(f.Related, relatedKey(m, key))
		}
		p.Report(f)
	}
}

func checkJMS(p *Pass, c *cluster.Cluster) {
	members, ok := p.windowed(c)
	if !ok {
		return
	}
	members = slices.DeleteFunc(members, func(m *cluster.Member) bool { return m.Node.Role == cluster.RoleFrontEnd })
	lb := p.balancer(c)
	if lb == nil {
		return
	}
	p.balanced(c, lb, members, keyJMSPort, lb.JMS, "facts.loadBalancer.jms",
		func(m *cluster.Member) int { return cmp.Or(append(portsOf(m, keyJMSPort), defaultJMSPort)...) },
		func(port int) Finding {
			return Finding{
				Message: fmt.Sprintf("the load balancer forwards to the JMS port %d", port),
				Fix:     "take the port out of the load balancer, and list the members in the agents' configuration instead",
			}
		})
}

func checkWebSocket(p *Pass, c *cluster.Cluster) {
	members, ok := p.windowed(c)
	if !ok {
		return
	}
	members = slices.DeleteFunc(members, func(m *cluster.Member) bool { return m.Node.Role == cluster.RoleFrontEnd })
	lb := p.balancer(c)
	if lb == nil {
		return
	}
	p.balanced(c, lb, members, cluster.KeyAgentURI, lb.WebSocket, "facts.loadBalancer.webSocket",
		func(m *cluster.Member) int {
			u, _ := parseAgentURI(m.Value(cluster.KeyAgentURI))
			n, _ := strconv.Atoi(u.port)
			return n
		},
		func(port int) Finding {
			return Finding{
				Message: fmt.Sprintf("the load balancer forwards to port %d of %s: agents and relays may connect that way, members must not", port, cluster.KeyAgentURI),
				Fix:     "nothing, as long as every member's " + cluster.KeyAgentURI + " names the member itself",
			}
		})
}
