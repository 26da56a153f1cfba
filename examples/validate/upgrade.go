package main

import (
	"fmt"
	"io"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/compat"
)

// upgradePath is the way from the oldest version among the members, which has
// the most conditions.
func upgradePath(c *cluster.Cluster, to string) compat.Path {
	from := ""
	for _, m := range c.Members {
		if m.Version != "" && (from == "" || cluster.CompareVersions(m.Version, from) < 0) {
			from = m.Version
		}
	}
	return compat.Upgrade(from, to)
}

// writePath prints the way and its conditions, of which the report says by the
// rules UPG001 and following whether they hold.
func writePath(w io.Writer, p compat.Path) {
	fmt.Fprintf(w, "Upgrade to %s (%s): %s\n", p.To, p.Answer, p.Why)
	for i, l := range p.Legs {
		fmt.Fprintf(w, "  %d. %s to %s. Before it begins:\n", i+1, l.From, l.To)
		for _, c := range l.Conditions {
			fmt.Fprintf(w, "     - %s [%s]\n", c.Requirement, c.Source)
		}
	}
}
