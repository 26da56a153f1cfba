// Package serverxml reads the connectors in the server.xml of Tomcat.
package serverxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

// File is what a server.xml says about connectors.
type File struct {
	// Connectors are the TLS connectors in file order, Passwords those in them.
	Connectors []Connector
	Passwords  []Passwords
	// Plain are the others.
	Plain []Connector
}

// Connector is one connector; see cluster.Connector, which has the same fields.
type Connector struct {
	Port             string
	KeyAlias         string
	KeystoreFile     string
	KeystoreType     string
	PasswordProperty string
	PasswordInline   bool
	Pos              props.Position
}

// maxDepth bounds the nesting that is followed.
const maxDepth = 100

// Passwords are the password attributes of a connector as they
// stand, references included. They are kept apart from the facts.
type Passwords struct{ Store, Key string }

// Parse reads the connectors. What it returns beside an error is what stands in
// front of the mistake; the error, a *SyntaxError, holds none of the file's text.
func Parse(path string, data []byte) (*File, error) {
	out := &File{}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		return in, nil // attribute names and aliases are ASCII; other bytes pass through
	}
	depth := 0
	var open *openConnector
	for {
		pos := props.Position{Name: path, Offset: int(dec.InputOffset())}
		pos.Line, pos.Column = dec.InputPos()
		tok, err := dec.Token()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			line, col := dec.InputPos()
			return out, &SyntaxError{path, line, col, "is not well-formed XML here"}
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				line, col := dec.InputPos()
				return out, &SyntaxError{path, line, col, fmt.Sprintf("is nested more than %d elements deep", maxDepth)}
			}
			switch t.Name.Local {
			case "Connector":
				open = &openConnector{Connector: Connector{Pos: pos}}
				open.begin(t)
			case "SSLHostConfig":
				if open != nil {
					open.hostConfig = true
				}
			case "Certificate":
				if open != nil {
					open.fill(t)
				}
			}
		case xml.EndElement:
			depth--
			switch {
			case t.Name.Local != "Connector" || open == nil:
				continue
			case open.tls():
				out.Connectors = append(out.Connectors, open.Connector)
				out.Passwords = append(out.Passwords, open.pass)
			default:
				out.Plain = append(out.Plain, open.Connector)
			}
			open = nil
		}
	}
}

// openConnector is a connector whose end was not read yet.
type openConnector struct {
	Connector
	pass       Passwords
	enabled    string // SSLEnabled, empty where it is not set
	hostConfig bool
}

func (c *openConnector) tls() bool {
	if c.enabled != "" {
		return !strings.EqualFold(c.enabled, "false")
	}
	return c.hostConfig || c.KeystoreFile != ""
}

func (c *openConnector) begin(t xml.StartElement) {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "port":
			c.Port = strings.TrimSpace(a.Value)
		case "SSLEnabled":
			c.enabled = strings.TrimSpace(a.Value)
		}
	}
	c.fill(t)
}

func (c *openConnector) fill(t xml.StartElement) {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "keyAlias", "certificateKeyAlias":
			c.KeyAlias = a.Value
		case "keystoreFile", "certificateKeystoreFile":
			c.KeystoreFile = a.Value
		case "keystoreType", "certificateKeystoreType":
			c.KeystoreType = a.Value
		case "keyPass", "certificateKeyPassword":
			c.pass.Key = a.Value
		case "keystorePass", "certificateKeystorePassword":
			c.pass.Store = a.Value
			name, ok := strings.CutPrefix(a.Value, "${")
			if ok && strings.HasSuffix(name, "}") {
				c.PasswordProperty = strings.TrimSuffix(name, "}")
			} else {
				c.PasswordInline = a.Value != ""
			}
		}
	}
}

// SyntaxError says where a file stops being XML, or is not followed any more.
type SyntaxError struct {
	Path         string
	Line, Column int
	Reason       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Reason)
}
