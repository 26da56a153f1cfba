package check

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// The checks of this file are about how good the served certificates are;
// their rules are in keyRules.

func checkInstallerDefault(p *Pass, c *cluster.Cluster) {
	for _, s := range p.served(c) {
		if !s.Entry.InstallerDefault() {
			continue
		}
		f := s.finding()
		f.Message = "alias " + words.Quote(s.Entry.Alias) + " has the self-signed certificate that the installer makes"
		f.Fix = "import a certificate of an authority that the clients trust, and bring it to all members"
		p.Report(f)
	}
}

func checkStrength(p *Pass, c *cluster.Cluster) {
	own := serverKeys(c)
	for _, s := range p.served(c, own...) {
		p.weak(s, "", tlsEnds(c) == cluster.TLSAtBalancer)
	}
	for _, s := range own {
		p.weak(s, "; agents and other members know the server by this key", true)
	}
}

// weak reports what is weak in a chain.
func (p *Pass) weak(s served, known string, info bool) {
	var found []string
	for i, cert := range s.Entry.Chain {
		self := cert.SelfSigned()
		if i > 0 && self {
			continue // clients take roots from their own list
		}
		of := ""
		if i > 0 {
			of = fmt.Sprintf(" (certificate %d of the chain)", i+1)
		}
		key, keyKnown := cert.WeakKey()
		signature, signatureKnown := cert.WeakSignature()
		if self {
			signature, signatureKnown = "", true // nobody checks it
		}
		for _, what := range []string{key, signature} {
			if what != "" {
				found = append(found, what+of)
			}
		}
		if !keyKnown || !signatureKnown {
			p.unknownAt(s.members[0], s.Keystore.Path, fmt.Sprintf("how strong certificate %d of alias %s is cannot be told: its kind of key or signature is not known", i+1, words.Quote(s.Entry.Alias)), "a look at it with keytool -list -v")
		}
	}
	if len(found) == 0 {
		return
	}
	f := s.finding()
	f.Message = "alias " + words.Quote(s.Entry.Alias) + s.inStore() + " is weak: " + strings.Join(found, ", ")
	f.Fix = "get a certificate for a new key of RSA 2048 bits or more, signed with SHA-256, and bring it to all members"
	if info {
		f.Severity, f.Source = Info, srcField
		f.Message += known
		f.Fix = cmp.Or(s.keepTrust(), f.Fix)
	}
	p.Report(f)
}

func checkChains(p *Pass, c *cluster.Cluster) {
	for _, s := range p.served(c) {
		chain := s.Entry.Chain
		f := s.finding()
		f.Fix = "import the authority's chain file with the key, the server's certificate first and each followed by its issuer"
		var breaks []string
		for i := range len(chain) - 1 {
			if err := chain[i].IssuedBy(chain[i+1]); err != nil {
				breaks = append(breaks, fmt.Sprintf("certificate %d is not issued by the next one (%v)", i+1, err))
			}
		}
		switch {
		case len(breaks) > 0:
			f.Source = srcRFC5246 + ", section 7.4.2"
			f.Message = "the chain of alias " + words.Quote(s.Entry.Alias) + " is out of order: " + strings.Join(breaks, ", ")
		case len(chain) == 1 && !chain[0].SelfSigned():
			issuer := "its issuer"
			if c := chain[0].X509; c != nil {
				issuer += " " + words.Quote(c.Issuer.String())
			}
			f.Message = "the chain of alias " + words.Quote(s.Entry.Alias) + " ends with the certificate itself: clients that do not know " + issuer + " as a root refuse it"
		default:
			continue
		}
		p.Report(f)
	}
}
