package check_test

import (
	"context"
	"crypto/sha1"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

func keyDefects() []defect {
	own := func(entries ...storeEntry) string { return reseal(jks(entries...), ownPassword) }
	all := []string{"node1", "node2", "node3"}
	at := func(version string) func(testing.TB) *site {
		return func(t testing.TB) *site { return three(t, version) }
	}
	leaf := func(der func() []byte) func(*site) {
		return func(s *site) { s.serve(own(key("server", signed(der())...)), all...) }
	}
	return []defect{
		{rule: "KEY001", name: "an alias of another member", seed: func(s *site) { s.set("node2", tlsAlias, "ucd-2026") },
			want: []string{"KEY001 error node2"}},
		{rule: "KEY001", name: "no keystore", seed: func(s *site) { s.remove("node2", tomcatFile) },
			want: []string{"KEY001 error node2"}},
		{rule: "KEY001", name: "a damaged keystore", seed: func(s *site) { s.serve(good()[:200], "node2") },
			want: []string{"KEY001 error node2"}},
		{rule: "KEY001", name: "another password", seed: func(s *site) {
			s.setIn(secFile, "node2", "tomcat.keystore.password", "wrong-5")
			s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
				if q.Property == "tomcat.keystore.password" && !q.Encrypted {
					return q.Stored.Reveal(), nil
				}
				return ownPassword, nil
			}
		}, want: []string{"KEY001 error node2", "PRP010 info node2"}},
		{rule: "KEY002", name: "the certificate without its key", seed: func(s *site) {
			s.serve(own(storeEntry{alias: "server", trusted: true, chain: [][]byte{pki().leaf}}), "node3")
		}, want: []string{"KEY002 error node3"}},
		{rule: "KEY003", name: "capitals", seed: func(s *site) { s.set("node3", tlsAlias, "Server") },
			want: []string{"KEY003 info node3"}},
		{rule: "KEY004", name: "renewed on one member", seed: func(s *site) {
			s.serve(own(key("server", signed(pki().renewed)...)), "node3")
		}, want: []string{"KEY004 error node3"}},
		{rule: "KEY004", name: "the installer's own on one member", seed: func(s *site) {
			s.serve(reseal(installers(s), ownPassword), "node3")
		}, want: []string{"KEY004 error node3", "KEY007 info node3"}},
		{rule: "KEY005", name: "expired", seed: leaf(func() []byte { return pki().expired }),
			want: []string{"KEY005 error node1"}},
		{rule: "KEY006", name: "for another host", seed: leaf(func() []byte { return pki().other }),
			want: []string{"KEY006 warning node1"}},
		{rule: "KEY007", name: "the installer's", seed: func(s *site) { s.serve(reseal(installers(s), ownPassword), all...) },
			want: []string{"KEY007 info node1"}},
		{rule: "KEY008", name: "two keys and no alias", seed: func(s *site) {
			s.serve(own(key("one", signed(pki().leaf)...), key("two", signed(pki().renewed)...)), "node2")
			s.unset("node2", tlsAlias)
		}, want: []string{"KEY008 warning node2"}},
		{rule: "KEY009", name: "an alias that was deleted", seed: func(s *site) {
			for _, n := range all {
				s.set(n, encAlias, "aes128keyq7x9")
			}
		}, want: []string{"KEY009 error node1"}},
		{rule: "KEY009", name: "no keystore", seed: func(s *site) { s.write("node1", encFile, "") },
			want: []string{"KEY009 error node1"}},
		{rule: "KEY010", name: "a weak curve", seed: leaf(func() []byte { return pki().weak }),
			want: []string{"KEY010 warning node1"}},
		{rule: "KEY011", name: "the default password", seed: func(s *site) {
			s.serve(good(), "node2")
			s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
				if q.Node == "node2" && q.Property == "tomcat.keystore.password" {
					return "changeit", nil
				}
				return ownPassword, nil
			}
		}, want: []string{"KEY011 info node2"}},
		{rule: "KEY012", name: "server.xml names another key", seed: func(s *site) { s.keyAlias("node2", "old") },
			want: []string{"KEY012 warning node2"}},
		{rule: "KEY013", name: "without the intermediate", seed: func(s *site) {
			s.serve(own(key("server", pki().leaf)), all...)
		}, want: []string{"KEY013 warning node1"}},
		{rule: "KEY014", name: "a keystore of its own inside the folder", seed: func(s *site) {
			s.write("node3", shared+"/conf/node3.keystore", s.read("node3", encFile)+"\x00")
			s.must(s.fs.Chmod("/share/appdata/conf/node3.keystore", 0o600))
			s.set("node3", "encryption.keystore", shared+"/conf/node3.keystore")
		}, want: []string{"KEY014 error node3"}},
		{rule: "KEY015", name: "a triple-DES key", base: at("7.3.2.8.1400000"), seed: func(s *site) {
			s.write("node1", encFile, reseal(twoSecrets(s.read("node1", encFile)), ownPassword))
			s.edit("node1", encFile, "aes128keyq7x3", "desedekeyq7x3")
			s.write("node1", encFile, reseal(s.read("node1", encFile), ownPassword))
		}, want: []string{"KEY015 warning node1"}},
		{rule: "KEY016", name: "the key has a password of its own", seed: func(s *site) {
			s.world.Password = otherKeyPassword
		}, want: []string{"KEY016 warning node1", "KEY016 warning node2", "KEY016 warning node3"}},
	}
}

// otherKeyPassword answers that the key of server.keystore has a password of
// its own.
func otherKeyPassword(_ context.Context, q cluster.PasswordQuery) (string, error) {
	if q.Property == "server.key.password" {
		return "Zebra-8", nil
	}
	return ownPassword, nil
}

// installers is tomcat.keystore as the installer leaves it.
func installers(s *site) string {
	s.t.Helper()
	k := clustertest.NewCluster(1, clustertest.Spec{})
	store := k.Read("node1", tomcatFile)
	s.must(k.Err())
	return store
}

// twoSecrets adds a second secret key, aes128keyq7x3, to a JCEKS store that
// has the one, aes128keyq7x2: the same key under another alias.
func twoSecrets(store string) string {
	const head = 12 // magic, version, number of entries
	body := store[:len(store)-sha1.Size]
	return body[:8] + "\x00\x00\x00\x02" + body[head:] + strings.Replace(body[head:], "aes128keyq7x2", "aes128keyq7x3", 1) + store[len(body):]
}
