package haproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/internal/balancer/balancertest"
)

// members are the servers that the configurations in testdata are about.
func members() []haproxy.Member {
	member := func(name string, hosts ...string) haproxy.Member {
		return haproxy.Member{Name: name, Hosts: hosts, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919}
	}
	return []haproxy.Member{
		member("node1", "node1.example.com", "10.0.0.11", "2001:db8:0::11"),
		member("node2", "Node2.example.com", "10.0.0.12"),
	}
}

func options(conditions bool) haproxy.Options {
	return haproxy.Options{Host: "ucd.example.com", Members: members(), Conditions: conditions}
}

// told renders what a configuration says.
func told(t testing.TB, c *haproxy.Config, conditions bool) string {
	lb, unclear := c.Facts(options(conditions))
	var facts []string
	var lines strings.Builder
	for _, u := range unclear {
		facts = append(facts, u.Facts...)
		fmt.Fprintln(&lines, u)
	}
	return balancertest.Told(t, lb, facts) + lines.String()
}

func fixtures(t testing.TB) []balancertest.Fixture { return balancertest.Fixtures(t, 230) }

// TestConfigurations compares what each configuration in testdata says with the
// text that follows it; -update writes the texts.
func TestConfigurations(t *testing.T) {
	balancertest.Compare(t, fixtures(t), func(t *testing.T, f balancertest.Fixture) string {
		c, err := haproxy.Parse("haproxy.cfg", []byte(f.Config))
		if err != nil {
			t.Fatal(err)
		}
		got := told(t, c, false)
		if met := told(t, c, true); met != got {
			got += "with every condition taken as met:\n" + met
		}
		return got
	})
}
