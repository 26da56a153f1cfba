package plan

import (
	"fmt"

	"github.com/deploycluster/deploycluster/props"
)

// editLines renders an edit as the lines that change. Values are decoded;
// what looks like a secret all the same is hidden.
func editLines(e *FileChange) []string {
	if e == nil {
		return nil
	}
	var out []string
	for _, s := range e.Set {
		at := "@@ new: "
		if s.Line > 0 {
			at = fmt.Sprintf("@@ line %d: ", s.Line)
		}
		out = append(out, at+s.Why+" ["+s.Source+"]")
		out = append(out, settingLines(s)...)
	}
	for _, c := range e.Replace {
		out = append(out, fmt.Sprintf("@@ line %d", c.Line), "- "+c.Old, "+ "+c.New)
	}
	for i, a := range e.Append {
		if i == 0 {
			out = append(out, "@@ at the end")
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

// lineTexts are the lines of an edit that change, marked - and +. Values are
// decoded; what looks like a secret all the same is hidden.
func lineTexts(e *FileChange) (out []string) {
	if e == nil {
		return nil
	}
	for _, s := range e.Set {
		out = append(out, settingLines(s)...)
	}
	for _, c := range e.Replace {
		out = append(out, "- "+c.Old, "+ "+c.New)
	}
	for _, a := range e.Append {
		out = append(out, "+ "+a)
	}
	return out
}

// reversed are the lines of an edit backwards: what it put in goes, what it took
// out comes back.
func reversed(e *FileChange) (out []string) {
	lines := lineTexts(e)
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
