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

// settings is the runbook of a plan of KindEdits: the files in their order, the
// restarts, and the way back.
func (b *runbook) settings() {
	for _, s := range b.p.Steps {
		if s.Action == ActionManual {
			b.Restarts = append(b.Restarts, b.step(s))
		} else {
			b.Changes = append(b.Changes, b.step(s))
		}
	}
	for _, s := range slices.Backward(b.p.Steps) {
		if s.Action == ActionSet {
			b.Undo = append(b.Undo, runbookBox{
				By: "person", Title: "On " + mdText(s.Node) + " put " + mdCode(s.ServerAside) + " back as " + mdCode(s.ServerFrom) + ".",
				Why: "the file is kept there as it was.", Source: mdText(srcSafety), Expect: "the file has its old size",
			})
		}
	}
}
