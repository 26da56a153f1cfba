package tlscert

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // for the signatures of old certificates
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"time"
)

// A Certificate is one certificate of a store. Java's parser is more patient
// than Go's: what Go cannot parse is listed with the reason and its bytes.
type Certificate struct {
	Raw  []byte            // DER as the store holds it; a copy
	X509 *x509.Certificate // nil if Err is set
	Err  error             // why Go's parser refused Raw
}

// Fingerprint is the SHA-256 of a certificate's DER as keytool prints it:
// pairs of capital hexadecimal digits, separated by colons.
func Fingerprint(der []byte) string {
	const digits = "0123456789ABCDEF"
	sum := sha256.Sum256(der)
	out := make([]byte, 0, 3*len(sum))
	for i, b := range sum {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

// SameCertificate says whether two certificates are the same, byte by byte.
// Members of a cluster present the same certificate if their leaves are the
// same, whatever alias, chain or store format they stand under.
func SameCertificate(a, b Certificate) bool {
	return len(a.Raw) > 0 && bytes.Equal(a.Raw, b.Raw)
}

// SamePublicKey says whether two certificates are for the same public key, as
// a renewed certificate and its predecessor can be. It is false for a
// certificate that cannot be read.
func SamePublicKey(a, b Certificate) bool {
	x, y := publicKey(a), publicKey(b)
	return len(x) > 0 && bytes.Equal(x, y)
}

// publicKey gives the encoded SubjectPublicKeyInfo, nil if it cannot be read.
func publicKey(c Certificate) []byte {
	if c.X509 != nil {
		return c.X509.RawSubjectPublicKeyInfo
	}
	raw, err := readRawCert(c.Raw)
	if err != nil {
		return nil
	}
	return raw.publicKey
}

// SelfSigned says whether a certificate names itself as its issuer and is
// signed with its own key. A signature by an algorithm that Go does not check
// (MD2, DSA) and by an RSA key above 16384 bits counts as none.
func SelfSigned(c *x509.Certificate) bool {
	return c != nil && bytes.Equal(c.RawSubject, c.RawIssuer) && signedByItself(c)
}

func signedByItself(c *x509.Certificate) bool {
	return c != nil && signedBy(c, c)
}

// signedBy checks the signature of c with the key of issuer, whatever the age
// of the algorithm and whether or not the issuer is marked as an authority.
func signedBy(c, issuer *x509.Certificate) bool {
	key, isRSA := issuer.PublicKey.(*rsa.PublicKey)
	if isRSA && key.N.BitLen() > maxRSABits {
		return false
	}
	if c.SignatureAlgorithm == x509.MD5WithRSA {
		if !isRSA {
			return false
		}
		h := crypto.MD5.New()
		h.Write(c.RawTBSCertificate)
		return rsa.VerifyPKCS1v15(key, crypto.MD5, h.Sum(nil), c.Signature) == nil
	}
	return issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// installerDays is the validity that the product's installer asks keytool for.
const installerDays = 7305

// InstallerDefault says whether an entry is the one the product's installer
// makes where it finds no keystore: alias "server", one self-signed
// certificate over an RSA key of 2048 bits, signed with SHA256withRSA and
// valid for 7305 days (installer 7.0.0, for tomcat.keystore and
// server.keystore).
func InstallerDefault(e Entry) bool {
	if e.Kind != PrivateKey || FoldAlias(e.Alias) != "server" || len(e.Chain) != 1 {
		return false
	}
	c := e.Chain[0].X509
	if c == nil || c.SignatureAlgorithm != x509.SHA256WithRSA || !SelfSigned(c) {
		return false
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() == 2048 && c.NotAfter.Sub(c.NotBefore) == installerDays*24*time.Hour
}
