package props

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProperties(t *testing.T) {
	f := mustParse(t, "b=1\na=${b}\nb=2\n=empty\nx=${y}\ny=${x}\ngone=1\n")
	f.Delete("gone")
	p := f.Properties()
	if diff := cmp.Diff([]string{"b", "a", "x", "y"}, p.Keys()); diff != "" {
		t.Errorf("keys: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"b": "2", "a": "${b}", "x": "${y}", "y": "${x}"}, p.Map()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	f.Set("a", "edited")
	if _, _, err := p.Set("b", "edited"); err != nil {
		t.Fatal(err)
	}
	if v, _ := f.Get("b"); v != "2" || p.GetString("a", "") != "${b}" {
		t.Error("the snapshot is not detached")
	}
	// What the documentation says about that library.
	filtered := p.FilterPrefix("")
	if got := filtered.GetString("a", ""); got != "edited" {
		t.Errorf("what FilterPrefix returns does not expand: %q", got)
	}
	if _, ok := filtered.Get("y"); ok {
		t.Error("what FilterPrefix returns holds a circle")
	}
}
