package strictjson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/internal/strictjson"
)

type colour string

func (c *colour) UnmarshalText(b []byte) error {
	return enum.Unmarshal("colour", c, b, "red", "green")
}

type size int

func (s size) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d m", int(s)), nil }
func (s *size) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "%d m", (*int)(s))
	return err
}

type thing struct {
	Name   string            `json:"name"`
	Colour colour            `json:"colour"`
	Size   size              `json:"size"`
	Broken *bool             `json:"broken"`
	Count  int8              `json:"count"`
	Port   uint16            `json:"port"`
	Parts  []thing           `json:"parts"`
	Notes  map[string]string `json:"notes"`
	Data   []byte            `json:"data"`
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ doc, path, reason, known string }{ // the error is at the mark ^
		{"^", "", "a value is missing", ""},
		{" \n^", "", "a value is missing", ""},
		{`^[]`, "", "is a list; the field takes an object", ""},
		{`^null`, "", "is null; the field takes a value", ""},
		{`{} ^{}`, "", "something follows the end of the document", ""},
		{`{"parts":[^],}`, "", "", ""},
		{`{"name":^1}`, "name", "is a number; the field takes a text", ""},
		{`{"name":^null}`, "name", "is null", ""},
		{`{"parts":[{},^null]}`, "parts[1]", "is null", ""},
		{`{"parts":[{"name":"x"},{"name":"null","port":^null}]}`, "parts[1].port", "is null", ""},
		{`{"notes":{"a":"null","b":^null}}`, "notes.b", "is null", ""},
		{`{"port":^"x","name":null}`, "port", "is a text", ""}, // the first mistake counts
		{`{"name":^null,"port":"x"}`, "name", "is null", ""},
		{`{"parts":[{"broken":^"x"}]}`, "parts[0].broken", "is a text; the field takes true or false", ""},
		{`{"parts":^{}}`, "parts", "is an object; the field takes a list", ""},
		{`{"notes":{"a b":^1}}`, `notes["a b"]`, "is a number; the field takes a text", ""},
		{`{"data":^1}`, "data", "is a number; the field takes a text", ""},
		{`{"count":^128}`, "count", "is not a number from -128 to 127", ""},
		{`{"count":^1.0}`, "count", "is not a whole number", ""},
		{`{"count":^1e0}`, "count", "is not a whole number", ""},
		{`{"port":^-1}`, "port", "is not a number from 0 to 65535", ""},
		{`{"colour":^"redd"}`, "colour", `is not a known colour; known are "red" and "green"`, "red green"},
		{`{"colour":^1}`, "colour", "is a number; the field takes a text", ""},
		{`{"size":^1}`, "size", `is a number; the field takes a text such as "0 m"`, ""},
		{`{"size":^"huge"}`, "size", `does not have the form that the field takes, such as "0 m"`, ""},
		{`{"parts":[{"name":"x"},{^"nam":1}]}`, "parts[1].nam", `unknown field "nam"`, "name colour size broken count port parts notes data"},
		{`{^"Name":"x"}`, "Name", `unknown field "Name"`, "name colour size broken count port parts notes data"},
		{`{"name":"a",^"n\u0061me":"b"}`, "name", `field "name" is given twice`, ""},
		{`{^name:1}`, "", "", ""},
		{`{"name" ^1}`, "name", "a colon is missing", ""},
		{`{"name":"a" ^"count":1}`, "", "a comma or a closing brace is missing", ""},
		{`{"parts":[{} ^{}]}`, "parts", "a comma or a closing bracket is missing", ""},
		{`{"name":"a^`, "name", "ends in the middle", ""},
		{`{"broken":tru^}`, "broken", "is neither a number", ""},
		{`{"count":^+1}`, "count", "a value is missing", ""},
		{`{"count":-^}`, "count", "is not a number as JSON writes it", ""},
		{"{\"name\":\"a^\xff\"}", "name", "is not UTF-8", ""},
		{"{\"name\":\"a^\n\"}", "name", "a control character", ""},
		{`{"name":"^\x"}`, "name", "a backslash has to be doubled", ""},
		{`{"name":"^\ud800"}`, "name", "half of a pair", ""},
	} {
		for _, bom := range []string{"", "\ufeff"} {
			head, tail, _ := strings.Cut(bom+c.doc, "^")
			err := strictjson.Read([]byte(head+tail), new(thing))
			if err == nil {
				t.Errorf("%s: no error", c.doc)
				continue
			}
			if c.reason != "" && (err.Path != c.path || !strings.Contains(err.Reason, c.reason) || err.Offset != len(head) || strings.Join(err.Known, " ") != c.known) {
				t.Errorf("%s: %v, known %v", head+tail, err, err.Known)
			}
		}
	}
	if err := strictjson.Read([]byte(`{"name":`+strings.Repeat("[", 9000)), new(thing)); err == nil || len(err.Error()) > 400 {
		t.Errorf("a deep document: %.500v", err)
	}
	var v thing
	doc := "\ufeff" + `{"name":"x","broken":null,"parts":[{"colour":"red","size":"3 m"}],"notes":null,"port":8443}`
	if err := strictjson.Read([]byte(doc), &v); err != nil || v.Parts[0].Size != 3 || v.Port != 8443 || v.Broken != nil {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestErrorsShowNoValue(t *testing.T) {
	const secret = "hunter2"
	for _, value := range []string{`"` + secret + `"`, secret, `"jdbc:x://u:` + secret + `@h"`, `"` + secret, `"\u12` + secret, `{"` + `pbe{` + secret + `}":1}`} {
		for _, doc := range []string{"%s", `{"count":%s}`, `{"colour":%s}`, `{"size":%s}`, `{"parts":[%s]}`, `{"broken":%s}`, `{"name":"x"%s}`, `{"name":"x",%s}`, `{} %s`} {
			err := strictjson.Read(fmt.Appendf(nil, doc, value), new(thing))
			if err == nil || strings.HasPrefix(err.Reason, "unknown field") && value == `"`+secret+`"` {
				continue // a plain word as a name is taken for one
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s in %s: %v", value, doc, err)
			}
		}
	}
}

func TestOffset(t *testing.T) {
	doc := "\ufeff" + ` {"name": "x", "parts": [ {"name":"a"}, {"parts":[{"count" : 7}]}],"notes":{"a b":"c"}}`
	for _, c := range []struct{ at, begins string }{
		{"", `{"name": "x"`}, {"name", `"x"`}, {"parts", `[ {"name"`}, {"parts[0]", `{"name":"a"}`}, {"parts[1].parts[0].count", "7"},
		{`notes["a b"]`, `"c"`}, {"parts[1].name", `{"parts":[{"count"`}, {"parts[7].name", `[ {"name"`},
	} {
		if off := strictjson.Offset([]byte(doc), c.at); !strings.HasPrefix(doc[off:], c.begins) {
			t.Errorf("%s begins at %d: %s", c.at, off, doc[off:])
		}
	}
	if p := strictjson.Position("f", []byte("a\r\nb\rc\nd"), 7); p.String() != "f:4:1" {
		t.Error(p)
	}
}

func FuzzRead(f *testing.F) {
	for _, doc := range []string{`{"name":"x","parts":[{"colour":"red"}]}`, `{"count":1}`, "\ufeff{}", `{"a":1}`, `[`, `{"name":"\ud800"}`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := strictjson.Read(data, new(thing))
		switch {
		case err == nil && !json.Valid([]byte(strings.TrimPrefix(string(data), "\ufeff"))):
			t.Fatal("this is not JSON")
		case err != nil && (err.Reason == "" || err.Offset < 0 || err.Offset > len(data)):
			t.Fatalf("%+v", err)
		}
	})
}

