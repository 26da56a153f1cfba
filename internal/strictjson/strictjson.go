// Package strictjson reads JSON documents of which nothing may be overlooked:
//
//   - An unknown field (but see ReadWritten), a field that is given twice, and null where the field
//     needs a value are errors, and so is anything after the document. Members
//     are compared letter by letter.
//   - Every error has a path, such as "nodes[1].install", and a byte offset.
//   - Its words are this package's. Neither the reader below nor a value of the
//     document speaks in it: a value may be a secret that was pasted into the
//     wrong place.
//   - A byte order mark at the beginning is passed over, and so is a member
//     "$schema" of the document itself, which editors add.
//
// The reader is github.com/go-json-experiment/json.
package strictjson

import (
	"bytes"
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Error says where a document is not what it should be, and why.
type Error struct {
	// Path is the value at fault, empty for the document itself.
	Path string
	// Offset is where it begins, in bytes.
	Offset int
	// Reason is a clause about it.
	Reason string
	// Name is the unknown field or word, which may be anything and is not part
	// of Reason; Known are those that it could have been.
	Name  string
	Known []string
}

// Near is the known field or word that Name is most likely meant to be, "" where
// none is like it.
func (e *Error) Near() string { return words.Nearest(e.Name, slices.Values(e.Known)) }

func (e *Error) Error() string {
	at := ""
	if e.Path != "" {
		at = e.Path + ": "
	}
	return fmt.Sprintf("%s%s (offset %d)", at, e.Reason, e.Offset)
}

// Read reads a document into v, a pointer. Where the types of its lists are given,
// reading allocates little more than the document has: a list whose entries
// would take much more is an error.
func Read(data []byte, v any, lists ...List) *Error {
	return read(data, v, true, lists)
}

// ReadWritten reads a document that a version of this library wrote, which may be a
// later one: members that v does not have are passed over. null is an error for a
// list too, since none is ever written.
func ReadWritten(data []byte, v any) *Error { return read(data, v, false, nil) }

func read(data []byte, v any, strict bool, lists []List) *Error {
	body := bytes.TrimPrefix(data, bom)
	b := &budget{left: free + 2*len(body)}
	var hooks []*json.Unmarshalers
	if bytes.Contains(body, []byte("null")) {
		hooks = append(hooks, noNull(strict))
	}
	for _, list := range lists {
		hooks = append(hooks, list(b))
	}
	if strict && bytes.Contains(body, []byte(`"$schema"`)) {
		v = withDialect(v)
	}
	err := json.Unmarshal(body, v, json.RejectUnknownMembers(strict), json.WithUnmarshalers(json.JoinUnmarshalers(hooks...)))
	if err == nil {
		return nil
	}
	e := explain(err, body)
	e.Offset += len(data) - len(body)
	return e
}

// withDialect is v with the member "$schema" of the document itself beside its own,
// which editors add and no type has.
func withDialect(v any) any {
	out := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "Dialect", Type: reflect.TypeFor[string](), Tag: `json:"$schema"`},
		{Name: "Document", Type: reflect.TypeOf(v), Tag: `json:",inline"`},
	}))
	out.Elem().FieldByName("Document").Set(reflect.ValueOf(v))
	return out.Interface()
}

// errNull is the reader's error about a null where the type needs a value.
var errNull = errors.New("null")

// noNull refuses null but for pointers, maps and, in a document that people write,
// lists.
func noNull(strict bool) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(d *jsontext.Decoder, v any) error {
		kind := reflect.TypeOf(v).Elem().Kind()
		if d.PeekKind() != 'n' || kind == reflect.Pointer || kind == reflect.Map || kind == reflect.Slice && strict {
			return json.SkipFunc
		}
		return errNull
	})
}

var bom = []byte("\ufeff")

func explain(err error, data []byte) *Error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return malformed(syntax, data)
	}
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return &Error{Reason: "cannot be read"}
	}
	e := &Error{Path: path(wrong.JSONPointer), Offset: start(data, int(wrong.ByteOffset))}
	var unknown *enum.UnknownError
	got := kindAt(data, e.Offset)
	switch {
	case errors.Is(wrong.Err, json.ErrUnknownName):
		e.Name, e.Known = wrong.JSONPointer.LastToken(), fields(wrong.GoType)
		e.Reason = "unknown field " + named(e.Name)
	case errors.Is(wrong.Err, errNull):
		e.Reason = "is null; the field takes a value"
	case errors.Is(wrong.Err, errMany):
		e.Reason = "has more entries than a document of this length can say something about"
	case errors.As(wrong.Err, &unknown) && got == aText:
		e.Reason, e.Known = unknown.Reason(), unknown.Known
		_ = json.Unmarshal(valueAt(data, e.Offset), &e.Name) // it is a text
	case isText(wrong.GoType) && got == aText:
		e.Reason = "does not have the form that the field takes"
		if such := example(wrong.GoType); such != "" {
			e.Reason += "," + such
		}
	case got == aNumber && wanted(wrong.GoType) == aNumber:
		e.Reason = number(wrong.GoType, string(valueAt(data, e.Offset)))
	default:
		e.Reason = fmt.Sprintf("is %s; the field takes %s", got, wanted(wrong.GoType))
		if isText(wrong.GoType) {
			e.Reason += example(wrong.GoType)
		}
	}
	return e
}

