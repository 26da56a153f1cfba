package check_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/tlscert"
)

func TestTLSAlias(t *testing.T) {
	for _, c := range []struct {
		name  string
		site  func(testing.TB) *site
		given func(*site)
		want  string
	}{
		{"nothing set", pair, func(*site) {}, `"" from only key: server`},
		{"7.1.0 and later", newerPair, func(s *site) { s.set("node1", tlsAlias, "server") }, `"server" from tomcat.key.alias: server`},
		{"7.1.0 and later, keyAlias alone", newerPair, func(s *site) { s.keyAlias("node1", "server") }, `"server" from keyAlias: server`},
		{"before", linked, func(s *site) {
			s.set("node1", tlsAlias, "other")
			s.keyAlias("node1", "server")
		}, `"server" from keyAlias: server`},
		{"in between", pair, func(s *site) { s.set("node1", tlsAlias, "other") }, `"" from : server; unknown`},
		{"missing", newerPair, func(s *site) { s.set("node1", tlsAlias, "other") }, `"other" from tomcat.key.alias: ; error`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.site(t)
			c.given(s)
			m := s.load().Members[0]
			choice := m.TLS
			got := fmt.Sprintf("%q from %s: %s", choice.Alias, choice.Source, choice.Entry.Alias)
			if choice.Unknown != "" {
				got += "; unknown"
			}
			if choice.Err != nil {
				got += "; error"
			}
			if got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			if choice.Pos.IsValid() != (choice.Alias != "") {
				t.Errorf("at %s", choice.Pos)
			}
			cert, err := m.ServerCertificate()
			var te *cluster.FileError
			switch {
			case len(choice.Entry.Chain) > 0 && (err != nil || !cert.Same(choice.Entry.Chain[0])):
				t.Error(err)
			case len(choice.Entry.Chain) == 0 && (!errors.As(err, &te) || te.Path != tomcatFile || te.Reason == ""):
				t.Errorf("%v", err)
			}
		})
	}
}

// TestServerCertificateErrors name what is in the way.
func TestServerCertificateErrors(t *testing.T) {
	var alias *tlscert.AliasError
	for name, c := range map[string]struct {
		given func(*site)
		says  string
		as    any
	}{
		"no file":    {func(s *site) { s.remove("node1", tomcatFile) }, "does not exist", nil},
		"several":    {func(s *site) { s.serve(jks(key("a", pki().leaf), key("b", pki().other)), "node1") }, "several keys", &alias},
		"sealed":     {func(s *site) { s.serve(p12(s.t), "node1"); s.keyAlias("node1", "tomcat") }, "encrypted parts were not read", nil},
		"properties": {func(s *site) { s.remove("node1", propFile) }, "properties were not read", nil},
	} {
		s := single(t)
		c.given(s)
		_, err := s.load().Members[0].ServerCertificate()
		if err == nil || !strings.Contains(err.Error(), c.says) || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTomcatKeystorePath: server.xml says where the keystore is.
func TestTomcatKeystorePath(t *testing.T) {
	for _, c := range []struct{ attribute, want string }{
		{"conf/tomcat.keystore", tomcatFile},
		{"./conf//tomcat.keystore", tomcatFile},
		{"${catalina.home}/conf/tomcat.keystore", tomcatFile},
		{"../../conf/own.jks", install + "/conf/own.jks"},
		{"/etc/pki/own.jks", "/etc/pki/own.jks"},
		{"${java.io.tmpdir}/own.jks", install + "/var/temp/own.jks"},
		{"${my.store:-/etc/pki/own.jks}", "/etc/pki/own.jks"},
	} {
		s := single(t)
		s.edit("node1", xmlFile, "conf/tomcat.keystore", c.attribute)
		k, ok := s.load().Members[0].Store(cluster.TomcatStore)
		if !ok || k.Path != c.want || k.Pos.IsValid() != (c.want != tomcatFile) {
			t.Errorf("%s: %s at %s", c.attribute, k.Path, k.Pos)
		}
	}
	s := windows(t)
	path := "/c/Program Files/ibm-ucd/server/opt/tomcat/conf/server.xml"
	s.edit("node1", path, "conf/tomcat.keystore", `Conf\TOMCAT.keystore`)
	k, _ := s.load().Members[0].Store(cluster.TomcatStore)
	if k.Path != `C:\Program Files\ibm-ucd\server\opt\tomcat\conf\tomcat.keystore` || k.Err != nil {
		t.Errorf("%s: %v", k.Path, k.Err)
	}
}

// TestOneCauseOfOtherKeysIsReportedOnce: KEY014 leaves it to the rule about
// the folder, the path or the scheme, unless that does not run.
func TestOneCauseOfOtherKeysIsReportedOnce(t *testing.T) {
	other := func(s *site, path string) { s.write("node2", path, jks(key("mine", pki().leaf))) }
	for cause, given := range map[string]func(*site){
		"PRP002": func(s *site) { // a folder of its own, by another property
			s.set("node2", "server.appdata.dir", "/data")
			s.set("node2", "encryption.keystore", "/data/conf/encryption.keystore")
			s.set("node2", "server.keystore", "/data/conf/server.keystore")
			s.copy("node2", srvFile, "/data/conf/server.keystore")
			other(s, "/data/conf/encryption.keystore")
		},
		"STO002": func(s *site) { // the storage is not mounted
			s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1]
			s.must(s.fs.MkdirAll("/node2/media/share/appdata/conf", 0o755))
			s.must(afero.WriteFile(s.fs, "/node2"+encFile, []byte(jks(key("mine", pki().leaf))), 0o600))
		},
		"PRP013": func(s *site) { // the path stayed behind
			s.set("node2", "encryption.keystore", "../conf/encryption.keystore")
			other(s, install+"/conf/encryption.keystore")
		},
	} {
		s := pair(t)
		given(s)
		r := s.check(check.Options{Only: []string{cause, "KEY014"}})
		if len(r.Findings) == 0 || r.Findings[0].Rule != cause || slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.Rule == "KEY014" }) {
			t.Errorf("%s: %+v", cause, r.Findings)
		}
		if slices.Contains(r.Passed, "KEY014") {
			t.Errorf("%s: KEY014 passed", cause)
		}
		r = s.check(check.Options{Only: []string{"KEY014"}})
		if len(r.Findings) != 1 || r.Findings[0].Severity != check.Error {
			t.Errorf("%s: alone: %+v", cause, r.Findings)
		}
	}
}
