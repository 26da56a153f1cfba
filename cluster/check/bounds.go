package check

import (
	"fmt"

	"github.com/deploycluster/deploycluster/internal/words"
)

// A file can hold any number of mistakes. A report lists so many of one rule
// about one member, and so many related places of one finding; it counts the
// rest. A finding carries all of its edits or none, since a part of them would leave
// the file half changed.
const (
	maxFindings = 50
	maxRelated  = 20
	maxEdits    = 100
)

// count counts one more finding about a member.
func (v *verdicts) count(node string) int {
	if v.told == nil {
		v.told = map[string]int{}
	}
	v.told[node]++
	return v.told[node]
}

// more says how many findings of a rule are not listed, after the last one that
// is.
func (v *verdicts) more() {
	for i := len(v.findings) - 1; i >= 0; i-- {
		f := &v.findings[i].verdict
		if n := v.told[f.Node] - maxFindings; n > 0 {
			f.Related = append(f.Related, Related{Node: f.Node, Path: f.Path, Message: fmt.Sprintf("and %s of this rule", words.Count(n, "more finding"))})
			v.told[f.Node] = 0
		}
	}
}

// clip bounds the texts, the related places and the edits of a finding.
func (f *Finding) clip() {
	if len(f.Edits) > maxEdits {
		f.Edits = nil
	}
	f.Path, f.Pos.Name, f.Subject = words.Clip(f.Path), words.Clip(f.Pos.Name), words.Clip(f.Subject)
	f.Message, f.Fix = words.Clip(f.Message), words.Clip(f.Fix)
	if n := len(f.Related) - maxRelated; n > 0 {
		last := f.Related[maxRelated-1]
		f.Related = append(f.Related[:maxRelated:maxRelated], Related{Node: last.Node, Path: last.Path, Message: fmt.Sprintf("and %d more", n)})
	}
	for i := range f.Related {
		r := &f.Related[i]
		r.Path, r.Pos.Name, r.Message = words.Clip(r.Path), words.Clip(r.Pos.Name), words.Clip(r.Message)
	}
}
