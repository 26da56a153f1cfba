package check

import (
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
)

// declaredRules are about what no file of a server shows, so that somebody has to
// say it: settings in the database, of the database, and licenses.
func declaredRules() []Rule {
	return []Rule{
		{
			ID: "DBS007", Title: "The database server is set up as the vendor asks", Severity: Error,
			Source:  srcDBInstall,
			What:    "MySQL and Oracle use UTF-8; SQL Server has READ_COMMITTED_SNAPSHOT on and a case-sensitive collation.",
			Avoid:   "The defaults of the database server.",
			Prefer:  "The settings of the vendor's page for the database, before the schema is created.",
			Why:     "The vendor asks for it; without it texts can be damaged, and in SQL Server readers and writers of several members block each other.",
			Cluster: checkDatabaseSettings,
		},
		{
			ID: "NET006", Title: "There is a cluster connection for every member", Severity: Error,
			Source:  srcSettings,
			Until:   product.Until(product.Connection, product.JMSMembers),
			What:    "Before 7.2 the network settings have a cluster connection for each member, itself included.",
			Avoid:   "Adding a member and leaving the list as it was.",
			Prefer:  "One connection for each member, made on one of them, and a restart of the members that were added.",
			Why:     "Members without a connection do not learn what the others do.",
			Cluster: needs((*Pass).several, checkClusterConnections),
		},
		{
			ID: "OPS010", Title: "There is a server license for every member", Severity: Error,
			Source:  srcLicense,
			What:    "In the agent-based license model there are as many server licenses as members. Whether a cold standby or a front end needs one is not documented.",
			Avoid:   "Adding a member to a cluster whose licenses are used up.",
			Prefer:  "A look at the licenses before a member is installed.",
			Why:     "In this model each server of a cluster needs a license.",
			Cluster: needs((*Pass).several, checkServerLicenses),
		},
	}
}

func checkDatabaseSettings(p *Pass, c *cluster.Cluster) {
	var kinds []string
	for _, m := range p.read(c) {
		if t := m.Database.Type; t != "" && !slices.Contains(kinds, t) {
			kinds = append(kinds, t)
		}
	}
	declared := c.Topology.Facts.Database
	if declared == nil {
		declared = &cluster.DatabaseSettings{}
	}
	judged := false
	for _, s := range []struct {
		kinds []string
		value *bool
		field string
		lacks string
	}{
		{[]string{"mysql", "oracle"}, declared.UTF8, "utf8", "does not use UTF-8"},
		{[]string{"sqlserver"}, declared.CaseSensitive, "caseSensitive", "has a collation that is not case-sensitive"},
		{[]string{"sqlserver"}, declared.ReadCommittedSnapshot, "readCommittedSnapshot", "has READ_COMMITTED_SNAPSHOT off"},
	} {
		if !slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(s.kinds, k) }) {
			continue
		}
		judged = true
		switch {
		case s.value == nil:
			p.Unknown("", "whether the database is set up as the vendor asks is not declared: "+s.field, "facts.database."+s.field)
		case !*s.value:
			p.Report(Finding{Message: "the database " + s.lacks, Fix: "change it as the vendor's page for the database describes, after a backup and with all members stopped"})
		}
	}
	if !judged {
		p.NotApplicable()
	}
}

func checkClusterConnections(p *Pass, c *cluster.Cluster) {
	members := slices.DeleteFunc(p.inWindow(c), func(m *cluster.Member) bool { return m.Node.Role == cluster.RoleStandby })
	if len(members) == 0 {
		return
	}
	listed := c.Topology.Facts.Network.ClusterConnections
	if listed == nil {
		p.Unknown("", "which cluster connections there are is not declared", "facts.network.clusterConnections")
		return
	}
	for _, name := range listed {
		if c.Member(name) == nil {
			p.Report(Finding{
				Severity: Warning, Source: inferredFrom + srcSettings,
				Message: fmt.Sprintf("there is a cluster connection for %s, which is not a member", words.Quote(name)),
				Fix:     "delete it, if that server is gone",
			})
		}
	}
	for _, m := range members {
		if !slices.Contains(listed, m.Node.Name) {
			p.Report(Finding{
				Node: m.Node.Name, Path: m.Node.Install,
				Message: "the member has no cluster connection",
				Fix:     "make one for its JMS port on any member, under Settings, Network, and restart this member",
			})
		}
	}
}

func checkServerLicenses(p *Pass, c *cluster.Cluster) {
	n := 0
	for _, m := range c.Members {
		if m.Node.Role == cluster.RoleMember {
			n++
		}
	}
	switch have := c.Topology.Facts.ServerLicenses; {
	case have == nil:
		p.Unknown("", "how many server licenses there are is not declared; it matters in the agent-based license model", "facts.serverLicenses")
	case *have < n:
		p.Report(Finding{
			Message: fmt.Sprintf("the cluster has %s for %s", words.Count(*have, "server license"), words.Count(n, "member")),
			Fix:     "get one for each member, or leave facts.serverLicenses out where licenses are counted in another way",
		})
	case *have < len(c.Members):
		p.Unknown("", "whether a cold standby or a front end needs a server license is not documented", "the vendor's word on it, or a license for each")
	}
}
