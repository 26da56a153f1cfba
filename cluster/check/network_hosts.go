package check

import (
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/words"
)

func checkHosts(p *Pass, c *cluster.Cluster) {
	hosts := map[*cluster.Member]string{}
	uris := map[hostname.URL]bool{}
	balancer := c.Topology.Facts.LoadBalancer
	for _, m := range c.Members {
		host := hostname.Fold(m.Node.Host)
		u, ok := hostname.Parse(m.Value(cluster.KeyAgentURI))
		switch {
		case slices.Contains(balancer.Hosts(), host):
			p.besideBalancer(balancer, m)
		case host != "":
		case !ok || hostname.Loopback(u.Host):
			p.unknownAt(m, m.Node.Install, "which machine the member runs on is not known", "nodes[].host")
		case !uris[u]: // a copied address tells nothing of the host
			uris[u] = true
			host = u.Host
		}
		hosts[m] = host
	}
	for m, other := range twins(c.Members, func(m *cluster.Member) string { return hosts[m] }) {
		p.Report(Finding{
			Node: m.Node.Name, Path: m.Node.Install,
			Message: fmt.Sprintf("the member is on the machine %s, and so is %s", words.Quote(hosts[m]), words.Plain(other.Node.Name)),
			Fix:     "install this member on another machine",
			Related: []Related{{Node: other.Node.Name, Path: other.Node.Install, Message: "on the same machine"}},
		})
	}
}

// besideBalancer reports a member on the balancer's machine.
func (p *Pass) besideBalancer(lb *cluster.LoadBalancer, m *cluster.Member) {
	f := Finding{
		Node: m.Node.Name, Path: m.Node.Install, Source: inferredFrom + srcCluster + ", about this task",
		Message: fmt.Sprintf("the load balancer %s runs on this member's machine", words.Quote(hostname.Fold(m.Node.Host))),
		Fix:     "move the load balancer to another machine, or let another machine take over its address when this one fails; if the balancer only has an address here, declare the machine's name in nodes[].host",
	}
	own := ownPorts(lb)[2:] // 80 and 443 are not declared
	for _, port := range memberPorts(m) {
		if slices.Contains(own, port) {
			f.Message += fmt.Sprintf("; both listen on port %d, which they can only on addresses that differ", port)
			break
		}
	}
	p.Report(f)
}
