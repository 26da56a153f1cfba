package tlscert

import (
	"fmt"
	"strings"
	"unicode"
)

// PKCS12 keeps certificates in a heap; which of them belong to a key, and in
// which order, follows from identifiers and names. The rules here are those
// of Java: the certificate with the key's local key identifier (best with its
// name as well), failing that with its name; then issuer after issuer, by key
// identifiers where the certificate has one for its issuer, else by name,
// until one is self-signed, has no issuer in the store or has come before.

// An issuerIndex finds issuers without looking at every certificate each time.
type issuerIndex struct {
	names map[int]chainNames
	first map[string]int    // first of a subject
	byKey map[[2]string]int // first of a subject and subject key identifier
	bare  map[string]int    // last of a subject without such an identifier
	self  map[int]bool      // self-signed, as far as it was asked
}

func (b *bagReader) indexIssuers() *issuerIndex {
	x := &issuerIndex{names: map[int]chainNames{}, first: map[string]int{}, byKey: map[[2]string]int{}, bare: map[string]int{}, self: map[int]bool{}}
	for _, id := range b.all {
		c, ok := x.names[id]
		if !ok {
			c = namesOf(b.table.certs[id])
			x.names[id] = c
		}
		if _, ok := x.first[c.subject]; !ok {
			x.first[c.subject] = id
		}
		if c.subjectKey == "" {
			x.bare[c.subject] = id
			continue
		}
		k := [2]string{c.subject, c.subjectKey}
		if _, ok := x.byKey[k]; !ok {
			x.byKey[k] = id
		}
	}
	return x
}

// chainNames are what chains are built from.
type chainNames struct {
	issuer, subject string // canonical, see canonicalName
	subjectKey      string // value of the subject key identifier extension, "" if absent
	authorityKey    string // key identifier of the authority key identifier, encoded alike
}

// namesOf gives the names as Java reads them.
func namesOf(c Certificate) (n chainNames) {
	raw, _ := c.raw() // no store has one that Java does not read
	n.issuer, _ = canonicalName(raw.issuer)
	n.subject, _ = canonicalName(raw.subject)
	n.subjectKey, n.authorityKey = string(raw.subjectKey), authorityKeyID(raw.authorityKey)
	return n
}

// issuer gives the certificate that Java takes for the issuer of id.
func (x *issuerIndex) issuer(id int) (int, bool) {
	c := x.names[id]
	if c.authorityKey == "" {
		i, ok := x.first[c.issuer]
		return i, ok
	}
	if i, ok := x.byKey[[2]string{c.issuer, c.authorityKey}]; ok {
		return i, true
	}
	i, ok := x.bare[c.issuer]
	return i, ok
}

// chain gives every private key its chain.
func (b *bagReader) chain() error {
	if len(b.keys) == 0 || len(b.certs) == 0 {
		return nil
	}
	leaf := b.indexLeaves()
	x := b.indexIssuers()
	seen := make([]int, len(b.table.certs)) // number of the key that has passed here
	known := map[int]span{}                 // chains by their first certificate
	for n, k := range b.keys {
		id, ok := leaf.of(k)
		if !ok || b.putBy[k.entry] != k.put {
			continue
		}
		sp, ok := known[id]
		if !ok {
			sp.start = b.table.len()
			for {
				b.table.refs = append(b.table.refs, id)
				seen[id] = n + 1
				next, ok := x.issuer(id)
				if !ok || seen[next] == n+1 {
					break
				}
				self, err := b.selfSigned(x, id)
				if err != nil {
					return err
				}
				if self {
					break
				}
				id = next
				if b.table.len() > maxChained {
					return tooManyChained()
				}
			}
			sp.end = b.table.len()
			known[b.table.refs[sp.start]] = sp
		}
		b.chainOf[k.entry] = sp
	}
	total := 0
	for _, sp := range b.chainOf {
		total += sp.end - sp.start
	}
	if total > maxChained {
		return tooManyChained()
	}
	return nil
}

// A leafIndex finds the certificate of a key.
type leafIndex struct {
	both  map[[2]string]int // first of an identifier and a folded name
	id    map[string]int    // last of an identifier
	alias map[string]int    // last of a folded name
}

func (b *bagReader) indexLeaves() leafIndex {
	x := leafIndex{map[[2]string]int{}, map[string]int{}, map[string]int{}}
	for _, c := range b.certs {
		fold := foldEqual(c.alias)
		if c.hasID {
			x.id[c.id] = c.cert
			if k := [2]string{c.id, fold}; c.named {
				if _, ok := x.both[k]; !ok {
					x.both[k] = c.cert
				}
			}
		}
		if c.named {
			x.alias[fold] = c.cert
		}
	}
	return x
}

func (x leafIndex) of(k keyBag) (int, bool) {
	fold := foldEqual(k.alias)
	if id, ok := x.both[[2]string{k.id, fold}]; ok {
		return id, true
	}
	if id, ok := x.id[k.id]; ok {
		return id, true
	}
	id, ok := x.alias[fold]
	return id, ok
}

// foldEqual folds as String.equalsIgnoreCase compares.
func foldEqual(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// maxSelfSigned bounds the signatures checked for one store. A store has a
// handful of authorities that changed their certificate and kept their name.
const maxSelfSigned = 256

// selfSigned: issuer and subject are one name and the signature is by the
// certificate's own key. It is asked only where the store holds another
// certificate that could be the issuer, as signatures take time.
func (b *bagReader) selfSigned(x *issuerIndex, id int) (bool, error) {
	c := x.names[id]
	if c.issuer != c.subject {
		return false, nil
	}
	self, ok := x.self[id]
	if !ok {
		if len(x.self) == maxSelfSigned {
			return false, &FormatError{Format: PKCS12, Limit: true, Reason: fmt.Sprintf("more than %d certificates share their name with another one that could have issued them", maxSelfSigned)}
		}
		if raw, ok := b.table.certs[id].raw(); ok {
			self, _ = raw.signedBy(&raw)
		}
		x.self[id] = self
	}
	return self, nil
}
