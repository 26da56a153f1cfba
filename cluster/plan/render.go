package plan

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// templates are the prose of plans, listings and runbooks, and the commands in
// them, for a person to read and edit.
//
//go:embed templates
var templates embed.FS

// safe is text that may be printed as it is: what a function of the template has
// escaped already.
type safe string

// render fills a template, or a part of it.
func render(file, part string, escape func(string) string, data any, funcs ...template.FuncMap) ([]byte, error) {
	t, err := bound(file, escape, funcs...)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, cmp.Or(part, file), data); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return out.Bytes(), nil
}

// bound is a template with its functions. Whatever it prints is escaped on its way
// out, unless it is safe: the parsed template is given a last call in every place
// where it prints, as html/template does. So no name of a server or a caller reaches
// a reader as it is, whatever the template says.
func bound(file string, escape func(string) string, funcs ...template.FuncMap) (*template.Template, error) {
	t := template.New(file).Funcs(template.FuncMap{"escape": func(v any) string {
		if s, ok := v.(safe); ok {
			return string(s)
		}
		return escape(fmt.Sprint(v))
	}})
	for _, f := range funcs {
		t.Funcs(f)
	}
	all, err := trees()
	for name, tree := range all[file] {
		if err == nil {
			_, err = t.AddParseTree(name, tree)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return t, nil
}

// trees are the parts of each template and of the words that all of them use. They
// are parsed once: a plan has some thirty steps.
var trees = sync.OnceValues(func() (map[string]map[string]*parse.Tree, error) {
	all := map[string]map[string]*parse.Tree{}
	for _, file := range []string{"listing.tmpl", "runbook.tmpl", "sh.tmpl", "powershell.tmpl", "steps.tmpl"} {
		all[file] = map[string]*parse.Tree{}
		for _, name := range []string{"words.tmpl", file} {
			text, err := templates.ReadFile("templates/" + name)
			if err != nil {
				return nil, err
			}
			t := parse.New(name)
			t.Mode = parse.SkipFuncCheck // the functions come with the plan
			if _, err := t.Parse(string(text), "", "", all[file]); err != nil {
				return nil, err
			}
		}
		for _, t := range all[file] {
			escapeAll(t, t.Root)
		}
	}
	return all, nil
})

// escapeAll makes a template escape whatever it prints.
func escapeAll(t *parse.Tree, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		var inside *parse.BranchNode
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				escape := parse.NewIdentifier("escape").SetTree(t).SetPos(n.Pos)
				n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{escape}})
			}
			continue
		case *parse.IfNode:
			inside = &n.BranchNode
		case *parse.RangeNode:
			inside = &n.BranchNode
		case *parse.WithNode:
			inside = &n.BranchNode
		default:
			continue
		}
		escapeAll(t, inside.List)
		escapeAll(t, inside.ElseList)
	}
}

// numbered is the plan with a name for each of its steps: its id, or its number
// where a caller's plan has none.
func (p *Plan) numbered() *Plan {
	q := *p
	q.Steps = slices.Clone(p.Steps)
	for i := range q.Steps {
		q.Steps[i].ID = cmp.Or(q.Steps[i].ID, stepName(i))
	}
	return &q
}

func stepName(i int) string { return fmt.Sprintf("s%02d", i+1) }

// words are what every template can ask about a plan.
func (p *Plan) words() template.FuncMap {
	return template.FuncMap{
		"kind":        func() Kind { return p.Kind },
		"install":     p.install,
		"mountFolder": p.Target.mountFolder,
		"windows":     p.windows,
		"members":     func() string { return strings.Join(p.members(), ", ") },
		"of":          func(actions ...Action) []Step { return slices.Collect(p.of(actions...)) },
		"inferred": func() bool {
			return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Inferred })
		},
		"number":        func(i int) int { return i + 1 },
		"join":          strings.Join,
		"path":          serverpath.Join,
		"count":         func(n any, what string) string { return words.Count(reflect.ValueOf(n).Int(), what) },
		"editLines":     editLines,
		"settingsLines": settingsLines,
	}
}

// WriteText writes the plan for a terminal: what it is, the refusals first if
// there are any, the warnings, then every step by phase with its reason, its
// source and how to take it back, edits as the lines that change. A step for
// a person is marked so. The last line sums up.
//
// The output depends on the plan alone and is the same byte for byte each
// time. Control characters of names are written as \xNN. The error is the
// writer's.
func (p *Plan) WriteText(w io.Writer) error {
	p = p.numbered()
	said := map[string]string{}
	out, err := render("listing.tmpl", "", visible, p, p.words(), template.FuncMap{
		"phases": p.phases,
		"in":     func(ph Phase) []Step { return p.where(func(s Step) bool { return s.Phase == ph }) },
		"movesAside": func() bool {
			return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action == ActionRetire || s.movesAside() })
		},
		"cited": func(s Step) string {
			if s.Source == "" {
				return s.Why
			}
			return strings.TrimSpace(s.Why + " [" + s.Source + "]")
		},
		// A text that a phase has said before is the step that said it: ten
		// entries that move for one reason stay readable.
		"once": func(s Step, field, value string) string {
			key := s.Phase.String() + field + value
			if first, ok := said[key]; ok && len("as "+first) < len(value) {
				return "as " + first
			} else if !ok {
				said[key] = s.ID
			}
			return value
		},
	})
	if err == nil {
		_, err = bytes.NewReader(out).WriteTo(w) // which notices a short write
	}
	return err
}

// where are the steps of which something holds, in their order.
func (p *Plan) where(holds func(Step) bool) []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return !holds(s) })
}

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

// sources are those that the templates cite by a name.
func sources() map[string]string {
	return map[string]string{
		"add": srcAdd, "code": srcCode, "convert": srcConvert, "keystores": srcKeyPage, "field": srcField, "safety": srcSafety, "seed": srcSeed, "step6": srcStep6, "tomcat": srcTomcat,
		"recovery": "vendor page arch_data_recovery (7.0.2)", "templates": "configuration templates 7.0.0",
	}
}
