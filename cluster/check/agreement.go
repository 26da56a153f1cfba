package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
)

// agreementRules are about properties that members should have alike.
func agreementRules() []Rule {
	return []Rule{
		{
			ID: "PRP015", Title: "Members agree in the properties that concern all of them", Severity: Warning,
			Source:  inferredFrom + srcAdd,
			What:    "Properties about users, agents and the database have the same value on every member, and so have the passwords of what members share, as far as they are in plain text.",
			Avoid:   "Changing such a property on one member.",
			Prefer:  "The same change on every member, with the restarts planned together.",
			Why:     "A user, an agent or a process may reach any member, and each would behave differently.",
			Cluster: needs((*Pass).several, checkAgreement),
		},
	}
}

func checkAgreement(p *Pass, c *cluster.Cluster) {
	members := p.read(c)
	for _, a := range agreements() {
		if declared(c, a.key) {
			continue
		}
		in := slices.DeleteFunc(slices.Clone(members), func(m *cluster.Member) bool { return !p.inWindowOf(a, m) })
		alike := []group{{members: in}}
		if a.ofDatabase() {
			alike = groups(in, databaseKey)
		}
		for _, g := range alike {
			a.compare(p, g.members)
		}
	}
	for _, key := range sharedPasswords() {
		comparePasswords(p, members, key)
	}
}

// inWindowOf reports whether a member's version is one that the property is about.
func (p *Pass) inWindowOf(a agreement, m *cluster.Member) bool {
	if a.since == "" && a.until == "" {
		return true
	}
	if !versionKnown(m) {
		p.Blocked(m, m.VersionPath())
		return false
	}
	return product.In(m.Version, a.since, a.until)
}

// compare reports the members whose value differs from that of the most.
func (a agreement) compare(p *Pass, members []*cluster.Member) {
	shown := func(m *cluster.Member) string { return show(a.key, strings.TrimSpace(m.Value(a.key))) }
	if !a.flag {
		shown = func(m *cluster.Member) string { return show(a.key, a.fold(m)) }
	}
	for odd, main := range oddOnes(groups(members, a.fold)) {
		f := atProperty(odd.members[0], a.key)
		f.Severity, f.Source = a.severity, a.source
		f.Message = fmt.Sprintf("%s %s, while %s %s: %s", a.key, isText(shown(odd.members[0])), main.have(), orUnset(shown(main.members[0])), a.why)
		f.Fix = "decide on one value and write it on every member"
		f.Related = odd.beside(main, func(m *cluster.Member) Related { return relatedValue(m, a.key, shown(m)) })
		p.Report(f)
	}
}

// sharedPasswords open what all members share: keystores, the database
// account, the certificates that they trust.
func sharedPasswords() []string {
	return []string{cluster.KeyEncryptionStore + ".password", cluster.KeyServerStore + ".password", "server.key.password", keyDBPassword, "javax.net.ssl.trustStorePassword"}
}

const keyDBPassword = "hibernate.connection.password"

// comparePasswords compares what is in plain text. The same password
// encrypted twice need not give the same text, so nothing is said of those.
func comparePasswords(p *Pass, members []*cluster.Member, key string) {
	var have []*cluster.Member
	for _, m := range members {
		_, set := m.Property(key)
		switch {
		case !set && lacksSecured(m):
			p.Blocked(m, m.SecuredPath())
		case m.Value(key) != "": // else what the server does is not known, and nothing to compare
			have = append(have, m)
		}
	}
	encrypted := func(m *cluster.Member) bool { return words.Encrypted(m.Value(key)) }
	alike := func(m *cluster.Member) string {
		if key != keyDBPassword {
			return ""
		}
		return databaseKey(m) + "\x00" + strings.TrimSpace(m.Value("hibernate.connection.username"))
	}
	for _, g := range groups(have, alike) {
		compared := slices.DeleteFunc(slices.Clone(g.members), encrypted)
		if n := len(compared); n > 0 && n < len(g.members) {
			m := compared[0]
			p.unknownAt(m, atProperty(m, key).Path, key+" is encrypted on some members and not on all, so whether it is the same cannot be told", "all members started once, so that all have it encrypted, and one password where it was set")
		}
		p.drift(compared, key, func(m *cluster.Member) string { return m.Value(key) }, func(f *Finding, odd, main group) {
			f.Severity, f.Source = Warning, inferredFrom+srcAdd
			f.Message = fmt.Sprintf("%s is not the password that %s %s, although it opens what all of them share", key, main.names(), main.verb("has", "have"))
			f.Fix = "find out which password is right and write it on every member"
		})
	}
}

// ofDatabase reports whether the property follows from which database it is.
// Members that use another database are not compared.
func (a agreement) ofDatabase() bool {
	return a.key == cluster.KeyDriverClass || a.key == "hibernate.dialect" || a.key == "hibernate.connection.username"
}

// declared reports whether the property of every member is held against a declared
// fact, which says more than a difference between members.
func declared(c *cluster.Cluster, key string) bool {
	switch key {
	case cluster.KeyWebHost:
		return len(c.Topology.Facts.LoadBalancer.Hosts()) > 0
	case keyUserIDAuth:
		return fronted(c)
	}
	return false
}

// fold reduces a member's value to what the comparison is about.
func (a agreement) fold(m *cluster.Member) string {
	v := strings.TrimSpace(m.Value(a.key))
	switch {
	case a.flag:
		if v = strings.ToLower(v); v == "false" {
			v = ""
		}
	case a.key == cluster.KeyAlwaysSecure:
		if v = strings.ToLower(v); v == "yes" {
			v = "y" // another spelling
		} else if v == "no" {
			v = "n"
		}
	case a.key == cluster.KeyWebHost:
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
