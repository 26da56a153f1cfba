package cluster

import (
	"errors"

	"github.com/deploycluster/deploycluster/internal/serverxml"
	"github.com/deploycluster/deploycluster/props"
)

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

// serverXML reads opt/tomcat/conf/server.xml.
func (l loader) serverXML() {
	path := l.ServerXMLPath()
	data, err := readUpTo(l.view, path, maxLines)
	if err != nil {
		l.gap(path, err)
		return
	}
	x, err := serverxml.Parse(path, data)
	l.Connectors, l.PlainConnectors = connectors(x.Connectors), connectors(x.Plain)
	*l.tls, l.ServerXMLRead = x.Passwords, err == nil
	var syntax *serverxml.SyntaxError
	if errors.As(err, &syntax) {
		l.gap(path, &FileError{
			Path: path, Pos: props.Position{Name: path, Line: syntax.Line, Column: syntax.Column}, Kind: GapMalformed, Reason: syntax.Reason,
		})
	}
}

func connectors(list []serverxml.Connector) (out []Connector) {
	for _, c := range list {
		out = append(out, Connector(c))
	}
	return out
}
