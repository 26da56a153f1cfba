package tlscert

import "fmt"

// Format says how a keystore file is laid out. It follows from the file's
// first bytes; the file's name and the type configured for it prove nothing.
// The zero value is invalid.
type Format uint8

// The formats this package reads.
const (
	JKS    Format = iota + 1 // Java keystore, magic FEEDFEED; CaseExactJKS has the same bytes
	JCEKS                    // Java cryptography extension keystore, magic CECECECE
	PKCS12                   // RFC 7292, a DER or BER structure
)

var formatNames = [...]string{JKS: "JKS", JCEKS: "JCEKS", PKCS12: "PKCS12"}

// String gives Java's name of the store type: "JKS", "JCEKS" or "PKCS12".
func (f Format) String() string { return enumName(formatNames[:], int(f), "Format") }

// MarshalText gives the text of String; the zero Format is an error.
func (f Format) MarshalText() ([]byte, error) { return enumText(formatNames[:], int(f), "Format") }

// UnmarshalText reads the text of String.
func (f *Format) UnmarshalText(text []byte) error {
	return enumParse(formatNames[:], f, text, "Format")
}

// detect tells the format from the first bytes. A PKCS12 file begins with the
// tag of a SEQUENCE; Java takes a SET there as well, so that is not refused
// here either. Everything else is no keystore.
func detect(data []byte) (Format, error) {
	if len(data) == 0 {
		return 0, &FormatError{Reason: "the file is empty"}
	}
	if len(data) >= 4 {
		switch [4]byte(data) {
		case [4]byte{0xFE, 0xED, 0xFE, 0xED}:
			return JKS, nil
		case [4]byte{0xCE, 0xCE, 0xCE, 0xCE}:
			return JCEKS, nil
		}
	}
	if data[0] == tagSequence || data[0] == tagSet {
		return PKCS12, nil
	}
	return 0, &FormatError{Reason: "the first bytes are those of no keystore format (JKS, JCEKS, PKCS12)"}
}

// The enumerations of this package share one form: names by value, the zero
// value without a name.

func enumName(names []string, v int, typ string) string {
	if v > 0 && v < len(names) {
		return names[v]
	}
	if v == 0 {
		return "unset"
	}
	return fmt.Sprintf("%s(%d)", typ, v)
}

func enumText(names []string, v int, typ string) ([]byte, error) {
	if v <= 0 || v >= len(names) {
		return nil, fmt.Errorf("tlscert: %s %d has no text form", typ, v)
	}
	return []byte(names[v]), nil
}

func enumParse[T ~uint8](names []string, v *T, text []byte, typ string) error {
	for i := 1; i < len(names); i++ {
		if names[i] == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("tlscert: %q is no %s", text, typ)
}
