package check

import (
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about what is in the stores, and their passwords;
// their rules are in keyRules.

// memberStore is a keystore as one member names it.
type memberStore struct {
	cluster.Keystore
	of *cluster.Member
}

func (s memberStore) String() string { return s.Property + " of " + s.of.Node.Name }

// stores are the keystores of all members that a rule about passwords is about. What
// keeps one from being looked at blocks the rule, which is not about a cluster without
// any.
func (p *Pass) stores(c *cluster.Cluster, about func(memberStore) bool) (out []memberStore) {
	for _, m := range p.read(c) {
		for _, k := range m.Keystores {
			switch s := (memberStore{k, m}); {
			case k.Guessed:
				p.Blocked(m, m.ServerXMLPath())
			case !about(s) || k.Absent(): // there is nothing to open
			case k.Err != nil:
				p.Blocked(m, k.Path)
			default:
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 {
		p.NotApplicable()
	}
	return out
}

func checkDefaultPassword(p *Pass, c *cluster.Cluster) {
	var known []memberStore
	var closed, refused []string
	for _, s := range p.stores(c, func(s memberStore) bool { return s.Err != nil || s.Store != nil }) {
		switch {
		case s.DefaultPassword || storedDefault(s):
			known = append(known, s)
		case s.Opened || s.DefaultRefused:
		case s.Refused():
			refused = append(refused, s.String())
		default:
			closed = append(closed, s.String())
		}
	}
	// One finding a password key, however many members and files have it.
	for _, alike := range gather(known, func(s memberStore) string { return s.Password.Property }) {
		first := alike[0]
		f := Finding{Node: first.of.Node.Name, Path: first.Path, Subject: first.Password.Property}
		f = f.predicate("opens with the product's well-known default password")
		if storedDefault(first) {
			f.Message = first.Password.Property + " is the product's well-known default password"
		}
		f.Fix = "stop every member that uses the file, change the password of the store and of its keys, and set the property of the password on all of them"
		for _, s := range alike[1:] {
			also := "the same keystore"
			if s.Data != first.Data {
				also = "another keystore, with the default password too"
			}
			f.Related = append(f.Related, Related{Node: s.of.Node.Name, Path: s.Path, Message: also})
		}
		p.Report(f)
	}
	p.unknownOf(refused, "the given passwords do not open these keystores, so whether they have the default password is not known", "the right passwords")
	p.unknownOf(closed, "these keystores were not opened, so whether they have the default password is not known", "the passwords, or permission to try the default one")
}

// storedDefault reports that the member's own files have the default password for
// a keystore that nothing has opened.
func storedDefault(s memberStore) bool {
	return !s.Opened && !s.DefaultRefused && s.Password.Default
}

func checkTripleDES(p *Pass, m *cluster.Member) {
	k, ok := m.Store(cluster.KeyEncryptionStore)
	switch {
	case !ok, k.Absent(), k.Err == nil && k.Store == nil:
		p.NotApplicable() // there is nothing to look into
		return
	case k.Err != nil:
		p.Blocked(m, k.Path)
		return
	}
	var old []string
	for _, e := range k.Store.Entries {
		if e.Kind == tlscert.SecretKey && strings.HasPrefix(tlscert.FoldAlias(e.Alias), "desedekey") {
			old = append(old, e.Alias)
		}
	}
	switch {
	case len(old) > 0:
		f := Finding{Path: k.Path, Subject: old[0]}
		f = f.predicate("holds keys that are triple DES by their alias: " + quoted(old))
		f.Fix = "rotate to an AES key on one member, set the new alias on all and restart those that run, encrypt everything again, and delete the old key after a backup"
		p.Report(f)
	case k.Store.Sealed > 0:
		p.Unknown(k.Path, reason(k.StoreErr), needsPassword)
	}
}

// checkKeyPasswords compares passwords only: no key is opened.
func checkKeyPasswords(p *Pass, c *cluster.Cluster) {
	stores := p.stores(c, func(s memberStore) bool {
		if s.KeyPassword.Property == "" && lacksSecured(s.of) && s.Property == cluster.KeyServerStore {
			p.Blocked(s.of, s.of.SecuredPath())
		}
		return s.KeyPassword.Property != ""
	})
	var hidden, refused []string
	for _, s := range stores {
		switch {
		case s.KeyPasswordKnown && s.KeyPasswordSame:
		case !s.KeyPasswordKnown && s.Refused():
			refused = append(refused, s.String())
		case !s.KeyPasswordKnown:
			hidden = append(hidden, s.KeyPassword.Property+" of "+s.of.Node.Name)
		default:
			f := secretAt(s.of, s.KeyPassword.Property)
			f.Message = fmt.Sprintf("%s is not the same password as %s", s.KeyPassword.Property, s.Password.Property)
			f.Fix = "give the key the keystore's password (keytool -keypasswd) and write it in both places"
			if s.Property == cluster.TomcatStore {
				f.Severity, f.Source = Info, srcTomcat+", getKeyManagers"
			}
			p.Report(f)
		}
	}
	p.unknownOf(refused, "the given passwords do not open these keystores, so the passwords of their keys cannot be compared with theirs", "the right passwords")
	p.unknownOf(hidden, "these passwords of keys cannot be compared with those of their keystores, which takes both", "both passwords")
}

// unknownOf is one Unknown for all that have the reason alike.
func (p *Pass) unknownOf(names []string, reason, needs string) {
	if len(names) > 0 {
		p.Unknown("", reason+": "+words.List(names), needs)
	}
}
