package plan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverxml"
	"github.com/deploycluster/deploycluster/props"
)

// factsOf are the settings that a file's edits change.
func factsOf(f *fileEdits) (out []Fact) {
	for _, x := range f.edits {
		was, _ := factOf(f.path, f.data, x)
		out = append(out, was)
	}
	return out
}

// factOf is the setting that an edit is about, as a file has it.
func factOf(path string, data []byte, x cluster.Edit) (Fact, error) {
	fact := Fact{Path: path, Key: x.Key}
	switch x.File {
	case fileClasspath:
		line := x.Key
		if x.Op == opAppend {
			fact.Key, line = x.Value, x.Value
		}
		fact.Absent = lineIndex(data, line) < 0
		return fact, nil
	case fileServerXML:
		c, err := onlyConnector(path, data)
		fact.Value, fact.Absent = c.KeyAlias, c.KeyAlias == ""
		return fact, err
	}
	f, err := props.Parse(path, data)
	if err != nil {
		return fact, err
	}
	return propertyFact(path, f, x.Key, x.Secret != ""), nil
}

// settled reports whether a file has an edit already. A secret cannot be told
// from its reference. The error says why the edit cannot be made at all.
func settled(path string, data []byte, x cluster.Edit) (bool, error) {
	if x.Secret != "" {
		_, err := props.Parse(path, data)
		return false, err
	}
	after, err := edited(path, data, []cluster.Edit{x}, nil)
	return err == nil && bytes.Equal(after, data), err
}

// edited is a file with edits made. Made again they change nothing. secret
// resolves references.
func edited(path string, data []byte, edits []cluster.Edit, secret func(ref string) string) ([]byte, error) {
	if len(edits) == 0 {
		return data, nil
	}
	switch edits[0].File {
	case fileClasspath:
		return editedLines(data, edits)
	case fileServerXML:
		return editedXML(path, data, edits)
	}
	f, err := props.Parse(path, data)
	if err != nil {
		return nil, err
	}
	for _, x := range edits {
		switch {
		case x.Op == opRemove:
			f.Delete(x.Key)
		case x.Op == opRename:
			_, old := f.Lookup(x.Key)
			if _, done := f.Lookup(x.Value); done && !old {
				continue
			}
			if err := f.Rename(x.Key, x.Value); err != nil {
				return nil, err
			}
		case x.Secret != "":
			f.Set(x.Key, secret(x.Secret))
		default:
			f.Set(x.Key, x.Value)
		}
	}
	return f.Bytes(), nil
}

// editedLines changes lines of bin/classpath.conf.
func editedLines(data []byte, edits []cluster.Edit) ([]byte, error) {
	for _, x := range edits {
		at, has := lineIndex(data, x.Key), lineIndex(data, x.Value) >= 0
		lines := splitLines(data)
		switch {
		case x.Op == opRemove && at >= 0:
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == strings.TrimSpace(x.Key) })
		case x.Op == opRemove, x.Op == opAppend && has, x.Op == opSet && at < 0 && has:
			continue
		case x.Op == opSet && at < 0:
			return nil, fmt.Errorf("has no line %q", x.Key)
		case x.Op == opSet:
			for i, l := range lines { // a line that stands twice is changed twice
				if strings.TrimSpace(l) == strings.TrimSpace(x.Key) {
					_, end := cutEnding(l)
					lines[i] = x.Value + end
				}
			}
		default:
			lines = appendLine(lines, x.Value)
		}
		data = []byte(strings.Join(lines, ""))
	}
	return data, nil
}

// appendLine adds a line with the ending of the first one, and ends the last one.
func appendLine(lines []string, add string) []string {
	ending := "\n"
	if len(lines) > 0 {
		if _, end := cutEnding(lines[0]); end != "" {
			ending = end
		}
		if _, end := cutEnding(lines[len(lines)-1]); end == "" {
			lines[len(lines)-1] += ending
		}
	}
	return append(lines, add+ending)
}

// splitLines cuts a text into lines with their endings.
func splitLines(data []byte) []string {
	return slices.Collect(strings.Lines(string(data)))
}

// lineIndex finds a line, whatever blanks stand around it, or returns -1.
func lineIndex(data []byte, line string) int {
	if strings.TrimSpace(line) == "" {
		return -1
	}
	return slices.IndexFunc(splitLines(data), func(l string) bool { return strings.TrimSpace(l) == strings.TrimSpace(line) })
}

// editedXML sets keyAlias of the one TLS connector.
func editedXML(path string, data []byte, edits []cluster.Edit) ([]byte, error) {
	for _, x := range edits {
		c, err := onlyConnector(path, data)
		if err != nil {
			return nil, err
		}
		if c.KeyAlias == x.Value {
			continue
		}
		e, ok := keyAliasEdit(data, c, x.Value)
		if !ok {
			return nil, errors.New("the place of keyAlias in the file cannot be told for sure")
		}
		if data, err = e.apply(path, data); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// onlyConnector is the TLS connector of a server.xml that has one.
func onlyConnector(path string, data []byte) (cluster.Connector, error) {
	x, err := serverxml.Parse(path, data)
	switch {
	case err != nil:
		return cluster.Connector{}, err
	case len(x.Connectors) != 1:
		return cluster.Connector{}, fmt.Errorf("has %d TLS connectors, so which of them is meant is not known", len(x.Connectors))
	}
	return cluster.Connector(x.Connectors[0]), nil
}

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
