package check

import (
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/internal/words"
)

// verdict is the one line that matters. Only a complete report of all rules can be
// sound.
func (r *Report) verdict() string {
	counts := fmt.Sprintf("%s, %s, %d info, %s",
		words.Count(r.Count(Error), "error"), words.Count(r.Count(Warning), "warning"), r.Count(Info), words.Count(len(r.Unknown), "open question"))
	if !r.Complete() {
		counts += fmt.Sprintf(", %d not read", len(r.Unread))
	}
	if n := len(r.Suppressed); n > 0 {
		counts += fmt.Sprintf(", %d suppressed", n)
	}
	by := ""
	if n := r.asked(); len(r.LeftOut) > 0 {
		by = fmt.Sprintf(" BY %d OF %d RULES", n, n+len(r.LeftOut))
		counts += fmt.Sprintf(", %s left out", words.Count(len(r.LeftOut), "rule"))
	}
	switch {
	case r.Count(Error) > 0 && !r.Complete():
		return "NOT A SOUND CLUSTER, AND NOT ALL READ: " + counts
	case r.Count(Error) > 0:
		return "NOT A SOUND CLUSTER: " + counts
	case !r.Complete():
		return "NOT ALL READ, SO NOT FOUND SOUND: " + counts
	case len(r.Unknown) > 0:
		return "NO ERROR FOUND" + by + ", AS FAR AS COULD BE JUDGED: " + counts
	case by != "":
		return "NO ERROR FOUND" + by + ": " + counts
	}
	return "SOUND: " + counts
}

// summary is what became of the rules.
func (r *Report) summary() string {
	leftOut := ""
	if n := len(r.LeftOut); n > 0 {
		leftOut = fmt.Sprintf(", %d left out", n)
	}
	return fmt.Sprintf("%s passed, %d not applicable, %d explained by other findings, %d could not judge everything%s; %s; no secret is shown.",
		words.Count(len(r.Passed), "rule"), len(r.NotApplicable), len(r.Explained), len(r.NotJudged), leftOut, r.membersRead())
}

// membersRead says how many members were read.
func (r *Report) membersRead() string {
	if n := r.read(); n < len(r.Members) {
		return fmt.Sprintf("%d of %s read", n, words.Count(len(r.Members), "member"))
	}
	return words.Count(len(r.Members), "member") + " read"
}

// next proposes what to do next.
func (r *Report) next() string {
	again := "then check again"
	if len(r.LeftOut) > 0 {
		again += ", by all rules"
	}
	switch {
	case !r.Complete():
		return "make readable what was not read, " + again
	case r.Count(Error) > 0:
		return "fix the first item, " + again
	case len(r.LeftOut) > 0:
		return "check by all rules: some of them do not show that the cluster is sound"
	case slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.stage() == StageRetire }):
		return "after one full business day without errors and one verified backup, rename the originals aside (populate -retire), then check again"
	case len(r.Unknown) > 0:
		return "answer the open questions, then check again"
	}
	if len(r.Findings) > 0 {
		return "look at the findings, then keep this report with the next backup"
	}
	return "keep this report with the next backup"
}
