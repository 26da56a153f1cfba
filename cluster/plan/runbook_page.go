package plan

import (
	"slices"
	"strings"
	"text/template"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// runbookPage is what the template of the runbook is filled with: the plan, and
// its steps by the sections that they belong to.
type runbookPage struct {
	*Plan
	Options  RunbookOptions
	Refusals []Refusal // the plan's and the survey's
	More     int
	Refused  bool
	Moves    bool // it moves application data: sections 1 to 7 follow

	Mount, Stop, Copies, Switch []Step
	Start                       []Step // the step that starts the server, if the plan has one
	Started                     []Step
	Wait, Retired, Purged       []Step
	Edited, Linked              []Step // the last first
	Undone                      []Step // what people made ready and take back, the last first
	Unmount                     bool   // the target is a mount point, which cannot be renamed

	// Of a plan of any kind but KindPopulate:
	Before, Changes, Restarts []Step
}

// page sorts the steps of a plan.
func (p *Plan) page(o RunbookOptions) (*runbookPage, error) {
	mounted, err := p.command("mounted", nil)
	if err != nil {
		return nil, err
	}
	not := func(is func(Step) bool) func(Step) bool { return func(s Step) bool { return !is(s) } }
	manual := func(s Step) bool { return s.Action == ActionManual }
	early := func(s Step) bool { return s.Phase == PhasePrepare }
	// Mounting can be done while the server still runs. Its command tells.
	mounts := func(s Step) bool { return !p.AlreadyShared && slices.Contains(s.Commands, mounted) }
	// A step of a phase that this library does not know is shown among the copies
	// rather than nowhere.
	in := func(ph Phase, is func(Step) bool) []Step {
		return p.where(func(s Step) bool {
			return is(s) && (s.Phase == ph || ph == PhasePopulate && s.Phase.rank() > PhasePurge)
		})
	}
	all := func(Step) bool { return true }
	before, after := p.switchSteps()
	first := min(1, len(after))
	b := &runbookPage{
		Plan: p, Options: o, Refusals: p.Refusals,
		Moves: p.Kind != KindAlign && p.Kind != KindEdits && p.Kind != KindJoin,
		Mount: in(PhasePrepare, mounts), Stop: in(PhasePrepare, not(mounts)), Copies: in(PhasePopulate, all),
		Switch: before, Start: after[:first], Started: after[first:],
		Wait: in(PhaseRetire, manual), Retired: in(PhaseRetire, not(manual)), Purged: in(PhasePurge, all),
		Edited:  backward(before, func(s Step) bool { return s.Action == ActionEdit && s.Edit != nil }),
		Linked:  backward(before, func(s Step) bool { return s.Action == ActionLink }),
		Undone:  backward(p.Steps, func(s Step) bool { return manual(s) && early(s) && s.Undo != "" }),
		Unmount: p.Target.MountPoint != "" && serverpath.Equal(p.Target.MountPoint, p.Target.AppData),
		Before:  in(PhasePrepare, manual), Changes: p.where(not(manual)),
		Restarts: p.where(func(s Step) bool { return manual(s) && !early(s) }),
	}
	if s := o.Survey; s != nil {
		b.Refusals, b.More = slices.Concat(p.Refusals, s.Refusals), s.More
	}
	b.Refused = len(b.Refusals)+b.More > 0
	b.Moves = b.Moves && !b.Refused && !p.Empty()
	return b, nil
}

// backward are the steps of which something holds, the last first.
func backward(steps []Step, holds func(Step) bool) (out []Step) {
	for _, s := range slices.Backward(steps) {
		if holds(s) {
			out = append(out, s)
		}
	}
	return out
}

// switchSteps cuts the phase before the step that starts the server, which is
// the first after the last change that is not about a file: what a person does
// from there on belongs to the first start.
func (p *Plan) switchSteps() (before, after []Step) {
	all := p.where(func(s Step) bool { return s.Phase == PhaseSwitch })
	last := 0
	for i, s := range all {
		if s.Action.Changes() {
			last = i + 1
		}
	}
	for last < len(all) && all[last].ServerFrom != "" {
		last++
	}
	return all[:last], all[last:]
}

// words are what the template of the runbook can ask, beside what every template
// can.
func (b *runbookPage) words() template.FuncMap {
	lang := "sh"
	if b.windows() {
		lang = "powershell"
	}
	return template.FuncMap{
		"code": mdCode, "cell": mdCell, "sentence": sentence,
		"fence": func(lang string, lines []string) safe { return mdFence(lang, lines) },
		"line":  func(command string) safe { return mdFence(lang, []string{command}) },
		"lang":  func() string { return lang },
		"run": func(part string, data any) (safe, error) {
			text, err := b.command(part, data)
			return mdFence(lang, strings.Split(text, "\n")), err
		},
		"stoppedWords": func() (string, error) { return b.command("stopped-words", nil) },
		"bytes":        byteWords, "time": timeWords,
		"boxes": boxes, "cells": Step.cells, "group": b.group,
		"backward": func(steps []Step) []Step { return backward(steps, func(Step) bool { return true }) },
		"reversed": reversed,
		"escaped": func(e *FileChange) bool {
			return slices.ContainsFunc(e.Set, func(s setting) bool { return strings.ContainsAny(s.Old+s.Value, `\:=#!`) })
		},
		"sealed": func(steps []Step) []Step {
			return slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return s.Edit == nil || s.Edit.Before == "" })
		},
		"byMember": func() (out [][]Step) {
			for _, s := range b.Steps {
				if n := len(out); n > 0 && out[n-1][0].Node == s.Node {
					out[n-1] = append(out[n-1], s)
				} else {
					out = append(out, []Step{s})
				}
			}
			return out
		},
	}
}
