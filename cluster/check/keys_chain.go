package check

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about how good the served certificates are;
// their rules are in keyRules.

func checkInstallerDefault(p *Pass, c *cluster.Cluster) {
	if tlsEnds(c) == cluster.TLSAtBalancer {
		p.NotApplicable()
		return
	}
	for _, s := range p.servedBy(c) {
		if !tlscert.InstallerDefault(s.Entry) {
			continue
		}
		f := s.finding()
		f.Message = "alias " + words.Quote(s.Entry.Alias) + " has the self-signed certificate that the installer makes, which no client trusts by itself"
		f.Fix = "import a certificate of an authority that the clients trust, and bring it to all members"
		p.Report(f)
	}
}

func checkStrength(p *Pass, c *cluster.Cluster) {
	for _, s := range p.servedBy(c) {
		p.weak(s, "", tlsEnds(c) == cluster.TLSAtBalancer)
	}
	for _, s := range serverKeys(c) {
		p.skipped = false
		p.weak(s, "agents know the servers by it: ", true)
	}
}

// weak reports what is weak in a chain.
func (p *Pass) weak(s served, lead string, info bool) {
	var found []string
	p.parsed(s, func(i int, cert *x509.Certificate) {
		if i > 0 && tlscert.SelfSigned(cert) {
			return // clients take roots from their own list
		}
		for _, w := range tlscert.Weaknesses(cert) {
			if w.Kind == tlscert.WeakSignature && tlscert.SelfSigned(cert) {
				continue // nobody checks it
			}
			what := w.Detail
			if i > 0 {
				what = fmt.Sprintf("%s (certificate %d of the chain)", what, i+1)
			}
			found = append(found, what)
		}
	})
	if len(found) == 0 {
		return
	}
	f := s.finding()
	f.Message = "alias " + words.Quote(s.Entry.Alias) + " is weak: " + strings.Join(found, ", ")
	f.Fix = "get a certificate for a new key of RSA 2048 bits or more, signed with SHA-256, and bring it to all members"
	if info {
		f.Severity, f.Source = Info, srcField
		f.Message = lead + f.Message
	}
	p.Report(f)
}

func checkChains(p *Pass, c *cluster.Cluster) {
	if tlsEnds(c) == cluster.TLSAtBalancer {
		p.NotApplicable()
		return
	}
	for _, s := range p.servedBy(c) {
		p.parsed(s, func(int, *x509.Certificate) {})
		f := s.finding()
		f.Fix = "import the authority's chain file with the key, the server's certificate first and each followed by its issuer"
		facts := tlscert.CheckChain(s.Entry.Chain)
		switch {
		case len(facts.Breaks) > 0:
			var breaks []string
			for _, b := range facts.Breaks {
				breaks = append(breaks, fmt.Sprintf("certificate %d is not issued by the next one (%s)", b.Index+1, chainReason(b.Reason)))
			}
			f.Source = srcRFC5246 + ", section 7.4.2"
			f.Message = "the chain of alias " + words.Quote(s.Entry.Alias) + " is out of order: " + strings.Join(breaks, ", ")
		case len(s.Entry.Chain) == 1 && facts.Missing != "":
			f.Message = "the chain of alias " + words.Quote(s.Entry.Alias) + " ends with the certificate itself: clients that do not know its issuer " + words.Quote(facts.Missing) + " as a root refuse it"
		default:
			continue
		}
		p.Report(f)
	}
}

func chainReason(r tlscert.ChainReason) string {
	switch r {
	case tlscert.OtherIssuer:
		return "its issuer has another name"
	case tlscert.OtherSignature:
		return "another key signed it"
	}
	return "that one is no authority"
}
