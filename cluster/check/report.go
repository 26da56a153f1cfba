package check

import (
	"slices"
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
	// Unknown is what could not be judged because it is not declared, or because
	// it needs something that a finding asks for.
	Unknown []Unknown `json:"unknown"`
	// Unread is what should have been read and was not. A report with any of it
	// is not complete.
	Unread []Unread `json:"unread"`
	// Suppressed are the findings that Options.Suppress took out.
	Suppressed []Suppressed `json:"suppressed"`
	// Passed and NotApplicable are the ids of the rules without a finding.
	Passed        []string `json:"passed"`
	NotApplicable []string `json:"notApplicable"`
	// Explained are the ids of the rules of which everything that they found or
	// could not judge follows from findings of other rules.
	Explained []string `json:"explained"`
	// NotJudged are the ids of the rules that at least one member gave no
	// answer to; Unknown says why. Such a rule may have findings too.
	NotJudged []string `json:"notJudged"`
	// LeftOut are the ids of the rules that Options.Only and Options.Except left
	// out. A report with any of them says nothing about the cluster as a whole.
	LeftOut []string `json:"leftOut"`
}

// MemberSummary is what a report says about one member.
type MemberSummary struct {
	Name string `json:"name"`
	// Read reports that the member's properties were read. Of another member
	// hardly anything was judged.
	Read    bool         `json:"read"`
	Role    cluster.Role `json:"role,omitzero"`
	Install string       `json:"install"`
	Version string       `json:"version,omitempty"`
	Scheme  string       `json:"scheme,omitempty"`
	AppData string       `json:"appData,omitempty"`
	// Retired are originals that a move has set aside and nobody has deleted.
	Retired []string `json:"retired,omitempty"`
}

func summarize(m *cluster.Member) MemberSummary {
	s := MemberSummary{Name: m.Node.Name, Role: m.Node.Role, Read: m.Installed != nil, Install: m.Node.Install, Version: m.Version, AppData: m.AppData, Retired: m.Retired}
	if m.Scheme != "" {
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

// Complete reports whether all members, storages and files that should have
// been read were read. A report that is not complete is never a pass, whatever
// its findings.
func (r *Report) Complete() bool { return len(r.Unread) == 0 && len(r.Members) > 0 }

// asked is the number of rules that ran. Every one of them is in one of the
// lists, or has a finding.
func (r *Report) asked() int {
	ids := map[string]bool{}
	for _, id := range slices.Concat(r.Passed, r.NotApplicable, r.Explained, r.NotJudged) {
		ids[id] = true
	}
	for _, f := range r.Findings {
		ids[f.Rule] = true
	}
	for _, s := range r.Suppressed {
		ids[s.Finding.Rule] = true
	}
	return len(ids)
}

// read is the number of members that were read.
func (r *Report) read() int {
	n := 0
	for _, m := range r.Members {
		if m.Read {
			n++
		}
	}
	return n
}
