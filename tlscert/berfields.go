package tlscert

// expect reads one element of the given tag. what names it in the error.
func (r *berReader) expect(tag byte, what string) element {
	e := r.next()
	if e.tag != tag {
		r.not(e, what)
	}
	return e
}

// sequence gives a reader over a SEQUENCE.
func (r *berReader) sequence(e element, what string) berReader {
	if e.tag != tagSequence {
		r.not(e, what)
	}
	return r.within(e)
}

// group is sequence, but for a SET, which Java lets stand for one where it takes
// a value for a stream.
func (r *berReader) group(e element, what string) berReader {
	if e.tag != tagSequence && e.tag != tagSet {
		r.not(e, what)
	}
	return r.within(e)
}

// end wants no more elements.
func (r *berReader) end(what string) {
	if r.more() {
		r.fail(r.pos, "the %s has more parts than it can have", what)
	}
}

// number reads an INTEGER of any size.
func (r *berReader) number(what string) []byte {
	e := r.next()
	if !isNumber(e) {
		r.not(e, what)
	}
	return e.content
}

func isNumber(e element) bool { return e.tag == tagInteger && len(e.content) > 0 }

func (r *berReader) boolean(e element) bool {
	if len(e.content) != 1 {
		r.fail(e.off(), "a boolean of %d bytes", len(e.content))
		return false
	}
	return e.content[0] != 0
}

// integer reads an INTEGER that fits Java's int.
func (r *berReader) integer(what string) int { return r.small(r.expect(tagInteger, what), what) }

// small is the number of an element that has to fit 32 bits.
func (r *berReader) small(e element, what string) (v int) {
	b := e.content
	if len(b) == 0 {
		r.fail(e.off(), "the %s has no digits", what)
		return 0
	}
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xFF && b[1] >= 0x80) {
		b = b[1:]
	}
	if len(b) > 4 {
		r.fail(e.off(), "the %s does not fit 32 bits", what)
		return 0
	}
	v = int(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int(c)
	}
	return v
}

// oid reads an OBJECT IDENTIFIER and gives its content bytes as a string,
// which the tables of this package are keyed by.
func (r *berReader) oid(what string) string { return r.oidOf(r.next(), what) }

func (r *berReader) oidOf(e element, what string) string {
	r.checkOID(e, what)
	return string(e.content)
}

func (r *berReader) checkOID(e element, what string) {
	if e.tag != tagOID {
		r.not(e, what)
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
		r.fail(e.off(), "the %s is not an object identifier", what)
	}
}

// octets gives the bytes of an OCTET STRING. A primitive one is a slice of
// the reader's bytes; one in pieces is put together, and joined says so.
func (r *berReader) octets(e element, what string) (b []byte, joined bool) {
	if e.tag&^constructed != tagOctets {
		r.not(e, what)
	}
	if e.tag&constructed == 0 {
		return e.content, false
	}
	return joinPieces(nil, r.within(e), what, 0), true
}

func joinPieces(to []byte, r berReader, what string, depth int) []byte {
	if depth >= maxBERDepth {
		r.fail(0, "the pieces of the %s are nested more than %d deep", what, maxBERDepth)
	}
	for r.more() {
		switch e := r.next(); e.tag {
		case tagOctets:
			to = append(to, e.content...)
		case tagOctets | constructed:
			to = joinPieces(to, r.within(e), what, depth+1)
		default:
			r.fail(e.off(), "tag %#x in place of a piece of the %s", e.tag, what)
		}
	}
	return to
}

// inner reads what octets gave for e: in place, or under a name of its own
// where it was joined.
func (r *berReader) inner(e element, b []byte, joined bool, name string) berReader {
	if joined && r.from.sealed == "" {
		in := sealedReader(b, r.base+e.off(), name)
		in.keep(r.err())
		return in
	}
	return r.sub(e.off()+int(e.head), b)
}
