package haproxy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// Member is one server as the balancer knows it.
type Member struct {
	// Name is for messages.
	Name string
	// Hosts are its names and addresses, whichever the configuration may use.
	Hosts []string
	// HTTP, HTTPS, JMS and WebSocket are its ports, 0 where there is none or it
	// is not known.
	HTTP, HTTPS, JMS, WebSocket int
}

// Members are the members of a loaded cluster that the balancer is for: their
// declared hosts, the hosts of their agentcomm.uri, and the ports in their
// properties. A balancer that knows them by other addresses needs those added.
// Cold standbys and distributed front ends are left out.
func Members(c *cluster.Cluster) []Member {
	var out []Member
	for _, m := range c.Members {
		if m.Node.Role == cluster.RoleStandby || m.Node.Role == cluster.RoleFrontEnd {
			continue
		}
		b := Member{
			Name: m.Node.Name,
			HTTP: propertyPort(m, cluster.KeyWebPort), HTTPS: propertyPort(m, cluster.KeyWebSecurePort),
			JMS: propertyPort(m, "server.jms.port"),
		}
		agents, _ := hostname.Parse(m.Value(cluster.KeyAgentURI))
		b.WebSocket, _ = strconv.Atoi(agents.Port)
		for _, h := range []string{m.Node.Host, agents.Host} {
			if h = hostname.Fold(h); h != "" && !hostname.Loopback(h) && !slices.Contains(b.Hosts, h) {
				b.Hosts = append(b.Hosts, h)
			}
		}
		out = append(out, b)
	}
	return out
}

func propertyPort(m *cluster.Member, key string) int {
	n, err := strconv.Atoi(strings.TrimSpace(m.Value(key)))
	if err != nil || n < 1 || n > 65535 {
		return 0
	}
	return n
}
