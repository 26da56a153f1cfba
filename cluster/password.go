package cluster

import (
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// defaultPassword is the word that keytool's examples and the product's
// installer use where nobody chose a password.
const defaultPassword = "changeit"

// StoredPasswords is a World.Password function that uses what stands in the
// server's own files: it returns plain stored values. It has no password,
// ErrNoPassword, for values in the server's pbe{…} form and where there is
// none.
func StoredPasswords(_ context.Context, q PasswordQuery) (string, error) {
	if q.Encrypted || q.Stored.IsZero() {
		return "", ErrNoPassword
	}
	return q.Stored.Reveal(), nil
}

// passwordQuery says where the password of one of the member's keystores
// stands.
func (l loader) passwordQuery(k *Keystore) PasswordQuery {
	if k.Property == TomcatStore {
		if i, ok := l.webConnector(); ok {
			c := l.Connectors[i]
			switch {
			case c.PasswordProperty != "":
				return l.query(k, c.PasswordProperty)
			case c.PasswordInline:
				return literal(l.query(k, "keystorePass"), (*l.tls)[i].Store)
			}
		}
	}
	return l.query(k, k.Property+".password")
}

// keyPasswordQuery says the same of the password of its key, where there is
// one of its own.
func (l loader) keyPasswordQuery(k *Keystore) PasswordQuery {
	switch k.Property {
	case KeyServerStore:
		if q := l.query(k, "server.key.password"); !q.Stored.IsZero() {
			return q
		}
	case TomcatStore:
		if i, ok := l.webConnector(); ok {
			text := (*l.tls)[i].Key
			if name, ok := reference(text); ok {
				return l.query(k, name)
			}
			if text != "" {
				return literal(l.query(k, "keyPass"), text)
			}
		}
	}
	return PasswordQuery{}
}

func (l loader) query(k *Keystore, property string) PasswordQuery {
	q := PasswordQuery{Node: l.Node.Name, Path: k.Path, Property: property}
	return literal(q, l.Value(property))
}

func literal(q PasswordQuery, text string) PasswordQuery {
	q.Stored, q.Encrypted, q.Default = NewSecret(text), words.Encrypted(text), text == defaultPassword
	return q
}

// whyClosed explains an error of package tlscert, or of the password function, for
// one keystore. sealed is how many parts of it stay closed.
func whyClosed(path string, sealed int, err error) *FileError {
	e := &FileError{Path: path, Err: err}
	var wrong *tlscert.PasswordError
	var bad *tlscert.FormatError
	switch {
	case errors.Is(err, ErrNoPassword):
		e.Reason = "encrypted parts were not read, for want of a password: " + words.Count(sealed, "part")
	case errors.As(err, &wrong):
		e.Reason = "the password does not open it: " + wrong.Reason
	case errors.As(err, &bad):
		e.Reason = bad.Error()
	default:
		e.Reason = "the password function failed"
	}
	return e
}
