package strictfs

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spf13/afero"
)

// Counting counts operations on their way to another file system. It is an
// afero.Fs and an afero.Symlinker.
type Counting struct {
	*interceptFs
	c *counter
}

type counter struct {
	mu     sync.Mutex
	counts map[Op]int
}

// Count is how often one operation was called.
type Count struct {
	Op Op
	N  int
}

// NewCounting returns fsys with every call counted, calls that fail too.
func NewCounting(fsys afero.Fs) *Counting {
	c := &counter{counts: map[Op]int{}}
	return &Counting{intercept(fsys, c.around, new(atomic.Int64)), c}
}

// Share returns another file system whose calls are added to the same counts.
func (c *Counting) Share(fsys afero.Fs) *Counting {
	return &Counting{intercept(fsys, c.c.around, c.handles), c.c}
}

func (c *counter) around(call *Call, next func() error) error {
	c.mu.Lock()
	c.counts[call.Op]++
	c.mu.Unlock()
	return next()
}

// Total is the number of calls.
func (c *Counting) Total() int {
	total := 0
	for _, n := range c.Counts() {
		total += n.N
	}
	return total
}

// Counts lists the operations that were called, sorted by name.
func (c *Counting) Counts() []Count {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	list := make([]Count, 0, len(c.c.counts))
	for op, n := range c.c.counts {
		list = append(list, Count{op, n})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Compare(a.Op, b.Op) })
	return list
}

// Reset forgets all counts.
func (c *Counting) Reset() {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	clear(c.c.counts)
}
