package tlscert

import "fmt"

const (
	// defaultHashes is ReadOptions.Hashes where it is not set. NSS and GnuTLS
	// write 600,000 iterations for the MAC and again for each encrypted safe;
	// that is 600,000 and 1,200,000 hashes each under SHA-256.
	defaultHashes = 6_000_000

	// maxIterations is the largest iteration count that Java takes, for the MAC
	// and for each safe. [OpenJDK 17 PKCS12KeyStore]
	maxIterations = 5_000_000
)

// ReadOptions bounds what reading one store may cost. The zero value bounds it
// so that a hostile file ends within about two seconds.
type ReadOptions struct {
	// Hashes is the number of hash computations that the MAC and the encrypted
	// safes of a PKCS12 store may take together: an iteration of PBKDF2 takes
	// two, of the older schemes one, for each block of output, and one of
	// SHA-384 or SHA-512 counts for two. Zero means 6,000,000; a negative
	// number leaves only Java's bound, 5,000,000 iterations for the MAC and
	// for each safe, which can take seconds for each.
	Hashes int64
}

// A budget is what one file may spend and has spent, in hashes.
type budget struct{ limit, used int64 }

func newBudget(o ReadOptions) *budget {
	if o.Hashes == 0 {
		o.Hashes = defaultHashes
	}
	return &budget{limit: o.Hashes}
}

// spend takes n hashes from the budget, or says no and takes nothing. n is
// positive and far below the bounds of its type: both its factors were read as
// Java's int, and one is at most maxIterations.
func (b *budget) spend(n int64) bool {
	if b.limit >= 0 && n > b.limit-b.used {
		return false
	}
	b.used += n
	return true
}

func (b *budget) exceeded(offset int) error {
	return &FormatError{Format: PKCS12, Offset: offset, Limit: true,
		Reason: fmt.Sprintf("the iteration counts ask for more than %d hash computations in all (ReadOptions.Hashes)", b.limit)}
}

// beyondJava is the error for an iteration count that Java refuses.
func beyondJava(offset, iterations int) error {
	return &FormatError{Format: PKCS12, Offset: offset, Limit: true,
		Reason: fmt.Sprintf("%d iterations, where Java takes %d at most", iterations, maxIterations)}
}

// blocks is the number of outputs of size bytes that n bytes need.
func blocks(n, size int) int { return (n + size - 1) / size }
