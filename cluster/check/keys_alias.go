package check

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about which entry Tomcat serves; their rules are
// in keyRules.

// tlsKey returns the member's TLS key if the rule can be judged on it.
func (p *Pass) tlsKey(m *cluster.Member) (k cluster.TLSChoice, ok bool) {
	k = m.TLS
	switch {
	case k.None:
		p.NotApplicable()
		return k, false
	case k.Unread != "":
		p.Blocked(m, k.Unread)
		return k, false
	case k.Unknown != "":
		p.Unknown(k.Keystore.Path, k.Unknown, needsForTLS(k))
		return k, false
	}
	return k, true
}

// needsForTLS says what would tell which key is served.
func needsForTLS(k cluster.TLSChoice) string {
	return cmp.Or(map[string]string{
		cluster.LacksPlainPath: "a plain path as keystoreFile in opt/tomcat/conf/server.xml",
		cluster.LacksLimit:     "a look at the file with keytool",
		cluster.LacksType:      "a look at the store with keytool -list -storetype",
		cluster.LacksProperty:  "that property in installed.properties",
		cluster.LacksPassword:  needsPassword,
		cluster.LacksOneAlias:  "the same alias as keyAlias in opt/tomcat/conf/server.xml",
	}[k.Lacks], "read access to it")
}

// tlsFinding begins a finding about the configured alias: at its
// place, or at the keystore where none is configured.
func tlsFinding(k cluster.TLSChoice) Finding {
	f := Finding{Path: k.Keystore.Path, Subject: k.Alias}
	if k.Pos.Name != "" {
		f.Pos, f.Path = k.Pos, k.Pos.Name
	}
	return f
}

// aliasProblem is the reason why the alias gives nothing to serve.
func aliasProblem(k cluster.TLSChoice) (*tlscert.AliasError, bool) {
	var e *tlscert.AliasError
	ok := errors.As(k.Err, &e)
	return e, ok
}

// notServed says why what is configured cannot be served.
func notServed(k cluster.TLSChoice, why error) string {
	if k.Source == cluster.SourceOnlyKey {
		return "the only key of the keystore cannot be served: " + why.Error()
	}
	return k.Source + " names no key that can be served: " + why.Error()
}

// relatedStore names the keystore beside a finding about the alias.
func relatedStore(k cluster.TLSChoice, m *cluster.Member, message string) []Related {
	return []Related{{Node: m.Node.Name, Path: k.Keystore.Path, Message: message}}
}

func checkTLSAlias(p *Pass, m *cluster.Member) {
	k, ok := p.tlsKey(m)
	if !ok {
		return
	}
	if k.Keystore.Refused() {
		p.refusedTLSStore(m, k)
	}
	if k.Err == nil {
		return
	}
	f := tlsFinding(k)
	e, about := aliasProblem(k)
	switch {
	case about && e.Reason == tlscert.OtherType:
		f = Finding{Path: k.Keystore.Path}.predicate("is of type " + e.Format.String() + " and configured as " + e.Type + ", which does not open it, so the TLS connector does not start")
		f.Fix = "set keystoreType of the TLS connector in opt/tomcat/conf/server.xml to " + e.Format.String()
	case about && (e.Reason != tlscert.AliasMissing || e.CaseOnly):
		return // the alias is there, and wrong in another way
	case about:
		f.Message = notServed(k, e)
		f.Fix = "name an alias that keytool -list -keystore " + k.Keystore.Path + " shows as a PrivateKeyEntry, or import the key under this one"
		f.Related = relatedStore(k, m, "has no such alias")
		if len(e.Near) == 1 && k.Source == cluster.KeyTomcatAlias {
			f = f.set(m, cluster.KeyTomcatAlias, e.Near[0])
		}
	case errors.Is(k.Err, fs.ErrNotExist):
		f = Finding{Path: k.Keystore.Path}.predicate("does not exist, so the TLS connector does not start")
		f.Fix = "restore it from a backup, copy it from another member, or let the installer make one by an upgrade of the same version"
	default:
		f = Finding{Path: k.Keystore.Path}.predicate("is not a keystore: " + reason(k.Err))
		f.Fix = "restore it from a backup, or copy it from another member"
	}
	if _, connector := m.WebConnector(); !connector {
		f.Severity, f.Source = Warning, inferredFrom+srcTomcat+", getKeyManagers"
		f.Message += "; server.xml has no TLS connector that would use it now"
	}
	p.Report(f)
}

