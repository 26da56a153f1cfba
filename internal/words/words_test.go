package words_test

import (
	"testing"

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
