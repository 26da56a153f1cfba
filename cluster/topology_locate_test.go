package cluster_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
)

// TestLocateTakesTheInnermostMount: how a mount's path is spelled does not
// decide which one is the innermost.
func TestLocateTakesTheInnermostMount(t *testing.T) {
	for _, c := range []struct {
		install      string
		outer, inner string
		path, want   string
	}{
		{"/x", "/a////////", "/a/b", "/a/b/c", "inner:/c"},
		{"/x", "/a/./././.", "/a/b", "/a/b/c", "inner:/c"},
		{"/x", "/a////////", "/a/b", "/a/c", "outer:/c"},
		{`C:\x`, `C:\a\\\\\\\\`, `c:/a/b`, `C:\A\B\c`, "inner:/c"},
		{`C:\x`, `C:\`, "//nas/UCD", `\\NAS\ucd\c`, "inner:/c"},
		{`C:\x`, `C:\`, `\\nas\UCD`, "//nas/UCD/c", "inner:/c"},
	} {
		node := cluster.Node{Name: "a", Install: c.install, Mounts: []cluster.Mount{
			{Path: c.outer, Storage: "outer", Root: "/"}, {Path: c.inner, Storage: "inner", Root: "/"},
		}}
		if err := (cluster.Topology{Nodes: []cluster.Node{node}}).Validate(); err != nil {
			t.Errorf("%q, %q: %v", c.outer, c.inner, err)
		}
		if got, ok := node.Locate(c.path); !ok || got.String() != c.want {
			t.Errorf("%q under %q and %q is at %s, want %s", c.path, c.outer, c.inner, got, c.want)
		}
	}
}

// TestTwoSpellingsOfAShareAreOneMount: slashes and backslashes begin the same
// UNC path.
func TestTwoSpellingsOfAShareAreOneMount(t *testing.T) {
	topo := cluster.Topology{Nodes: []cluster.Node{{Name: "a", Install: `C:\x`, Mounts: []cluster.Mount{
		{Path: `\\nas\ucd`, Storage: "s"}, {Path: "//NAS/UCD/", Storage: "t"},
	}}}}
	if err := topo.Validate(); err == nil {
		t.Error("two mounts at one path are accepted")
	}
}
