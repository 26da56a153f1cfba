package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
)

func databaseDefects() []defect {
	return []defect{
		{rule: "DBS001", name: "Derby on one member", seed: func(s *site) {
			s.set("node2", dbType, "derby")
			s.set("node2", dbURL, "jdbc:derby://localhost:11377/data")
			s.set("node2", driver, "org.apache.derby.jdbc.ClientDriver")
		}, want: []string{"DBS001 error node2"}},
		{rule: "DBS002", name: "the database it was installed with", seed: func(s *site) {
			s.set("node3", dbURL, "jdbc:mysql://db.example.com:3306/trial")
		}, want: []string{"DBS002 error node3"}},
		{rule: "DBS002", name: "another kind of database", seed: func(s *site) {
			s.set("node3", dbType, "sqlserver")
			s.set("node3", dbURL, "jdbc:sqlserver://db.example.com:1433;DatabaseName=ibm_ucd")
			s.set("node3", driver, "com.microsoft.sqlserver.jdbc.SQLServerDriver")
			s.remove("node3", install+"/lib/ext/mysql-connector-java-5.1.49.jar")
			s.write("node3", install+"/lib/ext/mssql-jdbc-7.4.1.jre8.jar", "PK")
		}, want: []string{"DBS002 error node3"}},
		{rule: "DBS002", name: "another name of the host", seed: func(s *site) {
			s.set("node3", dbURL, "jdbc:mysql://db2.example.com:3306/ibm_ucd")
		}, want: []string{"DBS002 warning node3"}},
		{rule: "DBS003", name: "loopback everywhere", seed: func(s *site) {
			for _, n := range []string{"node1", "node2", "node3"} {
				s.set(n, dbURL, "jdbc:mysql://localhost:3306/ibm_ucd")
			}
		}, want: []string{"DBS003 error node1", "DBS003 error node2", "DBS003 error node3"}},
		{rule: "DBS003", name: "loopback on one member", seed: func(s *site) {
			s.set("node2", dbURL, "jdbc:mysql://localhost:3306/ibm_ucd")
		}, want: []string{"DBS003 warning node2"}},
		{rule: "DBS004", name: "PostgreSQL", seed: func(s *site) {
			for _, n := range []string{"node1", "node2", "node3"} {
				s.set(n, dbType, "postgres")
				s.set(n, dbURL, "jdbc:postgresql://db.example.com:5432/ibm_ucd")
				s.set(n, driver, "org.postgresql.Driver")
			}
		}, want: []string{"DBS004 error node1", "DBS004 error node2", "DBS004 error node3"}},
		{rule: "DBS005", name: "the driver of another product", seed: func(s *site) {
			for _, n := range []string{"node1", "node2", "node3"} {
				s.set(n, driver, "oracle.jdbc.driver.OracleDriver")
			}
		}, want: []string{"DBS005 warning node1", "DBS005 warning node2", "DBS005 warning node3"}},
		{rule: "DBS006", name: "no driver", seed: func(s *site) {
			s.remove("node2", install+"/lib/ext/mysql-connector-java-5.1.49.jar")
		}, want: []string{"DBS006 error node2"}},
		{rule: "DBS006", name: "another driver", seed: func(s *site) { s.write("node2", install+"/lib/ext/ojdbc8.jar", "PK") },
			want: []string{"DBS006 warning node2"}},
	}
}

func balancerDefects() []defect {
	lb := func(change func(*cluster.LoadBalancer)) func(*site) {
		return func(s *site) { change(s.topo.Facts.LoadBalancer) }
	}
	return []defect{
		{rule: "LBR001", name: "no affinity", seed: lb(func(b *cluster.LoadBalancer) { b.Affinity = declare(false) }), want: []string{"LBR001 error"}},
		{rule: "LBR002", name: "HTTPS is not forwarded", seed: lb(func(b *cluster.LoadBalancer) { b.Ports = []int{8080} }), want: []string{"LBR002 error node1"}},
		{rule: "LBR002", name: "one member moved its HTTPS port", seed: func(s *site) { s.set("node2", "install.server.web.https.port", "9443") },
			want: []string{"LBR002 error node2", "PRP011 warning node2"}},
		{rule: "LBR003", name: "JMS is balanced", base: jmsEra, seed: lb(func(b *cluster.LoadBalancer) { b.JMS = declare(true) }), want: []string{"LBR003 error node1"}},
		{rule: "LBR004", name: "a member's own host", seed: func(s *site) { s.set("node2", "install.server.web.host", "node2.example.com") },
			want: []string{"LBR004 warning node2"}},
		{rule: "LBR006", name: "agents are sent to the first member", seed: func(s *site) {
			s.topo.Facts.Settings.ExternalAgentURL = "https://node1.example.com:8443"
		}, want: []string{"LBR006 error"}},
		{rule: "LBR007", name: "agents come by the balancer", seed: lb(func(b *cluster.LoadBalancer) { b.WebSocket = declare(true) }), want: []string{"LBR007 info node1"}},
	}
}

