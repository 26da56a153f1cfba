package cluster

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// TLSChoice is the key that a member's Tomcat serves, and what chose it.
type TLSChoice struct {
	// Alias is the alias as it is configured, empty where none is.
	Alias string
	// Source is KeyTomcatAlias, SourceKeyAlias or SourceOnlyKey; empty when
	// Unknown is set.
	Source string
	// Pos is where the alias stands, zero for SourceOnlyKey.
	Pos props.Position
	// Entry is what Tomcat serves. It is set beside Unknown where the
	// store has one key, so that nothing else can be served; its Chain is
	// empty where the certificates are encrypted and no password opened them.
	Entry tlscert.Entry
	// Err says why the connector would not start, or not serve: a
	// *tlscert.AliasError, a *FileError or the reason why there is no file.
	Err error
	// Unknown says why it cannot be told what is served. Unread is the file that
	// was not read, if that is why; else Lacks is what is missing, LacksPassword for
	// one.
	Unknown, Unread, Lacks string
	// None: server.xml was read and has no TLS connector, so that no alias is read.
	None bool
	// Keystore is the store of TomcatStore.
	Keystore Keystore
}

// ServerCertificate returns the certificate that the member's Tomcat presents.
// The error is a *FileError.
func (m *Member) ServerCertificate() (tlscert.Certificate, error) {
	k := m.TLS
	if len(k.Entry.Chain) > 0 {
		return k.Entry.Chain[0], nil
	}
	e := &FileError{Path: k.Keystore.Path, Reason: k.Unknown, Err: k.Err}
	switch {
	case e.Reason != "":
	case k.Err != nil:
		e.Reason = reasonOf(k.Err)
	default:
		e.Reason, e.Err = reasonOf(k.Keystore.StoreErr), k.Keystore.StoreErr
	}
	return tlscert.Certificate{}, e
}

// unknown makes the choice one that cannot be told.
func (k TLSChoice) unknown(reason, lacks string) TLSChoice {
	k.Alias, k.Source, k.Pos, k.Err = "", "", props.Position{}, nil
	k.Unknown, k.Lacks, k.Unread = reason, lacks, ""
	return k
}

// unread makes it one that cannot be told because a file was not read.
func (k TLSChoice) unread(path, reason string) TLSChoice {
	k = k.unknown(reason, "")
	k.Unread = path
	return k
}

// tlsKey finds which key the member's Tomcat serves: that of
// tomcat.key.alias from 7.1.0 on and wherever server.xml refers to it, that of
// keyAlias in server.xml otherwise, and without either the first key of the
// store, which is a stable choice only where there is one. Between 7.0.1 and
// 7.1.0 it is not known whether tomcat.key.alias is read, so an answer is
// given only where it does not matter. Where server.xml was not read nothing is
// known, since it names the keystore.
func (m *Member) tlsKey() TLSChoice {
	k := TLSChoice{}
	var ok bool
	if k.Keystore, ok = m.Store(TomcatStore); !ok {
		return k.unread(m.InstalledPath(), "the server's properties were not read")
	}
	if !m.ServerXMLRead {
		return k.unread(m.ServerXMLPath(), "opt/tomcat/conf/server.xml, which names the keystore and may name an alias, was not read")
	}
	_, connector := m.webConnector()
	k.None = !connector
	if k, ok = m.tlsStore(k); !ok {
		return k
	}
	var answers []TLSChoice
	for _, c := range m.aliases(k) {
		if c.Unknown == "" {
			c = m.lookUp(c)
		}
		answers = append(answers, c)
	}
	k = answers[0]
	if len(answers) > 1 && !sameAnswer(answers[0], answers[1]) {
		k = k.unknown(fmt.Sprintf("whether version %s reads %s, which names %s, is not known", words.Plain(m.Version), KeyTomcatAlias, words.Quote(m.Value(KeyTomcatAlias))), LacksOneAlias)
		if !m.versionKnown() {
			k = k.unread(m.VersionPath(), "whether this server reads "+KeyTomcatAlias+" depends on its version")
		}
	}
	if k.Unknown != "" {
		if only, err := k.Keystore.Store.ServerEntry(""); err == nil && k.Keystore.Store.Sealed == 0 {
			k.Entry = only
		}
	}
	return k
}

