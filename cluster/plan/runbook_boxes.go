package plan

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// boxes are the steps of each box. Steps of one kind that one command can look at
// are one box, at the place of the first.
func boxes(steps []Step) (out [][]Step) {
	open := map[Action]int{} // the boxes that take more, by what they do
	for _, s := range steps {
		at, there := open[s.Action]
		switch {
		case there:
			out[at] = append(out[at], s)
			continue
		case s.Action == ActionEdit, s.cells() == nil:
			clear(open)
		default:
			open[s.Action] = len(out)
		}
		out = append(out, []Step{s})
	}
	return out
}

// cells are what a table says of a step, and what a loop sees of it.
func (s Step) cells() []string {
	switch s.Action {
	case ActionMakeDir:
		return []string{s.ServerTo}
	case ActionCopy:
		return []string{s.ServerFrom, s.ServerTo}
	case ActionLink:
		return []string{s.ServerFrom, s.ServerTo, s.ServerAside}
	case ActionRetire:
		return []string{s.ServerFrom, s.ServerAside}
	case ActionPurge:
		return []string{s.ServerAside}
	case ActionEdit:
		return []string{s.ServerFrom, s.Edit.Before}
	}
	return nil
}

// stepGroup is several steps of one kind as one box, or as one loop of a command.
type stepGroup struct {
	Steps       []Step
	Action      Action
	Word, Title string // Word is what a check prints if all is well
	Head        []string
	Rows        [][]string
	Inferred    bool
	Reasons     bool // the rows have reasons, not the box
	Sources     []string
	Without     []string // names that a comparison of copies leaves out
}

func (b *runbookPage) group(steps []Step, word, title string, head ...string) stepGroup {
	g := stepGroup{Steps: steps, Action: steps[0].Action, Word: word, Title: title, Head: head}
	for _, s := range steps {
		row := s.cells()
		if word != "" { // a check sees no more
			row = row[:min(2, len(row))]
		}
		g.Rows = append(g.Rows, row)
		g.Inferred = g.Inferred || s.Inferred
		g.Reasons = g.Reasons || s.Why != steps[0].Why
		if !slices.Contains(g.Sources, s.Source) {
			g.Sources = append(g.Sources, s.Source)
		}
		if g.Action != ActionCopy {
			continue
		}
		names := slices.Clone(s.Exclude)
		if serverpath.Equal(s.ServerTo, b.Target.AppData) {
			names = append(names, ownFolder)
		}
		for _, name := range names {
			if !slices.Contains(g.Without, name) {
				g.Without = append(g.Without, name)
			}
		}
	}
	for i, name := range g.Without {
		if b.windows() {
			g.Without[i] = strings.ReplaceAll(name, "/", `\`)
		} else {
			// diff matches names, not paths: what it leaves out elsewhere as
			// well was compared by the program all the same.
			g.Without[i] = globLiteral(name[strings.LastIndexByte(name, '/')+1:])
		}
	}
	return g
}

// globLiteral escapes what a shell pattern gives a meaning to.
func globLiteral(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