func networkDefects() []defect {
	const uri = "agentcomm.uri"
	return []defect{
		{rule: "NET005", name: "a wall between two members", seed: func(s *site) {
			s.topo.Facts.Network.Unreachable = []cluster.Link{{From: "node2", To: "node3"}}
		}, want: []string{"NET005 error node2"}},
		{rule: "NET001", name: "no address", seed: func(s *site) { s.unset("node2", uri) }, want: []string{"NET001 error node2"}},
		{rule: "NET001", name: "loopback", seed: func(s *site) { s.set("node2", uri, "wss://localhost:7919") }, want: []string{"NET001 error node2"}},
		{rule: "NET001", name: "the balancer", seed: func(s *site) { s.set("node2", uri, "wss://ucd.example.com:7919") }, want: []string{"NET001 error node2"}},
		{rule: "NET002", name: "copied from another member", seed: func(s *site) { s.set("node3", uri, "wss://node1.example.com:7919") },
			want: []string{"NET002 error node3"}},
		{rule: "NET003", name: "one port for two", seed: func(s *site) { s.set("node3", uri, "wss://node3.example.com:8443") },
			want: []string{"NET003 error node3"}},
		{rule: "NET004", name: "two on one machine", seed: func(s *site) { s.topo.Nodes[2].Host = "node2.example.com" },
			want: []string{"NET004 warning node3"}},
	}
}

func operationDefects() []defect {
	const pid = install + "/var/server.pid"
	return []defect{
		{rule: "OPS001", name: "a server runs", seed: func(s *site) { s.write("node2", pid, "4711") }, want: []string{"OPS001 info node2"}},
		{rule: "OPS002", name: "the standby runs", base: withStandby, seed: func(s *site) {
			s.topo.Nodes[2].Running = nil
			s.write("node3", pid, "4711")
		}, want: []string{"OPS002 error node3"}},
		{rule: "OPS003", name: "no online backup", seed: func(s *site) { s.topo.Facts.Backups.Online = declare(false) }, want: []string{"OPS003 warning"}},
		{rule: "OPS004", name: "a copied installation", seed: func(s *site) {
			s.remove("node3", install)
			s.copyTree("/node2"+install, "/node3"+install)
			s.set("node3", "agentcomm.uri", "wss://node3.example.com:7919")
		}, want: []string{"OPS004 error node3"}},
		{rule: "OPS004", name: "a copied identity keystore", seed: func(s *site) {
			const identity = install + "/conf/server/s2s-client-identity.keystore"
			s.write("node3", identity, s.read("node2", identity))
		}, want: []string{"OPS004 warning node3"}},
		{rule: "OPS005", name: "one license server", seed: func(s *site) { s.topo.Facts.LicenseHA = declare(false) }, want: []string{"OPS005 info"}},
		{rule: "OPS006", name: "the standby starts by itself", base: withStandby, seed: func(s *site) { s.topo.Nodes[2].Autostart = declare(true) },
			want: []string{"OPS006 warning node3"}},
		{rule: "OPS008", name: "users of a front end are not accepted", base: withFrontEnd, seed: func(s *site) { s.unset("node2", "server.userIdAuthScheme.enabled") },
			want: []string{"OPS008 error node2"}},
		{rule: "OPS009", name: "a storage that lags behind", seed: func(s *site) {
			s.topo.Facts.Replication.Storage = cluster.ReplicationAsynchronous
		}, want: []string{"OPS009 error"}},
		{rule: "OPS007", name: "no offline backup", seed: func(s *site) { s.topo.Facts.Backups.Offline = declare(false) }, want: []string{"OPS007 warning"}},
	}
}

// withFrontEnd is the corpus's cluster with node3 as a distributed front end.
func withFrontEnd(t testing.TB) *site {
	t.Helper()
	s := three(t, corpusVersion)
	s.topo.Nodes[2].Role = cluster.RoleFrontEnd
	for _, n := range []string{"node1", "node2", "node3"} {
		s.set(n, "server.userIdAuthScheme.enabled", "true")
	}
	return s
}
