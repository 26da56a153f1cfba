package check

import (
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/tlscert"
)

// The keys of this file are those by which agents and other members know the
// servers, not those that users see.

// serverKeys are the private keys of server.keystore and of the identity
// keystore, by which agents and other members know the servers.
func serverKeys(c *cluster.Cluster) []served {
	var each []served
	for _, m := range c.Members {
		for _, key := range []string{cluster.KeyServerStore, cluster.KeyAgentStore} {
			k, ok := m.Store(key)
			if !ok || k.Store == nil {
				continue
			}
			for _, e := range k.Store.Entries {
				if e.Kind == tlscert.PrivateKey && len(e.Chain) > 0 {
					each = append(each, served{cluster.TLSChoice{Entry: e, Keystore: k}, []*cluster.Member{m}})
				}
			}
		}
	}
	return together(each, func(s served) string {
		return s.Keystore.Path + "\x00" + s.Entry.Alias + "\x00" + chainKey(s.Entry.Chain)
	})
}

// toUsers reports whether it is a certificate that users see.
func (s served) toUsers() bool { return s.Keystore.Property == cluster.TomcatStore }

// inStore names the keystore of a certificate that users do not see.
func (s served) inStore() string {
	if s.toUsers() {
		return ""
	}
	return " in " + s.Keystore.Property
}

// keepTrust is what to do about a key by which others know a server: replaced by
// hand, it is one that nobody trusts. Empty for what users see. (Vendor pages on web
// agents.)
func (s served) keepTrust() string {
	switch s.Keystore.Property {
	case cluster.KeyServerStore:
		return "do not replace it by hand: agents have pinned this key, and would refuse the servers; plan its renewal with the vendor's pages on web agents"
	case cluster.KeyAgentStore:
		return "do not copy another member's: the key is this member's identity; plan its renewal with the vendor's pages on web agents"
	}
	return ""
}
