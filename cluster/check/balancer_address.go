package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/words"
)

// memberHosts are the names of the members' machines, as far as they are
// declared or named by agentcomm.uri.
func memberHosts(c *cluster.Cluster) map[string]*cluster.Member {
	out := map[string]*cluster.Member{}
	for _, m := range c.Members {
		hosts := []string{hostname.Fold(m.Node.Host)}
		if u, ok := hostname.Parse(m.Value(cluster.KeyAgentURI)); ok {
			hosts = append(hosts, hostname.Fold(u.Host))
		}
		for _, h := range hosts {
			if _, taken := out[h]; h != "" && !taken {
				out[h] = m
			}
		}
	}
	return out
}

// balancerHosts returns the balancer's names; without them the rule is Unknown.
func (p *Pass) balancerHosts(c *cluster.Cluster) (*cluster.LoadBalancer, []string) {
	lb := p.balancer(c)
	hosts := lb.Hosts()
	if lb != nil && len(hosts) == 0 {
		p.Unknown("", "the load balancer's host is not declared", "facts.loadBalancer.host")
	}
	return lb, hosts
}

func checkWebHost(p *Pass, c *cluster.Cluster) {
	_, hosts := p.balancerHosts(c)
	if len(hosts) == 0 {
		return
	}
	machines := memberHosts(c)
	for _, m := range behind(c) {
		if !p.properties(m) {
			continue
		}
		host := hostname.Fold(agreement{key: cluster.KeyWebHost}.fold(m))
		if host == "" {
			p.unknownAt(m, m.InstalledPath(), cluster.KeyWebHost+" is not set", "the property in installed.properties")
			continue
		}
		if slices.Contains(hosts, host) {
			continue
		}
		f := atProperty(m, cluster.KeyWebHost)
		f.Message = fmt.Sprintf("%s is %s", cluster.KeyWebHost, words.Quote(host))
		other := machines[host]
		switch {
		case other == m:
			f.Message += ", this member's own host"
		case other != nil:
			f.Message += ", the host of " + words.Plain(other.Node.Name)
		case hostname.Loopback(host):
			f.Message += ", which only this machine can reach"
		default:
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
		}
		if len(c.Members) < 2 {
			// A server may still be installed for itself alone.
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
		}
		f.Message += "; the load balancer is " + words.Quote(hosts[0])
		f.Fix = "set it to the load balancer's host, and make sure that the External URLs of the System Settings are the balancer's"
		p.Report(f.set(m, cluster.KeyWebHost, hosts[0]))
	}
}

func checkExternalURLs(p *Pass, c *cluster.Cluster) {
	lb, hosts := p.balancerHosts(c)
	if len(hosts) == 0 {
		return
	}
	settings := c.Topology.Facts.Settings
	if settings == nil {
		settings = &cluster.Settings{}
	}
	machines := memberHosts(c)
	for _, s := range []struct {
		name, value, field string
		fronted            bool
	}{
		{"External Agent URL", settings.ExternalAgentURL, "facts.settings.externalAgentURL", false},
		{"External User URL", settings.ExternalUserURL, "facts.settings.externalUserURL", fronted(c)},
	} {
		if strings.TrimSpace(s.value) == "" {
			p.Unknown("", s.name+" of the System Settings is not declared", s.field)
			continue
		}
		f := Finding{
			Subject: s.name,
			Fix:     "set " + s.name + " under System Settings to the load balancer's URL",
		}
		a, ok := hostname.ParseURL(s.value)
		machine := machines[a.Host]
		switch {
		case !ok:
			f.Message = s.name + " is not an http or https URL"
		case slices.Contains(hosts, a.Host):
			if why := lb.Open["urls"]; why != "" && len(lb.URLs) == 0 {
				p.Unknown("", "whether the load balancer listens where "+s.name+" is, is not clear: "+words.Plain(why), "facts.loadBalancer.urls")
				continue
			}
			if len(lb.URLs) == 0 || opens(lb, a) {
				continue
			}
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
			f.Message = fmt.Sprintf("%s is at %s, where the load balancer is not declared to listen", s.name, words.Quote(a.String()))
		case machine != nil:
			f.Message = fmt.Sprintf("%s is at %s, the host of %s, instead of the load balancer %s", s.name, words.Quote(a.String()), words.Plain(machine.Node.Name), words.Quote(hosts[0]))
		case s.fronted:
			p.Unknown("", s.name+" may be that of the distributed front ends' load balancer, which is not declared", "its URL in facts.loadBalancer.urls")
			continue
		default:
			f.Message = fmt.Sprintf("%s is at %s instead of the load balancer %s", s.name, words.Quote(a.String()), words.Quote(hosts[0]))
		}
		p.Report(f)
	}
}

// opens reports whether one of the frontends is at an address.
func opens(lb *cluster.LoadBalancer, a hostname.URL) bool {
	return slices.ContainsFunc(lb.URLs, func(text string) bool {
		b, ok := hostname.ParseURL(text)
		return ok && a == b
	})
}
