package plan

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// Preview is what a plan would make of a cluster's report.
type Preview struct {
	// Before and After are the reports of now and of the world after Apply.
	Before *check.Report `json:"before"`
	After  *check.Report `json:"after"`
	// Delta are the findings that the plan brings, takes away and leaves.
	Delta check.Delta `json:"delta"`
}

// Preview judges the plan's cluster as it is and as it will be, by the rules
// that the options select, and compares the two. Nothing is written. The errors
// are those of Simulate, of check.Run and of a done context.
func (p *Plan) Preview(ctx context.Context, w cluster.World, o check.Options) (*Preview, error) {
	before, err := judge(ctx, p.Topology, w, o)
	if err != nil {
		return nil, err
	}
	future, err := p.Simulate(ctx, w)
	if err != nil {
		return nil, err
	}
	after, err := judge(ctx, p.Topology, future, o)
	if err != nil {
		return nil, err
	}
	return &Preview{Before: before, After: after, Delta: check.Compare(before, after)}, nil
}

func judge(ctx context.Context, t cluster.Topology, w cluster.World, o check.Options) (*check.Report, error) {
	c, err := cluster.Load(ctx, t, w)
	if err != nil {
		return nil, err
	}
	return check.Run(ctx, c, o)
}
