// Package long says whether tests are to prove everything, as .ci/run does, which
// takes minutes, or a sample of it. Every test that has more to prove than fits into
// two minutes for the whole module asks it.
package long

import (
	"flag"
	"os"
)

// Env is the environment variable that asks for whole proofs: any value but the
// empty one. The flag -long of a single package's tests does the same.
const Env = "DEPLOYCLUSTER_LONG"

var flagged = flag.Bool("long", false, "prove everything, not only a sample; as "+Env+"=1 does")

// Tests reports whether whole proofs are asked for. With the race detector, which
// makes everything several times as slow, they are not.
func Tests() bool { return !underRace && (*flagged || os.Getenv(Env) != "") }

// Of is whole where whole proofs are asked for, and else sample.
func Of(whole, sample int) int {
	if Tests() {
		return whole
	}
	return sample
}
