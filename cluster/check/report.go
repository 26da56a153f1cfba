package check

import (
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

// Report is the outcome of Run. Equal input gives an equal report, byte
// for byte in every rendering.
type Report struct {
	Schema int    `json:"schema"`
	Name   string `json:"name,omitempty"`
	// Date is World.Now, zero without a clock.
	Date    time.Time       `json:"date,omitzero"`
	Members []MemberSummary `json:"members"`
	// Findings are ordered by severity, rule, member and place.
	Findings []Finding `json:"findings"`
	// Unknown is what could not be judged.
	Unknown []Unknown `json:"unknown"`
	// Passed and NotApplicable are the ids of the rules without a finding.
	Passed        []string `json:"passed"`
	NotApplicable []string `json:"notApplicable"`
	// NotJudged are the ids of the rules that at least one member gave no
	// answer to; Unknown says why. Such a rule may have findings too.
	NotJudged []string `json:"notJudged"`
}

// MemberSummary is what a report says about one member.
type MemberSummary struct {
	Name    string       `json:"name"`
	Role    cluster.Role `json:"role,omitzero"`
	Install string       `json:"install"`
	Version string       `json:"version,omitempty"`
	Scheme  string       `json:"scheme,omitempty"`
	AppData string       `json:"appData,omitempty"`
	// Retired are originals that a move has set aside and nobody has deleted.
	Retired []string `json:"retired,omitempty"`
}

func summarize(m *cluster.Member) MemberSummary {
	s := MemberSummary{Name: m.Node.Name, Role: m.Node.Role, Install: m.Node.Install, Version: m.Version, AppData: m.AppData, Retired: m.Retired}
	if m.Scheme != 0 {
		s.Scheme = m.Scheme.String()
	}
	return s
}

// Count returns the number of findings of one severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}
