package check

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about the certificates that members serve; their
// rules are in keyRules. Members with one certificate are judged once.

// served is one chain and the members that serve it.
type served struct {
	cluster.TLSChoice
	members []*cluster.Member
}

// tlsEnds is where TLS is declared to end, zero where it is not.
func tlsEnds(c *cluster.Cluster) cluster.TLSEnd {
	if lb := c.Topology.Facts.LoadBalancer; lb != nil {
		return lb.TLSEnds
	}
	return ""
}

// served groups the members by what they serve, in the topology's order. Members
// whose certificate is not known are Unknown. A rule is not about a cluster that
// serves nothing and has none of the others that the rule is about.
func (p *Pass) served(c *cluster.Cluster, others ...served) []served {
	var each []served
	for _, m := range c.Members {
		k := m.TLS
		switch {
		case k.None: // nothing is served
		case len(k.Entry.Chain) > 0:
			each = append(each, served{k, []*cluster.Member{m}})
		case k.Unread != "":
			p.Blocked(m, k.Unread)
		case k.Unknown != "":
			p.unknownAt(m, k.Keystore.Path, k.Unknown, needsForTLS(k))
		case k.Err != nil:
			p.unknownAt(m, k.Keystore.Path, "the certificate is not known: "+reason(k.Err), "what the findings about its alias or keystore ask for")
		default:
			p.unknownAt(m, k.Keystore.Path, "the certificate is encrypted; "+reason(k.Keystore.StoreErr), needsPassword)
		}
	}
	if len(each)+len(others) == 0 {
		p.NotApplicable()
	}
	return together(each, func(s served) string { return chainKey(s.Entry.Chain) })
}

// together joins the members of what has one key.
func together(each []served, key func(served) string) (out []served) {
	for _, alike := range gather(each, key) {
		one := alike[0]
		for _, s := range alike[1:] {
			one.members = append(one.members, s.members...)
		}
		out = append(out, one)
	}
	return out
}

func chainKey(chain []tlscert.Certificate) string {
	var b strings.Builder
	for _, c := range chain {
		fmt.Fprintf(&b, "%d:", len(c.Raw))
		b.Write(c.Raw)
	}
	return b.String()
}

func (s served) leaf() tlscert.Certificate { return s.Entry.Chain[0] }

// finding is one about the certificate, at the first member's keystore.
func (s served) finding() Finding {
	f := Finding{Node: s.members[0].Node.Name, Path: s.Keystore.Path, Subject: s.Entry.Alias}
	note := "serves the same"
	if !s.toUsers() {
		note = "has the same"
	}
	for _, m := range s.members[1:] {
		k, _ := m.Store(s.Keystore.Property)
		f.Related = append(f.Related, Related{Node: m.Node.Name, Path: k.Path, Message: note})
	}
	return f
}

// parsed calls f for each certificate of the chain that Go can parse; the others
// are Unknown.
func (p *Pass) parsed(s served, f func(i int, c *x509.Certificate)) {
	for i, c := range s.Entry.Chain {
		if c.X509 == nil {
			p.unknownAt(s.members[0], s.Keystore.Path, fmt.Sprintf("certificate %d of alias %s cannot be parsed: %v", i+1, words.Quote(s.Entry.Alias), c.Err), "a look at it with keytool -list -v")
			continue
		}
		f(i, c.X509)
	}
}

func checkSameCertificate(p *Pass, c *cluster.Cluster) {
	leaf := map[*cluster.Member]tlscert.Certificate{}
	var told []*cluster.Member
	for _, s := range p.served(c) {
		for _, m := range s.members {
			leaf[m] = s.leaf()
		}
	}
	for _, m := range c.Members {
		if _, ok := leaf[m]; ok {
			told = append(told, m)
		}
	}
	for odd, main := range oddOnes(groups(told, func(m *cluster.Member) string { return string(leaf[m].Raw) })) {
		p.differs(c, odd, main, leaf)
	}
}

// differs reports members that serve another certificate than the main ones.
func (p *Pass) differs(c *cluster.Cluster, odd, main group, leaf map[*cluster.Member]tlscert.Certificate) {
	m := odd.members[0]
	a, b := leaf[m], leaf[main.members[0]]
	key := "for another key"
	if a.SamePublicKey(b) {
		key = "for the same key"
	}
	what := fmt.Sprintf("the member serves another certificate than %s, %s: SHA-256 %s instead of %s", main.names(), key, tlscert.Fingerprint(a.Raw), tlscert.Fingerprint(b.Raw))
	front := !slices.ContainsFunc(odd.members, func(m *cluster.Member) bool { return m.Node.Role != cluster.RoleFrontEnd })
	k := m.TLS
	switch {
	case front:
		p.unknownAt(m, k.Keystore.Path, what+"; whether a front end needs the servers' certificate is not documented", "the certificate that its users should see")
		return
	case tlsEnds(c) == "":
		p.unknownAt(m, k.Keystore.Path, what+"; it matters where TLS ends at the servers, which is not declared", "facts.loadBalancer.tlsEnds")
		return
	}
	f := Finding{Node: m.Node.Name, Path: k.Keystore.Path, Subject: k.Entry.Alias, Message: what}
	f.Fix = "copy the keystore that holds the right certificate to the other members, set its password and its alias in the properties of each, and restart those that run one at a time"
	f.Related = odd.beside(main, func(m *cluster.Member) Related {
		other := m.TLS
		return Related{Node: m.Node.Name, Path: other.Keystore.Path, Message: "alias " + words.Quote(other.Entry.Alias) + ", SHA-256 " + tlscert.Fingerprint(leaf[m].Raw) + subject(leaf[m])}
	})
	p.Report(f)
}

