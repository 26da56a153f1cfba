package cluster

import (
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/props"
)

// Facts are what a caller declares because no server file holds it. A nil or
// empty value is not declared: rules that need it answer Unknown.
type Facts struct {
	// LoadBalancer is what stands in front of the members.
	LoadBalancer *LoadBalancer `json:"loadBalancer,omitempty"`
	// Settings are the System Settings of the servers' user interface.
	Settings *Settings `json:"settings,omitempty"`
	// Network is how the members see each other.
	Network Network `json:"network,omitzero"`
	// Replication is whether the shared parts are copied to another site.
	Replication Replication `json:"replication,omitzero"`
	// Backups are the two kinds that the vendor asks for.
	Backups Backups `json:"backups,omitzero"`
	// Database are settings of the database server.
	Database *DatabaseSettings `json:"database,omitempty"`
	// ServerLicenses is how many server licenses there are. It matters in the
	// agent-based license model, in which every member needs one.
	ServerLicenses *int `json:"serverLicenses,omitempty"`
	// LicenseHA declares whether the license server survives a failure.
	LicenseHA *bool `json:"licenseHA,omitempty"`
	// LicenseServers are the addresses of the license servers, such as
	// "27000@license1.example.com"; reports only count them. Where LicenseHA is
	// not declared, two of them are taken as highly available and one as not.
	LicenseServers []LicenseServer `json:"licenseServers,omitempty"`
}

// LicenseServer is the address of a license server. Credentials do not belong
// in it: ReadTopology refuses them, and they are hidden wherever it is printed
// or written.
type LicenseServer string

// String hides credentials.
func (s LicenseServer) String() string { return props.Redact(keyLicenseServer, string(s)) }

// Format hides credentials, whatever the verb.
func (s LicenseServer) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// LogValue hides credentials in structured logs.
func (s LicenseServer) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides credentials in JSON.
func (s LicenseServer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is.
func (s *LicenseServer) UnmarshalText(text []byte) error {
	*s = LicenseServer(text)
	return nil
}

const keyLicenseServer = "license.server.url"

// LoadBalancer declares what the balancer does.
type LoadBalancer struct {
	// Host is the name that users dial, without a port.
	Host string `json:"host"`
	// URLs are the frontends as users open them, such as
	// "https://ucd.example.com" or "http://ucd.example.com:8080". Their hosts
	// are names of the balancer beside Host.
	URLs []string `json:"urls,omitempty"`
	// Affinity declares session persistence.
	Affinity *bool `json:"affinity,omitempty"`
	// Ports are all the members' ports that receive forwarded connections.
	Ports []int `json:"ports,omitempty"`
	// Listens are ports that the balancer itself listens on, beside those of
	// URLs. They are not among Ports unless members have them too.
	Listens []int `json:"listens,omitempty"`
	// TLSEnds is where TLS ends.
	TLSEnds TLSEnd `json:"tlsEnds,omitzero"`
	// JMS declares whether any balancer forwards to the members' JMS port,
	// 7918, which must not be. Nil: Ports decides.
	JMS *bool `json:"jms,omitempty"`
	// WebSocket declares whether any balancer forwards to the port of the
	// members' agentcomm.uri, 7919: agents and relays may come that way, members
	// must not. Nil: Ports decides.
	WebSocket *bool `json:"webSocket,omitempty"`
	// Open says of facts that are not declared why they are not known, by their
	// names in JSON; reports pass it on. The readers of balancers' configurations
	// fill it.
	Open map[string]string `json:"open,omitempty"`
	// From is where the balancer's configuration says a fact, by its name in JSON,
	// such as "haproxy.cfg:24" for "affinity"; reports name it. The readers fill it
	// in where a defect comes from one line.
	From map[string]string `json:"from,omitempty"`
}

// Settings are the two URLs of the System Settings, which the servers keep in
// their database. (Vendor pages ha_add_server, ha_convert_server.)
type Settings struct {
	ExternalAgentURL string `json:"externalAgentURL,omitempty"`
	ExternalUserURL  string `json:"externalUserURL,omitempty"`
}

// DatabaseSettings declares what the vendor asks of the database server. (Vendor
// pages dbinstall.)
type DatabaseSettings struct {
	// UTF8 declares the character set UTF-8, which MySQL and Oracle need.
	UTF8 *bool `json:"utf8,omitempty"`
	// CaseSensitive declares a collation that tells letter case apart, which SQL
	// Server needs.
	CaseSensitive *bool `json:"caseSensitive,omitempty"`
	// ReadCommittedSnapshot declares READ_COMMITTED_SNAPSHOT, which SQL Server
	// needs.
	ReadCommittedSnapshot *bool `json:"readCommittedSnapshot,omitempty"`
}

// Network declares how the members see each other. Members open connections
// of their own to each other's agentcomm.uri, 7919, and before 7.0 to HTTPS and
// JMS.
type Network struct {
	// MembersReachable declares that every member reaches every other, but for
	// what Unreachable lists; false that some do not.
	MembersReachable *bool `json:"membersReachable,omitempty"`
	// Unreachable are the directions in which connections fail.
	Unreachable []Link `json:"unreachable,omitempty"`
	// ClusterConnections are the names of the nodes for which a cluster connection
	// has been made (Settings, Network), which versions before 7.2 need. They are
	// in the database, so that one list holds for all members.
	ClusterConnections []string `json:"clusterConnections,omitempty"`
	// Clocks are the members' clocks, all held against one other clock.
	Clocks []Clock `json:"clocks,omitempty"`
}

// Link is a direction between two nodes.
type Link struct {
	// From and To are names of nodes.
	From string `json:"from"`
	To   string `json:"to"`
}

// Clock is the clock of one node.
type Clock struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Ahead is how far it is ahead of the clock that all are held against;
	// negative is behind.
	Ahead Duration `json:"ahead"`
}

// Replication declares whether what the members share is copied to another
// site by the database or the storage itself.
type Replication struct {
	Database ReplicationMode `json:"database,omitzero"`
	Storage  ReplicationMode `json:"storage,omitzero"`
}

// ReplicationMode is how a copy at another site is kept.
type ReplicationMode string

const (
	// ReplicationNone: there is no such copy.
	ReplicationNone ReplicationMode = "none"
	// ReplicationSynchronous: a write is done when the copy has it.
	ReplicationSynchronous ReplicationMode = "synchronous"
	// ReplicationAsynchronous: the copy follows later.
	ReplicationAsynchronous ReplicationMode = "asynchronous"
)

// TLSEnd is the place where users' TLS connections end.
type TLSEnd string

const (
	// TLSAtServers: the balancer passes TLS through, so all members serve
	// the same certificate.
	TLSAtServers TLSEnd = "servers"
	// TLSAtBalancer: the balancer holds the certificate. It may open
	// connections of its own to the members' HTTPS port.
	TLSAtBalancer TLSEnd = "balancer"
)

// Backups declares which backups exist.
type Backups struct {
	// Online is the frequent backup of the database while servers run.
	Online *bool `json:"online,omitempty"`
	// Offline is the backup of database, application data and each member's
	// conf folder, all of one moment, with all members stopped.
	Offline *bool `json:"offline,omitempty"`
}

// Hosts are the names of the balancer that are declared, folded for comparing,
// Host first.
func (lb *LoadBalancer) Hosts() []string {
	if lb == nil {
		return nil
	}
	var out []string
	add := func(host string) {
		if host = hostname.Web(host); host != "" && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	add(lb.Host)
	for _, text := range lb.URLs {
		if a, ok := hostname.ParseURL(text); ok {
			add(a.Host)
		}
	}
	return out
}
