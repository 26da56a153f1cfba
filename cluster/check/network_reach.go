package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/product"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// maxClockDifference is how far clocks may be apart for the end-to-end
// encryption of JMS. (Vendor page ssl_addl_security_2.)
const maxClockDifference = 5 * time.Minute

// jmsEncryption is the window in which that encryption exists.
func jmsEncryption() Rule {
	return Rule{Since: product.Since(product.Connection, product.JMSEncryption), Until: product.Until(product.Connection, product.JMSEncryption)}
}

func checkReach(p *Pass, c *cluster.Cluster) {
	members := membersByName(c)
	p.reach(c, members)
	p.clocks(c, members)
}

// memberPortsText names what members have to reach of each other, by the versions
// that are there.
func memberPortsText(c *cluster.Cluster) string {
	var parts []string
	in := func(name string) bool {
		return slices.ContainsFunc(c.Members, func(m *cluster.Member) bool {
			return versionKnown(m) && product.Reads(product.Connection, name, m.Version) == product.Yes
		})
	}
	if in(product.WebSocket) {
		parts = append(parts, "to the port of "+cluster.KeyAgentURI+", usually 7919")
	}
	if in(product.JMSMembers) {
		parts = append(parts, "to the HTTPS and JMS ports, usually 8443 and 7918")
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, " and ")
}

func (p *Pass) reach(c *cluster.Cluster, members map[string]*cluster.Member) {
	n := c.Topology.Facts.Network
	named := 0
	seen := map[cluster.Link]bool{}
	for i, l := range n.Unreachable {
		from, to := members[l.From], members[l.To]
		if from == nil || to == nil || from == to {
			p.Unknown("", fmt.Sprintf("facts.network.unreachable[%d] does not name two nodes", i), "names of nodes")
			continue
		}
		if named++; seen[l] || from.Node.Role == cluster.RoleStandby || to.Node.Role == cluster.RoleStandby {
			continue // a cold standby does not listen
		}
		seen[l] = true
		f := Finding{
			Node: l.From, Path: from.Node.Install,
			Message: "the member does not reach " + words.Plain(l.To),
			Fix:     "allow direct connections between the two machines in both directions, not through the load balancer",
			Related: []Related{{Node: l.To, Path: to.Node.Install, Message: "is not reached"}},
		}
		if u, ok := hostname.Parse(to.Value(cluster.KeyAgentURI)); ok {
			f.Subject = cluster.KeyAgentURI
			f.Message += " at " + words.Quote(u.Host+":"+u.Port)
			f.Related = []Related{relatedAt(to, cluster.KeyAgentURI, "has the address that is not reached")}
		}
		p.Report(f)
	}
	switch {
	case n.MembersReachable == nil:
		p.Unknown("", "whether the members reach each other is not declared", "facts.network.membersReachable")
	case !*n.MembersReachable && named == 0:
		p.Report(Finding{
			Message: "the members do not all reach each other",
			Fix:     "open the way between every two members in both directions, past the load balancer" + memberPortsText(c),
		})
	}
}

// clocks finds the two clocks that are furthest apart; every other pair is
// closer.
func (p *Pass) clocks(c *cluster.Cluster, members map[string]*cluster.Member) {
	n := c.Topology.Facts.Network
	known := map[string]bool{}
	var running []cluster.Clock
	for i, k := range n.Clocks {
		m := members[k.Node]
		switch {
		case m == nil || known[k.Node]:
			p.Unknown("", fmt.Sprintf("facts.network.clocks[%d] does not name a node, or names one again", i), "one entry a node")
			continue
		case m.Node.Role != cluster.RoleStandby:
			running = append(running, k)
		}
		known[k.Node] = true
	}
	var open []string
	for _, m := range c.Members {
		if !known[m.Node.Name] && m.Node.Role != cluster.RoleStandby {
			open = append(open, m.Node.Name)
		}
	}
	switch {
	case len(known) == 0:
		p.Unknown("", "how far the members' clocks are apart is not declared", "facts.network.clocks")
	case len(open) > 0:
		p.Unknown("", "the clocks of these members are not declared: "+words.List(open), "facts.network.clocks")
	}
	if len(running) == 0 {
		return
	}
	ahead := func(a, b cluster.Clock) int { return cmp.Compare(a.Ahead, b.Ahead) }
	first, last := slices.MaxFunc(running, ahead), slices.MinFunc(running, ahead)
	fast, slow := first.Node, last.Node
	// The difference of the two extremes can leave the range of a Duration.
	apart := time.Duration(first.Ahead - last.Ahead)
	if fast == slow || apart >= 0 && apart <= maxClockDifference {
		return
	}
	f := Finding{
		Node: fast, Path: members[fast].Node.Install, Severity: Info, Source: srcField,
		Message: fmt.Sprintf("the clock of %s is %s ahead of that of %s", words.Plain(fast), apart.Round(time.Second), words.Plain(slow)),
		Fix:     "have every member's clock follow one time server",
		Related: []Related{{Node: slow, Path: members[slow].Node.Install, Message: "has the clock that is furthest behind"}},
	}
	if apart < 0 {
		f.Message = "the clock of " + words.Plain(fast) + " is centuries ahead of that of " + words.Plain(slow)
	}
	encrypts := slices.ContainsFunc(c.Members, func(m *cluster.Member) bool {
		return versionKnown(m) && jmsEncryption().InWindow(m.Version)
	})
	for _, m := range c.Members {
		if !encrypts && !versionKnown(m) {
			p.Blocked(m, m.VersionPath())
		}
	}
	if encrypts {
		f.Severity, f.Source = Warning, inferredFrom+srcAgentSecurity
		f.Message += "; agents that encrypt JMS end to end must agree with each of them within about 5 minutes"
	}
	p.Report(f)
}
