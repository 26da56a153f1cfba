package check_test

import (
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

func certificateCases() []ruleCase {
	serve := func(store func() string, nodes ...string) func(*site) {
		if len(nodes) == 0 {
			nodes = []string{"node1", "node2"}
		}
		return func(s *site) { s.serve(store(), nodes...) }
	}
	with := func(alias string, leaf func() []byte) func() string {
		return func() string { return jks(key(alias, signed(leaf())...)) }
	}
	ends := func(at cluster.TLSEnd, f func(*site)) func(*site) {
		return func(s *site) {
			f(s)
			s.tlsEnds(at)
		}
	}
	other := serve(with("server", func() []byte { return pki().other }), "node2")
	expired := serve(with("server", func() []byte { return pki().expired }))
	return []ruleCase{
		{rule: "KEY004", name: "same, nothing declared"},
		{rule: "KEY004", name: "alone", site: single, skip: true},
		{rule: "KEY004", name: "same under another alias, chain and format", given: func(s *site) {
			s.world.Password = passwords("changeit")
			s.serve(p12(s.t), "node1")
			leaf := s.load().Members[0]
			cert, err := leaf.ServerCertificate()
			s.must(err)
			s.serve(jks(key("another", cert.Raw, pki().middle)), "node2")
			s.tlsEnds(cluster.TLSAtServers)
		}},
		{rule: "KEY004", name: "different", given: ends(cluster.TLSAtServers, other),
			want: []string{"error node2: serves another certificate than node1, for another key: SHA-256 "}},
		{rule: "KEY004", name: "renewed on one", given: ends(cluster.TLSAtServers, func(s *site) {
			s.serve(good(), "node1")
			s.serve(jks(key("server", signed(pki().renewed)...)), "node2")
		}), want: []string{"error node2: serves another certificate than node1, for the same key: SHA-256 "}},
		{rule: "KEY004", name: "different, nothing declared", given: other, unknown: "it matters where TLS ends at the servers, which is not declared"},
		{rule: "KEY004", name: "different behind a balancer", given: ends(cluster.TLSAtBalancer, other), skip: true},
		{rule: "KEY004", name: "different on a front end", given: ends(cluster.TLSAtServers, func(s *site) {
			other(s)
			s.topo.Nodes[1].Role = cluster.RoleFrontEnd
		}), unknown: "whether a front end needs the servers' certificate"},
		{rule: "KEY004", name: "not opened", given: serve(func() string { return "" }, "node2"), unknown: "the certificate is not known"},
		{rule: "KEY004", name: "sealed", site: newerPair, given: func(s *site) {
			s.serve(p12(s.t), "node2")
			s.set("node2", tlsAlias, "tomcat")
		}, unknown: "the certificate is encrypted; encrypted parts were not read, for want of a password"},
		{rule: "KEY004", name: "several keys", given: func(s *site) {
			s.serve(jks(key("a", pki().leaf), key("b", pki().other)), "node2")
		}, unknown: "the certificate is not known: no alias is given"},
		{rule: "KEY004", name: "several keys in PKCS12, the first of the file", given: ends(cluster.TLSAtServers, func(s *site) {
			s.world.Password = passwords("changeit")
			s.serve(severalKeys(s.t), "node1")
			first, err := s.load().Members[0].ServerCertificate()
			s.must(err)
			s.serve(jks(key("one", first.Raw)), "node2")
		})},
		{rule: "KEY004", name: "server.xml unread", given: func(s *site) { s.must(s.fs.Deny("/node2"+xmlFile, true)) }, unknown: "permission denied"},

		{rule: "KEY005", name: "valid"},
		{rule: "KEY005", name: "TLS at the servers, and no connector", given: func(s *site) {
			s.tlsEnds(cluster.TLSAtServers)
			s.write("node2", xmlFile, "<Server/>")
		}},
		{rule: "KEY005", name: "no clock", given: func(s *site) { s.world.Now = time.Time{} }, unknown: "depends on the date"},
		{rule: "KEY005", name: "expired", given: expired, want: []string{`error node1: the certificate of alias "server" expired on 2026-01-01, 59 days ago`}},
		{rule: "KEY005", name: "expired behind a balancer", given: ends(cluster.TLSAtBalancer, expired), want: []string{"info node1: the certificate"}},
		{rule: "KEY005", name: "soon", given: serve(with("server", func() []byte { return pki().ending }), "node2"),
			want: []string{`warning node2: the certificate of alias "server" expires on 2026-03-21, in 20 days`}},
		{rule: "KEY005", name: "not yet", given: serve(with("server", func() []byte { return pki().future }), "node2"),
			want: []string{"error node2: the certificate of alias \"server\" is not valid before 2027-01-01"}},
		{rule: "KEY005", name: "issuer", given: func(s *site) {
			s.serve(good(), "node1", "node2")
			s.world.Now = time.Date(2027, 12, 20, 0, 0, 0, 0, time.UTC)
		}, want: []string{
			`warning node1: the certificate of alias "server" expires on 2028-01-01`,
			`warning node1: the certificate of alias "server" has in its chain "CN=Test Intermediate", which expires on 2028-01-01`,
		}},
		{rule: "KEY005", name: "server.keystore", given: func(s *site) { s.write("node1", srvFile, jks(key("server", pki().expired))) },
			want: []string{`info node1: the certificate of alias "server" in server.keystore expired`}},
		{rule: "KEY005", name: "not parsed", given: serve(func() string { return jks(key("server", negative(pki().leaf))) }), unknown: "cannot be parsed"},

		{rule: "KEY006", name: "covers"},
		{rule: "KEY006", name: "host with a port", given: func(s *site) { s.set("node1", "install.server.web.host", "UCD.example.com:8443") }},
		{rule: "KEY006", name: "other host", given: func(s *site) { s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "deploy.example.com"} },
			want: []string{`warning node1: the certificate of alias "server" does not cover "deploy.example.com", the load balancer's host: it is for ucd.example.com`}},
		{rule: "KEY006", name: "other web host", given: func(s *site) { s.set("node2", "install.server.web.host", "node2.example.com") },
			want: []string{`warning node2: the certificate of alias "server" does not cover "node2.example.com", install.server.web.host`}},
		{rule: "KEY006", name: "common name", given: serve(with("server", func() []byte { return pki().cn })),
			want: []string{"warning node1: the certificate of alias \"server\" covers \"ucd.example.com\", install.server.web.host, by its common name only"}},
		{rule: "KEY006", name: "star inside a label", given: serve(with("server", func() []byte { return pki().innerStar })),
			want: []string{`warning node1: the certificate of alias "server" covers "ucd.example.com", install.server.web.host, for Java clients only: browsers take a star only as the whole first label`}},
		{rule: "KEY006", name: "underscore", given: func(s *site) {
			s.serve(jks(key("server", signed(pki().underscore)...)), "node1", "node2")
			s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "ucd_1.example.com"}
		}, want: []string{`warning node1: the certificate of alias "server" covers "ucd_1.example.com", the load balancer's host, for browsers only: Java takes no characters but letters, digits and hyphens in a host name`}},
		{rule: "KEY006", name: "behind a balancer", given: ends(cluster.TLSAtBalancer, other), skip: true},
		{rule: "KEY006", name: "no host", given: func(s *site) { s.unset("node2", "install.server.web.host") }, unknown: "which host users open is not known"},

		{rule: "KEY007", name: "own", given: serve(good)},
		{rule: "KEY007", name: "the installer's", want: []string{`info node1: alias "server" has the self-signed certificate that the installer makes`}},
		{rule: "KEY007", name: "behind a balancer", given: ends(cluster.TLSAtBalancer, func(*site) {}), skip: true},

		{rule: "KEY010", name: "strong"},
		{rule: "KEY010", name: "weak", given: serve(with("server", func() []byte { return pki().weak })),
			want: []string{`warning node1: alias "server" is weak: `}},
		{rule: "KEY010", name: "weak server.keystore", given: func(s *site) { s.write("node1", srvFile, jks(key("server", pki().weak))) },
			want: []string{`info node1: alias "server" in server.keystore is weak: EC key of 224 bits; agents and other members know the server by this key`}},
		{rule: "KEY010", name: "unknown kind of key", given: serve(with("server", func() []byte { return unknownKind(pki().leaf) })),
			unknown: `how strong certificate 1 of alias "server" is cannot be told: its kind of key or signature is not known`},

		{rule: "KEY013", name: "self-signed"},
		{rule: "KEY013", name: "complete", given: serve(good)},
		{rule: "KEY013", name: "with the root", given: serve(func() string { return jks(key("server", pki().leaf, pki().middle, pki().root)) })},
		{rule: "KEY013", name: "out of order", given: serve(func() string { return jks(key("server", pki().leaf, pki().root, pki().middle)) }),
			want: []string{`warning node1: the chain of alias "server" is out of order: certificate 1 is not issued by the next one (its issuer has another name)`}},
		{rule: "KEY013", name: "leaf alone", given: serve(func() string { return jks(key("server", pki().leaf)) }),
			want: []string{`warning node1: the chain of alias "server" ends with the certificate itself: clients that do not know its issuer "CN=Test Intermediate"`}},
	}
}

// keyCases are those of the rules about keystores.
func keyCases() []ruleCase {
	return append(append(aliasCases(), encryptionCases()...), certificateCases()...)
}