// refusedTLSStore reports a keystore that its password does not open. What it
// shows without one stays readable, so that the alias is judged beside it.
func (p *Pass) refusedTLSStore(m *cluster.Member, k cluster.TLSChoice) {
	_, connector := m.WebConnector()
	if !k.Keystore.StoredRefused || !connector {
		p.Unknown(k.Keystore.Path, reason(k.Keystore.StoreErr), rightPassword)
		return
	}
	f := secretAt(m, k.Keystore.Password.Property)
	f.Source = srcTomcat + ", getKeyManagers; " + srcJDK + ", KeyStore.load"
	f.Message = k.Keystore.Password.Property + " does not open " + words.Quote(k.Keystore.Path) + ", so the TLS connector does not start"
	f.Fix = "set it to the keystore's password (keytool -list shows whether it is), or restore the keystore that it belongs to"
	f.Related = relatedStore(k, m, "the keystore")
	p.Report(f)
}

// rightPassword is what helps where a given password does not open a store.
const rightPassword = "the keystore's own password"

// secretAt is at for a password, which may be a literal in server.xml.
func secretAt(m *cluster.Member, property string) Finding {
	if property != "keystorePass" && property != "keyPass" {
		return atProperty(m, property)
	}
	f := Finding{Node: m.Node.Name, Path: m.ServerXMLPath(), Subject: property}
	if c, ok := m.WebConnector(); ok {
		f.Pos = c.Pos
	}
	return f
}

func checkTLSPrivateKey(p *Pass, m *cluster.Member) {
	k, ok := p.tlsKey(m)
	e, about := aliasProblem(k)
	if !ok || !about {
		return
	}
	f := tlsFinding(k)
	f.Related = relatedStore(k, m, "the keystore")
	f.Fix = "import the key together with its certificate chain under this alias: keytool -importkeystore from the PKCS12 file that holds both"
	switch e.Reason {
	case tlscert.AliasNotKey, tlscert.AliasNoCertificate:
		named := *e
		if named.Alias == "" && len(e.Have) > 0 {
			named.Alias = e.Have[0] // the only key
		}
		f.Message = notServed(k, &named)
	case tlscert.BadChain:
		f.Message = notServed(k, e)
		f.Fix = "set keystoreType of the TLS connector to the type of the file, or import the authority's chain file with the key, each certificate followed by its issuer"
	case tlscert.NoKey:
		f.Message = sentence(k.Keystore.Path, "holds no private key, so there is nothing to serve")
		f.Related = nil
	default:
		return
	}
	p.Report(f)
}

func checkSeveralKeys(p *Pass, m *cluster.Member) {
	k, ok := p.tlsKey(m)
	if !ok {
		return
	}
	f := tlsFinding(k)
	e, about := aliasProblem(k)
	switch keys := keysOf(k); {
	case about && e.Reason == tlscert.SeveralKeys:
		f.Message = sentence(k.Keystore.Path, "has several keys and no alias chooses one: "+quoted(e.Have)+"; which of them Tomcat serves changes with the file and is not known")
	case k.Source == cluster.SourceOnlyKey && k.Err == nil && len(keys) > 1:
		f.Message = sentence(k.Keystore.Path, fmt.Sprintf("has several keys and no alias chooses one: %s; Tomcat serves the first of the file, %s, until another key is first", quoted(keys), words.Quote(k.Entry.Alias)))
	default:
		return
	}
	f.Fix = "set " + cluster.KeyTomcatAlias + " in installed.properties to the alias of the certificate to serve"
	if reads, _ := m.ReadsTomcatAlias(); !reads && versionKnown(m) {
		f.Fix = "set keyAlias of the TLS connector in opt/tomcat/conf/server.xml to the alias of the certificate to serve"
	}
	p.Report(f)
}

// keysOf lists the aliases of the keys in the store, sorted.
func keysOf(k cluster.TLSChoice) []string {
	var keys []string
	for _, e := range tlsEntries(k) {
		if e.Kind != tlscert.TrustedCert {
			keys = append(keys, e.Alias)
		}
	}
	slices.Sort(keys)
	return keys
}

// quoted renders aliases for a message.
func quoted(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = words.Quote(n)
	}
	return words.List(shown)
}

