package tlscert

import (
	"fmt"
	"math"
)

// ASN.1 tags as they stand in the first byte of an element.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagEnumerated  = 0x0A
	tagBitString   = 0x03
	tagOctets      = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagUTF8        = 0x0C
	tagPrintable   = 0x13
	tagUTCTime     = 0x17
	tagGeneralTime = 0x18
	tagBMP         = 0x1E
	tagSequence    = 0x30
	tagSet         = 0x31

	constructed = 0x20

	// maxBERDepth bounds nested elements of indefinite length and nested
	// pieces of a string. A keystore needs fewer than ten.
	maxBERDepth = 32
)

// An element is one tag, length and content. content is a slice of the
// reader's bytes that cannot grow. The whole is four words long, so that the
// compiler keeps it in registers: reading certificates takes half the time.
type element struct {
	content []byte
	at      uint32 // of the element in the reader's bytes
	tag     byte
	head    uint8 // length of the header, 0 for an element that is not there
}

// A berReader steps through the elements of DER, or of BER with indefinite
// lengths and lengths longer than need be, which Java reads as well. Tags
// above 30 are refused, as Java refuses them.
type berReader struct {
	buf []byte
	pos int

	// For errors: where buf stands in the file. sealed names a decrypted or
	// pieced-together buf, whose offsets are not the file's.
	base   int
	sealed string
}

// at makes the error for a position in buf.
func (r *berReader) at(pos int, format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	if r.sealed != "" {
		reason += fmt.Sprintf(" (at byte %d of %s)", pos, r.sealed)
	}
	return &FormatError{Format: PKCS12, Offset: r.inFile(pos), Reason: reason}
}

// inFile is where a position in buf stands in the file, or what buf was made
// from.
func (r *berReader) inFile(pos int) int {
	if r.sealed != "" {
		return r.base
	}
	return r.base + pos
}

func (r *berReader) more() bool { return r.pos < len(r.buf) }

// full gives an element with its header and end mark.
func (r *berReader) full(e element) []byte {
	end := e.off() + int(e.head) + len(e.content)
	if r.buf[e.off()+1] == 0x80 {
		end += 2
	}
	return r.buf[e.off():end:end]
}

// off is the place of the element in the reader's bytes.
func (e element) off() int { return int(e.at) }

// within reads the content of an element.
func (r *berReader) within(e element) berReader {
	return r.sub(e.off()+int(e.head), e.content)
}

// sub reads b, which begins at pos of r.
func (r *berReader) sub(pos int, b []byte) berReader {
	return berReader{buf: b, base: r.inFile(pos), sealed: r.sealed}
}

// next reads one element.
func (r *berReader) next() (element, error) {
	return r.read(r.pos, 0)
}

func (r *berReader) read(start, depth int) (element, error) {
	pos := start
	if len(r.buf)-pos < 2 {
		return element{}, r.at(pos, "the data ends before an element")
	}
	tag := r.buf[pos]
	if tag&0x1F == 0x1F {
		return element{}, r.at(pos, "an element has a tag above 30")
	}
	length := int(r.buf[pos+1])
	pos += 2
	switch {
	case length == 0x80:
		return r.indefinite(start, tag, depth)
	case length > 0x80:
		n := length & 0x7F
		if n > 4 || len(r.buf)-pos < n {
			return element{}, r.at(start, "the length of an element takes %d bytes", n)
		}
		v := uint64(0)
		for _, b := range r.buf[pos : pos+n] {
			v = v<<8 | uint64(b)
		}
		pos += n
		if v > math.MaxInt32 {
			return element{}, r.at(start, "an element of %d bytes", v)
		}
		length = int(v)
	}
	if length > len(r.buf)-pos {
		return element{}, r.at(start, "an element of %d bytes where %d are left", length, len(r.buf)-pos)
	}
	end := pos + length
	r.pos = end
	return element{tag: tag, content: r.buf[pos:end:end], at: uint32(start), head: uint8(pos - start)}, nil
}

// indefinite reads an element that ends with an end mark of two zero bytes.
func (r *berReader) indefinite(start int, tag byte, depth int) (element, error) {
	if tag&constructed == 0 {
		return element{}, r.at(start, "an indefinite length where no elements can follow")
	}
	if depth >= maxBERDepth {
		return element{}, r.at(start, "elements of indefinite length nested more than %d deep", maxBERDepth)
	}
	pos := start + 2
	for {
		if len(r.buf)-pos < 2 {
			return element{}, r.at(start, "an element of indefinite length without end")
		}
		if r.buf[pos] == 0 && r.buf[pos+1] == 0 {
			break
		}
		if _, err := r.read(pos, depth+1); err != nil {
			return element{}, err
		}
		pos = r.pos
	}
	if pos > math.MaxInt32 {
		return element{}, r.at(start, "an element that ends at byte %d", pos)
	}
	r.pos = pos + 2
	return element{tag: tag, content: r.buf[start+2 : pos : pos], at: uint32(start), head: 2}, nil
}

