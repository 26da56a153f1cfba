package cluster

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

// ServerXML is what opt/tomcat/conf/server.xml says about TLS.
type ServerXML struct {
	// Path is the file as the server writes it.
	Path string
	// Connectors are the TLS connectors in file order.
	Connectors []Connector
	// Plain are the others.
	Plain []Connector
	// Partial: the file stops being XML after them.
	Partial bool
}

// Connector is one connector of Tomcat. It is one of TLS if SSLEnabled says so
// or, where that is not set, if a keystore or an SSLHostConfig is configured.
// secure and scheme only say what its requests count as: behind a load balancer
// that ends TLS a plain connector has them, too. (Tomcat, HTTP Connector.)
type Connector struct {
	// Port is the text of the port attribute, which may be a ${…} reference.
	Port string
	// KeyAlias is keyAlias or certificateKeyAlias, empty when absent.
	KeyAlias string
	// KeystoreFile is keystoreFile or certificateKeystoreFile, relative to
	// the Tomcat folder.
	KeystoreFile string
	// KeystoreType is the configured type, which the file's first bytes may
	// contradict.
	KeystoreType string
	// PasswordProperty is the property that the password attribute refers
	// to as ${name}. PasswordInline reports a literal password instead; the
	// text itself is not kept.
	PasswordProperty string
	PasswordInline   bool
	// Pos is the start of the element.
	Pos props.Position
}

// maxXMLDepth bounds the nesting that is followed.
const maxXMLDepth = 100

// ParseServerXML reads the connectors. The error wraps encoding/xml's and
// names the line; it holds none of the file's text.
func ParseServerXML(path string, data []byte) (*ServerXML, error) {
	x, _, err := parseServerXML(path, data)
	return x, err
}

// connectorPasswords are the password attributes of a connector as they
// stand, references included. They are kept apart from the facts.
type connectorPasswords struct{ store, key string }

// parseServerXML returns the passwords in the order of the connectors.
func parseServerXML(path string, data []byte) (*ServerXML, []connectorPasswords, error) {
	out := &ServerXML{Path: path}
	var passwords []connectorPasswords
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		return in, nil // attribute names and aliases are ASCII; other bytes pass through
	}
	depth := 0
	var open *openConnector
	for {
		before := dec.InputOffset()
		tok, err := dec.Token()
		if err == io.EOF {
			return out, passwords, nil
		}
		if err != nil {
			line, col := dec.InputPos()
			return out, passwords, notXML(path, line, col, "is not well-formed XML here")
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				line, col := dec.InputPos()
				return out, passwords, notXML(path, line, col, fmt.Sprintf("is nested more than %d elements deep", maxXMLDepth))
			}
			switch t.Name.Local {
			case "Connector":
				open = &openConnector{}
				open.begin(t)
				open.Pos = positionAt(path, data, before)
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
				passwords = append(passwords, open.pass)
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
	pass       connectorPasswords
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
			c.pass.key = a.Value
		case "keystorePass", "certificateKeystorePassword":
			c.pass.store = a.Value
			name, ok := strings.CutPrefix(a.Value, "${")
			if ok && strings.HasSuffix(name, "}") {
				c.PasswordProperty = strings.TrimSuffix(name, "}")
			} else {
				c.PasswordInline = a.Value != ""
			}
		}
	}
}

func positionAt(path string, data []byte, offset int64) props.Position {
	head := data[:min(offset, int64(len(data)))]
	return props.Position{
		Name:   path,
		Line:   bytes.Count(head, []byte("\n")) + 1,
		Column: len(head) - bytes.LastIndexByte(head, '\n'),
		Offset: len(head),
	}
}

// notXML says where server.xml stops being XML, or is not followed any more.
func notXML(path string, line, column int, reason string) *FileError {
	return &FileError{Path: path, Pos: props.Position{Name: path, Line: line, Column: column}, Kind: GapMalformed, Reason: reason}
}
