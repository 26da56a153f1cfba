package appdata_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/props"
)

func ExampleDetect() {
	p, err := props.Parse("installed.properties", []byte("server.appdata.dir=..\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range []string{"7.0.0.0.984935", "6.1.1.4.665694"} {
		s, err := appdata.Detect(v, "/opt/ibm-ucd/server", p)
		fmt.Println(s, err)
	}
	// Output:
	// in-install <nil>
	// linked <nil>
}

func TestDetect(t *testing.T) {
	const v7 = "7.0.0.0.984935"
	for _, c := range []struct {
		version, install, line string
		want                   appdata.Scheme
	}{
		{v7, unix, "server.appdata.dir=../appdata", appdata.Folder},
		{v7, unix, "server.appdata.dir=/media/share/appdata", appdata.Folder},
		{v7, unix, "server.appdata.dir=..-appdata", appdata.Folder},
		{v7, unix, "server.appdata.dir=../../share", appdata.Folder},
		{v7, unix, "server.appdata.dir=..", appdata.InInstall},
		{v7, unix, "server.appdata.dir=../", appdata.InInstall},
		{v7, unix, `server.appdata.dir=..\\`, appdata.InInstall},
		{v7, unix, "server.appdata.dir=./..", appdata.InInstall},
		{v7, unix, "server.appdata.dir=/opt/ucd/server", appdata.InInstall},
		{v7, unix, "server.appdata.dir=/opt//ucd/server/", appdata.InInstall},
		{v7, unix, "server.appdata.dir=../appdata/..", appdata.InInstall},
		{v7, unix + "/", "server.appdata.dir=..", appdata.InInstall},
		{v7, unix, "server.appdata.dir=/opt/ucd/SERVER", appdata.Folder},
		{v7, unix, "server.appdata.dir=", appdata.InInstall},
		{v7, unix, "server.appdata.dir=null", appdata.InInstall},
		{v7, unix, "database.type=oracle", appdata.InInstall},
		{v7, "", "server.appdata.dir=..", appdata.InInstall},

		{v7, win, `server.appdata.dir=..\\appdata`, appdata.Folder},
		{v7, win, `server.appdata.dir=c:/UCD/Server/`, appdata.InInstall},
		{v7, win, `server.appdata.dir=C:\\ucd\\server`, appdata.InInstall},
		{v7, win, `server.appdata.dir=..\\`, appdata.InInstall},
		{v7, win, `server.appdata.dir=\\\\nas\\share\\appdata`, appdata.Folder},
		{v7, unc, `server.appdata.dir=//NAS/ucd/server`, appdata.InInstall},

		{"6.1.1.5", unix, "server.appdata.dir=../appdata", appdata.Folder},
		{"6.1.1.5.665694", unix, "server.appdata.dir=..", appdata.InInstall},
		{"6.1.1.4.665694", unix, "server.appdata.dir=../appdata", appdata.Linked},
		{"6.1.0.4", unix, "server.appdata.dir=..", appdata.Linked},
		{"6.1.1", unix, "", appdata.Linked}, // in the product's order below 6.1.1.5
		{"6.10.0.0.1", unix, "server.appdata.dir=..", appdata.InInstall},
		{"10.0", unix, "server.appdata.dir=..", appdata.InInstall},
		{"dev", unix, "server.appdata.dir=../appdata", appdata.Folder},
		{"dev", unix, "server.appdata.dir=..", appdata.InInstall},
	} {
		p, err := props.Parse("installed.properties", []byte(c.line+"\n"))
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		if got, err := appdata.Detect(c.version, c.install, p); got != c.want || err != nil {
			t.Errorf("%s at %s with %s: %v, %v, want %v", c.version, c.install, c.line, got, err, c.want)
		}
	}
}

func TestDetectErrors(t *testing.T) {
	p, err := props.Parse("installed.properties", []byte("server.appdata.dir=..\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"", " ", "unknown", "7.x", "7.0.0.0\n"} {
		s, err := appdata.Detect(v, unix, p)
		var ve *appdata.VersionError
		if s != "" || !errors.As(err, &ve) || ve.Version != v {
			t.Errorf("version %q: %v, %v", v, s, err)
		}
	}
	if s, err := appdata.Detect("7.0.0.0.1", unix, nil); s != "" || !errors.Is(err, appdata.ErrNoProperties) {
		t.Errorf("no properties: %v, %v", s, err)
	}
	if s, err := appdata.Detect("6.1.0.4", unix, nil); s != appdata.Linked || err != nil {
		t.Errorf("no properties, but a version that needs none: %v, %v", s, err)
	}
}

// Every enumeration reads back the text it writes, and its zero value is unset.
func TestEnumerationsAsText(t *testing.T) {
	check := func(t *testing.T, zero, v fmt.Stringer, back any, want string) {
		t.Helper()
		if zero.String() != "unset" {
			t.Errorf("zero value of %T reads %q", zero, zero)
		}
		if b, err := json.Marshal(zero); err == nil {
			t.Errorf("the unset %T is written as %s", zero, b)
		}
		b, err := json.Marshal(v)
		if err != nil || string(b) != `"`+want+`"` {
			t.Errorf("%#v: %s, %v", v, b, err)
		}
		if err := json.Unmarshal(b, back); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal([]byte(`"nonsense"`), back); err == nil {
			t.Errorf("%T accepts nonsense", v)
		}
	}
	var s appdata.Scheme
	var k appdata.Kind
	var p appdata.Presence
	var tr appdata.Transfer
	for _, want := range []string{"folder", "in-install", "linked"} {
		check(t, appdata.Scheme(""), appdata.Scheme(want), &s, want)
		if string(s) != want {
			t.Errorf("%s reads back as %v", want, s)
		}
	}
	for _, want := range []string{"dir", "file", "link", "special", "missing"} {
		check(t, appdata.Kind(""), appdata.Kind(want), &k, want)
		if string(k) != want {
			t.Errorf("%s reads back as %v", want, k)
		}
	}
	check(t, appdata.Presence(""), appdata.Optional, &p, "optional")
	check(t, appdata.Transfer(""), appdata.Stay, &tr, "stay")
	if p != appdata.Optional || tr != appdata.Stay {
		t.Errorf("read back as %v, %v", p, tr)
	}
}
