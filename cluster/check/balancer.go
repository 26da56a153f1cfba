package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
)

// balancerRules are about the load balancer in front of the members. Nothing of it
// is in the servers' files: the caller declares it, or package haproxy reads it.
func balancerRules() []Rule {
	return []Rule{
		{
			ID: "LBR001", Title: "The load balancer keeps sessions on one member", Severity: Error,
			Source:  srcCluster + ", step 4",
			What:    "Session persistence, also called session affinity, is configured.",
			Avoid:   "Round robin for each request.",
			Prefer:  "A cookie that the balancer sets, or the client's address.",
			Why:     "Members do not share sessions: a request that reaches another member is asked to log in again.",
			Cluster: checkAffinity,
		},
		{
			ID: "LBR002", Title: "The load balancer forwards to the members' web ports", Severity: Error,
			Source:  srcCluster + ", step 4",
			What:    "Among the forwarded ports are install.server.web.port and install.server.web.https.port of every member. The port that is needed where TLS ends is an error when it is missing; the other one is a warning.",
			Avoid:   "Members on other ports than those that the balancer knows.",
			Prefer:  "8080 and 8443 on every member, both forwarded.",
			Why:     "What is not forwarded cannot be reached at the URL that users and agents know.",
			Cluster: checkForwarded,
		},
		{
			ID: "LBR003", Title: "The load balancer leaves the JMS port alone", Severity: Error,
			Source:  srcConfig,
			Until:   product.Until(product.Connection, product.JMSMembers),
			What:    "No balancer forwards to server.jms.port, 7918.",
			Avoid:   "Forwarding every port of a member.",
			Prefer:  "Agents that list the members themselves, for failover.",
			Why:     "JMS connections belong to one member each; members and agents connect to it directly.",
			Cluster: jmsPort().check,
		},
		{
			ID: "LBR004", Title: "The web host is the load balancer", Severity: Warning,
			Source:  srcAdd + "; " + srcCode70 + ", prompt for the host",
			What:    "install.server.web.host is the balancer's host on every member.",
			Avoid:   "The member's own name, which an installation without a cluster has written.",
			Prefer:  "The name that users open; the installer removes a port from it.",
			Why:     "The installer builds the External URL from it. The URL in use is a System Setting in the database, so a wrong host here shows at the next installation or upgrade.",
			Edits:   "Sets the host to the declared load balancer's.",
			Cluster: checkWebHost,
		},
		{
			ID: "LBR006", Title: "The External URLs are the load balancer's", Severity: Error,
			Source:  srcAdd + "; " + srcConvert,
			What:    "External Agent URL and External User URL of the System Settings are URLs of the balancer.",
			Avoid:   "Leaving them at the first server after it has become a member.",
			Prefer:  "The URL that users open, for both.",
			Why:     "Agents and the links in mails would depend on one member, and fail with it.",
			Cluster: checkExternalURLs,
		},
		{
			ID: "LBR007", Title: "Only agents and relays use agentcomm.uri through the load balancer", Severity: Info,
			Source:  srcWebAgents,
			Since:   product.Since(product.Connection, product.WebSocket),
			What:    "A load balancer that forwards to the port of agentcomm.uri, 7919, serves agents and relays only.",
			Avoid:   "Concluding from an open port 7919 at the balancer that members reach each other.",
			Prefer:  "The members' own addresses, in the agents' list too.",
			Why:     "Members must open connections to each other directly.",
			Cluster: webSocketPort().check,
		},
	}
}

// balancer returns what is declared of the balancer; without it the rule is Unknown.
func (p *Pass) balancer(c *cluster.Cluster) *cluster.LoadBalancer {
	lb := c.Topology.Facts.LoadBalancer
	if lb == nil {
		p.Unknown("", "what the load balancer does is not declared", "facts.loadBalancer")
	}
	return lb
}

// notDeclared says that a fact of the balancer is not declared, and why, where
// its configuration was read and leaves it open.
func notDeclared(lb *cluster.LoadBalancer, what, fact string) string {
	if why := lb.Open[fact]; why != "" {
		return what + " is not clear: " + words.Plain(why)
	}
	return what + " is not declared"
}

// ownPorts are those that the balancer is declared to listen on, and the usual
// ones for users.
func ownPorts(lb *cluster.LoadBalancer) []int {
	out := append([]int{80, 443}, lb.Listens...)
	for _, text := range lb.URLs {
		if a, ok := hostname.ParseURL(text); ok {
			if n, err := strconv.Atoi(a.Port); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// forwardedPorts are the declared ports, and none where they can only be meant
// as the balancer's own: no member has one of them.
func forwardedPorts(lb *cluster.LoadBalancer, c *cluster.Cluster) []int {
	own := ownPorts(lb)
	for _, port := range lb.Ports {
		if !slices.Contains(own, port) {
			return lb.Ports
		}
		for _, m := range behind(c) {
			if slices.Contains(memberPorts(m), port) {
				return lb.Ports
			}
		}
	}
	return nil
}

// memberPorts are all ports that a member listens on.
func memberPorts(m *cluster.Member) []int {
	out := slices.Concat(portsOf(m, cluster.KeyWebPort), portsOf(m, cluster.KeyWebSecurePort), portsOf(m, keyJMSPort))
	if u, ok := hostname.Parse(m.Value(cluster.KeyAgentURI)); ok {
		if n, err := strconv.Atoi(u.Port); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// behind returns the members that the balancer serves; front ends have their own. (Vendor pages on distributed front ends.)
func behind(c *cluster.Cluster) (members []*cluster.Member) {
	for _, m := range c.Members {
		if m.Node.Role != cluster.RoleFrontEnd {
			members = append(members, m)
		}
	}
	return members
}

func checkAffinity(p *Pass, c *cluster.Cluster) {
	lb := p.balancer(c)
	switch {
	case lb == nil:
	case lb.Affinity == nil:
		p.Unknown("", notDeclared(lb, "whether the load balancer keeps sessions on one member", "affinity"), "facts.loadBalancer.affinity")
	case !*lb.Affinity:
		at := ""
		if from := lb.From["affinity"]; from != "" {
			at = ": see " + words.Plain(from)
		}
		p.Report(Finding{
			Message: "the load balancer has no session affinity" + at,
			Fix:     "configure session persistence, by a cookie that the balancer sets or by the client's address; the servers' own cookie does not name the member",
		})
	}
}

// portsOf reads the port numbers of a property; a list is read as far as it goes.
func portsOf(m *cluster.Member, key string) (out []int) {
	for text := range strings.SplitSeq(m.Value(key), ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n > 0 && n < 1<<16 {
			out = append(out, n)
		}
	}
	return out
}
