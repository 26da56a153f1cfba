package check_test

import (
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
)

// balance declares a sound balancer with TLS ending at the servers; change
// edits it.
func balance(change func(lb *cluster.LoadBalancer)) func(s *site) {
	return func(s *site) {
		lb := &cluster.LoadBalancer{
			Host: "ucd.example.com", URLs: []string{"https://ucd.example.com"},
			Affinity: declare(true), Ports: []int{8080, 8443}, TLSEnds: cluster.TLSAtServers,
		}
		if change != nil {
			change(lb)
		}
		s.topo.Facts.LoadBalancer = lb
	}
}

// ports is a balancer that forwards to these ports and no others.
func ports(ends cluster.TLSEnd, list ...int) func(s *site) {
	return balance(func(lb *cluster.LoadBalancer) { lb.Ports, lb.TLSEnds = list, ends })
}

// and does one after the other.
func and(steps ...func(s *site)) func(s *site) {
	return func(s *site) {
		for _, f := range steps {
			f(s)
		}
	}
}

func balancerCases() []ruleCase {
	return slices.Concat(balancerPortCases(), balancerAddressCases(), []ruleCase{
		{rule: "LBR001", name: "kept", given: balance(nil)},
		{rule: "LBR001", name: "no balancer", unknown: "what the load balancer does is not declared"},
		{rule: "LBR001", name: "none", given: balance(func(lb *cluster.LoadBalancer) { lb.Affinity = declare(false) }),
			want: []string{"error : the load balancer has no session affinity"}},
		{rule: "LBR001", name: "none, by its configuration", given: balance(func(lb *cluster.LoadBalancer) {
			lb.Affinity, lb.From = declare(false), map[string]string{"affinity": "haproxy.cfg:24"}
		}), want: []string{"error : no session affinity: see haproxy.cfg:24"}},
		{rule: "LBR001", name: "open", given: balance(func(lb *cluster.LoadBalancer) {
			lb.Affinity, lb.Open = nil, map[string]string{"affinity": "haproxy.cfg:11: requests of one client"}
		}), unknown: "is not clear: haproxy.cfg:11: requests of one client"},
		{rule: "LBR001", name: "not declared", given: balance(func(lb *cluster.LoadBalancer) { lb.Affinity = nil }), unknown: "keeps sessions"},
	})
}

