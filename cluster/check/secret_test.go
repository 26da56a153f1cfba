package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// marker is put into every place of the properties where a secret can be. It has
// no character that any escaping would change.
const marker = "Zx9MARKERq7"

// planted is a pair full of secrets and of mistakes around them, so that as
// many rules as possible report values that hold one.
func planted(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	spec := sound("")
	spec.Database = clustertest.Database{Type: "mysql", URL: "jdbc:mysql://root:" + marker + "@localhost:3306/ucd?user=x&password=" + marker}
	s.member(spec)
	spec.Joined = true
	spec.Database.URL = "jdbc:mysql://root:" + marker + "@127.0.0.1:3306/other?password=" + marker + "&ssl=true "
	s.member(spec)
	for i, node := range []string{"node1", "node2"} {
		for _, key := range []string{
			"hibernate.connection.password", "encryption.keystore.password", "server.keystore.password",
			"server.key.password", "javax.net.ssl.trustStorePassword", "tomcat.keystore.password",
			"agentcomm.keystore.password", "agentcomm.serverTruststore.password", "server.initial.password",
			"hibernate.connection.pasword", "my.secret", "my.api.token",
		} {
			s.setIn(secFile, node, key, fmt.Sprintf("%s%d ", marker, i))
			s.add(node, key+"="+marker+"-in-installed")
			s.add(node, key+"=pbe{"+marker+"}")
		}
		s.add(node, "server.key.pasword="+marker+" ")
		s.add(node, "license.server.url=https\\://user\\:"+marker+"@license.example.com/path?token="+marker)
		s.add(node, "license.server.url=https://user:"+marker+"2@license.example.com ")
		s.add(node, "stored.value=crypt_v1{AES/CBC|alias|"+marker+"|"+marker+"}")
		s.add(node, fmt.Sprintf("agentcomm.uri=wss://u:%s@node:%d", marker, 8443))
		s.add(node, "server.external.web.url=https://u:"+marker+fmt.Sprint(i)+"@web.example.com")
	}
	s.write("node1", install+"/opt/tomcat/conf/server.xml", `<Server><Connector port="8443" SSLEnabled="true" keystorePass="`+marker+`" keyPass="`+marker+`2"/></Server>`)
	for _, node := range []string{"node1", "node2"} {
		s.serve(reseal(jks(key("one", pki().expired), key("two", pki().weak)), marker), node)
	}
	s.write("node1", encFile, reseal(jks(key("desedekey", pki().leaf)), marker))
	return s
}

