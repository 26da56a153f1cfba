package sarif

import (
	"net/url"
	"testing"
)

func TestFileURI(t *testing.T) {
	for path, want := range map[string]string{
		"/opt/ibm-ucd/server":             "file:///opt/ibm-ucd/server",
		"/opt/a b/50%/#1?x":               "file:///opt/a%20b/50%25/%231%3Fx",
		"/opt/\xff\x1b/ä":                 "file:///opt/%FF%1B/%C3%A4",
		"//x":                             "file:////x",
		`/a\b`:                            "file:///a%5Cb",
		`C:\Program Files\ibm-ucd\server`: "file:///C:/Program%20Files/ibm-ucd/server",
		"d:/ucd/server":                   "file:///d:/ucd/server",
		`\\nas\share\app data`:            "file://nas/share/app%20data",
		`\\nas\c:\x`:                      "file://nas/c%3A/x",
		"conf/a:b":                        "conf/a%3Ab",
	} {
		got := fileURI(path)
		if got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
		if _, err := url.Parse(got); err != nil {
			t.Error(err)
		}
	}
}
