package tlscert

import (
	"slices"
	"strings"
)

// ServerEntry gives the entry that Tomcat serves for a configured key alias,
// or says why its connector would not start, or not serve. alias "" means that
// none is configured.
//
// It is ServerEntryAs for a store type that opens any store of its format and
// finds every alias in it. The two differ only where a JKS store holds aliases
// with capitals, or is declared as another type. The error is an *AliasError.
func (s *Store) ServerEntry(alias string) (Entry, error) { return s.server(alias, anyType) }

// ServerEntryAs gives the entry that Tomcat serves when the keystore is
// configured with a type, in any case; "" is Tomcat's default, JKS. [Tomcat
// SSLUtilBase.getKeyManagers; measured with 9.0.70 and 10.1.60]
//
//   - The type must open the store's format, else the connector does not start:
//     JKS and PKCS12 open each other's files, JCEKS opens JKS too, CaseExactJKS
//     nothing but JKS.
//   - An alias must exist (see FindAs) and be a private key with a certificate.
//     A trusted certificate under the alias keeps the connector from starting. A
//     secret key lets it start, to fail every handshake: that is an error here
//     too.
//   - Without an alias Tomcat takes the first key that Java enumerates, secret
//     keys counted. In a PKCS12 file that is the first of the file. The order in
//     JKS and JCEKS is that of a hash table and changes with the store: with
//     several keys the error says SeveralKeys.
//   - Tomcat puts key and chain into a new store of the configured type. Type
//     PKCS12 refuses a chain in which a certificate is not followed by its
//     issuer, or comes twice.
//
// In a Store from List whose certificates are sealed a private key is given
// without its chain. The error is an *AliasError.
func (s *Store) ServerEntryAs(alias, storeType string) (Entry, error) {
	t, err := s.typeOf(alias, storeType)
	if err != nil {
		return Entry{}, err
	}
	return s.server(alias, t)
}

// A storeType is what Java's store of a type does; names are compared in any
// case.
type storeType struct {
	name     string
	opens    []Format
	exact    bool // aliases are looked up as they are given
	either   bool // as they are given, else folded
	validate bool // chains are
}

// exactType is the one that finds aliases with capitals.
const exactType = "CaseExactJKS"

// anyType stands for a type that is not known.
var anyType = storeType{either: true}

func storeTypes() []storeType {
	return []storeType{
		{name: "JKS", opens: []Format{JKS, PKCS12}},
		{name: "PKCS12", opens: []Format{PKCS12, JKS}, validate: true},
		{name: "JCEKS", opens: []Format{JCEKS, JKS}},
		{name: exactType, opens: []Format{JKS}, exact: true},
	}
}

// typeOf gives the store type of a name, if it opens the store.
func (s *Store) typeOf(alias, name string) (storeType, error) {
	if name == "" {
		name = "JKS"
	}
	for _, t := range storeTypes() {
		if !strings.EqualFold(t.name, name) {
			continue
		}
		if !slices.Contains(t.opens, s.Format) {
			return t, &AliasError{Alias: alias, Reason: OtherType, Type: t.name, Format: s.Format}
		}
		return t, nil
	}
	return storeType{}, &AliasError{Alias: alias, Reason: UnknownType, Type: name, Format: s.Format}
}

func (s *Store) server(alias string, t storeType) (Entry, error) {
	if alias == "" {
		return s.firstKey(t)
	}
	i := s.index(alias, t)
	if i < 0 {
		return Entry{}, s.aliasError(alias, AliasMissing, "", t)
	}
	return s.served(alias, i, t)
}

// firstKey is what Tomcat takes without an alias: it asks for each listed alias
// whether that is a key.
func (s *Store) firstKey(t storeType) (Entry, error) {
	byAlias := map[string]int{}
	for i, e := range s.Entries {
		byAlias[e.Alias] = i
	}
	var keys []int
	seen, private := map[int]bool{}, false
	for i, e := range s.Entries {
		if !t.exact && !t.either {
			found, ok := byAlias[FoldAlias(e.Alias)]
			if !ok {
				continue // listed and not found
			}
			i = found
		}
		if s.Entries[i].Kind == TrustedCert || seen[i] {
			continue
		}
		seen[i] = true
		keys = append(keys, i)
		private = private || s.Entries[i].Kind == PrivateKey
	}
	switch {
	case len(keys) > 0 && s.Format == PKCS12:
		keys = keys[:1]
	case !private:
		return Entry{}, s.aliasError("", NoKey, "", t)
	case len(keys) > 1:
		return Entry{}, s.aliasError("", SeveralKeys, "", t)
	}
	return s.served(s.Entries[keys[0]].Alias, keys[0], t)
}

// served gives an entry if Tomcat can serve it.
func (s *Store) served(alias string, i int, t storeType) (Entry, error) {
	e := s.Entries[i]
	switch {
	case e.Kind != PrivateKey:
		return Entry{}, s.aliasError(alias, AliasNotKey, e.Kind, t)
	case len(e.Chain) == 0 && s.Sealed == 0:
		return Entry{}, s.aliasError(alias, AliasNoCertificate, "", t)
	case t.validate && !validChain(e.Chain):
		return Entry{}, s.aliasError(alias, BadChain, "", t)
	}
	return e, nil
}

// validChain: each certificate names the next as its issuer and none comes
// twice. [OpenJDK 17 PKCS12KeyStore.validateChain]
func validChain(chain []Certificate) bool {
	if len(chain) < 2 {
		return true
	}
	seen := map[string]bool{}
	issuer := ""
	for i, c := range chain {
		n := namesOf(c)
		if i > 0 && n.subject != issuer || seen[string(c.Raw)] {
			return false
		}
		seen[string(c.Raw)], issuer = true, n.issuer
	}
	return true
}
