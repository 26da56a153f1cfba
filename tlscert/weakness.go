package tlscert

import (
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// WeaknessKind says what is weak about a certificate. The zero value is
// invalid.
type WeaknessKind uint8

// What can be weak. The bounds are those of NIST SP 800-131A revision 2 and
// of the CA/Browser Forum's Baseline Requirements, which browsers enforce;
// Java 17 itself refuses less (RSA below 1024 bits, MD5).
const (
	WeakRSAKey    WeaknessKind = iota + 1 // fewer than 2048 bits
	WeakECKey                             // a curve of fewer than 256 bits
	WeakDSAKey                            // DSA of any size: TLS 1.3 has no use for it
	WeakSignature                         // made with MD2, MD5 or SHA-1
)

var weaknessNames = [...]string{WeakRSAKey: "WeakRSAKey", WeakECKey: "WeakECKey", WeakDSAKey: "WeakDSAKey", WeakSignature: "WeakSignature"}

// String gives the name of the constant.
func (k WeaknessKind) String() string { return enumName(weaknessNames[:], int(k), "WeaknessKind") }

// MarshalText gives the text of String; the zero WeaknessKind is an error.
func (k WeaknessKind) MarshalText() ([]byte, error) {
	return enumText(weaknessNames[:], int(k), "WeaknessKind")
}

// UnmarshalText reads the text of String.
func (k *WeaknessKind) UnmarshalText(text []byte) error {
	return enumParse(weaknessNames[:], k, text, "WeaknessKind")
}

// A Weakness is one weak point of a certificate.
type Weakness struct {
	Kind   WeaknessKind
	Detail string // the fact, such as "RSA key of 1024 bits"
}

// Weaknesses lists what is weak about a certificate, the key before the
// signature; nil for a certificate without weak points. The signature of a
// certificate that everyone trusts as a root is not checked by anyone: for
// SelfSigned certificates a WeakSignature matters less. Of a nil certificate,
// one that Go could not parse, none is known.
func Weaknesses(c *x509.Certificate) []Weakness {
	if c == nil {
		return nil
	}
	var out []Weakness
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n < 2048 {
			out = append(out, Weakness{WeakRSAKey, fmt.Sprintf("RSA key of %d bits", n)})
		}
	case *ecdsa.PublicKey:
		if n := key.Curve.Params().BitSize; n < 256 {
			out = append(out, Weakness{WeakECKey, fmt.Sprintf("EC key of %d bits", n)})
		}
	case *dsa.PublicKey:
		out = append(out, Weakness{WeakDSAKey, fmt.Sprintf("DSA key of %d bits", key.P.BitLen())})
	}
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		out = append(out, Weakness{WeakSignature, "signed with " + c.SignatureAlgorithm.String()})
	}
	return out
}
