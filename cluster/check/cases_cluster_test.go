package check_test

import (
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

const (
	dbURL  = "hibernate.connection.url"
	dbType = "database.type"
	driver = "hibernate.connection.driver_class"
)

func databaseCases() []ruleCase {
	return []ruleCase{
		{rule: "DBS001", name: "mysql"},
		{rule: "DBS001", name: "derby", site: single, given: func(s *site) { s.set("node1", dbType, "Derby") },
			want: []string{"error node1: Derby, which members cannot share"}},
		{rule: "DBS001", name: "derby by its URL", site: single, given: func(s *site) {
			s.unset("node1", dbType)
			s.set("node1", dbURL, "jdbc:derby://localhost:11377/data")
		}, want: []string{"error node1: Derby"}},

		{rule: "DBS002", name: "one"},
		{rule: "DBS002", name: "alone", site: single, skip: true},
		{rule: "DBS002", name: "other database", given: func(s *site) { s.set("node2", dbURL, "jdbc:mysql://db.example.com:3306/test") },
			want: []string{`error node2: uses another database than node1: database "test", not "ibm_ucd"`}},
		{rule: "DBS002", name: "other host", given: func(s *site) { s.set("node2", dbURL, "jdbc:mysql://db2.example.com:3306/ibm_ucd") },
			want: []string{`warning node2: names the database host as "db2.example.com:3306", while node1 names it "db.example.com:3306"`}},
		{rule: "DBS002", name: "options only", given: func(s *site) {
			s.set("node2", dbURL, "jdbc:mysql://DB.example.com:3306/ibm_ucd?useSSL=true")
		}},
		{rule: "DBS002", name: "other schema", given: func(s *site) {
			for _, n := range []string{"node1", "node2"} {
				s.set(n, dbType, "oracle")
				s.set(n, dbURL, "jdbc:oracle:thin:@db.example.com:1521:UCD")
			}
			s.set("node2", "hibernate.default_schema", "OTHER")
		}, want: []string{`error node2: schema "OTHER"`}},
		{rule: "DBS002", name: "default port", given: func(s *site) { s.set("node2", dbURL, "jdbc:mysql://db.example.com/ibm_ucd") }},
		{rule: "DBS002", name: "default port of SQL Server", given: urls("sqlserver", "jdbc:sqlserver://db:1433;databaseName=ucd", "jdbc:sqlserver://db;databaseName=ucd")},
		{rule: "DBS002", name: "an instance has a port of its own", given: urls("sqlserver", `jdbc:sqlserver://db\one:1433;databaseName=ucd`, `jdbc:sqlserver://db\one;databaseName=ucd`),
			want: []string{`warning node2: names the database host as "db\\one", while node1 names it "db:1433"`}},
		{rule: "DBS002", name: "no port at all", given: urls("db2", "jdbc:db2://a/ucd", "jdbc:db2://b/ucd"), want: []string{`warning node2: names the database host as "b", while`}},
		{rule: "DBS002", name: "letter case of Db2", given: urls("db2", "jdbc:db2://db:50000/UCD", "jdbc:db2://db:50000/ucd")},
		{rule: "DBS002", name: "letter case of MySQL", given: urls("mysql", "jdbc:mysql://db/UCD", "jdbc:mysql://db/ucd"), want: []string{"warning node2: letter case"}},
		{rule: "DBS002", name: "SID and service", given: urls("oracle", "jdbc:oracle:thin:@db:1521:UCD", "jdbc:oracle:thin:@//db:1521/deploy"),
			want: []string{"warning node2: one is a SID and the other a service"}},
		{rule: "DBS002", name: "SID and service of one name", given: urls("oracle", "jdbc:oracle:thin:@db:1521:UCD", "jdbc:oracle:thin:@//db/ucd")},
		{rule: "DBS002", name: "service with its domain", given: urls("oracle", "jdbc:oracle:thin:@//db/ucd", "jdbc:oracle:thin:@//db/ucd.example.com"),
			want: []string{"warning node2: with its domain"}},
		{rule: "DBS002", name: "other SID", given: urls("oracle", "jdbc:oracle:thin:@db:1521:UCD", "jdbc:oracle:thin:@db:1521:TEST"),
			want: []string{`error node2: database "test", not "ucd"`}},
		{rule: "DBS002", name: "Db2 for z/OS", given: and(urls("db2zos", "jdbc:db2://db:446/LOC", "jdbc:db2://db:446/LOC"), func(s *site) {
			s.set("node1", "database.databasename", "A")
			s.set("node2", "database.databasename", "B")
		}), want: []string{`error node2: uses another database than node1: database.databasename "B", not "A"`}},
		{rule: "DBS002", name: "unread form", given: func(s *site) { s.set("node2", dbURL, "jdbc:weird:thing") }, unknown: "has a form that this library does not read"},

		{rule: "DBS003", name: "named"},
		{rule: "DBS003", name: "loopback", site: single, given: func(s *site) { s.set("node1", dbURL, "jdbc:sqlserver://127.0.0.1:1433;DatabaseName=ucd") },
			want: []string{`warning node1: the database host is "127.0.0.1"`}},
		{rule: "DBS003", name: "unset", site: single, given: func(s *site) { s.unset("node1", dbURL) }, unknown: "not set"},
		{rule: "DBS003", name: "derby", site: single, given: func(s *site) { s.set("node1", dbType, "derby") }, skip: true},

		{rule: "DBS004", name: "mysql"},
		{rule: "DBS004", name: "postgres", site: single, given: func(s *site) { s.set("node1", dbType, "postgres") },
			want: []string{"error node1: the installer refuses it"}},
		{rule: "DBS004", name: "postgres before 7.0", site: linked, given: func(s *site) { s.set("node1", dbType, "postgres") }},
		{rule: "DBS004", name: "postgres in 8.x", site: single, given: func(s *site) {
			s.set("node1", dbType, "postgres")
			s.write("node1", versionFile, versionText("8.0.1.0.1"))
		}, unknown: "is not known"},
		{rule: "DBS004", name: "unset", site: single, given: func(s *site) { s.unset("node1", dbType) }, unknown: "database.type is not set"},

		{rule: "DBS005", name: "fits"},
		{rule: "DBS005", name: "mariadb driver", site: single, given: func(s *site) { s.set("node1", driver, "org.mariadb.jdbc.Driver") }},
		{rule: "DBS005", name: "other driver", site: single, given: func(s *site) { s.set("node1", driver, "oracle.jdbc.driver.OracleDriver") },
			want: []string{`warning node1: the driver "oracle.jdbc.driver.OracleDriver" is one of oracle and the URL is one of mysql`}},
		{rule: "DBS005", name: "other type", site: single, given: func(s *site) { s.set("node1", dbType, "db2zos") },
			want: []string{`warning node1: database.type is "db2" and the URL is one of mysql`}},
		{rule: "DBS005", name: "unknown driver", site: single, given: func(s *site) { s.set("node1", driver, "com.example.Driver") }, unknown: "cannot be compared"},

		{rule: "DBS006", name: "same"},
		{rule: "DBS006", name: "none", given: func(s *site) {
			s.remove("node2", install+"/lib/ext")
			s.must(s.fs.Mkdir("/node2"+install+"/lib/ext", 0o755))
		},
			want: []string{"error node2: holds no jar"}},
		{rule: "DBS006", name: "no folder", given: func(s *site) { s.remove("node2", install+"/lib/ext") },
			want: []string{"error node2: holds no jar"}},
		{rule: "DBS006", name: "different", given: func(s *site) { s.write("node2", install+"/lib/ext/ojdbc8.jar", "x") },
			want: []string{"warning node2: holds mysql-connector-java-5.1.49.jar, ojdbc8.jar, while that of node1 holds"}},
		{rule: "DBS006", name: "another size", given: func(s *site) {
			s.write("node1", install+"/lib/ext/ojdbc8.jar", "PK")
			s.write("node2", install+"/lib/ext/ojdbc8.jar", "PK, and more")
		}, want: []string{"warning node2: has 12 bytes, while that of node1 has 2: they are different files of one name"}},
		{rule: "DBS006", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/node2"+install+"/lib/ext", true)) }, unknown: "permission denied"},
		{rule: "DBS006", name: "derby", site: single, given: func(s *site) { s.set("node1", dbType, "derby") }, skip: true},
	}
}

// urls gives the two members of a pair a database URL each.
func urls(kind, first, second string) func(s *site) {
	return func(s *site) {
		s.t.Helper()
		for n, url := range map[string]string{"node1": first, "node2": second} {
			s.set(n, dbType, kind)
			s.set(n, dbURL, url)
			s.set(n, driver, "")
		}
	}
}

func networkCases() []ruleCase {
	const uri = "agentcomm.uri"
	return []ruleCase{
		{rule: "NET001", name: "own"},
		{rule: "NET001", name: "before 7.0", site: linked, skip: true},
		{rule: "NET001", name: "missing", given: func(s *site) { s.unset("node2", uri) }, want: []string{"error node2: agentcomm.uri is not set"}},
		{rule: "NET001", name: "missing and alone", site: single, given: func(s *site) { s.unset("node1", uri) }, want: []string{"warning node1: agentcomm.uri is not set"}},
		{rule: "NET001", name: "scheme", given: func(s *site) { s.set("node2", uri, "https://node2.example.com:7919") }, want: []string{"error node2: only wss is accepted"}},
		{rule: "NET001", name: "no URL", given: func(s *site) { s.set("node2", uri, "node2:7919") }, want: []string{"error node2: is not of the form"}},
		{rule: "NET001", name: "loopback", given: func(s *site) { s.set("node2", uri, "wss://localhost:7919") }, want: []string{`error node2: names the host "localhost"`}},
		{rule: "NET001", name: "loopback and alone", site: single, given: func(s *site) { s.set("node1", uri, "wss://[::1]:7919") }, want: []string{"info node1: only as long as there is one server"}},
		{rule: "NET001", name: "no port", given: func(s *site) { s.set("node2", uri, "wss://node2.example.com") }, want: []string{"warning node2: without a port"}},
		{rule: "NET001", name: "balancer", given: func(s *site) {
			s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "UCD.example.com"}
			s.set("node2", uri, "wss://ucd.example.com:7919")
		}, want: []string{"error node2: names the load balancer"}},
		{rule: "NET001", name: "balancer declared as a URL", given: func(s *site) {
			s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "https://UCD.example.com:8443/"}
			s.set("node2", uri, "wss://ucd.example.com:7919")
		}, want: []string{"error node2: names the load balancer"}},
		{rule: "NET001", name: "balancer declared with a port", given: func(s *site) {
			s.topo.Facts.LoadBalancer = &cluster.LoadBalancer{Host: "[2001:DB8::1]:8443"}
			s.set("node2", uri, "wss://[2001:db8::1]:7919")
		}, want: []string{"error node2: names the load balancer"}},
		{rule: "NET001", name: "no version", given: func(s *site) { s.write("node2", versionFile, versionText("hello world")) },
			unknown: `"hello world", which is not a version`},
		{rule: "NET001", name: "version unknown", given: func(s *site) { s.must(s.fs.Deny("/node2"+versionFile, true)) }, unknown: "permission denied"},

		{rule: "NET002", name: "own"},
		{rule: "NET002", name: "alone", site: single, skip: true},
		{rule: "NET002", name: "shared", given: func(s *site) { s.set("node2", uri, "wss://NODE1.example.com:7919") },
			want: []string{`error node2: agentcomm.uri is "node1.example.com:7919", as on node1`}},

		{rule: "NET003", name: "apart"},
		{rule: "NET003", name: "agentcomm on the HTTPS port", site: single, given: func(s *site) { s.set("node1", uri, "wss://node1.example.com:8443") },
			want: []string{"error node1: agentcomm.uri uses port 8443, and so does install.server.web.https.port"}},

		{rule: "NET003", name: "a word for a port", site: single, given: func(s *site) { s.set("node1", "install.server.web.port", "eighty") },
			unknown: `install.server.web.port is "eighty", which is not a number`},
		{rule: "NET003", name: "a port that there is not", site: single, given: func(s *site) { s.set("node1", "install.server.web.port", "99999") },
			want: []string{"error node1: install.server.web.port is 99999"}},
		{rule: "NET003", name: "JMS on the HTTP port", site: jmsPair, given: func(s *site) { s.set("node1", "server.jms.port", "8080") },
			want: []string{"error node1: server.jms.port uses port 8080, and so does install.server.web.port"}},
		{rule: "NET003", name: "JMS on the HTTP port, where it may be gone", site: newest, given: func(s *site) { s.set("node1", "server.jms.port", "8080") },
			want: []string{"warning node1: server.jms.port uses port 8080, and so does install.server.web.port"}},
		{rule: "NET003", name: "agentcomm before there was any", site: jmsPair, given: func(s *site) { s.set("node1", uri, "wss://node1.example.com:8443") }},
		{rule: "NET003", name: "a zero before it", site: single, given: func(s *site) { s.set("node1", "install.server.web.port", "08443") },
			want: []string{"error node1: install.server.web.https.port uses port 8443, and so does install.server.web.port"}},

		{rule: "NET004", name: "apart"},
		{rule: "NET004", name: "declared", given: func(s *site) { s.topo.Nodes[0].Host, s.topo.Nodes[1].Host = "big", "BIG" },
			want: []string{`warning node2: the member is on the machine "big", and so is node1`}},
		{rule: "NET004", name: "by address", given: func(s *site) { s.set("node2", uri, "wss://node1.example.com:7920") },
			want: []string{"warning node2: the member is on the machine"}},
		{rule: "NET004", name: "not known", given: func(s *site) { s.set("node2", uri, "wss://localhost:7919") }, unknown: "which machine"},
		{rule: "NET004", name: "alone", site: single, skip: true},
		{rule: "NET004", name: "beside the balancer", given: and(balance(nil), func(s *site) { s.topo.Nodes[0].Host = "UCD.example.com." }),
			want: []string{`warning node1: the load balancer "ucd.example.com" runs on this member's machine`}},
		{rule: "NET004", name: "beside the balancer, with its port", given: and(balance(func(lb *cluster.LoadBalancer) { lb.Listens = []int{8443} }), func(s *site) { s.topo.Nodes[0].Host = "ucd.example.com" }),
			want: []string{`warning node1: both listen on port 8443`}},
		{rule: "NET001", name: "beside the balancer", given: and(balance(nil), func(s *site) {
			s.topo.Nodes[1].Host = "ucd.example.com"
			s.set("node2", uri, "wss://ucd.example.com:7919")
		})},

		{rule: "NET005", name: "reached, and one time", given: reach(cluster.Network{MembersReachable: declare(true)}, 5*time.Minute, 0)},
		{rule: "NET005", name: "alone", site: single, skip: true},
		{rule: "NET005", name: "reach not declared", given: reach(cluster.Network{}, 0, 0), unknown: "whether the members reach each other"},
		{rule: "NET005", name: "clocks not declared", given: reach(cluster.Network{MembersReachable: declare(true)}), unknown: "how far the members' clocks are apart"},
		{rule: "NET005", name: "one clock not declared", given: reach(cluster.Network{MembersReachable: declare(true)}, 0), unknown: "not declared: node2"},
		{rule: "NET005", name: "one way", given: reach(cluster.Network{MembersReachable: declare(true), Unreachable: []cluster.Link{{From: "node1", To: "node2"}}}, 0, 0),
			want: []string{`error node1: does not reach node2 at "node2.example.com:7919"`}},
		{rule: "NET005", name: "not all", given: reach(cluster.Network{MembersReachable: declare(false)}, 0, 0), want: []string{"error : do not all reach each other"}},
		{rule: "NET005", name: "no such node", given: reach(cluster.Network{MembersReachable: declare(true), Unreachable: []cluster.Link{{From: "node1", To: "node9"}}}, 0, 0),
			unknown: "facts.network.unreachable[0] does not name two nodes"},
		{rule: "NET005", name: "a standby does not listen", given: and(reach(cluster.Network{MembersReachable: declare(true), Unreachable: []cluster.Link{{From: "node1", To: "node2"}}}, 0), func(s *site) {
			s.topo.Nodes[1].Role = cluster.RoleStandby
		})},
		{rule: "NET005", name: "clocks apart", given: reach(cluster.Network{MembersReachable: declare(true)}, -3*time.Minute, 2*time.Minute+time.Second),
			want: []string{"warning node2: the clock of node2 is 5m1s ahead of that of node1; agents that encrypt JMS"}},
		{rule: "NET005", name: "clocks centuries apart", given: reach(cluster.Network{MembersReachable: declare(true)}, 1<<62, -1<<62-1), want: []string{"warning node1: centuries"}},
		{rule: "NET005", name: "clocks apart without JMS", given: and(reach(cluster.Network{MembersReachable: declare(true)}, 0, time.Hour), func(s *site) {
			for _, n := range []string{"node1", "node2"} {
				s.write(n, versionFile, versionText("7.2.0.0.1"))
			}
		}), want: []string{"info node2: 1h0m0s ahead"}},
	}
}

