package plan

import (
	"fmt"
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

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func count[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// phases are the phases that have steps, in their order; a phase that this
// library does not know comes last.
func (p *Plan) phases() []Phase {
	var known, other []Phase
	seen := map[Phase]bool{}
	for _, s := range p.Steps {
		seen[s.Phase] = true
	}
	for ph := PhasePrepare; ph <= PhasePurge; ph++ {
		if seen[ph] {
			known = append(known, ph)
			delete(seen, ph)
		}
	}
	for _, s := range p.Steps {
		if seen[s.Phase] {
			other = append(other, s.Phase)
			delete(seen, s.Phase)
		}
	}
	return append(known, other...)
}

func (p *Plan) phaseWords(ph Phase) string {
	if p.Kind == KindEdits && ph == PhaseSwitch {
		return "Switch: change the settings"
	}
	if p.Kind == KindJoin && ph == PhaseSwitch {
		return "Switch: make the server use what the cluster uses"
	}
	switch ph {
	case PhasePrepare:
		return "Prepare: what a person makes ready, before anything is written"
	case PhasePopulate:
		return "Populate: copy to the target and prove every copy"
	case PhaseSwitch:
		return "Switch: make the server use the new place"
	case PhaseRetire:
		return "Retire, only when asked for: rename the originals aside"
	case PhasePurge:
		return "Purge, only when asked for: delete what was retired"
	}
	return "Phase " + ph.String()
}

// headline says what the plan does.
func (p *Plan) headline() string {
	if p.Kind == KindPopulate {
		return "move the application data of " + p.Node + " to network storage"
	}
	if p.Kind == KindAlign {
		return "give every member the certificate of " + p.Node
	}
	if p.Kind == KindJoin {
		return "make " + p.Node + " a member of the cluster"
	}
	if p.Kind == KindEdits {
		return "change settings of " + strings.Join(p.members(), ", ")
	}
	return p.Kind.String() + " " + p.Node
}

// emptyWords say why there is nothing to do.
func (p *Plan) emptyWords() string {
	if p.Kind == KindJoin {
		return "the server is a member of the cluster already."
	}
	if p.AlreadyShared {
		return "the application data is at the target already, and the server is set up to use it there."
	}
	if p.Kind == KindAlign {
		return "all members serve the same certificate."
	}
	if p.Kind == KindEdits {
		return "all settings are as asked for."
	}
	return "no step changes a file."
}

func schemeWords(s appdata.Scheme) string {
	switch s {
	case appdata.Folder:
		return "an application data folder of its own, which moves as a whole"
	case appdata.InInstall:
		return "no application data folder: the data lies in the installation folder and moves entry by entry"
	case appdata.Linked:
		return "before 6.1.1.5, without an application data folder: entries move one by one, and links take their places"
	}
	return "unknown"
}

// install is the installation folder as the server writes it.
func (p *Plan) install() string {
	n, err := p.node()
	if err != nil {
		return ""
	}
	return n.Install
}

// windows reports whether the plan is for a Windows server.
func (p *Plan) windows() bool {
	for _, path := range []string{p.install(), p.AppData, p.Target.AppData} {
		if path != "" {
			return serverpath.Windows(path)
		}
	}
	return false
}