func balancerPortCases() []ruleCase {
	const httpPort, httpsPort = "install.server.web.port", "install.server.web.https.port"
	const atServers, atBalancer = cluster.TLSAtServers, cluster.TLSAtBalancer
	set := func(node, key, value string) func(s *site) { return func(s *site) { s.set(node, key, value) } }
	version72 := func(s *site) {
		for _, n := range []string{"node1", "node2"} {
			s.write(n, versionFile, versionText("7.2.0.0.1"))
		}
	}
	jms := func(v bool) func(s *site) {
		return balance(func(lb *cluster.LoadBalancer) { lb.JMS = declare(v) })
	}
	return []ruleCase{
		{rule: "LBR002", name: "both", given: balance(nil)},
		{rule: "LBR002", name: "both, end of TLS not declared", given: ports("", 8443, 8080)},
		{rule: "LBR002", name: "not declared", given: ports(atServers), unknown: "which of the members' ports"},
		{rule: "LBR002", name: "HTTPS needed", given: ports(atServers, 8080),
			want: []string{"error node1: TLS ends at the servers, and the load balancer does not forward to 8443, install.server.web.https.port"}},
		{rule: "LBR002", name: "HTTP is the other", given: ports(atServers, 8443),
			want: []string{"warning node1: does not forward to 8080, install.server.web.port"}},
		{rule: "LBR002", name: "neither", given: ports(atServers, 9443),
			want: []string{"error node1: 8443, install.server.web.https.port, nor to 8080"}},
		{rule: "LBR002", name: "HTTP needed", given: ports(atBalancer, 9080),
			want: []string{"error node1: TLS ends at the load balancer, and the load balancer does not forward to 8080, install.server.web.port, nor to 8443"}},
		{rule: "LBR002", name: "encrypted anew", given: ports(atBalancer, 8443), want: []string{"warning node1: 8080"}},
		{rule: "LBR002", name: "HTTPS is the other", given: ports(atBalancer, 8080), want: []string{"warning node1: always.secure is on"}},
		{rule: "LBR002", name: "HTTPS is the other and not used", site: single, given: and(ports(atBalancer, 8080), set("node1", "install.server.web.always.secure", "N")),
			want: []string{"warning node1: does not forward to 8443, install.server.web.https.port"}},
		{rule: "LBR002", name: "a server without HTTPS", given: and(ports(atBalancer, 8080), func(s *site) { s.unset("node1", httpsPort); s.unset("node2", httpsPort) })},
		{rule: "LBR002", name: "a server without HTTPS that has to end TLS", given: and(balance(nil), func(s *site) { s.unset("node2", httpsPort) }),
			unknown: "install.server.web.https.port holds no port"},
		{rule: "LBR002", name: "one member elsewhere", given: and(balance(nil), set("node2", httpsPort, "9443")), want: []string{"error node2: does not forward to 9443"}},
		{rule: "LBR002", name: "end of TLS not declared, one missing", given: ports("", 8443), want: []string{"warning node1: 8080"}, unknown: "where TLS ends"},
		{rule: "LBR002", name: "end of TLS not declared, both missing", given: ports("", 9443), want: []string{"error node1: does not forward to 8443"}},
		{rule: "LBR002", name: "the balancer's own port", given: ports(atServers, 443), unknown: "they are the balancer's own"},
		{rule: "LBR002", name: "the balancer's own port, declared", given: and(ports(atServers, 4443), func(s *site) { s.topo.Facts.LoadBalancer.Listens = []int{4443} }), unknown: "they are the balancer's own"},
		{rule: "LBR002", name: "a member's port 443", given: and(ports(atServers, 443), set("node1", httpsPort, "443")), want: []string{"error node2: does not forward to 8443", "warning node1: does not forward to 8080"}},
		{rule: "LBR002", name: "open", given: balance(func(lb *cluster.LoadBalancer) {
			lb.Ports, lb.Open = nil, map[string]string{"ports": "haproxy.cfg:8: the port is not certain: the environment variable P"}
		}), unknown: "is not clear: haproxy.cfg:8: the port is not certain: the environment variable P"},
		{rule: "LBR002", name: "open addresses", given: balance(func(lb *cluster.LoadBalancer) {
			lb.URLs, lb.Open = nil, map[string]string{"urls": "haproxy.cfg:8: x"}
		}), unknown: "where the load balancer listens is not clear: haproxy.cfg:8: x"},
		{rule: "LBR003", name: "the balancer's own port", given: ports(atServers, 443), unknown: "whether a load balancer forwards to the port of server.jms.port"},
		{rule: "LBR002", name: "no port", given: and(balance(nil), set("node2", httpPort, "http")), unknown: "install.server.web.port holds no port"},
		{rule: "LBR002", name: "a front end has a balancer of its own", given: and(balance(nil), set("node2", httpsPort, "9443"), func(s *site) { s.topo.Nodes[1].Role = cluster.RoleFrontEnd })},

		{rule: "LBR003", name: "alone", given: balance(nil)},
		{rule: "LBR003", name: "declared not to be", given: and(ports(""), func(s *site) { s.topo.Facts.LoadBalancer.JMS = declare(false) })},
		{rule: "LBR003", name: "forwarded", given: ports(atServers, 8080, 8443, 7918), want: []string{"error node1: forwards to the JMS port 7918"}},
		{rule: "LBR003", name: "forwarded, default port", given: and(ports(atServers, 7918), set("node1", "server.jms.port", ""), set("node2", "server.jms.port", "null")),
			want: []string{"error node1: the JMS port 7918"}},
		{rule: "LBR003", name: "port of one member", given: and(ports(atServers, 8080, 8443, 7928), set("node2", "server.jms.port", "7928")), want: []string{"error node2: 7928"}},
		{rule: "LBR003", name: "declared to be", given: jms(true), want: []string{"error node1: forwards to the JMS port 7918"}},
		{rule: "LBR003", name: "declared not to be, and forwarded", given: and(jms(false), func(s *site) {
			s.topo.Facts.LoadBalancer.Ports = []int{7918}
		}), want: []string{"error node1: 7918"}},
		{rule: "LBR003", name: "a clash with a web port is another matter", given: and(balance(nil), set("node1", "server.jms.port", "8443"), set("node2", "server.jms.port", "8443"))},
		{rule: "LBR003", name: "not declared", given: ports(atServers), unknown: "whether a load balancer forwards to the port of server.jms.port"},
		{rule: "LBR003", name: "no JMS any more", given: and(version72, jms(true)), skip: true},

		{rule: "LBR007", name: "not balanced", given: balance(nil)},
		{rule: "LBR007", name: "for agents", given: ports(atServers, 8080, 8443, 7919), want: []string{"info node1: port 7919 of agentcomm.uri"}},
		{rule: "LBR007", name: "declared", given: balance(func(lb *cluster.LoadBalancer) { lb.WebSocket = declare(true) }), want: []string{"info node1: agents and relays"}},
		{rule: "LBR007", name: "not declared", given: ports(atServers), unknown: "the port of agentcomm.uri"},
		{rule: "LBR007", name: "before 7.0", site: linked, given: ports(atServers, 7919), skip: true},
	}
}

