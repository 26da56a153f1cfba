package plan

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"

	"github.com/deploycluster/deploycluster/internal/words"
)

//go:embed templates/listing.txt.tmpl
var listingTemplate string

// WriteText writes the plan for a terminal: what it is, the refusals first if
// there are any, the warnings, then every step by phase with its reason, its
// source and how to take it back, edits as the lines that change. A step for
// a person is marked so. The last line sums up.
//
// The output depends on the plan alone and is the same byte for byte each
// time. Control characters of names are written as \xNN. The error is the
// writer's.
func (p *Plan) WriteText(w io.Writer) error {
	t, err := template.New("listing").Parse(listingTemplate)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p.listing()); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	_, err = out.WriteTo(w)
	return err
}

// term is text that holds no control character, so that it stays on its line.
// The template of listings receives nothing else.
type term string

func termText(s string) term { return term(visible(s)) }

// listing is what the template of the listing is filled with.
type listing struct {
	ID, Headline, Node, Version, Install term
	Scheme, From, To                     term
	Align, Refused, Inferred             bool
	Members                              term // of a plan of KindEdits
	RefusedWords                         term
	Refusals, Warnings                   []listedReason
	Remark                               term
	Phases                               []listedPhase
	People, Sum                          term
}

type listedReason struct {
	Number                           int
	Rule, Path, Message, Fix, Source term
}

type listedPhase struct {
	Title term
	Steps []listedStep
}

type listedStep struct {
	Name, Title, Why, Aside, Not, Expect, Undo term
	Person, Inferred                           bool
	Lines                                      []term
}

func (p *Plan) listing() *listing {
	l := &listing{
		ID: termText(p.ID), Headline: termText(p.headline()), Node: termText(p.Node),
		Version: termText(orUnknown(p.Version)), Install: termText(orUnknown(p.install())),
		Scheme: termText(schemeWords(p.Scheme)), From: termText(orUnknown(p.AppData)), To: termText(p.Target.AppData),
		Align: p.Kind == KindAlign || p.Kind == KindJoin, Refused: p.Refused(), RefusedWords: refusedWords,
		Refusals: listedReasons(p.Refusals), Warnings: listedReasons(p.Warnings),
	}
	if p.Kind == KindEdits {
		l.Members = termText(strings.Join(p.members(), ", "))
	}
	switch {
	case p.Refused():
		if len(p.Steps) > 0 {
			l.Remark = "The steps that could be planned all the same, for reading only:"
		}
	case p.Empty():
		l.Remark = "Nothing to do: " + termText(p.emptyWords())
	case p.AlreadyShared && p.Kind == KindPopulate:
		l.Remark = "Already shared: the application data is at the target. Nothing is copied, renamed or deleted; only settings change."
	}
	for _, ph := range p.phases() {
		// Reasons and ways back that a phase has given before, with the step.
		said := map[string]string{}
		x := listedPhase{Title: termText(p.phaseWords(ph))}
		for i, s := range p.Steps {
			if s.Phase == ph {
				x.Steps = append(x.Steps, p.listedStep(i, s, said))
			}
			l.Inferred = l.Inferred || s.Inferred
		}
		l.Phases = append(l.Phases, x)
	}
	l.sum(p)
	return l
}

func listedReasons(list []Refusal) (out []listedReason) {
	for i, r := range list {
		out = append(out, listedReason{i + 1, termText(r.Rule), termText(r.Path), termText(r.Message), termText(r.Fix), termText(r.Source)})
	}
	return out
}

func (p *Plan) listedStep(i int, s Step, said map[string]string) listedStep {
	name, why := stepName(i, s), s.Why
	if s.Source != "" {
		why = strings.TrimSpace(why + " [" + s.Source + "]")
	}
	// A text that a phase has said before is the step that said it: ten
	// entries that move for one reason stay readable.
	once := func(field, value string) term {
		first, ok := said[field+value]
		if !ok {
			said[field+value] = name
		} else if reference := "as " + first; len(reference) < len(value) {
			value = reference
		}
		return termText(value)
	}
	x := listedStep{
		Name: termText(name), Person: s.Action == ActionManual, Title: termText(s.Title), Inferred: s.Inferred,
		Why: once("why", why), Not: termText(strings.Join(s.Exclude, ", ")), Expect: termText(s.Expect), Undo: once("undo", s.Undo),
	}
	if s.Action == ActionRetire || s.Action == ActionPurge {
		x.Aside = termText(s.ServerAside)
	}
	for _, line := range append(editLines(s.Edit, true), settingsLines(s)...) {
		x.Lines = append(x.Lines, termText(line))
	}
	prompt := term("$ ")
	if p.windows() {
		prompt = "PS> "
	}
	for _, c := range s.Commands {
		x.Lines = append(x.Lines, prompt+termText(c))
	}
	return x
}

// sum says what is left for people, and what happens to the originals.
func (l *listing) sum(p *Plan) {
	var people []string
	retired, purged := 0, 0
	for i, s := range p.Steps {
		switch {
		case s.Action == ActionManual:
			people = append(people, stepName(i, s))
		case s.Action == ActionRetire, s.Action == ActionLink && s.Copies != "":
			retired++
		case s.Action == ActionPurge:
			purged++
		}
	}
	l.People = termText(strings.Join(people, ", "))
	if p.Refused() {
		l.Sum = termText("Refused: " + words.Count(len(p.Refusals), "reason") + ". Nothing will be changed.")
		return
	}
	sum := fmt.Sprintf("%s, %d of them for a person.", words.Count(len(p.Steps), "step"), len(people))
	switch {
	case purged > 0:
		sum += fmt.Sprintf(" Nothing is deleted unless you ask for purge, which deletes what was renamed aside: %s.", words.Count(purged, "original"))
	case retired > 0:
		sum += " Nothing is deleted; originals are renamed aside."
	default:
		sum += " Nothing is deleted."
	}
	l.Sum = termText(sum)
}
