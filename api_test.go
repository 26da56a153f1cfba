package deploycluster_test

import (
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var updateAPI = flag.Bool("update-api", false, "write docs/api.txt anew, after the public names were changed on purpose")

const apiFile = "docs/api.txt"

// TestPublicNames compares the public names of all packages, with their types,
// with the stored list. What is removed or changed breaks callers; what is added
// is there to stay.
func TestPublicNames(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command for the types of all packages")
	}
	now := publicNames(t)
	if *updateAPI {
		if err := os.WriteFile(apiFile, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(apiFile)
	if err != nil {
		t.Fatal(err)
	}
	stored := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, line := range without(stored, now) {
		t.Errorf("removed or changed: %s", line)
	}
	for _, line := range without(now, stored) {
		t.Errorf("added: %s", line)
	}
	if t.Failed() {
		t.Log("if that is on purpose, say so in CHANGELOG.md and run: go test -run TestPublicNames . -update-api")
	}
}

// TestNamesAreFew bounds what a reader of a package finds: the lines of go doc -short.
func TestNamesAreFew(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command about all packages")
	}
	for path, most := range map[string]int{
		"props": 18, "tlscert": 26, "appdata": 26, "cluster": 52, "cluster/check": 28, "cluster/plan": 44, "cluster/compat": 10,
		"cluster/installer": 12, "cluster/haproxy": 8, "cluster/nginx": 8, "cluster/check/sarif": 2, "cluster/clustertest": 24,
	} {
		out, err := exec.Command("go", "doc", "-short", "./"+path).Output()
		if err != nil {
			t.Skip("go doc: ", err)
		}
		if n := strings.Count(string(out), "\n"); n > most || n == 0 {
			t.Errorf("%s has %d names, at most %d:\n%s", path, n, most, out)
		}
	}
}

// without returns the lines of a that b lacks. Both are sorted.
func without(a, b []string) (out []string) {
	for _, line := range a {
		if _, found := slices.BinarySearch(b, line); !found {
			out = append(out, line)
		}
	}
	return out
}

func publicNames(t *testing.T) (lines []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Name}} {{.Export}}", "./...").Output()
	if err != nil {
		t.Skip("go list: ", err)
	}
	const module = "github.com/deploycluster/deploycluster"
	compiled, public := map[string]string{}, []string{}
	for line := range strings.Lines(string(out)) {
		field := strings.Fields(line)
		if len(field) < 3 {
			continue
		}
		compiled[field[0]] = field[2]
		path, ours := strings.CutPrefix(field[0], module+"/")
		if ours && !slices.Contains(strings.Split(path, "/"), "internal") && field[1] != "main" {
			public = append(public, path)
		}
	}
	read := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
	for _, path := range public {
		p, err := read.Import(module + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range exported(p) {
			lines = append(lines, path+": "+line)
		}
	}
	if len(public) < 12 || len(lines) < 500 {
		t.Fatalf("only %d packages with %d names", len(public), len(lines))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// exported lists a package's names: one line for each, for each exported field of
// a struct, and for each method.
func exported(p *types.Package) (lines []string) {
	short := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Name()
	}
	text := func(t types.Type) string { return types.TypeString(t, short) }
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		tn, isType := obj.(*types.TypeName)
		if c, ok := obj.(*types.Const); ok {
			lines = append(lines, fmt.Sprintf("const %s %s = %s", name, text(c.Type()), c.Val().ExactString()))
		} else if !isType || tn.IsAlias() {
			lines = append(lines, types.ObjectString(obj, short))
		}
		if !isType || tn.IsAlias() {
			continue
		}
		switch u := obj.Type().Underlying().(type) {
		case *types.Struct:
			lines = append(lines, "type "+name+" struct")
			for f := range u.Fields() {
				if f.Exported() {
					lines = append(lines, fmt.Sprintf("type %s struct, %s %s", name, f.Name(), text(f.Type())))
				}
			}
		default:
			lines = append(lines, "type "+name+" "+text(u))
		}
		methods := types.NewMethodSet(types.NewPointer(obj.Type()))
		for m := range methods.Methods() {
			if m.Obj().Exported() {
				f := m.Obj().(*types.Func)
				lines = append(lines, fmt.Sprintf("method (%s) %s%s", text(f.Signature().Recv().Type()), f.Name(), strings.TrimPrefix(text(f.Type()), "func")))
			}
		}
	}
	return lines
}
