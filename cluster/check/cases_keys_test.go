package check_test

import (
	"context"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

const (
	tlsAlias = "tomcat.key.alias"
	encAlias = "encryption.keystore.alias"
)

// newerPair is a sound pair of a version that reads tomcat.key.alias.
func newerPair(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	for n := range 2 {
		spec := sound("7.2.1.0.1130000")
		spec.Joined = n > 0
		s.member(spec)
	}
	return s
}

// at731 is a server that must have no triple-DES keys.
func at731(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound("7.3.1.0.1150000"))
	return s
}

func (s *site) tlsEnds(at cluster.TLSEnd) {
	s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "ucd.example.com", TLSEnds: at}
}

// passwords is a World.Password function with one word for all stores.
func passwords(word string) func(context.Context, cluster.PasswordQuery) (string, error) {
	return func(context.Context, cluster.PasswordQuery) (string, error) { return word, nil }
}

func aliasCases() []ruleCase {
	three := func() string {
		return jks(key("one", signed(pki().leaf)...), key("two", signed(pki().other)...), storeEntry{alias: "root", trusted: true, chain: [][]byte{pki().root}})
	}
	return []ruleCase{
		{rule: "KEY001", name: "only key"},
		{rule: "KEY001", name: "named", site: newerPair, given: func(s *site) { s.set("node1", tlsAlias, "server") }},
		{rule: "KEY001", name: "missing", site: newerPair, given: func(s *site) { s.set("node2", tlsAlias, "ucd-2026") },
			want: []string{`error node2: tomcat.key.alias names no key that can be served: alias "ucd-2026" is not in the keystore (it has "server")`}},
		{rule: "KEY001", name: "near", site: newerPair, given: func(s *site) { s.set("node2", tlsAlias, "sevrer") },
			want: []string{`error node2: tomcat.key.alias names no key that can be served: alias "sevrer" is not in the keystore; did you mean "server"?`}, edit: "node2 tomcat.key.alias=server"},
		{rule: "KEY001", name: "trailing blank", site: newerPair, given: func(s *site) { s.add("node1", tlsAlias+"=server ") },
			want: []string{`error node1: tomcat.key.alias names no key that can be served: alias "server " is not`}, edit: "node1 tomcat.key.alias=server"},
		{rule: "KEY001", name: "keyAlias", site: linked, given: func(s *site) { s.keyAlias("node1", "nope") },
			want: []string{`error node1: keyAlias names no key that can be served: alias "nope" is not`}},
		{rule: "KEY001", name: "property before 7.0.1", site: linked, given: func(s *site) { s.set("node1", tlsAlias, "nope") }},
		{rule: "KEY001", name: "property in between", given: func(s *site) { s.set("node1", tlsAlias, "nope") },
			unknown: `whether version 7.0.5.1.1041488 reads tomcat.key.alias, which names "nope", is not known`},
		{rule: "KEY001", name: "property in between, no matter", given: func(s *site) { s.set("node1", tlsAlias, "server") }},
		{rule: "KEY001", name: "property in between, agreed and missing", given: func(s *site) {
			s.set("node1", tlsAlias, "nope")
			s.keyAlias("node1", "nope")
		}, want: []string{`error node1: tomcat.key.alias names no key that can be served: alias "nope" is not`}},
		{rule: "KEY001", name: "reference to the property", given: func(s *site) {
			s.set("node1", tlsAlias, "nope")
			s.keyAlias("node1", "${tomcat.key.alias}")
		}, want: []string{`error node1: tomcat.key.alias names no key that can be served: alias "nope" is not`}},
		{rule: "KEY001", name: "reference with a default", given: func(s *site) { s.keyAlias("node1", "${tomcat.key.alias:-server}") }},
		{rule: "KEY001", name: "reference to nothing", given: func(s *site) { s.keyAlias("node1", "${my.alias}") }, unknown: `is the reference "${my.alias}"`},
		{rule: "KEY001", name: "no keystore", given: func(s *site) { s.remove("node2", tomcatFile) }, want: []string{"error node2: does not exist"}},
		{rule: "KEY001", name: "neither keystore nor server.xml", given: func(s *site) { s.remove("node2", install+"/opt") }, unknown: "does not exist"},
		{rule: "KEY001", name: "damaged", given: func(s *site) { s.serve(good()[:300], "node2") }, want: []string{"error node2: is not a keystore: keystore (JKS): byte "}},
		{rule: "KEY001", name: "text", given: func(s *site) { s.serve("-----BEGIN CERTIFICATE-----\n", "node2") }, want: []string{"error node2: is not a keystore: keystore: byte 0"}},
		{rule: "KEY001", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/node2"+tomcatFile, true)) }, unknown: "permission denied"},
		{rule: "KEY001", name: "other file", given: func(s *site) {
			s.edit("node1", xmlFile, "conf/tomcat.keystore", "${catalina.base}/conf/other.jks")
			s.write("node1", install+"/opt/tomcat/conf/other.jks", jks(key("mine", signed(pki().leaf)...)))
			s.keyAlias("node1", "mine")
		}},
		{rule: "KEY001", name: "other file by an unknown reference", given: func(s *site) { s.edit("node1", xmlFile, "conf/tomcat.keystore", "${store}") }, unknown: "reference"},
		{rule: "KEY001", name: "no connector", given: func(s *site) {
			for _, n := range []string{"node1", "node2"} {
				s.write(n, xmlFile, "<Server/>")
			}
		}, skip: true},
		{rule: "KEY001", name: "no connector, and an alias", site: newerPair, given: func(s *site) {
			s.write("node2", xmlFile, "<Server/>")
			s.set("node2", tlsAlias, "nope")
		}},
		{rule: "KEY001", name: "server.xml unread", given: func(s *site) { s.must(s.fs.Deny("/node2"+xmlFile, true)) }, unknown: "permission denied"},
		{rule: "KEY001", name: "server.xml unread, which may name another keystore", site: newerPair, given: func(s *site) {
			s.must(s.fs.Deny("/node2"+xmlFile, true))
			s.set("node2", tlsAlias, "server")
		}, unknown: "permission denied"},
		{rule: "KEY001", name: "the stored password does not open it", site: single, given: func(s *site) {
			s.world.Password = cluster.StoredPasswords
			s.setIn(secFile, "node1", "tomcat.keystore.password", "wrong-5")
		}, want: []string{"error node1: tomcat.keystore.password does not open"}},
		{rule: "KEY001", name: "a stored text that is no password as it stands", site: single, given: func(s *site) {
			s.world.Password = cluster.StoredPasswords
			s.setIn(secFile, "node1", "tomcat.keystore.password", "crypt_v1{AAAA}")
		}, unknown: "the password does not open it"},
		{rule: "KEY001", name: "a given password does not open it", site: single, given: func(s *site) { s.world.Password = passwords("wrong-5") },
			unknown: "the password does not open it"},
		{rule: "KEY001", name: "version unread", given: func(s *site) {
			s.set("node2", tlsAlias, "nope")
			s.must(s.fs.Deny("/node2"+versionFile, true))
		}, unknown: "permission denied"},
		{rule: "KEY001", name: "PKCS12 shows its aliases", site: newerPair, given: func(s *site) {
			s.serve(p12(s.t), "node1", "node2")
			s.set("node1", tlsAlias, "tomcat")
			s.set("node2", tlsAlias, "server")
		}, unknown: `alias "server" is not in the keystore; parts of the keystore could not be read`},
		{rule: "KEY001", name: "PKCS12 opened", site: newerPair, given: func(s *site) {
			s.world.Password = passwords("changeit")
			s.serve(p12(s.t), "node1", "node2")
			s.set("node1", tlsAlias, "tomcat")
			s.set("node2", tlsAlias, "server")
		}, want: []string{`error node2: tomcat.key.alias names no key that can be served: alias "server" is not in the keystore (it has "tomcat")`}},
		{rule: "KEY001", name: "type that does not open it", given: func(s *site) {
			s.serve(p12(s.t), "node2")
			s.storeType("node2", "jceks")
		}, want: []string{"error node2: is of type PKCS12 and configured as JCEKS, which does not open it, so the TLS connector does not start"}},
		{rule: "KEY001", name: "CaseExactJKS opens no PKCS12", given: func(s *site) {
			s.serve(p12(s.t), "node2")
			s.storeType("node2", "CaseExactJKS")
		}, want: []string{"error node2: is of type PKCS12 and configured as CaseExactJKS"}},
		{rule: "KEY001", name: "JKS configured as PKCS12", given: func(s *site) { s.storeType("node1", "PKCS12") }},
		{rule: "KEY001", name: "JKS configured as JCEKS", given: func(s *site) { s.storeType("node1", "JCEKS") }},
		{rule: "KEY001", name: "type of another provider", given: func(s *site) { s.storeType("node1", "BCFKS") },
			unknown: `the keystore type "BCFKS" in "/opt/ibm-ucd/server/opt/tomcat/conf/server.xml" is none of Java's own`},

		{rule: "KEY002", name: "private key"},
		{rule: "KEY002", name: "trusted", site: newerPair, given: func(s *site) {
			s.serve(three(), "node1", "node2")
			s.set("node1", tlsAlias, "one")
			s.set("node2", tlsAlias, "root")
		}, want: []string{`error node2: tomcat.key.alias names no key that can be served: alias "root" is a TrustedCert entry`}},
		{rule: "KEY002", name: "no certificate", given: func(s *site) { s.serve(jks(key("server")), "node1") },
			want: []string{`error node1: the only key of the keystore cannot be served: alias "server" is a private key without a certificate`}},
		{rule: "KEY002", name: "no key", given: func(s *site) {
			s.serve(jks(storeEntry{alias: "root", trusted: true, chain: [][]byte{pki().root}}), "node1")
		}, want: []string{"error node1: holds no private key"}},
		{rule: "KEY002", name: "chain out of order as PKCS12", given: func(s *site) {
			s.serve(jks(key("server", pki().leaf, pki().root, pki().middle)), "node1")
			s.storeType("node1", "PKCS12")
		}, want: []string{`error node1: the only key of the keystore cannot be served: the chain of alias "server" is not in order or has a certificate twice`}},
		{rule: "KEY002", name: "certificate twice as PKCS12", given: func(s *site) {
			s.serve(jks(key("server", pki().leaf, pki().middle, pki().root, pki().root)), "node1")
			s.storeType("node1", "PKCS12")
			s.keyAlias("node1", "server")
		}, want: []string{`error node1: keyAlias names no key that can be served: the chain of alias "server" is not in order or has a certificate twice`}},
		{rule: "KEY002", name: "chain out of order as JKS", given: func(s *site) {
			s.serve(jks(key("server", pki().leaf, pki().root, pki().middle)), "node1")
		}},
		{rule: "KEY002", name: "chain in order as PKCS12", given: func(s *site) {
			s.serve(jks(key("server", pki().leaf, pki().middle, pki().root)), "node1")
			s.storeType("node1", "PKCS12")
		}},
		{rule: "KEY002", name: "type that does not open it", given: func(s *site) { // KEY001 reports it
			s.serve(p12(s.t), "node2")
			s.storeType("node2", "JCEKS")
		}},

		{rule: "KEY003", name: "alike"},
		{rule: "KEY003", name: "case only", site: newerPair, given: func(s *site) { s.set("node1", tlsAlias, "Server") },
			want: []string{`info node1: tomcat.key.alias is "Server", and the keystore has "server"`}, edit: "node1 tomcat.key.alias=server"},
		{rule: "KEY003", name: "encryption alias", given: func(s *site) { s.set("node2", encAlias, "AES128keyq7x2") },
			want: []string{`info node2: encryption.keystore.alias is "AES128keyq7x2"`}, edit: "node2 encryption.keystore.alias=aes128keyq7x2"},
		{rule: "KEY003", name: "type CaseExactJKS", given: func(s *site) {
			s.keyAlias("node1", "Server")
			s.storeType("node1", "CaseExactJKS")
		}, want: []string{`error node1: keyAlias is "Server", which differs in letter case from "server" in the keystore and is not found`}},
		{rule: "KEY003", name: "stored with capitals", given: func(s *site) {
			s.keyAlias("node1", "Server")
			s.serve(jks(key("Server", signed(pki().leaf)...)), "node1")
		}, want: []string{`error node1: keyAlias is "Server", which the keystore has with capitals`}},
		{rule: "KEY003", name: "stored with capitals for CaseExactJKS", given: func(s *site) {
			s.keyAlias("node1", "Server")
			s.storeType("node1", "CaseExactJKS")
			s.serve(jks(key("Server", signed(pki().leaf)...)), "node1")
		}},
		{rule: "KEY003", name: "two that differ in case", given: func(s *site) {
			s.keyAlias("node1", "Server")
			s.serve(jks(key("server", signed(pki().leaf)...), key("Server", signed(pki().other)...)), "node1")
		}, want: []string{`error node1: the keystore has the aliases "Server" and "server"`}},

		{rule: "KEY008", name: "one key"},
		{rule: "KEY008", name: "several and an alias", given: func(s *site) {
			s.serve(three(), "node1")
			s.keyAlias("node1", "two")
		}},
		{rule: "KEY008", name: "several", given: func(s *site) { s.serve(three(), "node1") },
			want: []string{`warning node1: has several keys and no alias chooses one: "one", "two"; which of them Tomcat serves changes with the file and is not known`}},
		{rule: "KEY008", name: "several in PKCS12", given: func(s *site) {
			s.world.Password = passwords("changeit")
			s.serve(severalKeys(s.t), "node1")
		}, want: []string{`warning node1: has several keys and no alias chooses one: "alpha", "zeta"; Tomcat serves the first of the file, "zeta"`}},
		{rule: "KEY008", name: "several in PKCS12 and an alias", given: func(s *site) {
			s.world.Password = passwords("changeit")
			s.serve(severalKeys(s.t), "node1")
			s.keyAlias("node1", "alpha")
		}},
		{rule: "KEY008", name: "several in PKCS12, sealed", given: func(s *site) { s.serve(severalKeys(s.t), "node1") },
			unknown: "the keystore has encrypted parts, and the key is chosen among all of it"},

		{rule: "KEY012", name: "neither"},
		{rule: "KEY012", name: "agree", given: func(s *site) {
			s.keyAlias("node1", "SERVER")
			s.set("node1", tlsAlias, "server")
		}},
		{rule: "KEY012", name: "disagree", site: newerPair, given: func(s *site) {
			s.keyAlias("node1", "old")
			s.set("node1", tlsAlias, "server")
		}, want: []string{`warning node1: tomcat.key.alias is "server", and keyAlias in server.xml is "old"`}},
		{rule: "KEY012", name: "reference", given: func(s *site) {
			s.keyAlias("node1", "${tomcat.key.alias}")
			s.set("node1", tlsAlias, "server")
		}},
		{rule: "KEY012", name: "not read yet", site: linked, given: func(s *site) { s.set("node1", tlsAlias, "other") },
			want: []string{`warning node1: tomcat.key.alias is "other", but version 6.1.0.4.100000 does not read it: the server uses "server"`}},
		{rule: "KEY012", name: "server.xml unread", given: func(s *site) {
			s.set("node1", tlsAlias, "server")
			s.must(s.fs.Deny("/node1"+xmlFile, true))
		}, unknown: "permission denied"},
	}
}

func encryptionCases() []ruleCase {
	return []ruleCase{
		{rule: "KEY009", name: "there"},
		{rule: "KEY009", name: "missing", given: func(s *site) { s.set("node2", encAlias, "aes128keyq7x9") },
			want: []string{`error node2: encryption.keystore.alias names no secret key: alias "aes128keyq7x9" is not in the keystore; did you mean "aes128keyq7x2"?`}},
		{rule: "KEY009", name: "unset", given: func(s *site) { s.unset("node2", encAlias) }, want: []string{"warning node2: encryption.keystore.alias is not set"}},
		{rule: "KEY009", name: "no secret key", given: func(s *site) {
			s.write("node1", encFile, jks(key("aes128keyq7x2", pki().leaf)))
		}, want: []string{`error node1: encryption.keystore.alias names no secret key: alias "aes128keyq7x2" is a PrivateKey entry`}},
		{rule: "KEY009", name: "no keystore", given: func(s *site) { s.write("node1", encFile, "") }, want: []string{"error node1: /media/share/appdata/conf/encryption.keystore is not a keystore"}},
		{rule: "KEY009", name: "gone", given: func(s *site) { s.remove("node1", encFile) }, skip: true},
		{rule: "KEY009", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/share/appdata/conf/encryption.keystore", true)) }, unknown: "permission denied"},
		{rule: "KEY009", name: "no path", given: func(s *site) { s.unset("node1", "encryption.keystore") }, unknown: "encryption.keystore is not set"},
		{rule: "KEY009", name: "the stored password does not open it", site: single, given: func(s *site) {
			s.world.Password = cluster.StoredPasswords
			s.setIn(secFile, "node1", "encryption.keystore.password", "wrong-5")
		}, want: []string{"warning node1: encryption.keystore.password does not open"}},
		{rule: "KEY009", name: "a given password does not open it", site: single, given: func(s *site) { s.world.Password = passwords("wrong-5") },
			unknown: "the password does not open it"},
		{rule: "KEY009", name: "sealed", given: func(s *site) { s.write("node1", encFile, p12(s.t)) }, unknown: "parts of the keystore could not be read"},

		{rule: "KEY014", name: "one"},
		{rule: "KEY014", name: "alone", site: single, skip: true},
		{rule: "KEY014", name: "another file", given: func(s *site) {
			s.write("node2", install+"/conf/mine.keystore", jks(key("mine", pki().leaf)))
			s.set("node2", "encryption.keystore", "../conf/mine.keystore")
		}, want: []string{`error node2: leads to "/opt/ibm-ucd/server/conf/mine.keystore", whose bytes differ from those of "/media/share/appdata/conf/encryption.keystore" on node1: it alone holds "mine", it lacks "aes128keyq7x2"`}},
		{rule: "KEY014", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/share/appdata/conf/encryption.keystore", true)) }, unknown: "permission denied"},

		{rule: "KEY015", name: "AES", site: at731},
		{rule: "KEY015", name: "before", given: func(s *site) { s.edit("node1", encFile, "aes128key", "desedekey") }, skip: true},
		{rule: "KEY015", name: "triple DES", site: at731, given: func(s *site) { s.edit("node1", encFile, "aes128key", "desedekey") },
			want: []string{`warning node1: holds keys that are triple DES by their alias: "desedekeyq7x2"`}},
		{rule: "KEY015", name: "sealed", site: at731, given: func(s *site) { s.write("node1", encFile, p12(s.t)) }, unknown: "encrypted parts were not read"},

		{rule: "KEY011", name: "own passwords", given: func(s *site) {
			s.world.Password = passwords("Zebra-7")
			for _, n := range []string{"node1", "node2"} {
				for _, f := range []string{tomcatFile, install + "/conf/server/s2s-client-identity.keystore"} {
					s.write(n, f, reseal(s.read(n, f), "Zebra-7"))
				}
			}
			s.write("node1", encFile, reseal(s.read("node1", encFile), "Zebra-7"))
			s.write("node1", srvFile, reseal(s.read("node1", srvFile), "Zebra-7"))
		}},
		{rule: "KEY011", name: "nothing known", unknown: "these keystores were not opened"},
		{rule: "KEY011", name: "opens with it", site: single, given: func(s *site) { s.world.Password = passwords("changeit") },
			want: []string{"info node1: opens with the product's", "info node1: opens with", "info node1: opens with", "info node1: opens with"}},
		{rule: "KEY011", name: "tried", given: func(s *site) {
			s.world.TryDefaultPassword = true
			for _, f := range []string{encFile, srvFile} {
				s.write("node1", f, reseal(s.read("node1", f), "Zebra-7"))
			}
		}, want: []string{"info node1: opens with", "info node1: opens with"}},
		{rule: "KEY011", name: "stands in the file", site: single, given: func(s *site) {
			s.setIn(secFile, "node1", "tomcat.keystore.password", "changeit")
		}, want: []string{"info node1: tomcat.keystore.password is the product's"}, unknown: "these keystores were not opened"},
		{rule: "KEY011", name: "wrong passwords", given: func(s *site) { s.world.Password = passwords("wrong-5") },
			unknown: "the given passwords do not open these keystores"},
		{rule: "KEY011", name: "the default is a wrong password", site: single, given: func(s *site) {
			s.world.Password = passwords("changeit")
			for _, f := range []string{encFile, srvFile, tomcatFile, install + "/conf/server/s2s-client-identity.keystore"} {
				s.write("node1", f, reseal(s.read("node1", f), "Zebra-7"))
			}
		}},
		{rule: "KEY011", name: "server.xml unread", given: func(s *site) {
			s.world.Password = passwords("wrong-5")
			s.must(s.fs.Deny("/node2"+xmlFile, true))
		}, unknown: "permission denied"},
		{rule: "KEY011", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/node2"+tomcatFile, true)) }, unknown: "permission denied"},

		{rule: "KEY016", name: "encrypted", unknown: "these passwords of keys cannot be compared"},
		{rule: "KEY016", name: "wrong passwords", given: func(s *site) { s.world.Password = passwords("wrong-5") },
			unknown: "the given passwords do not open these keystores"},
		{rule: "KEY016", name: "server.xml unread", given: func(s *site) {
			s.serverPasswords("Zebra-7", "Zebra-7")
			s.must(s.fs.Deny("/node2"+xmlFile, true))
		}, unknown: "permission denied"},
		{rule: "KEY016", name: "no secured file", site: single, given: func(s *site) { s.remove("node1", secFile) }, unknown: "does not exist"},
		{rule: "PRP020", name: "no secured file", site: single, given: func(s *site) { s.remove("node1", secFile) }, unknown: "does not exist"},
		{rule: "PRP010", name: "no secured file", site: single, given: func(s *site) { s.remove("node1", secFile) }, unknown: "does not exist"},
		{rule: "KEY016", name: "none", site: linked, skip: true},
		{rule: "KEY016", name: "same", given: func(s *site) { s.serverPasswords("Zebra-7", "Zebra-7") }},
		{rule: "KEY016", name: "differ", given: func(s *site) { s.serverPasswords("Zebra-7", "Zebra-8") },
			want: []string{"warning node1: server.key.password is not the same password as server.keystore.password", "warning node2: server.key.password"}},
		{rule: "KEY016", name: "both asked for", site: single, given: func(s *site) {
			s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
				if q.Property == "server.key.password" {
					return "Zebra-7", nil
				}
				return "changeit", nil
			}
		}, want: []string{"warning node1: server.key.password"}},
		{rule: "KEY016", name: "keyPass", site: linked, given: func(s *site) {
			s.edit("node1", xmlFile, `keystorePass=`, `keyPass="Zebra-7" keystorePass=`)
		}, want: []string{"info node1: keyPass is not the same password as keystorePass"}},
		{rule: "KEY016", name: "keyPass by reference", given: func(s *site) {
			s.serverPasswords("Zebra-7", "Zebra-7")
			s.edit("node1", xmlFile, `keystorePass=`, `keyPass="${tomcat.keystore.password}" keystorePass=`)
		}},
	}
}

func (s *site) serverPasswords(store, key string) {
	for _, n := range []string{"node1", "node2"} {
		s.setIn(secFile, n, "server.keystore.password", store)
		s.setIn(secFile, n, "server.key.password", key)
	}
}

// TestKeyPassPosition: a password in server.xml is found by its line.
func TestKeyPassPosition(t *testing.T) {
	s := linked(t)
	s.edit("node1", xmlFile, `keystorePass=`, `keyPass="Zebra-7" keystorePass=`)
	r := s.check(check.Options{Only: []string{"KEY016"}})
	if len(r.Findings) != 1 || r.Findings[0].Path != xmlFile || r.Findings[0].Pos.Line < 2 {
		t.Errorf("%+v", r.Findings)
	}
}
