package tlscert

import (
	"time"

	"github.com/deploycluster/deploycluster/internal/enum"
)

// Kind says what an entry holds. The zero value is invalid.
type Kind string

// The kinds of entry.
const (
	PrivateKey  Kind = "PrivateKey"  // a private key, and the chain of its certificate
	TrustedCert Kind = "TrustedCert" // a certificate that is trusted, without a key
	SecretKey   Kind = "SecretKey"   // a symmetric key
)

func kinds() []Kind { return []Kind{PrivateKey, TrustedCert, SecretKey} }

// String gives the name of the constant.
func (k Kind) String() string { return enum.Text(k) }

// MarshalText gives the text of String; the zero Kind is an error.
func (k Kind) MarshalText() ([]byte, error) { return enum.Marshal("kind of entry", k, kinds()...) }

// UnmarshalText reads the text of String.
func (k *Kind) UnmarshalText(text []byte) error {
	return enum.Unmarshal("kind of entry", k, text, kinds()...)
}

// A Store is what a keystore file holds, without any key. It keeps nothing of
// the bytes it was read from and never held the password, so printing it in
// any form shows no secret.
type Store struct {
	Format Format

	// Verified: a password was given and the store's digest (JKS, JCEKS) or
	// MAC (PKCS12) agrees with it. A PKCS12 store without a MAC is never
	// verified, though Java accepts it with any password that decrypts it.
	Verified bool

	// Sealed is the number of encrypted parts of a PKCS12 store that List had
	// to pass over. Above zero, certificates and whole entries may be missing:
	// what is not listed is unknown, not absent. Read always gives zero.
	Sealed int

	// Entries stand in the order of the file. Where Java lets a later entry
	// replace an earlier one of the same alias, it takes the earlier one's
	// place here.
	Entries []Entry
}

// An Entry is one alias of a store.
type Entry struct {
	// Alias as Java lists it: PKCS12 aliases are folded while they are read
	// (see FoldAlias), JKS and JCEKS aliases stand as they are in the file.
	Alias string
	Kind  Kind

	// Created is in UTC and exact to the millisecond; zero where the format
	// keeps no date (PKCS12 keeps one only for keys that Java wrote) or the
	// date lies outside the years 1 to 9999.
	Created time.Time

	// Chain holds the certificate of a PrivateKey first and then its issuers
	// as the store gives them, the one certificate of a TrustedCert, and
	// nothing for a SecretKey.
	Chain []Certificate
}

// List reads what a store shows without a password; Verified is false.
//
// JKS and JCEKS show everything but the keys. A PKCS12 store shows its clear
// parts only, most often the aliases of its keys without their certificates:
// Sealed counts what was passed over. This is what Java's KeyStore.load gives
// for a null password. The error is a *FormatError.
func List(data []byte) (*Store, error) { return read(data, nil, ReadOptions{}) }

// Read reads a store with its password, as java.security.KeyStore does. ""
// is the empty password, not "no password". The passwords of the keys are not
// needed: no key is decrypted.
//
// The error is a *PasswordError where the password does not fit (or the file
// was changed: the formats do not tell one from the other), else a
// *FormatError.
func Read(data []byte, password string) (*Store, error) {
	return ReadWith(data, password, ReadOptions{})
}

// ReadWith is Read with another bound on its cost. Where the file asks for
// more, the error is a *FormatError that is ErrLimit.
func ReadWith(data []byte, password string, o ReadOptions) (*Store, error) {
	return read(data, &password, o)
}

func read(data []byte, password *string, o ReadOptions) (*Store, error) {
	f, err := detect(data)
	if err != nil {
		return nil, err
	}
	if f == PKCS12 {
		s, err := readPKCS12(data, password, newBudget(o))
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	return readJKS(data, f, password)
}

// unixMilli is the date of a store's millisecond count, or the zero time for
// a count that no calendar of four-digit years holds; such a date could not
// be written as JSON.
func unixMilli(ms int64) time.Time {
	const first, last = -62135596800000, 253402300799999 // 0001-01-01 and 9999-12-31
	if ms < first || ms > last {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
