package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// refusedWords head what must not be applied, in every rendering.
const refusedWords = "REFUSED – nothing will be changed"

// stepName is the step's id, or its number where a caller's plan has none.
func stepName(i int, s Step) string {
	if s.ID != "" {
		return s.ID
	}
	return fmt.Sprintf("s%02d", i+1)
}

// about is a sentence about a path. A message that begins with a verb has the path
// as its subject.
func about(path, message string) string {
	first, _, _ := strings.Cut(message, " ")
	switch {
	case path == "" || message == "" || strings.HasPrefix(message, path):
		return cmp.Or(message, path)
	case slices.Contains([]string{"belongs", "cannot", "differs", "does", "exists", "has", "holds", "is", "leads", "lies", "names", "was"}, strings.TrimRight(first, ",")):
		return path + " " + message
	}
	return path + ": " + message
}

func orUnknown(s string) string { return cmp.Or(s, "unknown") }

// phases are the phases that have steps, in their order; a phase that this
// library does not know comes last.
func (p *Plan) phases() (out []Phase) {
	for _, s := range p.Steps {
		if !slices.Contains(out, s.Phase) {
			out = append(out, s.Phase)
		}
	}
	slices.SortStableFunc(out, func(a, b Phase) int { return cmp.Compare(a.rank(), b.rank()) })
	return out
}

// rank orders the phases, the unknown ones last.
func (p Phase) rank() Phase {
	if PhasePrepare <= p && p <= PhasePurge {
		return p
	}
	return PhasePurge + 1
}

func (p *Plan) phaseWords(ph Phase) string {
	switch {
	case p.Kind == KindEdits && ph == PhaseSwitch:
		return "Switch: change the settings"
	case p.Kind == KindJoin && ph == PhaseSwitch:
		return "Switch: make the server use what the cluster uses"
	}
	words := map[Phase]string{
		PhasePrepare:  "Prepare: what a person makes ready, before anything is written",
		PhasePopulate: "Populate: copy to the target and prove every copy",
		PhaseSwitch:   "Switch: make the server use the new place",
		PhaseRetire:   "Retire, only when asked for: rename the originals aside",
		PhasePurge:    "Purge, only when asked for: delete what was retired",
	}
	return cmp.Or(words[ph], "Phase "+ph.String())
}

// headline says what the plan does.
func (p *Plan) headline() string {
	switch p.Kind {
	case KindPopulate:
		return "move the application data of " + p.Node + " to network storage"
	case KindAlign:
		return "give every member the certificate of " + p.Node
	case KindJoin:
		return "make " + p.Node + " a member of the cluster"
	case KindEdits:
		return "change settings of " + strings.Join(p.members(), ", ")
	}
	return p.Kind.String() + " " + p.Node
}

// emptyWords say why there is nothing to do.
func (p *Plan) emptyWords() string {
	switch {
	case p.Kind == KindJoin:
		return "the server is a member of the cluster already."
	case p.AlreadyShared:
		return "the application data is at the target already, and the server is set up to use it there."
	case p.Kind == KindAlign:
		return "all members serve the same certificate."
	case p.Kind == KindEdits:
		return "all settings are as asked for."
	}
	return "no step changes a file."
}

func schemeWords(s appdata.Scheme) string {
	switch s {
	case appdata.Folder:
		return "a separate application data folder, which moves as a whole"
	case appdata.InInstall:
		return "no application data folder: the data lies in the installation folder and moves entry by entry"
	case appdata.Linked:
		return "before 6.1.1.5, without an application data folder: entries move one by one, and links take their places"
	}
	return "unknown"
}

// install is the installation folder as the server writes it.
func (p *Plan) install() string {
	n, _ := p.node()
	return n.Install
}

// windows reports whether the plan is for a Windows server.
func (p *Plan) windows() bool {
	return serverpath.Windows(cmp.Or(p.install(), p.AppData, p.Target.AppData))
}
