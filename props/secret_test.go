package props

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/afero"
)

// marker is planted wherever a secret may stand.
const marker = "S3cr3tM4rk3r"

// planted is a file with the marker in every kind of place.
func planted(secret string) string {
	lines := []string{
		"hibernate.connection.password=%", "server.keystore.password=pbe{%\\=\\=}", "server.initial.password=%",
		"tomcat.keystorePass : %", "javax.net.ssl.trustStorePassword %", "client.secret=%", "x.token=%", "db.pwd=%",
		"plain=prefix PBE{%} suffix", "value=Crypt_v1{DESede/CBC/PKCS5Padding|alias|aXY|%}",
		"u1=jdbc:mysql://root:%@db:3306/ucd", "u2=jdbc\\:mysql\\://db/ucd?user=a&password=%&x=1",
		"u3=jdbc:sqlserver://h:1433;user=sa;password=%;encrypt=true", "u4=jdbc:sqlserver://h;Password={%;%}}%};x=1",
		"u5=jdbc:oracle:thin:ucd/%@//h:1521/svc", "u6=jdbc:db2://h:50000/ucd:user=u;password=%;",
		"u7=jdbc:oracle:oci:ucd/%", "u8=jdbc:derby:d;bootPassword=%", "u9=jdbc:mysql://%@h/d",
		"license.server.url=https://lic:%@license.example.com/x", "license.url=https\\://%@license.example.com",
		"opts=-Xmx1g -Djavax.net.ssl.keyStorePassword=% -Dx=1", "json={\"password\":\"%\"}", "auth=Bearer %",
		"continued.password=a\\\n  %\\\n  %", "split.pass\\\n  word = %", "dup.password=%", "dup.password=%2",
		"#commented.password=%", "# the old password was %", "! jdbc:mysql://u:%@h/d", "#url=jdbc\\:mysql\\://u\\:%@h/d",
		"#pwd=a\\\n#%", "  # key.token % ", "unicode.password=\\u0041%", "jdbc:oracle:thin:u/%@h:1521:sid",
		"http://u:%@h/", "dangling.password=%\\",
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), "%", secret)
}

