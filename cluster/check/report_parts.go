package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/words"
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

// String renders the finding in one line, safe for a terminal.
func (f Finding) String() string {
	s := strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Node)) + ": " + f.Message
	switch {
	case f.Pos.IsValid():
		s += " [" + f.Pos.String() + "]"
	case f.Path != "" && !strings.Contains(f.Message, words.Plain(f.Path)):
		s += " [" + f.Path + "]"
	}
	return words.Plain(s)
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

// String renders what was not read in one line.
func (u Unread) String() string { return openLine(u.Node, u.Path, u.Reason, "", u.Rules) }

// String renders what is unknown in one line.
func (u Unknown) String() string { return openLine(u.Node, u.Path, u.Reason, u.Rule, u.Rules) }

// String renders the finding and why it is suppressed in one line.
func (s Suppressed) String() string {
	text := openLine(s.Finding.Node, s.Finding.Path, s.Finding.Message, s.Finding.Rule, nil) + "; suppressed: " + s.Reason
	if !s.Until.IsZero() {
		text += " (until " + s.Until.UTC().Format("2006-01-02 15:04 MST") + ")"
	}
	return text
}

// openSection is one of the lists of what a report cannot tell, for a renderer.
type openSection struct {
	title, hint string
	lines       []openEntry
}

type openEntry struct{ text, needs string }

// open are the lists: what was not read, not judged, and suppressed.
func (r *Report) open() [3]openSection {
	unread := openSection{title: "Not read", hint: ": without it this report proves nothing"}
	for _, u := range r.Unread {
		unread.lines = append(unread.lines, openEntry{u.String(), u.Needs})
	}
	unknown := openSection{title: "Open questions", hint: ": declare the fact, or grant access"}
	for _, u := range r.Unknown {
		unknown.lines = append(unknown.lines, openEntry{u.String(), u.Needs})
	}
	suppressed := openSection{title: "Suppressed"}
	for _, s := range r.Suppressed {
		suppressed.lines = append(suppressed.lines, openEntry{s.String(), ""})
	}
	return [3]openSection{unread, unknown, suppressed}
}

func openLine(node, path, reason, rule string, rules []string) string {
	s := strings.TrimSpace(node + " " + path)
	if s != "" {
		s += ": "
	}
	s += reason
	if len(rules) == 0 && rule != "" {
		rules = []string{rule}
	}
	const most = 8
	switch {
	case len(rules) > most:
		s += fmt.Sprintf(" (%s and %d more rules need it)", strings.Join(rules[:most], ", "), len(rules)-most)
	case len(rules) > 0:
		s += " (" + strings.Join(rules, ", ") + ")"
	}
	return s
}

// stage is the finding's, also where an older report does not hold it.
func (f Finding) stage() Stage { return cmp.Or(f.Stage, stageOf(f.Rule)) }

// fixStep is one entry of what is to be fixed first, on one member or several.
type fixStep struct {
	nodes []string
	text  string
}

// lead names the members of a step, in a line's beginning.
func (s fixStep) lead() string {
	if len(s.nodes) == 0 {
		return ""
	}
	return words.List(s.nodes) + ": "
}

// fixFirst returns what to do, in order: first what keeps the report from being
// complete, then the errors by their stages. A fix is listed once for all members
// that need it. number gives the step of a finding, from 1, by its index; an error
// about a folder that was not read is the step of that folder.
func (r *Report) fixFirst() (out []fixStep, number map[int]int) {
	number = map[int]int{}
	at := map[string]int{}
	seen := map[[2]string]int{}
	add := func(node, text, rule string) (step int) {
		if step := seen[[2]string{node, text}]; step > 0 {
			return step
		}
		i, known := at[text+rule]
		if !known {
			i = len(out)
			at[text+rule] = i
			out = append(out, fixStep{text: text + rule})
		}
		if node != "" {
			out[i].nodes = append(out[i].nodes, node)
		}
		seen[[2]string{node, text}] = i + 1
		return i + 1
	}
	unread := map[place]int{}
	for _, u := range r.Unread {
		text := u.Path + ": " + u.Reason
		if u.Needs != "" {
			text += "; give " + u.Needs
		}
		unread[place{u.Node, u.Path}] = add(u.Node, text, "")
	}
	var errors []int
	for i, f := range r.Findings {
		if f.Severity == Error {
			errors = append(errors, i)
		}
	}
	slices.SortStableFunc(errors, func(a, b int) int { return cmp.Compare(r.Findings[a].stage(), r.Findings[b].stage()) })
	for _, i := range errors {
		f := r.Findings[i]
		if number[i] = unread[place{f.Node, f.Path}]; number[i] == 0 {
			number[i] = add(f.Node, cmp.Or(f.Fix, f.Title), " ("+f.Rule+")")
		}
	}
	return out, number
}

// fixLabel is how a finding's fix is headed: with its number in what to fix first,
// where it is there.
func fixLabel(number int) string {
	if number == 0 {
		return "fix"
	}
	return fmt.Sprintf("fix %d", number)
}

// also are the other places of a finding, for a renderer: of members that have the
// same to say of the same path, one line.
func (f Finding) also() []string {
	var out []Related
	nodes := map[Related][]string{}
	for _, rel := range f.Related {
		key := rel
		if key.Node = ""; rel.Node == f.Node {
			rel.Node = "" // it is in the finding's first line
		}
		if rel.Node == "" || nodes[key] == nil {
			out = append(out, rel)
		}
		if rel.Node != "" {
			nodes[key] = append(nodes[key], rel.Node)
		}
	}
	lines := make([]string, len(out))
	for i, rel := range out {
		key := rel
		key.Node = ""
		if rel.Node != "" {
			rel.Node = strings.Join(nodes[key], ", ")
		}
		lines[i] = rel.String()
	}
	return lines
}

// fixes tells a renderer how to write the fix of each finding: in full where it is
// said for the first time, and then by a reference to that finding.
func (r *Report) fixes() []string {
	out := make([]string, len(r.Findings))
	first, rank, number := map[string]string{}, map[string]int{}, map[string]int{}
	for _, f := range r.Findings {
		number[f.Rule+" "+f.Node]++
	}
	for i, f := range r.Findings {
		at, said := first[f.Fix]
		rank[f.Rule]++
		switch {
		case f.Fix == "":
		case said:
			out[i] = "as for " + at
		default:
			out[i] = f.Fix
			switch n := rank[f.Rule]; {
			case number[f.Rule+" "+f.Node] == 1:
				first[f.Fix] = strings.TrimSpace(f.Rule + " " + f.Node)
			case n == 1:
				first[f.Fix] = "the first " + f.Rule + " finding"
			default:
				first[f.Fix] = fmt.Sprintf("%s finding %d", f.Rule, n)
			}
		}
	}
	return out
}
