package cluster

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"

	"github.com/deploycluster/deploycluster/internal/strictjson"
)

// ReadTopology reads a topology from JSON (RFC 8259), and strictly, because a
// slip in it would otherwise show up as a verdict about the wrong servers. name
// is what errors call the document, such as its file name.
//
// Every error is a *TopologyError with the path and the position of the first
// value at fault: malformed JSON, text that is not UTF-8, an unknown field
// (with the known one that is most like it), a field that is given twice,
// a value of the wrong type, anything but white space after the document, all
// that Validate refuses, facts about a node that is not there, and facts that
// cannot be: a host with a port, a URL that is not of the web, a port that does
// not exist, two clocks of one node, a node that does not reach itself. A
// document of more than 16 MiB is refused, and one that looks like YAML is said
// to be that. Fields are compared letter by letter. null is a value that is not
// given, and so only allowed where one may be left out.
//
// A document of more than 256 KiB takes at most four times its length in memory. For
// that no text or name may be longer than 64 KiB, and its lists may not have more
// entries than it can say something about: all entries together, a node being some
// hundred bytes and a mount half of that, take at most twice its length beyond the
// first 256 KiB. Nodes with mounts always fit; many thousands of empty ones do not,
// and are refused before they are made.
//
// Defaults are filled in: schema 1, role "member", a mount's root "/". An empty
// list is the same as none. A byte order mark at the beginning is passed over,
// and so is a field "$schema".
//
//	{
//	  "schema": 1,
//	  "name": "production",
//	  "storages": [
//	    {"name": "ucd1", "dir": "/mnt/inspect/ucd1"},
//	    {"name": "share", "dir": "/mnt/inspect/share"}
//	  ],
//	  "nodes": [
//	    {
//	      "name": "ucd1",
//	      "role": "member",
//	      "install": "/opt/ibm-ucd/server",
//	      "mounts": [
//	        {"path": "/", "storage": "ucd1", "root": "/"},
//	        {"path": "/media/share", "storage": "share", "root": "/"}
//	      ]
//	    }
//	  ],
//	  "facts": {"backups": {"online": true, "offline": true}}
//	}
func ReadTopology(name string, data []byte) (Topology, error) {
	if len(data) > maxTopology {
		return Topology{}, &TopologyError{Reason: fmt.Sprintf("has more than %d bytes", maxTopology), Pos: strictjson.Position(name, nil, 0)}
	}
	if at, long := strictjson.LongText(data, maxText); long {
		return Topology{}, &TopologyError{Reason: fmt.Sprintf("a text or name has more than %d bytes", maxText), Pos: strictjson.Position(name, data, at)}
	}
	var t Topology
	if e := strictjson.Read(data, &t,
		strictjson.ListOf[Node](), strictjson.ListOf[Mount](), strictjson.ListOf[Storage](), strictjson.ListOf[Link](),
		strictjson.ListOf[Clock](), strictjson.ListOf[LicenseServer](), strictjson.ListOf[string](), strictjson.ListOf[int](),
	); e != nil {
		if looksLikeYAML(data) {
			return Topology{}, &TopologyError{Reason: "this looks like YAML; the topology is JSON", Pos: strictjson.Position(name, data, e.Offset)}
		}
		return Topology{}, &TopologyError{Field: e.Path, Reason: e.Reason, Near: e.Near(), Pos: strictjson.Position(name, data, e.Offset)}
	}
	dropEmpty(reflect.ValueOf(&t).Elem())
	if err := cmp.Or(t.validate(), t.validateFacts()); err != nil {
		err.Pos = strictjson.Position(name, data, strictjson.Offset(data, err.Field))
		return Topology{}, err
	}
	if t.Schema == 0 {
		t.Schema = 1
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Role == "" {
			n.Role = RoleMember
		}
		for j := range n.Mounts {
			if n.Mounts[j].Root == "" {
				n.Mounts[j].Root = "/"
			}
		}
	}
	return t, nil
}

// maxTopology bounds a topology, in bytes: 50,000 servers fit.
const maxTopology = 16 << 20

// maxText bounds each of its texts and names, in bytes.
const maxText = 64 << 10

// looksLikeYAML reports whether a document that is not JSON begins as YAML does:
// with its mark, a comment, a key without quotes, or an entry of a list.
func looksLikeYAML(data []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		line = bytes.TrimSpace(line)
		key, _, isKey := bytes.Cut(line, []byte(":"))
		switch {
		case len(line) == 0 || line[0] == '#':
			continue
		case bytes.HasPrefix(line, []byte("---")), bytes.HasPrefix(line, []byte("- ")), bytes.HasPrefix(line, []byte("%YAML")):
			return true
		}
		return isKey && len(key) > 0 && !bytes.ContainsAny(key, "{}[]\"' \t")
	}
	return false
}

// dropEmpty makes lists and maps that are empty the same as none.
func dropEmpty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			dropEmpty(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			dropEmpty(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			dropEmpty(v.Index(i))
		}
		if v.Len() == 0 {
			v.SetZero()
		}
	case reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
		}
	}
}
