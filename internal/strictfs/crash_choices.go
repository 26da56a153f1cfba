package strictfs

import (
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"
)

// DataStates lists every [DataState], the mildest first.
func DataStates() []DataState {
	return []DataState{DataNew, DataOld, DataEmpty, DataCut, DataZero}
}

// Choices enumerates outcomes of a crash with n pending name changes. With each
// of the given data states: no change survives, all survive, each alone, and
// each alone is lost. Then random subsets, of which each also draws a state for
// every file. The same arguments give the same choices in the same order.
func Choices(n int, states []DataState, random int, seed uint64) iter.Seq[Choice] {
	return func(yield func(Choice) bool) {
		for _, state := range states {
			for _, c := range fixedChoices(n) {
				c.Name += ", data " + string(state)
				c.Data = func(string) DataState { return state }
				if !yield(c) {
					return
				}
			}
		}
		if len(states) == 0 {
			return
		}
		for k := range random {
			if !yield(randomChoice(n, k, states, seed)) {
				return
			}
		}
	}
}

func fixedChoices(n int) []Choice {
	list := []Choice{{Name: "none", Keep: func(int, Change) bool { return false }}}
	if n > 0 {
		list = append(list, Choice{Name: "all", Keep: func(int, Change) bool { return true }})
	}
	if n > 1 {
		for only := range n {
			list = append(list, Choice{
				Name: fmt.Sprintf("only %d", only),
				Keep: func(i int, _ Change) bool { return i == only },
			})
		}
	}
	if n > 2 { // with two, all but one is one alone
		for lost := range n {
			list = append(list, Choice{
				Name: fmt.Sprintf("all but %d", lost),
				Keep: func(i int, _ Change) bool { return i != lost },
			})
		}
	}
	return list
}

func randomChoice(n, k int, states []DataState, seed uint64) Choice {
	r := rand.New(rand.NewPCG(seed, uint64(k)))
	keep := make([]bool, n)
	for i := range keep {
		keep[i] = r.Uint64()&1 == 1
	}
	salt := r.Uint64()
	return Choice{
		Name: fmt.Sprintf("random %d", k),
		Keep: func(i int, _ Change) bool { return i < len(keep) && keep[i] },
		Data: func(path string) DataState {
			h := fnv.New64a()
			_, _ = h.Write([]byte(path)) // a hash does not fail
			return states[rand.New(rand.NewPCG(salt, h.Sum64())).IntN(len(states))]
		},
	}
}
