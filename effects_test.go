package deploycluster_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Only a few packages create, rename, change or delete files: what moves
// application data, the folders that it goes through, and what replaces one file.
// Nothing else of the library calls a verb that writes. Test kits and programs
// are no part of it.
func TestOnlyTheMoverWrites(t *testing.T) {
	writes := []string{
		"Create", "CreateTemp", "Rename", "Remove", "RemoveAll", "Mkdir", "MkdirAll", "MkdirTemp", "Chmod", "Chown", "Lchown", "Chtimes",
		"Symlink", "SymlinkIfPossible", "Link", "WriteFile", "WriteReader", "SafeWriteReader", "Truncate",
	}
	may := []string{"cluster/plan/internal/mover", "internal/fsx", "internal/replacefile"}
	kits := []string{"internal/strictfs", "internal/killtest", "internal/balancer/balancertest", "cluster/clustertest", "examples", "internal/bench", "internal/schemas", ".ci"}
	within := func(path string, list []string) bool {
		return slices.ContainsFunc(list, func(dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") })
	}
	files, found := 0, 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, nested := os.Stat(path + "/go.mod"); path != "." && nested == nil || within(path, kits) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		// The steps of a simulation have the same verbs and write nothing.
		simulates := slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/plan/internal/overlay"`) })
		// A key of a properties file in memory can be renamed too.
		readsProperties := slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/deploycluster/props"`) })
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			verb, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(writes, verb.Sel.Name) && !(verb.Sel.Name == "OpenFile" && opensForWriting(call)) {
				return true
			}
			if x, ok := verb.X.(*ast.Ident); ok && (x.Name == "replacefile" || simulates && x.Name == "o" || readsProperties && x.Name == "f") {
				return true
			}
			if within(path, may) {
				found++
			} else {
				t.Errorf("%s calls %s", set.Position(call.Pos()), verb.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 150 || found < 40 {
		t.Errorf("looked at %d files, and found %d calls where they may be: %v", files, found, err)
	}
}

// opensForWriting reports whether a call of OpenFile names more than O_RDONLY.
func opensForWriting(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		writes := false
		ast.Inspect(arg, func(n ast.Node) bool {
			if x, ok := n.(*ast.Ident); ok && slices.Contains([]string{"O_WRONLY", "O_RDWR", "O_CREATE", "O_TRUNC", "O_APPEND"}, x.Name) {
				writes = true
			}
			return true
		})
		if writes {
			return true
		}
	}
	return false
}