// ReadsTomcatAlias reports whether the member's version reads tomcat.key.alias;
// known is false where nobody has seen whether it does, and for a version that
// could not be read.
func (m *Member) ReadsTomcatAlias() (reads, known bool) {
	answer := product.Reads(product.Alias, product.TomcatKeyAlias, m.Version)
	return answer == product.Yes, answer != ""
}

// tlsStore looks at the keystore itself; ok is false where it holds no answer.
func (m *Member) tlsStore(k TLSChoice) (_ TLSChoice, ok bool) {
	s := k.Keystore
	switch {
	case errors.Is(s.Err, errReference):
		return k.unknown("the keystore "+words.Quote(s.Path)+" "+errReference.Error(), LacksPlainPath), false
	case s.Absent():
		k.Err = s.Err
		return k, false
	case s.Err != nil:
		return k.unread(s.Path, reasonOf(s.Err)), false
	case s.Store != nil:
		return k, true
	case errors.Is(s.StoreErr, tlscert.ErrLimit):
		return k.unknown(reasonOf(s.StoreErr), LacksLimit), false
	}
	k.Err = s.StoreErr
	return k, false
}

// aliases are the configured aliases that may count: one, or two where it is
// not known whether the server reads tomcat.key.alias.
func (m *Member) aliases(k TLSChoice) []TLSChoice {
	fromProperty := k
	fromProperty.Alias, fromProperty.Source = m.Value(KeyTomcatAlias), KeyTomcatAlias
	if e, ok := m.Property(KeyTomcatAlias); ok {
		fromProperty.Pos = e.Pos
	}
	fromXML := k
	fromXML.Source = SourceOnlyKey
	refers := false
	if i, ok := m.webConnector(); ok {
		c := m.Connectors[i]
		refers = strings.Contains(c.KeyAlias, "${"+KeyTomcatAlias+"}") || strings.Contains(c.KeyAlias, "${"+KeyTomcatAlias+":-")
		alias, resolved := m.Expand(c.KeyAlias)
		if !resolved {
			fromXML = fromXML.unknown("keyAlias in "+words.Quote(m.ServerXMLPath())+" is the reference "+words.Quote(c.KeyAlias)+", which this server's files do not resolve", LacksProperty)
		} else if alias != "" {
			fromXML.Alias, fromXML.Source, fromXML.Pos = alias, SourceKeyAlias, c.Pos
		}
	}
	reads, known := m.ReadsTomcatAlias()
	switch {
	case fromProperty.Alias == "":
		return []TLSChoice{fromXML}
	case refers || reads:
		return []TLSChoice{fromProperty}
	case known:
		return []TLSChoice{fromXML}
	}
	return []TLSChoice{fromProperty, fromXML}
}

// lookUp finds the entry as Tomcat does.
func (m *Member) lookUp(k TLSChoice) TLSChoice {
	kind := ""
	if i, ok := m.webConnector(); ok {
		kind = m.Connectors[i].KeystoreType
	}
	e, err := k.Keystore.Store.ServerEntryAs(k.Alias, kind)
	var alias *tlscert.AliasError
	switch {
	case errors.As(err, &alias) && alias.Reason == tlscert.UnknownType:
		return k.unknown("the keystore type "+words.Quote(kind)+" in "+words.Quote(m.ServerXMLPath())+" is none of Java's own", LacksType)
	case err == nil && k.Alias == "" && k.Keystore.Store.Sealed > 0:
		return k.unknown("the keystore has encrypted parts, and the key is chosen among all of it", LacksPassword)
	case errors.As(err, &alias) && alias.Sealed && alias.Reason != tlscert.AliasNotKey && alias.Reason != tlscert.SeveralKeys:
		return k.unknown(reasonOf(err), LacksPassword)
	}
	if k.Err = err; err == nil {
		k.Entry = e
	}
	return k
}

// sameAnswer reports whether two ways to choose lead to the same key, or fail
// alike.
func sameAnswer(a, b TLSChoice) bool {
	if a.Unknown != "" || b.Unknown != "" {
		return false
	}
	if a.Err != nil || b.Err != nil {
		return a.Err != nil && b.Err != nil && tlscert.FoldAlias(a.Alias) == tlscert.FoldAlias(b.Alias)
	}
	return a.Entry.Alias == b.Entry.Alias
}
