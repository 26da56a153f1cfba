package check_test

import (
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

func TestParseJDBC(t *testing.T) {
	for text, want := range map[string]string{
		"jdbc:mysql://db:3306/ucd":                      "mysql db 3306 ucd",
		"JDBC:MariaDB://A,b:3307/ucd?user=x&password=p": "mysql a,b 3307 ucd",
		"jdbc:mysql://u:p@db/ucd":                       "mysql db  ucd",
		"jdbc:mysql://[2001:db8::1]:3306/ucd":           "mysql 2001:db8::1 3306 ucd",
		"jdbc:oracle:thin:@DB:1521:SID":                 "oracle db 1521 sid",
		"jdbc:oracle:thin:u/p@//db:1521/Service":        "oracle db 1521 service",
		"jdbc:oracle:thin:@db/service":                  "oracle db  service",
		"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS_LIST=(ADDRESS=(HOST=a)(PORT=1521))(ADDRESS=(HOST = b)(PORT=1522)))(CONNECT_DATA=(SERVICE_NAME=Ucd)))": "oracle a,b 1521 ucd",
		"jdbc:sqlserver://db:1433;DatabaseName=Ucd;user=x":         "sqlserver db 1433 Ucd",
		`jdbc:sqlserver://db\inst;databasename=u;password=a@b`:     `sqlserver db\inst  u`,
		"jdbc:sqlserver://;serverName=db;database=u":               "sqlserver db  u",
		"jdbc:db2://db:50000/UCD:retrieveMessagesFromServer=true;": "db2 db 50000 UCD",
		"jdbc:postgresql://db/ucd":                                 "postgres db  ucd",
		"jdbc:derby://localhost:11377/data;create=true":            "derby localhost 11377 data",
		"jdbc:derby:/var/db":                                       "derby localhost  embedded",
		"jdbc:mysql://u:p/q@db":                                    "",
		"jdbc:mysql://u:p/q?x@db/d":                                "",
		"jdbc:mysql://db:33x6/ucd":                                 "",
		"jdbc:mysql:db":                                            "",
		"jdbc:sqlserver://db:1433":                                 "",
		"jdbc:oracle:oci:UCD":                                      "",
		"jdbc:weird://db/x":                                        "",
		"mysql://db/x":                                             "",
		"":                                                         "",
	} {
		vendor, hosts, port, name, ok := check.ParseJDBC(text)
		got := strings.Join([]string{vendor, strings.Join(hosts, ","), port, name}, " ")
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestNearKey(t *testing.T) {
	for key, want := range map[string]string{
		"tomcat.key.alais": "tomcat.key.alias", "agent.comm.uri": "agentcomm.uri", "Server.AppData.Dir": "server.appdata.dir",
		"server.appdata.dirs": "server.appdata.dir", "server.apdata.dir": "server.appdata.dir", "server-appdata-dir": "server.appdata.dir",
		"encryption.keystore.aliax": "encryption.keystore.alias", "my.own.key": "", "server.hosts": "server.host", "short": "", "": "",
		"server.ssl.enabled.ciphers.list": "",
	} {
		if got, _ := check.NearKey(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
