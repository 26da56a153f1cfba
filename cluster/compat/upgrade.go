package compat

import (
	"fmt"

	"github.com/deploycluster/deploycluster/internal/product"
)

// Path is the way of an upgrade.
type Path struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Answer is Yes where the way is documented, No where there is none, and
	// Unknown where it leads to or comes from a version that no source covers. A
	// Yes still depends on the conditions of the legs.
	Answer Answer `json:"answer"`
	// Why explains the answer, and Source names who says so.
	Why    string `json:"why"`
	Source string `json:"source,omitzero"`
	// Legs are the upgrades to run, in order. An Unknown way has them as far as
	// the table knows; there are none where nothing is to be upgraded.
	Legs []Leg `json:"legs,omitempty"`
}

// Leg is one upgrade of all members.
type Leg struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Conditions must hold before the leg begins.
	Conditions []Condition `json:"conditions"`
}

// Condition is what must hold before a leg of an upgrade.
type Condition struct {
	// ID is stable: "java", "database", "aes-keys", "web-agents", "web-socket",
	// "driver", "layout", "key-path", "saved-files", "log-settings", "stopped",
	// "backup", "same-user", "relays" or "hcl-license".
	ID string `json:"id"`
	// At is the version at which the condition begins to count, empty for every
	// upgrade.
	At string `json:"at,omitzero"`
	// Requirement says what must hold, and Why says why.
	Requirement string `json:"requirement"`
	Why         string `json:"why"`
	Source      string `json:"source"`
	Inferred    bool   `json:"inferred,omitzero"`
	// Values are what fits, where that is a choice: releases of Java, values of
	// database.type.
	Values []string `json:"values,omitempty"`
	// Files are what an upgrade overwrites, renames or removes: paths in the
	// installation folder, or in the application data folder where they begin
	// with appdata/.
	Files []string `json:"files,omitempty"`
}

// Upgrade returns the way from one version to another, and what must hold before
// each leg of it.
//
// Equal texts need no upgrade: Yes, without legs. Texts of which one is the
// beginning of the other ("8.0.1.3" and "8.0.1.3.1234567") may be one build, and
// the answer is Unknown.
func Upgrade(from, to string) Path {
	p := Path{From: from, To: to, Answer: Unknown}
	switch {
	case !product.Valid(from) || !product.Valid(to):
		p.Why = fmt.Sprintf("%q and %q are not two versions that can be compared.", from, to)
	case from == to:
		p.Answer, p.Why = Yes, "The versions are the same."
	case product.IsDev(from) || product.IsDev(to):
		p.Why = "A development build has no place in the order of versions."
	case product.SamePrefix(from, to):
		p.Why = fmt.Sprintf("%q and %q differ in length: whether they are one build cannot be told.", from, to)
	case product.Compare(to, from) == 0:
		p.Answer, p.Why = Yes, "The versions are the same in two spellings."
	case product.Compare(to, from) < 0:
		p.Answer, p.Why, p.Source = No, "A downgrade is not supported; only a restore of backups leads back.", sourceDowngrade
	default:
		p.plan()
	}
	return p
}

// plan fills in the legs of a real upgrade.
func (p *Path) plan() {
	p.Answer, p.Source = Yes, sourceUpgrade
	p.Why = "The upgrade is one step."
	switch {
	case passesThrough(p.From, p.To):
		p.Why, p.Source = "An upgrade from 6.x has to stop at "+through+" first.", sourceUpgradePath
		p.Legs = []Leg{
			{From: p.From, To: through, Conditions: conditions(p.From, throughNewest)},
			{From: through, To: p.To, Conditions: conditions(throughNewest, p.To)},
		}
	default:
		p.Legs = []Leg{{From: p.From, To: p.To, Conditions: conditions(p.From, p.To)}}
	}
	switch {
	case !product.In(p.From, oldestUpgrade, ""):
		p.Answer, p.Source = Unknown, ""
		p.Why = fmt.Sprintf("No source that is known here covers upgrades from versions before %s.", oldestUpgrade)
	case !product.Covers(p.From) || !product.Covers(p.To):
		p.Answer, p.Source = Unknown, ""
		p.Why = fmt.Sprintf("The table ends before %s: what later versions ask for is not known here.", product.Beyond)
	}
}
