package strictjson

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// withoutDialect blanks the member "$schema" of the document's object, which
// editors add and no type has. Offsets stay what they are. A document that is
// not JSON, or whose $schema is not a text, is returned as it is.
func withoutDialect(data []byte) []byte {
	const name = `"$schema"`
	if !bytes.Contains(data, []byte(name)) {
		return data
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return data
	}
	for d.PeekKind() == '"' {
		before := int(d.InputOffset())
		key, err := d.ReadToken()
		if err != nil {
			return data
		}
		found := key.String() == "$schema"
		value, err := d.ReadValue()
		if err != nil {
			return data
		}
		if !found {
			continue
		}
		if value.Kind() != '"' {
			return data
		}
		return blank(data, before, int(d.InputOffset()))
	}
	return data
}

// blank overwrites a member with spaces, and the comma that sets it apart: the
// one in front of it, which is part of the gap that begins at from, or else the
// one behind it.
func blank(data []byte, from, to int) []byte {
	out := bytes.Clone(data)
	ahead := bytes.HasPrefix(bytes.TrimLeft(out[from:to], " \t\r\n"), []byte(","))
	for i := from; i < to; i++ {
		out[i] = blanked(out[i])
	}
	if ahead {
		return out
	}
	rest := bytes.TrimLeft(out[to:], " \t\r\n")
	if bytes.HasPrefix(rest, []byte(",")) {
		out[len(out)-len(rest)] = ' '
	}
	return out
}

// blanked keeps line ends, so that lines keep their numbers.
func blanked(c byte) byte {
	if c == '\n' || c == '\r' {
		return c
	}
	return ' '
}
