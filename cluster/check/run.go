package check

import (
	"cmp"
	"context"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
)

// Run judges the cluster by every rule that the options choose. The error is
// that of a done context, or the *OptionsError values, joined, of options that
// cannot be followed; the report is nil then.
func Run(ctx context.Context, c *cluster.Cluster, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	named := byName(c)
	leftOut := []string{}
	rules := slices.DeleteFunc(append(Rules(), o.Extra...), func(r Rule) bool {
		out := !o.runs(r.ID)
		if out {
			leftOut = append(leftOut, r.ID)
		}
		return out
	})
	all, err := runRules(ctx, named, rules, o)
	if err != nil {
		return nil, err
	}
	resolve(all)
	r := newReport(c, named, rules, all)
	for i, f := range r.Findings {
		if s, ok := o.Severities[f.Rule]; ok {
			r.Findings[i].Severity = s
		}
	}
	r.LeftOut = leftOut
	r.sort(c)
	r.mark()
	r.suppress(o.Suppress, r.Date)
	return r, nil
}

// runRules asks one rule after the other; none knows what another rule says.
func runRules(ctx context.Context, named *cluster.Cluster, rules []Rule, o Options) ([]*verdicts, error) {
	base := Pass{cluster: named, Now: named.World().Now, Horizon: cmp.Or(o.Horizon, defaultHorizon), suppress: o.Suppress}
	base.homes, base.oddly = homesOf(named.Members)
	all := make([]*verdicts, len(rules))
	for i := range rules {
		p := base
		p.rule, p.out = &rules[i], new(verdicts)
		if err := p.run(ctx, named); err != nil {
			return nil, err
		}
		all[i] = p.out
	}
	return all, nil
}

// byName is the cluster with its members in the order of their names. Rules see
// it so, because which of two members a finding is about must not depend on the
// order in which a topology lists them.
func byName(c *cluster.Cluster) *cluster.Cluster {
	out := *c
	out.Members = slices.Clone(c.Members)
	slices.SortStableFunc(out.Members, func(a, b *cluster.Member) int { return cmp.Compare(a.Node.Name, b.Node.Name) })
	out.Topology.Nodes = slices.Clone(c.Topology.Nodes)
	slices.SortStableFunc(out.Topology.Nodes, func(a, b cluster.Node) int { return cmp.Compare(a.Name, b.Name) })
	return &out
}

// run applies one rule to every member in its window, or to the cluster. The
// error is that of a done context.
func (p *Pass) run(ctx context.Context, c *cluster.Cluster) error {
	rule := p.rule
	if rule.Cluster != nil {
		p.call("", func(q *Pass) { rule.Cluster(q, c) })
		return ctx.Err()
	}
	bounded := rule.Since != "" || rule.Until != ""
	in := map[string]bool{} // by version, of which most clusters have one
	for _, m := range c.Members {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case bounded && !versionKnown(m):
			p.call(m.Node.Name, func(q *Pass) { q.Blocked(m, m.VersionPath()) })
		case !bounded || remembered(in, m.Version, rule.InWindow):
			p.call(m.Node.Name, func(q *Pass) { rule.Member(q, m) })
		}
	}
	return ctx.Err()
}

// remembered is f(key), asked once.
func remembered(answers map[string]bool, key string, f func(string) bool) bool {
	answer, ok := answers[key]
	if !ok {
		answer = f(key)
		answers[key] = answer
	}
	return answer
}

// call runs one of the rule's functions. One that panics has not judged; what it
// panics with is not shown, since it may hold anything.
func (p *Pass) call(node string, f func(*Pass)) {
	q := *p
	q.node, q.skipped = node, new(bool)
	defer func() {
		if x := recover(); x != nil {
			*q.skipped = false
			q.premises = nil
			q.Unknown("", "rule %s itself failed, with a panic of type %T", "a rule without that mistake", q.rule.ID, x)
		}
		p.out.applicable = p.out.applicable || !*q.skipped
	}()
	f(&q)
}