// TestListOf: lists are made at their size, and what their entries take is
// bounded by the document.
func TestListOf(t *testing.T) {
	type entry struct {
		Text string     `json:"text"`
		List []entry    `json:"list"`
		More [10]string `json:"-"`
	}
	for doc, want := range map[string]int{
		`{"list":[]}`:    0,
		`{"list": [ ] }`: 0,
		`{"list":[{}]}`:  1,
		` { "list" : [ { "text" : "a,\\\"],[" } , {} ] }`: 2,
		`{"list":[{"list":[{},{},{}]},{},{"text":"]"}]}`:  3,
	} {
		var e entry
		if err := strictjson.Read([]byte(doc), &e, strictjson.ListOf[entry]()); err != nil || len(e.List) != want || cap(e.List) != want {
			t.Errorf("%s: %d of %d, %v", doc, len(e.List), cap(e.List), err)
		}
	}
	many := []byte(`{"list":[` + strings.Repeat(`{},`, 10_000) + `{}]}`)
	var e entry
	err := strictjson.Read(many, &e, strictjson.ListOf[entry]())
	if err == nil || err.Path != "list" || err.Offset != 8 || !strings.Contains(err.Reason, "more entries") || e.List != nil {
		t.Errorf("%v, %d entries", err, len(e.List))
	}
	if err := strictjson.Read(many, &e); err != nil || len(e.List) != 10_001 {
		t.Errorf("without a bound: %v, %d entries", err, len(e.List))
	}
}
