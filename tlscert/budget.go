package tlscert

import "fmt"

// maxIterations bounds the hash iterations spent on one file, summed over the
// MAC and every encrypted safe. An iteration is counted once for each output
// block it serves: deriving 24 bytes with SHA-1 (20 bytes a block) at 50,000
// iterations counts 100,000. Java allows 5,000,000 for each part and takes
// seconds over it; stores met in practice use 2,048 to 100,000.
const maxIterations = 1_000_000

// A budget is what is left for one file.
type budget struct{ used int }

// spend takes iterations times blocks from the budget, or says no and takes
// nothing. The caller has made sure that both are positive and fit 32 bits.
func (b *budget) spend(iterations, blocks int) bool {
	cost := int64(iterations) * int64(blocks)
	if cost > maxIterations-int64(b.used) {
		return false
	}
	b.used += int(cost)
	return true
}

func overBudget(offset int) error {
	return &FormatError{Format: PKCS12, Offset: offset, limit: true,
		Reason: fmt.Sprintf("the iteration counts ask for more than %d hash iterations in all", maxIterations)}
}

// blocks is the number of outputs of size bytes that n bytes need.
func blocks(n, size int) int { return (n + size - 1) / size }
