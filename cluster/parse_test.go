package cluster_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
)

func TestParseClasspath(t *testing.T) {
	const text = "# comment\r\n" +
		"dir /opt/ucd/appdata/patches !fail-on-conflict\r\n" +
		"\tset   C:\\Program Files\\ucd/appdata\\patches \r\n" +
		"\r\n" +
		"unknown /opt/x\n" +
		"dir\n" +
		"jardir /opt/ucd/lib with blank/ext !a !b\n" +
		"file relative/path\n" +
		"nativedir /opt/ucd/appdata"
	c := cluster.ParseClasspath("cp", []byte(text))
	type line struct{ Keyword, Value, Tail, At string }
	var got []line
	for _, l := range c.Lines {
		if l.Keyword != "" {
			got = append(got, line{l.Keyword, l.Value, l.Tail, l.Pos.String()})
		}
	}
	want := []line{
		{"dir", "/opt/ucd/appdata/patches", " !fail-on-conflict", "cp:2:5"},
		{"set", `C:\Program Files\ucd/appdata\patches`, " ", "cp:3:8"},
		{"jardir", "/opt/ucd/lib with blank/ext !a", " !b", "cp:7:8"},
		{"file", "relative/path", "", "cp:8:6"},
		{"nativedir", "/opt/ucd/appdata", "", "cp:9:11"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(c.Lines) != 9 || string(c.Bytes()) != text {
		t.Error("the file is not what it was")
	}
	under := c.Under("/opt/ucd/appdata")
	if len(under) != 2 || under[1].Keyword != "nativedir" {
		t.Errorf("%+v", under)
	}
	if n := len(c.Under(`c:/program files/UCD`)); n != 1 {
		t.Errorf("%d lines below the Windows folder", n)
	}
}

func FuzzParseClasspath(f *testing.F) {
	f.Add("dir /a !x\r\nset b\n\n# c")
	f.Add("dir\t/opt/ucd\\x !\n !\r")
	f.Fuzz(func(t *testing.T, text string) {
		c := cluster.ParseClasspath("p", []byte(text))
		var b strings.Builder
		for _, l := range c.Lines {
			if l.Keyword != "" {
				at := l.Pos.Column - 1
				body := strings.TrimRight(l.Raw, "\r\n")
				if l.Pos.Offset != b.Len()+at || body[at:] != l.Value+l.Tail || !strings.Contains(body[:at], l.Keyword) {
					t.Errorf("line %q does not consist of its parts: %+v", l.Raw, l)
				}
			}
			b.WriteString(l.Raw)
		}
		if b.String() != text || string(c.Bytes()) != text {
			t.Errorf("%q became %q", text, b.String())
		}
		c.Under("/opt")
	})
}

func TestParseServerXML(t *testing.T) {
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
	x, err := cluster.ParseServerXML("server.xml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Connectors {
		x.Connectors[i].Pos.Offset = 0
	}
	want := []cluster.Connector{
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
		_, err := cluster.ParseServerXML("f", []byte(bad.text))
		var xe *cluster.FileError
		if !errors.As(err, &xe) || xe.Pos.Line != bad.line || strings.Contains(xe.Reason, "deep") != bad.deep || xe.Path != "f" || xe.Kind != cluster.GapMalformed {
			t.Errorf("%.20q: %v", bad.text, err)
		}
	}
}

func FuzzParseServerXML(f *testing.F) {
	f.Add([]byte(`<Server><Connector SSLEnabled="true" keyAlias="a" keystorePass="secret"/></Server>`))
	f.Add([]byte(`<?xml version="1.0" encoding="x"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := cluster.ParseServerXML("p", data)
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

// TestXMLErrorsQuoteNothing: what stands at a mistake may belong to a password.
func TestXMLErrorsQuoteNothing(t *testing.T) {
	_, err := cluster.ParseServerXML("f", []byte(`<Connector keystorePass="`+marker+`" <`+marker+`>`))
	if err == nil || strings.Contains(err.Error(), marker) {
		t.Error(err)
	}
}

func TestSeedCorporaAreCommitted(t *testing.T) {
	for _, target := range []string{"FuzzParseClasspath", "FuzzParseServerXML"} {
		list, err := os.ReadDir("testdata/fuzz/" + target)
		if err != nil || len(list) == 0 {
			t.Errorf("%s: %v", target, err)
		}
	}
}
