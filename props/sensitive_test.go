package props

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		// by the key
		{"hibernate.connection.password", "x", Hidden},
		{"server.initial.password", "x", Hidden},
		{"keystorePass", "x", Hidden},
		{"javax.net.ssl.trustStorePassword", "x", Hidden},
		{"a.dbPasswordFile", "x", Hidden},
		{"client.secret", "x", Hidden},
		{"auth.token", "x", Hidden},
		{"DB_PASS", "x", Hidden},
		{"DB_PASSWORD", "x", Hidden},
		{"ldap.pwd", "x", Hidden},
		{"smtp.password.encrypted", "x", Hidden},
		{"smtp.password.2", "x", Hidden},
		{"pass", "x", Hidden},
		{"hibernate.connection.password", "", ""},
		{"password.policy.minimum", "8", "8"},
		{"bypass", "true", "true"},
		{"encryption.keystore", "../appdata/conf/encryption.keystore", "../appdata/conf/encryption.keystore"},
		{"encryption.keystore.alias", "aes128keyab12", "aes128keyab12"},
		{"tomcat.key.alias", "server", "server"},
		{"server.appdata.dir", "../appdata", "../appdata"},
		{"agentcomm.uri", "wss://ucd1.example.com:7919", "wss://ucd1.example.com:7919"},
		{"", "", ""},

		// encrypted values
		{"k", "pbe{abc=}", Hidden},
		{"k", "PBE{abc=}", Hidden},
		{"k", "x pbe{abc=} y", Hidden},
		{"k", "crypt_v1{DESede/CBC|desedekey|a|b}", Hidden},
		{"k", "Crypt_V1{x}", Hidden},
		{"k", "crypt_vault crypt_v12{x}", Hidden},
		{"k", "crypt_v1", "crypt_v1"},
		{"k", "-----BEGIN RSA PRIVATE KEY-----\nMII", Hidden},
		{"k", "Authorization: Bearer abc", Hidden},

		// URLs
		{"hibernate.connection.url", "jdbc:derby://localhost:11377/data", "jdbc:derby://localhost:11377/data"},
		{"u", "jdbc:mysql://root:pw@db:3306/ucd?useSSL=true", "jdbc:mysql://(hidden)@db:3306/ucd?useSSL=true"},
		{"u", "jdbc:mysql://root:p@w@db/ucd", "jdbc:mysql://(hidden)@db/ucd"},
		{"u", "jdbc:mysql://root:p/w?@db/ucd", "jdbc:mysql://(hidden)@db/ucd"},
		{"u", "jdbc:mysql://a:p@h1,b:q@h2/ucd", "jdbc:mysql://(hidden)@h2/ucd"},
		{"u", "jdbc:mysql://db/ucd?user=root&password=pw&x=1", "jdbc:mysql://db/ucd?user=root&password=(hidden)&x=1"},
		{"u", "jdbc:mysql://db/ucd?PassWord = pw", "jdbc:mysql://db/ucd?PassWord =(hidden)"},
		{"u", "jdbc:mysql://address=(host=h)(password=p;w)(user=u)/d", "jdbc:mysql://address=(host=h)(password=(hidden))(user=u)/d"},
		{"u", "jdbc:mysql://(host=h,password=p&w)/d", "jdbc:mysql://(host=h,password=(hidden))/d"},
		{"u", "jdbc:sqlserver://h:1433;user=sa;password=p&w,x;encrypt=true", "jdbc:sqlserver://h:1433;user=sa;password=(hidden);encrypt=true"},
		{"u", "jdbc:sqlserver://h;password={p;w}}x};encrypt=true", "jdbc:sqlserver://h;password=(hidden);encrypt=true"},
		{"u", "jdbc:sqlserver://h;trustStorePassword=pw;keyStoreSecret=pw", "jdbc:sqlserver://h;trustStorePassword=(hidden);keyStoreSecret=(hidden)"},
		{"u", "jdbc:db2://h:50000/d:user=u;password=pw;", "jdbc:db2://h:50000/d:user=u;password=(hidden);"},
		{"u", "jdbc:db2://h:50000/d:password=pw;user=u;", "jdbc:db2://h:50000/d:password=(hidden);user=u;"},
		{"u", "jdbc:derby:d;bootPassword=pw;encryptionKey=pw", "jdbc:derby:d;bootPassword=(hidden);encryptionKey=(hidden)"},
		{"u", "jdbc:oracle:thin:@//h:1521/X=y", "jdbc:oracle:thin:@//h:1521/X=y"},
		{"u", "jdbc:oracle:thin:@h:1521:sid", "jdbc:oracle:thin:@h:1521:sid"},
		{"u", "jdbc:oracle:thin:scott/pw@//h:1521/svc", "jdbc:oracle:thin:(hidden)@//h:1521/svc"},
		{"u", `jdbc:oracle:thin:scott/"p@w"@h:1521:sid`, "jdbc:oracle:thin:(hidden)@h:1521:sid"},
		{"u", "JDBC:Oracle:OCI:scott/pw", "JDBC:Oracle:OCI:(hidden)"},
		{"jdbc", "oracle:thin:scott/pw@h", "oracle:thin:(hidden)@h"},
		{"license.server.url", "https://lic:pw@license.example.com/x", "https://(hidden)@license.example.com/x"},
		{"license.server.url", "https://TOKEN@license.example.com", "https://(hidden)@license.example.com"},
		{"license.server.url", "27000@license.example.com", "27000@license.example.com"},
		{"u", "https://h:8080/?mail=a@b", "https://h:8080/?mail=a@b"},
		{"license.server.url", "https://h?key=pw", "https://h?(hidden)"},
		{"license.server.url", "https://h/x?pw", "https://h/x?(hidden)"},
		{"license.server.url", "https://h/x#pw", "https://h/x#(hidden)"},
		{"license.server.url", "https://h/x?", "https://h/x?"},
		{"license.server.url", "https://lic:p?w@h/x?token=pw", "https://(hidden)@h/x?(hidden)"},
		{"license.server.url", "https://lic:pw@h/x?y=pw&token=pw", "https://(hidden)@h/x?(hidden)"},
		{" RCL.server.url", "https://h?id=a", "https://h?(hidden)"},
		{"u", "https://h?key=pw&x=1", "https://h?key=(hidden)&x=1"},
		{"u", "https://h?x=1&Auth=pw", "https://h?x=1&Auth=(hidden)"},
		{"agentcomm.proxy.uri", "http://h:1?key=pw", "http://h:1?key=(hidden)"},
		{"tomcat.key", "key=server", "key=server"},
		{"install.server.web.host", "u:pw@h", "(hidden)@h"},
		{"u", "user:pw@proxy:8080", "(hidden)@proxy:8080"},
		{"mail", "mailto:a@b", "mailto:a@b"},
		{"dir", `C:\x@y`, `C:\x@y`},
		{"dir", `\\nas\share`, `\\nas\share`},

		// parameters elsewhere
		{"opts", "-Xmx1g -Dx.keyPassword=pw -Dy=1", "-Xmx1g -Dx.keyPassword=(hidden) -Dy=1"},
		{"opts", "Data Source=h; Password=p w;x", "Data Source=h; Password=(hidden);x"},
		{"opts", "password=p w", "password=(hidden)"},
		{"opts", "user: u, password: pw", "user: u, password:(hidden)"},
		{"opts", `{"user": "u", "password" : "pw"}`, Hidden},
		{"opts", "<password>pw</password>", Hidden},
		{"opts", "tool --token abc", Hidden},
		{"opts", "the password is stored elsewhere", "the password is stored elsewhere"},
		{"opts", "x?password=", "x?password="},
		{"opts", "x?password='a&b'&y=1", "x?password=(hidden)&y=1"},
	} {
		got := Redact(c.key, c.value)
		if got != c.want {
			t.Errorf("Redact(%q, %q) = %q, want %q", c.key, c.value, got, c.want)
		}
		if want := got != c.value || Words(nil).sensitiveName(c.key); Sensitive(c.key, c.value) != want {
			t.Errorf("Sensitive(%q, %q) = %v", c.key, c.value, !want)
		}
		if again := Redact(c.key, got); again != got {
			t.Errorf("Redact(%q, %q) = %q: not the same again", c.key, got, again)
		}
	}
}

// FuzzRedact: no panic, and redacting twice is redacting once.
func FuzzRedact(f *testing.F) {
	f.Add("u", "jdbc:mysql://u:p@h/d?password=x", "marker")
	f.Add("a.password", "x", "y")
	f.Fuzz(func(t *testing.T, key, value, secret string) {
		once := Redact(key, value)
		if (once != value) && !Sensitive(key, value) {
			t.Errorf("Redact(%q, %q) = %q, but it is not sensitive", key, value, once)
		}
		if len(secret) < 4 || strings.ContainsAny(secret, "{}@;&/?#\"'\\<>(), \t\r\n\f=:") || strings.Contains(Hidden, secret) {
			return
		}
		for _, form := range []string{
			"jdbc:oracle:thin:u/%@h", "https://u:%@h/", "x;password=%;y", "x?password=%&y", "(PASSWORD=%)", "pbe{%}", "crypt_v1{a|%}",
		} {
			v := strings.ReplaceAll(form, "%", secret)
			if got := Redact("k", v); strings.Contains(got, secret) && !strings.Contains(form, secret) {
				t.Errorf("Redact(%q) = %q", v, got)
			}
		}
	})
}
