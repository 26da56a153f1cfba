package check

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Options choose what Run does.
type Options struct {
	// Only, when not empty, names the rules to run: ids, or globs such as "KEY*"
	// (path.Match).
	Only []string
	// Except names rules to leave out, in the same way.
	Except []string
	// Extra are the caller's own rules.
	Extra []Rule
	// Horizon is how far ahead an expiry counts as a finding; zero means 30
	// days.
	Horizon time.Duration
	// Suppress takes findings out of the report; see Suppression.
	Suppress []Suppression
	// Severities replace the severity of all findings of a rule, by its id. They
	// are for a site that decides differently from the catalogue.
	Severities map[string]Severity
}

// defaultHorizon is a month's notice, the time that an order for a
// certificate takes in many companies.
const defaultHorizon = 30 * 24 * time.Hour

// OptionsError names an option that cannot be followed.
type OptionsError struct {
	// Option is the field, such as "Only".
	Option string
	// ID is the rule id at fault.
	ID string
	// Reason says what is wrong.
	Reason string
}

func (e *OptionsError) Error() string {
	return fmt.Sprintf("check: option %s: rule %q: %s", e.Option, e.ID, e.Reason)
}

// Validate reports every option that cannot be followed, joined, or nil.
func (o Options) Validate() error {
	rules := Rules()
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
	}
	var errs []error
	bad := func(option, id, reason string) {
		errs = append(errs, &OptionsError{Option: option, ID: id, Reason: reason})
	}
	for _, r := range o.Extra {
		switch {
		case r.ID == "":
			bad("Extra", r.ID, "has no id")
		case !idForm(r.ID):
			bad("Extra", r.ID, "the id is not three capital letters and three digits")
		case known[r.ID]:
			bad("Extra", r.ID, "the id is taken")
		case strings.TrimSpace(r.Title) == "":
			bad("Extra", r.ID, "has no title")
		case strings.TrimSpace(r.Source) == "":
			bad("Extra", r.ID, "has no source")
		case r.Severity < Info || r.Severity > Error:
			bad("Extra", r.ID, "has no severity")
		case r.Stage < 0 || r.Stage > StageRetire:
			bad("Extra", r.ID, "has no known stage")
		case (r.Member == nil) == (r.Cluster == nil):
			bad("Extra", r.ID, "needs exactly one of Member and Cluster")
		}
		known[r.ID] = true
	}
	if cycle := premiseCycle(append(rules, o.Extra...)); cycle != nil {
		bad("Extra", cycle[0], "its premises lead in a circle through "+strings.Join(cycle, ", "))
	}
	chosen := func(option string, ids []string) {
		for _, id := range ids {
			if reason := matchesNone(id, known); reason != "" {
				bad(option, id, reason)
			}
		}
	}
	chosen("Only", o.Only)
	chosen("Except", o.Except)
	for i, s := range o.Suppress {
		reason := s.problem()
		if reason == "" {
			reason = matchesNone(s.Rule, known)
		}
		if reason != "" {
			bad(fmt.Sprintf("Suppress[%d]", i), s.Rule, reason)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(o.Severities)) {
		switch s := o.Severities[id]; {
		case !known[id]:
			bad("Severities", id, "is not known")
		case s < Info || s > Error:
			bad("Severities", id, "is given no severity")
		}
	}
	return errors.Join(errs...)
}

// idForm reports three capital letters and three digits.
func idForm(id string) bool {
	ok, _ := path.Match("[A-Z][A-Z][A-Z][0-9][0-9][0-9]", id)
	return ok
}

// matchesNone says why an id or glob means no known rule, "" if it means one.
func matchesNone(glob string, known map[string]bool) string {
	if _, err := path.Match(glob, ""); err != nil {
		return "is a malformed pattern"
	}
	for id := range known {
		if matchID(glob, id) {
			return ""
		}
	}
	if strings.ContainsAny(glob, "*?[") {
		return "matches no rule"
	}
	return "is not known"
}

// runs reports whether the options choose a rule.
func (o Options) runs(id string) bool {
	means := func(glob string) bool { return matchID(glob, id) }
	return (len(o.Only) == 0 || slices.ContainsFunc(o.Only, means)) && !slices.ContainsFunc(o.Except, means)
}
