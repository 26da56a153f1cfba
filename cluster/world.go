package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

var (
	// ErrNoPassword is what a World.Password function returns for a keystore that
	// it has no password for. The keystore is then listed as far as its format
	// allows, and nothing counts as failed.
	ErrNoPassword = errors.New("no password for this keystore")
	// ErrNotLocated is wrapped by every error about a path that no mount of the
	// node holds: nobody can tell what is there.
	ErrNotLocated = errors.New("no mount of this server holds the path")
)

// World is everything outside the topology that a load needs: the storages,
// a way to ask for passwords, and the date. The library itself never asks
// the machine for any of them.
type World struct {
	// FS holds the storages by the names that Mount.Storage uses. Values are
	// never compared with each other.
	FS map[string]afero.Fs
	// Password answers for a keystore's password; StoredPasswords is one such
	// function. It decides alone: what stands in the server's files is used only
	// if the function returns it. ErrNoPassword says that it has none; another
	// error is kept in Keystore.StoreErr. Nil, or no password: JKS and JCEKS
	// stores are listed unverified, of a PKCS12 store only what is not encrypted.
	// Load calls it from several goroutines at once, once for each keystore of a
	// member, and for the password of a key that has one of its own where the
	// store's was given and the stored texts cannot be compared.
	Password func(ctx context.Context, q PasswordQuery) (string, error)
	// Secret returns the text that a reference names, such as Edit.Secret; what a
	// reference looks like is the caller's own. Nil: there are no secrets.
	Secret func(ctx context.Context, ref string) (string, error)
	// TryDefaultPassword allows a try with the product's well-known default
	// password on stores that Password has none for.
	TryDefaultPassword bool
	// Now is the date that rules about validity use. Zero: no clock, and
	// those rules answer Unknown.
	Now time.Time
}

// PasswordQuery names the keystore that is to be opened and what the server's
// own files say of its password.
type PasswordQuery struct {
	// Node is the name of the member.
	Node string
	// Path is the keystore as the server writes it.
	Path string
	// Property is the key that holds the password, such as
	// "encryption.keystore.password", or the attribute that holds it as a
	// literal in server.xml, "keystorePass" or "keyPass".
	Property string
	// Stored is the value of that property, unset when there is none.
	Stored Secret
	// Encrypted reports whether Stored is in the server's pbe{…} form, which
	// this library cannot decrypt.
	Encrypted bool
	// Default reports that Stored is the product's well-known default password.
	Default bool
}

// Secret is a text that no rendering shows. Reveal returns it.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == "" }

// String hides the text.
func (s Secret) String() string {
	if s.text == "" {
		return "(unset)"
	}
	return "(hidden)"
}

// Format hides the text under every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// LogValue hides the text from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the text from JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Single describes one server whose paths are those of fsys itself: the
// topology has the one node "server" with a single mount, the storage
// "local". For a Windows server the mount is the drive or share that holds
// the installation folder; add others where they are needed.
func Single(fsys afero.Fs, install string) (Topology, World) {
	root := "/"
	if serverpath.Windows(install) {
		root, _ = serverpath.Root(serverpath.Clean(install))
	}
	return Topology{
			Schema: 1,
			Nodes: []Node{{
				Name:    "server",
				Role:    RoleMember,
				Install: install,
				Mounts:  []Mount{{Path: root, Storage: "local", Root: root}},
			}},
		}, World{
			FS: map[string]afero.Fs{"local": fsys},
		}
}
