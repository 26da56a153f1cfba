package plan

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
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
		after, ok := withKeyAlias(data, c, x.Value)
		if !ok {
			return nil, errors.New("the place of keyAlias in the file cannot be told for sure")
		}
		data = after
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

// aliasAttribute is what may be the alias of a connector, which stands at itself or
// at the element Certificate inside, or may be text that looks like it.
var aliasAttribute = regexp.MustCompile(`[kK]eyAlias\s*=\s*("[^"]*"|'[^']*')`)

// withKeyAlias sets the keyAlias of a TLS connector in server.xml: the
// attribute's value where it stands, or a new attribute behind the element's
// name. Everything else of the file stays as it is. ok is false when its place cannot
// be told: only a text that reads back as what was meant is one.
func withKeyAlias(data []byte, c cluster.Connector, alias string) (after []byte, ok bool) {
	if c.Pos.Offset < 0 || c.Pos.Offset >= len(data) {
		return nil, false
	}
	before, element := data[:c.Pos.Offset], data[c.Pos.Offset:]
	try := func(from, to int, text string) bool {
		after = slices.Concat(before, element[:from], []byte(text), element[to:])
		x, err := serverxml.Parse(c.Pos.Name, after)
		return err == nil && slices.ContainsFunc(x.Connectors, func(y serverxml.Connector) bool {
			return y.Pos.Offset == c.Pos.Offset && y.KeyAlias == alias
		})
	}
	const most = 16 // texts that look like it
	for _, m := range aliasAttribute.FindAllSubmatchIndex(element, most) {
		quote := element[m[2]]
		if try(m[2]+1, m[3]-1, escapeXML(alias, quote)) {
			return after, true
		}
	}
	name := []byte("<Connector")
	at := bytes.Index(element, name) + len(name)
	ok = c.KeyAlias == "" && at >= len(name) && try(at, at, ` keyAlias="`+escapeXML(alias, '"')+`"`)
	return after, ok
}

func escapeXML(s string, quote byte) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(s)
	if quote == '\'' {
		return strings.ReplaceAll(s, "'", "&apos;")
	}
	return strings.ReplaceAll(s, `"`, "&quot;")
}
