package cluster

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report for a ticket or a wiki. What comes from files
// is escaped, so that none of it becomes markup. The error is the writer's.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	name := "Cluster"
	if r.Name != "" {
		name += " " + markdown(r.Name)
	}
	fmt.Fprintf(&b, "# %s\n\n**%s**\n", name, markdown(r.verdict()))
	if !r.Date.IsZero() {
		fmt.Fprintf(&b, "\n%s\n", r.Date.UTC().Format("2006-01-02 15:04 MST"))
	}
	b.WriteString("\n| Member | Role | Version | Installation | Application data |\n|---|---|---|---|---|\n")
	for _, m := range r.Members {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdown(m.Name), m.Role, markdown(m.Version), markdown(m.Install), markdown(m.AppData))
	}
	if steps := r.fixOrder(); len(steps) > 0 {
		b.WriteString("\n## Fix first\n\n")
		for i, f := range steps {
			node := ""
			if f.Node != "" {
				node = markdown(f.Node) + ": "
			}
			fmt.Fprintf(&b, "%d. %s%s (%s)\n", i+1, node, markdown(f.Fix), markdown(f.Rule))
		}
	}
	r.markdownFindings(&b)
	if len(r.Unknown) > 0 {
		b.WriteString("\n## Not judged\n\n")
		for _, u := range r.Unknown {
			fmt.Fprintf(&b, "- %s", markdown(u.String()))
			if u.Needs != "" {
				fmt.Fprintf(&b, "; needs %s", markdown(u.Needs))
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "\n%s passed, %d not applicable, %d not or not fully judged; no secret is shown.\n",
		count(len(r.Passed), "rule"), len(r.NotApplicable), len(r.NotJudged))
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) markdownFindings(b *strings.Builder) {
	last := ""
	for _, f := range r.Findings {
		if key := f.Severity.String() + f.Rule; key != last {
			last = key
			fmt.Fprintf(b, "\n## %s %s: %s\n", strings.ToUpper(f.Severity.String()), markdown(f.Rule), markdown(f.Title))
			if f.Why != "" {
				fmt.Fprintf(b, "\n%s\n", markdown(f.Why))
			}
			b.WriteString("\n")
		}
		node := ""
		if f.Node != "" {
			node = "**" + markdown(f.Node) + "** "
		}
		fmt.Fprintf(b, "- %s%s\n", node, markdown(f.Message))
		detail := func(what, text string) {
			if text != "" {
				fmt.Fprintf(b, "  - %s: %s\n", what, markdown(text))
			}
		}
		detail("where", f.where())
		for _, rel := range f.Related {
			detail("also", rel.String())
		}
		detail("fix", f.Fix)
		if f.Edit != nil {
			detail("edit", f.Edit.String())
		}
		detail("source", f.Source)
	}
}

// markdown escapes a text for one line of Markdown.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		if strings.ContainsRune("\\`*_{}[]<>#|~&$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
