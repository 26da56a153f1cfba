package tlscert

import "fmt"

// A JCEKS secret key is a serialized Java object and nothing says how long it
// is: the stream has to be walked to find where the next entry begins. The
// walker knows the grammar of the protocol (Java Object Serialization
// Specification, version 5, chapter 6) and lets pass what Java 17 lets pass at
// this place: one SealedObjectForKeyProtector, with byte arrays and strings as
// fields. It creates nothing, and each step takes at least one byte.

const (
	tcNull          = 0x70
	tcReference     = 0x71
	tcClassDesc     = 0x72
	tcObject        = 0x73
	tcString        = 0x74
	tcArray         = 0x75
	tcBlockData     = 0x77
	tcEndBlockData  = 0x78
	tcReset         = 0x79
	tcBlockDataLong = 0x7A
	tcLongString    = 0x7C

	scWriteMethod    = 0x01
	scSerializable   = 0x02
	scExternalizable = 0x04
	scEnum           = 0x10

	baseHandle = 0x7E0000

	// maxSerialDepth bounds the nesting. The real object needs 3.
	maxSerialDepth = 8
)

// The classes of a sealed key, with the version numbers that Java compares.
var sealedClasses = [...]struct {
	name string
	uid  uint64
}{
	{"com.sun.crypto.provider.SealedObjectForKeyProtector", 0xCD57CA59E730BB53},
	{"javax.crypto.SealedObject", 0x3E363DA6C3B75470},
}

// A classDesc is what the walker keeps of a class descriptor.
type classDesc struct {
	name   string
	uid    uint64
	flags  byte
	fields []byte // type codes, primitives first as they stand in the data
	super  *classDesc
}

// A serialWalker is one ObjectInputStream over the cursor. handles lists what
// the stream gave a number: a *classDesc, a string, or nil for any other thing.
type serialWalker struct {
	*cursor
	handles []any
}

// sealedKey steps over the serialized object of a secret key entry.
func (r *jksReader) sealedKey() {
	start := r.pos
	if r.number(4, "head of a secret key") != 0xACED0005 {
		r.fail(start, "a secret key is not a serialized object of version 5")
		return
	}
	w := serialWalker{cursor: r.cursor}
	start = r.pos
	tc := w.u8("secret key")
	for tc == tcReset && w.err == nil {
		start = r.pos
		tc = w.u8("secret key")
	}
	switch tc {
	case tcNull: // Java lists such an entry too; its key is null
	case tcObject:
		w.object(1)
	default:
		w.fail(start, fmt.Sprintf("a secret key has the type code %#x in place of an object", tc))
	}
}

// object reads what follows TC_OBJECT: the class, then the fields of its
// superclasses and its own.
func (w *serialWalker) object(depth int) {
	start := w.pos
	d := w.classDesc(depth)
	if d == nil {
		w.fail(start, "an object of a secret key has no class")
		return
	}
	var line []*classDesc
	for c := d; c != nil; c = c.super {
		if len(line) == len(sealedClasses) || c.name != sealedClasses[len(line)].name {
			w.fail(start, "a secret key is not a com.sun.crypto.provider.SealedObjectForKeyProtector")
			return
		}
		if c.uid != sealedClasses[len(line)].uid || c.flags&scSerializable == 0 || c.flags&(scExternalizable|scEnum) != 0 {
			w.fail(start, "a secret key is of another version of its class")
			return
		}
		line = append(line, c)
	}
	if len(line) != len(sealedClasses) {
		w.fail(start, "a secret key does not extend javax.crypto.SealedObject")
		return
	}
	w.handles = append(w.handles, nil)
	for i := len(line) - 1; i >= 0; i-- {
		c := line[i]
		for _, t := range c.fields {
			if n := primitiveSize(t); n > 0 {
				w.take(n, "fields of a secret key")
			} else {
				w.content(depth + 1)
			}
		}
		if c.flags&scWriteMethod != 0 {
			w.annotation(depth + 1)
		}
	}
}

