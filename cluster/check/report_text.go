package check

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deploycluster/deploycluster/internal/words"
)

// TextOptions choose how a report is written for a terminal.
type TextOptions struct {
	// Color marks severities with ANSI colours. Everything that comes from
	// files is escaped either way.
	Color bool
	// Width is where lines are wrapped, in characters; zero means 100,
	// a negative value never. Paths are not broken.
	Width int
	// Next is the command to run next; empty lets the report propose one.
	Next string
	// Brief gives each Error and Warning a line, and leaves out reasons, places,
	// Infos and open questions, which the verdict counts. What was not read is
	// always told.
	Brief bool
}

const defaultWidth = 100

// WriteText writes the report for an administrator: the verdict, what to fix
// first, the findings by rule, what was not judged, and what comes next. The
// error is the writer's.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	t := &textWriter{o: o}
	if t.o.Width == 0 {
		t.o.Width = defaultWidth
	}
	t.head(r)
	if o.Brief {
		t.brief(r)
	} else {
		t.fixFirst(r)
		t.findings(r)
		for _, s := range r.open() {
			t.section(s)
		}
	}
	t.foot(r)
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textWriter struct {
	b strings.Builder
	o TextOptions
	// paint colours the next line that is written.
	paint func(string) string
	// number are the numbers of what to fix first, by finding.
	number map[int]int
}

func (t *textWriter) line(s string) { t.b.WriteString(strings.TrimRight(s, " ") + "\n") }

// field writes a text that is wrapped below itself.
func (t *textWriter) field(lead, text string) {
	t.wrap(lead, strings.Repeat(" ", utf8.RuneCountInString(lead)), text)
}

// wrap writes a text behind lead and continues it behind indent.
func (t *textWriter) wrap(lead, indent, text string) {
	at, empty := lead, true
	flush := func() {
		if t.paint != nil {
			at = t.paint(at)
			t.paint = nil
		}
		t.line(at)
	}
	for _, word := range strings.Fields(words.Plain(text)) {
		n := utf8.RuneCountInString(at) + 1 + utf8.RuneCountInString(word)
		if !empty && t.o.Width > 0 && n > t.o.Width {
			flush()
			at, empty = indent, true
		}
		if !empty {
			at += " "
		}
		at += word
		empty = false
	}
	flush()
}

func (t *textWriter) color(s Severity, text string) string {
	if !t.o.Color {
		return text
	}
	code := map[Severity]string{Error: "31;1", Warning: "33", Info: "36"}[s]
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (t *textWriter) head(r *Report) {
	name := "Cluster"
	if r.Name != "" {
		name = "Cluster " + words.Plain(r.Name)
	}
	head := name + ": " + words.Count(len(r.Members), "member")
	if v := r.versions(); v != "" {
		head += ", version " + words.Plain(v)
	}
	if !r.Date.IsZero() {
		head += ", " + r.Date.UTC().Format("2006-01-02 15:04 MST")
	}
	t.line(head)
	worst := Info
	if r.Count(Error) > 0 || !r.Complete() {
		worst = Error
	} else if len(r.Unknown)+len(r.LeftOut)+r.Count(Warning) > 0 {
		worst = Warning
	}
	t.line(t.color(worst, r.verdict()))
	if t.o.Brief {
		return
	}
	t.line("")
	for _, m := range r.Members {
		parts := []string{m.Role.String()}
		if m.Scheme != "" {
			parts = append(parts, m.Scheme)
		}
		if m.Version != "" {
			parts = append(parts, m.Version)
		}
		t.field("  "+words.Plain(m.Name)+": ", m.Install+" ("+strings.Join(parts, ", ")+")")
		if m.AppData != "" {
			t.field("    application data ", m.AppData)
		}
		if len(m.Retired) > 0 {
			t.field("    set aside ", fmt.Sprintf("%s of a move, to be deleted after one full business day without errors and one verified backup: %s", words.Count(len(m.Retired), "original"), words.List(m.Retired)))
		}
	}
}

// versions is the members' version, or how many there are.
func (r *Report) versions() string {
	known := slices.DeleteFunc(slices.Clone(r.Members), func(m MemberSummary) bool { return m.Version == "" })
	all := gather(known, func(m MemberSummary) string { return m.Version })
	switch len(all) {
	case 0:
		return ""
	case 1:
		return known[0].Version
	}
	return fmt.Sprintf("%s and %d more", known[0].Version, len(all)-1)
}

func (t *textWriter) fixFirst(r *Report) {
	steps, number := r.fixFirst()
	t.number = number
	if len(steps) == 0 {
		return
	}
	t.line("")
	t.line("Fix first, in this order")
	for i, s := range steps {
		lead := fmt.Sprintf("%4d. ", i+1)
		if len(s.nodes) > 1 { // a list may be long
			t.wrap(lead+s.lead(), strings.Repeat(" ", len(lead)), s.text)
			continue
		}
		t.field(lead+s.lead(), s.text)
	}
}

func (t *textWriter) brief(r *Report) {
	for _, f := range r.Findings {
		if f.Severity > Info {
			t.title(f)
		}
	}
	t.section(r.open()[0])
}

// title is the severity, the rule, the member and the message.
func (t *textWriter) title(f Finding) {
	mark := strings.ToUpper(f.Severity.String()) + " " + words.Plain(f.Rule)
	lead := mark + " "
	if f.Node != "" {
		lead += words.Plain(f.Node) + ": "
	}
	t.paint = func(line string) string { return t.color(f.Severity, mark) + strings.TrimPrefix(line, mark) }
	t.wrap(lead, "  ", f.Message)
}

func (t *textWriter) findings(r *Report) {
	last, source, fixes := "", "", r.fixes()
	for i, f := range r.Findings {
		first := f.Severity.String()+f.Rule != last
		last = f.Severity.String() + f.Rule
		if first {
			t.line("")
		}
		t.title(f)
		if where := f.where(); where != "" {
			t.field("  where  ", where)
		}
		for _, line := range f.also() {
			t.field("  also   ", line)
		}
		if f.Why != "" && first {
			t.field("  why    ", f.Why+" ["+f.Source+"]")
		} else if first || f.Source != source {
			t.field("  source ", f.Source)
		}
		source = f.Source
		if f.Fix != "" {
			t.field(fmt.Sprintf("  %-6s ", fixLabel(t.number[i])), fixes[i])
		}
		for _, e := range f.Edits {
			t.field("  edit   ", e.String())
		}
	}
}

// section is a part of what the report cannot tell, and what would change that.
func (t *textWriter) section(s openSection) {
	if len(s.lines) == 0 {
		return
	}
	t.line("")
	t.line(s.title + s.hint)
	for _, l := range s.lines {
		t.field("  - ", l.text)
		if l.needs != "" {
			t.field("    needs ", l.needs)
		}
	}
}

func (t *textWriter) foot(r *Report) {
	if t.o.Brief {
		t.field("Next: ", cmp.Or(t.o.Next, r.next()))
		return
	}
	t.line("")
	t.field("", r.summary())
	if next := t.o.Next; next != "" {
		t.line("Next: " + words.Plain(next))
	} else {
		t.field("Next: ", r.next())
	}
}
