package cluster

// Facts are what a caller declares because no server file holds it. A nil or
// empty value is not declared: rules that need it answer Unknown.
type Facts struct {
	// LoadBalancer is what stands in front of the members.
	LoadBalancer *LoadBalancer `json:"loadBalancer,omitempty"`
	// Backups are the two kinds that the vendor asks for.
	Backups Backups `json:"backups,omitzero"`
	// LicenseHA declares whether the license server survives a failure.
	LicenseHA *bool `json:"licenseHA,omitempty"`
}

// LoadBalancer declares what the balancer does.
type LoadBalancer struct {
	// Host is the name that users dial, without a port.
	Host string `json:"host"`
	// Affinity declares session persistence.
	Affinity *bool `json:"affinity,omitempty"`
	// Ports are the members' ports that receive forwarded connections.
	Ports []int `json:"ports,omitempty"`
	// TLSEnds is where TLS ends.
	TLSEnds TLSEnd `json:"tlsEnds,omitzero"`
}

// TLSEnd is the place where users' TLS connections end.
type TLSEnd int

const (
	// TLSAtServers: the balancer passes TLS through, so all members serve
	// the same certificate.
	TLSAtServers TLSEnd = iota + 1
	// TLSAtBalancer: the balancer holds the certificate.
	TLSAtBalancer
)

// Backups declares which backups exist.
type Backups struct {
	// Online is the frequent backup of the database while servers run.
	Online *bool `json:"online,omitempty"`
	// Offline is the backup of database, application data and each member's
	// conf folder, all of one moment, with all members stopped.
	Offline *bool `json:"offline,omitempty"`
}