// content reads one value that is not a primitive: null, a back reference, a
// string or a byte array. Java's filter lets no other object stand inside a
// sealed key.
func (w *serialWalker) content(depth int) {
	start := w.pos
	tc := w.u8("fields of a secret key")
	if depth > maxSerialDepth {
		w.fail(start, "a secret key is nested too deeply")
		return
	}
	switch tc {
	case tcNull:
	case tcReference:
		w.reference()
	case tcString:
		w.handles = append(w.handles, w.utf("string of a secret key"))
	case tcLongString:
		n := w.i64("string of a secret key")
		if n > int64(w.left()) {
			n = int64(w.left()) + 1
		}
		w.handles = append(w.handles, string(w.take(int(n), "string of a secret key")))
	case tcArray:
		d := w.classDesc(depth)
		if d == nil || d.name != "[B" {
			w.fail(start, "a secret key holds an array that is not of bytes")
			return
		}
		w.handles = append(w.handles, nil)
		w.take(w.i32("length of an array"), "byte array of a secret key")
	default:
		w.fail(start, fmt.Sprintf("a secret key holds an object of the type code %#x", tc))
	}
}

// reference reads a back reference; nil for anything but a class or a string.
func (w *serialWalker) reference() any {
	start := w.pos
	n := w.i32("back reference") - baseHandle
	if n < 0 || n >= len(w.handles) {
		w.fail(start, "a back reference leads nowhere")
		return nil
	}
	return w.handles[n]
}

// classDesc reads a class descriptor; nil for TC_NULL.
func (w *serialWalker) classDesc(depth int) *classDesc {
	start := w.pos
	tc := w.u8("class of a secret key")
	if depth > maxSerialDepth {
		w.fail(start, "a secret key is nested too deeply")
		return nil
	}
	switch tc {
	case tcNull:
		return nil
	case tcReference:
		d, ok := w.reference().(*classDesc)
		if !ok {
			w.fail(start, "a back reference does not lead to a class")
		}
		return d
	case tcClassDesc:
	default:
		w.fail(start, fmt.Sprintf("the type code %#x stands in place of a class", tc))
		return nil
	}
	d := &classDesc{name: w.utf("name of a class")}
	d.uid = w.number(8, "version of a class")
	w.handles = append(w.handles, d)
	d.flags = w.u8("flags of a class")
	n := int(int16(w.u16("number of fields"))) // a negative number is none to Java
	for i := 0; i < n && w.err == nil; i++ {
		d.fields = append(d.fields, w.field(depth+1))
	}
	w.annotation(depth + 1)
	d.super = w.classDesc(depth + 1)
	return d
}

// field reads the description of a field and gives its type. What counts is
// the first character of the type's name, as in Java, and the fields that a
// sealed key has must not be primitive.
func (w *serialWalker) field(depth int) byte {
	at := w.pos
	t := w.u8("type of a field")
	name := w.utf("name of a field")
	if t == 'L' || t == '[' {
		typ := w.typeName(depth)
		if t = 0; typ != "" {
			t = typ[0]
		}
	}
	own := name == "encodedParams" || name == "encryptedContent" || name == "sealAlg" || name == "paramsAlg"
	if primitive := primitiveSize(t) > 0; !primitive && t != 'L' && t != '[' || primitive && own {
		w.fail(at, "a field is of an unknown type")
	}
	return t
}

// typeName reads the name of a field's type: a string, or a reference to one.
func (w *serialWalker) typeName(depth int) string {
	at := w.pos
	if w.left() > 0 {
		switch w.data[at] {
		case tcString, tcLongString:
			w.content(depth)
			if w.err == nil {
				return w.handles[len(w.handles)-1].(string)
			}
		case tcReference:
			w.pos++
			if s, ok := w.reference().(string); ok {
				return s
			}
		}
	}
	w.fail(at, "the type of a field is not a string")
	return ""
}

// annotation reads what a class wrote beside its fields, up to its end mark.
func (w *serialWalker) annotation(depth int) {
	for w.err == nil {
		start := w.pos
		switch tc := w.u8("annotation of a class"); {
		case tc == tcEndBlockData:
			return
		case tc == tcBlockData:
			w.take(int(w.u8("annotation of a class")), "annotation of a class")
		case tc == tcBlockDataLong:
			w.take(w.i32("annotation of a class"), "annotation of a class")
		default:
			w.pos = start
			w.content(depth)
		}
	}
}

// primitiveSize is the number of bytes of a primitive field, 0 for others.
func primitiveSize(t byte) int {
	switch t {
	case 'B', 'Z':
		return 1
	case 'C', 'S':
		return 2
	case 'F', 'I':
		return 4
	case 'D', 'J':
		return 8
	}
	return 0
}