// expect reads one element of the given tag. what names it in the error.
func (r *berReader) expect(tag byte, what string) (element, error) {
	start := r.pos
	e, err := r.next()
	if err != nil {
		return e, err
	}
	if e.tag != tag {
		return e, r.at(start, "tag %#x in place of the %s", e.tag, what)
	}
	return e, nil
}

// group reads a SEQUENCE, or a SET as Java lets it stand for one where it
// takes a value for a stream.
func (r *berReader) group(what string) (berReader, error) {
	start := r.pos
	e, err := r.next()
	if err != nil {
		return berReader{}, err
	}
	if e.tag != tagSequence && e.tag != tagSet {
		return berReader{}, r.at(start, "tag %#x in place of the %s", e.tag, what)
	}
	return r.within(e), nil
}

// named reads a group that begins with an identifier, and gives that and a
// reader over what follows it.
func (r *berReader) named(what string) (oid string, in berReader, err error) {
	if in, err = r.group(what); err == nil {
		oid, err = in.oid(what)
	}
	return oid, in, err
}

// list reads a SEQUENCE or SET of at least low elements into out and gives a
// reader over them. More than fit into out are an error; out is small, for
// what may hold any number of elements is read one by one.
func (r *berReader) list(tag byte, out []element, low int, what string) (berReader, error) {
	e, err := r.expect(tag, what)
	if err != nil {
		return berReader{}, err
	}
	in := r.within(e)
	n := 0
	for ; in.more(); n++ {
		if n == len(out) {
			return berReader{}, r.at(e.off(), "the %s has more than %d parts", what, len(out))
		}
		if out[n], err = in.next(); err != nil {
			return berReader{}, err
		}
	}
	if n < low {
		return berReader{}, r.at(e.off(), "the %s has %d parts, not %d", what, n, low)
	}
	return in, nil
}

// integer reads an INTEGER that fits Java's int.
func (r *berReader) integer(what string) (int, error) {
	e, err := r.expect(tagInteger, what)
	if err != nil {
		return 0, err
	}
	return r.small(e, what)
}

// small is the number of an element that has to fit 32 bits.
func (r *berReader) small(e element, what string) (int, error) {
	if len(e.content) == 0 {
		return 0, r.at(e.off(), "the %s has no digits", what)
	}
	b := e.content
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xFF && b[1] >= 0x80) {
		b = b[1:]
	}
	if len(b) > 4 {
		return 0, r.at(e.off(), "the %s does not fit 32 bits", what)
	}
	v := int(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int(c)
	}
	return v, nil
}

// oid reads an OBJECT IDENTIFIER and gives its content bytes as a string,
// which the tables of this package are keyed by.
func (r *berReader) oid(what string) (string, error) {
	e, err := r.expect(tagOID, what)
	if err != nil {
		return "", err
	}
	return r.oidOf(e, what)
}

func (r *berReader) oidOf(e element, what string) (string, error) {
	if err := r.checkOID(e, what); err != nil {
		return "", err
	}
	return string(e.content), nil
}

func (r *berReader) checkOID(e element, what string) error {
	if e.tag != tagOID {
		return r.at(e.off(), "tag %#x in place of the %s", e.tag, what)
	}
	end := true // of a number
	for _, c := range e.content {
		if end && c == 0x80 {
			end = false
			break
		}
		end = c < 0x80
	}
	if len(e.content) == 0 || !end {
		return r.at(e.off(), "the %s is not an object identifier", what)
	}
	return nil
}

// octets gives the bytes of an OCTET STRING. A primitive one is a slice of
// the reader's bytes; one in pieces is put together, and joined says so.
func (r *berReader) octets(e element, what string) (b []byte, joined bool, err error) {
	if e.tag&0x1F != tagOctets || e.tag&^(0x1F|constructed) != 0 {
		return nil, false, r.at(e.off(), "tag %#x in place of the %s", e.tag, what)
	}
	if e.tag&constructed == 0 {
		return e.content, false, nil
	}
	in := r.within(e)
	b, err = in.join(nil, what, 0)
	return b, true, err
}

func (r *berReader) join(to []byte, what string, depth int) ([]byte, error) {
	if depth >= maxBERDepth {
		return nil, r.at(0, "the pieces of the %s are nested more than %d deep", what, maxBERDepth)
	}
	for r.more() {
		e, err := r.next()
		if err != nil {
			return nil, err
		}
		switch e.tag {
		case tagOctets:
			to = append(to, e.content...)
		case tagOctets | constructed:
			in := r.within(e)
			if to, err = in.join(to, what, depth+1); err != nil {
				return nil, err
			}
		default:
			return nil, r.at(e.off(), "tag %#x in place of a piece of the %s", e.tag, what)
		}
	}
	return to, nil
}

// inner reads what octets gave for e: in place, or under a name of its own
// where it was joined.
func (r *berReader) inner(e element, b []byte, joined bool, name string) berReader {
	if joined && r.sealed == "" {
		return berReader{buf: b, base: r.base + e.off(), sealed: name}
	}
	return r.sub(e.off()+int(e.head), b)
}
