package jdbc_test

import (
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/internal/jdbc"
)

// describe is a URL as a line.
func describe(u jdbc.URL, ok bool) string {
	if !ok {
		return "not read"
	}
	parts := []string{u.Vendor, u.Address(), u.Name}
	if u.SID {
		parts = append(parts, "SID")
	}
	if u.Schema != "" {
		parts = append(parts, "schema "+u.Schema)
	}
	if u.Lookup != "" {
		parts = append(parts, "by "+u.Lookup)
	}
	if u.Loopback() {
		parts = append(parts, "loopback")
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	for _, c := range [][2]string{
		{"jdbc:mysql://db.example.com:3306/deploy", "mysql db.example.com:3306 deploy"},
		{"jdbc:mysql://db.example.com.:3306/deploy", "mysql db.example.com:3306 deploy"},
		{"jdbc:mysql://DB.example.com/Deploy?useSSL=true", "mysql db.example.com:3306 Deploy"},
		{"jdbc:mysql:loadbalance://b:3307,a/deploy?user=u@server", "mysql a:3306,b:3307 deploy"},
		{"jdbc:mysql://address=(host=a)(port=1)(user=x),(host=b,port=2)/deploy", "mysql a:1,b:2 deploy"},
		{"jdbc:mariadb:replication://a,b/deploy", "mysql a:3306,b:3306 deploy"},
		{"jdbc:mysql://ucd:secret@db/deploy", "mysql db:3306 deploy"},
		{"jdbc:mysql://ucd:sec/ret@db/deploy", "mysql db:3306 deploy"},
		{"jdbc:mysql://ucd:1/sec?ret@db/deploy", "not read"},
		{"jdbc:mysql://localhost:3306/deploy", "mysql localhost:3306 deploy loopback"},
		{"jdbc:mysql://[::1]:3306/deploy", "mysql ::1:3306 deploy loopback"},
		{"jdbc:mysql:///deploy", "not read"},
		{"jdbc:mysql://db:port/deploy", "not read"},
		{"jdbc:mysql://db/", "not read"},

		{"jdbc:db2://db:50000/deploy", "db2 db:50000 deploy"},
		{"jdbc:db2://db:50000/DEPLOY:currentSchema=UCD;sslConnection=true;", "db2 db:50000 deploy schema UCD"},
		{"jdbc:db2://db/deploy:user=a;password=b@c/d;", "not read"},

		{"jdbc:postgresql://a:1,b:2/Deploy?currentSchema=ucd&ssl=true", "postgres a:1,b:2 Deploy schema ucd"},
		{"jdbc:postgresql:deploy", "postgres localhost:5432 deploy loopback"},

		{"jdbc:sqlserver://db:1433;DatabaseName=deploy", "sqlserver db:1433 deploy"},
		{`jdbc:sqlserver://db\Prod;database=deploy;integratedSecurity=true`, `sqlserver db\prod deploy`},
		{`jdbc:sqlserver://db\Prod:1500;database=deploy`, "sqlserver db:1500 deploy"},
		{"jdbc:sqlserver://;serverName=DB;portNumber=1433;databaseName=deploy;password={a;databaseName=x}", "sqlserver db:1433 deploy"},
		{"jdbc:sqlserver://[fe80::1]:1433;databaseName={deploy}", "sqlserver fe80::1:1433 deploy"},
		{"jdbc:sqlserver://db", "not read"},
		{"jdbc:sqlserver://ucd:secret@db;databaseName=deploy", "not read"},

		{"jdbc:derby://localhost:11377/data", "derby localhost:11377 data loopback"},
		{"jdbc:derby:/opt/db;create=true", "derby  embedded loopback"},

		{"jdbc:oracle:thin:@db:1521:ORCL", "oracle db:1521 orcl SID"},
		{"jdbc:oracle:thin:@db:1521/first.example.com", "oracle db:1521 first.example.com"},
		{"jdbc:oracle:thin:@//db/first", "oracle db:1521 first"},
		{"jdbc:oracle:thin:@//db:1521/first:dedicated/inst1", "oracle db:1521 first"},
		{"jdbc:oracle:thin:@tcps://db.example.com:2484/First", "oracle db.example.com:2484 first"},
		{"jdbc:oracle:thin:@tcps://db:2484/first?wallet_location=/a@b&ssl_server_cert_dn=\"CN=x\"", "oracle db:2484 first"},
		{"jdbc:oracle:thin:@tcp://a:1521,b:1522/first", "oracle a:1521,b:1522 first"},
		{"jdbc:oracle:thin:@TCPS://localhost:2484/first", "oracle localhost:2484 first loopback"},
		{"jdbc:oracle:thin:@http://db:2484/first", "not read"},
		{"jdbc:oracle:oci:ucd/pass@//db/first", "oracle db:1521 first"},
		{`jdbc:oracle:thin:ucd/"p@ss"@db:1521:x`, "oracle db:1521 x SID"},
		{"jdbc:oracle:thin:@ldap://dir.example.com:389/first,cn=OracleContext,dc=example", "oracle dir.example.com:389 first,cn=oraclecontext,dc=example by ldap"},
		{"jdbc:oracle:thin:@ldaps://a:636/first,cn=OracleContext ldaps://b:636/first,cn=OracleContext", "oracle a:636 first,cn=oraclecontext by ldap"},
		{"jdbc:oracle:thin:@PROD?TNS_ADMIN=/etc/oracle", "oracle  prod by tnsnames"},
		{"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCPS)(HOST=db.example.com)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=first)))", "oracle db.example.com:2484 first"},
		{"jdbc:oracle:thin:@( description = (ADDRESS_LIST=(LOAD_BALANCE=on)(ADDRESS=(PROTOCOL=TCP)(PORT=1522)(HOST=B.))(ADDRESS=(PROTOCOL=TCP)(HOST=a)(PORT=1521)))\n(CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME = First))(SECURITY=(SSL_SERVER_CERT_DN=\"CN=a(b)\")))", "oracle a:1521,b:1522 first"},
		{"jdbc:oracle:thin:ucd/pass@(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1))(CONNECT_DATA=(SID=X)))", "oracle db:1 x SID"},
		{"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1))", "not read"},
		{"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=x))(CONNECT_DATA=(SID=X)))", "not read"},
		{"jdbc:oracle:thin:@(DESCRIPTION=(CONNECT_DATA=(SID=X)))", "not read"},
		{"jdbc:oracle:thin:@", "not read"},
		{"jdbc:oracle:thin", "not read"},
		{"jdbc:hsqldb:mem:x", "not read"},
		{"mysql://db/deploy", "not read"},
		{"", "not read"},
	} {
		if got := describe(jdbc.Parse(c[0])); got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}

// FuzzParse: no input panics, and what is kept is never the text before an @.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"jdbc:mysql://u:p@h:1/d?x=y", "jdbc:oracle:thin:@(A=(B=C)(D=\"E)\"))", "jdbc:sqlserver://h\\i:1;database={a;b}", "jdbc:oracle:thin:u/p@tcps://h:1/s", "jdbc:db2://h/d:currentSchema=x;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := jdbc.Parse(text)
		if !ok {
			return
		}
		if u.Vendor == "" || u.Name == "" {
			t.Errorf("%q: read as %+v", text, u)
		}
		for _, a := range u.Addresses {
			if strings.ContainsAny(a.Host+a.Port, "@/") {
				t.Errorf("%q: address %+v", text, a)
			}
		}
	})
}
