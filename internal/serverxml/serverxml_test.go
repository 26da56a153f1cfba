package serverxml_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/internal/serverxml"
)

func TestParse(t *testing.T) {
	const text = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- <Connector SSLEnabled="true"/> -->
<Server>
  <Service name="Catalina">
    <Connector port="${install.server.web.port}" redirectPort="8443"/>
    <Connector port="${install.server.web.https.port}" secure="TRUE" keyAlias="one"
       keystoreFile="conf/tomcat.keystore" keystorePass="${tomcat.keystore.password}"/>
    <Connector port="9443" SSLEnabled="true">
      <SSLHostConfig><Certificate certificateKeyAlias="two" certificateKeystoreFile="conf/x" certificateKeystorePassword="in clear"/></SSLHostConfig>
    </Connector>
  </Service>
</Server>`
	x, err := serverxml.Parse("server.xml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Connectors {
		x.Connectors[i].Pos.Offset = 0
	}
	want := []serverxml.Connector{
		{Port: "${install.server.web.https.port}", KeyAlias: "one", KeystoreFile: "conf/tomcat.keystore", PasswordProperty: "tomcat.keystore.password"},
		{Port: "9443", KeyAlias: "two", KeystoreFile: "conf/x", PasswordInline: true},
	}
	want[0].Pos.Name, want[0].Pos.Line, want[0].Pos.Column = "server.xml", 6, 5
	want[1].Pos.Name, want[1].Pos.Line, want[1].Pos.Column = "server.xml", 8, 5
	if d := cmp.Diff(want, x.Connectors); d != "" {
		t.Error(d)
	}
	for _, bad := range []struct {
		text string
		line int
		deep bool
	}{
		{"<Server>\n<Connector SSLEnabled='true'/>\n<", 3, false},
		{"<Server>\n</Service>", 2, false},
		{strings.Repeat("<a>", 200), 1, true},
		{"<Server>", 1, false},
	} {
		_, err := serverxml.Parse("f", []byte(bad.text))
		var xe *serverxml.SyntaxError
		if !errors.As(err, &xe) || xe.Line != bad.line || strings.Contains(xe.Reason, "deep") != bad.deep || xe.Path != "f" {
			t.Errorf("%.20q: %v", bad.text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<Server><Connector SSLEnabled="true" keyAlias="a" keystorePass="secret"/></Server>`))
	f.Add([]byte(`<?xml version="1.0" encoding="x"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := serverxml.Parse("p", data)
		if x == nil {
			t.Fatal("no result")
		}
		for _, c := range x.Connectors {
			if c.Pos.Line < 1 || c.Pos.Column < 1 || c.Pos.Offset > len(data) || data[c.Pos.Offset] != '<' {
				t.Errorf("position %+v", c.Pos)
			}
		}
		if err != nil && !strings.HasPrefix(err.Error(), "p:") {
			t.Errorf("%v names no place", err)
		}
	})
}

const marker = "Zx9MARKERq7"

// TestErrorsQuoteNothing: what stands at a mistake may belong to a password.
func TestErrorsQuoteNothing(t *testing.T) {
	_, err := serverxml.Parse("f", []byte(`<Connector keystorePass="`+marker+`" <`+marker+`>`))
	if err == nil || strings.Contains(err.Error(), marker) {
		t.Error(err)
	}
}

func TestSeedCorpusIsCommitted(t *testing.T) {
	list, err := os.ReadDir("testdata/fuzz/FuzzParse")
	if err != nil || len(list) == 0 {
		t.Error(err)
	}
}
