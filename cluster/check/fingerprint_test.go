package check_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/long"
)

// marks are the fingerprints of a report's findings, with what they belong to.
func marks(t *testing.T, r *check.Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range r.Findings {
		if f.Fingerprint == "" || out[f.Fingerprint] != "" {
			t.Errorf("fingerprint %q of %s %s is missing or taken", f.Fingerprint, f.Rule, f.Node)
		}
		out[f.Fingerprint] = f.Rule + " " + f.Node
	}
	return out
}

// TestFingerprintIsStable: for every seeded defect the fingerprints stay the
// same when the members are named in another order, and when lines are put in
// front of every properties file.
func TestFingerprintIsStable(t *testing.T) {
	step := 1
	if !long.Tests() {
		step = 5
	}
	list := defects()
	for i := 0; i < len(list); i += step {
		d := list[i]
		t.Run(d.rule+"/"+d.name, func(t *testing.T) {
			t.Parallel()
			s := d.site(t)
			d.seed(s)
			want := marks(t, s.check(check.Options{}))
			slices.Reverse(s.topo.Nodes)
			if diff := cmp.Diff(want, marks(t, s.check(check.Options{}))); diff != "" {
				t.Errorf("members in another order (-before +after):\n%s", diff)
			}
			slices.Reverse(s.topo.Nodes)
			for _, n := range s.topo.Nodes {
				if text, err := afero.ReadFile(s.fs, s.real(n.Name, propFile)); err == nil {
					s.write(n.Name, propFile, "# a comment\n# another\n"+string(text))
				}
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(marks(t, s.check(check.Options{}))))); diff != "" {
				t.Errorf("other line numbers (-before +after):\n%s", diff)
			}
		})
	}
}
