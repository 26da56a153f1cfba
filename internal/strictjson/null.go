package strictjson

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

// needless finds the first null in a document where the type needs a value. It
// follows the document as far as this fits the type; where it does not, the
// reader itself finds the mistake.
func needless(data []byte, t reflect.Type, strict bool) *Error {
	if !bytes.Contains(data, []byte("null")) {
		return nil
	}
	n := nulls{jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true)), map[reflect.Type]map[string]reflect.Type{}, strict}
	e, _ := n.value(t)
	return e
}

type nulls struct {
	d       *jsontext.Decoder
	members map[reflect.Type]map[string]reflect.Type
	// strict tells that there is no unknown field, and that a list may be null.
	strict bool
}

// value goes through one value. ok is false where the rest is of no interest.
func (n nulls) value(t reflect.Type) (e *Error, ok bool) {
	kind := n.d.PeekKind()
	if kind == 'n' {
		if _, err := n.d.ReadToken(); err != nil {
			return nil, false
		}
		switch t.Kind() {
		case reflect.Slice:
			if n.strict {
				return nil, true
			}
		case reflect.Pointer, reflect.Map:
			return nil, true
		}
		return &Error{Path: path(n.d.StackPointer()), Offset: int(n.d.InputOffset()) - len("null"), Reason: "is null; the field takes a value"}, false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	own := reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
	switch {
	case kind == '{' && t.Kind() == reflect.Struct && !own, kind == '{' && t.Kind() == reflect.Map && !own, kind == '[' && t.Kind() == reflect.Slice:
	default:
		return nil, n.d.SkipValue() == nil
	}
	if _, err := n.d.ReadToken(); err != nil {
		return nil, false
	}
	for more := n.d.PeekKind(); more != '}' && more != ']'; more = n.d.PeekKind() {
		elem := t
		if t.Kind() == reflect.Struct {
			if elem = n.member(t); elem == nil {
				if n.strict || n.d.SkipValue() != nil {
					return nil, false
				}
				continue
			}
		} else {
			if elem = t.Elem(); kind == '{' && n.d.SkipValue() != nil { // the member's name
				return nil, false
			}
		}
		if e, ok := n.value(elem); !ok {
			return e, false
		}
	}
	_, err := n.d.ReadToken()
	return nil, err == nil
}

// member reads a name, and returns the type of the struct's member, nil where it
// has none of that name.
func (n nulls) member(t reflect.Type) reflect.Type {
	name, err := n.d.ReadValue()
	if err != nil || len(name) < 2 || name[0] != '"' {
		return nil
	}
	known := n.members[t]
	if known == nil {
		known = map[string]reflect.Type{}
		for _, m := range members(t) {
			known[m.name] = m.t
		}
		n.members[t] = known
	}
	return known[string(name[1:len(name)-1])]
}
