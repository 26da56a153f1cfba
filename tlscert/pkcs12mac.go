package tlscert

import (
	"crypto"
	"crypto/hmac"
)

// macData is the MAC of a PKCS12 file: HMAC over the authenticated safes, with
// a key derived from the password (RFC 7292, section 4 and appendix B).
type macData struct {
	hash       crypto.Hash
	sum, salt  []byte
	iterations int
	off        int
}

// verify checks the MAC with each form of the password in turn.
func (p *pfx) verify(passwords []pkcs12Password, b *budget) error {
	m := p.mac
	for _, pw := range passwords {
		if !b.spend(m.cost()) {
			return b.exceeded(m.off)
		}
		h := hmac.New(m.hash.New, pkcs12Key(m.hash, pw.bmp, m.salt, forMAC, m.iterations, m.hash.Size()))
		h.Write(p.auth)
		if hmac.Equal(h.Sum(nil), m.sum) {
			return nil
		}
	}
	return &PasswordError{Format: PKCS12, Reason: "wrong password, or the keystore was changed: the MAC does not agree"}
}

// cost is the number of hashes that checking one password takes.
func (m *macData) cost() int64 { return int64(m.iterations) * costOf(m.hash) }

func readMAC(r *berReader) *macData {
	m := &macData{iterations: 1, off: r.base + r.pos}
	in := r.sequence(r.next(), "MAC")
	at := in.sequence(in.next(), "digest of the MAC")
	start := at.pos
	algorithm := at.group(at.next(), "algorithm of the MAC")
	if m.hash = macHash(algorithm.oid("algorithm of the MAC")); m.hash == 0 {
		at.fail(start, "a MAC that Java 17 does not read in PKCS12")
	}
	m.sum, _ = at.octets(at.next(), "digest of the MAC")
	at.end("digest of the MAC")
	start = in.pos
	m.salt, _ = in.octets(in.next(), "salt of the MAC")
	if len(m.salt) < minSalt {
		in.fail(start, "a salt of %d bytes", len(m.salt))
	}
	start = in.pos
	if in.more() {
		m.iterations = in.integer("iteration count of the MAC")
	}
	in.checkCost(start, m.off, m.iterations)
	in.end("MAC")
	return m
}