func checkAliasCase(p *Pass, m *cluster.Member) {
	p.encryptionAliasCase(m)
	if m.TLS.None {
		return
	}
	k, ok := p.tlsKey(m)
	if !ok || k.Alias == "" {
		return
	}
	f := tlsFinding(k)
	f.Related = relatedStore(k, m, "the keystore")
	e, about := aliasProblem(k)
	twin := ""
	for _, other := range tlsEntries(k) {
		if other.Alias == k.Alias && other.Alias != k.Entry.Alias {
			twin = other.Alias
		}
	}
	switch {
	case about && e.CaseOnly && e.Reason == tlscert.AliasMissing:
		f.Severity = Error
		f.Message = fmt.Sprintf("%s is %s, which differs in letter case from %s in the keystore and is not found", k.Source, words.Quote(k.Alias), words.Quote(e.Near[0]))
		f.Fix = "rename the entry to lower case (keytool -changealias), and set the alias in the same spelling"
		if k.Alias == e.Near[0] {
			f.Message = fmt.Sprintf("%s is %s, which the keystore has with capitals: only the type CaseExactJKS finds it", k.Source, words.Quote(k.Alias))
		}
	case k.Err != nil:
		return
	case twin != "":
		f.Severity = Error
		f.Message = fmt.Sprintf("the keystore has the aliases %s and %s: only the type CaseExactJKS finds the first, and the second is served", words.Quote(twin), words.Quote(k.Entry.Alias))
		f.Fix = "back up the keystore, and delete the entry that is not meant"
	case k.Entry.Alias != k.Alias:
		f.Message = fmt.Sprintf("%s is %s, and the keystore has %s: they differ in letter case only, which Java ignores", k.Source, words.Quote(k.Alias), words.Quote(k.Entry.Alias))
		f.Fix = "write it as the keystore has it"
		if k.Source == cluster.KeyTomcatAlias {
			f = f.set(m, cluster.KeyTomcatAlias, k.Entry.Alias)
		}
	default:
		return
	}
	p.Report(f)
}

func tlsEntries(k cluster.TLSChoice) []tlscert.Entry {
	if k.Keystore.Store == nil {
		return nil
	}
	return k.Keystore.Store.Entries
}

func (p *Pass) encryptionAliasCase(m *cluster.Member) {
	store, ok := m.Store(cluster.KeyEncryptionStore)
	alias := m.Value(cluster.KeyEncryptionAlias)
	if !ok || store.Store == nil || alias == "" {
		return // there is nothing to compare
	}
	e, err := store.Store.Find(tlscert.FoldAlias(alias))
	if err != nil || e.Alias == alias {
		return
	}
	f := atProperty(m, cluster.KeyEncryptionAlias)
	f.Message = fmt.Sprintf("%s is %s, and the keystore has %s: they differ in letter case only, which Java ignores and the installer does not", cluster.KeyEncryptionAlias, words.Quote(alias), words.Quote(e.Alias))
	f.Fix = "write it as the keystore has it, on every member"
	p.Report(f.set(m, cluster.KeyEncryptionAlias, e.Alias))
}

// followServed makes the finding carry the edit that lets the alias without effect
// follow the one that decides what is served, where it is known which one that is.
// The certificate stays the same.
func (f Finding) followServed(m *cluster.Member, named, alias string) Finding {
	if reads, known := m.ReadsTomcatAlias(); !known || m.TLS.Err != nil || m.TLS.Unknown != "" || len(m.Connectors) != 1 {
		return f
	} else if !reads {
		return f.set(m, cluster.KeyTomcatAlias, alias)
	}
	f.Edits = append(f.Edits, cluster.Edit{Node: m.Node.Name, File: "server.xml", Op: "set", Key: "keyAlias", Value: named})
	return f
}

// checkTwoAliases needs no keystore where both aliases are known.
func checkTwoAliases(p *Pass, m *cluster.Member) {
	named := m.Value(cluster.KeyTomcatAlias)
	c, connector := m.WebConnector()
	switch {
	case named == "":
		return
	case !connector && !m.ServerXMLRead:
		p.Blocked(m, m.ServerXMLPath())
		return
	}
	f := atProperty(m, cluster.KeyTomcatAlias)
	if connector {
		alias, resolved := m.Expand(c.KeyAlias)
		if !resolved {
			p.Unknown(m.ServerXMLPath(), "keyAlias is a reference that this server's files do not resolve", "that property in installed.properties")
			return
		}
		if alias != "" {
			if tlscert.FoldAlias(alias) != tlscert.FoldAlias(named) {
				f.Message = fmt.Sprintf("%s is %s, and keyAlias in server.xml is %s", cluster.KeyTomcatAlias, words.Quote(named), words.Quote(alias))
				f.Fix = "find out which certificate is the right one, and keep one of the two: " + cluster.KeyTomcatAlias + " from 7.1.0 on, keyAlias before"
				f.Related = []Related{{Node: m.Node.Name, Path: m.ServerXMLPath(), Pos: c.Pos, Message: "keyAlias is " + words.Quote(alias)}}
				p.Report(f.followServed(m, named, alias))
			}
			return
		}
	}
	k := m.TLS
	if reads, known := m.ReadsTomcatAlias(); known && !reads && k.Err == nil && k.Unknown == "" && !strings.EqualFold(k.Entry.Alias, named) {
		f.Message = fmt.Sprintf("%s is %s, but version %s does not read it: the server uses %s", cluster.KeyTomcatAlias, words.Quote(named), words.Plain(m.Version), words.Quote(k.Entry.Alias))
		f.Fix = "set keyAlias of the TLS connector in opt/tomcat/conf/server.xml instead"
		f.Related = relatedStore(k, m, "the keystore")
		p.Report(f)
	}
}