// malformed tells by the reader's words, of which none is taken over, what is
// wrong with a document that is not JSON.
func malformed(s *jsontext.SyntacticError, data []byte) *Error {
	e := &Error{Path: path(s.JSONPointer), Offset: int(s.ByteOffset)}
	text := ""
	if s.Err != nil {
		text = s.Err.Error()
	}
	for _, c := range []struct{ has, reason string }{
		{"duplicate", ""},
		{"unexpected EOF", "the document ends in the middle of a value"},
		{"must be a string", "a field name in double quotes is missing"},
		{"after top-level value", "something follows the end of the document"},
		{"expecting ',' or ']'", "a comma or a closing bracket is missing"},
		{"expecting ',' or '}'", "a comma or a closing brace is missing"},
		{"expecting ':'", "a colon is missing after the field name"},
		{"at start of value", "a value is missing, or a comma is one too many"},
		{"in literal", "is neither a number, a quoted text, true, false nor null"},
		{"in number", "is not a number as JSON writes it"},
		{"invalid UTF-8", "is not UTF-8"},
		{"surrogate", `\u is not followed by four hexadecimal digits, or is half of a pair`},
		{"escape sequence", `a backslash has to be doubled, or be part of an escape such as \n`},
		{"in string", "a control character in a text has to be escaped"},
		{"", "is not JSON"},
	} {
		if !strings.Contains(text, c.has) {
			continue
		}
		e.Reason = c.reason
		break
	}
	switch {
	case errors.Is(s.Err, jsontext.ErrDuplicateName):
		e.Reason = "field " + named(s.JSONPointer.LastToken()) + " is given twice"
	case e.Offset >= len(data) && len(bytes.TrimSpace(data)) == 0:
		e.Reason = "a value is missing"
	}
	return e
}

// fields are the names of a struct's members, in its order.
func fields(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || name == "$schema" || !f.IsExported():
		case options == "inline": // see withDialect
			out = append(out, fields(f.Type.Elem())...)
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			out = append(out, fields(f.Type)...)
		default:
			out = append(out, cmp.Or(name, f.Name))
		}
	}
	return out
}

// isText reports whether a type is read from a text by a method of its own.
func isText(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// example is how a value of the type is written, where that has a text.
func example(t reflect.Type) string {
	v := reflect.New(t)
	switch {
	case t == reflect.TypeFor[time.Time]():
		v.Elem().Set(reflect.ValueOf(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)))
	case t.Kind() == reflect.Int64: // a duration, whose zero would look like a mistake
		v.Elem().SetInt(int64(time.Second))
	}
	m, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		return ""
	}
	text, err := m.MarshalText()
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" such as %q", text)
}

// number says why a number does not fit an integer.
func number(t reflect.Type, text string) string {
	switch {
	case t == nil || t.Kind() < reflect.Int || t.Kind() > reflect.Uint64:
		return "is a number that is too large"
	case strings.ContainsAny(text, ".eE"):
		return "is not a whole number"
	case t.Kind() >= reflect.Uint:
		return fmt.Sprintf("is not a number from 0 to %d", uint64(1)<<(t.Bits()-1)<<1-1)
	}
	return fmt.Sprintf("is not a number from %d to %d", int64(-1)<<(t.Bits()-1), int64(1)<<(t.Bits()-1)-1)
}

// kind is a type of JSON, as errors name it.
type kind string

const (
	anObject kind = "an object"
	aList    kind = "a list"
	aText    kind = "a text"
	aNumber  kind = "a number"
	aBool    kind = "true or false"
)

// wanted is the JSON type that a Go type is read from.
func wanted(t reflect.Type) kind {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
		return "another value"
	case isText(t) || t.Kind() == reflect.String:
		return aText
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return aText
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return anObject
	case t.Kind() == reflect.Slice:
		return aList
	case t.Kind() == reflect.Bool:
		return aBool
	}
	return aNumber
}

// kindAt is what begins at an offset.
func kindAt(data []byte, off int) kind {
	if off >= len(data) {
		return "nothing"
	}
	switch data[off] {
	case '{':
		return anObject
	case '[':
		return aList
	case '"':
		return aText
	case 't', 'f':
		return aBool
	case 'n':
		return "null"
	}
	return aNumber
}
