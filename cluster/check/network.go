package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/internal/product"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/words"
)

// networkRules are about how members and agents reach each other.
func networkRules() []Rule {
	return []Rule{
		{
			ID: "NET001", Title: "agentcomm.uri is this member's own reachable address", Severity: Error,
			Source:  srcWebAgents + "; " + srcCode70 + ", prompt for the address",
			Since:   product.Since(product.Connection, product.WebSocket),
			What:    "agentcomm.uri is one address, wss://host:port, with this member's own host, which every other member can reach, and not the load balancer or another member. A host that has nothing in common with the declared one is a warning.",
			Avoid:   "A missing value, several addresses, another scheme, localhost, the balancer's name, or another member's.",
			Prefer:  "wss://node1.example.com:7919 on node1.",
			Why:     "Members register themselves with this address, and every other member opens a connection to it.",
			Edits:   "Sets the address to the member's declared host.",
			Cluster: checkAgentURI,
		},
		{
			ID: "NET002", Title: "No two members have the same agentcomm.uri", Severity: Error,
			Source:  srcWebAgents + "; " + srcCode70 + ", prompt for the address",
			Since:   product.Since(product.Connection, product.WebSocket),
			What:    "Host and port of agentcomm.uri are different on every member.",
			Avoid:   "Copying installed.properties between members.",
			Prefer:  "The member's own host name.",
			Why:     "Connections meant for one member end at the other.",
			Edits:   "Sets the address to the member's declared host.",
			Assumes: []PremiseKind{PremiseConfServer, PremiseIdentity},
			Cluster: needs((*Pass).several, checkAgentURIUnique),
		},
		{
			ID: "NET003", Title: "A member's ports do not clash", Severity: Error,
			Source: srcCode70 + ", prompts for the ports",
			What:   "HTTP, HTTPS, JMS and agentcomm.uri have different ports, from 1 to 65535.",
			Avoid:  "One port for two of them.",
			Prefer: "8080, 8443, 7918 and 7919, the defaults.",
			Why:    "The second listener cannot start.",
			Member: needs((*Pass).properties, checkPortClash),
		},
		{
			ID: "NET004", Title: "Members and the load balancer run on separate systems", Severity: Warning, Stage: StageInstall,
			Source:  srcCluster + ", about this task",
			What:    "No two members have the same host, and none has the load balancer's.",
			Avoid:   "Two members on one machine, or the balancer on a member's.",
			Prefer:  "One member on each machine, and another machine for the balancer.",
			Why:     "If the machine fails, both fail; with the balancer on it, users lose the whole cluster.",
			Cluster: needs((*Pass).several, checkHosts),
		},
		{
			ID: "NET005", Title: "Members reach each other, and their clocks agree", Severity: Error,
			Source:  srcConfig + "; " + srcWebAgents,
			What:    "Every member reaches every other: from 7.0.0 on at its agentcomm.uri, usually port 7919, and before 7.2.0 at its HTTPS and JMS ports. Clocks are at most five minutes apart; more is a warning from 6.2.2 until 7.2.0, where JMS can be encrypted end to end, and information elsewhere.",
			Avoid:   "A firewall that lets only the balancer through to the members.",
			Prefer:  "Open ways between every two members in both directions, and one time server for all.",
			Why:     "Members open direct connections to each other; without them one does not learn what the others do.",
			Cluster: needs((*Pass).several, checkReach),
		},
	}
}

