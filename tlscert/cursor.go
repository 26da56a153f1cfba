package tlscert

// A cursor reads the big-endian fields of java.io.DataInput from a JKS or
// JCEKS file. Every length is compared with the bytes left before anything is
// taken, so a false one costs nothing. After the first failure err is set and
// every further read gives zero values.
type cursor struct {
	data   []byte
	pos    int
	format Format
	err    error
}

func (c *cursor) fail(offset int, reason string) {
	if c.err == nil {
		c.err = &FormatError{Format: c.format, Offset: offset, Reason: reason}
	}
}

// left is the number of bytes not read yet.
func (c *cursor) left() int { return len(c.data) - c.pos }

// take gives the next n bytes, a slice of the input that cannot grow over
// what follows. what names the field for the error.
func (c *cursor) take(n int, what string) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 {
		c.fail(c.pos, "negative length of the "+what)
		return nil
	}
	if n > c.left() {
		c.fail(c.pos, "the file ends inside the "+what)
		return nil
	}
	b := c.data[c.pos : c.pos+n : c.pos+n]
	c.pos += n
	return b
}

// number reads n bytes as one number.
func (c *cursor) number(n int, what string) (v uint64) {
	for _, b := range c.take(n, what) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (c *cursor) u8(what string) byte { return byte(c.number(1, what)) }

func (c *cursor) u16(what string) int { return int(c.number(2, what)) }

// i32 reads a Java int: signed, as the counts and lengths of the format are.
func (c *cursor) i32(what string) int { return int(int32(c.number(4, what))) }

func (c *cursor) i64(what string) int64 { return int64(c.number(8, what)) }

// utf reads a string as DataInput.readUTF does.
func (c *cursor) utf(what string) string {
	start := c.pos
	s, ok := decodeModifiedUTF8(c.take(c.u16(what), what))
	if !ok {
		c.fail(start, "the "+what+" is not modified UTF-8")
	}
	return s
}
