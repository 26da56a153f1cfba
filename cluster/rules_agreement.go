package cluster

import (
	"fmt"
	"strings"
)

// agreementRules are about properties that members should have alike.
func agreementRules() []Rule {
	return []Rule{
		{
			ID: "PRP015", Title: "Members agree in the properties that concern all of them", Severity: Warning,
			Source:  inferredFrom + srcAdd,
			What:    "Properties about users, agents and the database have the same value on every member.",
			Avoid:   "Changing such a property on one member.",
			Prefer:  "The same change on every member, with the restarts planned together.",
			Why:     "A user, an agent or a process may meet any member, and would meet another behaviour there.",
			Cluster: checkAgreement,
		},
	}
}

func checkAgreement(p *Pass, c *Cluster) {
	members := p.withProperties(c)
	for _, a := range agreements() {
		if p.spokenOf(c, a.key) {
			continue
		}
		rule := Rule{Since: a.since, Until: a.until}
		var in []*Member
		for _, m := range members {
			switch {
			case a.since == "" && a.until == "":
				in = append(in, m)
			case !m.versionKnown():
				p.Blocked(m, m.versionPath())
			case rule.InWindow(m.Version):
				in = append(in, m)
			}
		}
		alike := []group{{members: in}}
		if a.ofDatabase() {
			alike = groups(in, (*Member).databaseText)
		}
		for _, g := range alike {
			p.drift(g.members, a.key, a.fold, func(odd, main group) Finding {
				f := odd.members[0].at(a.key)
				f.Severity, f.Source = a.severity, a.source
				f.Message = fmt.Sprintf("%s is %s, while %s %s: %s", a.key,
					orUnset(show(a.key, odd.value)), main.have(), orUnset(show(a.key, main.value)), a.why)
				f.Fix = "decide on one value and write it on every member"
				return f
			})
		}
	}
}

// ofDatabase reports whether the property follows from which database it is.
// Of members that use another one DBS001 and DBS002 speak.
func (a agreement) ofDatabase() bool {
	return a.key == KeyDriverClass || a.key == "hibernate.dialect" || a.key == "hibernate.connection.username"
}

// spokenOf reports whether another rule of this run holds the property of
// every member against a declared fact, which says more than a difference.
func (p *Pass) spokenOf(c *Cluster, key string) bool {
	switch key {
	case KeyWebHost:
		return p.runs("LBR004") && len(c.Topology.Facts.LoadBalancer.hosts()) > 0
	case keyUserIDAuth:
		return p.runs("OPS008") && c.fronted()
	}
	return false
}

// fold reduces a member's value to what the comparison is about.
func (a agreement) fold(m *Member) string {
	v := strings.TrimSpace(m.Value(a.key))
	switch {
	case a.flag:
		if v = strings.ToLower(v); v == "false" {
			v = ""
		}
	case a.key == KeyAlwaysSecure:
		if v = strings.ToLower(v); v == "yes" {
			v = "y" // another spelling: PRP012 speaks of it
		} else if v == "no" {
			v = "n"
		}
	case a.key == KeyWebHost:
		// The installer cuts a port off; host names have no letter case.
		v = strings.ToLower(v)
		if i := strings.LastIndexByte(v, ':'); i > 0 && strings.IndexByte(v, ':') == i {
			v = v[:i]
		}
	}
	return v
}

// verb is the form that fits the number of a group's members.
func (g group) verb(one, many string) string {
	if len(g.members) == 1 {
		return one
	}
	return many
}
