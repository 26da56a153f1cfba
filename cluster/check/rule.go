package check

import (
	"fmt"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/version"
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
	// Since and Until bound the server versions that the rule speaks of,
	// Since included, Until not. Empty is unbounded.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// What, Avoid, Prefer and Why are the rule's page in RULES.md.
	What   string `json:"what,omitempty"`
	Avoid  string `json:"avoid,omitempty"`
	Prefer string `json:"prefer,omitempty"`
	Why    string `json:"why,omitempty"`
	// Member judges one member, Cluster all of them at once. A rule has
	// exactly one of the two.
	Member  func(p *Pass, m *cluster.Member)  `json:"-"`
	Cluster func(p *Pass, c *cluster.Cluster) `json:"-"`
}

// InWindow reports whether the rule speaks of a server version.
func (r Rule) InWindow(v string) bool { return version.In(v, r.Since, r.Until) }

// Pass is one rule's run. It hands the rule what it may know and takes its
// verdicts.
type Pass struct {
	// Now is World.Now; zero means that there is no clock.
	Now time.Time
	// Horizon is how far ahead an expiry counts.
	Horizon time.Duration

	rule       Rule
	homes      map[*cluster.Member]home
	oddly      map[*cluster.Member]bool
	suppress   []Suppression
	node       string
	findings   []Finding
	unknown    []Unknown
	blocked    []blocked
	applicable bool
	skipped    bool
	// runs reports whether another rule runs beside this one.
	runs func(id string) bool
}

// blocked is a rule that waits for a file, which a Gap explains once for all
// the rules that wait for it.
type blocked struct{ rule, node, path string }

// Report adds a finding. Rule, Title and Why are the rule's; an empty Severity,
// Source or Node is filled in from the rule and the member at hand, an empty
// Path from Pos.
func (p *Pass) Report(f Finding) {
	f.Rule, f.Title, f.Why = p.rule.ID, p.rule.Title, p.rule.Why
	if f.Severity == 0 {
		f.Severity = p.rule.Severity
	}
	if f.Source == "" {
		f.Source = p.rule.Source
	}
	if f.Node == "" {
		f.Node = p.node
	}
	if f.Pos.Name != "" && f.Path == "" {
		f.Path = f.Pos.Name
	}
	p.findings = append(p.findings, f)
}

// Unknown says that the rule could not judge, and what it would need.
func (p *Pass) Unknown(path, reason, needs string, args ...any) {
	if len(args) > 0 {
		reason = fmt.Sprintf(reason, args...)
	}
	p.unknown = append(p.unknown, Unknown{Rule: p.rule.ID, Node: p.node, Path: path, Reason: reason, Needs: needs})
}

// Blocked says that the rule could not judge because a file of the member was
// not read. The file's Gap says why, once for all rules; where there is none,
// the path itself is reported.
func (p *Pass) Blocked(m *cluster.Member, path string) {
	p.blocked = append(p.blocked, blocked{p.rule.ID, m.Node.Name, gapPath(m, path)})
}

// unknownAt is Unknown for one member, from a rule about the cluster.
func (p *Pass) unknownAt(m *cluster.Member, path, reason, needs string) {
	p.unknown = append(p.unknown, Unknown{Rule: p.rule.ID, Node: m.Node.Name, Path: path, Reason: reason, Needs: needs})
}

// NotApplicable says that the rule does not speak of this member or cluster.
func (p *Pass) NotApplicable() { p.skipped = true }
