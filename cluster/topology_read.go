package cluster

import (
	"bytes"
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// ReadTopology reads a topology from JSON (RFC 8259), and strictly, because a
// slip in it would otherwise show up as a verdict about the wrong servers. name
// is what errors call the document, such as its file name.
//
// Every error is a *TopologyError with the path and the position of the first
// value at fault: malformed JSON, text that is not UTF-8, an unknown field
// (with the known one that is most like it), a field that stands twice, a
// value of the wrong type, a value nested deeper than the model, anything but
// white space after the document, all that Validate refuses, facts about a node
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
	r := &jsonReader{name: name, data: data, at: map[string]int{}}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		r.off = len("\ufeff")
	}
	var t Topology
	if err := r.document(reflect.ValueOf(&t).Elem()); err != nil {
		return Topology{}, err
	}
	if err := cmp.Or(t.validate(), t.validateFacts()); err != nil {
		err.Pos = r.position(r.offset(err.Field))
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

// document reads the one value that the document is. Going by the types of the
// model alone, the reader never goes deeper than they do.
func (r *jsonReader) document(v reflect.Value) *TopologyError {
	if err := r.value(v, ""); err != nil {
		return err
	}
	if r.space(); r.off < len(r.data) {
		return r.fail("", r.off, "something follows the end of the document")
	}
	return nil
}

// value reads the next JSON value into v, by v's type.
func (r *jsonReader) value(v reflect.Value, path string) *TopologyError {
	r.space()
	start := r.off
	r.at[path] = start
	got := r.peek()
	if got == jsonNothing {
		return r.fail(path, start, "a value is missing")
	}
	if got == jsonNull && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice || v.Kind() == reflect.Map) {
		return r.literal(path, "null")
	}
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		if err := r.value(p.Elem(), path); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return r.text(u, path, got)
	}
	want := wanted(v.Kind())
	if got != want {
		return r.fail(path, start, "is %s; the field takes %s", got, want)
	}
	switch want {
	case jsonObject:
		if v.Kind() == reflect.Map {
			return r.mapping(v, path)
		}
		return r.object(v, path)
	case jsonArray:
		return r.array(v, path)
	case jsonText:
		s, err := r.str(path)
		if err == nil {
			v.SetString(s)
		}
		return err
	case jsonBool:
		v.SetBool(r.data[r.off] == 't')
		return r.literal(path, strconv.FormatBool(v.Bool()))
	}
	return r.number(v, path)
}

// wanted is the JSON type that a Go type of the model takes.
func wanted(k reflect.Kind) jsonType {
	switch {
	case k == reflect.Struct || k == reflect.Map:
		return jsonObject
	case k == reflect.Slice:
		return jsonArray
	case k == reflect.String:
		return jsonText
	case k == reflect.Bool:
		return jsonBool
	case reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr:
		return jsonNumber
	}
	return jsonNothing
}

// text reads a value that is written as one of some words.
func (r *jsonReader) text(u encoding.TextUnmarshaler, path string, got jsonType) *TopologyError {
	start := r.off
	if got != jsonText {
		return r.fail(path, start, "is %s; the field takes %s", got, jsonText)
	}
	s, err := r.str(path)
	if err != nil {
		return err
	}
	cause := u.UnmarshalText([]byte(s))
	if cause == nil {
		return nil
	}
	// The text itself is not shown, nor any part of it: what stands there may be
	// anything. So of other packages' words none is taken over.
	reason, known := strings.CutPrefix(cause.Error(), strconv.Quote(s)+" is no ")
	switch m, ok := u.(encoding.TextMarshaler); {
	case known:
		reason = "is no " + reason
	case ok && reflect.ValueOf(u).Elem().IsZero():
		example, err := m.MarshalText()
		if reason = "has not the form that the field takes"; err == nil {
			reason += fmt.Sprintf(", such as %q", example)
		}
	default:
		reason = "has not the form that the field takes"
	}
	e := r.fail(path, start, "%s", reason)
	_, words, _ := strings.Cut(reason, "[")
	near := map[string]bool{}
	for w := range strings.FieldsFuncSeq(words, func(c rune) bool { return c == '"' || c == ' ' || c == ']' }) {
		near[w] = true
	}
	e.Near = nearest(s, near)
	return e
}

// object reads into a struct.
func (r *jsonReader) object(v reflect.Value, path string) *TopologyError {
	fields := map[string][]int{}
	jsonFields(v.Type(), nil, fields)
	return r.members(path, func(key string, start int) (reflect.Value, *TopologyError) {
		index, ok := fields[key]
		if !ok {
			e := r.fail(member(path, key), start, "unknown field %s", named(key))
			e.Near = nearest(key, fields)
			return reflect.Value{}, e
		}
		return v.FieldByIndex(index), nil
	}, nil)
}

// jsonFields finds the fields of a struct by the names of their tags, those of
// embedded structs included.
func jsonFields(t reflect.Type, at []int, out map[string][]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(at[:len(at):len(at)], i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			jsonFields(f.Type, index, out)
		case name == "":
			out[f.Name] = index
		default:
			out[name] = index
		}
	}
}

// mapping reads into a map with texts as keys.
func (r *jsonReader) mapping(v reflect.Value, path string) *TopologyError {
	m := reflect.MakeMap(v.Type())
	err := r.members(path, func(string, int) (reflect.Value, *TopologyError) {
		return reflect.New(v.Type().Elem()).Elem(), nil
	}, func(key string, e reflect.Value) { m.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e) })
	if err == nil && m.Len() > 0 {
		v.Set(m)
	}
	return err
}

// array reads into a slice.
func (r *jsonReader) array(v reflect.Value, path string) *TopologyError {
	r.off++ // the bracket
	for i := 0; ; i++ {
		if r.skip(']') {
			if i > 0 {
				return r.fail(path, r.off-1, "a value is missing after the comma")
			}
			return nil
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := r.value(e, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
		v.Set(reflect.Append(v, e))
		if r.skip(']') {
			return nil
		}
		if !r.skip(',') {
			return r.fail(path, r.off, "a comma or a closing bracket is missing")
		}
	}
}

// number reads a number that the Go type holds exactly as written.
func (r *jsonReader) number(v reflect.Value, path string) *TopologyError {
	start := r.off
	text, err := r.digits(path)
	if err != nil {
		return err
	}
	bits := v.Type().Bits()
	var cause error
	switch {
	case v.CanInt():
		var n int64
		if n, cause = strconv.ParseInt(text, 10, bits); cause == nil {
			v.SetInt(n)
		}
	case v.CanUint():
		var n uint64
		if n, cause = strconv.ParseUint(text, 10, bits); cause == nil {
			v.SetUint(n)
		}
	default:
		var n float64
		if n, cause = strconv.ParseFloat(text, bits); cause == nil {
			v.SetFloat(n)
		}
	}
	switch {
	case cause == nil:
		return nil
	case v.CanFloat():
		return r.fail(path, start, "is a number that is too large")
	case strings.ContainsAny(text, ".eE"):
		return r.fail(path, start, "is not a whole number")
	case v.CanUint():
		return r.fail(path, start, "is not a number from 0 to %d", uint64(1)<<(bits-1)<<1-1)
	}
	return r.fail(path, start, "is not a number from %d to %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1)
}
