package words_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/deploycluster/deploycluster/internal/words"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"as it is, é 漢":      "as it is, é 漢",
		"\x1b[31mred\x1b[0m": `\x1b[31mred\x1b[0m`,
		"a\nb\tc\x00\x7f":    `a\nb\tc\x00\x7f`,
		"rtl \u202e x":       `rtl \u202e x`,
		"\xff\xfe":           `\xff\xfe`,
		"\u0085 \u2028":      `\u0085 \u2028`,
	} {
		if got := words.Plain(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"a_b *c* [d](e) `f` <g>": "a\\_b \\*c\\* \\[d\\](e) \\`f\\` \\<g\\>",
		"@team":                  "&#64;team",
		"ops@example.com":        "ops&#64;example.com",
		"http://x.example/y":     "http&#58;//x.example/y",
		"www.example.com":        "www&#46;example.com",
		"#12 & $x":               "\\#12 \\& \\$x",
		"a\x1b[0m \u202e\u0085":  "a\\\\x1b\\[0m \\\\u202e\\\\u0085",
		"/opt/ucd/a.b:3:5":       "/opt/ucd/a.b:3:5",
	} {
		if got := words.Markdown(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	if got := words.Clip(strings.Repeat("é", 5000)); len(got) > 4200 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes", len(got))
	}
	if words.Clip("short") != "short" {
		t.Error("a short text is changed")
	}
}

// TestJSON: what does not print is escaped, and the document says the same.
func TestJSON(t *testing.T) {
	in := "a é 漢 \u202e \u0085 \x7f \U000e0001 \u200b"
	doc, err := json.Marshal(map[string]string{"k": in})
	if err != nil {
		t.Fatal(err)
	}
	out := words.JSON(doc)
	for _, r := range string(out) {
		if !strconv.IsPrint(r) {
			t.Errorf("%q is left", r)
		}
	}
	var back map[string]string
	if err := json.Unmarshal(out, &back); err != nil || back["k"] != in {
		t.Errorf("%q, %v", back, err)
	}
}
