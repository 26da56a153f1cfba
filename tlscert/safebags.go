package tlscert

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bags and attributes that Java's store knows, as the content bytes of their
// identifiers.
const (
	oidKeyBag    = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02" // pkcs8ShroudedKeyBag
	oidCertBag   = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03"
	oidSecretBag = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x05"

	oidFriendlyName = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14"
	oidLocalKeyID   = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15"
	oidTrusted      = "\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01" // 2.16.840.1.113894.746875.1.1
)

// A bagReader walks the safes of a store in the order of the file, because
// what Java does with a bag depends on those before it.
type bagReader struct {
	table   *certTable
	entries []Entry
	byAlias map[string]int

	privateKeys int // bags seen so far
	unnamed     int // aliases made up so far
	puts        int // entries put so far, replaced ones included

	keys  []keyBag  // private keys, to be matched with certificates
	certs []certBag // certificates that are no entry of their own
	all   []int     // every certificate, for issuers; indexes of table.certs

	// For each entry: its chain, and which call of put made it.
	chainOf []span
	putBy   []int
}

type keyBag struct {
	id, alias string // as in the file
	entry     int
	put       int // tells whether the entry is still this key's
}

type certBag struct {
	id, alias    string
	hasID, named bool
	cert         int
}

func newBagReader() *bagReader {
	return &bagReader{table: newCertTable(PKCS12), byAlias: map[string]int{}}
}

// bagAttributes is what a bag says about itself.
type bagAttributes struct {
	alias, id    string
	named, hasID bool
	trusted      bool
}

// walk reads one safe.
func (b *bagReader) walk(r *berReader) error {
	in := r.sequence(r.next(), "list of bags")
	for i := 0; in.more(); i++ {
		b.bag(&in, i)
	}
	return in.err()
}

// bag reads one bag, the i-th of its safe. Bags of other kinds, unencrypted
// keys among them, are passed over: Java does not list them.
func (b *bagReader) bag(r *berReader, i int) {
	in := r.group(r.next(), "bag")
	oid := in.oid("kind of a bag")
	wrap := in.next()
	if !isContext0(wrap.tag) {
		in.not(wrap, "content of a bag")
	}
	value := in.within(wrap)
	value.next()
	value.pos = 0
	cert := -1
	switch oid {
	case oidKeyBag:
		b.privateKeys++
	case oidCertBag:
		if der, off := octetsOfBag(&value, "certificate bag"); !in.failed() {
			var err error
			cert, err = b.table.intern(der, off)
			in.keep(err)
		}
	case oidSecretBag:
		octetsOfBag(&value, "secret bag")
	}
	a := readAttributes(&in)
	switch {
	case in.failed():
	case oid == oidKeyBag:
		b.privateKey(a)
	case oid == oidCertBag:
		b.certificate(cert, a, i)
	case oid == oidSecretBag:
		b.put(Entry{Kind: SecretKey, Created: timeOf(a)}, a)
	}
}

// octetsOfBag reads the bags that hold an identifier and, in [0], an OCTET
// STRING. The offset is that of the bytes in the file.
func octetsOfBag(r *berReader, what string) (octets []byte, off int) {
	in := r.sequence(r.next(), what)
	in.oid("kind of a " + what)
	wrap := in.next()
	if !isContext0(wrap.tag) {
		in.fail(wrap.off(), "tag %#x in the %s", wrap.tag, what)
	}
	in.end(what)
	at := in.within(wrap)
	e := at.next()
	octets, _ = at.octets(e, "content of the "+what)
	return octets, at.inFile(e.off() + int(e.head))
}

// readAttributes reads the attributes of a bag. Java takes something that is
// no SET of elements for "none", and refuses faults inside an attribute.
func readAttributes(r *berReader) (a bagAttributes) {
	set := r.peek()
	if set.tag != tagSet {
		return a
	}
	look := readerOf(set.content)
	for look.more() {
		look.next()
	}
	if look.failed() {
		return a
	}
	for in := r.within(set); in.more(); {
		a.read(&in)
	}
	return a
}

