package check

import (
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/props"
)

// Severity is how much a finding matters. The zero Severity is unset.
type Severity int

const (
	// Info is field knowledge: worth reading, nothing breaks by it.
	Info Severity = iota + 1
	// Warning is a documented should, or a must that is inferred.
	Warning
	// Error is a documented must, or a confirmed mechanism by which the
	// server fails, loses data or joins the wrong data.
	Error
)

// Finding is one verdict: what, where, why and what to do.
type Finding struct {
	// Rule is the id of the rule, three letters and three digits.
	Rule string `json:"rule"`
	// Severity is the rule's, or the one that the rule gives this case.
	Severity Severity `json:"severity"`
	// Stage is when to deal with it: the rule's, or the one that the rule gives
	// this case.
	Stage Stage `json:"stage,omitzero"`
	// Title is the rule's, the requirement in a few words.
	Title string `json:"title,omitempty"`
	// Node names the member, empty for the cluster as a whole.
	Node string `json:"node,omitempty"`
	// Path is the file or folder as the server writes it.
	Path string `json:"path,omitempty"`
	// Subject is the property key or the keystore alias.
	Subject string `json:"subject,omitempty"`
	// Pos is the place in Path, zero where there is none.
	Pos props.Position `json:"pos,omitzero"`
	// Message is a whole sentence: what is wrong, where, and what was expected,
	// with the values that show it.
	Message string `json:"message"`
	// Why is the rule's: what happens otherwise.
	Why string `json:"why,omitempty"`
	// Fix says what to do.
	Fix string `json:"fix,omitempty"`
	// Source says who requires it.
	Source string `json:"source"`
	// Related are the other places that take part.
	Related []Related `json:"related,omitempty"`
	// Edits are the fix as data, where it is mechanical. Package plan makes a plan
	// of them.
	Edits []cluster.Edit `json:"edits,omitempty"`
	// Denies are the premises that do not hold: what rests on them is not reported.
	Denies []Premise `json:"-"`
	// Fingerprint is the same for the same finding in another report.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// Related is another place that takes part in a finding.
type Related struct {
	Node    string         `json:"node,omitempty"`
	Path    string         `json:"path,omitempty"`
	Pos     props.Position `json:"pos,omitzero"`
	Message string         `json:"message"`
}

// Unread is a member, storage or file that should have been read and was not.
type Unread struct {
	// Node names the member.
	Node string `json:"node"`
	// Path is the file or folder as the server writes it.
	Path string `json:"path"`
	// Reason says why it was not read.
	Reason string `json:"reason"`
	// Needs says what would help.
	Needs string `json:"needs,omitempty"`
	// Rules are the ids of the rules that need it, sorted; empty when none
	// happened to need it.
	Rules []string `json:"rules,omitempty"`
}

// Unknown is what could not be judged, and what would be needed to judge it.
type Unknown struct {
	// Rule is the id of the rule, or empty when a whole file could not be
	// read and several rules are concerned.
	Rule string `json:"rule,omitempty"`
	// Rules are the ids of all rules that it concerns, sorted; empty when no
	// rule happened to need the file.
	Rules []string `json:"rules,omitempty"`
	// Node names the member, empty for the cluster as a whole.
	Node string `json:"node,omitempty"`
	// Path is the file that would have been read.
	Path string `json:"path,omitempty"`
	// Reason says why it could not be judged.
	Reason string `json:"reason"`
	// Needs says what to declare or give access to.
	Needs string `json:"needs,omitempty"`
}
