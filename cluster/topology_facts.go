package cluster

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// validateFacts reports the first fact that cannot be meant: about a node that
// the topology does not have, or of a form that no rule could compare. In a
// document that is a slip; of a program's facts the rules say what they cannot
// use.
func (t Topology) validateFacts() *TopologyError {
	for i, n := range t.Nodes {
		if reason := badHost(n.Host); reason != "" {
			return unusable("nodes["+strconv.Itoa(i)+"].host", "%s", reason)
		}
	}
	if err := t.Facts.LoadBalancer.validate(); err != nil {
		return err
	}
	if err := t.validateNetwork(); err != nil {
		return err
	}
	for i, s := range t.Facts.LicenseServers {
		if strings.TrimSpace(string(s)) == "" {
			return unusable("facts.licenseServers["+strconv.Itoa(i)+"]", "an address is needed")
		}
		if s.String() != string(s) {
			return unusable("facts.licenseServers["+strconv.Itoa(i)+"]", "give the address without credentials and without a query")
		}
	}
	return nil
}

func (lb *LoadBalancer) validate() *TopologyError {
	if lb == nil {
		return nil
	}
	const at = "facts.loadBalancer."
	if reason := badHost(lb.Host); reason != "" {
		return unusable(at+"host", "%s", reason)
	}
	for i, text := range lb.URLs {
		if !usableURL(text) {
			return unusable(at+"urls["+strconv.Itoa(i)+"]", "is not an http or https URL with a host, such as https://ucd.example.com:8443")
		}
	}
	for field, ports := range map[string][]int{"ports": lb.Ports, "listens": lb.Listens} {
		for i, port := range ports {
			if port < 1 || port > 65535 {
				return unusable(at+field+"["+strconv.Itoa(i)+"]", "%d is no port; ports go from 1 to 65535", port)
			}
		}
	}
	return nil
}

// badHost says why a text is not the name or address of a host, "" if it may be
// one. Empty is not declared.
func badHost(host string) string {
	switch {
	case host == "":
		return ""
	case strings.TrimSpace(host) == "":
		return "is blank; leave it out where it is not known"
	case strings.Contains(host, "://"):
		return "is a URL; the field takes the host alone"
	case strings.ContainsAny(host, " \t\r\n/\\@?#"):
		return "has a character that no host has"
	case !strings.Contains(host, ":"):
		return ""
	}
	inner := host
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		inner = host[1 : len(host)-1]
	}
	if _, err := netip.ParseAddr(inner); err != nil {
		return "has a port; the field takes the host alone"
	}
	return ""
}

// usableURL reports an http or https URL whose port, where it has one, exists.
func usableURL(text string) bool {
	u, ok := hostname.ParseURL(text)
	n, err := strconv.Atoi(u.Port)
	return ok && err == nil && n >= 1 && n <= 65535
}

func (t Topology) validateNetwork() *TopologyError {
	if len(t.Facts.Network.Unreachable)+len(t.Facts.Network.Clocks) == 0 {
		return nil
	}
	nodes := make(map[string]bool, len(t.Nodes))
	for _, n := range t.Nodes {
		nodes[n.Name] = true
	}
	known := func(field, name string) *TopologyError {
		if nodes[name] {
			return nil
		}
		err := unusable("facts.network."+field, "%s is the name of no node", named(name))
		err.Near = nearest(name, nodes)
		return err
	}
	for i, l := range t.Facts.Network.Unreachable {
		at := "unreachable[" + strconv.Itoa(i) + "]."
		if err := known(at+"from", l.From); err != nil {
			return err
		}
		if err := known(at+"to", l.To); err != nil {
			return err
		}
		if l.From == l.To {
			return unusable("facts.network."+at+"to", "%s is also where the connection begins", named(l.To))
		}
	}
	clocks := map[string]int{}
	for i, c := range t.Facts.Network.Clocks {
		at := "clocks[" + strconv.Itoa(i) + "].node"
		if err := known(at, c.Node); err != nil {
			return err
		}
		if j, dup := clocks[c.Node]; dup {
			return unusable("facts.network."+at, "%s is also the node of clocks[%d]", named(c.Node), j)
		}
		clocks[c.Node] = i
	}
	return nil
}
