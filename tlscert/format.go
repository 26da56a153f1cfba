package tlscert

import "github.com/deploycluster/deploycluster/internal/enum"

// Format says how a keystore file is laid out. It follows from the file's
// first bytes; the file's name and the type configured for it prove nothing.
// The zero value is invalid.
type Format string

// The formats this package reads.
const (
	JKS    Format = "JKS"    // Java keystore, magic FEEDFEED; CaseExactJKS has the same bytes
	JCEKS  Format = "JCEKS"  // Java cryptography extension keystore, magic CECECECE
	PKCS12 Format = "PKCS12" // RFC 7292, a DER or BER structure
)

func formats() []Format { return []Format{JKS, JCEKS, PKCS12} }

// String gives Java's name of the store type: "JKS", "JCEKS" or "PKCS12".
func (f Format) String() string { return enum.Text(f) }

// MarshalText gives the text of String; the zero Format is an error.
func (f Format) MarshalText() ([]byte, error) { return enum.Marshal("format", f, formats()...) }

// UnmarshalText reads the text of String.
func (f *Format) UnmarshalText(text []byte) error {
	return enum.Unmarshal("format", f, text, formats()...)
}

// detect tells the format from the first bytes. A PKCS12 file begins with the
// tag of a SEQUENCE; Java takes a SET there as well, so that is not refused
// here either. Everything else is no keystore.
func detect(data []byte) (Format, error) {
	if len(data) == 0 {
		return "", &FormatError{Reason: "the file is empty"}
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
	return "", &FormatError{Reason: "the first bytes are those of no keystore format (JKS, JCEKS, PKCS12)"}
}
