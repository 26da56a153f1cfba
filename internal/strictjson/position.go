package strictjson

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// Offset returns where the value with a path begins in a document that [Read]
// has read, or the value around it that is there.
func Offset(data []byte, at string) int {
	body := bytes.TrimPrefix(data, bom)
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	off := start(body, 0)
	for at != "" {
		var step string
		step, at = cutStep(at)
		if t, err := d.ReadToken(); err != nil || !find(d, t.Kind(), step) {
			break
		}
		off = start(body, int(d.InputOffset()))
	}
	return off + len(data) - len(body)
}

// cutStep takes the first step off a path: a name, or the number of an entry.
func cutStep(at string) (step, rest string) {
	if inner, ok := strings.CutPrefix(at, "["); ok {
		if quoted, err := strconv.QuotedPrefix(inner); err == nil { // a name that is no plain word
			step, _ = strconv.Unquote(quoted)
			return step, strings.TrimPrefix(inner[len(quoted):], "]")
		}
		step, rest, _ = strings.Cut(inner, "]")
		return step, rest
	}
	at = strings.TrimPrefix(at, ".")
	end := strings.IndexAny(at, ".[")
	if end < 0 {
		end = len(at)
	}
	return at[:end], at[end:]
}

// find goes to the member or entry of what was just opened.
func find(d *jsontext.Decoder, kind jsontext.Kind, step string) bool {
	n, err := strconv.Atoi(step)
	if kind == '[' && err != nil || kind != '[' && kind != '{' {
		return false
	}
	for i := 0; d.PeekKind() != ']' && d.PeekKind() != '}'; i++ {
		if kind == '{' {
			name, err := d.ReadValue()
			if err != nil {
				return false
			}
			if text, _ := jsontext.AppendUnquote(nil, name); string(text) == step {
				return true
			}
		} else if i == n {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}

// start passes over what lies between two values.
func start(data []byte, off int) int {
	for off < len(data) && strings.IndexByte(" \t\r\n,:", data[off]) >= 0 {
		off++
	}
	return off
}

// valueAt is the value that begins at an offset.
func valueAt(data []byte, off int) []byte {
	v, err := jsontext.NewDecoder(bytes.NewBuffer(data[off:])).ReadValue()
	if err != nil {
		return nil
	}
	return v
}

// path writes a JSON pointer as errors name a value. A name that is no plain
// word, and so may be anything that was pasted, is quoted and redacted.
func path(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			fmt.Fprintf(&b, "[%s]", token)
		case !plainWord(token):
			b.WriteString("[" + named(token) + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
		if b.Len() > maxPath {
			return strings.ToValidUTF8(b.String()[:maxPath], "") + "…"
		}
	}
	return b.String()
}

// named shows a name that may be anything.
func named(name string) string { return words.Quote(props.Redact("", name[:min(len(name), maxPath)])) }

// maxPath bounds a path in bytes: a document may be nested ten thousand deep.
const maxPath = 256

func plainWord(s string) bool {
	if s == "" || len(s) > 64 || props.Sensitive("", s) {
		return false
	}
	return strings.IndexFunc(s, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
	}) < 0
}

// Position returns the line and column of an offset, both from 1; columns count
// bytes. Lines end at LF, CR or CR LF, as in the files of package props.
func Position(name string, data []byte, off int) props.Position {
	p := props.Position{Name: name, Line: 1, Offset: off}
	begin := 0
	for i, c := range data[:off] {
		if c == '\n' || c == '\r' && (i+1 == len(data) || data[i+1] != '\n') {
			p.Line++
			begin = i + 1
		}
	}
	p.Column = off - begin + 1
	return p
}
