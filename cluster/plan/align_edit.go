package plan

import (
	"bytes"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
)

// keyAliasEdit sets the keyAlias of a TLS connector in server.xml: the
// attribute's value where it stands, or a new attribute behind the element's
// name. Everything else of the file stays as it is, and no other byte of it
// gets into the edit: the element may hold a password. ok is false when it
// cannot be found where the reader saw it.
func keyAliasEdit(data []byte, c cluster.Connector, alias string) (e *Edit, ok bool) {
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
	at, old, quote := attribute(data[open:end], "keyAlias")
	insert := escapeXML(alias, quote)
	from, to := open+len("<Connector"), open+len("<Connector")
	if at >= 0 {
		from, to = open+at, open+at+len(old)
	} else {
		insert = ` keyAlias="` + escapeXML(alias, '"') + `"`
	}
	return &Edit{Splice: []Hunk{{Offset: from, Old: bytes.Clone(data[from:to]), New: []byte(insert)}}}, true
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
func attribute(tag []byte, name string) (at int, value string, quote byte) {
	for i := 0; i < len(tag); {
		c := tag[i]
		if c == '"' || c == '\'' { // a value that was not asked for
			end := bytes.IndexByte(tag[i+1:], c)
			if end < 0 {
				break
			}
			i += end + 2
			continue
		}
		if i > 0 && strings.IndexByte(" \t\r\n", tag[i-1]) >= 0 && bytes.HasPrefix(tag[i:], []byte(name)) {
			rest := bytes.TrimLeft(tag[i+len(name):], " \t\r\n")
			if len(rest) > 0 && rest[0] == '=' {
				rest = bytes.TrimLeft(rest[1:], " \t\r\n")
				if len(rest) > 1 && (rest[0] == '"' || rest[0] == '\'') {
					if end := bytes.IndexByte(rest[1:], rest[0]); end >= 0 {
						return len(tag) - len(rest) + 1, string(rest[1 : 1+end]), rest[0]
					}
				}
			}
		}
		i++
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