func checkAgentURI(p *Pass, c *cluster.Cluster) {
	// With two members the address must work; alone, it must before a second
	// member comes.
	severity, source := Error, ""
	if len(c.Members) < 2 {
		severity, source = Warning, srcWebAgents
	}
	balancer, declared := c.Topology.Facts.LoadBalancer.Hosts(), declaredHosts(c)
	for _, m := range p.inWindow(c) {
		value := m.Value(cluster.KeyAgentURI)
		f := atProperty(m, cluster.KeyAgentURI)
		f.Severity, f.Source = severity, source
		f.Fix = "set " + cluster.KeyAgentURI + " to wss:// with this machine's own name and a port, such as " + ownAddress(m, balancer)
		u, ok := hostname.Parse(value)
		port, err := strconv.Atoi(u.Port)
		other := hostOf(c, declared, m, u.Host)
		switch {
		case value == "":
			f.Message = cluster.KeyAgentURI + " is not set"
		case strings.Count(value, "://") > 1 || strings.Contains(value, ","):
			f.Message = cluster.KeyAgentURI + " names several addresses; it takes one, that of this member, and lists are for agents"
		case !ok:
			f.Message = cluster.KeyAgentURI + " is not of the form wss://host:port"
		case u.Scheme != "wss":
			f.Message = fmt.Sprintf("%s is %s; only wss is accepted", cluster.KeyAgentURI, show(cluster.KeyAgentURI, value))
		case hostname.Loopback(u.Host):
			f.Message = fmt.Sprintf("%s names the host %s, which no other member can reach", cluster.KeyAgentURI, words.Quote(u.Host))
			if len(c.Members) < 2 {
				f.Severity, f.Source = Info, srcSilent
				f.Message += "; that is right only as long as there is one server"
			}
		case slices.Contains(balancer, hostname.Fold(u.Host)) && hostname.Fold(m.Node.Host) != hostname.Fold(u.Host):
			// Otherwise the balancer runs on this machine.
			f.Message = fmt.Sprintf("%s names the load balancer %s instead of this member", cluster.KeyAgentURI, words.Quote(u.Host))
		case u.Port == "":
			f.Severity, f.Source = Warning, inferredFrom+srcCode70+", prompt for the address"
			f.Message = fmt.Sprintf("%s is %s, without a port", cluster.KeyAgentURI, show(cluster.KeyAgentURI, value))
		case err != nil || port < 1 || port > 65535:
			f.Message = fmt.Sprintf("%s has the port %s, which is not one from 1 to 65535", cluster.KeyAgentURI, words.Quote(u.Port))
		case other != nil && sameAddress(other, u):
			continue // one address for two members
		case other != nil:
			f.Message = fmt.Sprintf("%s names %s, the host of %s: whoever connects to this member reaches that one", cluster.KeyAgentURI, words.Quote(u.Host), words.Plain(other.Node.Name))
			f.Related = []Related{{Node: other.Node.Name, Path: other.Node.Install, Message: "has this host"}}
		case unrelated(m.Node.Host, u.Host) && !sharesHost(declared, m): // else two members are on one machine
			f.Severity, f.Source = Warning, inferredFrom+srcWebAgents
			f.Message = fmt.Sprintf("%s names the host %s, which has nothing in common with the declared host %s", cluster.KeyAgentURI, words.Quote(u.Host), words.Quote(m.Node.Host))
			f.Fix = "make sure that the name leads to this machine; if not, set it to wss:// with this machine's own name, such as " + ownAddress(m, balancer)
			p.Report(f)
			continue
		default:
			continue
		}
		p.Report(f.setAddress(m, balancer))
	}
}

// hostOf is the other member whose declared host a name is, nil where it is
// nobody's or the member's own.
func hostOf(c *cluster.Cluster, declared hostname.Index, m *cluster.Member, host string) *cluster.Member {
	if hostname.Same(host, m.Node.Host) {
		return nil
	}
	for _, l := range declared.Same(host) {
		if !hostname.Same(m.Node.Host, l.Host) {
			return c.Members[l.First]
		}
	}
	return nil
}

// declaredHosts is the index of the members' hosts, in their order.
func declaredHosts(c *cluster.Cluster) hostname.Index {
	hosts := make([]string, len(c.Members))
	for i, m := range c.Members {
		hosts[i] = m.Node.Host
	}
	return hostname.NewIndex(hosts)
}

// sameAddress reports whether a member's agentcomm.uri has this host and port.
func sameAddress(m *cluster.Member, u hostname.URL) bool {
	o, ok := hostname.Parse(m.Value(cluster.KeyAgentURI))
	return ok && o.Host == u.Host && o.Port == u.Port
}

// unrelated reports that two names share neither their whole text nor the part
// before the domain. A name and an address cannot be compared without a look-up.
func unrelated(declared, host string) bool {
	declared = hostname.Fold(declared)
	_, err1 := netip.ParseAddr(declared)
	_, err2 := netip.ParseAddr(host)
	return declared != "" && (err1 == nil) == (err2 == nil) && hostname.Short(declared) != hostname.Short(host)
}

