package tlscert

// ServerEntry gives the entry that Tomcat serves for a configured key alias,
// or says why its connector would not start, or not serve (Tomcat
// SSLUtilBase.getKeyManagers). alias "" means that none is configured.
//
//   - An alias must exist and be a private key with a certificate. A trusted
//     certificate under the alias keeps the connector from starting. A secret
//     key lets it start, to fail every handshake: that is an error here too.
//   - Without an alias Tomcat takes the first key that Java enumerates, and
//     the order is that of a hash table. With one key that is the key; with
//     several, secret keys counted, it may change with any change of the
//     store: the error says SeveralKeys.
//
// In a Store from List whose certificates are sealed a private key is given
// without its chain. The error is an *AliasError.
func (s *Store) ServerEntry(alias string) (Entry, error) {
	if alias == "" {
		return s.onlyKey()
	}
	e, err := s.Find(alias)
	if err != nil {
		return Entry{}, err
	}
	if e.Kind != PrivateKey {
		return Entry{}, s.aliasError(alias, AliasNotKey, e.Kind)
	}
	return s.withCertificate(alias, e)
}

func (s *Store) onlyKey() (Entry, error) {
	keys, key := 0, -1
	for i, e := range s.Entries {
		if e.Kind == TrustedCert {
			continue
		}
		keys++
		if e.Kind == PrivateKey {
			key = i
		}
	}
	if key < 0 {
		return Entry{}, s.aliasError("", NoKey, 0)
	}
	if keys > 1 {
		return Entry{}, s.aliasError("", SeveralKeys, 0)
	}
	return s.withCertificate(s.Entries[key].Alias, s.Entries[key])
}

func (s *Store) withCertificate(alias string, e Entry) (Entry, error) {
	if len(e.Chain) == 0 && s.Sealed == 0 {
		return Entry{}, s.aliasError(alias, AliasNoCertificate, 0)
	}
	return e, nil
}
