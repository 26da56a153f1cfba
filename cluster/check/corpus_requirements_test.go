package check_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// thePage is the citation of the vendor's page that the first table reads.
const thePage = "vendor page: Setting up clusters of servers"

// TestRequirementsPage holds docs/requirements.md against the catalogue and
// against plans, so that neither table can fall behind.
func TestRequirementsPage(t *testing.T) {
	data, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	page, rest, ok := strings.Cut(string(data), "\n## What the page leaves out\n")
	if !ok {
		t.Fatal("the second table is missing")
	}
	pageRules, otherRules := requirementIDs(t, page, 5), requirementIDs(t, rest, 3)
	known := map[string]bool{}
	for _, r := range check.Rules() {
		known[r.ID] = true
		if strings.Contains(r.Source, thePage) && !slices.Contains(pageRules, r.ID) {
			t.Errorf("%s cites the page and is not in its table", r.ID)
		}
		if !slices.Contains(pageRules, r.ID) && !slices.Contains(otherRules, r.ID) {
			t.Errorf("%s is in neither table", r.ID)
		}
	}
	for _, r := range plan.RefusalRules() {
		known[r.ID] = true
		if !slices.Contains(pageRules, r.ID) && !slices.Contains(otherRules, r.ID) {
			t.Errorf("%s is in neither table", r.ID)
		}
	}
	for _, id := range append(pageRules, otherRules...) {
		if !known[id] {
			t.Errorf("%s is neither a rule nor a refusal", id)
		}
	}
	requirementSteps(t, string(data))
}

// requirementIDs returns the ids in a table, whose rows must have the given
// number of columns.
func requirementIDs(t *testing.T, text string, columns int) []string {
	t.Helper()
	var ids []string
	rows := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != columns {
			t.Fatalf("%d columns, want %d: %s", len(cells), columns, line)
		}
		// What answers follows the requirement, which is the second of five
		// columns or the first of three.
		if strings.TrimSpace(strings.Join(cells[columns/2:], "")) == "" {
			t.Errorf("nothing answers: %s", line)
		}
		ids = append(ids, regexp.MustCompile(`\b[A-Z]{3}[0-9]{3}\b`).FindAllString(line, -1)...)
	}
	if rows < 20 {
		t.Errorf("only %d rows", rows)
	}
	return ids
}

// requirementSteps looks for the named steps in plans: that of a server of the
// JMS era, which has them all, one from before 6.1.1.5 for its links, and one that
// joins a cluster.
func requirementSteps(t *testing.T, text string) {
	t.Helper()
	titles, actions := map[string]bool{}, map[string]bool{}
	for _, build := range []func(testing.TB) *site{lone, oldLocal, func(t testing.TB) *site {
		s := lone(t)
		s.write("node1", versionFile, versionText("7.1.2.0.1107654"))
		return s
	}} {
		p, err := plan.Populate(context.Background(), build(t).load(), "node1", plan.Target{AppData: shared})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			titles[s.Title], actions[s.Action.String()] = true, true
		}
	}
	s := pair(t)
	alone := s.member(clustertest.Spec{Seed: 3, Database: clustertest.Database{Type: "derby", URL: "jdbc:derby://localhost:11377/data"}})
	keys := install + "/appdata/conf/encryption.keystore"
	s.write(alone, keys, s.read(alone, keys)+"\x00") // its own
	p, err := plan.Join(context.Background(), s.load(), alone, plan.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		titles[strings.ReplaceAll(s.Title, alone, "…")] = true
	}
	actions["replace"] = true // of plans that align a certificate
	if len(titles) < 20 {
		t.Fatalf("only %d steps", len(titles))
	}
	for _, m := range regexp.MustCompile(`\*([A-Z][^*|]{15,})\*`).FindAllStringSubmatch(text, -1) {
		if !titles[m[1]] {
			t.Errorf("no plan has the step %q", m[1])
		}
	}
	for _, a := range []string{"copy", "rescan", "edit", "make-dir", "retire", "purge", "link", "replace"} {
		if !actions[a] || !strings.Contains(text, "`"+a+"`") {
			t.Errorf("action %s is in no plan, or not in the tables", a)
		}
	}
	for _, k := range []plan.Kind{plan.KindPopulate, plan.KindAlign} {
		if !strings.Contains(text, "`"+k.String()+"`") {
			t.Errorf("kind %s is not in the tables", k)
		}
	}
}
