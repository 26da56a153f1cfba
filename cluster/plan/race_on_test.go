//go:build race

package plan_test

// underRace: the race detector makes everything several times as slow.
const underRace = true
