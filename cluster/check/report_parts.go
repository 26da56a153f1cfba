package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// where is the place of a finding as editors understand it.
func (f Finding) where() string {
	where := ""
	switch {
	case f.Pos.IsValid():
		where = f.Pos.String()
	case f.Path != "":
		where = f.Path
	}
	if f.Subject != "" {
		if where != "" {
			where += " "
		}
		where += "(" + f.Subject + ")"
	}
	return where
}

// String renders the other place in one line.
func (r Related) String() string {
	s := r.Node
	where := r.Path
	if r.Pos.IsValid() {
		where = r.Pos.String()
	}
	if s != "" && where != "" {
		s += " "
	}
	s += where
	if r.Message != "" {
		s += ": " + r.Message
	}
	return s
}

// String renders what is unknown in one line.
func (u Unknown) String() string {
	var parts []string
	if u.Node != "" {
		parts = append(parts, u.Node)
	}
	if u.Path != "" {
		parts = append(parts, u.Path)
	}
	s := strings.Join(parts, " ")
	if s != "" {
		s += ": "
	}
	s += u.Reason
	rules := u.Rules
	if len(rules) == 0 && u.Rule != "" {
		rules = []string{u.Rule}
	}
	const most = 8
	switch {
	case len(rules) > most:
		s += fmt.Sprintf(" (%s and %d more rules wait for this)", strings.Join(rules[:most], ", "), len(rules)-most)
	case len(rules) > 0:
		s += " (" + strings.Join(rules, ", ") + ")"
	}
	return s
}

// fixRanks orders what must be fixed: what endangers data while it lasts, then
// what keeps the servers from being read, then storage before the properties
// that lead to it, and connections last. An entry is a rule or a topic.
func fixRanks() []string {
	return []string{
		"OPS002", "APP012", "STO002", "PRP002", "KEY014", "OPS004", // wrong data is being written
		"APP007", "PRP020", "VER004", // nothing else can be judged
		"VER", "DBS001", // before any move
		"APP006", "APP001", "APP003", "STO", "APP",
		"PRP009", "PRP001", "PRP003", "PRP013", "PRP006", "KEY009", "PRP",
		"DBS", "KEY", "NET", "LBR", "OPS",
	}
}

func fixRank(rule string) int {
	ranks := fixRanks()
	if i := slices.Index(ranks, rule); i >= 0 {
		return i
	}
	if len(rule) > 3 {
		if i := slices.Index(ranks, rule[:3]); i >= 0 {
			return i
		}
	}
	return len(ranks)
}

// fixOrder returns the errors in the order in which they are to be fixed. The
// same fix on the same member stands once.
func (r *Report) fixOrder() []Finding {
	var out []Finding
	seen := map[[2]string]bool{}
	for _, f := range r.Findings {
		key := [2]string{f.Node, f.Fix}
		if f.Severity != Error || f.Fix != "" && seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(fixRank(a.Rule), fixRank(b.Rule)) })
	return out
}

// next proposes what to do next.
func (r *Report) next() string {
	switch {
	case r.Count(Error) > 0:
		for _, f := range r.Findings {
			if slices.Contains([]string{"PRP001", "PRP003"}, f.Rule) {
				return "plan the move of the application data to network storage, then check again"
			}
		}
		return "fix the first item, then check again"
	case slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == "APP004" }):
		return "after a good day and a good backup, retire the originals and check again"
	case len(r.Unknown) > 0:
		return "supply what was not judged, then check again"
	}
	if len(r.Findings) > 0 {
		return "look at the findings, then keep this report with the next backup"
	}
	return "keep this report with the next backup"
}
