package tlscert

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Certificate is one certificate of a store. Java's parser is more patient
// than Go's: what Go cannot parse is listed with the reason and its bytes.
type Certificate struct {
	Raw  []byte            // DER as the store holds it; a copy
	X509 *x509.Certificate // nil if Err is set
	Err  error             // why Go's parser refused Raw
}

// A certificateJSON is what JSON keeps of a Certificate: X509 follows from Raw.
type certificateJSON struct {
	Raw []byte
	Err string `json:",omitempty"`
}

// MarshalJSON writes Raw, and the text of Err.
func (c Certificate) MarshalJSON() ([]byte, error) {
	out := certificateJSON{Raw: c.Raw}
	if c.Err != nil {
		out.Err = c.Err.Error()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads Raw and parses it anew.
func (c *Certificate) UnmarshalJSON(data []byte) error {
	var in certificateJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*c = Certificate{Raw: in.Raw}
	c.parse()
	return nil
}

// Fingerprint is the SHA-256 of a certificate's DER as keytool prints it:
// pairs of capital hexadecimal digits, separated by colons.
func Fingerprint(der []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(der)), " ", ":")
}

// Same says whether two certificates are the same, byte by byte. Members of a
// cluster present the same certificate if their leaves are the same, whatever
// alias, chain or store format they stand under.
func (c Certificate) Same(d Certificate) bool {
	return len(c.Raw) > 0 && bytes.Equal(c.Raw, d.Raw)
}

// SamePublicKey says whether two certificates are for the same public key, as
// a renewed certificate and its predecessor can be. It is false for a
// certificate that cannot be read.
func (c Certificate) SamePublicKey(d Certificate) bool {
	x, y := publicKey(c), publicKey(d)
	return len(x) > 0 && bytes.Equal(x, y)
}

// publicKey gives the encoded SubjectPublicKeyInfo, nil if it cannot be read.
func publicKey(c Certificate) []byte {
	if c.X509 != nil {
		return c.X509.RawSubjectPublicKeyInfo
	}
	if raw, ok := c.raw(); ok {
		return raw.publicKey
	}
	return nil
}

// raw reads the certificate's own fields; ok is false for bytes that Java
// would not take.
func (c Certificate) raw() (raw rawCert, ok bool) {
	der := c.Raw
	if der == nil && c.X509 != nil {
		der = c.X509.Raw
	}
	raw, err := readRawCert(der)
	return raw, err == nil
}

// SelfSigned says whether a certificate names itself as its issuer, as Java
// compares names, and is signed with its own key. Where this package cannot
// check the algorithm, the name decides.
func (c Certificate) SelfSigned() bool { return c.IssuedBy(c) == nil }

// Why one certificate is not issued by another.
var (
	errOtherIssuer    = errors.New("its issuer has another name")
	errOtherSignature = errors.New("another key signed it")
	errNotAuthority   = errors.New("that certificate is marked as not being a certificate authority")
)

// IssuedBy says whether issuer can have issued the certificate: nil, or an
// error that says why not, as the end of a sentence. Names are compared as Java
// compares them, and the signature is checked. Where this package cannot check
// the algorithm (DSA, MD4, a curve that Go does not have), the names decide.
// Every certificate may issue itself; another issuer must not be marked as
// not being a certificate authority.
func (c Certificate) IssuedBy(issuer Certificate) error {
	raw, ok := c.raw()
	by, byOK := issuer.raw()
	if !ok || !byOK || !sameName(raw.issuer, by.subject) {
		return errOtherIssuer
	}
	if signed, known := raw.signedBy(&by); known && !signed {
		return errOtherSignature
	}
	if by.notCA() && !bytes.Equal(raw.signed, by.signed) {
		return errNotAuthority
	}
	return nil
}

// installerDays is the validity that the product's installer asks keytool for.
const installerDays = 7305

// InstallerDefault says whether an entry is the one the product's installer
// makes where it finds no keystore: alias "server", one self-signed
// certificate over an RSA key of 2048 bits, signed with SHA256withRSA and
// valid for 7305 days (installer 7.0.0, for tomcat.keystore and
// server.keystore).
func (e Entry) InstallerDefault() bool {
	if e.Kind != PrivateKey || FoldAlias(e.Alias) != "server" || len(e.Chain) != 1 {
		return false
	}
	c := e.Chain[0].X509
	if c == nil || c.SignatureAlgorithm != x509.SHA256WithRSA || !e.Chain[0].SelfSigned() {
		return false
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() == 2048 && c.NotAfter.Sub(c.NotBefore) == installerDays*24*time.Hour
}
