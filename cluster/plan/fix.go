package plan

import (
	"context"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

// Fix plans what the findings ask for, where they carry their fix as Edits, as
// one plan of KindEdits; see Edits. A finding without edits, and one whose edits
// cannot be made in its files as they are, is a warning of the plan with what a
// person has to do. Two findings whose edits contradict each
// other are a refusal: fix one, and look again.
func Fix(ctx context.Context, c *cluster.Cluster, findings []check.Finding) (*Plan, error) {
	e := newEditor(c)
	for _, f := range findings {
		why, err := possible(ctx, c, f)
		if err != nil {
			return nil, err
		}
		if len(f.Edits) == 0 || why != "" {
			r := refusalOf(f)
			r.Message += why
			e.p.warn(r)
			continue
		}
		e.also = append(e.also, reliedOn(c, f)...)
		for _, x := range f.Edits {
			if err := e.take(x, reason{why: f.Rule + ": " + f.Message, source: f.Source}); err != nil {
				return nil, err
			}
		}
	}
	return e.plan(ctx)
}

// reliedOn are the settings of other members by which a finding was made: the same
// property, where the finding names its place. Only Node, Path and Key are set.
func reliedOn(c *cluster.Cluster, f check.Finding) (out []Fact) {
	for _, r := range f.Related {
		m := c.Member(r.Node)
		if m != nil && f.Subject != "" && (r.Path == m.InstalledPath() || r.Path == m.SecuredPath()) {
			out = append(out, Fact{Node: r.Node, Path: r.Path, Key: f.Subject})
		}
	}
	return out
}

// possible says why the edits of a finding, taken by themselves, cannot be made.
func possible(ctx context.Context, c *cluster.Cluster, f check.Finding) (why string, err error) {
	alone := newEditor(c)
	for _, x := range f.Edits {
		if err := alone.take(x, reason{}); err != nil {
			return "", err
		}
	}
	if _, err := alone.todo(ctx, nil); err != nil {
		return "", err
	}
	if len(alone.p.Refusals) > 0 {
		return "; not by the program: " + alone.p.Refusals[0].Message, nil
	}
	return "", nil
}
