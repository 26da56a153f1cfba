package tlscert

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"testing"
	"time"
)

// testKey gives the n-th Ed25519 key of the tests: equal keys make equal
// certificates in every run.
func testKey(n int) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0], seed[1], seed[2] = byte(n), byte(n>>8), 0x5A
	return ed25519.NewKeyFromSeed(seed)
}

// A certSpec describes a certificate to make.
type certSpec struct {
	subject, issuer       string // common names; an empty issuer is the subject
	key, signer           int    // see testKey
	subjectID, issuerID   string // key identifiers, "" for none
	template              x509.Certificate
	publicKey, signingKey crypto.Signer // in place of key and signer
}

func (s certSpec) der(t testing.TB) []byte {
	t.Helper()
	c := s.template
	c.Subject = pkix.Name{CommonName: s.subject}
	c.SubjectKeyId = []byte(s.subjectID)
	c.AuthorityKeyId = []byte(s.issuerID)
	if c.SerialNumber == nil {
		c.SerialNumber = big.NewInt(int64(s.key)*1000 + int64(s.signer) + 1)
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Date(2034, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	issuer := s.issuer
	if issuer == "" {
		issuer = s.subject
	}
	var public, signer crypto.Signer = testKey(s.key), testKey(s.signer)
	if s.publicKey != nil {
		public = s.publicKey
	}
	if s.signingKey != nil {
		signer = s.signingKey
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: issuer}, SubjectKeyId: []byte(s.issuerID)}
	der, err := x509.CreateCertificate(nil, &c, parent, public.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// leafDER is one plain self-signed certificate for a host.
func leafDER(t testing.TB, host string) []byte {
	t.Helper()
	return certSpec{subject: host, key: 1, signer: 1, template: x509.Certificate{DNSNames: []string{host}}}.der(t)
}

func mustParse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// publicOnly is a key that is not there to sign with.
type publicOnly struct{ key crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.key }

func (p publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("no private key")
}
