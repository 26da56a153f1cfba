package plan

import (
	"slices"

	"github.com/deploycluster/deploycluster/props"
)

// members are the members that steps are done on, in the topology's order.
func (p *Plan) members() (out []string) {
	for _, n := range p.Topology.Nodes {
		if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Node == n.Name }) {
			out = append(out, n.Name)
		}
	}
	if out == nil {
		return []string{"no member"}
	}
	return out
}

// settingsLines renders what a step of ActionSet changes, old and new. Secrets
// are hidden.
func settingsLines(s Step) (out []string) {
	for i, x := range s.Edits {
		var was Fact
		if i < len(s.Facts) {
			was = s.Facts[i]
		}
		key := x.Key + "="
		if x.File == fileClasspath {
			key = ""
			if !was.Absent && x.Op != opAppend {
				out = append(out, "- "+x.Key)
			}
		} else if !was.Absent {
			old := props.Redact(x.Key, was.Value)
			if was.Hidden {
				old = props.Hidden
			}
			out = append(out, "- "+key+old)
		}
		switch {
		case x.Op == opRemove:
		case x.Op == opRename:
			out = append(out, "+ "+x.Value+"=(the value as it is)")
		case x.Secret != "":
			out = append(out, "+ "+key+"(the secret "+x.Secret+")")
		default:
			out = append(out, "+ "+key+props.Redact(x.Key, x.Value))
		}
	}
	return out
}

// settings is the runbook of a plan of KindEdits or KindJoin: what people make
// ready, the files in their order, what people do then, and the way back.
func (b *runbook) settings() {
	var changes []Step
	for _, s := range b.p.Steps {
		switch {
		case s.Action != ActionManual:
			changes = append(changes, s)
		case s.Phase == PhasePrepare:
			b.Before = append(b.Before, b.step(s))
		default:
			b.Restarts = append(b.Restarts, b.step(s))
		}
	}
	b.Changes = b.boxes(changes)
	for _, s := range slices.Backward(changes) {
		_, server := s.original()
		x := backBox("On "+mdText(s.Node)+" put "+mdCode(s.ServerAside)+" back as "+mdCode(server)+".", "the file is kept there as it was.", "the file has its old size", srcSafety)
		if s.Action == ActionRetire {
			x.Title = "On " + mdText(s.Node) + " rename " + mdCode(s.ServerAside) + " to " + mdCode(server) + "."
			x.Why, x.Expect = "it was renamed and not changed.", "it is where it was"
		}
		b.Undo = append(b.Undo, x)
	}
	b.undone()
	if b.Joins {
		b.stopped()
	}
}
