package check

import (
	"cmp"
	"slices"
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
		all[i].Stage = cmp.Or(all[i].Stage, stageOf(all[i].ID))
	}
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
