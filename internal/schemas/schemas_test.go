package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

var update = flag.Bool("update", false, "write the schemas")

const (
	root = "../.."
	base = "https://github.com/deploycluster/deploycluster/docs/schema/"
)

// documents are the kinds of documents, with the type that each is made of.
func documents() map[string]any {
	return map[string]any{
		"topology": &cluster.Topology{},
		"report": &struct {
			check.Report
			Complete bool           `json:"complete"`
			Counts   map[string]int `json:"counts"`
		}{},
		"plan":         &plan.Plan{},
		"suppressions": &check.Suppressions{},
	}
}

// optional are the members that ReadTopology fills in. The other documents are
// written by this library, whole.
func optional(name string) []string {
	if name == "topology" {
		return []string{"schema", "root"}
	}
	return nil
}

func enums(t *testing.T) enumWords {
	t.Helper()
	all := enumWords{}
	for _, dir := range []string{"cluster", "cluster/check", "cluster/plan", "appdata"} {
		words, err := readEnums(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, words)
	}
	return all
}

// TestSchemasAreCurrent: the stored schemas are those of the types as they are.
func TestSchemasAreCurrent(t *testing.T) {
	words := enums(t)
	for name, v := range documents() {
		got, err := generate(v, base+name+".schema.json", "deploycluster "+name, words, optional(name)...)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(root, "docs", "schema", name+".schema.json")
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the types say (%v); -update writes it", file, err)
		}
	}
}

func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(root, "docs", "schema", name+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, doc []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// TestDocumentsSatisfyTheirSchemas: what the library writes and what it reads.
func TestDocumentsSatisfyTheirSchemas(t *testing.T) {
	site := clustertest.NewCluster(3, clustertest.Spec{})
	site.World.Now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c, err := cluster.Load(t.Context(), site.Topology, site.World)
	if err != nil {
		t.Fatal(err)
	}
	r, err := check.Run(t.Context(), c, check.Options{Suppress: []check.Suppression{{Rule: "KEY*", Reason: "known"}}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Populate(t.Context(), c, site.Topology.Nodes[0].Name, plan.Target{AppData: "/media/other/appdata"})
	if err != nil {
		t.Fatal(err)
	}
	alone := site.Add(clustertest.Spec{})
	site.Topology.Nodes[3].Host = "alone.example.com"
	if c, err = cluster.Load(t.Context(), site.Topology, site.World); err != nil {
		t.Fatal(err)
	}
	joins, err := plan.Join(t.Context(), c, alone, plan.JoinOptions{})
	if err != nil || joins.Refused() || len(joins.Facts) == 0 {
		t.Fatal(err, joins.Refusals)
	}
	edits, err := plan.Edits(t.Context(), c,
		cluster.Edit{Node: "node1", Op: "set", Key: "hibernate.connection.password", Secret: "db"},
		cluster.Edit{Node: "node2", Op: "rename", Key: "cloud.logDir", Value: "deploy.mail.storage"})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []*plan.Plan{joins, edits} {
		var b bytes.Buffer
		if err := other.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := validate(compiled(t, "plan"), b.Bytes()); err != nil {
			t.Errorf("a plan of kind %s: %v", other.Kind, err)
		}
	}
	written := map[string]func(*bytes.Buffer) error{
		"report":   func(b *bytes.Buffer) error { return r.WriteJSON(b) },
		"plan":     func(b *bytes.Buffer) error { return p.WriteJSON(b) },
		"topology": func(b *bytes.Buffer) error { return json.NewEncoder(b).Encode(site.Topology) },
		"suppressions": func(b *bytes.Buffer) error {
			return json.NewEncoder(b).Encode(check.Suppressions{Schema: 1, List: []check.Suppression{{Rule: "KEY007", Reason: "known"}}})
		},
	}
	for name, write := range written {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		s := compiled(t, name)
		if err := validate(s, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// An editor adds the address of the schema; every reader lets it pass.
		with := strings.Replace(b.String(), "{", `{"$schema": "x", `, 1)
		if err := errors.Join(validate(s, []byte(with)), read(name, with)); err != nil {
			t.Errorf("%s with $schema: %v", name, err)
		}
		// The schema is not so wide that anything passes.
		bad := strings.Replace(b.String(), "{", `{"nonsense": 1, `, 1)
		if err := validate(s, []byte(bad)); err == nil {
			t.Errorf("%s: a member that does not exist is accepted", name)
		}
	}
}

// read reads a document as the library does.
func read(name, doc string) (err error) {
	switch name {
	case "topology":
		_, err = cluster.ReadTopology("x", []byte(doc))
	case "report":
		_, err = check.Read(strings.NewReader(doc))
	case "plan":
		_, err = plan.Read(strings.NewReader(doc))
	case "suppressions":
		_, err = check.ReadSuppressions(strings.NewReader(doc))
	}
	return err
}
