package check

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
)

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
