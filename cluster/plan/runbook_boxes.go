package plan

import (
	"slices"
	"strings"
)

// boxes makes the boxes of steps. Steps of one kind that one command can look at
// are one box, at the place of the first.
func (b *runbook) boxes(steps []Step) (out []runbookBox) {
	for len(steps) > 0 {
		first, n := steps[0], 1
		if !grouped(first.Action) {
			out, steps = append(out, b.step(first)), steps[1:]
			continue
		}
		for n < len(steps) && grouped(steps[n].Action) {
			n++
		}
		run := steps[:n]
		for len(run) > 0 {
			action := run[0].Action
			other := func(s Step) bool { return s.Action != action }
			out = append(out, b.group(slices.DeleteFunc(slices.Clone(run), other)))
			run = slices.DeleteFunc(slices.Clone(run), func(s Step) bool { return !other(s) })
		}
		steps = steps[n:]
	}
	return out
}

func grouped(a Action) bool {
	switch a {
	case ActionMakeDir, ActionCopy, ActionLink, ActionRetire, ActionPurge:
		return true
	}
	return false
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
		x.Expect = "the program stops here if a path is new, gone or changed, and names it with its likely writer"
	case ActionSet:
		x.Diff = mdFence("diff", settingsLines(s))
		x.Notes = []runbookNote{{Text: "The file as it was is then " + mdCode(s.ServerAside) + "."}}
		x.Expect = "each line marked + above is in the file, and none marked -"
	case ActionEdit:
		x.Diff = mdFence("diff", lineTexts(s.Edit))
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
	var pairs [][]string
	for _, s := range steps {
		pairs = append(pairs, []string{s.ServerFrom, s.ServerAside})
	}
	var command []string
	switch steps[0].Action {
	case ActionMakeDir:
		x.Title = "Create these folders, unless they are there."
		b.table(&x, steps, []md{"Folder"}, func(s Step) []string { return []string{s.ServerTo} })
		for i, s := range steps {
			pairs[i] = []string{s.ServerTo}
		}
		command, x.Expect = b.c.present(pairs), "`present`"
	case ActionCopy:
		x.Title = "Copy these entries and compare every byte."
		b.table(&x, steps, []md{"Original", "Copy"}, func(s Step) []string { return []string{s.ServerFrom, s.ServerTo} })
		command, x.Expect = b.c.copies(steps, b.p.Target.AppData), "`same`"
	case ActionLink:
		x.Title = "Rename these originals aside and put links in their places."
		b.table(&x, steps, []md{"Link", "leads to", "Original, if there is one"}, func(s Step) []string { return []string{s.ServerFrom, s.ServerTo, s.ServerAside} })
		for i, s := range steps {
			pairs[i][1] = s.ServerTo
		}
		command, x.Expect = b.c.linked(pairs), "`linked`"
	case ActionRetire:
		x.Title = "Rename these originals aside, each in its own folder."
		b.table(&x, steps, []md{"Original", "Renamed to"}, func(s Step) []string { return []string{s.ServerFrom, s.ServerAside} })
		command, x.Expect = b.c.retired(pairs), "`retired`"
	case ActionPurge:
		x.Title = "Delete these originals."
		b.table(&x, steps, []md{"What is deleted"}, func(s Step) []string { return []string{s.ServerAside} })
		for i, s := range steps {
			pairs[i] = []string{s.ServerAside}
		}
		command, x.Expect = b.c.gone(pairs), "`gone`"
	}
	x.Command = mdFence(b.c.lang(), command)
	return x
}

// table is one row a step. Where the steps have different reasons, each row has
// its own; one that all share is the box's.
func (b *runbook) table(x *runbookBox, steps []Step, head []md, cells func(Step) []string) {
	first := steps[0]
	x.Head = append([]md{"Step"}, head...)
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
		for _, c := range cells(s) {
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
			at = "Line " + decimal(s.Line) + ", "
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
			put.Expect = "`same`; after a change by hand the lines count, and a file may differ by a blank"
		}
		b.Undo = append(b.Undo, put)
	}
	if len(links) > 0 {
		b.Undo = append(b.Undo, runbookBox{
			By: "person", Sources: []md{mdText(srcSafety)}, Command: mdFence(b.c.lang(), b.c.unlink(links)), Expect: "no output",
			Title: "Remove these links and rename the originals back, if they are there; these commands change files.",
		})
	}
	for _, s := range slices.Backward(b.in(PhasePrepare)) {
		if s.Action == ActionManual && s.Undo != "" {
			b.Undone = append(b.Undone, runbookNote{mdText(b.name(s)) + ": " + mdSentence(s.Undo), mdText(s.Source)})
		}
	}
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
	for _, s := range b.p.Steps {
		if s.Action == ActionReplace {
			b.Undo = append(b.Undo, runbookBox{
				By: "person", Title: "On " + mdText(s.Node) + " put the old keystore back: " + mdCode(s.ServerAside) + " becomes " + mdCode(s.ServerTo) + " again.",
				Why: "the old keystore was kept beside the new one.", Sources: []md{mdText(srcSafety)}, Expect: "the file has its old size and date",
			})
		}
	}
	for _, s := range b.p.Steps {
		if s.Action == ActionSet {
			b.Undo = append(b.Undo, runbookBox{
				By: "person", Title: "On " + mdText(s.Node) + " put " + mdCode(s.ServerAside) + " back as " + mdCode(s.ServerFrom) + ".",
				Why: "the alias has to be one of the old keystore.", Sources: []md{mdText(srcStep6)}, Expect: "the lines are as they were",
			})
		}
	}
}
