package cluster

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	c := parseClasspath("cp", []byte(text))
	type line struct{ Keyword, Value, Tail, At string }
	var got []line
	for _, l := range c {
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
	if len(c) != 9 {
		t.Errorf("%d lines", len(c))
	}
}

func FuzzParseClasspath(f *testing.F) {
	f.Add("dir /a !x\r\nset b\n\n# c")
	f.Add("dir\t/opt/ucd\\x !\n !\r")
	f.Fuzz(func(t *testing.T, text string) {
		c := parseClasspath("p", []byte(text))
		var b strings.Builder
		for _, l := range c {
			if l.Keyword != "" {
				at := l.Pos.Column - 1
				body := strings.TrimRight(l.Raw, "\r\n")
				if l.Pos.Offset != b.Len()+at || body[at:] != l.Value+l.Tail || !strings.Contains(body[:at], l.Keyword) {
					t.Errorf("line %q does not consist of its parts: %+v", l.Raw, l)
				}
			}
			b.WriteString(l.Raw)
		}
		if b.String() != text {
			t.Errorf("%q became %q", text, b.String())
		}
	})
}

func TestSeedCorpusIsCommitted(t *testing.T) {
	list, err := os.ReadDir("testdata/fuzz/FuzzParseClasspath")
	if err != nil || len(list) == 0 {
		t.Error(err)
	}
}
