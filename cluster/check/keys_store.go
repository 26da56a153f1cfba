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

func checkDefaultPassword(p *Pass, c *cluster.Cluster) {
	// One finding a password key, however many members and files have it.
	type sight struct {
		*Finding
		store string
	}
	first := map[string]sight{}
	var found []*Finding
	var closed, refused []string
	any, waits := false, false
	for _, m := range c.Members {
		if !p.properties(m) {
			waits = true
			continue
		}
		for _, k := range m.Keystores {
			switch {
			case k.Guessed:
				waits = true
				p.Blocked(m, xmlPath(m))
				continue
			case k.Absent(), k.Err == nil && k.Store == nil:
				continue // there is nothing to open
			case k.Err != nil:
				waits = true
				p.Blocked(m, k.Path)
				continue
			}
			any = true
			stored := !k.Opened && !k.DefaultRefused && k.Password.Default
			switch {
			case !k.DefaultPassword && !stored && (k.Opened || k.DefaultRefused):
			case !k.DefaultPassword && !stored && k.Refused():
				refused = append(refused, k.Property+" of "+m.Node.Name)
			case !k.DefaultPassword && !stored:
				closed = append(closed, k.Property+" of "+m.Node.Name)
			default:
				if f, seen := first[k.Password.Property]; seen {
					also := "the same keystore"
					if f.store != k.Data.Reveal() {
						also = "another keystore, with the default password too"
					}
					f.Related = append(f.Related, Related{Node: m.Node.Name, Path: k.Path, Message: also})
					continue
				}
				f := &Finding{Node: m.Node.Name, Path: k.Path, Subject: k.Password.Property}
				*f = f.predicate("opens with the product's well-known default password")
				if stored {
					f.Message = k.Password.Property + " is the product's well-known default password"
				}
				f.Fix = "stop every member that uses the file, change the password of the store and of its keys, and set the property of the password on all of them"
				first[k.Password.Property] = sight{f, k.Data.Reveal()}
				found = append(found, f)
			}
		}
	}
	for _, f := range found {
		p.Report(*f)
	}
	if len(refused) > 0 {
		p.Unknown("", "the given passwords do not open these keystores, so whether they have the default password is not known: "+words.List(refused), "the right passwords")
	}
	switch {
	case len(closed) > 0:
		p.Unknown("", "these keystores were not opened, so whether they have the default password is not known: "+words.List(closed), "the passwords, or permission to try the default one")
	case !any && len(refused) == 0 && !waits:
		p.NotApplicable()
	}
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
		f.Fix = "rotate to an AES key on one member, set the new alias on all and restart them, encrypt everything again, and delete the old key after a backup"
		p.Report(f)
	case k.Store.Sealed > 0:
		p.Unknown(k.Path, reason(k.StoreErr), needsPassword)
	}
}

// checkKeyPasswords compares passwords only: no key is opened.
func checkKeyPasswords(p *Pass, c *cluster.Cluster) {
	var hidden, refused []string
	any, waits := false, false
	for _, m := range c.Members {
		if !p.properties(m) {
			waits = true
			continue
		}
		for _, k := range m.Keystores {
			a, b := k.KeyPassword, k.Password
			switch {
			case k.Guessed:
				waits = true
				p.Blocked(m, xmlPath(m))
				continue
			case a.Property == "" && lacksSecured(m) && k.Property == cluster.KeyServerStore:
				waits = true
				p.Blocked(m, m.SecuredPath())
				continue
			case a.Property == "" || k.Absent():
				continue // nothing to compare with
			case k.Err != nil:
				waits = true
				p.Blocked(m, k.Path)
				continue
			}
			any = true
			switch {
			case k.KeyPasswordKnown && k.KeyPasswordSame:
			case !k.KeyPasswordKnown && k.Refused():
				refused = append(refused, k.Property+" of "+m.Node.Name)
			case !k.KeyPasswordKnown:
				hidden = append(hidden, a.Property+" of "+m.Node.Name)
			default:
				f := secretAt(m, a.Property)
				f.Message = fmt.Sprintf("%s is not the same password as %s", a.Property, b.Property)
				f.Fix = "give the key the keystore's password (keytool -keypasswd) and write it in both places"
				if k.Property == cluster.TomcatStore {
					f.Severity, f.Source = Info, srcTomcat+", getKeyManagers"
				}
				p.Report(f)
			}
		}
	}
	if len(refused) > 0 {
		p.Unknown("", "the given passwords do not open these keystores, so the passwords of their keys cannot be compared with theirs: "+words.List(refused), "the right passwords")
	}
	switch {
	case len(hidden) > 0:
		p.Unknown("", "these passwords of keys cannot be compared with those of their keystores, which takes both: "+words.List(hidden), "both passwords")
	case !any && !waits:
		p.NotApplicable()
	}
}
