package check

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
)

// Ceiling lets the catalogue's tests hold findings against the source table.
func Ceiling(source string) (Severity, bool) { return ceiling(source) }

// Citation is one row of the source table.
type Citation struct{ Label, About string }

// Citations is the source table.
func Citations() []Citation {
	var out []Citation
	for _, c := range citations() {
		out = append(out, Citation{c.label, c.about})
	}
	return out
}

// NearKey is the known key that an unknown one resembles.
func NearKey(key string) (string, bool) { return product.NearKey(key) }

// Told is a finding of one rule, before those of other rules are looked at, and the
// premises that it rests on.
type Told struct {
	Finding
	On []Premise
}

// TellAll is what every rule of the catalogue says by itself, by id.
func TellAll(c *cluster.Cluster) (map[string][]Told, error) {
	rules := Rules()
	all, err := runRules(context.Background(), byName(c), rules, Options{})
	out := map[string][]Told{}
	for i, v := range all {
		for _, f := range v.findings {
			out[rules[i].ID] = append(out[rules[i].ID], Told{f.verdict, f.on})
		}
	}
	return out, err
}

// MergeShared reports once what several members see in one folder.
func MergeShared(c *cluster.Cluster, list []Finding) []Finding { return mergeShared(byName(c), list) }
