package tlscert

import "crypto/x509"

// ChainFacts is how the certificates of a chain hang together.
type ChainFacts struct {
	// Breaks lists, in order, the certificates that the next one in the chain
	// did not issue. None: the chain is in the order TLS wants, each
	// certificate followed by its issuer.
	Breaks []ChainBreak

	// Rooted: the last certificate is self-signed, so nothing can be missing.
	Rooted bool

	// Missing names the issuer of the last certificate where that is not in
	// the chain. It may be a root that clients know, which need not be sent,
	// or an intermediate that clients will miss: the chain alone cannot tell.
	// It is empty if the last certificate is Rooted or Go cannot parse it.
	Missing string
}

// A ChainBreak is a certificate that is not followed by its issuer.
type ChainBreak struct {
	Index  int // of the certificate in the chain
	Reason ChainReason
}

// ChainReason says why a certificate is held not to issue the one before it.
// The zero value is invalid.
type ChainReason uint8

// Why a certificate does not issue the one before it.
const (
	OtherIssuer    ChainReason = iota + 1 // the issuer has another name than the next certificate's subject
	OtherSignature                        // the names agree, the key of the next one did not sign
	NotAuthority                          // the next one is marked as no authority
)

var chainReasonNames = [...]string{OtherIssuer: "OtherIssuer", OtherSignature: "OtherSignature", NotAuthority: "NotAuthority"}

// String gives the name of the constant.
func (r ChainReason) String() string { return enumName(chainReasonNames[:], int(r), "ChainReason") }

// MarshalText gives the text of String; the zero ChainReason is an error.
func (r ChainReason) MarshalText() ([]byte, error) {
	return enumText(chainReasonNames[:], int(r), "ChainReason")
}

// UnmarshalText reads the text of String.
func (r *ChainReason) UnmarshalText(text []byte) error {
	return enumParse(chainReasonNames[:], r, text, "ChainReason")
}

// CheckChain looks at the order and the end of a chain, leaf first. Names are
// compared as Java compares them. A signature is checked where Go can parse
// both certificates and knows the algorithm; elsewhere the names decide.
func CheckChain(chain []Certificate) ChainFacts {
	var f ChainFacts
	if len(chain) == 0 {
		return f
	}
	raw := make([]rawCert, len(chain))
	for i, c := range chain {
		raw[i] = namesOf(c)
	}
	last := len(chain) - 1
	for i := range last {
		if reason := notIssuedBy(chain[i], chain[i+1], raw[i], raw[i+1]); reason != 0 {
			f.Breaks = append(f.Breaks, ChainBreak{i, reason})
		}
	}
	end := chain[last].X509
	switch {
	case raw[last].issuer != raw[last].subject || raw[last].issuer == "":
	case end == nil || !checkable(end.SignatureAlgorithm):
		f.Rooted = true
	default:
		f.Rooted = signedByItself(end)
	}
	if !f.Rooted && end != nil {
		f.Missing = end.Issuer.String()
	}
	return f
}

func notIssuedBy(c, issuer Certificate, raw, rawIssuer rawCert) ChainReason {
	if raw.issuer != rawIssuer.subject || raw.issuer == "" {
		return OtherIssuer
	}
	if c.X509 == nil || issuer.X509 == nil {
		return 0
	}
	if checkable(c.X509.SignatureAlgorithm) && !signedBy(c.X509, issuer.X509) {
		return OtherSignature
	}
	if issuer.X509.BasicConstraintsValid && !issuer.X509.IsCA {
		return NotAuthority
	}
	return 0
}

// checkable: Go can check signatures of the algorithm.
func checkable(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.UnknownSignatureAlgorithm, x509.MD2WithRSA, x509.DSAWithSHA1, x509.DSAWithSHA256:
		return false
	}
	return true
}
