package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
)

const keyUserIDAuth = "server.userIdAuthScheme.enabled"

// fronted reports whether the topology has a distributed front end.
func fronted(c *cluster.Cluster) bool {
	return slices.ContainsFunc(c.Members, func(m *cluster.Member) bool { return m.Node.Role == cluster.RoleFrontEnd })
}

func checkFrontEndAuth(p *Pass, c *cluster.Cluster) {
	if !fronted(c) {
		p.NotApplicable()
		return
	}
	for _, m := range p.inWindow(c) {
		value := m.Value(keyUserIDAuth)
		if m.Node.Role == cluster.RoleFrontEnd || strings.EqualFold(value, "true") {
			continue
		}
		f := atProperty(m, keyUserIDAuth)
		f.Message = keyUserIDAuth + " is not set, and there is a distributed front end"
		if value != "" {
			f.Message = fmt.Sprintf("%s is %s, and there is a distributed front end", keyUserIDAuth, show(keyUserIDAuth, value))
		}
		f.Fix = "set it to true and restart the server"
		p.Report(f.set(m, keyUserIDAuth, "true"))
	}
}

func checkReplication(p *Pass, c *cluster.Cluster) {
	r := c.Topology.Facts.Replication
	if r == (cluster.Replication{}) {
		p.Unknown("", "whether database and network storage are replicated is not declared", "facts.replication")
		return
	}
	for _, part := range []struct {
		what, field string
		mode        cluster.ReplicationMode
	}{
		{"database", "facts.replication.database", r.Database},
		{"network storage", "facts.replication.storage", r.Storage},
	} {
		switch part.mode {
		case cluster.ReplicationNone, cluster.ReplicationSynchronous:
		case cluster.ReplicationAsynchronous:
			p.Report(Finding{
				Message: "the " + part.what + " is replicated asynchronously",
				Fix:     "replicate it synchronously, or rely on backups of one moment instead",
			})
		default:
			p.Unknown("", "whether the "+part.what+" is replicated is not declared", part.field)
		}
	}
}

// checkLicense uses what is declared of the whole, and counts the servers where
// nothing is declared.
func checkLicense(p *Pass, c *cluster.Cluster) {
	f := c.Topology.Facts
	finding := Finding{Fix: "optional: configure the license server for high availability"}
	switch {
	case f.LicenseHA != nil && !*f.LicenseHA:
		finding.Message = "the license server is declared as not highly available"
	case f.LicenseHA == nil && len(f.LicenseServers) == 1:
		finding.Message = "there is one license server"
	case f.LicenseHA == nil && len(f.LicenseServers) == 0:
		p.Unknown("", "whether the license server is highly available is not declared", "facts.licenseHA")
		return
	default:
		return
	}
	p.Report(finding)
}
