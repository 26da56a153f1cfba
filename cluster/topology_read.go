package cluster

import (
	"cmp"
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
// a value of the wrong type, anything but white space after the document, all that Validate refuses, facts about a node
// that is not there, and facts that cannot be: a host with a port, a URL that is
// not of the web, a port that does not exist, two clocks of one node, a node
// that does not reach itself. Fields are compared letter by letter. null stands
// for a value that is not given, and so only where one may be left out.
//
// Defaults are filled in: schema 1, role "member", a mount's root "/". An empty
// list is the same as none. A byte order mark at the beginning is passed over.
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
	var t Topology
	if e := strictjson.Read(data, &t); e != nil {
		known := map[string]bool{}
		for _, k := range e.Known {
			known[k] = true
		}
		return Topology{}, &TopologyError{Field: e.Path, Reason: e.Reason, Near: nearest(e.Name, known), Pos: strictjson.Position(name, data, e.Offset)}
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
		if n.Role == 0 {
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
