package check

import (
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
)

// needs is a check that is called only where the rule has what it needs. The need
// itself says what follows where it is not met: the rule is blocked by a file that
// was not read, or it is not about this member or cluster.
func needs[T any](need func(*Pass, T) bool, check func(*Pass, T)) func(*Pass, T) {
	return func(p *Pass, on T) {
		if need(p, on) {
			check(p, on)
		}
	}
}

// properties reports whether installed.properties was read; where it was not,
// the rule is blocked.
func (p *Pass) properties(m *cluster.Member) bool {
	if m.Installed == nil {
		p.Blocked(m, m.InstalledPath())
		return false
	}
	return true
}

// scheme reports whether it is known where the application data is.
func (p *Pass) scheme(m *cluster.Member) bool {
	if m.Scheme != "" {
		return true
	}
	if m.Installed == nil && versionKnown(m) {
		p.Blocked(m, m.InstalledPath())
	} else {
		p.Blocked(m, m.VersionPath())
	}
	return false
}

// settings are the properties, and where they put the application data.
func (p *Pass) settings(m *cluster.Member) bool { return p.properties(m) && p.scheme(m) }

// tree reports whether the application data folder was read.
func (p *Pass) tree(m *cluster.Member) bool {
	if !p.scheme(m) {
		return false
	}
	if m.Tree == nil {
		p.Blocked(m, m.AppData)
		return false
	}
	return true
}

// several reports whether there are members to compare; a rule about differences
// is not about a lone server.
func (p *Pass) several(c *cluster.Cluster) bool {
	if len(c.Members) < 2 {
		p.NotApplicable()
		return false
	}
	return true
}

// usersTLS reports whether users may see the members' certificates: they do not
// where TLS is declared to end at the load balancer.
func (p *Pass) usersTLS(c *cluster.Cluster) bool {
	if tlsEnds(c) == cluster.TLSAtBalancer {
		p.NotApplicable()
		return false
	}
	return true
}

// read are the members whose properties were read; the others block the rule.
func (p *Pass) read(c *cluster.Cluster) []*cluster.Member {
	return slices.DeleteFunc(slices.Clone(c.Members), func(m *cluster.Member) bool { return !p.properties(m) })
}

// versionKnown reports whether the member's version has a place in the product's
// order.
func versionKnown(m *cluster.Member) bool { return product.Valid(m.Version) }

// inWindow returns the members of the rule's window whose properties were
// read; what cannot be told is Unknown.
func (p *Pass) inWindow(c *cluster.Cluster) []*cluster.Member {
	members, _ := p.windowed(c)
	return members
}

// windowed is inWindow; ok is false where the rule is about no member, and so not
// applicable.
func (p *Pass) windowed(c *cluster.Cluster) (members []*cluster.Member, ok bool) {
	open := false
	for _, m := range c.Members {
		switch {
		case !versionKnown(m):
			p.Blocked(m, m.VersionPath())
			open = true
		case !p.rule.InWindow(m.Version):
		case !p.properties(m):
			open = true
		default:
			members = append(members, m)
		}
	}
	if len(members) == 0 && !open {
		p.NotApplicable()
		return nil, false
	}
	return members, true
}
