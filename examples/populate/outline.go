package main

import (
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/plan"
)

// outline prints a plan's steps, a line each. Steps of one kind and phase that
// differ by their paths alone share a line.
func outline(p *printer, pl *plan.Plan) {
	p.printf("Plan %s: move the application data of %s from %s to %s\n", pl.ID, pl.Node, pl.AppData, pl.Target.AppData)
	for _, w := range pl.Warnings {
		p.printf("  warning %s: %s: %s; %s\n", w.Rule, w.Path, w.Message, w.Fix)
	}
	phase := plan.Phase(0)
	for i, s := range pl.Steps {
		if s.Phase != phase {
			phase = s.Phase
			p.printf("%s\n", heading(phase))
		}
		if !together(s.Action) {
			p.printf("  %s  %s%s\n", s.ID, person(s), s.Title)
			continue
		}
		if i > 0 && pl.Steps[i-1].Phase == phase && first(pl.Steps[:i], s) {
			continue
		}
		p.printf("  %s\n", summary(pl, s))
	}
}

func heading(phase plan.Phase) string {
	switch phase {
	case plan.PhaseRetire:
		return "retire, only when asked for"
	case plan.PhasePurge:
		return "purge, only when asked for"
	}
	return phase.String()
}

func person(s plan.Step) string {
	if s.Action == plan.ActionManual {
		return "[person] "
	}
	return ""
}

func together(a plan.Action) bool {
	switch a {
	case plan.ActionMakeDir, plan.ActionCopy, plan.ActionRetire, plan.ActionPurge:
		return true
	}
	return false
}

// first reports whether a step of the same line was among those before.
func first(before []plan.Step, s plan.Step) bool {
	for _, b := range before {
		if b.Phase == s.Phase && b.Action == s.Action {
			return true
		}
	}
	return false
}

// summary is one line about all steps of a phase that do the same.
func summary(pl *plan.Plan, s plan.Step) string {
	var ids, names []string
	for _, o := range pl.Steps {
		if o.Phase != s.Phase || o.Action != s.Action {
			continue
		}
		ids = append(ids, o.ID)
		from := o.ServerFrom
		if o.Action == plan.ActionMakeDir {
			from = o.ServerTo
		}
		if names = append(names, below(pl, from)); strings.HasSuffix(o.ServerFrom, "installed.version") {
			names[len(names)-1] += " (never moved)"
		}
	}
	what := map[plan.Action]string{
		plan.ActionMakeDir: "Create", plan.ActionCopy: "Copy, and compare every byte:",
		plan.ActionRetire: "Rename aside, each in its own folder:", plan.ActionPurge: "Delete what was renamed aside of:",
	}[s.Action]
	span := ids[0]
	if len(ids) > 1 {
		span += "…" + ids[len(ids)-1]
	}
	return fmt.Sprintf("%s  %s %s", span, what, strings.Join(names, ", "))
}

// below is a path without the folder that all of the plan is about.
func below(pl *plan.Plan, path string) string {
	for _, folder := range []string{pl.AppData, pl.Target.AppData} {
		if rel, ok := strings.CutPrefix(path, folder); ok && folder != "" && len(rel) > 1 {
			return rel[1:]
		}
	}
	return path
}
