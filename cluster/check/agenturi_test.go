package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestAgentURIFixNamesTheMemberItself: an example with another member's name
// would be copied.
func TestAgentURIFixNamesTheMemberItself(t *testing.T) {
	for host, want := range map[string]string{
		"":                "wss://HOST:7919",
		"localhost":       "wss://HOST:7919",
		"ucd.example.com": "wss://HOST:7919", // the balancer's
		"two.example.com": "wss://two.example.com:7919",
		"2001:db8::2":     "wss://[2001:db8::2]:7919",
	} {
		s := pair(t)
		s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "ucd.example.com"}
		s.topo.Nodes[1].Host = host
		s.unset("node2", "agentcomm.uri")
		r := s.check(check.Options{Only: []string{"NET001"}})
		if len(r.Findings) != 1 || r.Findings[0].Fix != "set agentcomm.uri to wss:// with this machine's own name and a port, such as "+want {
			t.Errorf("%q: %+v", host, r.Findings)
		}
	}
}
