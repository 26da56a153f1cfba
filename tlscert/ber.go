package tlscert

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
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
//
// The first failure is kept, and more is false from then on. Reading goes on
// without effect, so that err is asked for at the end.
type berReader struct {
	buf  []byte
	pos  int
	base int // where buf begins in what the origin holds
	from *origin
}

// An origin is what readers made from each other have in common.
type origin struct {
	err error // the first failure of any of them

	// sealed names a decrypted or pieced-together text, whose offsets are not the
	// file's, and at is where what it was made from begins there. It is empty for
	// the file.
	sealed string
	at     int
}

func readerOf(b []byte) berReader { return berReader{buf: b, from: new(origin)} }

// sealedReader reads b, which was made from what is at a place of the file.
func sealedReader(b []byte, at int, name string) berReader {
	return berReader{buf: b, from: &origin{sealed: name, at: at}}
}

func (r *berReader) err() error   { return r.from.err }
func (r *berReader) failed() bool { return r.from.err != nil }

// keep keeps an error unless there was one before.
func (r *berReader) keep(err error) { r.from.err = cmp.Or(r.from.err, err) }

// fail says what is wrong at a position in buf.
func (r *berReader) fail(pos int, format string, args ...any) {
	if r.failed() {
		return
	}
	reason := fmt.Sprintf(format, args...)
	if r.from.sealed != "" {
		reason += " (at byte " + strconv.Itoa(r.base+pos) + " of " + r.from.sealed + ")"
	}
	r.keep(&FormatError{Format: PKCS12, Offset: r.inFile(pos), Reason: reason})
}

// not fails because e is not what it has to be.
func (r *berReader) not(e element, what string) {
	r.fail(e.off(), "tag %#x in place of the %s", e.tag, what)
}

// inFile is where a position in buf stands in the file, or what buf was made
// from.
func (r *berReader) inFile(pos int) int {
	if r.from.sealed != "" {
		return r.from.at
	}
	return r.base + pos
}

func (r *berReader) more() bool { return r.pos < len(r.buf) && !r.failed() }

// full gives an element with its header and end mark.
func (r *berReader) full(e element) []byte {
	if e.head == 0 {
		return nil
	}
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
	return berReader{buf: b, base: r.base + pos, from: r.from}
}

// peek gives the next element, the zero element where there is none to read,
// which is no failure.
func (r berReader) peek() element {
	r.from = new(origin)
	return r.next()
}

// next reads one element.
func (r *berReader) next() (none element) {
	start := r.pos
	head, length := r.header(start)
	begin := start + head
	end := begin + length
	after := end
	if length == untilMark {
		end = r.endMark(start)
		after = end + 2
	}
	if r.failed() {
		return none
	}
	r.pos = after
	return element{tag: r.buf[start], content: r.buf[begin:end:end], at: uint32(start), head: uint8(head)}
}

// untilMark is the length of an element that ends with an end mark of two zero
// bytes.
const untilMark = -1

// header reads tag and length at a position: how many bytes they take, and how
// many follow.
func (r *berReader) header(start int) (head, length int) {
	pos := start
	if len(r.buf)-pos < 2 {
		r.fail(pos, "the data ends before an element")
		return 0, 0
	}
	tag := r.buf[pos]
	if tag&0x1F == 0x1F {
		r.fail(pos, "an element has a tag above 30")
	}
	length = int(r.buf[pos+1])
	pos += 2
	switch {
	case length == 0x80:
		if tag&constructed == 0 {
			r.fail(start, "an indefinite length where no elements can follow")
		}
		return 2, untilMark
	case length > 0x80:
		n := length & 0x7F
		if n > 4 || len(r.buf)-pos < n {
			r.fail(start, "the length of an element takes %d bytes", n)
			return 0, 0
		}
		v := uint64(0)
		for _, b := range r.buf[pos : pos+n] {
			v = v<<8 | uint64(b)
		}
		pos += n
		if v > math.MaxInt32 {
			r.fail(start, "an element of %d bytes", v)
			return 0, 0
		}
		length = int(v)
	}
	if length > len(r.buf)-pos {
		r.fail(start, "an element of %d bytes where %d are left", length, len(r.buf)-pos)
	}
	return pos - start, length
}

// endMark finds the mark that ends the element of indefinite length at start.
func (r *berReader) endMark(start int) int {
	pos := start + 2
	for depth := 1; !r.failed(); {
		switch {
		case len(r.buf)-pos < 2:
			r.fail(start, "an element of indefinite length without end")
		case pos > math.MaxInt32:
			r.fail(start, "an element that ends at byte %d", pos)
		case r.buf[pos] == 0 && r.buf[pos+1] == 0:
			if depth--; depth == 0 {
				return pos
			}
			pos += 2
		default:
			head, length := r.header(pos)
			if pos += head; length != untilMark {
				pos += length
			} else if depth++; depth > maxBERDepth {
				r.fail(start, "elements of indefinite length nested more than %d deep", maxBERDepth)
			}
		}
	}
	return pos
}