// sharesHost reports that another member is declared to be on the same machine.
func sharesHost(declared hostname.Index, m *cluster.Member) bool {
	n := 0
	for _, l := range declared.Same(m.Node.Host) {
		n += l.Count
	}
	return n > 1
}

// setAddress makes the finding carry the edit where the member's own address
// is declared.
func (f Finding) setAddress(m *cluster.Member, balancer []string) Finding {
	if address := ownAddress(m, balancer); address != unknownAddress {
		return f.set(m, cluster.KeyAgentURI, address)
	}
	return f
}

// unknownAddress is written for the address of a member whose host is not declared.
const unknownAddress = "wss://HOST:7919"

// ownAddress is what a member's agentcomm.uri could be: with the host that is
// declared of it, where that can be right.
func ownAddress(m *cluster.Member, balancer []string) string {
	host := hostname.Fold(m.Node.Host)
	switch {
	case host == "" || hostname.Loopback(host) || slices.Contains(balancer, host):
		return unknownAddress
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return "wss://" + words.Plain(host) + ":7919"
}

func checkAgentURIUnique(p *Pass, c *cluster.Cluster) {
	balancer := c.Topology.Facts.LoadBalancer.Hosts()
	address := func(m *cluster.Member) string {
		u, ok := hostname.Parse(m.Value(cluster.KeyAgentURI))
		if !ok || hostname.Loopback(u.Host) {
			return "" // no other member could connect to that address
		}
		return u.Host + ":" + u.Port
	}
	for m, other := range twins(p.inWindow(c), address) {
		at := address(m)
		f := atProperty(m, cluster.KeyAgentURI)
		f.Message = fmt.Sprintf("%s is %s, as on %s", cluster.KeyAgentURI, words.Quote(at), words.Plain(other.Node.Name))
		f.Fix = "set it to this machine's own name"
		f.Related = []Related{relatedKey(other, cluster.KeyAgentURI)}
		if ownAddress(m, balancer) != "wss://"+at { // else the other member has this one's
			f = f.setAddress(m, balancer)
		}
		p.Assume(PremiseConfServer.Between(other, m), PremiseIdentity.Between(other, m)).Report(f)
	}
}

func checkPortClash(p *Pass, m *cluster.Member) {
	used := map[string]string{}
	for _, key := range []string{cluster.KeyWebPort, cluster.KeyWebSecurePort, keyJMSPort, cluster.KeyAgentURI} {
		if key == cluster.KeyAgentURI && product.Reads(product.Connection, product.WebSocket, m.Version) == product.No {
			continue // nothing listens there
		}
		port := strings.TrimSpace(m.Value(key))
		if key == cluster.KeyAgentURI {
			u, _ := hostname.Parse(port)
			port = u.Port
		}
		if port == "" {
			continue
		}
		n, err := strconv.Atoi(port)
		switch {
		case err == nil && (n < 1 || n > 65535) && key != cluster.KeyAgentURI: // else the address is wrong as a whole
			f := atProperty(m, key)
			f.Message = fmt.Sprintf("%s is %d, which is not a port from 1 to 65535", key, n)
			f.Fix = "set it to the port that the balancer and the other members know"
			p.Report(f)
			continue
		case err != nil || n < 1 || n > 65535:
			if key != cluster.KeyAgentURI {
				p.Unknown(atProperty(m, key).Path, key+" is "+show(key, port)+", which is not a number", "a port from 1 to 65535")
			}
			continue
		}
		port = strconv.Itoa(n)
		other, taken := used[port]
		if !taken {
			used[port] = key
			continue
		}
		f := atProperty(m, key)
		f.Message = fmt.Sprintf("%s uses port %s, and so does %s", key, port, other)
		f.Fix = "give each of them a different port"
		if (key == keyJMSPort || other == keyJMSPort) && product.Reads(product.Connection, product.JMSMembers, m.Version) != product.Yes {
			// Whether a server still listens for JMS from 7.2 on is not documented.
			f.Severity, f.Source = Warning, inferredFrom+srcCode70+", prompts for the ports"
		}
		f.Related = []Related{relatedKey(m, other)}
		p.Report(f)
	}
}