// TestNoSecretInAnyOutput renders a file full of secrets in every way there
// is and looks for them.
func TestNoSecretInAnyOutput(t *testing.T) {
	f := mustParse(t, planted(marker))
	if !strings.Contains(string(f.Bytes()), marker) {
		t.Fatal("nothing is planted")
	}
	other := mustParse(t, "z=1\n"+planted(marker+"New")+"\n")
	other.Delete("u1")
	entries := entriesOf(f)
	changes := append(Diff(f, other), Diff(nil, f)...)
	changes = append(changes, Diff(f, nil)...)
	e := entries[0]

	outputs := map[string]string{
		"UnifiedDiff":          UnifiedDiff(f, other),
		"UnifiedDiff, added":   UnifiedDiff(nil, f),
		"UnifiedDiff, removed": UnifiedDiff(f, nil),
	}
	if got := strings.Count(outputs["UnifiedDiff, added"], "\n+"); got < 40 {
		t.Errorf("UnifiedDiff shows %d lines", got)
	}
	shared := other.Clone() // the secrets as context
	shared.Set("z", "2")
	for e := range other.Entries() {
		if e.Key != "dup.password" {
			shared.Set("behind."+e.Key, "x")
		}
	}
	outputs["UnifiedDiff, context"] = UnifiedDiff(other, shared)

	type holder struct {
		E  Entry
		P  *Entry
		F  *File
		L  []Entry
		M  map[string]Entry
		C  []Change
		in *File
		by any
	}
	byValue := reflect.ValueOf(f).Elem().Interface() // no vet warns of this copy
	h := holder{e, &e, f, entries, map[string]Entry{"e": e}, changes, f, byValue}
	values := map[string]any{
		"file": f, "file value": byValue, "entry": e, "entry pointer": &e, "entries": entries, "changes": changes,
		"holder": h, "holder pointer": &h, "map": h.M, "files": []*File{f}, "any": []any{e, f},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10.5v", "%t"} {
			outputs[name+" "+verb] = fmt.Sprintf(verb, v)
		}
		if data, err := json.Marshal(v); err == nil {
			outputs[name+" JSON"] = string(data)
		}
		var text, jsn bytes.Buffer
		for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&text, nil)), slog.New(slog.NewJSONHandler(&jsn, nil))} {
			l.Info("m", "v", v, slog.Group("g", "v", v))
		}
		outputs[name+" slog text"], outputs[name+" slog JSON"] = text.String(), jsn.String()
	}
	for i, e := range entries {
		outputs[fmt.Sprint("entry ", i)] = fmt.Sprintf("%v %s %+v %#v %q", e, e, e, e, e)
		outputs[fmt.Sprint("redacted ", i)] = Redact(e.Key, e.Value)
		if strings.Contains(e.Value, marker) && !Sensitive(e.Key, e.Value) {
			t.Errorf("entry %d (%s) is not sensitive", i, e.Key)
		}
	}
	for i, c := range changes {
		outputs[fmt.Sprint("change ", i)] = fmt.Sprintf("%v %s %+v %#v %q %s %s", c, c, c, c, c, c.Old, c.New)
	}

	// A malformed escape within, before and behind a secret.
	for i := range strings.Count(planted(marker), "\n") {
		lines := strings.Split(planted(marker), "\n")
		lines[i] += marker + "\\u12" + marker
		_, err := Parse("f", []byte(strings.Join(lines, "\n")))
		if err == nil {
			continue // a comment
		}
		outputs[fmt.Sprint("error ", i)] = fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
	}
	fsys := afero.NewMemMapFs()
	put(t, fsys, "/f", planted(marker), 0o600)
	loaded, err := Load(fsys, "/f")
	if err != nil {
		t.Fatal(err)
	}
	put(t, fsys, "/f", planted(marker+"Other"), 0o600)
	err = loaded.Save(fsys, "/f")
	outputs["changed"] = fmt.Sprintf("%v %+v %#v", err, err, err)
	err = loaded.Save(failing{fsys, "read", "-new"}, "/g")
	outputs["failed"] = fmt.Sprintf("%v %+v %#v", err, err, err)

	secret, hex := marker, fmt.Sprintf("%x", marker)
	for name, out := range outputs {
		if out == "" {
			t.Errorf("%s is empty", name)
		}
		if i := strings.Index(out, secret); i >= 0 {
			t.Errorf("%s shows the secret: …%s…", name, out[max(0, i-80):min(len(out), i+20)])
		}
		if strings.Contains(strings.ToLower(out), hex) {
			t.Errorf("%s shows the secret in hexadecimal", name)
		}
	}
	t.Logf("%d renderings", len(outputs))
}

func TestRenderings(t *testing.T) {
	f := mustParse(t, "a\\ b = 1\npassword=x\nempty=\nu=http://u:p@h/\\n\n")
	e := entriesOf(f)
	for _, c := range []struct{ got, want string }{
		{fmt.Sprint(e[0]), `a\ b=1`},
		{fmt.Sprintf("%+v", e[0]), `f:1:1: a\ b=1`},
		{fmt.Sprintf("%q", e[0]), `"a\\ b=1"`},
		{fmt.Sprintf("%s|%#v|%d", e[1], e[1], e[1]), "password=(hidden)|password=(hidden)|password=(hidden)"},
		{fmt.Sprint(e[2]), "empty="},
		{fmt.Sprint(e[3]), `u=http\://(hidden)@h/\n`},
		{fmt.Sprint(f), `properties "f" (entries: 4, bytes: 45)`},
		{fmt.Sprint(Position{}), ""},
		{fmt.Sprint(Position{Name: "f"}), "f"},
		{fmt.Sprint(Position{Line: 2, Column: 3}), "2:3"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	data, err := json.Marshal(f)
	want := `{"schema":1,"name":"f","entries":[` +
		`{"key":"a b","value":"1","pos":{"name":"f","line":1,"column":1,"offset":0}},` +
		`{"key":"password","value":"(hidden)","redacted":true,"pos":{"name":"f","line":2,"column":1,"offset":9}},` +
		`{"key":"empty","value":"","pos":{"name":"f","line":3,"column":1,"offset":20}},` +
		`{"key":"u","value":"http://(hidden)@h/\n","redacted":true,"pos":{"name":"f","line":4,"column":1,"offset":27}}]}`
	if err != nil || string(data) != want {
		t.Errorf("JSON is\n%s, want\n%s\n%v", data, want, err)
	}
}
