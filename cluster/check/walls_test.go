package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/deploycluster/deploycluster/"

// TestImportsRunOneWay: plan → check → cluster.
func TestImportsRunOneWay(t *testing.T) {
	deps := func(pkg string) []string {
		out, err := exec.Command("go", "list", "-deps", module+pkg).CombinedOutput()
		if err != nil {
			t.Skipf("go list: %v\n%s", err, out)
		}
		return strings.Fields(string(out))
	}
	for pkg, above := range map[string][]string{
		"cluster":             {"cluster/check", "cluster/plan"},
		"cluster/check":       {"cluster/plan"},
		"cluster/check/sarif": {"cluster/plan"},
	} {
		list := deps(pkg)
		for _, a := range above {
			if slices.Contains(list, module+a) {
				t.Errorf("%s imports %s", pkg, a)
			}
		}
	}
}

var ruleID = regexp.MustCompile(`\b(APP|DBS|KEY|LBR|NET|OPS|PRP|STO|VER)[0-9]{3}\b`)

// TestFactsNameNoRule: package cluster knows of no rule.
func TestFactsNameNoRule(t *testing.T) {
	for _, f := range goFiles(t, "..") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if id := ruleID.Find(text); id != nil {
			t.Errorf("%s names %s", f, id)
		}
	}
}

// TestRulesDoNotKnowEachOther: an id is written where its rule is, and where the
// report orders what is to be fixed; nowhere else, not even in a comment,
// but for an example of a document.
func TestRulesDoNotKnowEachOther(t *testing.T) {
	for _, f := range goFiles(t, ".") {
		if f == "report_parts.go" {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, f, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		own := map[token.Pos]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if k, ok := kv.Key.(*ast.Ident); ok && k.Name == "ID" {
					own[kv.Value.Pos()] = true
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && !own[lit.Pos()] && ruleID.MatchString(lit.Value) {
				t.Errorf("%s: %s", fset.Position(lit.Pos()), ruleID.FindString(lit.Value))
			}
			return true
		})
		for _, c := range file.Comments {
			if id := ruleID.FindString(c.Text()); id != "" && f != "doc.go" && !strings.Contains(c.Text(), `"rule":`) {
				t.Errorf("%s: a comment names %s", fset.Position(c.Pos()), id)
			}
		}
	}
}

// goFiles are the Go files of a folder that are not tests.
func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}
