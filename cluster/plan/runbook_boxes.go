package plan

import (
	"slices"
	"strconv"
	"strings"
)

// boxes makes the boxes of steps. Steps of one kind that one command can look at
// are one box, at the place of the first.
func (b *runbook) boxes(steps []Step) (out []runbookBox) {
	for len(steps) > 0 {
		n := slices.IndexFunc(steps, func(s Step) bool { _, together := groupingOf(s.Action); return !together })
		switch n {
		case 0:
			out, steps = append(out, b.step(steps[0])), steps[1:]
			continue
		case -1:
			n = len(steps)
		}
		for run := steps[:n]; len(run) > 0; {
			other := func(s Step) bool { return s.Action != run[0].Action }
			same := slices.DeleteFunc(slices.Clone(run), other)
			out = append(out, b.group(same))
			run = slices.DeleteFunc(slices.Clone(run), func(s Step) bool { return s.Action == same[0].Action })
		}
		steps = steps[n:]
	}
	return out
}

// grouping is how several steps of one kind are one box: a title, a table, and what
// holds of each of its rows once the steps are done, for a POSIX shell and for
// PowerShell. The check sees the first two cells of a row.
type grouping struct {
	title         string
	head          []md
	cells         func(Step) []string
	word          string
	unix, windows string
}

// groupingOf returns the grouping of an action. ok is false where each step is a
// box by itself.
func groupingOf(a Action) (g grouping, ok bool) {
	switch a {
	case ActionMakeDir:
		return grouping{
			"Create these folders, unless they are there.", []md{"Folder"}, func(s Step) []string { return []string{s.ServerTo} },
			"present", `[ -d "$1" ]`, "Test-Path -LiteralPath $a -PathType Container",
		}, true
	case ActionCopy: // which is checked by the contents
		return grouping{
			"Copy these entries and compare every byte.", []md{"Original", "Copy"}, func(s Step) []string { return []string{s.ServerFrom, s.ServerTo} },
			"same", "", "",
		}, true
	case ActionLink:
		return grouping{
			"Rename these originals aside and put links in their places.", []md{"Link", "leads to", "Original, if there is one"},
			func(s Step) []string { return []string{s.ServerFrom, s.ServerTo, s.ServerAside} },
			"linked", `[ "$(readlink "$1")" = "$2" ]`, "(Get-Item -LiteralPath $a -Force -ErrorAction SilentlyContinue).Target -eq $b",
		}, true
	case ActionRetire:
		return grouping{
			"Rename these originals aside, each in its own folder.", []md{"Original", "Renamed to"}, func(s Step) []string { return []string{s.ServerFrom, s.ServerAside} },
			"retired", `{ [ ! -e "$1" ] && [ -e "$2" ]; }`, "(Test-Path -LiteralPath $b) -and -not (Test-Path -LiteralPath $a)",
		}, true
	case ActionPurge:
		return grouping{
			"Delete these originals.", []md{"What is deleted"}, func(s Step) []string { return []string{s.ServerAside} },
			"gone", `[ ! -e "$1" ]`, "-not (Test-Path -LiteralPath $a)",
		}, true
	}
	return grouping{}, false
}

// step is the box of one step: what the plan says about it, and for steps of the
// program a command that shows that it was done.
func (b *runbook) step(s Step) runbookBox {
	x := runbookBox{
		By: b.by(s, "program"), Title: mdSentence(s.Title), Why: mdSentence(s.Why), Sources: []md{mdText(s.Source)},
		Inferred: s.Inferred, Expect: mdText(s.Expect),
	}
	switch s.Action {
	case ActionManual:
		x.By = b.by(s, "person")
		x.Command = mdFence(b.c.lang(), s.Commands)
		if s.Expect == "" {
			x.Expect = "it is done"
		}
	case ActionRescan:
		x.Expect = "no message; if a path is new, gone or changed, the program stops here and names it with its likely writer"
	case ActionSet:
		x.Diff = mdFence("diff", settingsLines(s))
		x.Notes = []runbookNote{{Text: "The file as it was is then " + mdCode(s.ServerAside) + "."}}
		x.Expect = "each line marked + above is in the file, and none marked -"
	case ActionEdit:
		x.Diff = mdFence("diff", editLines(s.Edit, false))
		x.Notes = editNotes(s.Edit)
		x.Command = mdFence(b.c.lang(), b.c.shows(s.ServerFrom, s.Edit))
		x.Expect = "each line marked + above, and none marked -"
	}
	return x
}

// by is who does a step, with the plan's name of it.
func (b *runbook) by(s Step, who string) md { return mdText(b.name(s)) + ", " + mdText(who) }

// name is the step's id, or its number where a caller's plan has none.
func (b *runbook) name(s Step) string {
	for i := range b.p.Steps {
		if x := b.p.Steps[i]; s.ID == "" && x.Title == s.Title && x.Action == s.Action && x.ServerFrom == s.ServerFrom {
			return stepName(i, s)
		}
	}
	return s.ID
}

// group is the box of several steps of one kind.
func (b *runbook) group(steps []Step) runbookBox {
	x := runbookBox{}
	for _, s := range steps {
		x.Inferred = x.Inferred || s.Inferred
	}
	x.By = mdText(b.name(steps[0]))
	if len(steps) > 1 {
		x.By += " and others"
	}
	x.By += ", program"
	g, _ := groupingOf(steps[0].Action)
	x.Title, x.Expect = md(g.title), md("`"+g.word+"`")
	b.table(&x, steps, g)
	if steps[0].Action == ActionCopy {
		x.Command = mdFence(b.c.lang(), b.c.copies(steps, b.p.Target.AppData))
		return x
	}
	var rows [][]string
	for _, s := range steps {
		cells := g.cells(s)
		rows = append(rows, cells[:min(2, len(cells))])
	}
	x.Command = mdFence(b.c.lang(), b.c.check(g.word, rows, g.unix, g.windows))
	return x
}

