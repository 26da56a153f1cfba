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

func readMAC(r *berReader) (*macData, error) {
	off := r.base + r.pos
	var parts [3]element
	in, err := r.list(tagSequence, parts[:], 2, "MAC")
	if err != nil {
		return nil, err
	}
	m := &macData{iterations: 1, off: off}
	in.pos = parts[0].off()
	var info [2]element
	at, err := in.list(tagSequence, info[:], 2, "digest of the MAC")
	if err != nil {
		return nil, err
	}
	at.pos = info[0].off()
	oid, _, err := at.named("algorithm of the MAC")
	if err != nil {
		return nil, err
	}
	if m.hash = macHash(oid); m.hash == 0 {
		return nil, at.at(info[0].off(), "a MAC that Java 17 does not read in PKCS12")
	}
	if m.sum, _, err = at.octets(info[1], "digest of the MAC"); err != nil {
		return nil, err
	}
	if m.salt, _, err = in.octets(parts[1], "salt of the MAC"); err != nil {
		return nil, err
	}
	if parts[2].head > 0 {
		in.pos = parts[2].off()
		if m.iterations, err = in.integer("iteration count of the MAC"); err != nil {
			return nil, err
		}
	}
	if m.iterations < 1 {
		return nil, in.at(parts[2].off(), "%d iterations", m.iterations)
	}
	if m.iterations > maxIterations {
		return nil, beyondJava(off, m.iterations)
	}
	if len(m.salt) < minSalt {
		return nil, in.at(parts[1].off(), "a salt of %d bytes", len(m.salt))
	}
	return m, nil
}
