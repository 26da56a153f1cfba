package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/plan"
)

// outline prints a plan's steps, a line each. Steps of one kind and phase that
// differ by their paths alone share a line.
func outline(p *printer, pl *plan.Plan) {
	if pl.AlreadyShared {
		p.printf("Plan %s: %s uses %s already, so nothing is to be moved\n", pl.ID, pl.Node, pl.Target.AppData)
	} else {
		p.printf("Plan %s: move the application data of %s from %s to %s\n", pl.ID, pl.Node, pl.AppData, pl.Target.AppData)
	}
	for _, w := range pl.Warnings {
		p.printf("  warning %s\n", w)
	}
	phase := plan.Phase(0)
	for i, s := range pl.Steps {
		if s.Phase != phase {
			phase = s.Phase
			p.printf("%s\n", heading(phase))
		}
		switch what := alike(s.Action); {
		case what == "":
			p.printf("  %s  %s%s\n", s.ID, person(s), s.Title)
		case !slices.ContainsFunc(pl.Steps[:i], func(b plan.Step) bool { return b.Phase == s.Phase && b.Action == s.Action }):
			p.printf("  %s\n", summary(pl, s, what))
		}
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

// alike says what steps do that differ by their paths alone; empty for others.
func alike(a plan.Action) string {
	switch a {
	case plan.ActionMakeDir:
		return "Create"
	case plan.ActionCopy:
		return "Copy, and compare every byte:"
	case plan.ActionRetire:
		return "Rename aside, each in its own folder:"
	case plan.ActionPurge:
		return "Delete what was renamed aside of:"
	}
	return ""
}

// summary is one line about all steps of a phase that do the same.
func summary(pl *plan.Plan, s plan.Step, what string) string {
	var names []string
	var at []int
	for i, o := range pl.Steps {
		if o.Phase != s.Phase || o.Action != s.Action {
			continue
		}
		at = append(at, i)
		from := o.ServerFrom
		if o.Action == plan.ActionMakeDir {
			from = o.ServerTo
		}
		if names = append(names, below(pl, from)); strings.HasSuffix(o.ServerFrom, "installed.version") {
			names[len(names)-1] += " (never moved)"
		}
	}
	return fmt.Sprintf("%s  %s %s", spans(pl, at), what, strings.Join(names, ", "))
}

// spans are the ids of some of a plan's steps; those that follow each other are one span.
func spans(pl *plan.Plan, at []int) string {
	var out []string
	for len(at) > 0 {
		n := 1
		for n < len(at) && at[n] == at[0]+n {
			n++
		}
		span := pl.Steps[at[0]].ID
		if n > 1 {
			span += "–" + pl.Steps[at[n-1]].ID
		}
		out, at = append(out, span), at[n:]
	}
	return strings.Join(out, ", ")
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
