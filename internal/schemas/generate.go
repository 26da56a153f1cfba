// Package schemas makes the JSON Schemas of deploycluster's documents from the
// Go types that hold them, and proves that documents satisfy them. It is a
// module of its own: importers of the library never see its dependencies.
package schemas

import (
	"encoding"
	"encoding/json"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// generate returns the schema of a type's JSON, indented, with a newline at its
// end. Objects may have a member "$schema" at the top and no member that the
// type does not have. Members that a reader fills in are not required: optional
// names them.
func generate(v any, id, title string, words enumWords, optional ...string) ([]byte, error) {
	r := &jsonschema.Reflector{ExpandedStruct: true, Mapper: words.schema, Namer: func(t reflect.Type) string {
		return strings.ReplaceAll(t.String(), ".", "_") // two packages may have one name
	}}
	s := r.Reflect(v)
	s.ID, s.Title = jsonschema.ID(id), title
	s.Properties.Set("$schema", &jsonschema.Schema{Type: "string"})
	if x := s.Definitions["check_Suppression"]; x != nil { // its reader takes a date as well
		until, _ := x.Properties.Get("until")
		until.Format, until.AnyOf = "", []*jsonschema.Schema{{Format: "date-time"}, {Format: "date"}}
	}
	for _, part := range append(slices.Collect(maps.Values(s.Definitions)), s) {
		part.Required = slices.DeleteFunc(part.Required, func(name string) bool { return slices.Contains(optional, name) })
	}
	b, err := json.MarshalIndent(s, "", "  ")
	return append(b, '\n'), err
}

// enumWords are the texts of enumerations that are Go strings, by the name of
// the type, such as "cluster.Role".
type enumWords map[string][]string

// schema maps the types whose JSON is not what their kind suggests.
func (w enumWords) schema(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[time.Time]() {
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	if values := w[t.String()]; t.Kind() == reflect.String && len(values) > 0 {
		return text(values)
	}
	if !t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return nil
	}
	if t.Kind() < reflect.Int || t.Kind() > reflect.Uint64 {
		return &jsonschema.Schema{Type: "string"}
	}
	var values []string
	for i := range 32 {
		v := reflect.New(t).Elem()
		if v.CanInt() {
			v.SetInt(int64(i))
		} else {
			v.SetUint(uint64(i))
		}
		if b, err := v.Interface().(encoding.TextMarshaler).MarshalText(); err == nil {
			values = append(values, string(b))
		}
	}
	if len(values) == 32 { // no enumeration, such as a duration
		return &jsonschema.Schema{Type: "string"}
	}
	return text(values)
}

func text(values []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// readEnums finds the string constants of a package by their type: in the
// source, because a running program cannot list them.
func readEnums(dir string) (enumWords, error) {
	pkgs, err := parser.ParseDir(token.NewFileSet(), dir, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	words := enumWords{}
	for name, pkg := range pkgs {
		if strings.HasSuffix(name, "_test") {
			continue
		}
		for _, file := range pkg.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok {
					return true
				}
				typ, ok := spec.Type.(*ast.Ident)
				if !ok {
					return true
				}
				for _, v := range spec.Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						value := constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0))
						words[name+"."+typ.Name] = append(words[name+"."+typ.Name], value)
					}
				}
				return true
			})
		}
	}
	for _, list := range words {
		slices.Sort(list)
	}
	return words, nil
}