func TestNoSecretInAnyOutput(t *testing.T) {
	scenes := map[string]func(*site){
		"as planted": func(*site) {},
		"opened":     func(s *site) { s.world.Password = passwords(marker) },
		"opened by what is stored": func(s *site) {
			s.world.Password = cluster.StoredPasswords
			s.setIn(secFile, "node1", "tomcat.keystore.password", marker)
		},
		"wrong password": func(s *site) { s.world.Password = passwords(marker + "3") },
		"wrong password of PKCS12": func(s *site) {
			s.world.Password = passwords(marker + "3")
			s.serve(p12(s.t), "node1")
		},
		"failing password": func(s *site) {
			s.world.Password = func(context.Context, cluster.PasswordQuery) (string, error) { return "", errors.New(marker) }
		},
		"damaged keystore": func(s *site) {
			s.world.Password = passwords(marker)
			s.serve(good()[:400], "node1")
			s.serve("password "+marker, "node2")
		},
		"malformed properties": func(s *site) { s.add("node1", "x.password="+marker+`\u12`+marker) },
		"malformed secured":    func(s *site) { s.write("node2", secFile, "x.password="+marker+`\uzzzz`+marker) },
		"malformed xml": func(s *site) {
			s.write("node1", install+"/opt/tomcat/conf/server.xml", `<Server><Connector SSLEnabled="true" keystorePass="`+marker+`" <`+marker)
		},
		"malformed version": func(s *site) {
			s.write("node1", versionFile, "installed.version=7.0\npassword="+marker+`\u1`)
		},
		"unusual URLs": func(s *site) {
			s.add("node1", "hibernate.connection.url=jdbc:mysql://u:a/b"+marker+"@h/d")
			s.add("node2", "hibernate.connection.url=jdbc:oracle:thin:u/"+marker+"@//h:1521/s?password="+marker)
		},
		"declared license servers": func(s *site) {
			s.topo.Facts.LicenseServers = []cluster.LicenseServer{"https://user:" + marker + "@license.example.com", "https://license.example.com?key=" + marker}
		},
		"keys in queries": func(s *site) {
			for i, node := range []string{"node1", "node2"} {
				for n := range 2 {
					s.add(node, fmt.Sprintf("license.server.url=https://h?key=%s%d%d", marker, i, n))
					s.add(node, fmt.Sprintf("rcl.server.url=https://h/x?%s%d%d ", marker, i, n))
					s.add(node, fmt.Sprintf("agentcomm.proxy.uri=http://h:1?x=1&auth=%s%d%d ", marker, i, n))
				}
			}
			s.add("node1", "install.server.web.host=u:"+marker+"@h")
		},
		"passwords in plain text": func(s *site) {
			for i, node := range []string{"node1", "node2"} {
				s.remove(node, secFile)
				for _, key := range sharedPasswords() {
					s.add(node, key+"="+marker+fmt.Sprint(i))
				}
			}
		},
		"more unusual URLs": func(s *site) {
			s.add("node1", "hibernate.connection.url=jdbc:mysql://u:p/"+marker+"?x@h/d")
			s.add("node2", "hibernate.connection.url=jdbc:sqlserver://h;user=x;password="+marker+";databaseName=d&password="+marker)
			s.add("node1", "agentcomm.uri=wss://u:"+marker+"@ bad host")
		},
	}
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := planted(t)
			scene(s)
			c := s.load()
			r, _ := check.Run(context.Background(), c, check.Options{})
			if len(r.Findings) < 10 {
				t.Fatalf("only %d findings: the scene does not provoke enough", len(r.Findings))
			}
			outputs := map[string]string{}
			add := func(name string, v any) {
				outputs[name+" %v"] = fmt.Sprintf("%v", v)
				outputs[name+" %+v"] = fmt.Sprintf("%+v", v)
				outputs[name+" %#v"] = fmt.Sprintf("%#v", v)
				var log bytes.Buffer
				slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
				outputs[name+" slog"] = log.String()
				if b, err := json.Marshal(v); err == nil {
					outputs[name+" json"] = string(b)
				}
			}
			add("report", r)
			add("report value", *r)
			for _, f := range r.Findings {
				add("finding "+f.Rule, f)
			}
			add("world", s.world)
			add("topology", c.Topology)
			for _, m := range c.Members {
				add("member", m)
				add("member value", *m)
				for _, k := range append(m.Keystores, m.Standard...) {
					add("keystore "+k.Property+" "+k.Path, k)
					if k.StoreErr != nil {
						add("keystore error "+k.Property+" "+k.Path, k.StoreErr)
						outputs["keystore error text "+k.Path] = k.StoreErr.Error()
					}
				}
				add("choice", m.TLS)
				if _, err := m.ServerCertificate(); err != nil {
					add("certificate error", err)
				}
				for _, g := range m.Gaps {
					outputs["gap "+g.Path] = g.Err.Error()
					add("gap "+g.Path, g)
				}
			}
			add("cluster", *c)
			add("query", cluster.PasswordQuery{Stored: cluster.NewSecret(marker)})
			var b bytes.Buffer
			for _, write := range []func() error{
				func() error { return r.WriteText(&b, check.TextOptions{Color: true}) },
				func() error { return r.WriteText(&b, check.TextOptions{Width: -1}) },
				func() error { return sarif.Write(&b, r, sarif.Options{}) },
				func() error { return r.WriteMarkdown(&b) },
				func() error { return r.WriteJSON(&b) },
			} {
				if err := write(); err != nil {
					t.Fatal(err)
				}
			}
			outputs["renderings"] = b.String()
			for what, text := range outputs {
				if i := strings.Index(text, marker); i >= 0 {
					t.Errorf("%s shows a secret: …%s…", what, text[max(0, i-120):min(len(text), i+40)])
				}
			}
		})
	}
}

func TestSecretHides(t *testing.T) {
	s := cluster.NewSecret(marker)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(format, s); got != "(hidden)" {
			t.Errorf("%s: %s", format, got)
		}
	}
	if b, err := json.Marshal(s); err != nil || string(b) != `"(hidden)"` {
		t.Errorf("%s, %v", b, err)
	}
	if s.Reveal() != marker || s.IsZero() || !(cluster.Secret{}).IsZero() || (cluster.Secret{}).String() != "(unset)" {
		t.Error("the text itself is lost")
	}
}
