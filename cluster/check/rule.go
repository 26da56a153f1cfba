package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Rule is one requirement. A rule is a value: Rules returns the catalogue,
// Options.Extra adds a caller's own.
type Rule struct {
	// ID is three letters and three digits; it is never reused.
	ID string `json:"id"`
	// Title is the requirement in a few words.
	Title string `json:"title"`
	// Severity is the rule's own; one finding may carry another where the
	// sources differ case by case.
	Severity Severity `json:"severity"`
	// Source says who requires it.
	Source string `json:"source"`
	// Since and Until bound the server versions that the rule is about,
	// Since included, Until not. Empty is unbounded.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Stage is when findings of the rule are to be dealt with. Unset, it is that of
	// the family of rules that the id belongs to.
	Stage Stage `json:"stage,omitzero"`
	// What, Avoid, Prefer and Why are the rule's page in RULES.md.
	What   string `json:"what,omitempty"`
	Avoid  string `json:"avoid,omitempty"`
	Prefer string `json:"prefer,omitempty"`
	Why    string `json:"why,omitempty"`
	// Edits says what the edits of a finding do, for a rule whose fix is mechanical
	// in some cases or all. Empty: what to do is for a person to decide, and
	// findings carry no edits.
	Edits string `json:"edits,omitempty"`
	// Assumes are the kinds of premises that verdicts of the rule rest on
	// (Pass.Assume), Denies those that its findings deny (Finding.Denies).
	Assumes []PremiseKind `json:"assumes,omitempty"`
	Denies  []PremiseKind `json:"denies,omitempty"`
	// Member judges one member, Cluster all of them at once. A rule has
	// exactly one of the two.
	Member  func(p *Pass, m *cluster.Member)  `json:"-"`
	Cluster func(p *Pass, c *cluster.Cluster) `json:"-"`
}

// InWindow reports whether the rule is about a server version.
func (r Rule) InWindow(v string) bool { return product.In(v, r.Since, r.Until) }

// Pass is one rule's run. It hands the rule what it may know and takes its
// verdicts.
type Pass struct {
	// Now is World.Now; zero means that there is no clock.
	Now time.Time
	// Horizon is how far ahead an expiry counts.
	Horizon time.Duration

	rule     *Rule
	cluster  *cluster.Cluster
	node     string
	premises []Premise
	out      *verdicts
	skipped  *bool
	suppress []Suppression
	homes    map[*cluster.Member]home
	oddly    map[*cluster.Member]bool
}

// blocked is a rule that needs a file, which a Gap explains once for all the
// rules that need it.
type blocked struct{ rule, node, path string }

// Assume returns a Pass whose verdicts rest on further premises: they are
// dropped where a finding of another rule denies one of those. The rule has to
// declare their kinds in Rule.Assumes.
func (p *Pass) Assume(premises ...Premise) *Pass {
	for _, x := range premises {
		if !slices.Contains(p.rule.Assumes, x.Kind) {
			undeclared(p.rule.ID, "assumes", x.Kind)
		}
	}
	q := *p
	q.premises = slices.Concat(p.premises, premises)
	return &q
}

// Report adds a finding. Rule, Title and Why are the rule's; an empty Severity,
// Source, Stage or Node is filled in from the rule and the member at hand, an empty
// Path from Pos. The rule has to declare in Rule.Denies what the finding denies.
func (p *Pass) Report(f Finding) {
	for _, x := range f.Denies {
		if !slices.Contains(p.rule.Denies, x.Kind) {
			undeclared(p.rule.ID, "denies", x.Kind)
		}
	}
	f.Rule, f.Title, f.Why = p.rule.ID, p.rule.Title, p.rule.Why
	if f.Severity == 0 {
		f.Severity = p.rule.Severity
	}
	if f.Source == "" {
		f.Source = p.rule.Source
	}
	f.Stage = cmp.Or(f.Stage, p.rule.Stage, stageOf(p.rule.ID))
	if f.Node == "" {
		f.Node = p.node
	}
	if f.Pos.Name != "" && f.Path == "" {
		f.Path = f.Pos.Name
	}
	f.clip()
	if n := p.out.count(f.Node); n > maxFindings && len(f.Denies) == 0 {
		return
	}
	p.out.findings = append(p.out.findings, resting[Finding]{f, p.premises})
}

// Unknown says that the rule could not judge, and what it would need.
func (p *Pass) Unknown(path, reason, needs string, args ...any) {
	if len(args) > 0 {
		reason = fmt.Sprintf(reason, args...)
	}
	p.unknown(p.node, path, reason, needs)
}

// Blocked says that the rule could not judge because a file of the member was
// not read. The file's Gap says why, once for all rules; where there is none,
// the path itself is reported.
func (p *Pass) Blocked(m *cluster.Member, path string) {
	p.out.blocked = append(p.out.blocked, resting[blocked]{blocked{p.rule.ID, m.Node.Name, gapPath(m, path)}, p.premises})
}

// unknownAt is Unknown for one member, from a rule about the cluster.
func (p *Pass) unknownAt(m *cluster.Member, path, reason, needs string) {
	p.unknown(m.Node.Name, path, reason, needs)
}

func (p *Pass) unknown(node, path, reason, needs string) {
	u := Unknown{Rule: p.rule.ID, Node: node, Path: words.Clip(path), Reason: words.Clip(reason), Needs: needs}
	p.out.unknown = append(p.out.unknown, resting[Unknown]{u, p.premises})
}

// NotApplicable says that the rule is not about this member or cluster. What it
// says beside that, such as Blocked, counts first.
func (p *Pass) NotApplicable() { *p.skipped = true }
