package cluster

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/internal/version"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about which entry Tomcat serves; their rules are
// in keyRules.

// tlsKey returns the member's TLS key if the rule can be judged on it.
func (p *Pass) tlsKey(m *Member) (k tlsKey, ok bool) {
	k = m.tlsKey()
	switch {
	case k.noTLS:
		p.NotApplicable()
		return k, false
	case k.wait != "":
		p.Blocked(m, k.wait)
		return k, false
	case k.Unknown != "":
		p.Unknown(k.store.Path, k.Unknown, k.needs)
		return k, false
	}
	return k, true
}

// finding begins a finding about the configured alias: at the place where it
// stands, or at the keystore where none is configured.
func (k tlsKey) finding() Finding {
	f := Finding{Path: k.store.Path, Subject: k.Alias}
	if k.Pos.Name != "" {
		f.Pos, f.Path = k.Pos, k.Pos.Name
	}
	return f
}

// aliasProblem is the reason why the alias gives nothing to serve.
func (k tlsKey) aliasProblem() (*tlscert.AliasError, bool) {
	var e *tlscert.AliasError
	ok := errors.As(k.Err, &e)
	return e, ok
}

// related names the keystore beside a finding about the alias.
func (k tlsKey) related(m *Member, message string) []Related {
	return []Related{{Node: m.Node.Name, Path: k.store.Path, Message: message}}
}

func checkTLSAlias(p *Pass, m *Member) {
	k, ok := p.tlsKey(m)
	if !ok {
		return
	}
	if k.store.refused() {
		p.refusedTLSStore(m, k)
	}
	if k.Err == nil {
		return
	}
	f := k.finding()
	e, about := k.aliasProblem()
	switch {
	case about && (e.Reason != tlscert.AliasMissing || e.CaseOnly):
		return // KEY002, KEY003 or KEY008
	case about:
		f.Message = k.Source + ": " + e.Error()
		f.Fix = "name an alias that keytool -list -keystore " + k.store.Path + " shows as a PrivateKeyEntry, or import the key under this one"
		f.Related = k.related(m, "has no such alias")
		if len(e.Near) == 1 && k.Source == KeyTomcatAlias {
			f = f.set(m, KeyTomcatAlias, e.Near[0])
		}
	case isMissing(k.Err):
		f = Finding{Path: k.store.Path, Message: "does not exist, so the TLS connector does not start"}
		f.Fix = "restore it from a backup, copy it from another member, or let the installer make one by an upgrade of the same version"
	default:
		f = Finding{Path: k.store.Path, Message: "is no keystore: " + reasonText(k.Err)}
		f.Fix = "restore it from a backup, or copy it from another member"
	}
	if _, connector := m.webConnector(); !connector {
		f.Severity, f.Source = Warning, inferredFrom+srcTomcat+", getKeyManagers"
		f.Message += "; server.xml has no TLS connector that would use it now"
	}
	p.Report(f)
}

// refusedTLSStore speaks of a keystore that its password does not open. What it
// shows without one stays readable, so that the alias is judged beside it.
func (p *Pass) refusedTLSStore(m *Member, k tlsKey) {
	_, connector := m.webConnector()
	if !k.store.storedRefused || !connector {
		p.Unknown(k.store.Path, reasonText(k.store.StoreErr), rightPassword)
		return
	}
	f := m.secretAt(k.store.Password.Property)
	f.Source = srcTomcat + ", getKeyManagers; " + srcJDK + ", KeyStore.load"
	f.Message = k.store.Password.Property + " does not open " + quote(k.store.Path) + ", so the TLS connector does not start"
	f.Fix = "set it to the keystore's password (keytool -list shows whether it is), or restore the keystore that it belongs to"
	f.Related = k.related(m, "the keystore")
	p.Report(f)
}

// rightPassword is what helps where a given password does not open a store.
const rightPassword = "the keystore's own password (World.Password)"

// secretAt is at for a password, which may be a literal in server.xml.
func (m *Member) secretAt(property string) Finding {
	if property != "keystorePass" && property != "keyPass" {
		return m.at(property)
	}
	f := Finding{Path: m.xmlPath(), Subject: property}
	if i, ok := m.webConnector(); ok {
		f.Pos = m.ServerXML.Connectors[i].Pos
	}
	return f
}

func checkTLSPrivateKey(p *Pass, m *Member) {
	k, ok := p.tlsKey(m)
	e, about := k.aliasProblem()
	if !ok || !about {
		return
	}
	f := k.finding()
	f.Related = k.related(m, "the keystore")
	f.Fix = "import the key together with its certificate chain under this alias: keytool -importkeystore from the PKCS12 file that holds both"
	switch e.Reason {
	case tlscert.AliasNotKey, tlscert.AliasNoCertificate:
		named := *e
		if named.Alias == "" && len(e.Have) > 0 {
			named.Alias = e.Have[0] // the only key
		}
		f.Message = k.Source + ": " + named.Error()
	case tlscert.NoKey:
		f.Message = "holds no private key, so there is nothing to serve"
		f.Related = nil
	default:
		return
	}
	p.Report(f)
}

