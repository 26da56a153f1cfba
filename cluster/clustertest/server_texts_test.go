package clustertest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
	"github.com/deploycluster/deploycluster/props"
)

func TestServerTexts(t *testing.T) {
	fsys := strictfs.New(strictfs.Options{})
	if err := clustertest.Build(fsys, "/w", clustertest.Spec{Windows: true, CRLF: true, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	properties := string(read(t, fsys, "/w/conf/server/installed.properties"))
	for _, want := range []string{
		"#\r\n#Tue Mar 05 06:07:08 UTC 2024\r\nagentcomm.keystore=",
		"\r\ncleanup.archive.path=\r\n",
		"\r\nhibernate.connection.url=jdbc\\:mysql\\://db.example.com\\:3306/ibm_ucd\r\n",
		"\r\njava.io.tmpdir=C\\:\\\\Program Files\\\\ibm-ucd\\\\server\\\\var\\\\temp\r\n",
		"\r\nserver.appdata.dir=../appdata\r\n",
		"\r\nencryption.keystore=../appdata/conf/encryption.keystore\r\n",
	} {
		if !strings.Contains(properties, want) {
			t.Errorf("installed.properties lacks %q", want)
		}
	}
	if strings.Contains(properties, "pbe") {
		t.Error("installed.properties of 7.0 holds passwords")
	}
	secured := string(read(t, fsys, "/w/conf/server/secured-installed.properties"))
	if n := strings.Count(secured, "\\=}\r\n"); n != 6 {
		t.Errorf("%d escaped passwords in the secured file, want 6", n)
	}
	classpath := string(read(t, fsys, "/w/bin/classpath.conf"))
	for _, want := range []string{
		`dir C:\Program Files\ibm-ucd\server/appdata\patches !fail-on-conflict` + "\r\n",
		`dir C:\Program Files\ibm-ucd\server/appdata/conf/server` + "\r\n",
	} {
		if !strings.Contains(classpath, want) {
			t.Errorf("classpath.conf lacks %q", want)
		}
	}
	if version := string(read(t, fsys, "/w/conf/installed.version")); version != "#Tue Mar 05 06:07:08 UTC 2024\r\ninstalled.version=7.0.5.1.1041488\r\n" {
		t.Errorf("installed.version is %q", version)
	}

	if err := clustertest.Build(fsys, "/old", clustertest.Spec{
		Version: "6.1.0.4.650000", Alias: "www", Extra: map[string]string{"server.jms.port": "1"}, Without: []string{"server.unique.id"},
	}); err != nil {
		t.Fatal(err)
	}
	old := string(read(t, fsys, "/old/conf/server/installed.properties"))
	for part, want := range map[string]int{"pbe{": 3, "server.appdata.dir": 0, "server.jms.port=1\n": 1, "server.unique.id": 0, "\r": 0} {
		if n := strings.Count(old, part); n != want {
			t.Errorf("installed.properties of 6.1 has %q %d times, want %d", part, n, want)
		}
	}
	if xml := string(read(t, fsys, "/old/opt/tomcat/conf/server.xml")); !strings.Contains(xml, `keyAlias="www"`) || !strings.Contains(xml, `keystorePass="changeit"`) {
		t.Errorf("server.xml of 6.1:\n%s", xml)
	}
}

func TestDemo(t *testing.T) {
	fsys := strictfs.New(strictfs.Options{})
	if err := clustertest.Demo(fsys, install); err != nil {
		t.Fatal(err)
	}
	text := string(read(t, fsys, install+"/conf/server/installed.properties"))
	for _, want := range []string{"server.appdata.dir=..\r\n", "encryption.keystore=../conf/encryption.keystore\r\n", "tomcat.key.alias=server\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, pattern := range []string{"/var/repository/blob/*/*/*", "/var/plugins/*/repo/*", "/logs/store/*/*/*/stdOut.txt", "/conf/*.keystore", "/conf/server/log4j.properties"} {
		if found, err := afero.Glob(fsys, install+pattern); err != nil || len(found) == 0 {
			t.Errorf("nothing at %s (%v)", pattern, err)
		}
	}
}

func TestBadSpecs(t *testing.T) {
	for field, spec := range map[string]clustertest.Spec{
		"Version":         {Version: "" + " "},
		"Scheme":          {Version: "6.0.0.0.1", Scheme: appdata.Folder},
		"AppData":         {Scheme: appdata.InInstall, AppData: "/x"},
		"AppDataAt":       {Windows: true, AppData: `D:\appdata`},
		"LinksTo":         {LinksTo: "/x"},
		"Joined":          {Version: "6.0.0.0.1", Joined: true},
		"Database.URL":    {Database: clustertest.Database{Type: "other"}},
		"RepositoryBytes": {RepositoryBytes: -1},
		"Secured":         {Version: "6.2.5.0.1", Secured: map[string]string{"a": "b"}},
	} {
		fsys := strictfs.New(strictfs.Options{})
		err := clustertest.Build(fsys, "/s", spec)
		var specErr *clustertest.SpecError
		if !errors.As(err, &specErr) || specErr.Field != field {
			t.Errorf("%s: error %v", field, err)
		}
		if list, err := clustertest.Walk(fsys, "/"); err != nil || len(list) != 1 {
			t.Errorf("%s: something was written: %v %v", field, list, err)
		}
	}
}

// TestExtraSurvivesJavaEscaping: any text goes through a properties file and
// comes back.
func TestExtraSurvivesJavaEscaping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		extra := rapid.MapOfN(rapid.String(), rapid.String(), 1, 5).Draw(t, "extra")
		crlf := rapid.Bool().Draw(t, "crlf")
		f := strictfs.New(strictfs.Options{})
		if err := clustertest.Build(f, "/s", clustertest.Spec{Extra: extra, CRLF: crlf, RepositoryFiles: -1, Plugins: -1, Logs: -1}); err != nil {
			t.Fatal(err)
		}
		data, err := afero.ReadFile(f, "/s/conf/server/installed.properties")
		if err != nil {
			t.Fatal(err)
		}
		p, err := props.Parse("installed.properties", data)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for key := range extra {
			value, ok := p.Get(key)
			if !ok {
				t.Errorf("%q is missing", key)
			}
			got[key] = value
		}
		if diff := cmp.Diff(extra, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestDatabases(t *testing.T) {
	for kind, driver := range map[string]string{
		"mysql": "com.mysql.jdbc.Driver", "oracle": "oracle.jdbc.driver.OracleDriver", "db2": "com.ibm.db2.jcc.DB2Driver",
		"db2zos": "com.ibm.db2.jcc.DB2Driver", "sqlserver": "com.microsoft.sqlserver.jdbc.SQLServerDriver",
		"postgres": "org.postgresql.Driver", "derby": "org.apache.derby.jdbc.ClientDriver", "": "com.mysql.jdbc.Driver",
	} {
		f := strictfs.New(strictfs.Options{})
		if err := clustertest.Build(f, "/s", clustertest.Spec{Database: clustertest.Database{Type: kind}}); err != nil {
			t.Fatal(err)
		}
		p := parse(t, f, "/s/conf/server/installed.properties")
		if got, _ := p.Get("hibernate.connection.driver_class"); got != driver {
			t.Errorf("%q: driver %q", kind, got)
		}
		if jars, err := afero.Glob(f, "/s/lib/ext/*.jar"); err != nil || len(jars) != 1 {
			t.Errorf("%q: %v in lib/ext (%v)", kind, jars, err)
		}
	}
}
