package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about the encryption keystore and its active
// key; their rules are in keyRules.

// encryptionKeys is what the members have in common about encryption.
type encryptionKeys struct {
	alias string          // that of the largest group
	held  map[string]bool // the secret keys of all keystores in use
}

func encryptionKeysOf(c *cluster.Cluster) encryptionKeys {
	all := groups(c.Members, func(m *cluster.Member) string { return tlscert.FoldAlias(m.Value(cluster.KeyEncryptionAlias)) })
	keys := encryptionKeys{all[0].value, map[string]bool{}}
	seen := map[*tlscert.Store]bool{}
	for _, m := range c.Members {
		k, _ := m.Store(cluster.KeyEncryptionStore)
		if k.Store == nil || seen[k.Store] {
			continue
		}
		seen[k.Store] = true
		for _, e := range k.Store.Entries {
			if e.Kind == tlscert.SecretKey {
				keys.held[tlscert.FoldAlias(e.Alias)] = true
			}
		}
	}
	return keys
}

func checkEncryptionAlias(p *Pass, c *cluster.Cluster) {
	keys := encryptionKeysOf(c)
	there := false
	for _, m := range c.Members {
		k, named := m.Store(cluster.KeyEncryptionStore)
		there = there || !named || !k.Absent()
		if p.properties(m) {
			p.encryptionAlias(keys, m)
		}
	}
	if !there {
		p.NotApplicable()
	}
}

// encryptionStore is a member's encryption keystore; ok is false where there is no
// file to look at.
func (p *Pass) encryptionStore(m *cluster.Member) (k cluster.Keystore, ok bool) {
	k, named := m.Store(cluster.KeyEncryptionStore)
	switch {
	case !named:
		p.unknownAt(m, m.InstalledPath(), cluster.KeyEncryptionStore+" is not set, and where the server looks then is not known", cluster.KeyEncryptionStore+" in installed.properties")
	case k.Absent():
	case k.Err != nil:
		p.Blocked(m, k.Path)
	default:
		return k, true
	}
	return k, false
}

// encryptionAlias judges one member.
func (p *Pass) encryptionAlias(keys encryptionKeys, m *cluster.Member) {
	k, ok := p.encryptionStore(m)
	if !ok {
		return
	}
	// The keystore is the place, so that members who share it and its alias
	// have one finding.
	f := Finding{Node: m.Node.Name, Path: k.Path, Subject: m.Value(cluster.KeyEncryptionAlias)}
	f.Related = []Related{relatedKey(m, cluster.KeyEncryptionAlias)}
	switch {
	case k.Store == nil && errors.Is(k.StoreErr, tlscert.ErrLimit):
		p.unknownAt(m, k.Path, reason(k.StoreErr), "a look at the file with keytool")
		return
	case k.Store == nil:
		f = Finding{Node: m.Node.Name, Path: k.Path, Fix: "restore it from a backup before any member starts"}
		p.Report(f.predicate("is not a keystore: " + reason(k.StoreErr)))
		return
	case f.Subject == "":
		p = p.Assume(wrongAlias(keys, m, k)...)
		f = atProperty(m, cluster.KeyEncryptionAlias)
		f.Severity, f.Source = Warning, inferredFrom+srcAdd
		f.Message = cluster.KeyEncryptionAlias + " is not set, so the next upgrade chooses among the keys, or makes one"
		f.Fix = "set it to the alias of the active key, as on the other members"
		p.Report(f)
		return
	}
	if k.Refused() {
		p.refusedEncryptionStore(m, k)
	}
	e, err := k.Store.Find(tlscert.FoldAlias(f.Subject))
	switch {
	case err != nil && k.Store.Sealed > 0 && k.Refused():
		return
	case err != nil && k.Store.Sealed > 0:
		p.unknownAt(m, k.Path, reason(err), needsPassword)
		return
	case err != nil:
		p = p.Assume(wrongStore(keys, m, k)...).Assume(wrongAlias(keys, m, k)...)
		f.Message = cluster.KeyEncryptionAlias + " names no secret key: " + err.Error()
		f.Fix = "find the keystore that holds the key, in backups and on the other members; only if no secret was encrypted with it, name another key"
	case e.Kind != tlscert.SecretKey:
		f.Message = fmt.Sprintf("%s names no secret key: alias %s is a %s entry", cluster.KeyEncryptionAlias, words.Quote(e.Alias), e.Kind)
		f.Fix = "name the secret key that the server encrypts with"
	default:
		return
	}
	p.Report(f)
}

// refusedEncryptionStore reports a keystore that its password does not open.
// That the server loads it with the password in its files is inferred.
func (p *Pass) refusedEncryptionStore(m *cluster.Member, k cluster.Keystore) {
	if !k.StoredRefused {
		p.unknownAt(m, k.Path, reason(k.StoreErr), rightPassword)
		return
	}
	f := atProperty(m, k.Password.Property)
	f.Severity, f.Source = Warning, inferredFrom+srcJDK+", KeyStore.load"
	f.Message = k.Password.Property + " does not open " + words.Quote(k.Path)
	f.Fix = "set it to the keystore's password, as on the members that open it, or restore the keystore that it belongs to"
	f.Related = []Related{{Node: m.Node.Name, Path: k.Path, Message: "the keystore"}}
	p.Report(f)
}

