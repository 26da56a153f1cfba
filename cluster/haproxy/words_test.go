package haproxy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

// TestWords holds the cutting of lines against the examples and the matrix of
// the manual's section on quoting and escaping. ? marks a word that is not
// certain.
func TestWords(t *testing.T) {
	for line, want := range map[string]string{
		``:                                "",
		` a	b `:                           "a|b",
		`global#this`:                     "global",
		`a # b`:                           "a",
		"a b\r":                           "a|b",
		`a\ b`:                            "a b",
		`a\#b "#" '#'`:                    "a#b|#|#",
		`\\ "\\" '\'`:                     `\|\|\`,
		`\' "'" \" "\"" '"'`:              `'|'|"|"|"`,
		`$ \$ "\$" '$'`:                   `$|$|$|$`,
		`\x41\x5A "\x41" '\x41'`:          `AZ|A|\x41`,
		`a"b c"'d e'f`:                    "ab cd ef",
		`"" ''`:                           "|",
		`%{+Q}o\ %t "%{+Q}o %t"' %s'\ %r`: "%{+Q}o %t|%{+Q}o %t %s %r",
		`"$A" "${A}b" $A`:                 "?|?b|$A",
		`"${A-b c}:80" "${A[*]}"`:         "?:80|?",
		`\.png$`:                          `?\.png$`,
		`"\."`:                            `?\.`,
		`a\`:                              `?a\`,
	} {
		texts, certain, err := haproxy.Cut(line)
		for i := range texts {
			text := strings.ReplaceAll(texts[i], "\x00", "")
			if texts[i] = text; !certain[i] {
				texts[i] = "?" + text
			}
		}
		if got := strings.Join(texts, "|"); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
}

// quoted writes a word so that it is cut as it is.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `\n`, "\r", `\r`).Replace(text) + `"`
}

func FuzzWords(f *testing.F) {
	for _, line := range []string{`server node\x31 "${HOST}:80" check # x`, `a\ \#1\x20cluster "of two"' $x'`, `"a`, `\x0`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\x00") {
			return // Parse refuses it
		}
		texts, certain, err := haproxy.Cut(line)
		if err != nil {
			return
		}
		var again []string
		for _, text := range texts {
			again = append(again, quoted(text))
		}
		if slices.Contains(certain, false) {
			return
		}
		back, sure, err := haproxy.Cut(strings.Join(again, " "))
		if err != nil || !slices.Equal(back, texts) || slices.Contains(sure, false) {
			t.Errorf("%q is cut into %q, and written anew into %q, %v", line, texts, back, err)
		}
	})
}

// FuzzParse looks for panics, and for answers that differ for one file or
// that comments and empty lines change.
func FuzzParse(f *testing.F) {
	f.Add("listen l\n mode http\n bind :443 ssl\n cookie S insert\n server a node1.example.com:8080 cookie a\n")
	f.Add("defaults d\n balance source\n.if 1\nfrontend f from d\n bind 10.0.0.1:1-65535,[::1]:80\n use_backend %[src]\n.endif\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := haproxy.Parse("haproxy.cfg", []byte(text))
		if err != nil {
			return
		}
		got := told(t, c, false)
		spaced := strings.ReplaceAll(text, "\n", "\t # comment\n")
		if strings.HasSuffix(text, "\\\n") || strings.Contains(spaced, "\\\t") || strings.Contains(spaced, "\r\t") {
			spaced = text
		}
		again, err := haproxy.Parse("haproxy.cfg", []byte(spaced))
		if err != nil {
			t.Fatalf("with comments: %v", err)
		}
		if met := told(t, again, false); met != got {
			t.Errorf("%s\nwith comments:\n%s", got, met)
		}
		lb, open := c.Facts(options(true))
		for _, u := range open {
			if len(u.Facts) == 0 || u.Reason == "" || u.Line < 0 || u.Line > strings.Count(text, "\n") {
				t.Errorf("%+v", u)
			}
		}
		if len(lb.Ports) > 4+strings.Count(text, "\n")*len(members())+len(text) {
			t.Errorf("%d ports", len(lb.Ports))
		}
	})
}
