package installer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/props"
)

// maxSize bounds a file, in bytes. Real ones have one or two kilobytes.
const maxSize = 1 << 20

// Answers are the answers of one file to the questions of the installer.
type Answers struct {
	// Name is what errors and findings call the file.
	Name string `json:"name"`
	// Node is the name of the server that the file is for; empty where that is
	// not known.
	Node string `json:"node,omitempty"`
	// File is the file. Printed, logged or as JSON it shows no password; Get and
	// Bytes do.
	File *props.File `json:"file"`
	// After are the settings that no answer of the file can make: they are set
	// once the installer is done, before the server's first start, by a plan of
	// plan.Edits. Passwords among them are references (Machine.Secrets), that of
	// server.key.password to the one of server.keystore.password.
	After []cluster.Edit `json:"after,omitempty"`
}

// FileError says what is wrong with a file, and where. It holds no value.
type FileError struct {
	// Pos is where the key stands; only its Name is set where the file as a
	// whole is meant.
	Pos props.Position
	// Key is the key that is meant, where there is one.
	Key string
	// Reason says what is wrong.
	Reason string
	// Err is the cause, where there is one. Its words are not in Error, unless
	// it is an error of package props.
	Err error
}

// Error renders position, key and reason.
func (e *FileError) Error() string {
	at := e.Pos.String()
	if e.Key != "" {
		at += ": " + e.Key
	}
	return at + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Read reads a file of answers, such as install.properties, as Java reads it.
// name is what errors and findings call the file. The error is a *FileError: for more
// than 1 MiB, and for what java.util.Properties refuses.
func Read(name string, data []byte) (*Answers, error) {
	if len(data) > maxSize {
		return nil, &FileError{Pos: props.Position{Name: name}, Reason: fmt.Sprintf("has %d bytes; files of answers have at most %d", len(data), maxSize)}
	}
	f, err := props.Parse(name, data)
	if err != nil {
		e := &FileError{Pos: props.Position{Name: name}, Reason: "is not a properties file", Err: err}
		if bad := (*props.SyntaxError)(nil); errors.As(err, &bad) {
			e.Pos, e.Reason = bad.Position(), bad.Reason
		}
		return nil, e
	}
	return &Answers{Name: name, File: f}, nil
}

// Get returns the answer to a key as the installer reads it: the last one in
// the file, without blanks at its ends. ok is false where there is none, or an
// empty one.
func (a *Answers) Get(key string) (answer string, ok bool) {
	v, _ := a.File.Get(key)
	v = trim(v)
	return v, v != ""
}

// trim cuts off what Java's String.trim does.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

// reference is how a file refers to a secret that it does not hold.
func reference(ref string) string { return "${secret:" + ref + "}" }

// referenced returns what a value refers to, if it is a reference as a whole.
func referenced(value string) (ref string, ok bool) {
	ref, ok = strings.CutPrefix(trim(value), "${secret:")
	if !ok || !strings.HasSuffix(ref, "}") || strings.Count(ref, "}") > 1 {
		return "", false
	}
	return strings.TrimSuffix(ref, "}"), true
}

// Resolve returns the file with the secret in the place of each reference
// ${secret:NAME}, as the installer needs it. The bytes hold passwords: write
// them to a file that only the installing user can read, and remove it when the
// installer is done, which empties the administrator's password alone.
//
// The error is that of the context, or a *FileError: for a secret that cannot
// be had, and for one that the installer would not read as it is, because it is
// empty, begins or ends with a blank, or has a ${ in it. (The installer's Ant
// replaces references and trims values.)
func (a *Answers) Resolve(ctx context.Context, secret func(ctx context.Context, ref string) (string, error)) (cluster.Secret, error) {
	f := a.File.Clone()
	for e := range a.File.Entries() {
		ref, ok := referenced(e.Value)
		if !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return cluster.Secret{}, err
		}
		fail := func(reason string, err error) (cluster.Secret, error) {
			return cluster.Secret{}, &FileError{Pos: e.Pos, Key: e.Key, Reason: reason, Err: err}
		}
		if secret == nil {
			return fail("refers to a secret, and nothing resolves references", nil)
		}
		value, err := secret(ctx, ref)
		switch {
		case err != nil:
			return fail("the secret that it refers to cannot be had", err)
		case value == "" || trim(value) != value || strings.Contains(value, "${"):
			return fail("the secret that it refers to is empty, begins or ends with a blank, or holds ${: the installer would not read it as it is", nil)
		}
		f.Set(e.Key, value)
	}
	return cluster.NewSecret(string(f.Bytes())), nil
}