func balancerAddressCases() []ruleCase {
	const key = "install.server.web.host"
	urls := func(agent, user string) func(s *site) {
		return and(balance(nil), func(s *site) {
			s.topo.Facts.Settings = &cluster.Settings{ExternalAgentURL: agent, ExternalUserURL: user}
		})
	}
	host := func(name string) func(s *site) {
		return and(balance(nil), func(s *site) { s.set("node2", key, name) })
	}
	noHost := balance(func(lb *cluster.LoadBalancer) { lb.Host, lb.URLs = "", nil })
	const good = "https://UCD.example.com:443/"
	return []ruleCase{
		{rule: "LBR004", name: "balancer", given: balance(nil)},
		{rule: "LBR004", name: "another spelling", given: host("UCD.example.com.:8443")},
		{rule: "LBR004", name: "a name from its URLs", given: and(host("deploy.example.com"), func(s *site) {
			s.topo.Facts.LoadBalancer.URLs = []string{"https://deploy.example.com/"}
		})},
		{rule: "LBR004", name: "own host", given: host("node2.example.com"), edit: "node2 " + key + "=ucd.example.com",
			want: []string{`warning node2: install.server.web.host is "node2.example.com", this member's own host; the load balancer is "ucd.example.com"`}},
		{rule: "LBR004", name: "other member", given: host("NODE1.example.com"), want: []string{"warning node2: the host of node1"}},
		{rule: "LBR004", name: "declared host", given: and(host("big"), func(s *site) { s.topo.Nodes[0].Host = "BIG" }), want: []string{"warning node2: the host of node1"}},
		{rule: "LBR004", name: "loopback", given: host("localhost"), want: []string{"warning node2: only this machine"}},
		{rule: "LBR004", name: "neither", given: host("www.example.com"), want: []string{`warning node2: is "www.example.com"; the load balancer`}},
		{rule: "LBR004", name: "alone", site: single, given: and(balance(nil), func(s *site) { s.set("node1", key, "node1.example.com") }), want: []string{"warning node1: own host"}},
		{rule: "LBR004", name: "unset", given: host(""), unknown: "install.server.web.host is not set"},
		{rule: "LBR004", name: "no name", given: noHost, unknown: "the load balancer's host is not declared"},

		{rule: "LBR006", name: "balancer", given: urls(good, good)},
		{rule: "LBR006", name: "not declared", given: urls("", good), unknown: "External Agent URL of the System Settings is not declared"},
		{rule: "LBR006", name: "no settings", given: balance(nil), unknown: "External User URL of the System Settings is not declared"},
		{rule: "LBR006", name: "no name", given: noHost, unknown: "host is not declared"},
		{rule: "LBR006", name: "a member", given: urls("https://node1.example.com:8443", good),
			want: []string{`error : External Agent URL is at "https://node1.example.com:8443", the host of node1, instead of the load balancer "ucd.example.com"`}},
		{rule: "LBR006", name: "elsewhere", given: urls(good, "http://other.example.com"), want: []string{`error : External User URL is at "http://other.example.com:80" instead of`}},
		{rule: "LBR006", name: "no URL", given: urls("ucd.example.com:8443", good), want: []string{"error : External Agent URL is not an http or https URL"}},
		{rule: "LBR006", name: "a port that is not declared", given: urls(good, "https://ucd.example.com:8443"), want: []string{`warning : External User URL is at "https://ucd.example.com:8443", where`}},
		{rule: "LBR006", name: "open", given: and(urls(good, good), func(s *site) {
			s.topo.Facts.LoadBalancer.URLs, s.topo.Facts.LoadBalancer.Open = nil, map[string]string{"urls": "haproxy.cfg:8: x"}
		}), unknown: "whether the load balancer listens where External Agent URL is, is not clear: haproxy.cfg:8: x"},
		{rule: "LBR006", name: "front ends", given: and(urls(good, "https://front.example.com"), func(s *site) { s.topo.Nodes[1].Role = cluster.RoleFrontEnd }),
			unknown: "may be that of the distributed front ends"},
		{rule: "LBR006", name: "front ends declared", given: and(urls(good, "https://front.example.com"), func(s *site) {
			s.topo.Nodes[1].Role = cluster.RoleFrontEnd
			lb := s.topo.Facts.LoadBalancer
			lb.URLs = append(lb.URLs, "https://front.example.com")
		})},
	}
}