// subject shows whose certificate it is.
func subject(c tlscert.Certificate) string {
	if c.X509 == nil {
		return ""
	}
	return ", " + words.Quote(c.X509.Subject.String())
}

const day = 24 * time.Hour

func checkValidity(p *Pass, c *cluster.Cluster) {
	type part struct {
		s        served
		i        int
		cert     *x509.Certificate
		severity Severity
		source   string
	}
	var parts []part
	own := serverKeys(c)
	for _, s := range p.served(c, own...) {
		severity, source := Severity(0), ""
		if tlsEnds(c) == cluster.TLSAtBalancer {
			severity, source = Info, srcField // the balancer may look, or not
		}
		p.parsed(s, func(i int, cert *x509.Certificate) {
			if i == 0 || !bytes.Equal(cert.RawSubject, cert.RawIssuer) { // clients take roots from their own list
				parts = append(parts, part{s, i, cert, severity, source})
			}
		})
	}
	for _, s := range own {
		if cert := s.leaf().X509; cert != nil {
			parts = append(parts, part{s, 0, cert, Info, srcField})
		}
	}
	if len(parts) > 0 && p.Now.IsZero() {
		p.Unknown("", "whether certificates are valid depends on the date", "the date")
		return
	}
	for _, x := range parts {
		f := x.s.finding()
		f.Severity, f.Source = x.severity, x.source
		what := "the certificate of alias " + words.Quote(x.s.Entry.Alias) + x.s.inStore()
		if x.i > 0 {
			what += fmt.Sprintf(" has in its chain %s, which", words.Quote(x.cert.Subject.String()))
		}
		left := x.cert.NotAfter.Sub(p.Now)
		switch {
		case p.Now.Before(x.cert.NotBefore):
			f.Message = what + " is not valid before " + date(x.cert.NotBefore)
			f.Fix = "check the date of this machine, and the certificate"
		case left < 0:
			f.Message = fmt.Sprintf("%s expired on %s, %s ago", what, date(x.cert.NotAfter), words.Count(int(-left/day), "day"))
			f.Fix = cmp.Or(x.s.keepTrust(), "renew it, and bring the new one to all members")
		case left <= p.Horizon:
			f.Message = fmt.Sprintf("%s expires on %s, in %s", what, date(x.cert.NotAfter), words.Count(int(left/day), "day"))
			f.Fix = cmp.Or(x.s.keepTrust(), "renew it in time, and bring the new one to all members in one go")
			if f.Severity == 0 {
				f.Severity, f.Source = Warning, inferredFrom+srcRFC5280+", section 6.1.3"
			}
		default:
			continue
		}
		p.Report(f)
	}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02") }

func checkCovers(p *Pass, c *cluster.Cluster) {
	balancer := c.Topology.Facts.LoadBalancer.Hosts()
	for _, s := range p.served(c) {
		var hosts []group
		for _, name := range balancer {
			hosts = append(hosts, group{value: name, members: s.members})
		}
		if len(balancer) == 0 {
			host := agreement{key: cluster.KeyWebHost}
			hosts = groups(s.members, host.fold)
		}
		for _, g := range hosts {
			one := served{s.TLSChoice, g.members}
			one.Keystore, _ = g.members[0].Store(cluster.TomcatStore)
			p.covers(one, g.value, len(balancer) > 0)
		}
	}
}

func (p *Pass) covers(s served, host string, declared bool) {
	m := s.members[0]
	if host == "" {
		p.unknownAt(m, s.Keystore.Path, "which host users open is not known", "facts.loadBalancer.host, or "+cluster.KeyWebHost)
		return
	}
	cert := s.leaf()
	if cert.X509 == nil {
		p.unknownAt(m, s.Keystore.Path, fmt.Sprintf("the certificate of alias %s cannot be parsed: %v", words.Quote(s.Entry.Alias), cert.Err), "a look at it with keytool -list -v")
		return
	}
	whose := cluster.KeyWebHost
	if declared {
		whose = "the load balancer's host"
	}
	f := s.finding()
	kind := "DNS names"
	if _, err := netip.ParseAddr(host); err == nil {
		kind = "IP addresses"
	}
	f.Fix = "get a certificate with " + words.Plain(host) + " among its " + kind + ", and bring it to all members"
	subject := "the certificate of alias " + words.Quote(s.Entry.Alias)
	covers := fmt.Sprintf("%s covers %s, %s, ", subject, words.Quote(host), whose)
	by, err := tlscert.CoveredBy(cert.X509, host)
	var refusal *tlscert.CoverError
	switch {
	case errors.As(err, &refusal) && refusal.Browsers:
		f.Message = covers + "for browsers only: " + refusal.Reason
		f.Fix = "give users a host name of letters, digits and hyphens, or keep Java clients, such as agents and the command line, off this one"
	case err != nil:
		f.Message = fmt.Sprintf("%s does not cover %s, %s: it is for %s", subject, words.Quote(host), whose, names(cert.X509))
	case by.CommonName != "" && !s.Entry.InstallerDefault():
		f.Message = covers + "by its common name only, which browsers no longer look at"
	case by.CommonName == "" && by.Browsers != "":
		f.Message = covers + "for Java clients only: " + by.Browsers
	default:
		return
	}
	p.Report(f)
}

// names are the names that a certificate is for.
func names(c *x509.Certificate) string {
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(c.DNSNames) == 0 && c.Subject.CommonName != "" {
		all = append(all, c.Subject.CommonName+" (common name)")
	}
	if len(all) == 0 {
		return "no host"
	}
	return words.List(all)
}