// table is one row a step. Where the steps have different reasons, each row has
// its own; one that all share is the box's.
func (b *runbook) table(x *runbookBox, steps []Step, g grouping) {
	first := steps[0]
	x.Head = append([]md{"Step"}, g.head...)
	if x.Reasons = slices.ContainsFunc(steps, func(s Step) bool { return s.Why != first.Why }); x.Reasons {
		x.Head = append(x.Head, "Why")
	} else {
		x.Why = mdSentence(first.Why)
	}
	for _, s := range steps {
		row := runbookRow{Cells: []md{mdText(b.name(s))}, Why: mdSentence(s.Why), Source: mdText(s.Source)}
		if s.Inferred {
			row.Mark = " †"
		}
		for _, c := range g.cells(s) {
			row.Cells = append(row.Cells, mdCell(c))
		}
		if !x.Reasons && !slices.Contains(x.Sources, row.Source) {
			x.Sources = append(x.Sources, row.Source)
		}
		x.Rows = append(x.Rows, row)
	}
}

// editNotes are the reasons of the single settings.
func editNotes(e *FileChange) (notes []runbookNote) {
	if e == nil {
		return nil
	}
	escaped := false
	for _, s := range e.Set {
		at := "New, "
		if s.Line > 0 {
			at = "Line " + strconv.Itoa(s.Line) + ", "
		}
		notes = append(notes, runbookNote{mdText(at+s.Key+": ") + mdSentence(s.Why), mdText(s.Source)})
		escaped = escaped || strings.ContainsAny(s.Old+s.Value, `\:=#!`)
	}
	if escaped {
		notes = append(notes, runbookNote{Text: mdText(`Values are shown as Java reads them; in the file a backslash comes before each \ : = # and !.`)})
	}
	return notes
}

// undo is the way back by hand, the last change first.
func (b *runbook) undo() {
	steps, _ := b.switchSteps()
	var links, sums [][]string
	put := runbookBox{By: "person", Title: "Put the old lines back, unless a file was not changed yet.", Sources: []md{mdText(srcSafety)}}
	for _, s := range slices.Backward(steps) {
		switch {
		case s.Action == ActionLink:
			links = append(links, []string{s.ServerFrom, s.ServerTo, s.ServerAside})
		case s.Action == ActionEdit && s.Edit != nil:
			put.Notes = append(put.Notes, runbookNote{Text: "In " + mdCode(s.ServerFrom) + ":\n\n" + mdFence("diff", reversed(s.Edit))})
			if s.Edit.Before != "" {
				sums = append(sums, []string{s.ServerFrom, s.Edit.Before})
			}
		}
	}
	if len(put.Notes) > 0 {
		put.Expect = "the lines are as they were"
		if len(sums) > 0 {
			put.Command = mdFence(b.c.lang(), b.c.digests(sums))
			put.Expect = "`same`. If you changed the lines by hand, it is enough that they read as above, with no blank at their ends"
		}
		b.Undo = append(b.Undo, put)
	}
	if len(links) > 0 {
		b.Undo = append(b.Undo, runbookBox{
			By: "person", Sources: []md{mdText(srcSafety)}, Command: mdFence(b.c.lang(), b.c.unlink(links)), Expect: "no output",
			Title: "Remove these links and rename the originals back, if they are there; these commands change files.",
		})
	}
	b.undone()
}

// undone are how what people made ready is taken back, the last first.
func (b *runbook) undone() {
	for _, s := range slices.Backward(b.in(PhasePrepare)) {
		if s.Action == ActionManual && s.Undo != "" {
			b.Undone = append(b.Undone, runbookNote{mdText(b.name(s)) + ": " + mdSentence(s.Undo), mdText(s.Source)})
		}
	}
}

// backBox puts what was kept of a file back by hand.
func backBox(title, why, expect md, source string) runbookBox {
	return runbookBox{By: "person", Title: title, Why: why, Sources: []md{mdText(source)}, Expect: expect}
}

// alignment is one section a member, from out of the balancer to back in, and
// the way back.
func (b *runbook) alignment() {
	for _, s := range b.p.Steps {
		if n := len(b.Members); n == 0 || b.Members[n-1].Name != mdText(s.Node) {
			b.Members = append(b.Members, runbookMember{Name: mdText(s.Node)})
		}
		m := &b.Members[len(b.Members)-1]
		m.Boxes = append(m.Boxes, b.step(s))
	}
	for s := range b.p.of(ActionReplace) {
		b.Undo = append(b.Undo, backBox("On "+mdText(s.Node)+" put the old keystore back: "+mdCode(s.ServerAside)+" becomes "+mdCode(s.ServerTo)+" again.",
			"the old keystore was kept beside the new one.", "the file has its old size and date", srcSafety))
	}
	for s := range b.p.of(ActionSet) {
		b.Undo = append(b.Undo, backBox("On "+mdText(s.Node)+" put "+mdCode(s.ServerAside)+" back as "+mdCode(s.ServerFrom)+".",
			"the alias has to be one of the old keystore.", "the lines are as they were", srcStep6))
	}
}
