package tlscert

import "crypto/x509"

func SelfSigned(c *x509.Certificate) bool { return c != nil && Certificate{X509: c}.SelfSigned() }

func InstallerDefault(e Entry) bool { return e.InstallerDefault() }

func SameCertificate(a, b Certificate) bool { return a.Same(b) }

func SamePublicKey(a, b Certificate) bool { return a.SamePublicKey(b) }

type WeaknessKind uint8

const (
	WeakKey WeaknessKind = iota + 1
	WeakSignature
)

type Weakness struct {
	Kind   WeaknessKind
	Detail string
}

func Weaknesses(c *x509.Certificate) []Weakness {
	var out []Weakness
	if w, _ := (Certificate{X509: c}).WeakKey(); w != "" {
		out = append(out, Weakness{WeakKey, w})
	}
	if w, _ := (Certificate{X509: c}).WeakSignature(); w != "" {
		out = append(out, Weakness{WeakSignature, w})
	}
	return out
}

type ChainFacts struct {
	Breaks  []ChainBreak
	Rooted  bool
	Missing string
}

type ChainBreak struct {
	Index  int
	Reason ChainReason
}

type ChainReason uint8

const (
	OtherIssuer ChainReason = iota + 1
	OtherSignature
	NotAuthority
)

func CheckChain(chain []Certificate) ChainFacts {
	var f ChainFacts
	for i := range len(chain) - 1 {
		if err := chain[i].IssuedBy(chain[i+1]); err != nil {
			reason := map[error]ChainReason{errOtherIssuer: OtherIssuer, errOtherSignature: OtherSignature, errNotAuthority: NotAuthority}[err]
			f.Breaks = append(f.Breaks, ChainBreak{i, reason})
		}
	}
	if len(chain) == 0 {
		return f
	}
	last := chain[len(chain)-1]
	if f.Rooted = last.SelfSigned(); !f.Rooted && last.X509 != nil {
		f.Missing = last.X509.Issuer.String()
	}
	return f
}
