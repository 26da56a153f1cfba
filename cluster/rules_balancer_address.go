package cluster

import (
	"fmt"
	"slices"
	"strings"
)

// memberHosts are the names of the members' machines, as far as they are
// declared or stand in agentcomm.uri.
func memberHosts(c *Cluster) map[string]*Member {
	out := map[string]*Member{}
	for _, m := range c.Members {
		hosts := []string{foldHost(m.Node.Host)}
		if u, ok := parseAgentURI(m.Value(KeyAgentURI)); ok {
			hosts = append(hosts, foldHost(u.host))
		}
		for _, h := range hosts {
			if _, taken := out[h]; h != "" && !taken {
				out[h] = m
			}
		}
	}
	return out
}

// balancerHosts returns the balancer's names; the rule waits for them.
func (p *Pass) balancerHosts(c *Cluster) (*LoadBalancer, []string) {
	lb := p.balancer(c)
	hosts := lb.hosts()
	if lb != nil && len(hosts) == 0 {
		p.Unknown("", "the load balancer's host is not declared", "facts.loadBalancer.host")
	}
	return lb, hosts
}

func checkWebHost(p *Pass, c *Cluster) {
	_, hosts := p.balancerHosts(c)
	if len(hosts) == 0 {
		return
	}
	machines := memberHosts(c)
	for _, m := range behind(c) {
		if !p.properties(m) {
			continue
		}
		host := foldHost(agreement{key: KeyWebHost}.fold(m))
		if host == "" {
			p.unknownAt(m, m.InstalledPath(), KeyWebHost+" is not set", "the property in installed.properties")
			continue
		}
		if slices.Contains(hosts, host) {
			continue
		}
		f := m.at(KeyWebHost)
		f.Node = m.Node.Name
		f.Message = fmt.Sprintf("%s is %s", KeyWebHost, quote(host))
		other := machines[host]
		switch {
		case other == m:
			f.Message += ", this member's own host"
		case other != nil:
			f.Message += ", the host of " + plain(other.Node.Name)
		case loopback(host):
			f.Message += ", which only this machine can reach"
		default:
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
		}
		if len(c.Members) < 2 {
			// A server may still be installed for itself alone.
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
		}
		f.Message += "; the load balancer is " + quote(hosts[0])
		f.Fix = "set it to the load balancer's host"
		p.Report(f.set(m, KeyWebHost, hosts[0]))
	}
}

func checkExternalURLs(p *Pass, c *Cluster) {
	lb, hosts := p.balancerHosts(c)
	if len(hosts) == 0 {
		return
	}
	settings := c.Topology.Facts.Settings
	if settings == nil {
		settings = &Settings{}
	}
	machines := memberHosts(c)
	for _, s := range []struct {
		name, value, field string
		fronted            bool
	}{
		{"External Agent URL", settings.ExternalAgentURL, "facts.settings.externalAgentURL", false},
		{"External User URL", settings.ExternalUserURL, "facts.settings.externalUserURL", c.fronted()},
	} {
		if strings.TrimSpace(s.value) == "" {
			p.Unknown("", s.name+" of the System Settings is not declared", s.field)
			continue
		}
		f := Finding{
			Subject: s.name,
			Fix:     "set " + s.name + " under System Settings to the load balancer's URL",
		}
		a, ok := parseWebURL(s.value)
		machine := machines[a.host]
		switch {
		case !ok:
			f.Message = s.name + " is not an http or https URL"
		case slices.Contains(hosts, a.host):
			if len(lb.URLs) == 0 || lb.opens(a) {
				continue
			}
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
			f.Message = fmt.Sprintf("%s is at %s, where the load balancer is not declared to listen", s.name, quote(a.String()))
		case machine != nil:
			f.Message = fmt.Sprintf("%s is at %s, the host of %s, instead of the load balancer %s", s.name, quote(a.String()), plain(machine.Node.Name), quote(hosts[0]))
		case s.fronted:
			p.Unknown("", s.name+" may be that of the distributed front ends' load balancer, which is not declared", "its URL in facts.loadBalancer.urls")
			continue
		default:
			f.Message = fmt.Sprintf("%s is at %s instead of the load balancer %s", s.name, quote(a.String()), quote(hosts[0]))
		}
		p.Report(f)
	}
}

// opens reports whether one of the frontends is at an address.
func (lb *LoadBalancer) opens(a webAddress) bool {
	return slices.ContainsFunc(lb.URLs, func(text string) bool {
		b, ok := parseWebURL(text)
		return ok && a == b
	})
}
