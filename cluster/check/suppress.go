package check

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Suppression takes findings out of a report, for a stated reason and at most
// until a date.
type Suppression struct {
	// Rule is the id of a rule, or a glob such as "KEY*" (path.Match).
	Rule string `json:"rule"`
	// Node is the name of the member; empty matches any, and findings about the
	// cluster as a whole.
	Node string `json:"node,omitempty"`
	// Path is a glob over the finding's path (path.Match; "/**" at its end means
	// everything below), with slashes also for a Windows server. Empty matches any.
	Path string `json:"path,omitempty"`
	// Reason says why the finding is accepted. It is required.
	Reason string `json:"reason"`
	// Until is the first moment at which the suppression no longer holds; zero is
	// never. From then on the findings return, and the suppression is a finding
	// itself (rule SUP001). A report without a clock follows no suppression that
	// has a date.
	Until time.Time `json:"until,omitzero"`
}

// Suppressed is a finding that a suppression took out of the report.
type Suppressed struct {
	Finding Finding `json:"finding"`
	// Reason and Until are the suppression's.
	Reason string    `json:"reason"`
	Until  time.Time `json:"until,omitzero"`
}

// problem says why the suppression cannot be followed, "" if it can.
func (s Suppression) problem() string {
	switch {
	case s.Rule == "":
		return "names no rule"
	case strings.TrimSpace(s.Reason) == "":
		return "has no reason"
	}
	for _, glob := range []string{s.Rule, s.Path} {
		if _, err := path.Match(glob, ""); err != nil {
			return "has a malformed pattern"
		}
	}
	return ""
}

// matches reports whether the suppression is about a finding.
func (s Suppression) matches(f Finding) bool {
	if s.Node != "" && s.Node != f.Node || !matchID(s.Rule, f.Rule) {
		return false
	}
	if s.Path == "" {
		return true
	}
	glob, at := slashed(s.Path), slashed(f.Path)
	if folder, all := strings.CutSuffix(glob, "/**"); all {
		// As deep as the folder, compared with as much of the path.
		n := strings.Count(folder, "/") + 1
		parts := strings.SplitAfterN(at, "/", n+1)
		if len(parts) <= n {
			return false
		}
		glob, at = folder, strings.TrimSuffix(strings.Join(parts[:n], ""), "/")
	}
	ok, _ := path.Match(glob, at)
	return ok
}

func slashed(p string) string { return strings.ReplaceAll(p, `\`, "/") }

// matchID reports whether a rule's id is meant by an id or a glob.
func matchID(glob, id string) bool {
	ok, _ := path.Match(glob, id)
	return ok
}

// suppress moves what the suppressions match out of the findings. The first
// one that matches counts; one that has ended, or whose end cannot be told
// without a clock, matches nothing.
func (r *Report) suppress(list []Suppression, now time.Time) {
	left := make([]Finding, 0, len(r.Findings))
	for _, f := range r.Findings {
		i := slices.IndexFunc(list, func(s Suppression) bool {
			return s.holds(now) && f.Rule != endedRule && s.matches(f)
		})
		if i < 0 {
			left = append(left, f)
			continue
		}
		r.Suppressed = append(r.Suppressed, Suppressed{Finding: f, Reason: list[i].Reason, Until: list[i].Until})
	}
	r.Findings = left
}

// holds reports whether the suppression is known to be in force.
func (s Suppression) holds(now time.Time) bool {
	return s.Until.IsZero() || !now.IsZero() && now.Before(s.Until)
}

// endedRule is the rule about suppressions that have ended.
const endedRule = "SUP001"

func suppressionRules() []Rule {
	return []Rule{{
		ID: endedRule, Title: "No suppression has ended", Severity: Info, Source: srcField,
		What:   "A suppression whose date has passed no longer hides anything: what it hid is reported again.",
		Avoid:  "Moving the date without a new look at the finding.",
		Prefer: "Fix the finding and remove the suppression, or state a new reason and a new date.",
		Why:    "A finding that was accepted for a time would otherwise be accepted for good.",
		Cluster: func(p *Pass, _ *cluster.Cluster) {
			if len(p.suppress) == 0 {
				p.NotApplicable()
			}
			for _, s := range p.suppress {
				what := words.Plain(s.Rule)
				if s.Node != "" {
					what += " at " + words.Plain(s.Node)
				}
				switch {
				case s.holds(p.Now):
				case p.Now.IsZero():
					p.Unknown("", "whether the suppression of "+what+" still holds, since there is no clock", "the date")
				default:
					p.Report(Finding{
						Node: s.Node, Path: s.Path, Subject: s.Rule,
						Message: "the suppression of " + what + " ended on " + s.Until.UTC().Format("2006-01-02") + "; its reason was: " + words.Plain(s.Reason),
						Fix:     "fix the finding and remove the suppression, or give it a new reason and date",
					})
				}
			}
		},
	}}
}
