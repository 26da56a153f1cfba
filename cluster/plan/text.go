package plan

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// refusedWords head what must not be applied, in every rendering.
const refusedWords = "REFUSED – nothing will be changed"

// WriteText writes the plan for a terminal: what it is, the refusals first if
// there are any, the warnings, then every step by phase with its reason, its
// source and how to take it back, edits as the lines that change. A step for
// a person is marked so. The last line sums up.
//
// The output depends on the plan alone and is the same byte for byte each
// time. Control characters of names are written as \xNN. The error is the
// writer's.
func (p *Plan) WriteText(w io.Writer) error {
	t := &text{}
	t.head(p)
	if p.Refused() {
		t.line("\n%s", refusedWords)
		t.refusals(p.Refusals)
	}
	if len(p.Warnings) > 0 {
		t.line("\nWarnings")
		t.refusals(p.Warnings)
	}
	switch {
	case p.Refused():
		if len(p.Steps) > 0 {
			t.line("\nThe steps that could be planned all the same, for reading only:")
		}
	case p.Empty():
		t.line("\nNothing to do: %s", p.emptyWords())
	case p.AlreadyShared:
		t.line("\nAlready shared: the application data is at the target. Nothing is copied, renamed or deleted; only settings change.")
	}
	for _, ph := range p.phases() {
		t.line("\n%s", phaseWords(ph))
		t.said = map[string]string{}
		for i, s := range p.Steps {
			if s.Phase == ph {
				t.step(p, i, s)
			}
		}
	}
	t.end(p)
	_, err := t.buf.WriteTo(w)
	return err
}

// text writes lines that hold no control character but their line ending.
type text struct {
	buf bytes.Buffer
	// said are the reasons and ways back of the phase at hand, with the step
	// that gave them first.
	said map[string]string
}

// once returns a text the first time that a phase says it, and then the step
// that said it: ten entries that move for one reason stay readable.
func (t *text) once(name, field, value string) string {
	first, ok := t.said[field+value]
	if !ok {
		t.said[field+value] = name
		return value
	}
	if reference := "as " + first; len(reference) < len(value) {
		return reference
	}
	return value
}

// line makes string arguments visible and writes one line. The format itself
// may begin with a newline, for a blank line before.
func (t *text) line(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = visible(s)
		}
	}
	fmt.Fprintf(&t.buf, format, args...)
	t.buf.WriteByte('\n')
}

func (t *text) head(p *Plan) {
	t.line("Plan %s: %s", p.ID, p.headline())
	t.line("  server   %s, version %s, installed in %s", p.Node, orUnknown(p.Version), orUnknown(p.install()))
	if p.Kind == KindAlign {
		return
	}
	t.line("  scheme   %s", schemeWords(p.Scheme))
	t.line("  from     %s", orUnknown(p.AppData))
	t.line("  to       %s", p.Target.AppData)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func (t *text) refusals(list []Refusal) {
	for i, r := range list {
		if r.Path != "" {
			t.line("  %d. %s %s\n     %s", i+1, r.Rule, r.Path, r.Message)
		} else {
			t.line("  %d. %s %s", i+1, r.Rule, r.Message)
		}
		if r.Fix != "" {
			t.line("     fix: %s", r.Fix)
		}
		if r.Source != "" {
			t.line("     [%s]", r.Source)
		}
	}
}

func (t *text) step(p *Plan, i int, s Step) {
	mark := ""
	if s.Action == ActionManual {
		mark = "[person] "
	}
	title := s.Title
	if s.Inferred {
		title += " (inferred)"
	}
	t.line("  %s  %s%s", stepName(i, s), mark, title)
	field := func(name, value string) {
		if value != "" {
			t.line("       %-6s %s", name, value)
		}
	}
	name, why := stepName(i, s), s.Why
	if s.Source != "" {
		why = strings.TrimSpace(why + " [" + s.Source + "]")
	}
	field("why", t.once(name, "why", why))
	if s.Action == ActionRetire || s.Action == ActionPurge {
		field("aside", s.ServerAside)
	}
	field("not", strings.Join(s.Exclude, ", "))
	for _, l := range editLines(s.Edit) {
		t.line("       %s", l)
	}
	prompt := "$ "
	if p.windows() {
		prompt = "PS> "
	}
	for _, c := range s.Commands {
		t.line("       %s%s", prompt, c)
	}
	field("expect", s.Expect)
	field("undo", t.once(name, "undo", s.Undo))
}

// stepName is the step's id, or its number where a caller's plan has none.
func stepName(i int, s Step) string {
	if s.ID != "" {
		return s.ID
	}
	return fmt.Sprintf("s%02d", i+1)
}

// editLines renders an edit as the lines that change. Values are decoded;
// what looks like a secret all the same is hidden.
func editLines(e *Edit) []string {
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
func settingLines(s Setting) []string {
	after := "+ " + s.Key + "=" + props.Redact(s.Key, s.Value)
	if s.Line == 0 {
		return []string{after}
	}
	return []string{"- " + s.Key + "=" + props.Redact(s.Key, s.Old), after}
}

// end explains the mark, and sums up.
func (t *text) end(p *Plan) {
	var people []string
	inferred := false
	retired, purged := 0, 0
	for i, s := range p.Steps {
		inferred = inferred || s.Inferred
		switch s.Action {
		case ActionManual:
			people = append(people, stepName(i, s))
		case ActionRetire:
			retired++
		case ActionLink:
			if s.Copies != "" {
				retired++
			}
		case ActionPurge:
			purged++
		}
	}
	if inferred {
		t.line("\n(inferred): the step rests on a conclusion from documents or code, not on their word; judge it before you follow it.")
	}
	if len(people) > 0 {
		t.line("\nFor a person: %s", strings.Join(people, ", "))
	}
	if p.Refused() {
		t.line("\nRefused: %s. Nothing will be changed.", count(len(p.Refusals), "reason"))
		return
	}
	sum := fmt.Sprintf("%s, %d of them for a person.", count(len(p.Steps), "step"), len(people))
	switch {
	case purged > 0:
		sum += fmt.Sprintf(" Nothing is deleted unless purge is asked for: then %s that had been renamed aside.", count(purged, "original"))
	case retired > 0:
		sum += " Nothing is deleted; originals are renamed aside."
	default:
		sum += " Nothing is deleted."
	}
	t.line("\n%s", sum)
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

func phaseWords(ph Phase) string {
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
	return p.Kind.String() + " " + p.Node
}

// emptyWords say why there is nothing to do.
func (p *Plan) emptyWords() string {
	if p.AlreadyShared {
		return "the application data is at the target already, and the server is set up to use it there."
	}
	if p.Kind == KindAlign {
		return "all members serve the same certificate."
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
