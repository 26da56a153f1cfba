package check_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/product"
)

var update = flag.Bool("update", false, "write the generated files again")

func TestCatalogueIsSound(t *testing.T) {
	rules := check.Rules()
	if !slices.IsSortedFunc(rules, func(a, b check.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("rules are not sorted by id")
	}
	form := regexp.MustCompile(`^(APP|DBS|KEY|LBR|NET|OPS|PRP|STO|SUP|VER)[0-9]{3}$`)
	seen := map[string]bool{}
	for _, r := range rules {
		if !form.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("id %q is taken or of the wrong form", r.ID)
		}
		seen[r.ID] = true
		most, ok := check.Ceiling(r.Source)
		switch {
		case !ok:
			t.Errorf("%s cites %q, which the source table does not have", r.ID, r.Source)
		case r.Severity < check.Info || r.Severity > most:
			t.Errorf("%s: severity %s, but %q carries at most %s", r.ID, r.Severity, r.Source, most)
		}
		if (r.Member == nil) == (r.Cluster == nil) {
			t.Errorf("%s needs exactly one of Member and Cluster", r.ID)
		}
		if r.Title == "" || strings.HasSuffix(r.Title, ".") {
			t.Errorf("%s: title %q", r.ID, r.Title)
		}
		for what, text := range map[string]string{"What": r.What, "Avoid": r.Avoid, "Why": r.Why} {
			if !sentence(text) {
				t.Errorf("%s.%s is not a sentence: %q", r.ID, what, text)
			}
		}
		if r.Prefer == "" {
			t.Errorf("%s has no Prefer", r.ID)
		}
		for _, bound := range []string{r.Since, r.Until} {
			if bound != "" && !regexp.MustCompile(`^[0-9]+(\.[0-9]+)+$`).MatchString(bound) {
				t.Errorf("%s: bound %q", r.ID, bound)
			}
		}
	}
	if n := len(rules); n < 50 {
		t.Errorf("only %d rules", n)
	}
}

// TestRowsAreCited: findings cite the rows of the product's tables, so the source
// table has what those cite.
func TestRowsAreCited(t *testing.T) {
	rows := 0
	for _, topic := range []product.Topic{product.Java, product.Database} {
		for _, row := range product.Rows(topic) {
			if row.Answer != product.No || row.Name == "derby" { // Derby has its own rule
				continue
			}
			rows++
			if most, ok := check.Ceiling(row.Source); !ok || most != check.Error {
				t.Errorf("%s %s: %q", topic, row.Name, row.Source)
			}
		}
	}
	if rows < 4 {
		t.Errorf("only %d rows", rows)
	}
}

func sentence(s string) bool {
	return len(s) > 15 && strings.HasSuffix(s, ".") && !strings.Contains(s, "  ")
}

// TestRulesPage compares RULES.md with the catalogue; -update writes it.
func TestRulesPage(t *testing.T) {
	want := rulesPage()
	if *update {
		if err := os.WriteFile("RULES.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(want, string(got)); d != "" {
		t.Errorf("RULES.md is not the catalogue's; run go test ./cluster/check -update\n%s", d)
	}
}

func rulesPage() string {
	var b strings.Builder
	b.WriteString("# Rules\n\nGenerated from the catalogue by `go test ./cluster/check -run TestRulesPage -update`. A finding may have another severity and source than its rule, where the sources differ case by case.\n\n")
	b.WriteString("Severity is law. **Error**: a documented must, or a confirmed mechanism by which a server fails, loses data or joins the wrong data. **Warning**: a documented should, or a must that is inferred. **Info**: field knowledge.\n\n")
	b.WriteString("The stage says when a finding is to be dealt with: what keeps a member from being **read**, servers to **stop**, the **storage** with its keys, the **database**, what an installer or upgrade puts right (**install**), **settings**, **keys** for TLS, the **network**, **operation**, and at last what to **retire**. A report lists what to fix first in this order.\n\n")
	b.WriteString("**Edits** says what the changes do that the rule's findings carry as data, for plan.Fix. Without that line, a person decides what to do.\n\n")
	b.WriteString("| Rule | Severity | Requirement |\n|---|---|---|\n")
	for _, r := range check.Rules() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Severity, escape(r.Title))
	}
	for _, r := range check.Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", r.ID, escape(r.Title))
		for _, part := range [][2]string{
			{"Severity", r.Severity.String()}, {"Stage", r.Stage.String()}, {"Versions", window(r)}, {"What", r.What},
			{"Avoid", r.Avoid}, {"Prefer", r.Prefer}, {"Why", r.Why}, {"Edits", r.Edits}, {"Source", r.Source},
		} {
			if part[1] != "" {
				fmt.Fprintf(&b, "- **%s**: %s\n", part[0], escape(part[1]))
			}
		}
	}
	b.WriteString("\n## Sources\n\n")
	for _, c := range check.Citations() {
		fmt.Fprintf(&b, "- %s: %s\n", escape(c.Label), escape(c.About))
	}
	return b.String()
}

func window(r check.Rule) string {
	switch {
	case r.Since == "" && r.Until == "":
		return "all"
	case r.Until == "":
		return "from " + r.Since
	case r.Since == "":
		return "before " + r.Until
	}
	return "from " + r.Since + ", before " + r.Until
}

// escape keeps Markdown from reading marks into the texts.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `<`, `\<`, `>`, `\>`, `_`, `\_`).Replace(s)
}