func (a *bagAttributes) read(r *berReader) {
	in := r.sequence(r.next(), "attribute")
	oid := in.oid("name of an attribute")
	values := in.within(in.expect(tagSet, "values of an attribute"))
	in.end("attribute")
	for first := true; first || values.more(); first = false {
		if !values.more() && oid != oidFriendlyName && oid != oidLocalKeyID {
			break
		}
		v := values.next() // fails where the two attributes have no value
		if oid == oidTrusted {
			values.checkOID(v, "trusted usage")
		}
		if !first {
			continue
		}
		switch oid {
		case oidFriendlyName:
			if v.tag != tagBMP {
				values.not(v, "friendly name")
			}
			a.alias, a.named = decodeBMP(v.content), true
		case oidLocalKeyID:
			id, _ := values.octets(v, "local key identifier")
			a.id, a.hasID = string(id), true
		}
	}
	a.trusted = a.trusted || oid == oidTrusted
}

// timeOf reads the date that Java hides in the local key identifier, the text
// "Time " and the milliseconds.
func timeOf(a bagAttributes) time.Time {
	if ms, ok := strings.CutPrefix(a.id, "Time "); ok {
		if n, err := strconv.ParseInt(ms, 10, 64); err == nil {
			return unixMilli(n)
		}
	}
	return time.Time{}
}

// privateKey: Java passes over a key without a local key identifier, save the
// first of the store, which it gives the identifier "01".
func (b *bagReader) privateKey(a bagAttributes) {
	if !a.hasID {
		if b.privateKeys != 1 {
			return
		}
		a.id = "01"
	}
	e := b.put(Entry{Kind: PrivateKey, Created: timeOf(a)}, a)
	if !a.named {
		a.alias = b.entries[e].Alias
	}
	b.keys = append(b.keys, keyBag{id: a.id, alias: a.alias, entry: e, put: b.puts})
}

// certificate: with Oracle's attribute it is an entry of its own, else it can
// only be part of a chain. The first bag of a safe gets the identifier "01"
// that the only key has got.
func (b *bagReader) certificate(cert int, a bagAttributes, i int) {
	if !a.hasID && b.privateKeys == 1 && i == 0 {
		a.id, a.hasID = "01", true
	}
	b.all = append(b.all, cert)
	if !a.trusted {
		b.certs = append(b.certs, certBag{id: a.id, alias: a.alias, hasID: a.hasID, named: a.named, cert: cert})
		return
	}
	e := b.put(Entry{Kind: TrustedCert}, a)
	b.chainOf[e] = span{b.table.len(), b.table.len() + 1}
	b.table.refs = append(b.table.refs, cert)
}

// put makes an entry, or replaces the one of the same folded alias, and gives
// its index. A bag without a name gets the next number for one.
func (b *bagReader) put(e Entry, a bagAttributes) int {
	if !a.named {
		b.unnamed++
		a.alias = strconv.Itoa(b.unnamed)
	}
	b.puts++
	e.Alias = FoldAlias(a.alias)
	if at, ok := b.byAlias[e.Alias]; ok {
		b.entries[at], b.chainOf[at], b.putBy[at] = e, span{}, b.puts
		return at
	}
	at := len(b.entries)
	b.byAlias[e.Alias] = at
	b.entries = append(b.entries, e)
	b.chainOf = append(b.chainOf, span{})
	b.putBy = append(b.putBy, b.puts)
	return at
}

// owner gives the alias of the entry that a certificate belongs to: that of its
// bag, or of a key with the same identifier; "" if there is none.
func (b *bagReader) owner(cert int) string {
	for i, sp := range b.chainOf {
		if sp.end > sp.start && b.table.refs[sp.start] == cert {
			return b.entries[i].Alias
		}
	}
	for _, c := range b.certs {
		if c.cert != cert {
			continue
		}
		if c.named {
			return FoldAlias(c.alias)
		}
		for _, k := range b.keys {
			if c.hasID && c.id == k.id {
				return b.entries[k.entry].Alias
			}
		}
	}
	return ""
}

// finish parses the certificates, gives the keys their chains and returns the
// entries.
func (b *bagReader) finish() ([]Entry, error) {
	if refused, ok := b.table.parse(); !ok {
		return nil, b.table.refusal(refused, b.owner(refused))
	}
	if err := b.chain(); err != nil {
		return nil, err
	}
	b.table.chains(b.entries, b.chainOf)
	return b.entries, nil
}

// maxChained bounds the certificates in all chains together: a small file can
// name one long chain from each of many keys.
const maxChained = 1 << 18

func tooManyChained() error {
	return &FormatError{Format: PKCS12, Limit: true, Reason: fmt.Sprintf("the chains of the store have more than %d certificates in all", maxChained)}
}
