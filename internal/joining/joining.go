// Package joining is what the two ways into a cluster have in common: a further
// member is installed (cluster/installer), or an existing server changes over
// (cluster/plan).
package joining

import (
	"cmp"
	"net"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/product"
)

// Copied is the vendor's own sentence on copied installations.
const Copied = `The vendor says: "To create a second server in an high-availability setup use the Deploy installer. ` +
	`An install which copies server install files to create a second server is not supported."`

// Premises are the rules that the cluster has to pass for it to have one answer
// to every question: one version that members can join, one application data
// folder, one database, one encryption key, no copied installation.
func Premises() []string {
	return []string{
		"VER001", "VER002", "VER003", "VER004", "PRP001", "PRP002", "PRP003", "PRP005", "PRP006",
		"APP006", "DBS001", "DBS002", "NET002", "OPS004", "KEY009",
	}
}

// Without is the cluster without one member.
func Without(c *cluster.Cluster, name string) *cluster.Cluster {
	d := *c
	d.Members, d.Topology.Nodes = nil, nil
	for _, m := range c.Members {
		if m.Node.Name != name {
			d.Members = append(d.Members, m)
			d.Topology.Nodes = append(d.Topology.Nodes, m.Node)
		}
	}
	return &d
}

// Alike are the properties that members of a version have alike, or should, and
// that the installer does not ask for. The active encryption key comes first.
func Alike(version string) []string {
	list := []string{
		cluster.KeyEncryptionAlias,
		"server.agentCommunicationAlwaysEncrypted", "server.ssl.enabledCiphers", "server.ssl.enabledProtocols", "install.server.ssl.enabledProtocols",
		"verify.client.identity", "verify.server.identity",
		"agentcomm.clientCertificate.enforceExpiration", "agentcomm.clientCertificate.maxAgeDays", "server.userIdAuthScheme.enabled",
	}
	if product.In(version, "", product.Until(product.Layout, product.HibernateDialect)) {
		list = append(list, "hibernate.dialect")
	}
	return list
}

// Balancer is the host that users dial: the declared one, or else that of a member.
func Balancer(c *cluster.Cluster, like *cluster.Member) string {
	if lb := c.Topology.Facts.LoadBalancer; lb != nil && lb.Host != "" {
		return hostname.Web(lb.Host)
	}
	return hostname.Bare(like.Value(cluster.KeyWebHost))
}

// AgentURI is the address of a member on this host, with the port of the others
// where they have one.
func AgentURI(c *cluster.Cluster, host string) string {
	port := ""
	for _, m := range c.Members {
		u, _ := hostname.Parse(m.Value(cluster.KeyAgentURI))
		if port != "" && u.Port != port {
			port = ""
			break
		}
		port = u.Port
	}
	return "wss://" + net.JoinHostPort(hostname.Fold(host), cmp.Or(port, "7919"))
}
