package plan

import (
	"bytes"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverxml"
)

// keyAliasEdit sets the keyAlias of a TLS connector in server.xml: the
// attribute's value where it stands, or a new attribute behind the element's
// name. Everything else of the file stays as it is, and no other byte of it
// gets into the edit: the element may hold a password. ok is false when it
// cannot be found where the reader saw it.
func keyAliasEdit(data []byte, c cluster.Connector, alias string) (e *FileChange, ok bool) {
	start := c.Pos.Offset
	if start < 0 || start >= len(data) {
		return nil, false
	}
	open := bytes.Index(data[start:], []byte("<Connector"))
	if open < 0 {
		return nil, false
	}
	open += start
	end := tagEnd(data, open)
	if end < 0 {
		return nil, false
	}
	at, old, quote := attribute(data[open:end], "<Connector", "keyAlias")
	if at < 0 && c.KeyAlias != "" {
		// It stands at the element Certificate inside.
		const tag = "<Certificate"
		inside := bytes.Index(data[end:], []byte(tag+" "))
		if inside < 0 {
			return nil, false
		}
		open = end + inside
		if end = tagEnd(data, open); end < 0 {
			return nil, false
		}
		at, old, quote = attribute(data[open:end], tag, "certificateKeyAlias")
	}
	insert := escapeXML(alias, quote)
	from, to := open+len("<Connector"), open+len("<Connector")
	if at >= 0 {
		from, to = open+at, open+at+len(old)
	} else {
		insert = ` keyAlias="` + escapeXML(alias, '"') + `"`
	}
	e = &FileChange{Splice: []hunk{{Offset: from, Old: bytes.Clone(data[from:to]), New: []byte(insert)}}}
	after, err := e.apply(c.Pos.Name, data)
	if err != nil {
		return nil, false
	}
	// Only an edit that reads back as what was meant is one.
	x, err := serverxml.Parse(c.Pos.Name, after)
	if err != nil || !slices.ContainsFunc(x.Connectors, func(y serverxml.Connector) bool {
		return y.Pos.Offset == c.Pos.Offset && y.KeyAlias == alias
	}) {
		return nil, false
	}
	return e, true
}

// tagEnd finds the > that ends the tag at open; one inside a quoted value
// does not.
func tagEnd(data []byte, open int) int {
	var quote byte
	for i := open; i < len(data); i++ {
		switch c := data[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// attribute finds the value of an attribute in a tag; at is -1 without one.
func attribute(tag []byte, element, name string) (at int, value string, quote byte) {
	const blank = " \t\r\n"
	for i := len(element); i < len(tag); {
		if strings.IndexByte(blank+"/", tag[i]) >= 0 {
			i++
			continue
		}
		start := i
		for i < len(tag) && strings.IndexByte(blank+"=", tag[i]) < 0 {
			i++
		}
		word := string(tag[start:i])
		for i < len(tag) && strings.IndexByte(blank+"=", tag[i]) >= 0 {
			i++
		}
		if i >= len(tag) || tag[i] != '"' && tag[i] != '\'' {
			break
		}
		end := bytes.IndexByte(tag[i+1:], tag[i])
		if end < 0 {
			break
		}
		if word == name {
			return i + 1, string(tag[i+1 : i+1+end]), tag[i]
		}
		i += end + 2
	}
	return -1, "", '"'
}

func escapeXML(s string, quote byte) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(s)
	if quote == '\'' {
		return strings.ReplaceAll(s, "'", "&apos;")
	}
	return strings.ReplaceAll(s, `"`, "&quot;")
}
