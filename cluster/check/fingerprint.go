package check

import "github.com/deploycluster/deploycluster/internal/words"

// mark gives every finding without a fingerprint one. The list is in the
// report's order.
//
// A mark is made of rule, member, path and subject alone: it survives edits
// elsewhere in the file, other words in the message, other member orders and other
// machines. Further findings of one rule at one place are told apart by their order
// there.
func (r *Report) mark() {
	marks := words.Marks{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Fingerprint == "" {
			f.Fingerprint = marks.Of(f.Rule, f.Node, f.Path, f.Subject)
		}
	}
}
