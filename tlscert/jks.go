package tlscert

import (
	"crypto/sha1"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
)

// Tags of the entries of a JKS or JCEKS file.
const (
	tagKey    = 1
	tagCert   = 2
	tagSecret = 3 // JCEKS only
)

// digestSalt is the fixed text between the password and the file's bytes
// under the digest of JKS and JCEKS.
const digestSalt = "Mighty Aphrodite"

// readJKS reads JKS and JCEKS: magic, version, number of entries, the entries
// and a SHA-1 digest over password, digestSalt and everything before it.
// Without a password the digest is neither needed nor checked, as in Java.
func readJKS(data []byte, f Format, password *string) (*Store, error) {
	c := &cursor{data: data, pos: 4, format: f}
	version := c.i32("version")
	count := c.i32("number of entries")
	if version != 1 && version != 2 {
		c.fail(4, fmt.Sprintf("version %d is neither 1 nor 2", version))
	}
	// A negative count is an empty store to Java. A false large one fails at
	// the first entry that is not there; nothing is allocated by it.
	r := jksReader{cursor: c, version: version, certs: newCertTable(f), byAlias: map[string]int{}}
	// The digest covers what the entries take, which is nearly always all but the
	// digest itself: it is computed beside the reading, and again where bytes follow.
	digest, end := func() (sum [sha1.Size]byte) { return sum }, max(0, len(data)-sha1.Size)
	if password != nil {
		digest = startDigest(*password, data[:end])
		defer func() { digest() }() // or data would be read after this returns
	}
	for i := 0; i < count && c.err == nil; i++ {
		r.entry()
	}
	if c.err != nil {
		return nil, c.err
	}
	var want []byte
	if password != nil {
		body := data[:c.pos]
		if want = c.take(sha1.Size, "digest"); c.err != nil {
			return nil, c.err
		}
		if len(body) != end {
			digest()
			digest = startDigest(*password, body)
		}
	}
	refused, ok := r.certs.parse()
	if password != nil {
		if got := digest(); subtle.ConstantTimeCompare(got[:], want) != 1 {
			return nil, &PasswordError{Format: f, Reason: "wrong password, or the keystore was changed: the digest does not agree"}
		}
	}
	if !ok {
		return nil, r.certs.refusal(refused, r.owner(refused))
	}
	r.certs.chains(r.entries, r.spans)
	return &Store{Format: f, Verified: password != nil, Entries: r.entries}, nil
}

// owner gives the alias of the first entry that has a certificate.
func (r *jksReader) owner(cert int) string {
	for i, sp := range r.spans {
		if slices.Contains(r.certs.refs[sp.start:sp.end], cert) {
			return r.entries[i].Alias
		}
	}
	return ""
}

// startDigest computes the digest in a goroutine; what it returns waits for it.
func startDigest(password string, body []byte) (wait func() [sha1.Size]byte) {
	var sum [sha1.Size]byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		sum = jksDigest(password, body)
	}()
	return func() [sha1.Size]byte {
		<-done
		return sum
	}
}

func jksDigest(password string, body []byte) [sha1.Size]byte {
	h := sha1.New()
	h.Write(encodeUTF16BE(password))
	h.Write([]byte(digestSalt))
	h.Write(body)
	return [sha1.Size]byte(h.Sum(nil))
}

// A jksReader collects the entries; spans holds, for each, which certificates
// of the table are its chain.
type jksReader struct {
	*cursor
	version int
	certs   *certTable
	entries []Entry
	spans   []span
	byAlias map[string]int
}

func (r *jksReader) entry() {
	start := r.pos
	tag := r.i32("tag of an entry")
	var e Entry
	switch {
	case tag == tagKey:
		e.Kind = PrivateKey
	case tag == tagCert:
		e.Kind = TrustedCert
	case tag == tagSecret && r.format == JCEKS:
		e.Kind = SecretKey
	default:
		r.fail(start, fmt.Sprintf("an entry has the unknown tag %d", tag))
		return
	}
	e.Alias = r.utf("alias")
	e.Created = unixMilli(r.i64("date of an entry"))
	sp := span{start: r.certs.len()}
	switch e.Kind {
	case PrivateKey:
		r.take(r.i32("length of a private key"), "private key")
		at := r.pos
		n := r.i32("number of certificates")
		if n < 0 && r.format == JCEKS {
			r.fail(at, "negative number of certificates") // JKS takes it as none
		}
		for j := 0; j < n && r.err == nil; j++ {
			r.certificate()
		}
	case TrustedCert:
		r.certificate()
	case SecretKey:
		r.sealedKey()
	}
	sp.end = r.certs.len()
	if r.err != nil {
		return
	}
	// The table of Java's store has the alias exactly as written for its key,
	// so only an equal alias replaces; two that differ by case both stay.
	if at, ok := r.byAlias[e.Alias]; ok {
		r.entries[at], r.spans[at] = e, sp
		return
	}
	r.byAlias[e.Alias] = len(r.entries)
	r.entries = append(r.entries, e)
	r.spans = append(r.spans, sp)
}

// certificate reads one certificate: in version 2 a type that Java's
// CertificateFactory must know, then the length and the bytes.
func (r *jksReader) certificate() {
	if r.version == 2 {
		start := r.pos
		typ := r.utf("type of a certificate")
		if !strings.EqualFold(typ, "X.509") && !strings.EqualFold(typ, "X509") {
			r.fail(start, "a certificate is of a type other than X.509")
		}
	}
	n := r.i32("length of a certificate")
	at := r.pos
	der := r.take(n, "certificate")
	if r.err == nil {
		r.err = r.certs.add(der, at)
	}
}
