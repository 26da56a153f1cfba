package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/deploycluster/deploycluster/internal/words"
)

// WriteMarkdown writes the report for a ticket or a wiki. What comes from files
// is escaped, so that none of it becomes markup. The error is the writer's.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	name := "Cluster"
	if r.Name != "" {
		name += " " + words.Markdown(r.Name)
	}
	if !r.Complete() {
		name += ": not all of it was read"
	}
	fmt.Fprintf(&b, "# %s\n\n**%s**\n", name, words.Markdown(r.verdict()))
	if !r.Date.IsZero() {
		fmt.Fprintf(&b, "\n%s\n", r.Date.UTC().Format("2006-01-02 15:04 MST"))
	}
	b.WriteString("\n| Member | Role | Version | Installation | Application data |\n|---|---|---|---|---|\n")
	for _, m := range r.Members {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", words.Markdown(m.Name), m.Role, words.Markdown(m.Version), words.Markdown(m.Install), words.Markdown(m.AppData))
	}
	steps, number := r.fixFirst()
	if len(steps) > 0 {
		b.WriteString("\n## Fix first\n\n")
		for i, s := range steps {
			fmt.Fprintf(&b, "%d. %s%s\n", i+1, words.Markdown(s.lead()), words.Markdown(s.text))
		}
	}
	r.markdownFindings(&b, number)
	r.markdownOpen(&b)
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownOpen lists what was not read, not judged, and suppressed.
func (r *Report) markdownOpen(b *strings.Builder) {
	for _, s := range r.open() {
		if len(s.lines) > 0 {
			fmt.Fprintf(b, "\n## %s\n\n", s.title)
		}
		for _, l := range s.lines {
			fmt.Fprintf(b, "- %s", words.Markdown(l.text))
			if l.needs != "" {
				fmt.Fprintf(b, "; needs %s", words.Markdown(l.needs))
			}
			b.WriteString("\n")
		}
	}
}

func (r *Report) markdownFindings(b *strings.Builder, number map[int]int) {
	last, indent, fixes := "", "", r.fixes()
	for i, f := range r.Findings {
		if key := f.Severity.String() + f.Rule; key != last {
			last = key
			single := i+1 == len(r.Findings) || r.Findings[i+1].Severity != f.Severity || r.Findings[i+1].Rule != f.Rule
			indent = "  "
			if single {
				indent = ""
			}
			fmt.Fprintf(b, "\n## %s\n", r.markdownHeading(i, single))
			if f.Title != "" {
				fmt.Fprintf(b, "\nRequired: %s.\n", words.Markdown(strings.TrimSuffix(f.Title, ".")))
			}
			if f.Why != "" {
				fmt.Fprintf(b, "\n%s\n", words.Markdown(f.Why))
			}
			b.WriteString("\n")
		}
		if indent != "" {
			node := ""
			if f.Node != "" {
				node = "**" + words.Markdown(f.Node) + "** "
			}
			fmt.Fprintf(b, "- %s%s\n", node, words.Markdown(f.Message))
		}
		detail := func(what, text string) {
			if text != "" {
				fmt.Fprintf(b, "%s- %s: %s\n", indent, what, words.Markdown(text))
			}
		}
		detail("where", f.where())
		for _, line := range f.also() {
			detail("also", line)
		}
		detail(fixLabel(number[i]), fixes[i])
		for _, e := range f.Edits {
			detail("edit", e.String())
		}
		detail("source", f.Source)
	}
}

// markdownHeading is a finding in a line or, where its rule has several of its
// severity, how many there are.
func (r *Report) markdownHeading(i int, single bool) string {
	f := r.Findings[i]
	head := strings.ToUpper(f.Severity.String()) + " " + words.Markdown(f.Rule)
	if !single {
		n := 1
		for i+n < len(r.Findings) && r.Findings[i+n].Severity == f.Severity && r.Findings[i+n].Rule == f.Rule {
			n++
		}
		return fmt.Sprintf("%s: %d findings", head, n)
	}
	if f.Node != "" {
		head += " " + words.Markdown(f.Node)
	}
	return head + ": " + words.Markdown(f.Message)
}