// wrongStore is what an alias that k lacks rests on: that the member reads the
// right keystore, where another keystore, that of its application data or of another
// member, has the key.
func wrongStore(keys encryptionKeys, m *cluster.Member, k cluster.Keystore) []Premise {
	alias := tlscert.FoldAlias(m.Value(cluster.KeyEncryptionAlias))
	std, ok := m.StandardStore(cluster.KeyEncryptionStore)
	if keys.held[alias] || ok && !inAppData(m, k) && holdsSecret(std, alias) {
		return []Premise{PremiseEncryptionStore.Of(m)}
	}
	return nil
}

// holdsSecret reports whether the store has the secret key of a folded alias.
func holdsSecret(k cluster.Keystore, alias string) bool {
	if k.Store == nil {
		return false
	}
	e, err := k.Store.Find(alias)
	return err == nil && e.Kind == tlscert.SecretKey
}

// wrongAlias is what an alias rests on where k has the key of the others.
func wrongAlias(keys encryptionKeys, m *cluster.Member, k cluster.Keystore) []Premise {
	if keys.alias != tlscert.FoldAlias(m.Value(cluster.KeyEncryptionAlias)) && holdsSecret(k, keys.alias) {
		return []Premise{PremiseEncryptionAlias.Of(m)}
	}
	return nil
}

func checkSameEncryptionStore(p *Pass, c *cluster.Cluster) {
	var read []*cluster.Member
	bytesOf := func(m *cluster.Member) string {
		k, _ := m.Store(cluster.KeyEncryptionStore)
		return k.Data.Reveal()
	}
	missing := false
	for _, m := range p.read(c) {
		k, ok := p.encryptionStore(m)
		if missing = missing || k.Absent(); ok {
			read = append(read, m)
		}
	}
	for odd, main := range oddOnes(groups(read, bytesOf)) {
		m, ref := odd.members[0], main.members[0]
		p := p.Assume(storeCauses(m, ref)...).Assume(storeCauses(ref, m)...)
		k, _ := m.Store(cluster.KeyEncryptionStore)
		other, _ := ref.Store(cluster.KeyEncryptionStore)
		f := atProperty(m, cluster.KeyEncryptionStore)
		f.Message = fmt.Sprintf("%s leads to %s, whose bytes differ from those of %s on %s%s", cluster.KeyEncryptionStore, words.Quote(k.Path), words.Quote(other.Path), main.names(), keysApart(k, other))
		f.Fix = "stop the members that read another keystore, find out which file holds the keys in use, keep both as a backup, and set the property of every member to the one in the shared application data"
		f.Related = odd.beside(main, func(o *cluster.Member) Related {
			s, _ := o.Store(cluster.KeyEncryptionStore)
			if o == ref {
				return Related{Node: o.Node.Name, Path: s.Path, Message: "has the other bytes"}
			}
			return Related{Node: o.Node.Name, Path: s.Path, Message: "has the same bytes"}
		})
		f.Denies = append(PremiseEncryptionStore.ofAll(odd.members), PremiseEncryptionStore.ofAll(main.members)...)
		p.Report(f)
	}
	if missing && len(read) < 2 {
		p.NotApplicable()
	}
}

// storeCauses are the premises without which m reads another keystore than ref for
// another reason: it has its own application data, its property leads elsewhere,
// or its folder is not the other's.
func storeCauses(m, ref *cluster.Member) []Premise {
	k, _ := m.Store(cluster.KeyEncryptionStore)
	std, ok := m.StandardStore(cluster.KeyEncryptionStore)
	switch {
	case m.Scheme == appdata.InInstall && m.Home.LinkedTo == "":
		return []Premise{PremiseFolder.Of(m)}
	case !ok || std.Err != nil:
		return nil
	case std.Data != k.Data:
		if inAppData(m, k) {
			return nil
		}
		return []Premise{PremiseEncryptionStore.Of(m)}
	case m.Home.Place == ref.Home.Place:
		return nil
	}
	return []Premise{PremiseAppData.Of(m), PremiseAppData.Of(ref)}
}

// keysApart names the secret keys that only one of two stores has.
func keysApart(a, b cluster.Keystore) string {
	if a.Store == nil || b.Store == nil {
		return ""
	}
	only := func(x, y *tlscert.Store) (names []string) {
		for _, e := range x.Entries {
			if !slices.ContainsFunc(y.Entries, func(o tlscert.Entry) bool { return o.Alias == e.Alias }) {
				names = append(names, e.Alias)
			}
		}
		return names
	}
	var parts []string
	if n := only(a.Store, b.Store); len(n) > 0 {
		parts = append(parts, "it alone holds "+quoted(n))
	}
	if n := only(b.Store, a.Store); len(n) > 0 {
		parts = append(parts, "it lacks "+quoted(n))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
