package tlscert

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
)

// maxCertificate is the largest certificate that is handed to Go's parser,
// whose result can be many times larger than what it reads. Certificates in
// use have 1 to 4 KiB.
const maxCertificate = 256 << 10

// A certTable holds the certificates of one store, each different one once:
// stores repeat the certificates of their authorities in every chain.
type certTable struct {
	format Format
	seed   maphash.Seed
	byHash map[uint64]int
	certs  []Certificate // the different ones; Raw is our own copy after parse
	at     []int         // file offset of each
	refs   []int         // chains: indexes into certs
}

// A span is a chain: the certificates refs[start:end] of a table.
type span struct{ start, end int }

func newCertTable(f Format) *certTable {
	return &certTable{format: f, seed: maphash.MakeSeed(), byHash: map[uint64]int{}}
}

func (t *certTable) len() int { return len(t.refs) }

// add appends a certificate to the chain under construction.
func (t *certTable) add(der []byte, offset int) error {
	i, err := t.intern(der, offset)
	if err == nil {
		t.refs = append(t.refs, i)
	}
	return err
}

// intern gives the index of a certificate in certs. Java's certificate
// factory reads one DER element and ignores what follows, so only that is
// kept. (It would take text in PEM form as well, which no maker of keystores
// writes; that is refused here.)
func (t *certTable) intern(der []byte, offset int) (int, error) {
	r := readerOf(der)
	e := r.next()
	if e.tag != tagSequence {
		return 0, &FormatError{Format: t.format, Offset: offset, Reason: "a certificate that is no complete DER sequence"}
	}
	der = r.full(e)
	h := maphash.Bytes(t.seed, der)
	if i, ok := t.byHash[h]; ok && bytes.Equal(t.certs[i].Raw, der) {
		return i, nil
	}
	i := len(t.certs)
	t.byHash[h] = i
	t.certs = append(t.certs, Certificate{Raw: der})
	t.at = append(t.at, offset)
	return i, nil
}

// parse copies every certificate and fills its X509 or Err, with as many
// goroutines as there are processors; the result does not depend on their
// number. ok is false if Java's parser refuses one, whether or not Go's takes
// it: Java does not open such a store. refused is the first of these.
func (t *certTable) parse() (refused int, ok bool) {
	const chunk = 32
	workers := min(runtime.GOMAXPROCS(0), (len(t.certs)+chunk-1)/chunk)
	var next, first atomic.Int64 // first: the first certificate that Java refuses
	first.Store(int64(len(t.certs)))
	work := func() {
		for {
			start := int(next.Add(chunk)) - chunk
			if start >= int(first.Load()) {
				return // chunks are taken in order: none before it is left
			}
			for i := start; i < min(start+chunk, len(t.certs)); i++ {
				c := &t.certs[i]
				if javaRefuses(c.Raw) == "" {
					c.Raw = bytes.Clone(c.Raw)
					c.parse()
					continue
				}
				for was := first.Load(); int64(i) < was; was = first.Load() {
					if first.CompareAndSwap(was, int64(i)) {
						break
					}
				}
				break
			}
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if i := int(first.Load()); i < len(t.certs) {
		return i, false
	}
	return 0, true
}

// refusal is the error for a certificate that Java refuses.
func (t *certTable) refusal(i int, entry string) error {
	e := &FormatError{Format: t.format, Offset: t.at[i], Entry: entry}
	of := ""
	if e.Entry != "" {
		of = " of the entry " + quoteAlias(e.Entry)
	}
	e.Reason = fmt.Sprintf("Java does not accept a certificate%s and so does not open the store: %s", of, javaRefuses(t.certs[i].Raw))
	return e
}

func (c *Certificate) parse() {
	if len(c.Raw) > maxCertificate {
		c.Err = fmt.Errorf("tlscert: certificate of %d bytes not parsed: more than %d", len(c.Raw), maxCertificate)
		return
	}
	c.X509, c.Err = x509.ParseCertificate(c.Raw)
}

// chains sets the Chain of each entry from its span. All chains share one
// array, each cut off so that appending to it copies.
func (t *certTable) chains(entries []Entry, spans []span) {
	total := 0
	for _, s := range spans {
		total += s.end - s.start
	}
	all := make([]Certificate, 0, total)
	for i, s := range spans {
		if s.start == s.end {
			continue
		}
		from := len(all)
		for _, id := range t.refs[s.start:s.end] {
			all = append(all, t.certs[id])
		}
		entries[i].Chain = all[from:len(all):len(all)]
	}
}
