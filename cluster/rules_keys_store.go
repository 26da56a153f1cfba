package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The checks of this file are about the stores themselves, and about the
// encryption keystore above all; their rules are in keyRules.

func checkEncryptionAlias(p *Pass, m *Member) {
	if !p.properties(m) {
		return
	}
	k, ok := m.Store(KeyEncryptionStore)
	// The keystore is the place, so that members who share it and its alias
	// have one finding.
	f := Finding{Path: k.Path, Subject: m.Value(KeyEncryptionAlias)}
	f.Related = []Related{relatedKey(m, KeyEncryptionAlias)}
	switch {
	case !ok:
		p.Unknown(m.InstalledPath(), KeyEncryptionStore+" is not set, and where the server looks then is not known", KeyEncryptionStore+" in installed.properties")
		return
	case k.Err != nil && (isMissing(k.Err) || isNotRegular(k.Err)):
		p.NotApplicable() // APP001, APP003 or PRP013 speaks of it
		return
	case k.Err != nil:
		p.Blocked(m, k.Path)
		return
	case k.Store == nil && errors.Is(k.StoreErr, tlscert.ErrLimit):
		p.Unknown(k.Path, reasonText(k.StoreErr), "a look at the file with keytool")
		return
	case k.Store == nil:
		p.Report(Finding{
			Path: k.Path, Message: "is no keystore: " + reasonText(k.StoreErr),
			Fix: "restore it from a backup before any member starts",
		})
		return
	case f.Subject == "":
		f = m.at(KeyEncryptionAlias)
		f.Severity, f.Source = Warning, inferredFrom+srcAdd
		f.Message = KeyEncryptionAlias + " is not set, so the next upgrade chooses among the keys, or makes one"
		f.Fix = "set it to the alias of the active key, as on the other members"
		p.Report(f)
		return
	}
	e, err := k.Store.Find(tlscert.FoldAlias(f.Subject))
	switch {
	case err != nil && k.Store.Sealed > 0:
		p.Unknown(k.Path, reasonText(err), needsPassword)
		return
	case err != nil:
		f.Message = KeyEncryptionAlias + ": " + err.Error()
		f.Fix = "find the keystore that holds the key, in backups and on the other members; only if no secret was encrypted with it, name another key"
	case e.Kind != tlscert.SecretKey:
		f.Message = fmt.Sprintf("%s: alias %s is a %s entry, not a secret key", KeyEncryptionAlias, quote(e.Alias), e.Kind)
		f.Fix = "name the secret key that the server encrypts with"
	default:
		return
	}
	p.Report(f)
}

func checkDefaultPassword(p *Pass, c *Cluster) {
	first := map[[2]string]*Finding{}
	var found []*Finding
	var closed []string
	any := false
	for _, m := range c.Members {
		if !p.properties(m) {
			continue
		}
		for _, k := range m.Keystores {
			switch {
			case k.Err != nil && (isMissing(k.Err) || isNotRegular(k.Err)), k.Err == nil && k.Store == nil:
				continue // other rules speak of it
			case k.Err != nil:
				p.Blocked(m, k.Path)
				continue
			}
			any = true
			stored := !k.Opened && !k.DefaultRefused && k.Password.Stored.Reveal() == defaultPassword
			switch {
			case !k.DefaultPassword && !stored && (k.Opened || k.DefaultRefused):
			case !k.DefaultPassword && !stored:
				closed = append(closed, k.Property+" of "+m.Node.Name)
			default:
				key := [2]string{k.Property, k.Data.Reveal()}
				if f := first[key]; f != nil {
					f.Related = append(f.Related, Related{Node: m.Node.Name, Path: k.Path, Message: "the same keystore"})
					continue
				}
				f := &Finding{Node: m.Node.Name, Path: k.Path, Subject: k.Password.Property, Message: "opens with the product's well-known default password"}
				if stored {
					f.Message = k.Password.Property + " is the product's well-known default password"
				}
				f.Fix = "change the password of store and keys with the server stopped, and " + k.Password.Property + " with it, on every member that uses the file"
				first[key] = f
				found = append(found, f)
			}
		}
	}
	for _, f := range found {
		p.Report(*f)
	}
	switch {
	case len(closed) > 0:
		p.Unknown("", "these keystores were not opened, so whether they have the default password is not known: "+list(closed), "the passwords (World.Password), or leave to try the default one (World.TryDefaultPassword)")
	case !any && len(p.blocked) == 0:
		p.NotApplicable()
	}
}