func operationCases() []ruleCase {
	standby := func(s *site) { s.topo.Nodes[1].Role = cluster.RoleStandby }
	const pid = install + "/var/server.pid"
	return []ruleCase{
		{rule: "OPS001", name: "stopped"},
		{rule: "OPS001", name: "pid", given: func(s *site) { s.write("node1", pid, "1") }, want: []string{"info node1: exists: the server runs, or was killed"}},
		{rule: "OPS001", name: "declared running", given: func(s *site) { s.topo.Nodes[0].Running = declare(true) }, want: []string{"info node1: declared as running"}},
		{rule: "OPS001", name: "left over", given: func(s *site) { s.write("node1", pid, "1"); s.topo.Nodes[0].Running = declare(false) },
			want: []string{"info node1: although the server is declared as stopped"}},

		{rule: "OPS002", name: "stopped", given: standby},
		{rule: "OPS002", name: "no standby", skip: true},
		{rule: "OPS002", name: "runs", given: func(s *site) { standby(s); s.write("node2", pid, "1") }, want: []string{"error node2: the cold standby runs"}},
		{rule: "OPS002", name: "declared", given: func(s *site) { standby(s); s.topo.Nodes[1].Running = declare(true) }, want: []string{"error node2: declared as running"}},

		{rule: "OPS002", name: "left over", given: func(s *site) {
			standby(s)
			s.write("node2", pid, "1")
			s.topo.Nodes[1].Running = declare(false)
		}, want: []string{"warning node2: although the cold standby is declared as stopped"}},

		{rule: "OPS003", name: "declared"},
		{rule: "OPS003", name: "not declared", given: func(s *site) { s.topo.Facts.Backups.Online = nil }, unknown: "online backup"},
		{rule: "OPS003", name: "none", given: func(s *site) { s.topo.Facts.Backups.Online = declare(false) }, want: []string{"warning : there is no online backup"}},

		{rule: "OPS004", name: "own"},
		{rule: "OPS004", name: "alone", site: single, skip: true},
		{rule: "OPS004", name: "no marks", given: func(s *site) {
			for _, key := range []string{"server.unique.id", "server.brokerId", "agentcomm.keystore"} {
				s.unset("node1", key)
				s.unset("node2", key)
			}
		}, unknown: "nothing is known by which this installation is told from another"},
		{rule: "OPS004", name: "one mark", given: func(s *site) { s.copyKey("server.unique.id") }, want: []string{"warning node2: the member and node1 have in common: server.unique.id"}},
		{rule: "OPS004", name: "two marks", given: func(s *site) { s.copyKey("server.unique.id"); s.copyKey("server.brokerId") },
			want: []string{"error node2: server.unique.id, server.brokerId; it is a copied installation"}},
		{rule: "OPS004", name: "endpoint ids are alike everywhere", given: func(s *site) { s.copyKey("server.endpointId") }},

		{rule: "OPS005", name: "declared"},
		{rule: "OPS005", name: "not declared", given: func(s *site) { s.topo.Facts.LicenseHA = nil }, unknown: "license server"},
		{rule: "OPS005", name: "single", given: func(s *site) { s.topo.Facts.LicenseHA = declare(false) }, want: []string{"info : not highly available"}},
		{rule: "OPS005", name: "one server", given: license("27000@license1"), want: []string{"info : there is one license server"}},
		{rule: "OPS005", name: "two servers", given: license("27000@license1", "27000@license2")},

		{rule: "OPS006", name: "manual", given: func(s *site) { standby(s); s.topo.Nodes[1].Autostart = declare(false) }},
		{rule: "OPS006", name: "automatic", given: func(s *site) { standby(s); s.topo.Nodes[1].Autostart = declare(true) }, want: []string{"warning node2: starts with its machine"}},
		{rule: "OPS006", name: "not declared", given: standby, unknown: "is not declared"},

		{rule: "OPS007", name: "declared"},
		{rule: "OPS007", name: "not declared", given: func(s *site) { s.topo.Facts.Backups.Offline = nil }, unknown: "offline backup"},
		{rule: "OPS007", name: "none", given: func(s *site) { s.topo.Facts.Backups.Offline = declare(false) }, want: []string{"warning : there is no offline backup"}},

		{rule: "OPS008", name: "no front end", skip: true},
		{rule: "OPS008", name: "not set", given: frontEnd, want: []string{"error node1: server.userIdAuthScheme.enabled is not set"}, edit: "node1 server.userIdAuthScheme.enabled=true"},
		{rule: "OPS008", name: "off", given: and(frontEnd, func(s *site) { s.set("node1", authScheme, "yes") }), want: []string{`error node1: is "yes"`}},
		{rule: "OPS008", name: "on", given: and(frontEnd, func(s *site) { s.set("node1", authScheme, "TRUE") })},
		{rule: "OPS008", name: "before there were front ends", site: linked, given: func(s *site) { s.topo.Nodes[0].Role = cluster.RoleFrontEnd }, skip: true},

		{rule: "OPS009", name: "none and synchronous", given: replicate(cluster.ReplicationNone, cluster.ReplicationSynchronous)},
		{rule: "OPS009", name: "asynchronous", given: replicate(cluster.ReplicationAsynchronous, cluster.ReplicationAsynchronous),
			want: []string{"error : the database is replicated asynchronously", "error : the network storage is"}},
		{rule: "OPS009", name: "not declared", given: replicate(cluster.ReplicationNone, ""), unknown: "whether the network storage is replicated"},
	}
}

const authScheme = "server.userIdAuthScheme.enabled"

func frontEnd(s *site) { s.topo.Nodes[1].Role = cluster.RoleFrontEnd }

func license(servers ...cluster.LicenseServer) func(s *site) {
	return func(s *site) { s.topo.Facts.LicenseHA, s.topo.Facts.LicenseServers = nil, servers }
}

func replicate(database, storage cluster.ReplicationMode) func(s *site) {
	return func(s *site) {
		s.topo.Facts.Replication = cluster.Replication{Database: database, Storage: storage}
	}
}

// reach declares the network, and the clocks of node1, node2 and so on.
func reach(n cluster.Network, ahead ...time.Duration) func(s *site) {
	return func(s *site) {
		n := n
		for i, d := range ahead {
			n.Clocks = append(n.Clocks, cluster.Clock{Node: s.topo.Nodes[i].Name, Ahead: cluster.Duration(d)})
		}
		s.topo.Facts.Network = n
	}
}

// copyKey gives node2 the value that node1 has.
func (s *site) copyKey(key string) {
	s.t.Helper()
	v, _ := s.load().Member("node1").Property(key)
	s.set("node2", key, v.Value)
}
