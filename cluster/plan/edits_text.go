package plan

import (
	"fmt"
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

// editLines are the lines of an edit that change, marked - and +; with headings,
// each change has a line before it that says where and why. Values are decoded;
// what looks like a secret all the same is hidden.
func editLines(e *FileChange, headings bool) (out []string) {
	if e == nil {
		return nil
	}
	heading := func(format string, args ...any) {
		if headings {
			out = append(out, fmt.Sprintf("@@ "+format, args...))
		}
	}
	for _, s := range e.Set {
		at := "new"
		if s.Line > 0 {
			at = fmt.Sprintf("line %d", s.Line)
		}
		heading("%s: %s [%s]", at, s.Why, s.Source)
		out = append(out, settingLines(s)...)
	}
	for _, c := range e.Replace {
		heading("line %d", c.Line)
		out = append(out, "- "+c.Old, "+ "+c.New)
	}
	for i, a := range e.Append {
		if i == 0 {
			heading("at the end")
		}
		out = append(out, "+ "+a)
	}
	return out
}

// settingLines are the old line of a property, if it has one, and the new.
func settingLines(s setting) []string {
	after := "+ " + s.Key + "=" + props.Redact(s.Key, s.Value)
	if s.Line == 0 {
		return []string{after}
	}
	return []string{"- " + s.Key + "=" + props.Redact(s.Key, s.Old), after}
}

// reversed are the lines of an edit backwards: what it put in goes, what it took
// out comes back.
func reversed(e *FileChange) (out []string) {
	lines := editLines(e, false)
	for i := 0; i < len(lines); i++ {
		if l := lines[i]; l[0] == '-' && i+1 < len(lines) {
			out = append(out, "- "+lines[i+1][2:], "+ "+l[2:])
			i++
		} else {
			out = append(out, "- "+l[2:])
		}
	}
	return out
}