// checkSameEncryptionStore reports what no other rule does: PRP002 and STO002
// speak of different folders, PRP003 of servers that keep their own, PRP013 of
// a path that leads elsewhere than to the folder's keystore.
func checkSameEncryptionStore(p *Pass, c *Cluster) {
	if len(c.Members) < 2 {
		p.NotApplicable()
		return
	}
	var read []*Member
	bytesOf := func(m *Member) string {
		k, _ := m.Store(KeyEncryptionStore)
		return k.Data.Reveal()
	}
	missing := false
	for _, m := range c.Members {
		k, ok := m.Store(KeyEncryptionStore)
		switch {
		case !p.properties(m):
		case !ok:
			p.unknownAt(m, m.InstalledPath(), KeyEncryptionStore+" is not set, and where the server looks then is not known", KeyEncryptionStore+" in installed.properties")
		case k.Err != nil && (isMissing(k.Err) || isNotRegular(k.Err)):
			missing = true // APP001, APP003 or PRP013 speaks of it
		case k.Err != nil:
			p.Blocked(m, k.Path)
		default:
			read = append(read, m)
		}
	}
	all := groups(read, bytesOf)
	explained := 0
	for _, odd := range all[min(1, len(all)):] {
		m, ref := odd.members[0], all[0].members[0]
		if p.explained(m, ref) || p.explained(ref, m) {
			explained++
			continue
		}
		k, _ := m.Store(KeyEncryptionStore)
		other, _ := ref.Store(KeyEncryptionStore)
		f := m.at(KeyEncryptionStore)
		f.Node = m.Node.Name
		f.Message = fmt.Sprintf("leads to %s, which has other bytes than %s on %s%s", quote(k.Path), quote(other.Path), all[0].names(), keysApart(k, other))
		f.Fix = "find out which file holds the keys in use, keep both as a backup, and lead every member to the one in the shared application data"
		for _, o := range append(slices.Clone(odd.members[1:]), ref) {
			s, _ := o.Store(KeyEncryptionStore)
			note := "has the other bytes"
			if slices.Contains(odd.members, o) {
				note = "has the same bytes"
			}
			f.Related = append(f.Related, Related{Node: o.Node.Name, Path: s.Path, Message: note})
		}
		p.Report(f)
	}
	if len(p.findings) == 0 && (explained > 0 || missing && len(read) < 2) {
		p.NotApplicable()
	}
}

// explained reports whether another rule that runs names the cause why m
// reads another keystore than ref.
func (p *Pass) explained(m, ref *Member) bool {
	k, _ := m.Store(KeyEncryptionStore)
	std, ok := m.standard(KeyEncryptionStore)
	if _, linked := linkedAway(m); m.Scheme == appdata.InInstall && !linked {
		return p.runs("PRP003") || p.runs("PRP001")
	}
	if ok && std.Err == nil && std.Data != k.Data {
		return !inAppData(m, k) && p.runs("PRP013")
	}
	if !ok || std.Err != nil {
		return false
	}
	if byText(m, ref) {
		return p.runs("PRP002")
	}
	return p.runs("STO002")
}

// keysApart names the secret keys that only one of two stores has.
func keysApart(a, b Keystore) string {
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

func checkTripleDES(p *Pass, m *Member) {
	if !p.properties(m) {
		return
	}
	k, ok := m.Store(KeyEncryptionStore)
	switch {
	case !ok, k.Err != nil && (isMissing(k.Err) || isNotRegular(k.Err)), k.Err == nil && k.Store == nil:
		p.NotApplicable() // KEY009 or a rule about files speaks of it
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
		f.Message = "holds keys that by their alias are triple DES: " + quoted(old)
		f.Fix = "rotate to an AES key on one member, set the new alias on all and restart them, encrypt everything anew, and delete the old key after a backup"
		p.Report(f)
	case k.Store.Sealed > 0:
		p.Unknown(k.Path, reasonText(k.StoreErr), needsPassword)
	}
}

// checkKeyPasswords compares passwords only: no key is opened.
func checkKeyPasswords(p *Pass, c *Cluster) {
	var hidden []string
	any := false
	for _, m := range c.Members {
		if !p.properties(m) {
			continue
		}
		for _, k := range m.Keystores {
			a, b := k.KeyPassword, k.Password
			if a.Property == "" {
				continue
			}
			any = true
			switch {
			case k.KeyPasswordKnown && k.KeyPasswordSame:
			case !k.KeyPasswordKnown:
				hidden = append(hidden, a.Property+" of "+m.Node.Name)
			default:
				f := m.at(a.Property)
				f.Node = m.Node.Name
				f.Message = fmt.Sprintf("%s is another password than %s", a.Property, b.Property)
				f.Fix = "give the key the keystore's password (keytool -keypasswd) and write it in both places"
				if k.Property == TomcatStore {
					f.Severity, f.Source = Info, srcTomcat+", getKeyManagers"
					if a.Property == "keyPass" {
						f.Path = m.InInstall("opt/tomcat/conf/server.xml")
					}
				}
				p.Report(f)
			}
		}
	}
	switch {
	case len(hidden) > 0:
		p.Unknown("", "these passwords of keys cannot be compared with those of their keystores, which takes both: "+list(hidden), "both passwords (World.Password)")
	case !any && len(p.blocked) == 0:
		p.NotApplicable()
	}
}