func checkSeveralKeys(p *Pass, m *Member) {
	k, ok := p.tlsKey(m)
	e, about := k.aliasProblem()
	if !ok || !about || e.Reason != tlscert.SeveralKeys {
		return
	}
	f := k.finding()
	f.Message = "has several keys and no alias chooses one: " + quoted(e.Have)
	f.Fix = "set " + KeyTomcatAlias + " in installed.properties to the alias of the certificate to serve"
	if version.In(m.Version, "", aliasReadSince) {
		f.Fix = "set keyAlias of the TLS connector in opt/tomcat/conf/server.xml to the alias of the certificate to serve"
	}
	p.Report(f)
}

// quoted renders aliases for a message.
func quoted(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = quote(n)
	}
	return list(shown)
}

func checkAliasCase(p *Pass, m *Member) {
	p.encryptionAliasCase(m)
	if m.tlsKey().noTLS {
		return
	}
	k, ok := p.tlsKey(m)
	if !ok || k.Alias == "" {
		return
	}
	f := k.finding()
	f.Related = k.related(m, "the keystore")
	e, about := k.aliasProblem()
	twin := ""
	for _, other := range k.entries() {
		if other.Alias == k.Alias && other.Alias != k.Entry.Alias {
			twin = other.Alias
		}
	}
	switch {
	case about && e.CaseOnly && e.Reason == tlscert.AliasMissing:
		f.Severity = Error
		f.Message = fmt.Sprintf("%s: %s differs in letter case from %s in the keystore, and is not found", k.Source, quote(k.Alias), quote(e.Near[0]))
		f.Fix = "rename the entry to lower case (keytool -changealias) and name it so"
		if k.Alias == e.Near[0] {
			f.Message = fmt.Sprintf("%s: the keystore has %s with capitals, which only the type CaseExactJKS finds", k.Source, quote(k.Alias))
		}
	case k.Err != nil:
		return
	case twin != "":
		f.Severity = Error
		f.Message = fmt.Sprintf("%s: the keystore has %s and %s; the first is found by the type CaseExactJKS only, and the second is served", k.Source, quote(twin), quote(k.Entry.Alias))
		f.Fix = "delete the entry that is not meant"
	case k.Entry.Alias != k.Alias:
		f.Message = fmt.Sprintf("%s is %s, the keystore has %s: they differ in letter case only, which Java overlooks", k.Source, quote(k.Alias), quote(k.Entry.Alias))
		f.Fix = "write it as the keystore has it"
		if k.Source == KeyTomcatAlias {
			f = f.set(m, KeyTomcatAlias, k.Entry.Alias)
		}
	default:
		return
	}
	p.Report(f)
}

func (k tlsKey) entries() []tlscert.Entry {
	if k.store.Store == nil {
		return nil
	}
	return k.store.Store.Entries
}

func (p *Pass) encryptionAliasCase(m *Member) {
	store, ok := m.Store(KeyEncryptionStore)
	alias := m.Value(KeyEncryptionAlias)
	if !ok || store.Store == nil || alias == "" {
		return // KEY009 speaks of it
	}
	e, err := store.Store.Find(tlscert.FoldAlias(alias))
	if err != nil || e.Alias == alias {
		return
	}
	f := m.at(KeyEncryptionAlias)
	f.Message = fmt.Sprintf("%s is %s, the keystore has %s: they differ in letter case only, which Java overlooks and the installer does not", KeyEncryptionAlias, quote(alias), quote(e.Alias))
	f.Fix = "write it as the keystore has it, on every member"
	p.Report(f.set(m, KeyEncryptionAlias, e.Alias))
}

// checkTwoAliases needs no keystore where both aliases are known.
func checkTwoAliases(p *Pass, m *Member) {
	if !p.properties(m) {
		return
	}
	named := m.Value(KeyTomcatAlias)
	i, connector := m.webConnector()
	switch {
	case named == "":
		return
	case !connector && !m.serverXMLRead():
		p.Blocked(m, m.InInstall("opt/tomcat/conf/server.xml"))
		return
	}
	f := m.at(KeyTomcatAlias)
	if connector {
		c := m.ServerXML.Connectors[i]
		alias, resolved := m.expand(c.KeyAlias)
		if !resolved {
			p.Unknown(m.ServerXML.Path, "keyAlias is a reference that this server's files do not resolve", "that property in installed.properties")
			return
		}
		if alias != "" {
			if tlscert.FoldAlias(alias) != tlscert.FoldAlias(named) {
				f.Message = fmt.Sprintf("%s is %s and keyAlias in server.xml %s", KeyTomcatAlias, quote(named), quote(alias))
				f.Fix = "find out which certificate is meant, and leave one of the two: " + KeyTomcatAlias + " from 7.1.0 on, keyAlias before"
				f.Related = []Related{{Node: m.Node.Name, Path: m.ServerXML.Path, Pos: c.Pos, Message: "keyAlias is " + quote(alias)}}
				p.Report(f)
			}
			return
		}
	}
	k := m.tlsKey()
	if version.In(m.Version, "", aliasUnreadUntil) && k.Err == nil && k.Unknown == "" && !strings.EqualFold(k.Entry.Alias, named) {
		f.Message = fmt.Sprintf("%s is %s, but version %s does not read it: the server takes %s", KeyTomcatAlias, quote(named), plain(m.Version), quote(k.Entry.Alias))
		f.Fix = "set keyAlias of the TLS connector in opt/tomcat/conf/server.xml instead"
		f.Related = k.related(m, "the keystore")
		p.Report(f)
	}
}
