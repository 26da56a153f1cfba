package tlscert

import (
	"crypto/x509"
	"time"
)

// Validity says where a date stands in the life of a certificate. The zero
// value is invalid.
type Validity uint8

// Where a date can stand. A certificate is valid from NotBefore to NotAfter,
// both seconds included.
const (
	NotYetValid Validity = iota + 1
	Valid
	Expired
)

var validityNames = [...]string{NotYetValid: "NotYetValid", Valid: "Valid", Expired: "Expired"}

// String gives the name of the constant.
func (v Validity) String() string { return enumName(validityNames[:], int(v), "Validity") }

// MarshalText gives the text of String; the zero Validity is an error.
func (v Validity) MarshalText() ([]byte, error) {
	return enumText(validityNames[:], int(v), "Validity")
}

// UnmarshalText reads the text of String.
func (v *Validity) UnmarshalText(text []byte) error {
	return enumParse(validityNames[:], v, text, "Validity")
}

// ValidAt says whether a certificate is valid at the caller's time, and how
// long it is until it expires: negative when it has expired. The span is cut
// off at about 292 years. Of a nil certificate, one that Go could not parse,
// nothing is known: the Validity is zero.
func ValidAt(c *x509.Certificate, now time.Time) (Validity, time.Duration) {
	if c == nil {
		return 0, 0
	}
	left := c.NotAfter.Sub(now)
	switch {
	case now.Before(c.NotBefore):
		return NotYetValid, left
	case now.After(c.NotAfter):
		return Expired, left
	}
	return Valid, left
}
