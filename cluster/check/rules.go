package check

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
)

// Rules returns the catalogue, sorted by id. The slice is the caller's.
func Rules() []Rule {
	all := slices.Concat(
		appdataRules(),
		agreementRules(),
		appdataPlaceRules(),
		balancerRules(),
		connectorRules(),
		databaseRules(),
		declaredRules(),
		keyRules(),
		networkRules(),
		objectStorageRules(),
		operationRules(),
		platformRules(),
		propertyRules(),
		propertyTextRules(),
		storageRules(),
		suppressionRules(),
		versionRules(),
	)
	for i := range all {
		r, page := &all[i], pages[all[i].ID]
		r.What, r.Avoid, r.Prefer, r.Why, r.Edits = page.What, page.Avoid, page.Prefer, page.Why, page.Edits
		r.Stage = cmp.Or(r.Stage, stageOf(r.ID))
	}
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// pagesText is the prose of the catalogue: under the id of each rule its What, Avoid,
// Prefer and Why and, where its fix is mechanical, its Edits.
//
//go:embed catalogue.txt
var pagesText string

// pages is made once, because every run asks for all of it, and nothing changes it.
var pages = readPages(pagesText)

// readPages reads the prose of rules, by their ids.
func readPages(text string) map[string]Rule {
	out := map[string]Rule{}
	for page := range strings.SplitSeq(text, "\n\n") {
		id, lines, _ := strings.Cut(page, "\n")
		var r Rule
		for line := range strings.SplitSeq(strings.TrimSuffix(lines, "\n"), "\n") {
			switch what, said, _ := strings.Cut(line, ": "); what {
			case "What":
				r.What = said
			case "Avoid":
				r.Avoid = said
			case "Prefer":
				r.Prefer = said
			case "Why":
				r.Why = said
			case "Edits":
				r.Edits = said
			}
		}
		out[id] = r
	}
	return out
}
