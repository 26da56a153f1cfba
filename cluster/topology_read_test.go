package cluster_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/props"
)

const marker = "Zx9MARKERq7"

const topologyDocument = `{
  "schema": 1,
  "name": "production",
  "storages": [
    {"name": "one", "dir": "/mnt/inspect/one"},
    {"name": "share", "dir": "share"}
  ],
  "nodes": [
    {"name": "ucd1", "install": "/opt/ucd/server", "running": false, "mounts": [
      {"path": "/", "storage": "one"},
      {"path": "/media/share", "storage": "share", "root": "/exports/a"}
    ]},
    {"name": "ucd\u0032", "role": "standby", "install": "C:\\ucd", "running": null, "host": "h", "mounts": []}
  ],
  "facts": {"network": {"clocks": [{"node": "ucd1", "ahead": "-1m30s"}]}, "loadBalancer": {"host": "ucd.example.com", "ports": [8443, 8080], "tlsEnds": "servers"}, "licenseHA": true}
}
`

func TestReadTopology(t *testing.T) {
	no := false
	want := cluster.Topology{
		Schema: 1, Name: "production",
		Storages: []cluster.Storage{{Name: "one", Dir: "/mnt/inspect/one"}, {Name: "share", Dir: "share"}},
		Nodes: []cluster.Node{
			{Name: "ucd1", Role: cluster.RoleMember, Install: "/opt/ucd/server", Running: &no, Mounts: []cluster.Mount{
				{Path: "/", Storage: "one", Root: "/"},
				{Path: "/media/share", Storage: "share", Root: "/exports/a"},
			}},
			{Name: "ucd2", Role: cluster.RoleStandby, Install: `C:\ucd`, Host: "h"},
		},
		Facts: cluster.Facts{
			LoadBalancer: &cluster.LoadBalancer{Host: "ucd.example.com", Ports: []int{8443, 8080}, TLSEnds: cluster.TLSAtServers},
			LicenseHA:    declare(true),
			Network:      cluster.Network{Clocks: []cluster.Clock{{Node: "ucd1", Ahead: cluster.Duration(-90 * time.Second)}}},
		},
	}
	for name, doc := range map[string]string{
		"as it is":        topologyDocument,
		"byte order mark": "\ufeff" + topologyDocument,
		"Windows lines":   strings.ReplaceAll(topologyDocument, "\n", "\r\n"),
		"without schema":  strings.Replace(topologyDocument, `"schema": 1,`, "", 1),
	} {
		got, err := cluster.ReadTopology("t.json", []byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// slip is a mistake in a document and how it is reported.
type slip struct {
	doc   string // the error is at the mark ^
	field string
	says  string
	near  string
}

// around puts a node's text into a document.
func around(node string) string {
	return `{"nodes":[{"name":"a","install":"/x"},` + "\n\t" + `{` + node + `}]}`
}

// factsSlip puts facts into a document of one node, a.
func factsSlip(facts string) string {
	return `{"nodes":[{"name":"a","install":"/x"}],"facts":{` + facts + `}}`
}

func slips() map[string]slip {
	return map[string]slip{
		"empty":                           {"^", "", "a value is missing", ""},
		"white space":                     {" \n^", "", "a value is missing", ""},
		"not an object":                   {"^[]", "", "is a list; the field takes an object", ""},
		"null":                            {"^null", "", "is null; the field takes a value", ""},
		"no nodes":                        {"^{}", "nodes", "at least one server", ""},
		"trailing":                        {`{"nodes":[{"name":"a","install":"/x"}]} ^{}`, "", "follows the end", ""},
		"trailing comma":                  {`{"nodes":[]^,}`, "", "a value is missing, or a comma is one too many", ""},
		"trailing comma list":             {`{"nodes":[{"name":"a","install":"/x"}^,]}`, "nodes", "a value is missing, or a comma is one too many", ""},
		"unquoted key":                    {`{n^odes:[]}`, "", "is neither a number, a quoted text, true, false nor null", ""},
		"no colon":                        {`{"nodes"^[]}`, "nodes", "a colon is missing after the field name", ""},
		"no comma":                        {`{"schema":1^"nodes":[]}`, "", "comma or a closing brace", ""},
		"no comma in list":                {around(`"mounts":[{} ^{}]`), "nodes[1].mounts", "comma or a closing bracket", ""},
		"cut short":                       {`{"nodes":[{"name":"a"^`, "nodes[0]", "the document ends in the middle of a value", ""},
		"cut in a text":                   {`{"name":"a^`, "name", "the document ends in the middle of a value", ""},
		"cut in an escape":                {`{"name":"a^\`, "name", "the document ends in the middle of a value", ""},
		"cut in a value":                  {`{"name":^`, "name", "the document ends in the middle of a value", ""},
		"comment":                         {"{\n^// no\n}", "", "a value is missing, or a comma is one too many", ""},
		"schema 2":                        {`{"schema":^2,"nodes":[{"name":"a","install":"/x"}]}`, "schema", "schema 1", ""},
		"schema text":                     {`{"schema":^"1"}`, "schema", "is a text; the field takes a number", ""},
		"schema fraction":                 {`{"schema":^1.0}`, "schema", "whole number", ""},
		"schema exponent":                 {`{"schema":^1e0}`, "schema", "whole number", ""},
		"schema huge":                     {`{"schema":^99999999999999999999}`, "schema", "is not a number from", ""},
		"leading zero":                    {`{"schema":0^1}`, "", "a comma or a closing brace is missing", ""},
		"lone minus":                      {`{"schema":-^}`, "schema", "is not a number as JSON writes it", ""},
		"plus":                            {`{"schema":^+1}`, "schema", "a value is missing", ""},
		"unknown field":                   {around(`"name":"b","install":"/y",^"mount":[]`), "nodes[1].mount", `unknown field "mount"`, "mounts"},
		"letter case":                     {`{^"Nodes":[]}`, "Nodes", "unknown field", "nodes"},
		"far from anything":               {`{^"x y":1}`, `["x y"]`, `unknown field "x y"`, ""},
		"duplicate field":                 {"{\"schema\":1,\n ^\"schema\":1}", "schema", `field "schema" is given twice`, ""},
		"duplicate by escape":             {`{"name":"a",^"n\u0061me":"b"}`, "name", `field "name" is given twice`, ""},
		"too deep":                        {`{"name":[[[[[[[[[[^`, "name[0][0][0][0][0][0][0][0][0]", "the document ends in the middle of a value", ""},
		"too deep in a list":              {`{"nodes":[^[[[[[[`, "nodes[0]", "is a list", ""},
		"bad literal":                     {around(`"running":tru^`), "nodes[1].running", "is neither a number, a quoted text, true, false nor null", ""},
		"longer literal":                  {around(`"running":true^ish`), "nodes[1]", "a comma or a closing brace is missing", ""},
		"null for a text":                 {around(`"name":^null`), "nodes[1].name", "is null", ""},
		"not UTF-8":                       {"{\"name\":\"a^\xff\"}", "name", "not UTF-8", ""},
		"overlong":                        {"{\"name\":\"^\xc0\xaf\"}", "name", "not UTF-8", ""},
		"surrogate in UTF-8":              {"{\"name\":\"^\xed\xa0\x80\"}", "name", "not UTF-8", ""},
		"half a pair":                     {`{"name":"^\ud800"}`, "name", "half of a pair", ""},
		"half a pair and text":            {`{"name":"^\ud800\u0041"}`, "name", "half of a pair", ""},
		"bad escape":                      {`{"name":"^\x41"}`, "name", "doubled", ""},
		"single backslashes":              {around(`"name":"b","install":"C:^\ucd"`), "nodes[1].install", `a backslash has to be doubled, or be part of an escape such as \n`, ""},
		"raw line end":                    {"{\"name\":\"a^\n\"}", "name", "control character", ""},
		"role":                            {around(`"role":^"membr"`), "nodes[1].role", `is not a known role; known are "member", "standby" and "front-end"`, "member"},
		"role number":                     {around(`"role":^1`), "nodes[1].role", "is a number", ""},
		"empty role":                      {around(`"role":^""`), "nodes[1].role", `is not a known role; known are "member", "standby" and "front-end"`, ""},
		"no name":                         {around(`"install":"/y"`), "nodes[1].name", "needs a name", ""},
		"duplicate member":                {around(`"name":^"a","install":"/y"`), "nodes[1].name", `"a" is also the name of nodes[0]`, ""},
		"relative install":                {around(`"name":"b","install":^"opt/ucd"`), "nodes[1].install", "absolute", ""},
		"relative mount":                  {around(`"name":"b","install":"/y","mounts":[{"path":^"x","storage":"s"}]`), "nodes[1].mounts[0].path", "absolute", ""},
		"mount without storage":           {around(`"name":"b","install":"/y","mounts":[^{"path":"/"}]`), "nodes[1].mounts[0].storage", "needed", ""},
		"equal mounts":                    {around(`"name":"b","install":"/y","mounts":[{"path":"/m","storage":"s"},{"path":^"/n/..//m/","storage":"s"}]`), "nodes[1].mounts[1].path", "is also the path of mounts[0]", ""},
		"equal drives":                    {around(`"name":"b","install":"C:\\y","mounts":[{"path":"C:\\Share","storage":"s"},{"path":^"c:/SHARE/","storage":"t"}]`), "nodes[1].mounts[1].path", "is also the path of mounts[0]", ""},
		"equal UNC":                       {around(`"name":"b","install":"C:\\y","mounts":[{"path":"\\\\nas\\Ärger","storage":"s"},{"path":^"\\\\NAS\\äRGER\\.","storage":"t"}]`), "nodes[1].mounts[1].path", "is also the path of mounts[0]", ""},
		"other system's mount":            {around(`"name":"b","install":"C:\\y","mounts":[{"path":^"/","storage":"s"}]`), "nodes[1].mounts[0].path", "not spelled like", ""},
		"undeclared storage":              {`{"storages":[{"name":"share","dir":"d"}],"nodes":[{"name":"a","install":"/x","mounts":[{"path":"/","storage":^"Share"}]}]}`, "nodes[0].mounts[0].storage", "none of the declared storages", "share"},
		"duplicate storage":               {`{"storages":[{"name":"s","dir":"d"},{"name":^"s","dir":"e"}],"nodes":[{"name":"a","install":"/x"}]}`, "storages[1].name", "also the name of storages[0]", ""},
		"storage without name":            {`{"storages":[^{"dir":"d"}],"nodes":[{"name":"a","install":"/x"}]}`, "storages[0].name", "needs a name", ""},
		"storage without dir":             {`{"storages":[{"name":"s","dir":^""}],"nodes":[{"name":"a","install":"/x"}]}`, "storages[0].dir", "needs a folder", ""},
		"duration":                        {`{"facts":{"network":{"clocks":[{"node":"a","ahead":^"5 apples"}]}}}`, "facts.network.clocks[0].ahead", `does not have the form that the field takes, such as "1s"`, ""},
		"duration as a number":            {`{"facts":{"network":{"clocks":[{"node":"a","ahead":^5}]}}}`, "facts.network.clocks[0].ahead", `is a number; the field takes a text such as "1s"`, ""},
		"fact about no node":              {`{"nodes":[{"name":"ucd1","install":"/x"}],"facts":{"network":{"clocks":[{"node":"ucd1"},{"node":^"ucd2","ahead":"1s"}]}}}`, "facts.network.clocks[1].node", `"ucd2" is the name of no node`, "ucd1"},
		"link to no node":                 {`{"nodes":[{"name":"a","install":"/x"}],"facts":{"network":{"unreachable":[^{"from":"a"}]}}}`, "facts.network.unreachable[0].to", "is the name of no node", ""},
		"host with a port":                {factsSlip(`"loadBalancer":{"host":^"ucd.example.com:8443"}`), "facts.loadBalancer.host", "has a port", ""},
		"host with a scheme":              {factsSlip(`"loadBalancer":{"host":^"https://ucd.example.com"}`), "facts.loadBalancer.host", "is a URL", ""},
		"host of blanks":                  {factsSlip(`"loadBalancer":{"host":^"  "}`), "facts.loadBalancer.host", "is blank", ""},
		"host with a blank":               {factsSlip(`"loadBalancer":{"host":^"a b"}`), "facts.loadBalancer.host", "no host has", ""},
		"a node's host":                   {around(`"name":"b","install":"/y","host":^" "`), "nodes[1].host", "is blank", ""},
		"port 0":                          {factsSlip(`"loadBalancer":{"ports":[8080,^0]}`), "facts.loadBalancer.ports[1]", "0 is no port", ""},
		"port too great":                  {factsSlip(`"loadBalancer":{"ports":[^70000]}`), "facts.loadBalancer.ports[0]", "70000 is no port", ""},
		"URL of another kind":             {factsSlip(`"loadBalancer":{"urls":["http://[::1]:80",^"ftp://x"]}`), "facts.loadBalancer.urls[1]", "is not an http", ""},
		"URL with no such port":           {factsSlip(`"loadBalancer":{"urls":[^"https://x:99999"]}`), "facts.loadBalancer.urls[0]", "is not an http", ""},
		"two clocks":                      {factsSlip(`"network":{"clocks":[{"node":"a"},{"node":^"a","ahead":"1s"}]}`), "facts.network.clocks[1].node", `"a" is also the node of clocks[0]`, ""},
		"link to itself":                  {factsSlip(`"network":{"unreachable":[{"from":"a","to":^"a"}]}`), "facts.network.unreachable[0].to", "where the connection begins", ""},
		"blank license server":            {factsSlip(`"licenseServers":[^" "]`), "facts.licenseServers[0]", "an address is needed", ""},
		"license server with credentials": {factsSlip(`"licenseServers":[^"https://u:p@license.example.com"]`), "facts.licenseServers[0]", "without credentials", ""},
		"port":                            {`{"facts":{"loadBalancer":{"ports":[1,^true]}}}`, "facts.loadBalancer.ports[1]", "is true or false; the field takes a number", ""},
	}
}

func TestReadTopologyTakesAddresses(t *testing.T) {
	for _, facts := range []string{
		`"loadBalancer":{"host":"2001:db8::1"}`, `"loadBalancer":{"host":"[2001:db8::1]"}`, `"loadBalancer":{"host":""}`,
		`"loadBalancer":{"host":"ucd.example.com.","urls":["HTTPS://ucd.example.com:8443/x"],"ports":[1,65535]}`,
	} {
		if _, err := cluster.ReadTopology("t.json", []byte(factsSlip(facts))); err != nil {
			t.Errorf("%s: %v", facts, err)
		}
	}
}

func TestReadTopologyErrors(t *testing.T) {
	for name, s := range slips() {
		t.Run(name, func(t *testing.T) {
			for lineEnd, before := range map[string]int{"": 0, "\r\n": 1, "\r": 1, "\n\n": 2} {
				head, tail, marked := strings.Cut(lineEnd+s.doc, "^")
				_, err := cluster.ReadTopology("dir/t.json", []byte(head+tail))
				var te *cluster.TopologyError
				if !errors.As(err, &te) {
					t.Fatalf("error %v of type %T", err, err)
				}
				if te.Field != s.field || !strings.Contains(te.Reason, s.says) || te.Near != s.near {
					t.Errorf("got %q, %q, near %q", te.Field, te.Reason, te.Near)
				}
				if !marked { // the value is missing: the one around it counts
					head = head[:strings.Index(head, "\n\t{")+2]
				}
				line := strings.Count(s.doc[:len(head)-len(lineEnd)], "\n") + 1 + before
				begin := strings.LastIndexAny(head, "\r\n") + 1
				want := props.Position{Name: "dir/t.json", Line: line, Column: len(head) - begin + 1, Offset: len(head)}
				if te.Pos != want {
					t.Errorf("position %+v, want %+v", te.Pos, want)
				}
				text := fmt.Sprintf("dir/t.json:%d:%d: ", want.Line, want.Column)
				if !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), s.field) || s.near != "" && !strings.Contains(err.Error(), "did you mean") {
					t.Errorf("text: %v", err)
				}
			}
		})
	}
}

// TestTopologyErrorsQuoteNoSecret: something secret was pasted where it does
// not belong.
func TestTopologyErrorsQuoteNoSecret(t *testing.T) {
	url := "jdbc:mysql://u:" + marker + "@h/d?password=" + marker
	quoted, err := json.Marshal(url)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range []string{`"` + marker + `"`, string(quoted), `"pbe{` + marker + `}"`, `["` + marker + `"]`, marker, `"` + marker, `"\u12` + marker} {
		for _, doc := range []string{
			s, `{` + s + `:1}`, `{"schema":` + s + `}`, `{"name":` + s + `}`, `{"nodes":` + s + `}`, around(s + ":1"),
			around(`"name":` + s), around(`"name":"b","install":` + s), around(`"role":` + s), around(`"running":` + s),
			around(`"name":"b","install":"/y","mounts":[{"path":` + s + `}]`),
			around(`"name":"b","install":"/y","mounts":[{"path":"/","storage":` + s + `,"x":1}]`),
			`{"storages":[{"name":"s","dir":"d"}],` + around(`"name":"b","install":"/y","mounts":[{"path":"/","storage":` + s + `}]`)[1:],
			`{"facts":{"loadBalancer":{"tlsEnds":` + s + `}}}`, `{"facts":{"network":{"clocks":[{"ahead":` + s + `}]}}}`,
			`{"facts":{"network":{"clocks":[{"node":"a","ahead":"5` + strings.Trim(s, `"`) + `"}]}}}`, `{"facts":` + s + `}`, around("") + s,
			around(`"name":"b","install":"/y"`) + s,
		} {
			_, err := cluster.ReadTopology("t.json", []byte(doc))
			if err == nil {
				continue
			}
			n++
			if s == `"`+marker+`"` && strings.Contains(err.Error(), "unknown field") || strings.Contains(err.Error(), "none of the declared storages") && s == `"`+marker+`"` {
				continue // a plain word as a name is taken for one
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
				if strings.Contains(text, marker) {
					t.Errorf("%s\n shows it: %s", doc, text)
				}
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d errors", n)
	}
}

// TestTopologyTypesCanBeRead holds the model against what the reader knows.
func TestTopologyTypesCanBeRead(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(path string, ty reflect.Type)
	look = func(path string, ty reflect.Type) {
		if seen[ty] {
			return
		}
		seen[ty] = true
		if reflect.PointerTo(ty).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
			return
		}
		if reflect.PointerTo(ty).Implements(reflect.TypeFor[json.Unmarshaler]()) {
			t.Errorf("%s: %s reads itself from JSON, which loses positions", path, ty)
		}
		switch ty.Kind() {
		case reflect.Struct:
			for i := range ty.NumField() {
				f := ty.Field(i)
				tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if f.IsExported() && tag == "" {
					t.Errorf("%s.%s has no name in JSON", path, f.Name)
				}
				look(path+"."+f.Name, f.Type)
			}
		case reflect.Pointer, reflect.Slice:
			look(path, ty.Elem())
		case reflect.Map:
			if ty.Key().Kind() != reflect.String {
				t.Errorf("%s: keys are %s", path, ty.Key())
			}
			look(path, ty.Elem())
		case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint16, reflect.Float64:
		default:
			t.Errorf("%s: %s cannot be read", path, ty)
		}
	}
	look("Topology", reflect.TypeFor[cluster.Topology]())
}

// FuzzReadTopology: whatever is read without an error is written to JSON that
// reads back as the same topology; what is refused, is refused at a place
// inside the document.
func FuzzReadTopology(f *testing.F) {
	f.Add([]byte(topologyDocument))
	for _, s := range slips() {
		f.Add([]byte(strings.Replace(s.doc, "^", "", 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		topo, err := cluster.ReadTopology("t.json", data)
		if err != nil {
			var te *cluster.TopologyError
			if !errors.As(err, &te) || te.Reason == "" || te.Pos.Offset > len(data) || te.Pos.Line < 1 || te.Pos.Column < 1 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(string(data), "\ufeff"))) {
			t.Fatal("this is no JSON")
		}
		b, err := json.Marshal(topo)
		if err != nil {
			t.Fatal(err)
		}
		back, err := cluster.ReadTopology("t.json", b)
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if d := cmp.Diff(topo, back); d != "" {
			t.Error(d)
		}
	})
}

func declare(v bool) *bool { return &v }
